package nodetest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/notify"
)

// TestADeskThatNobodyHearsIsFound: who is meant at a desk follows the duty roster, and whoever has no address on a way that the
// node has is deaf.
func TestADeskThatNobodyHearsIsFound(t *testing.T) {
	n, mk := office(t)
	mk.Join("shelter", "nina", access.CaseManager, "mira")
	console := nodetest.Console(mk.Member)
	nina, mira := mk.As("nina").Actor, mk.As("mira").Actor
	shelter := func(planned bool, meant int, deaf ...id.User) {
		t.Helper()
		all, err := mk.Notices.Hear(t.Context(), console)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != 3 {
			t.Fatalf("%d desks: %+v", len(all), all)
		}
		for _, h := range all {
			if h.Desk != "shelter" {
				if h.Planned || len(h.Meant) != 1 || len(h.Deaf) != 0 {
					t.Errorf("at %s: %+v", h.Desk, h)
				}
			} else if h.Planned != planned || len(h.Meant) != meant || !slices.Equal(h.Deaf, deaf) {
				t.Errorf("at the shelter: %+v, want %t, %d, %v", h, planned, meant, deaf)
			}
		}
	}
	shelter(false, 3, nina.User)
	now := frame.At(n.Clock.Now())
	hours := func(h int) frame.Time { return frame.At(n.Clock.Now().Add(time.Duration(h) * time.Hour)) }
	if _, err := mk.Desks.Schedule(t.Context(), mira, "shelter", desk.Mark(nil), now, []desk.Shift{{Desk: "shelter", User: nina.User, From: hours(1), To: hours(9)}}); err != nil {
		t.Fatal(err)
	}
	shelter(true, 3, nina.User)
	n.Clock.Advance(2 * time.Hour)
	nina = mk.As("nina").Actor
	shelter(true, 1, nina.User)
	set := func(s notify.Setting) {
		t.Helper()
		s.User, s.Zone, s.Language = nina.User, "UTC", "en"
		stands, _, err := mk.Notices.Mine(t.Context(), nina)
		if err != nil {
			t.Fatal(err)
		}
		if err := mk.Notices.Set(t.Context(), nina, stands.Mark(), s); err != nil {
			t.Fatal(err)
		}
	}
	set(notify.Setting{Channel: notify.Mail, Address: "nina@example.org"}) // a way that this node has not
	shelter(true, 1, nina.User)
	set(notify.Setting{Channel: notify.Push}) // and no browser
	shelter(true, 1, nina.User)
	set(notify.Setting{Channel: notify.SMS, Address: "+38970000001"})
	shelter(true, 1)
	mk.Notices.Senders = nil // without a way any address counts: the doctor says once that there is none
	shelter(true, 1)
	if _, err := mk.Notices.Hear(t.Context(), mira); !fault.Is(err, fault.Denied) {
		t.Errorf("a case manager asks who is deaf: %v", err)
	}
}
