package retention

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/frame"
)

// TestADraftIsNeverErasedUnwarned: whatever the clock does, its desk is told before a draft is erased, and what was changed a moment ago is left alone.
func TestADraftIsNeverErasedUnwarned(t *testing.T) {
	at := func(days int) frame.Time {
		return frame.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).AddDate(0, 0, days))
	}
	for _, c := range []struct {
		name        string
		warn, end   frame.Time
		warned, now frame.Time
		want        step
	}{
		{"just changed", at(21), at(28), 0, at(0), later},
		{"nobody confirmed a period", 0, 0, 0, at(900), later},
		{"its end comes near", at(21), at(28), 0, at(21), warn},
		{"warned, and its time is not over", at(21), at(28), at(21), at(27), stay},
		{"its end has come", at(21), at(28), at(21), at(28), end},
		{"the node stood still for a year", at(21), at(28), 0, at(365), warn},
		{"warned late", at(21), at(372), at(365), at(371), stay},
		{"warned late, and a week ago", at(21), at(372), at(365), at(372), end},
	} {
		if got := next(c.warn, c.end, c.warned, c.now); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
