package page

import (
	"strings"

	"github.com/opentrm/opentrm/internal/access"
)

// nav is the menu: what the role could do at all.
func (v *Visit) nav() []Link {
	var nav []Link
	for _, w := range v.Site.Menu {
		if v.Offered(w) {
			here := v.R.URL.Path == w.Path || w.Path != "/" && strings.HasPrefix(v.R.URL.Path, w.Path+"/")
			nav = append(nav, Link{Path: w.Path, Text: Key(w.Text), Current: here})
		}
	}
	return nav
}

// Offered reports whether a menu offers a way to the reader.
func (v *Visit) Offered(w Way) bool {
	return (w.Action == "" || May(v.By.Actor, w.Action)) && (w.Realm == "" || v.By.Realm == w.Realm)
}

// May reports whether a role could take an action on some record at all: one of her own, of her desk, or released to
// it. It decides what is shown in the menu and answers the wrong role early.
func May(who access.Actor, action access.Action) bool {
	if len(access.ScopeOf(who, action)) > 0 {
		return true
	}
	on := access.Resource{ID: "any", Realm: who.Realm, Desk: who.Desk, Owner: who.User, Maker: "another", Flags: []access.Flag{access.Urgent}}
	return access.Decide(who, action, on).Allow
}
