package retention

import (
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
)

// Who may put a case on hold must be able to say which one. Everybody else who lists what is due answers for a rule and a number: she sees the
// desk, the kind of record, the rule and the days, and neither a reference nor what a record is called here.

// names reports whether who is told which record something is about.
func names(who access.Actor, realm access.Realm, at id.Desk) bool {
	return access.Check(who, access.HoldCase, access.Resource{Noun: "case", Realm: realm, Desk: at}) == nil
}

// seenBy returns an item as who sees it.
func (i Item) seenBy(who access.Actor, realm access.Realm) Item {
	if !names(who, realm, i.Desk) {
		i.ID, i.Reference, i.Version = "", "", 0
	}
	return i
}

func seenItems(who access.Actor, realm access.Realm, all []Item) []Item {
	all = slices.Clone(all)
	for i, x := range all {
		all[i] = x.seenBy(who, realm)
	}
	return all
}

func seenLeft(who access.Actor, realm access.Realm, all []Left) []Left {
	all = slices.Clone(all)
	for i, x := range all {
		all[i].Item = x.seenBy(who, realm)
	}
	return all
}

// seenBy returns a purge as who sees it. Its digest stays that of the whole set.
func (p Purge) seenBy(who access.Actor) Purge {
	p.Items, p.Left = seenItems(who, p.Realm, p.Items), seenLeft(who, p.Realm, p.Left)
	return p
}

// seenBy returns what is due as who sees it.
func (p Preview) seenBy(who access.Actor, realm access.Realm) Preview {
	p.Due, p.Left, p.Ends = seenItems(who, realm, p.Due), seenLeft(who, realm, p.Left), seenItems(who, realm, p.Ends)
	return p
}

// seenBy returns a hold as who sees it.
func (h Hold) seenBy(who access.Actor) Hold {
	if !names(who, h.Realm, h.Desk) {
		h.Case, h.Reference = "", ""
	}
	return h
}
