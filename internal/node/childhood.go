package node

import (
	"github.com/opentrm/opentrm/internal/childhood"
)

// wireChildhoods makes the path of who is or may be a child, and lets persons, consents and cases ask it.
func (n *Node) wireChildhoods() {
	s := &childhood.Service{Cases: n.Cases, Consents: n.Consents, Tasks: n.Tasks, Law: n.Law}
	n.Childhoods = s
	n.Persons.Written, n.Consents.Guarded = s.Written, s.Guarded
	n.Keyring.Admits = s.Admits
	n.Careplans.Guarded = s.PlanIn
	n.Cases.Begun, n.Cases.Counted = s.BegunIn, s.Counted
}
