package demo

import (
	"sync/atomic"
	"time"
)

// Clock is the time of the demonstration: that of the machine, moved ahead by what was skipped, so that a month
// of waiting for feedback passes in a moment. It never goes back.
type Clock struct{ skipped atomic.Int64 }

// Now returns the time.
func (c *Clock) Now() time.Time { return time.Now().Add(time.Duration(c.skipped.Load())) }

// Skip moves the time on.
func (c *Clock) Skip(d time.Duration) { c.skipped.Add(int64(max(d, 0))) }
