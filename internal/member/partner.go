package member

import (
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
)

// Kinds returns the kinds of member, in the order in which they are shown.
func Kinds() []Kind { return []Kind{Country, Secretariat, Organisation, Observer} }

// Parts returns what a member can take part in, in the order in which it is shown.
func Parts() []access.Action {
	return []access.Action{
		access.HearPartner, access.WritePartner, access.ReferPartner, access.MatchPartner, access.CooperatePartner, access.DecidePartner,
	}
}

// Decide says whether a member of kind k may take part in something, and by which policies. A kind that this program does not know is held for an
// observer: what is not known gets the least.
func (k Kind) Decide(part access.Action) access.Decision {
	on := access.Resource{Noun: "partner", Realm: access.Office}
	switch k {
	case Country:
	case Secretariat:
		on.Flags = []access.Flag{access.OfSecretariat}
	case Organisation:
		on.Flags = []access.Flag{access.OfOrganisation}
	default:
		on.Flags = []access.Flag{access.OfObserver}
	}
	return access.Decide(access.Peer(""), part, on)
}

// May reports whether the kind of m permits her to take part in something.
func (m Member) May(part access.Action) bool { return m.Kind.Decide(part).Allow }

// Taking returns the active members that may take part in something, in their order.
func (r Roster) Taking(part access.Action) []id.Member {
	var all []id.Member
	for _, m := range r.Members {
		if m.Status == Active && m.May(part) {
			all = append(all, m.ID)
		}
	}
	slices.Sort(all)
	return all
}
