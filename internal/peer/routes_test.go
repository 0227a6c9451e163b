package peer

import (
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
)

// TestEveryRouteNamesItsAction: a route names what it is for package access, which lets another node do that and no
// member's people, or says in words why every member may.
func TestEveryRouteNamesItsAction(t *testing.T) {
	for _, r := range Routes() {
		if (r.Action == "") == (r.Public == "") {
			t.Errorf("%s: action %q, public %q: want one of both", r.Pattern, r.Action, r.Public)
		}
		if r.handle == nil || r.Limit+r.Cost <= 0 {
			t.Errorf("%s has no handler or no limit", r.Pattern)
		}
		if r.Action == "" {
			continue
		}
		if err := r.permits("MD"); err != nil {
			t.Errorf("%s: %v", r.Pattern, err)
		}
		stranger := access.Actor{Role: access.LightDesk, Realm: access.Office, Member: "MD"}
		if err := access.Check(stranger, r.Action, access.Resource{Noun: "exchange", Realm: access.Office, Member: "MD"}); err == nil || fault.Is(err, fault.Internal) {
			t.Errorf("%s: open to %s: %v", r.Pattern, stranger.Role, err)
		}
	}
}
