package signin

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/seal"
)

// FuzzCarried: nothing that a browser carries is read but what this node gave to it for that step.
func FuzzCarried(f *testing.F) {
	key := seal.NewKey(nil)
	s := &Service{Pepper: key, Member: "MK", Now: func() time.Time { return time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC) }}
	other := &Service{Pepper: seal.NewKey(nil), Member: "MK", Now: s.Now}
	elsewhere := &Service{Pepper: key, Member: "XK", Now: s.Now}
	ours, err := s.carry(infoFlow, flow{For: toSignIn, Issuer: "state", State: "state"})
	if err != nil {
		f.Fatal(err)
	}
	var got flow
	if err := s.carried(infoFlow, ours, &got); err != nil || got.State != "state" {
		f.Fatal(got, err)
	}
	for _, x := range []*Service{s, other, elsewhere} {
		text, err := x.carry(infoKnown, known{For: toSignIn, User: "ana"})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	theirs, err := other.carry(infoFlow, flow{For: toSignIn})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(theirs)
	f.Add(ours[:len(ours)-4])
	f.Add(ours + "A")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		var got flow
		if s.carried(infoFlow, text, &got) == nil && text != ours {
			t.Errorf("%q is read: %+v", text, got)
		}
	})
}
