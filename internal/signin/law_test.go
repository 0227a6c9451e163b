package signin_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/access"
)

// TestTheProfileDemandsASecondStep of a role, beside what the node demands itself.
func TestTheProfileDemandsASecondStep(t *testing.T) {
	o := born(t)
	owes := func(login string) bool {
		in, err := o.users.SignIn(o.ctx, login, passphrase, here)
		o.must(err)
		return in.Session.Owes
	}
	if owes("ana") {
		t.Error("ana owes a second step that nothing demands")
	}
	law := []access.Role{access.CaseManager}
	o.users.Law = func() []access.Role { return law }
	if !owes("ana") || owes("admin") {
		t.Errorf("a case manager owes it: %v; an administrator: %v", owes("ana"), owes("admin"))
	}
	o.must(o.users.Demand(o.ctx, o.as("admin").Actor, []access.Role{access.Administrator}))
	if !owes("ana") || !owes("admin") {
		t.Errorf("with the demand of the node a case manager owes it: %v; an administrator: %v", owes("ana"), owes("admin"))
	}
	law = nil
	if owes("ana") || !owes("admin") {
		t.Errorf("without the law a case manager owes it: %v; an administrator: %v", owes("ana"), owes("admin"))
	}
}
