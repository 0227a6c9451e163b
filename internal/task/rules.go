package task

import (
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

const (
	maxRungs = 16
	maxCode  = 64
	maxText  = 80
)

// Check reports whether c could be a clock.
//
// It fails with [fault.Invalid] "task.clock" if rungs are out of order, a step goes down, or a moment is
// missing.
func (c Clock) Check() error {
	bad := fault.New(fault.Invalid, "task.clock")
	if c.Remind < 0 || c.Due < 0 || len(c.Chain) > maxRungs {
		return bad
	}
	for i, r := range c.Chain {
		if r.Step < AtDesk || r.Step > Abroad || r.At <= 0 {
			return bad
		}
		if i > 0 && (r.At < c.Chain[i-1].At || r.Step < c.Chain[i-1].Step) {
			return bad
		}
	}
	return nil
}

// check reports whether a task could be made from n.
func (n New) check() error {
	wrong := func(field string) error { return fault.New(fault.Invalid, "task.field").With("field", field) }
	switch {
	case n.Desk == "":
		return wrong("desk")
	case n.Realm != access.Assistance && n.Realm != access.Prosecution && n.Realm != access.Office:
		return wrong("realm")
	case !code(n.Kind):
		return wrong("kind")
	case n.Object == "" || len(n.Object) > maxText:
		return wrong("object")
	case !neutral(n.Reference):
		return wrong("reference")
	}
	return n.Clock.Check()
}

// code reports whether s is a dotted lower-case word.
func code(s string) bool {
	if s == "" || len(s) > maxCode {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

// neutral reports whether ref can be told to a stranger: what package notify lets pass, so that a notice
// is not refused when its time has come.
func neutral(ref string) bool {
	if ref == "" || len(ref) > 40 {
		return false
	}
	digits := false
	for i := range len(ref) {
		switch c := ref[i]; {
		case c >= '0' && c <= '9':
			digits = true
		case c >= 'a' && c <= 'z', c == '-':
		default:
			return false
		}
	}
	return digits || made(ref)
}

// made reports whether ref is one that package id made: some of them have no digit.
func made(ref string) bool {
	if _, err := id.ParseReference(ref); err == nil {
		return true
	}
	_, err := id.ParseRandom[id.Referral](ref)
	return err == nil
}

// next returns when something has to be done about t: the first reminder not given and the first rung not
// yet climbed; 0 if nothing is left.
func next(t Task) frame.Time {
	if t.State != Open {
		return 0
	}
	var at frame.Time
	sooner := func(m frame.Time) {
		if m > 0 && (at == 0 || m < at) {
			at = m
		}
	}
	if t.Step == AtDesk && t.Remind > t.Reminded {
		sooner(t.Remind)
	}
	for _, r := range t.Chain {
		if r.Step > t.Step || (t.Step == AtDesk && r.Step == AtDesk && r.At > t.Reminded) {
			sooner(r.At)
		}
	}
	return at
}

// due returns what the clock asks for at now: the highest step whose moment has come, and whether the desk
// is to be reminded. A node that was off for days takes the highest step, not each of them in a burst; the
// lower ones are told with it.
func due(t Task, now frame.Time) (steps []Step, remind bool) {
	for _, r := range t.Chain {
		if r.At > now {
			break
		}
		if r.Step > t.Step && !slices.Contains(steps, r.Step) {
			steps = append(steps, r.Step)
		}
		if r.Step == AtDesk && r.At > t.Reminded {
			remind = true
		}
	}
	remind = remind || (t.Remind > t.Reminded && t.Remind <= now)
	return steps, remind && t.Step == AtDesk && len(steps) == 0
}

// rung returns the moment at which the clock asks for a step, if it does.
func rung(t Task, step Step) (frame.Time, bool) {
	for _, r := range t.Chain {
		if r.Step == step {
			return r.At, true
		}
	}
	return 0, false
}

// sooner returns t with the step abroad moved up to the turn of the step at which t is, if that is still to come and
// the other side would be told before it otherwise: a desk that nobody can notify is not yet a desk that is late.
func sooner(t Task, now frame.Time) (Task, bool) {
	turn, _ := rung(t, t.Step)
	if _, asked := rung(t, Abroad); !asked || t.Step != AtCoordinator || turn <= now {
		return t, false
	}
	t.Chain = slices.Clone(t.Chain)
	for i := range t.Chain {
		if t.Chain[i].Step == Abroad {
			t.Chain[i].At = min(t.Chain[i].At, turn)
		}
	}
	t.Next = next(t)
	return t, true
}

// restart puts t at the beginning of a clock.
func restart(t Task, c Clock) Task {
	t.Clock = Clock{Remind: c.Remind, Due: c.Due, Chain: slices.Clone(c.Chain)}
	t.Step, t.Reminded, t.Deputy, t.Coordinator = AtDesk, 0, "", ""
	t.Next = next(t)
	return t
}

// handed returns t at another desk, where nobody has been told of it yet. What is late is late there too.
func handed(t Task, to id.Desk) Task {
	t.Desk, t.User, t.Step, t.Deputy, t.Coordinator = to, "", AtDesk, "", ""
	t.Next = next(t)
	return t
}

// ended returns t in an end state.
func ended(t Task, state State, now frame.Time) Task {
	t.State, t.Ended, t.Next = state, now, 0
	return t
}

// kindOfReferral begins the kinds of tasks about a referral, which has a reference of its own.
const kindOfReferral = "referral."

// told returns what a task is called to somebody. The office watches the clocks of others: what is about a case, or for one person to do, is
// called there by the day on which it was asked for.
func (t Task) told(who access.Actor) string {
	others := t.Realm != access.Office || t.User != "" && t.User != who.User
	if who.Realm == access.Office && others && !strings.HasPrefix(t.Kind, kindOfReferral) {
		return t.Made.Time().UTC().Format(time.DateOnly)
	}
	return t.Reference
}

// Called returns what the task is called to the desk that is told.
func (t Tell) Called() string {
	if t.Desk == t.Task.Coordinator {
		return t.Task.told(access.Actor{Realm: access.Office})
	}
	return t.Task.Reference
}

// seenBy returns a task as who sees it.
func (t Task) seenBy(who access.Actor) Task {
	told := t.told(who)
	if told != t.Reference {
		t.Reference, t.Object = told, ""
	}
	return t
}

// resource describes t as who stands to it: a desk to which it was passed on sees it as its own.
func resource(t Task, who access.Actor) access.Resource {
	r := access.Resource{Noun: "task", ID: string(t.ID), Realm: t.Realm, Desk: t.Desk, Owner: t.User}
	if who.Desk != "" && (who.Desk == t.Deputy || who.Desk == t.Coordinator) {
		r.Desk = who.Desk
	}
	return r
}
