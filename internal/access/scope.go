package access

import (
	"slices"

	"github.com/opentrm/opentrm/internal/id"
)

// Scope narrows a list to what an actor may see, inside the query itself: a record is in scope when one of the
// clauses holds for it. The empty scope holds nothing.
type Scope []Clause

// Clause says which records of one realm are in scope: those for which everything that the clause names is so. A
// clause that names only a realm holds for the whole of it.
type Clause struct {
	Realm    Realm
	Desk     id.Desk // held by this desk
	Owner    id.User // belonging to this user
	Released id.Desk // released to this desk
}

// Holds reports whether a record is in scope. A list may ask it again for each row it is about to show.
func (s Scope) Holds(on Resource) bool {
	return slices.ContainsFunc(s, func(c Clause) bool {
		return c.Realm == on.Realm && (c.Desk == "" || c.Desk == on.Desk) && (c.Owner == "" || c.Owner == on.Owner) &&
			(c.Released == "" || slices.Contains(on.Released, c.Released))
	})
}

// Whole reports whether every record of a realm is in scope.
func (s Scope) Whole(realm Realm) bool { return slices.Contains(s, Clause{Realm: realm}) }

// ScopeOf returns what who may see with a listing or seeing action, apart from circumstances of the moment such as
// break-glass. It asks the policies about a representative of each way of seeing, so that a scope is never wider and
// never narrower than [Check]. An actor who may see nothing, and an action that does not exist, get the empty scope.
func ScopeOf(who Actor, action Action) Scope {
	const stranger = "\x00" // no desk and no user has this name
	var s Scope
	for _, realm := range []Realm{Assistance, Prosecution, Office} {
		// try adds a clause if the policies allow a record for which it just holds, and reports whether.
		try := func(c Clause) bool {
			on := Resource{ID: stranger, Realm: realm, Desk: stranger, Owner: stranger, Maker: stranger}
			if c.Desk != "" {
				on.Desk = c.Desk
			}
			if c.Owner != "" {
				on.Owner = c.Owner
			}
			if c.Released != "" {
				on.Released = []id.Desk{c.Released}
			}
			c.Realm = realm
			if !Decide(who, action, on).Allow {
				return false
			}
			s = append(s, c)
			return true
		}
		if try(Clause{}) {
			continue
		}
		desk := who.Desk != "" && try(Clause{Desk: who.Desk})
		owner := who.User != "" && try(Clause{Owner: who.User})
		if !desk && !owner && who.Desk != "" && who.User != "" {
			try(Clause{Desk: who.Desk, Owner: who.User})
		}
		if who.Desk != "" {
			try(Clause{Released: who.Desk})
		}
	}
	return s
}
