package course_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// thread is the referral of these tests: a person found in Moldova, a desk in Skopje.
var thread = course.Thread{
	Referral: "0123456789abcdefghjkmnpqr0",
	Sender:   id.Address{Member: "MD", Desk: "focal-point"},
	Receiver: id.Address{Member: "MK", Desk: "focal-point"},
}

var noon = frame.At(time.Date(2017, 11, 13, 12, 0, 0, 0, time.UTC))

// fail is what a test and a property have in common.
type fail interface {
	Helper()
	Fatalf(string, ...any)
}

// party is one side of the conversation: the events that its node holds.
type party struct {
	fail
	side course.Side
	held []course.Event
	made []course.Event
}

// meet returns the two sides.
func meet(f fail) (sender, receiver *party) {
	return &party{fail: f, side: course.Sender}, &party{fail: f, side: course.Receiver}
}

func (p *party) state() course.State { return course.Fold(thread, p.held) }

// form returns an event of the transition with what it needs.
func form(side course.Side, t course.Transition) course.Event {
	e := course.Event{Transition: t, At: noon, Desk: thread.Sender}
	if side == course.Receiver {
		e.Desk = thread.Receiver
	}
	for _, f := range course.Needs(t) {
		switch f {
		case course.FieldTo:
			e.To = thread.Receiver
		case course.FieldKind:
			e.Kind = "return"
		case course.FieldUrgency:
			e.Urgency = course.Normal
		case course.FieldBasis:
			e.Basis = "arrangement"
		case course.FieldExpires:
			e.Expires = noon.Add(14 * 24 * time.Hour)
		case course.FieldReason:
			e.Reason = course.Codes().Lists["reason."+string(t)][0]
		case course.FieldAlternative:
			e.Alternative.Code = "none-known"
		case course.FieldPlanned:
			e.Planned = course.Planned{At: noon.Add(72 * time.Hour), Meeting: "airport"}
		case course.FieldPoint:
			e.Point = 30
		case course.FieldOutcome:
			e.Outcome = course.Codes().Lists["outcome."+string(t)][0]
		}
	}
	return e
}

// takes makes the transition on what the party holds, as an honest node does, and keeps the event.
func (p *party) takes(t course.Transition, with ...func(*course.Event)) course.Event {
	p.Helper()
	s := p.state()
	if t == course.Sent {
		var err error
		if s, err = s.Local(course.Checked); err != nil {
			p.Fatalf("check: %v", err)
		}
	}
	e := form(p.side, t)
	for _, w := range with {
		w(&e)
	}
	e = s.Stamp(p.side, e)
	if err := s.Admit(e); err != nil {
		p.Fatalf("%s takes %s in %s: %v", p.side, t, s.Status, err)
	}
	p.held, p.made = append(p.held, e), append(p.made, e)
	return e
}

// hears gives the party events of the other side.
func (p *party) hears(es ...course.Event) { p.held = append(p.held, es...) }

// talk lets both parties hear everything.
func talk(a, b *party) {
	a.hears(missing(a, b)...)
	b.hears(missing(b, a)...)
}

func missing(a, b *party) []course.Event {
	return slices.DeleteFunc(slices.Clone(b.made), func(e course.Event) bool { return slices.Contains(a.held, e) })
}

// upTo brings a referral to a status without any concurrency.
func upTo(f fail, want course.Status) (sender, receiver *party) {
	f.Helper()
	sender, receiver = meet(f)
	course := []struct {
		of *party
		t  course.Transition
	}{
		{sender, course.Sent},
		{receiver, course.Delivered},
		{receiver, course.Acknowledged},
		{receiver, course.InformationRequested},
		{sender, course.InformationSupplied},
		{receiver, course.Accepted},
		{sender, course.HandoverPlanned},
		{receiver, course.NotArrived},
		{sender, course.HandoverPlanned},
		{receiver, course.HandedOver},
		{receiver, course.InCare},
		{receiver, course.Feedback},
		{receiver, course.Completed},
		{sender, course.Closed},
	}
	for _, c := range course {
		c.of.takes(c.t)
		talk(sender, receiver)
		if c.t == want {
			return sender, receiver
		}
	}
	f.Fatalf("no course leads to %s", want)
	return nil, nil
}

func expect(t *testing.T, p *party, want course.Status) course.State {
	t.Helper()
	s := p.state()
	if s.Status != want {
		t.Fatalf("the %s sees %s, want %s\n%s", p.side, s.Status, want, story(s))
	}
	return s
}

func story(s course.State) string {
	var out string
	for _, e := range s.History {
		out += fmt.Sprintf("%-8s %d seen %d %s: %s\n", e.Event.Side, e.Event.Seq, e.Event.Seen.Seq, e.Event.Transition, e.Standing)
	}
	return out
}
