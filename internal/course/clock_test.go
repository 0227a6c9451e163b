package course_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/calendar"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/frame"
)

func hours(n int) calendar.Period { return calendar.Period{N: n, Unit: calendar.Hour} }

// params are the durations of the network, as a profile would give them.
func params(t *testing.T) course.Params {
	t.Helper()
	skopje, err := time.LoadLocation("Europe/Skopje")
	if err != nil {
		t.Fatal(err)
	}
	working := calendar.Calendar{Zone: skopje, Weekend: []time.Weekday{time.Saturday, time.Sunday}, Holidays: []string{"2017-12-08"}}
	normal := course.Limits{
		Acknowledge: hours(24), Decide: calendar.Period{N: 3, Unit: calendar.WorkingDay}, Supply: hours(48), Plan: hours(72),
		Arrival: hours(24), Care: hours(48), Close: hours(120),
	}
	urgent := normal
	urgent.Acknowledge, urgent.Decide = hours(2), hours(24)
	return course.Params{
		Normal: normal, Urgent: urgent, Feedback: []int{30, 90, 180, 365}, Lead: calendar.Period{N: 7, Unit: calendar.Day},
		Ladder: []course.Rung{
			{Step: course.StepDesk, Percent: 0},
			{Step: course.StepDeputy, Percent: 50},
			{Step: course.StepCoordinator, Percent: 100},
			{Step: course.StepOtherCoordinator, Percent: 150},
		},
		Sender: working, Receiver: working,
	}
}

// watch notes that every event was seen at one moment.
func watch(s course.State, at frame.Time) course.Observed {
	o := course.Observed{}
	for _, e := range s.History {
		o[e.Digest] = at
	}
	return o
}

type running struct {
	Name course.Name
	Side course.Side
	In   time.Duration // from the moment at which everything was seen
}

func TestClocksOfEveryStatus(t *testing.T) {
	day := 24 * time.Hour
	expire := running{course.ClockExpire, course.Sender, 14 * day}
	decide := running{course.ClockDecide, course.Receiver, 3 * day} // Monday to Thursday
	for status, want := range map[course.Status][]running{
		course.Sent:                 {{course.ClockAcknowledge, course.Receiver, day}, decide, expire},
		course.Delivered:            {{course.ClockAcknowledge, course.Receiver, day}, decide, expire},
		course.Acknowledged:         {decide, expire},
		course.InformationRequested: {{course.ClockSupply, course.Sender, 2 * day}, expire},
		course.InformationSupplied:  {decide, expire},
		course.Accepted:             {{course.ClockPlan, course.Sender, 3 * day}},
		course.NotArrived:           {{course.ClockPlan, course.Sender, 3 * day}},
		course.HandoverPlanned: {
			{course.ClockHandover, course.Receiver, 3 * day}, {course.ClockArrival, course.Receiver, 4 * day},
		},
		course.HandedOver: {{course.ClockCare, course.Receiver, 2 * day}, {course.ClockFeedback, course.Receiver, 30 * day}},
		course.InCare:     {{course.ClockFeedback, course.Receiver, 30 * day}},
		course.Feedback:   {{course.ClockFeedback, course.Receiver, 90 * day}},
		course.Completed:  {{course.ClockClose, course.Sender, 5 * day}},
		course.Closed:     nil,
	} {
		t.Run(string(status), func(t *testing.T) {
			_, b := upTo(t, status)
			s := b.state()
			var got []running
			for _, c := range course.Clocks(s, params(t), watch(s, noon)) {
				got = append(got, running{c.Name, c.Side, c.Due.Sub(noon)})
				if c.Name != course.ClockHandover && c.Name != course.ClockExpire && len(c.Ladder) != 4 {
					t.Errorf("%s escalates to %v", c.Name, c.Ladder)
				}
				if !slices.ContainsFunc(c.Awaits, func(x course.Transition) bool {
					return slices.Contains(course.Owners(x)[0].Sides(), c.Side)
				}) {
					t.Errorf("%s cannot be stopped by the %s: %v", c.Name, c.Side, c.Awaits)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, end := range []course.Transition{course.EnteredInError, course.WithdrawnByPerson, course.Revoked, course.Expired} {
		a, _ := upTo(t, course.Acknowledged)
		a.takes(end)
		if got := course.Clocks(a.state(), params(t), watch(a.state(), noon)); len(got) != 0 {
			t.Errorf("%s still waits for %v", end, got)
		}
	}
}

func TestUrgentAndOverriddenClocks(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*course.Event)
		want   time.Duration
	}{
		{"normal", func(*course.Event) {}, 24 * time.Hour},
		{"urgent", func(e *course.Event) { e.Urgency = course.Urgent }, 2 * time.Hour},
		{"urgent, agreed otherwise", func(e *course.Event) { e.Urgency, e.Due.Acknowledge = course.Urgent, hours(1) }, time.Hour},
	} {
		a, _ := meet(t)
		a.takes(course.Sent, c.change)
		if got := course.Clocks(a.state(), params(t), watch(a.state(), noon))[0]; got.Name != course.ClockAcknowledge || got.Due.Sub(noon) != c.want {
			t.Errorf("%s: %s in %v", c.name, got.Name, got.Due.Sub(noon))
		}
	}
}

// From docs/sources.md, domain 10.4: sent on Friday at 17:00, and the deputy cannot be reached.
func TestFridayAtFiveReachesTheCoordinatorByTheDeadline(t *testing.T) {
	friday := frame.At(time.Date(2017, 11, 17, 16, 0, 0, 0, time.UTC)) // 17:00 in Skopje
	a, _ := meet(t)
	a.takes(course.Sent)
	ack := course.Clocks(a.state(), params(t), watch(a.state(), friday))[0]
	at := func(h int) frame.Time { return friday.Add(time.Duration(h) * time.Hour) }
	failed := []course.Alarm{{Step: course.StepDeputy, At: at(12)}}
	for _, c := range []struct {
		hour   int
		failed []course.Alarm
		want   course.Step
	}{
		{-1, nil, ""},
		{0, nil, course.StepDesk},
		{12, nil, course.StepDeputy},
		{23, nil, course.StepDeputy},
		{24, nil, course.StepCoordinator},
		{36, nil, course.StepOtherCoordinator},
		{12, failed, course.StepCoordinator},
		{35, failed, course.StepCoordinator},
		{36, failed, course.StepOtherCoordinator},
	} {
		if got := ack.StepAt(at(c.hour), c.failed); got != c.want {
			t.Errorf("after %d h with %v failed: %q, want %q", c.hour, c.failed, got, c.want)
		}
	}
}

func TestAFailedNotificationCountsAsSilenceAndEscalatesAtOnce(t *testing.T) {
	a, _ := meet(t)
	a.takes(course.Sent)
	ack := course.Clocks(a.state(), params(t), watch(a.state(), noon))[0]
	at := func(h int) frame.Time { return noon.Add(time.Duration(h) * time.Hour) }
	all := []course.Alarm{{Step: course.StepDesk, At: at(1)}, {Step: course.StepDeputy, At: at(1)}, {Step: course.StepCoordinator, At: at(1)}}
	for _, c := range []struct {
		failed []course.Alarm
		want   [4]int // hours at which each step is told
	}{
		{nil, [4]int{0, 12, 24, 36}},
		{all[:1], [4]int{0, 1, 24, 36}},
		{all[:2], [4]int{0, 1, 1, 36}},
		{all, [4]int{0, 1, 1, 1}},
		{all[1:2], [4]int{0, 12, 12, 36}}, // it failed before its turn: it counts from its turn on
		{[]course.Alarm{{Step: course.StepDesk, At: at(20)}}, [4]int{0, 12, 24, 36}},
	} {
		for i, got := range ack.Alarms(c.failed) {
			if want := at(c.want[i]); got.At != want {
				t.Errorf("%v failed: %s after %v, want %v", c.failed, got.Step, got.At.Sub(noon), want.Sub(noon))
			}
		}
	}
}

func TestClocksStartWhenThisNodeSawTheEvent(t *testing.T) {
	a, _ := meet(t)
	e := a.takes(course.Sent, func(e *course.Event) { e.At = 1 << 52; e.Expires = 1<<52 + 1 }) // a clock far ahead
	late := noon.Add(5 * time.Hour)
	ack := course.Clocks(course.Fold(thread, []course.Event{e}), params(t), watch(a.state(), late))[0]
	if ack.Start != late || ack.Due != late.Add(24*time.Hour) {
		t.Errorf("from %v to %v", ack.Start.Time(), ack.Due.Time())
	}
	if forgotten := course.Clocks(a.state(), params(t), nil)[0]; forgotten.StepAt(noon, nil) != course.StepOtherCoordinator {
		t.Errorf("an event without a moment waits silently: %v", forgotten)
	}
}

func TestAConflictAlarmsEverybodyAtOnce(t *testing.T) {
	a, b := upTo(t, course.Acknowledged)
	one := b.state().Stamp(course.Receiver, form(course.Receiver, course.Accepted))
	two := b.state().Stamp(course.Receiver, form(course.Receiver, course.Declined))
	a.hears(one, two)
	s := a.state()
	got := 0
	for _, c := range course.Clocks(s, params(t), watch(s, noon)) {
		if c.Name == course.ClockConflict {
			got++
			if c.StepAt(noon, nil) != course.StepOtherCoordinator {
				t.Errorf("the %s's coordinators wait: %v", c.Side, c.Ladder)
			}
		}
	}
	if got != 2 {
		t.Errorf("%d conflict clocks, want one for each side", got)
	}
	a.takes(course.EnteredInError) // this is how it is cleared up
	if got := course.Clocks(a.state(), params(t), watch(s, noon)); len(got) != 0 || !a.state().Frozen {
		t.Errorf("a conflict in a referral that is over still alarms: %v", got)
	}
}

func TestWorkingDays(t *testing.T) {
	c := params(t).Receiver
	for _, x := range []struct {
		from, to string
		period   calendar.Period
	}{
		{"2017-11-13T09:00:00+01:00", "2017-11-16T09:00:00+01:00", calendar.Period{N: 3, Unit: calendar.WorkingDay}},
		{"2017-11-17T17:00:00+01:00", "2017-11-22T17:00:00+01:00", calendar.Period{N: 3, Unit: calendar.WorkingDay}}, // over a weekend
		{"2017-11-18T10:00:00+01:00", "2017-11-23T00:00:00+01:00", calendar.Period{N: 3, Unit: calendar.WorkingDay}}, // from a Saturday
		{"2017-12-07T10:00:00+01:00", "2017-12-11T10:00:00+01:00", calendar.Period{N: 1, Unit: calendar.WorkingDay}}, // over a holiday
		{"2017-10-27T10:00:00+02:00", "2017-10-30T10:00:00+01:00", calendar.Period{N: 1, Unit: calendar.WorkingDay}}, // over the change of the hour
		{"2017-10-28T10:00:00+02:00", "2017-10-29T10:00:00+01:00", calendar.Period{N: 1, Unit: calendar.Day}},
		{"2017-10-28T10:00:00+02:00", "2017-10-29T09:00:00+01:00", hours(24)},
	} {
		from, err := time.Parse(time.RFC3339, x.from)
		if err != nil {
			t.Fatal(err)
		}
		want, err := time.Parse(time.RFC3339, x.to)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.After(from, x.period); !got.Equal(want) {
			t.Errorf("%v after %s is %s, want %s", x.period, x.from, got, x.to)
		}
	}
	never := calendar.Calendar{Weekend: []time.Weekday{0, 1, 2, 3, 4, 5, 6}}
	if got := never.After(noon.Time(), calendar.Period{N: 1, Unit: calendar.WorkingDay}); got.Sub(noon.Time()) > 365*24*time.Hour {
		t.Errorf("a calendar without working days ends on %v", got)
	}
}
