package referral_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/referral"
)

// thread is the referral of these tests: a person found in Moldova, a desk in Skopje.
var thread = referral.Thread{
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
	side referral.Side
	held []referral.Event
	made []referral.Event
}

// meet returns the two sides.
func meet(f fail) (sender, receiver *party) {
	return &party{fail: f, side: referral.Sender}, &party{fail: f, side: referral.Receiver}
}

func (p *party) state() referral.State { return referral.Fold(thread, p.held) }

// form returns an event of the transition with what it needs.
func form(side referral.Side, t referral.Transition) referral.Event {
	e := referral.Event{Transition: t, At: noon, Desk: thread.Sender}
	if side == referral.Receiver {
		e.Desk = thread.Receiver
	}
	for _, f := range referral.Needs(t) {
		switch f {
		case referral.FieldTo:
			e.To = thread.Receiver
		case referral.FieldKind:
			e.Kind = "return"
		case referral.FieldUrgency:
			e.Urgency = referral.Normal
		case referral.FieldBasis:
			e.Basis = "arrangement"
		case referral.FieldExpires:
			e.Expires = noon.Add(14 * 24 * time.Hour)
		case referral.FieldReason:
			e.Reason = referral.Codes().Lists["reason."+string(t)][0]
		case referral.FieldAlternative:
			e.Alternative.Code = "none-known"
		case referral.FieldPlanned:
			e.Planned = referral.Planned{At: noon.Add(72 * time.Hour), Meeting: "airport"}
		case referral.FieldPoint:
			e.Point = 30
		case referral.FieldOutcome:
			e.Outcome = referral.Codes().Lists["outcome."+string(t)][0]
		}
	}
	return e
}

// takes makes the transition on what the party holds, as an honest node does, and keeps the event.
func (p *party) takes(t referral.Transition, with ...func(*referral.Event)) referral.Event {
	p.Helper()
	s := p.state()
	if t == referral.Sent {
		var err error
		if s, err = s.Local(referral.Checked); err != nil {
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
func (p *party) hears(es ...referral.Event) { p.held = append(p.held, es...) }

// talk lets both parties hear everything.
func talk(a, b *party) {
	a.hears(missing(a, b)...)
	b.hears(missing(b, a)...)
}

func missing(a, b *party) []referral.Event {
	return slices.DeleteFunc(slices.Clone(b.made), func(e referral.Event) bool { return slices.Contains(a.held, e) })
}

// upTo brings a referral to a status without any concurrency.
func upTo(f fail, want referral.Status) (sender, receiver *party) {
	f.Helper()
	sender, receiver = meet(f)
	course := []struct {
		of *party
		t  referral.Transition
	}{
		{sender, referral.Sent},
		{receiver, referral.Delivered},
		{receiver, referral.Acknowledged},
		{receiver, referral.InformationRequested},
		{sender, referral.InformationSupplied},
		{receiver, referral.Accepted},
		{sender, referral.HandoverPlanned},
		{receiver, referral.NotArrived},
		{sender, referral.HandoverPlanned},
		{receiver, referral.HandedOver},
		{receiver, referral.InCare},
		{receiver, referral.Feedback},
		{receiver, referral.Completed},
		{sender, referral.Closed},
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

func expect(t *testing.T, p *party, want referral.Status) referral.State {
	t.Helper()
	s := p.state()
	if s.Status != want {
		t.Fatalf("the %s sees %s, want %s\n%s", p.side, s.Status, want, story(s))
	}
	return s
}

func story(s referral.State) string {
	var out string
	for _, e := range s.History {
		out += fmt.Sprintf("%-8s %d seen %d %s: %s\n", e.Event.Side, e.Event.Seq, e.Event.Seen.Seq, e.Event.Transition, e.Standing)
	}
	return out
}
