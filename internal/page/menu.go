package page

import (
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
)

// Menu is the head of every page: the ways that a role uses most, and a drawer with all others, by group.
type Menu struct {
	Often  []Link
	Groups []Group
	Within bool // the page shown is in the drawer
}

// Group is ways that belong together.
type Group struct {
	Name Msg
	Ways []Link
}

// menu offers what the role could do at all.
func (v *Visit) menu() Menu {
	var m Menu
	var paths []string
	if v.Site.Often != nil {
		paths = v.Site.Often(v.By.Role)
	}
	m.Often = make([]Link, len(paths))
	for _, w := range v.Site.Menu {
		if !v.Offered(w) {
			continue
		}
		here := v.R.URL.Path == w.Path || w.Path != "/" && strings.HasPrefix(v.R.URL.Path, w.Path+"/")
		l := Link{Path: w.Path, Text: Key(w.Text), Current: here}
		if i := slices.Index(paths, w.Path); i >= 0 {
			m.Often[i] = l
			continue
		}
		if len(m.Groups) == 0 || m.Groups[len(m.Groups)-1].Name.key != w.Group {
			m.Groups = append(m.Groups, Group{Name: Key(w.Group)})
		}
		last := &m.Groups[len(m.Groups)-1]
		last.Ways = append(last.Ways, l)
		m.Within = m.Within || here
	}
	m.Often = slices.DeleteFunc(m.Often, func(l Link) bool { return l.Path == "" })
	return m
}

// AtEmergencyDesk reports whether the reader works at the desk that may open a case of another in an emergency.
func (v *Visit) AtEmergencyDesk() bool { return v.Site.Emergency != nil && v.Site.Emergency(v) }

// Offered reports whether a menu offers a way to the reader.
func (v *Visit) Offered(w Way) bool {
	return (w.Action == "" || May(v.By.Actor, w.Action)) && (w.Realm == "" || v.By.Realm == w.Realm) && (!w.Emergency || v.AtEmergencyDesk())
}

// May reports whether a role could take an action on some record at all: one of her own, of her desk, or released to
// it, or one that her desk may open in an emergency, if it is the desk for that. It decides what is shown in the menu and answers the wrong role early.
func May(who access.Actor, action access.Action) bool {
	if len(access.ScopeOf(who, action)) > 0 {
		return true
	}
	on := access.Resource{
		ID: "any", Realm: who.Realm, Desk: who.Desk, Owner: who.User, Maker: "another", Emergency: who.Desk,
		Flags: []access.Flag{access.Urgent, access.OnDuty},
	}
	return access.Decide(who, action, on).Allow
}
