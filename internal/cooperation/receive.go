package cooperation

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/task"
)

// expired is the failure of a step that did not arrive in time; the others are the codes of refusals.
const expired = "expired"

// Receive takes note of a step of the other side. It opens nothing. It is the exchange's handler of the kind.
//
// It refuses with [fault.Invalid] "cooperation.thread" what does not come from the other end of its thread or has no place there, with
// [fault.Denied] "cooperation.desk" what is sent to a desk that does not prosecute, and with [fault.Conflict] "cooperation.erased" what
// belongs to a request of which nothing is kept.
func (s *Service) Receive(ctx context.Context, over exchange.Tx, a exchange.Arrived) error {
	tx, err := wide(over)
	if err != nil {
		return err
	}
	c := a.Control
	b, err := parseBody(c)
	if err != nil {
		return err
	}
	if b.Step.Owner() != c.Side || c.Realm != access.Prosecution || (b.Step == Ask) && !a.Envelope.HasContent() {
		return envelope.WrongBody("step")
	}
	r, err := tx.Cooperation(ctx, c.Thread, c.ToDesk)
	from := id.Address{Member: a.Envelope.Header.From, Desk: c.FromDesk}
	isNew := fault.Is(err, fault.NotFound)
	switch {
	case isNew && b.Step != Ask:
		return fault.New(fault.Invalid, "cooperation.thread")
	case isNew:
		if err := prosecutes(ctx, tx, c.ToDesk); err != nil {
			return err
		}
		gone, err := tx.Erased(ctx, ErasureKind, string(c.Thread))
		if err != nil {
			return err
		}
		if gone { // it is sent again to a node that was restored, which had destroyed it since its backup
			return fault.New(fault.Conflict, "cooperation.erased")
		}
		r = Row{
			ID: c.Thread, Desk: c.ToDesk, Side: envelope.Answerer, Peer: from, Reference: id.NewReference(s.IDs), Kind: b.Kind, State: Draft,
			Urgent: c.Urgency == "urgent", Due: b.Due, At: a.Received, Version: 1,
		}
		if err := tx.AddCooperation(ctx, r); err != nil {
			return err
		}
	case err != nil:
		return err
	case r.Peer != from || c.Side != r.Side.Other() || b.Kind != r.Kind:
		return fault.New(fault.Invalid, "cooperation.thread")
	case r.State == Erased:
		return fault.New(fault.Conflict, "cooperation.erased")
	}
	events, err := tx.CooperationEvents(ctx, r.ID, r.Desk)
	if err != nil {
		return err
	}
	if b.Step == Ask && len(events) > 0 {
		return s.anew(ctx, tx, r, events, a)
	}
	e := Event{
		Thread: r.ID, Desk: r.Desk, N: int64(len(events)) + 1, Step: b.Step, Code: b.Code, Day: b.Day, Envelope: a.Envelope.ID, At: a.Received,
	}
	if part := a.Envelope.Header.Content; part != nil {
		e.Intake = part.Key
	}
	if err := tx.AddCooperationEvent(ctx, e); err != nil {
		return err
	}
	if r, err = s.moveIn(ctx, tx, r, append(events, e)); err != nil || b.Step == Ask {
		return err
	}
	return s.remindIn(ctx, tx, r, TaskTold, task.Clock{})
}

// anew takes a record in the place of one that somebody here opened and could not use: of a law that was confirmed since, or mended there. What was said about the
// request before stays.
func (s *Service) anew(ctx context.Context, tx Tx, r Row, events []Event, a exchange.Arrived) error {
	i := slices.IndexFunc(events, func(e Event) bool { return e.Step == Ask })
	if i < 0 || events[i].Failed == "" {
		return fault.New(fault.Invalid, "cooperation.thread")
	}
	e := events[i]
	e.Envelope, e.Failed, e.Intake = a.Envelope.ID, "", a.Envelope.Header.Content.Key
	if err := tx.SetCooperationEvent(ctx, e); err != nil {
		return err
	}
	return s.remindIn(ctx, tx, r, TaskTold, task.Clock{})
}

// dueIn gives the desk that was asked what is to be done next, with the clock of the profile, or else the day by which the other side asks.
func (s *Service) dueIn(ctx context.Context, tx Tx, r Row, events []Event) error {
	kind, clock, start := "", "", s.now()
	switch r.State {
	case Sent:
		kind, clock = TaskReceive, "cooperation-receipt"
		if r.Kind == EIO {
			clock = "eio-receipt"
		}
	case Received:
		if kind = TaskAnswer; r.Kind != Spontaneous {
			kind = TaskDecide
		}
		if r.Kind == EIO {
			clock, start = "eio-decision", events[0].At
		}
	case Postponed:
		kind = TaskDecide
	case Recognised:
		if kind = TaskExecute; r.Kind == EIO {
			clock = "eio-execution"
		}
	case Executed:
		kind = TaskAnswer
	}
	for _, done := range []string{TaskReceive, TaskDecide, TaskExecute} {
		if _, err := s.Tasks.DoneIn(ctx, tx, r.object(), done); err != nil {
			return err
		}
	}
	if kind == "" {
		return nil
	}
	var c task.Clock
	if clock != "" && s.Clock != nil {
		var err error
		if c, err = s.Clock(clock, start); err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	if kind != TaskReceive && c.Due == 0 && r.Due != "" {
		if t, err := time.Parse(time.DateOnly, r.Due); err == nil {
			c.Due = max(frame.At(t.AddDate(0, 0, 1)), s.now())
		}
	}
	return s.remindIn(ctx, tx, r, kind, c)
}

// remindIn gives the desk of an end something to do about it. One task of a kind is enough.
func (s *Service) remindIn(ctx context.Context, tx Tx, r Row, kind string, c task.Clock) error {
	open, err := tx.OpenTasks(ctx, r.object(), kind)
	if err != nil || len(open) > 0 {
		return err
	}
	_, err = s.Tasks.AddIn(ctx, tx, task.New{
		Desk: r.Desk, Realm: access.Prosecution, Kind: kind, Object: r.object(), Reference: string(r.Reference), Urgent: r.Urgent, Announce: true, Clock: c,
	})
	return err
}

// MovedIn takes note of how far an envelope of ours has come. What is about something else is passed over.
func (s *Service) MovedIn(ctx context.Context, over exchange.Tx, m exchange.Moved) error {
	tx, err := wide(over)
	if err != nil {
		return err
	}
	if m.Out.Kind != envelope.Cooperation {
		return nil
	}
	r, err := tx.Cooperation(ctx, m.Out.Thread, m.Out.Rule.From.Desk)
	if fault.Is(err, fault.NotFound) || err == nil && r.State == Erased {
		return nil
	}
	if err != nil {
		return err
	}
	events, err := tx.CooperationEvents(ctx, r.ID, r.Desk)
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.Envelope != m.Out.ID {
			continue
		}
		changed := false
		if e, changed = moved(e, m, s.now()); !changed {
			return nil
		}
		if err := tx.SetCooperationEvent(ctx, e); err != nil || e.Failed == "" {
			return err
		}
		return s.remindIn(ctx, tx, r, TaskFailed, task.Clock{})
	}
	return nil
}

// moved returns an event of ours after a receipt for its envelope, or after it expired; changed is false if it tells nothing new.
func moved(e Event, m exchange.Moved, now frame.Time) (_ Event, changed bool) {
	switch m.Out.State {
	case exchange.OutDelivered, exchange.OutOpened:
		if e.Told != 0 {
			return e, false
		}
		if e.Told = now; m.Receipt != nil {
			e.Told = m.Receipt.Receipt.At
		}
	case exchange.OutRefused:
		if e.Failed = "refused"; m.Receipt != nil {
			e.Failed = string(m.Receipt.Receipt.Refusal)
		}
	case exchange.OutExpired:
		e.Failed = expired
	default:
		return e, false
	}
	return e, true
}

// ReleaseEndedIn tells the desks in whose requests something stands out of a release that it was taken back. A draft with it is not sent any more;
// what was sent is for the prosecutor to call back. It returns how many requests there are.
func (s *Service) ReleaseEndedIn(ctx context.Context, over any, release id.Record) (int, error) {
	tx, err := wide(over)
	if err != nil {
		return 0, err
	}
	all, err := tx.CooperationsWith(ctx, release)
	if err != nil {
		return 0, err
	}
	for _, r := range all {
		if err := s.remindIn(ctx, tx, r, TaskRelease, task.Clock{}); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// forget destroys the bytes of an envelope: one that arrived, which its sender is told, or our own copy of one that was sent.
func (s *Service) forget(ctx context.Context, tx Tx, e id.Envelope) error {
	if e == "" {
		return nil
	}
	if _, err := tx.In(ctx, e); err == nil {
		return s.Exchange.Answer(ctx, tx, e, envelope.Receipt{Stage: envelope.Erased, Until: s.now().Add(s.KeysKept)})
	} else if !fault.Is(err, fault.NotFound) {
		return err
	}
	o, err := tx.Out(ctx, e)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || o.Bytes == nil {
		return err
	}
	switch o.State {
	case exchange.OutHeld, exchange.OutQueued, exchange.OutRelayed:
		o.State = exchange.OutDestroyed
	}
	o.Bytes = nil
	return tx.SetOut(ctx, o)
}
