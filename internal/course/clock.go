package course

import (
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/calendar"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Name says what a clock waits for.
type Name string

// The clocks.
const (
	ClockAcknowledge Name = "acknowledge" // a person opens the request
	ClockDecide      Name = "decide"      // the receiver desk decides
	ClockSupply      Name = "supply"      // the sender desk answers a question
	ClockPlan        Name = "plan"        // the sender desk plans the handover
	ClockHandover    Name = "handover"    // the planned moment itself: a reminder
	ClockArrival     Name = "arrival"     // the receiver desk says whether she came
	ClockCare        Name = "care"        // the receiver desk says that assistance has begun
	ClockFeedback    Name = "feedback"    // the receiver desk tells how she is
	ClockClose       Name = "close"       // the sender desk reads the outcome
	ClockExpire      Name = "expire"      // the sender's node lets an undecided request expire
	ClockConflict    Name = "conflict"    // two desks clear up a conflict: overdue from the start
)

// Step is who is told, in the order of escalation.
type Step string

// The steps of escalation.
const (
	StepDesk             Step = "desk"              // the desk that has to act
	StepDeputy           Step = "deputy"            // its deputy
	StepCoordinator      Step = "coordinator"       // the coordinator of its member
	StepOtherCoordinator Step = "other-coordinator" // the coordinator of the other member
)

// Steps returns the steps in their order.
func Steps() []Step { return []Step{StepDesk, StepDeputy, StepCoordinator, StepOtherCoordinator} }

// Rung says when a step is told, in percent of a clock's time: 0 is its start, 100 its due time.
type Rung struct {
	Step    Step
	Percent int
}

// Limits are the durations of one urgency. A zero period runs no clock.
type Limits struct {
	Acknowledge, Decide, Supply, Plan, Arrival, Care, Close calendar.Period
}

// Params are the durations that a profile gives for this pair of members. They are data: this package has no
// default for any of them.
type Params struct {
	Normal, Urgent   Limits
	Feedback         []int           // days after the handover, rising
	Lead             calendar.Period // how long before its day a feedback clock begins; zero: on the day itself
	Ladder           []Rung          // who is told when, in the order of [Steps]
	Sender, Receiver calendar.Calendar
}

// Observed holds when this node saw each event: made here or received here. An event without an entry counts as
// seen in 1970, so that what was forgotten is overdue at once.
type Observed map[Digest]frame.Time

// Alarm is a step with the moment from which it is to be told: a reference and an age, nothing else.
type Alarm struct {
	Step Step
	At   frame.Time
}

// Clock is a deadline that runs.
type Clock struct {
	Name   Name
	Side   Side         // who has to act
	Awaits []Transition // what stops it
	Since  Digest       // the event that started it
	Point  int          // of feedback: days after the handover
	Start  frame.Time
	Due    frame.Time
	Ladder []Alarm // when each step is told while all notifications arrive; empty: nobody is told
	Doubt  bool    // a holiday that nobody confirmed lies in it and counted as a day of work: it may end later
}

// Clocks returns the deadlines that run in the state, the earliest due first. They start when this node saw
// what started them, so the clocks of two nodes differ by the time that an event travelled, and no wall clock of
// the other side is trusted; the planned moment of a handover and the expiry of a request are dates that the
// desks agreed on.
func Clocks(s State, p Params, seen Observed) []Clock {
	c := clocks{state: s, params: p, seen: seen, limits: p.Normal}
	if s.Request.Urgency == Urgent {
		c.limits = p.Urgent
	}
	c.limits = c.limits.with(s.Request.Due)
	if s.Frozen && !s.Status.Final() {
		c.conflict()
	}
	c.running()
	sorting.Stable(c.out, func(a, b Clock) int { return int(min(max(a.Due-b.Due, -1), 1)) })
	return c.out
}

// with returns the limits after the overrides of the request.
func (l Limits) with(d Due) Limits {
	for _, o := range []struct {
		to   *calendar.Period
		from calendar.Period
	}{{&l.Acknowledge, d.Acknowledge}, {&l.Decide, d.Decide}, {&l.Supply, d.Supply}, {&l.Plan, d.Plan}, {&l.Arrival, d.Arrival}} {
		if o.from != (calendar.Period{}) {
			*o.to = o.from
		}
	}
	return l
}

type clocks struct {
	state  State
	params Params
	limits Limits
	seen   Observed
	out    []Clock
}

func (c *clocks) running() {
	l := c.limits
	decision := []Transition{InformationRequested, Accepted, Declined}
	switch c.state.Status {
	case Sent, Delivered:
		c.from(Sent, Clock{Name: ClockAcknowledge, Side: Receiver, Awaits: []Transition{Acknowledged}}, l.Acknowledge)
		c.from(Sent, Clock{Name: ClockDecide, Side: Receiver, Awaits: decision}, l.Decide)
	case Acknowledged:
		c.from(Sent, Clock{Name: ClockDecide, Side: Receiver, Awaits: decision}, l.Decide)
	case InformationRequested:
		c.from(InformationRequested, Clock{Name: ClockSupply, Side: Sender, Awaits: []Transition{InformationSupplied}}, l.Supply)
	case InformationSupplied:
		c.from(InformationSupplied, Clock{Name: ClockDecide, Side: Receiver, Awaits: decision}, l.Decide)
	case Accepted, NotArrived:
		c.from(c.state.Status, Clock{Name: ClockPlan, Side: Sender, Awaits: []Transition{HandoverPlanned, HandedOver}}, l.Plan)
	case HandoverPlanned:
		c.arrival()
	case HandedOver:
		c.from(HandedOver, Clock{Name: ClockCare, Side: Receiver, Awaits: []Transition{InCare, Completed}}, l.Care)
		c.feedback()
	case InCare, Feedback:
		c.feedback()
	case Completed:
		c.from(Completed, Clock{Name: ClockClose, Side: Sender, Awaits: []Transition{Closed}}, l.Close)
	}
	if c.state.Request.Expires != 0 && permitted(c.state.Status, c.state.Arrived, Expired) == nil {
		e, _ := c.state.Last(Sent)
		c.out = append(c.out, Clock{
			Name: ClockExpire, Side: Sender, Awaits: []Transition{Expired}, Since: e.Digest,
			Start: c.seen[e.Digest], Due: c.state.Request.Expires,
		})
	}
}

func (c *clocks) calendar(s Side) calendar.Calendar {
	if s == Sender {
		return c.params.Sender
	}
	return c.params.Receiver
}

func (c *clocks) after(s Side, t frame.Time, p calendar.Period) frame.Time {
	return frame.At(c.calendar(s).After(time.UnixMicro(int64(t)), p))
}

// from adds a clock that starts when the last event of the transition was seen here.
func (c *clocks) from(t Transition, k Clock, p calendar.Period) {
	e, ok := c.state.Last(t)
	if !ok || p == (calendar.Period{}) {
		return
	}
	k.Since, k.Start = e.Digest, c.seen[e.Digest]
	k.Due = c.after(k.Side, k.Start, p)
	k.Doubt = p.Unit == calendar.WorkingDay && len(c.calendar(k.Side).Doubtful(k.Start.Time(), k.Due.Time())) > 0
	c.add(k)
}

func (c *clocks) add(k Clock) {
	whole := k.Due - k.Start
	for _, r := range c.params.Ladder {
		k.Ladder = append(k.Ladder, Alarm{r.Step, k.Start + whole/100*frame.Time(r.Percent) + whole%100*frame.Time(r.Percent)/100})
	}
	c.out = append(c.out, k)
}

// arrival adds the reminder of the planned moment and the confirmation after it.
func (c *clocks) arrival() {
	e, ok := c.state.Last(HandoverPlanned)
	if !ok {
		return
	}
	awaits, planned := []Transition{HandedOver, NotArrived}, c.state.Planned.At
	c.out = append(c.out, Clock{
		Name: ClockHandover, Side: Receiver, Awaits: awaits, Since: e.Digest, Start: c.seen[e.Digest], Due: planned,
		Ladder: []Alarm{{StepDesk, planned}},
	})
	if p := c.limits.Arrival; p != (calendar.Period{}) {
		c.add(Clock{
			Name: ClockArrival, Side: Receiver, Awaits: awaits, Since: e.Digest, Start: planned, Due: c.after(Receiver, planned, p),
		})
	}
}

// feedback adds the clock of the first point for which nothing was told. Points are days after this node saw the
// handover confirmed.
func (c *clocks) feedback() {
	e, ok := c.state.Last(HandedOver)
	if !ok {
		return
	}
	given := 0
	if n := len(c.state.Reports); n > 0 {
		given = c.state.Reports[n-1].Point
	}
	for _, point := range c.params.Feedback {
		if point <= given {
			continue
		}
		due := c.after(Receiver, c.seen[e.Digest], calendar.Period{N: point, Unit: calendar.Day})
		start := due
		if lead := c.params.Lead; lead != (calendar.Period{}) {
			start = due - (c.after(Receiver, due, lead) - due)
		}
		c.add(Clock{
			Name: ClockFeedback, Side: Receiver, Awaits: []Transition{Feedback, Completed}, Since: e.Digest, Point: point,
			Start: start, Due: due,
		})
		return
	}
}

// conflict alarms every step of both sides at once.
func (c *clocks) conflict() {
	var since Digest
	var start frame.Time
	for _, x := range c.state.Conflicts {
		for _, d := range x.Digests {
			if at := c.seen[d]; at > start {
				since, start = d, at
			}
		}
	}
	for _, side := range []Side{Sender, Receiver} {
		k := Clock{Name: ClockConflict, Side: side, Since: since, Start: start, Due: start}
		for _, s := range Steps() {
			k.Ladder = append(k.Ladder, Alarm{s, start})
		}
		c.out = append(c.out, k)
	}
}

// Alarms returns when each step is to be told, given the notifications that failed. A failed notification
// counts as silence: the next step is told at once instead of in its turn, and if that fails too, the one after.
func (k Clock) Alarms(failed []Alarm) []Alarm {
	out := slices.Clone(k.Ladder)
	for i := range out {
		if i+1 == len(out) {
			break
		}
		for _, f := range failed {
			if f.Step != out[i].Step {
				continue
			}
			// A failure before the step's turn is none of this clock's: it counts from the turn on.
			if at := max(f.At, out[i].At); at < out[i+1].At {
				out[i+1].At = at
			}
		}
	}
	return out
}

// StepAt returns the last step that is to have been told at now, given the notifications that failed; "" if none.
func (k Clock) StepAt(now frame.Time, failed []Alarm) Step {
	var step Step
	for _, a := range k.Alarms(failed) {
		if a.At <= now {
			step = a.Step
		}
	}
	return step
}
