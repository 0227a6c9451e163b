package desk_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
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
