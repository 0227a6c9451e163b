package course_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/course"
)

// A holiday that nobody confirmed counts as a day of work of the desk that has to act: she hears early, never late, and the clock
// says so. It moves no clock that does not count working days, and none of the other side.
func TestAnUnconfirmedHolidayIsSaid(t *testing.T) {
	_, b := upTo(t, course.Acknowledged)
	s := b.state()
	decided := func(p course.Params) (course.Clock, bool) {
		t.Helper()
		other := false
		var found course.Clock
		for _, c := range course.Clocks(s, p, watch(s, noon)) {
			if c.Name == course.ClockDecide {
				found = c
			} else {
				other = other || c.Doubt
			}
		}
		return found, other
	}
	sure, _ := decided(params(t))
	tomorrow := noon.Time().AddDate(0, 0, 1).Format(time.DateOnly)

	p := params(t)
	p.Receiver.Doubted = []string{tomorrow}
	if c, other := decided(p); !c.Doubt || other || c.Due != sure.Due {
		t.Errorf("in doubt %v, others %v, due on %v, want %v", c.Doubt, other, c.Due.Time(), sure.Due.Time())
	}
	p = params(t)
	p.Sender.Doubted = []string{tomorrow}
	if c, _ := decided(p); c.Doubt {
		t.Error("a holiday of the desk that waits is in doubt for the desk that acts")
	}
	p = params(t)
	p.Receiver.Holidays = append(p.Receiver.Holidays, tomorrow)
	if c, _ := decided(p); c.Doubt || c.Due != sure.Due.Add(24*time.Hour) {
		t.Errorf("confirmed: in doubt %v, due on %v", c.Doubt, c.Due.Time())
	}
}
