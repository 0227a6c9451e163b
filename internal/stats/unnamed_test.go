package stats_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// TestNothingUnnamedHoldsAName: every field of a notification without a name takes codes of its list and nothing else, on both engines.
func TestNothingUnnamedHoldsAName(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 3, 31, 23, 30, 0, 0, time.UTC) }
	db := storetest.New(t, now)
	s := &stats.Service{
		Write: store.Writer[stats.Tx](db), Read: store.Reader[stats.Tx](db), IDs: id.Maker{},
		Now: now, Codes: func(list string) []string { return []string{list + "-a", list + "-b"} },
	}
	who := access.Actor{User: "fana", Role: access.FirstResponder, Realm: access.Assistance, Desk: "border", Member: "MK", Session: "s"}
	cora := access.Actor{User: "cora", Role: access.NationalCoordinator, Realm: access.Office, Member: "MK", Session: "s"}
	stela := access.Actor{User: "stela", Role: access.Statistician, Realm: access.Office, Member: "MK", Session: "s"}
	well := stats.Telling{Adult: true, Sex: stats.Female, Forms: []string{"form-b", "form-a", "form-a"}, Why: "why-a", Helped: []string{"help-a"}}
	for name, change := range map[string]func(*stats.Telling){
		"adult": func(x *stats.Telling) { x.Adult = false }, "sex": func(x *stats.Telling) { x.Sex = "marija" }, "no sex": func(x *stats.Telling) { x.Sex = "" },
		"forms": func(x *stats.Telling) { x.Forms = []string{"form-a", "marija"} }, "why": func(x *stats.Telling) { x.Why = "marija" },
		"no why": func(x *stats.Telling) { x.Why = "" }, "helped": func(x *stats.Telling) { x.Helped = []string{"form-a"} },
	} {
		in := well
		change(&in)
		if err := s.Tell(t.Context(), who, in); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Tell(t.Context(), who, well); err != nil {
		t.Fatal(err)
	}
	if err := s.Tell(t.Context(), cora, well); !fault.Is(err, fault.Denied) {
		t.Errorf("the coordinator tells: %v", err)
	}
	c, err := s.Untold(t.Context(), cora)
	if err != nil || c.All != 1 || c.Months["2026-03"] != 1 || c.Whys != nil || c.Sex != nil || c.Forms != nil || c.Helped != nil {
		t.Errorf("the coordinator counts %+v, %v", c, err)
	}
	c, err = s.Untold(t.Context(), stela)
	if err != nil || c.Forms["form-a"] != 1 || c.Forms["form-b"] != 1 || c.Whys["why-a"] != 1 {
		t.Errorf("the statistician counts %+v, %v", c, err)
	}
	if _, err := s.Untold(t.Context(), who); !fault.Is(err, fault.Denied) {
		t.Errorf("a first responder counts: %v", err)
	}
}
