package access

import "github.com/opentrm/opentrm/internal/id"

// Relation is one way in which an actor can stand to a record, for the table of who may do what.
type Relation struct {
	Name string // "own desk"
	Says string // in a sentence
	on   func(who Actor) Resource
}

// Line is one line of the matrix: what the policies answer to one role, about one action, in one relation.
type Line struct {
	Action   Action
	Role     Role
	Relation string
	Decision Decision
}

// The representatives in the matrix.
const (
	someDesk   id.Desk   = "some-desk"
	someUser   id.User   = "some-user"
	otherDesk  id.Desk   = "other-desk"
	otherUser  id.User   = "other-user"
	someMember id.Member = "AA"
)

// Relations returns the relations of the matrix, from near to far, and then the special ones.
func Relations() []Relation {
	held := func(desk id.Desk, owner, maker id.User, realm Realm) Resource {
		return Resource{ID: "record", Realm: realm, Desk: desk, Owner: owner, Maker: maker, Emergency: otherDesk, Member: "BB"}
	}
	flagged := func(r Resource, flags ...Flag) Resource { r.Flags = flags; return r }
	mine := func(who Actor) Resource { return held(who.Desk, who.User, otherUser, who.Realm) }
	here := func(who Actor) Resource { return held(who.Desk, otherUser, otherUser, who.Realm) }
	there := func(who Actor) Resource { return held(otherDesk, otherUser, otherUser, who.Realm) }
	across := func(who Actor) Resource { return held(otherDesk, otherUser, otherUser, opposite(who.Realm)) }
	released := func(r Resource, to id.Desk) Resource { r.Released = []id.Desk{to}; return r }
	glass := func(who Actor, flags ...Flag) Resource {
		r := held(otherDesk, otherUser, otherUser, Assistance)
		r.Emergency = who.Desk
		return flagged(r, flags...)
	}
	return []Relation{
		{"own record", "held by the desk for which one acts, and belonging to oneself", mine},
		{"own desk", "held by the desk for which one acts, and belonging to somebody else", here},
		{"released", "held by another desk of the same realm, and released to one's desk", func(w Actor) Resource { return released(there(w), w.Desk) }},
		{"same realm", "held by another desk of the same realm", there},
		{"other realm", "held by a desk of another realm: of prosecution for those who assist, of assistance for all others", across},
		{"other realm, released", "the same, and released to one's desk", func(w Actor) Resource { return released(across(w), w.Desk) }},
		{"own proposal", "held by one's desk, and proposed by oneself", func(w Actor) Resource { return held(w.Desk, otherUser, w.User, w.Realm) }},
		{"own record, urgent", "belonging to oneself and marked as urgent", func(w Actor) Resource { return flagged(mine(w), Urgent) }},
		{"own desk, asylum, to origin", "about somebody who asked for asylum, and on its way to her country of origin", func(w Actor) Resource { return flagged(here(w), AsylumApplicant, ToOrigin) }},
		{"own desk, legal hold", "kept only because a law requires it", func(w Actor) Resource { return flagged(here(w), LegalHold) }},
		{"emergency duty", "an assistance case of another desk, while one is on duty at the emergency desk", func(w Actor) Resource { return glass(w, OnDuty) }},
		{"break-glass in force", "the same, after one has opened that case", func(w Actor) Resource { return glass(w, OnDuty, UnderGlass) }},
		{"recovery officer", "while one is enrolled as a recovery officer", func(w Actor) Resource { return flagged(there(w), RecoveryOfficer) }},
		{"own desk, granted reader", "for a service account that may read", func(w Actor) Resource { return flagged(here(w), GrantedReader) }},
		{"of the secretariat", "concerning a member that is the secretariat", func(w Actor) Resource { return flagged(there(w), OfSecretariat) }},
		{"of an organisation", "concerning a member that is an international organisation", func(w Actor) Resource { return flagged(there(w), OfOrganisation) }},
		{"of an observer", "concerning a member that is an observer", func(w Actor) Resource { return flagged(there(w), OfObserver) }},
		{"own member", "concerning the member whose node acts", func(w Actor) Resource { r := there(w); r.Member = w.Member; return r }},
	}
}

// Matrix returns every action x role x relation with its decision, in the order of [Actions], [Roles] and
// [Relations]. docs/access.md is made from it.
func Matrix() []Line {
	relations := Relations()
	var all []Line
	for _, a := range Actions() {
		for _, r := range Roles() {
			realm := realmOf(r)
			if realm == "" {
				realm = Assistance
			}
			who := Actor{User: someUser, Role: r, Desk: someDesk, Realm: realm, Member: someMember}
			for _, rel := range relations {
				all = append(all, Line{a, r, rel.Name, Decide(who, a, rel.on(who))})
			}
		}
	}
	return all
}

// opposite returns the realm against which the matrix holds a role of realm r.
func opposite(r Realm) Realm {
	if r == Assistance {
		return Prosecution
	}
	return Assistance
}
