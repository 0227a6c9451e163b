package access

import (
	"slices"

	"github.com/opentrm/opentrm/internal/id"
)

// Scope narrows a list to what an actor may see, inside the query itself. A record is in scope when it
// lives in one of the realms and at least one of the ways of seeing it applies. The zero Scope is empty.
type Scope struct {
	Realms   []Realm   // realms the list may reach into; never empty unless the scope is
	All      bool      // every record of these realms
	Desks    []id.Desk // records held by these desks
	Released []id.Desk // records released to these desks, from whatever realm
	Owner    id.User   // records that belong to this user; with OwnerAt, only those held by these desks
	OwnerAt  []id.Desk
}

// Empty reports whether nothing is in scope.
func (s Scope) Empty() bool {
	return !s.All && len(s.Desks) == 0 && len(s.Released) == 0 && s.Owner == ""
}

// Holds reports whether a record is in scope. A list may ask it again for each row it is about to show.
func (s Scope) Holds(on Resource) bool {
	if slices.ContainsFunc(on.Released, func(d id.Desk) bool { return d != "" && slices.Contains(s.Released, d) }) {
		return true
	}
	if !slices.Contains(s.Realms, on.Realm) {
		return false
	}
	at := func(desks []id.Desk) bool { return on.Desk != "" && slices.Contains(desks, on.Desk) }
	return s.All || at(s.Desks) || s.Owner != "" && s.Owner == on.Owner && (len(s.OwnerAt) == 0 || at(s.OwnerAt))
}

// ScopeOf returns what who may see with a listing or seeing action. It asks the policies about a
// representative of each way of seeing, so that a scope can never be wider than [Check]; an actor who may
// see nothing, and an action that does not exist, get the empty scope.
func ScopeOf(who Actor, action Action) Scope {
	var s Scope
	allowed := func(on Resource) bool { return Decide(who, action, on).Allow }
	const stranger = "\x00" // no desk and no user has this name
	for _, realm := range []Realm{Assistance, Prosecution, Office} {
		elsewhere := Resource{ID: stranger, Realm: realm, Desk: stranger, Owner: stranger}
		here, mine, mineHere := elsewhere, elsewhere, elsewhere
		here.Desk, mine.Owner = who.Desk, who.User
		mineHere.Desk, mineHere.Owner = who.Desk, who.User
		reached := true
		switch {
		case allowed(elsewhere):
			s.All = true
		case who.Desk != "" && allowed(here):
			s.Desks = []id.Desk{who.Desk}
			if who.User != "" && allowed(mine) {
				s.Owner = who.User
			}
		case who.User != "" && allowed(mine):
			s.Owner = who.User
		case who.User != "" && who.Desk != "" && allowed(mineHere):
			s.Owner, s.OwnerAt = who.User, []id.Desk{who.Desk}
		default:
			reached = false
		}
		if reached {
			s.Realms = append(s.Realms, realm)
		}
		given := elsewhere
		given.Released = []id.Desk{who.Desk}
		if !s.All && who.Desk != "" && allowed(given) {
			s.Released = []id.Desk{who.Desk}
		}
	}
	return s
}
