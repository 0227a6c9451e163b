package web

import (
	"context"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/page"
)

// How often, for how long and for how many people at once a home does what waits for the keys of a desk.
const (
	attendAgain = 5 * time.Minute
	attendTime  = 30 * time.Second
	mostAttend  = 1000
)

// attended remembers for whom it was done lately.
type attended struct {
	mu  sync.Mutex
	all map[string]frame.Time
}

// due reports whether it is to be done again, and counts that it is.
func (a *attended) due(whose string, now frame.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	last, ok := a.all[whose]
	if ok && now >= last && now < last.Add(attendAgain) {
		return false
	}
	if a.all == nil || len(a.all) >= mostAttend {
		a.all = map[string]frame.Time{}
	}
	a.all[whose] = now
	return true
}

// attend does, after her page was shown, what questions to other members need the keys of her desk for: those that holders have answered are put, and
// those who want to be found are made findable. She never waits for it; what fails is written down, and done another time.
func (v *visit) attend() {
	if !page.May(v.By.Actor, access.EnrolLookup) || v.By.Desk == "" || !v.attended.due(string(v.By.User)+"/"+string(v.By.Desk), v.Now()) {
		return
	}
	v.Shown()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.R.Context()), attendTime)
	defer cancel()
	_, err := v.Lookups.Attend(ctx, v.By)
	if err != nil && !fault.Is(err, fault.Denied) && !fault.Is(err, fault.Locked) && !fault.Is(err, fault.Stale) && !fault.Is(err, fault.Hidden) {
		v.Failed("web.attend", err)
	}
}
