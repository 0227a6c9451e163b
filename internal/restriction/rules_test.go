package restriction

import (
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
)

// TestWhatMayLeave: what she agreed to before she asked does not count, to the microsecond.
func TestWhatMayLeave(t *testing.T) {
	r := Restriction{Placed: 1000}
	for name, c := range map[string]struct {
		u    casefile.Use
		goes bool
	}{
		"nothing":         {casefile.Use{}, false},
		"agreed before":   {casefile.Use{Given: 999}, false},
		"agreed with it":  {casefile.Use{Given: 1000}, false},
		"agreed after it": {casefile.Use{Given: 1001}, true},
		"danger to life":  {casefile.Use{Vital: true}, true},
		"an order":        {casefile.Use{Ordered: true}, true},
	} {
		err := mayUse(r, c.u)
		if _, key, args := fault.Public(err); (err == nil) != c.goes || err != nil && (key != "restriction.in-force" || args["day"] != "1970-01-01") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEndOfARestriction: every state by every step.
func TestEndOfARestriction(t *testing.T) {
	desk, officer := access.Actor{User: "ana", Role: access.CaseManager}, access.Actor{User: "dora", Role: access.DataProtectionOfficer}
	fresh, informed, over := Restriction{}, Restriction{Told: 5}, Restriction{Told: 5, Lifted: 6}
	key := func(err error) string {
		_, k, _ := fault.Public(err)
		return k
	}
	for name, c := range map[string]struct {
		r    Restriction
		who  access.Actor
		how  string
		want string
	}{
		"told":                        {fresh, desk, "in-person", ""},
		"told twice":                  {informed, desk, "in-person", "restriction.told"},
		"told after the end":          {over, desk, "in-person", "restriction.lifted"},
		"unreachable for the desk":    {fresh, desk, Unreachable, "restriction.unreachable"},
		"unreachable for the officer": {fresh, officer, Unreachable, ""},
	} {
		r, err := told(c.r, c.who, c.how, 9)
		if c.want == "" && (err != nil || r.Told != 9 || r.ToldBy != c.who.User || r.How != c.how) || c.want != "" && key(err) != c.want {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	for want, r := range map[string]Restriction{"restriction.untold": fresh, "": informed, "restriction.lifted": over} {
		r, err := lifted(r, "dora", "confirmed", 9)
		if want == "" && (err != nil || r.Lifted != 9 || r.LiftedBy != "dora" || r.Because != "confirmed") || want != "" && key(err) != want {
			t.Errorf("want %q: %+v, %v", want, r, err)
		}
	}
}
