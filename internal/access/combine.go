package access

import (
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
)

// Combine asks whether one user may hold all these roles, of which she acts in one at a time. The same
// role at two desks is one role.
//
// It fails with [fault.Denied] and the key
//   - "access.combine.machine" if one of them is no role for a person with an account;
//   - "access.combine.auditor" if an auditor would also write: every other role writes;
//   - "access.combine.administrator" if an administrator would also work at a case desk;
//   - "access.combine.realms" if one person would stand on both sides of the wall between assistance
//     and prosecution.
//
// Source: docs/adr/0008-cedar.md, docs/access.md.
func Combine(roles []Role) error {
	refuse := func(why string, r Role) error {
		return fault.New(fault.Denied, "access.combine."+why).With("role", string(r))
	}
	realms := map[Realm]bool{}
	for _, r := range roles {
		if !slices.Contains(Roles(), r) || slices.Contains([]Role{TheNode, APeer, Operator, ServiceAccount, LightDesk, ThePerson}, r) {
			return refuse("machine", r)
		}
		realms[realmOf(r)] = true
	}
	for _, r := range roles {
		switch {
		case r == Auditor && slices.ContainsFunc(roles, func(other Role) bool { return other != Auditor }):
			return refuse("auditor", r)
		case r == Administrator && (realms[Assistance] || realms[Prosecution]):
			return refuse("administrator", r)
		}
	}
	if realms[Assistance] && realms[Prosecution] {
		return refuse("realms", roles[0])
	}
	return nil
}
