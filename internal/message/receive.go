package message

import (
	"context"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/task"
)

// Receive takes note of a message that arrived. It opens nothing: the words stay in the envelope until a
// member of the desk reads them. It is the exchange's handler of kind message.
//
// It refuses with [fault.Invalid] "message.thread" what does not come from the other end of its thread.
func (s *Service) Receive(ctx context.Context, over exchange.Tx, a exchange.Arrived) error {
	tx, ok := over.(Tx)
	if !ok {
		return fault.New(fault.Internal, "message.wiring")
	}
	c := a.Control
	b, err := parseBody(c)
	if err != nil {
		return err
	}
	from := id.Address{Member: a.Envelope.Header.From, Desk: c.FromDesk}
	t, err := tx.Thread(ctx, c.Thread, c.ToDesk)
	isNew := fault.Is(err, fault.NotFound)
	switch {
	case isNew:
		t, err = s.answering(ctx, tx, c, from, b)
	case err == nil && (!fits(t, from, c.Side) || t.Referral != b.Referral):
		err = fault.New(fault.Invalid, "message.thread")
	case err == nil && t.Erased:
		err = fault.New(fault.Conflict, "message.erased")
	}
	if err != nil {
		return err
	}
	m := Message{
		ID: b.Message, Thread: t.ID, Desk: t.Desk, State: Sealed, Envelope: a.Envelope.ID, Urgent: c.Urgency == urgent,
		At: a.Received, Version: 1,
	}
	if part := a.Envelope.Header.Content; part != nil {
		m.Intake = part.Key
	}
	t.Last = max(t.Last, m.At)
	if err := keepThread(ctx, tx, t, isNew); err != nil {
		return err
	}
	if err := tx.AddMessage(ctx, m); err != nil {
		return err
	}
	return s.ask(ctx, tx, t, m, TaskRead)
}

// answering returns this node's end of a thread that another desk has begun, still to be kept.
func (s *Service) answering(ctx context.Context, tx Tx, c envelope.Control, from id.Address, b body) (Thread, error) {
	if c.Side != envelope.Opener {
		return Thread{}, fault.New(fault.Invalid, "message.thread")
	}
	ends, err := tx.Ends(ctx, c.Thread)
	if err != nil {
		return Thread{}, err
	}
	here := id.Address{Member: s.Member, Desk: c.ToDesk}
	for _, o := range ends { // of a national thread the other end is here; of any other, nobody else's
		if o.Peer != here || from != (id.Address{Member: s.Member, Desk: o.Desk}) {
			return Thread{}, fault.New(fault.Invalid, "message.thread")
		}
	}
	d, err := tx.Desk(ctx, c.ToDesk)
	if err != nil {
		return Thread{}, err
	}
	return Thread{
		ID: c.Thread, Desk: c.ToDesk, Realm: d.Realm, Peer: from, Side: envelope.Answerer, Referral: b.Referral,
		Reference: string(id.NewReference(s.IDs)), Made: s.now(), Last: s.now(), Version: 1,
	}, nil
}

// ask gives the desk something to do about a message, and lets it know.
func (s *Service) ask(ctx context.Context, tx Tx, t Thread, m Message, kind string) error {
	n := task.New{
		Desk: t.Desk, Realm: t.Realm, Kind: kind, Object: string(m.ID), Reference: t.Reference, Urgent: m.Urgent, Announce: true,
	}
	if s.Clock != nil {
		var err error
		if n.Clock, err = s.Clock(t, m.Urgent, s.now()); err != nil {
			return err
		}
	}
	_, err := s.Tasks.AddIn(ctx, tx, n)
	return err
}

// MovedIn takes note of how far an envelope of ours has come. What carries no message is passed over.
func (s *Service) MovedIn(ctx context.Context, over exchange.Tx, step exchange.Moved) error {
	tx, ok := over.(Tx)
	if !ok {
		return fault.New(fault.Internal, "message.wiring")
	}
	if step.Out.Kind != envelope.Message || step.Out.State == exchange.OutDelivered { // which the outbox itself tells
		return nil
	}
	m, err := tx.MessageSent(ctx, step.Out.Thread, step.Out.Rule.From.Desk, step.Out.ID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	m, changed := moved(m, step, s.now())
	if !changed {
		return nil
	}
	if err := tx.SetMessage(ctx, m); err != nil {
		return err
	}
	if m.State != Refused && m.State != Expired {
		return nil
	}
	t, err := tx.Thread(ctx, m.Thread, m.Desk)
	if err != nil {
		return err
	}
	return s.ask(ctx, tx, t, m, TaskResend)
}

// NeedsIn reports whether a message that nobody has opened needs an intake key: it is not to be destroyed.
func (s *Service) NeedsIn(ctx context.Context, tx Tx, key id.Key) (bool, error) {
	return tx.SealedTo(ctx, key)
}
