package web

import (
	"slices"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// emergency is the way to a case of another desk when nobody of it can be reached.
func emergency() page.Way {
	return page.Way{Path: "/emergency", Text: "case.emergency", Action: access.EmergencyOpenCase, Group: "web.menu.work", Emergency: true}
}

// keptPurposes is how long the menu believes what it has read of the purpose of desks. The page itself asks again.
const keptPurposes = time.Minute

// emergencyDesks remembers which desks are for emergencies, so that not every page asks.
type emergencyDesks struct {
	list func(v *page.Visit) ([]desk.Desk, error)

	mu   sync.Mutex
	read time.Time
	all  []id.Desk
}

// has reports whether the reader works at one.
func (e *emergencyDesks) has(v *page.Visit) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := v.Site.Now()
	if e.read.IsZero() || now.Sub(e.read) >= keptPurposes || now.Before(e.read) {
		all, err := e.list(v)
		if err != nil {
			return false // the way stands on the home again when the desks can be read
		}
		e.read, e.all = now, nil
		for _, d := range all {
			if d.Purpose == desk.Emergency {
				e.all = append(e.all, d.ID)
			}
		}
	}
	return slices.Contains(e.all, v.By.Desk)
}
