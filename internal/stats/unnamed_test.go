package stats_test

import (
	"fmt"
	"strings"
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
	month := time.March
	now := func() time.Time { return time.Date(2026, month, 30, 23, 30, 0, 0, time.UTC) }
	db := storetest.New(t, now)
	s := &stats.Service{
		Write: store.Writer[stats.Tx](db), Read: store.Reader[stats.Tx](db), IDs: id.Maker{},
		Now: now, Codes: func(list string) []string { return []string{list + "-a", list + "-b"} }, Least: func() int { return 5 },
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
	tell := func(n int, change func(*stats.Telling)) {
		t.Helper()
		for range n {
			in := well
			change(&in)
			if err := s.Tell(t.Context(), who, in); err != nil {
				t.Fatal(err)
			}
		}
	}
	count := func(what string, by access.Actor, all int, few, told string) {
		t.Helper()
		c, err := s.Untold(t.Context(), by)
		if said := fmt.Sprint(c.Sex, c.Forms, c.Whys, c.Helped, c.Withheld); err != nil || c.All != all || strings.Join(c.Few, " ") != few || said != told {
			t.Errorf("%s: %+v, %v", what, c, err)
		}
	}
	nothing := "map[] map[] map[] map[] "
	count("one", cora, 0, "2026-03", nothing+"false")
	count("one", stela, 0, "2026-03", nothing+"true")
	tell(4, func(*stats.Telling) {})
	count("five in a month that goes on", cora, 5, "", nothing+"false")
	count("five in a month that goes on", stela, 5, "", nothing+"true")
	month = 4
	count("a month that is over", stela, 5, "", "map[female:5] map[form-a:5 form-b:5] map[why-a:5] map[help-a:5] false")
	count("a month that is over", cora, 5, "", nothing+"false")
	tell(4, func(x *stats.Telling) { x.Sex = stats.Male })
	tell(1, func(x *stats.Telling) { x.Why = "why-b" })
	month = 5
	count("one of another reason, four men", stela, 10, "", "map[] map[form-a:10 form-b:10] map[] map[help-a:10] true")
	s.Least = func() int { return 0 }
	count("a profile that says nothing", stela, 0, "2026-03 2026-04", nothing+"true")
	if _, err := s.Untold(t.Context(), who); !fault.Is(err, fault.Denied) {
		t.Errorf("a first responder counts: %v", err)
	}
}
