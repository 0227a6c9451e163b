package desk_test

import (
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/profile"
)

// TestNoLightDeskOfProsecution: behind a one-time link there is nobody whom the wall between the realms could ask.
func TestNoLightDeskOfProsecution(t *testing.T) {
	for _, c := range []struct {
		kind  desk.Kind
		realm access.Realm
		ok    bool
	}{
		{desk.Light, access.Prosecution, false},
		{desk.Paper, access.Prosecution, true},
		{desk.AtNode, access.Prosecution, true},
		{desk.Light, access.Assistance, true},
	} {
		d := desk.Desk{ID: "d", Kind: c.kind, Realm: c.realm, Sector: desk.Unsaid(c.realm), State: desk.Active, Organisation: "o", Function: "f", Zone: "UTC"}
		if err := d.Check(); (err == nil) != c.ok || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s desk of %s: %v", c.kind, c.realm, err)
		}
	}
}

// TestASectorStaysOnItsSideOfTheWall: police and prosecutors as such are of justice, nobody else is, and no desk is of none.
func TestASectorStaysOnItsSideOfTheWall(t *testing.T) {
	for _, r := range []access.Realm{access.Assistance, access.Prosecution, access.Office} {
		for _, s := range append(profile.Sectors(), "", "press") {
			want := slices.Contains(profile.Sectors(), s) && (r == access.Prosecution) == (s == profile.SectorJustice)
			d := desk.Desk{ID: "d", Kind: desk.Paper, Realm: r, Sector: s, State: desk.Active, Organisation: "o", Function: "f", Zone: "UTC"}
			if err := d.Check(); (err == nil) != want || err != nil && !fault.Is(err, fault.Invalid) || desk.Fits(r, s) != want {
				t.Errorf("a desk of %s and %q: %v", r, s, err)
			}
		}
		if !desk.Fits(r, desk.Unsaid(r)) {
			t.Errorf("a desk of %s of which nobody said anything is of %q", r, desk.Unsaid(r))
		}
	}
}
