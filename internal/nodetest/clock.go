package nodetest

import (
	"os"
	"sync"
	"time"
)

// Ticking names the variable of the environment by which every clock of the tests moves on at each reading, by a duration such as "1ms". Clocks of offices do; one that stands
// hides what is read twice where one time was meant, such as the beginning of a consent that a page writes down before the consent is obtained.
const Ticking = "OPENTRM_TICK"

// Clock is the time of the nodes of a test, which stands still until it is told to go on, or as [Ticking] says.
type Clock struct {
	mu   sync.Mutex
	now  time.Time
	tick time.Duration
}

// NewClock returns a clock that shows a Monday morning.
func NewClock() *Clock {
	tick, err := time.ParseDuration(os.Getenv(Ticking))
	if err != nil && os.Getenv(Ticking) != "" {
		panic(err)
	}
	return &Clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), tick: tick}
}

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(c.tick)
	return c.now
}

// Advance moves the time on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
