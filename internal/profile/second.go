package profile

import (
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
)

// secondStep is the value with the roles for which a passphrase alone is not enough.
const secondStep = "sign-in.second-step"

// SecondSteps are the roles for which a country demands a second step of a sign-in, beside what a node sets itself. A value that nobody has
// confirmed demands nothing: it stands on the checklist.
func (s Set) SecondSteps(m id.Member) []access.Role {
	v, ok := s.Value(m, secondStep)
	if !ok || !v.Origin.Usable() {
		return nil
	}
	var all []access.Role
	for _, word := range s.List(m, secondStep) {
		if r := access.Role(word); slices.Contains(access.Roles(), r) {
			all = append(all, r)
		}
	}
	return all
}
