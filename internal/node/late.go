package node

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/calendar"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/task"
)

// The kinds of task about words of a lost time. They are ticked off by hand: what follows is for people to agree on.
const (
	taskLate   = "restore.late"   // the other desk had said stop, in a time that it has lost
	taskUnsaid = "restore.unsaid" // said here before the restore, and not taken by the other side
)

// lateTx is what late words concern.
type lateTx interface {
	referral.Tx
	message.ThreadTx
}

// late gives the desk concerned something to do where a word came too late to count, because whoever had said it has
// lost it by a restore. What she has withdrawn is withdrawn all the same: not by that word, which must not stand in
// the course of the referral beside what was said anew, but by one of the node where her consent was taken; until
// that has come, what is held elsewhere under her consent is frozen.
func (n *Node) late(ctx context.Context, narrow exchange.Tx, l exchange.Late) error {
	tx, ok := narrow.(lateTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	switch l.Control.Kind {
	case envelope.Referral, envelope.Identity:
		return n.lateStep(ctx, tx, l)
	case envelope.Withdrawal:
		if l.Ours {
			return n.lateWithdrawal(ctx, tx, l)
		}
	case envelope.Message:
		if l.Ours {
			return n.lateMessage(ctx, tx, l)
		}
	}
	return nil
}

// lateStep is late for a step of a referral, or a bundle.
func (n *Node) lateStep(ctx context.Context, tx lateTx, l exchange.Late) error {
	r, err := lateEnd(ctx, tx, l)
	if fault.Is(err, fault.NotFound) {
		if l.Ours {
			n.alarm(ctx, "exchange.restore.lost", map[string]string{"envelope": string(l.Envelope)})
		}
		return nil // nothing is here that it could stop
	}
	if err != nil {
		return err
	}
	e, err := n.lateEvent(ctx, tx, l)
	if err != nil {
		return err
	}
	if e.Transition == referral.WithdrawnByPerson && r.Consent != "" {
		if err := n.withdrawLate(ctx, tx, r, l); err != nil {
			return err
		}
	}
	switch {
	case l.Ours:
		return n.askLate(ctx, tx, r, taskUnsaid, l.Control.Immediate)
	case l.Control.Immediate:
		return n.askLate(ctx, tx, r, taskLate, true)
	}
	return nil
}

// lateEnd finds the end of a referral that a late word concerns.
func lateEnd(ctx context.Context, tx lateTx, l exchange.Late) (referral.Row, error) {
	c := l.Control
	if c.Kind == envelope.Identity {
		at := c.ToDesk
		if l.Ours {
			at = c.FromDesk
		}
		return tx.ReferralOfBundle(ctx, c.Thread, at)
	}
	ends, err := tx.ReferralEnds(ctx, id.Referral(c.Thread))
	if err != nil {
		return referral.Row{}, err
	}
	for _, r := range ends {
		opened := r.Side == referral.Sender
		if r.Peer.Member == l.Peer && opened == ((c.Side == envelope.Opener) == l.Ours) {
			return r, nil
		}
	}
	return referral.Row{}, fault.New(fault.NotFound, "store.missing")
}

// lateEvent reads what a late word says, if it can be read and whoever is meant to have said it has signed it.
func (n *Node) lateEvent(ctx context.Context, tx lateTx, l exchange.Late) (referral.Event, error) {
	by := l.Peer
	if l.Ours {
		by = n.Member
	}
	var signed referral.Signed
	if l.Control.Kind != envelope.Referral || l.Control.DecodeBody(&signed) != nil {
		return referral.Event{}, nil
	}
	held, err := member.InForce(ctx, tx)
	if err != nil {
		return referral.Event{}, err
	}
	m, _ := held.Signed.Roster.Find(by)
	for _, key := range m.Keys.Envelope {
		if e, err := signed.Open(key); err == nil && id.Thread(e.Referral) == l.Control.Thread {
			return e, nil
		}
	}
	return referral.Event{}, nil
}

// withdrawLate carries out that she wants no more.
func (n *Node) withdrawLate(ctx context.Context, tx lateTx, r referral.Row, l exchange.Late) error {
	if r.Side == referral.Sender {
		return n.againWithdrawn(ctx, tx, r.Consent, func() error { return n.Referrals.WithdrawnIn(ctx, tx, r.Consent) })
	}
	if l.Ours { // the other side, which took her consent, has carried it out and says so
		return nil
	}
	if err := tx.SetWithdrawn(ctx, r.Consent, l.Peer, n.now()); err != nil {
		return err
	}
	return n.freeze(ctx, tx, r.Consent, l.Peer, n.now())
}

// lateWithdrawal ends a consent whose withdrawal the other member has taken and this node has lost. She believes it of
// a member to whom the consent let something go.
func (n *Node) lateWithdrawal(ctx context.Context, tx lateTx, l exchange.Late) error {
	w, err := l.Control.Withdrawal()
	if err != nil {
		return err
	}
	c, err := tx.Consent(ctx, w.Consent)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	sent, err := tx.OutUnder(ctx, w.Consent)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(c.Recipients, func(a id.Address) bool { return a.Member == l.Peer }) &&
		!slices.ContainsFunc(sent, func(o exchange.Out) bool { return o.To == l.Peer }) {
		return fault.New(fault.Denied, "exchange.consent.withdrawn")
	}
	return n.againWithdrawn(ctx, tx, w.Consent, func() error {
		_, err := n.withdrawAgain(ctx, tx, l.Control)
		return err
	})
}

// againWithdrawn withdraws a consent anew, and awaits no answer of who has given it already.
func (n *Node) againWithdrawn(ctx context.Context, tx lateTx, c id.Consent, withdraw func() error) error {
	kept, err := tx.Consent(ctx, c)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if kept.State == consent.Withdrawn {
		return nil
	}
	if err := withdraw(); err != nil {
		return err
	}
	all, err := tx.ReferralsUnder(ctx, c)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.Side != referral.Sender || r.Bundle == "" {
			continue
		}
		sent, err := tx.OutOf(ctx, r.Bundle)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(sent, answeredFor) {
			if _, err := n.Tasks.DoneIn(ctx, tx, lateObject(r), referral.TaskAnswer); err != nil {
				return err
			}
		}
	}
	return nil
}

// accounted ends the waiting for an answer where a receipt says what became of a bundle: the answer itself may have come
// before this node knew again that it had asked.
func (n *Node) accounted(ctx context.Context, narrow exchange.Tx, m exchange.Moved) error {
	tx, ok := narrow.(lateTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	if !answeredFor(m.Out) {
		return nil
	}
	r, err := tx.ReferralOfBundle(ctx, m.Out.Thread, m.Out.Rule.From.Desk)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err == nil {
		_, err = n.Tasks.DoneIn(ctx, tx, lateObject(r), referral.TaskAnswer)
	}
	return err
}

// answeredFor reports whether the receiver has said what became of an envelope.
func answeredFor(o exchange.Out) bool {
	r, err := envelope.ParseReceipt(o.Receipt)
	return err == nil && (r.Receipt.Stage == envelope.Erased || r.Receipt.Stage == envelope.Kept)
}

// lateObject is the object of the tasks of an end.
func lateObject(r referral.Row) string { return string(r.ID) + "." + string(r.Side) }

// askLate gives the desk of an end a task about what came too late, once.
func (n *Node) askLate(ctx context.Context, tx lateTx, r referral.Row, kind string, urgent bool) error {
	at := r.Desk
	if r.Keeper != "" {
		at = r.Keeper
	}
	return n.askOnce(ctx, tx, task.New{
		Desk: at, Realm: r.Realm, Kind: kind, Object: lateObject(r), Reference: r.Reference, Urgent: urgent || r.Urgent,
	}, r.Peer.Member)
}

// lateMessage asks the desk that had written a message which did not count.
func (n *Node) lateMessage(ctx context.Context, tx lateTx, l exchange.Late) error {
	ends, err := tx.Ends(ctx, l.Control.Thread)
	if err != nil {
		return err
	}
	for _, t := range ends {
		if t.Peer.Member == l.Peer && t.Side == l.Control.Side {
			return n.askOnce(ctx, tx, task.New{Desk: t.Desk, Realm: t.Realm, Kind: taskUnsaid, Object: string(t.ID), Reference: t.Reference}, l.Peer)
		}
	}
	n.alarm(ctx, "exchange.restore.lost", map[string]string{"envelope": string(l.Envelope)})
	return nil
}

// askOnce makes a task that is not open yet, on the clock of a referral that nobody has acknowledged.
func (n *Node) askOnce(ctx context.Context, tx lateTx, w task.New, other id.Member) error {
	open, err := tx.OpenTasks(ctx, w.Object, w.Kind)
	if err != nil || len(open) > 0 {
		return err
	}
	p, err := course.ParamsOf(n.Law(), n.Member, other)
	if err != nil {
		return err
	}
	length := p.Normal.Acknowledge
	if w.Urgent {
		length = p.Urgent.Acknowledge
	}
	if length != (calendar.Period{}) {
		start := n.now()
		w.Clock.Due = frame.At(p.Sender.After(n.Config.Now(), length))
		for _, rung := range p.Ladder {
			if step, ok := steps()[string(rung.Step)]; ok {
				w.Clock.Chain = append(w.Clock.Chain, task.Rung{Step: step, At: profile.At(start, w.Clock.Due, rung.Percent)})
			}
		}
	}
	w.Announce = true
	_, err = n.Tasks.AddIn(ctx, tx, w)
	return err
}
