package retention

import (
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/profile"
)

// TestOnlyTheSetThatWasSeenIsErased: whoever writes another record into a proposal behind the program, under the digest of the old set, gets
// nothing erased; nor does who saw another set, or comes after it has ended.
func TestOnlyTheSetThatWasSeenIsErased(t *testing.T) {
	p := Purge{ID: "p1", State: Proposed, Items: []Item{{What: Case, ID: "c1", Desk: "shelter", Class: classFile, Event: 1, Over: 2, Version: 1}}}
	var err error
	if p.Digest, err = p.digest(); err != nil {
		t.Fatal(err)
	}
	if err := settled(p, p.Digest); err != nil {
		t.Fatal(err)
	}
	more := p
	more.Items = append(append([]Item{}, p.Items...), Item{What: Case, ID: "c2", Desk: "shelter", Class: classFile, Event: 1, Over: 2, Version: 1})
	other := p
	other.ID = "p2"
	done := p
	done.State = Done
	for name, c := range map[string]struct {
		p    Purge
		seen string
		kind fault.Kind
	}{
		"another record":   {more, p.Digest, fault.Stale},
		"another proposal": {other, p.Digest, fault.Stale},
		"another digest":   {p, strings.Repeat("0", 64), fault.Stale},
		"no digest":        {p, "", fault.Stale},
		"ended":            {done, p.Digest, fault.Conflict},
	} {
		if err := settled(c.p, c.seen); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v, want %v", name, err, c.kind)
		}
	}
}

// TestTheFileOfWhomItWasRefusedHasItsOwnPeriod, and no other file has it; and why something is held has a bound.
func TestTheFileOfWhomItWasRefusedHasItsOwnPeriod(t *testing.T) {
	for status, want := range map[string]string{statusRefused: classRefused, "": classFile, "presumed": classFile, "formally-identified": classFile, "lost-contact": classFile} {
		if got := classOf(casefile.Case{Status: status}); got != want {
			t.Errorf("%q: %s, want %s", status, got, want)
		}
	}
	law, err := profile.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := &Service{Law: func() profile.Set { return law }}
	for words, good := range map[string]bool{"four": false, "fives": true, strings.Repeat("x", 2000): true, strings.Repeat("x", 2001): false, "cut\x00here": false} {
		for list, ground := range map[string]string{ListGrounds: "order", ListLifted: "settled"} {
			if err := (Holding{Ground: ground, Words: words}).check(list, s); (err == nil) != good {
				t.Errorf("%s, %d characters: %v", list, len(words), err)
			}
		}
	}
	if err := (Holding{Ground: "order", Words: "an invented order"}).check(ListLifted, s); err == nil {
		t.Error("a ground of holding is taken as one of lifting")
	}
}
