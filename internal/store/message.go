package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ message.Tx = (*Tx)(nil)

// AddThread adds one end of a thread.
func (tx *Tx) AddThread(ctx context.Context, t message.Thread) error {
	if err := tx.q.AddThread(ctx, rows.AddThreadParams{
		ID: string(t.ID), Desk: string(t.Desk), Realm: string(t.Realm), PeerMember: string(t.Peer.Member),
		PeerDesk: string(t.Peer.Desk), Side: string(t.Side), ReferralID: string(t.Referral), Reference: t.Reference,
		Made: int64(t.Made), Last: int64(t.Last), Erased: t.Erased, Version: t.Version,
	}); err != nil {
		return explain(err)
	}
	if len(t.Box.Sealed) == 0 {
		return nil // there is none to drop
	}
	return tx.setBox(t)
}

// SetThread replaces what changes in an end of a thread.
//
// It fails with [fault.Stale] if another version is stored.
func (tx *Tx) SetThread(ctx context.Context, t message.Thread) error {
	n, err := tx.q.SetThread(ctx, rows.SetThreadParams{
		ID: string(t.ID), Desk: string(t.Desk), Last: int64(t.Last), Erased: t.Erased, Version: t.Version,
	})
	if err != nil {
		return explain(err)
	}
	if n == 0 {
		return fault.New(fault.Stale, "store.thread.version")
	}
	return tx.setBox(t)
}

func (tx *Tx) setBox(t message.Thread) error {
	if len(t.Box.Sealed) == 0 {
		if !t.Erased {
			return nil // it never had one
		}
		return explain(tx.q.DropThreadBox(tx.ctx, rows.DropThreadBoxParams{ThreadID: string(t.ID), Desk: string(t.Desk)}))
	}
	return explain(tx.q.SetThreadBox(tx.ctx, rows.SetThreadBoxParams{
		ThreadID: string(t.ID), Desk: string(t.Desk), Generation: t.Box.Generation, Sealed: t.Box.Sealed,
	}))
}

func (tx *Tx) threadOf(r rows.Thread) (message.Thread, error) {
	b, _, err := one(tx.q.ThreadBox(tx.ctx, rows.ThreadBoxParams{ThreadID: r.ID, Desk: r.Desk}))
	return message.Thread{
		ID: id.Thread(r.ID), Desk: id.Desk(r.Desk), Realm: access.Realm(r.Realm),
		Peer: id.Address{Member: id.Member(r.PeerMember), Desk: id.Desk(r.PeerDesk)}, Side: envelope.Side(r.Side),
		Referral: id.Referral(r.ReferralID), Reference: r.Reference, Box: keyring.Box{Generation: b.Generation, Sealed: b.Sealed},
		Made: frame.Time(r.Made), Last: frame.Time(r.Last), Erased: r.Erased, Version: r.Version,
	}, err
}

func (tx *Tx) threadsOf(all []rows.Thread, err error) ([]message.Thread, error) {
	if err != nil {
		return nil, explain(err)
	}
	out := make([]message.Thread, len(all))
	for i, r := range all {
		if out[i], err = tx.threadOf(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Thread returns the end of a thread at a desk.
//
// It fails with [fault.NotFound] if there is none.
func (tx *Tx) Thread(ctx context.Context, thread id.Thread, desk id.Desk) (message.Thread, error) {
	r, err := tx.q.Thread(ctx, rows.ThreadParams{ID: string(thread), Desk: string(desk)})
	if err != nil {
		return message.Thread{}, explain(err)
	}
	return tx.threadOf(r)
}

// Ends returns the ends of a thread at this node.
func (tx *Tx) Ends(ctx context.Context, thread id.Thread) ([]message.Thread, error) {
	all, err := tx.q.Ends(ctx, string(thread))
	return tx.threadsOf(all, err)
}

// ThreadsAbout returns the ends of all threads about a referral.
func (tx *Tx) ThreadsAbout(ctx context.Context, referral id.Referral) ([]message.Thread, error) {
	all, err := tx.q.ThreadsAbout(ctx, string(referral))
	return tx.threadsOf(all, err)
}

// Threads returns what is wanted, newest first.
func (tx *Tx) Threads(ctx context.Context, w message.Wanted) ([]message.Thread, error) {
	all, err := tx.q.Threads(ctx, rows.ThreadsParams{
		Realm: string(w.Realm), Desk: string(w.Desk), ReferralID: string(w.Referral), AfterID: string(w.After.ID),
		AfterLast: int64(w.After.Last), Many: int32(w.Limit),
	})
	return tx.threadsOf(all, err)
}

// AddMessage adds a message at one end.
func (tx *Tx) AddMessage(ctx context.Context, m message.Message) error {
	return explain(tx.q.AddMessage(ctx, rows.AddMessageParams{
		ID: string(m.ID), Desk: string(m.Desk), ThreadID: string(m.Thread), Mine: m.Mine, State: string(m.State), Code: m.Code,
		Envelope: string(m.Envelope), Intake: string(m.Intake), UserID: string(m.By), Urgent: m.Urgent, At: int64(m.At),
		Opened: int64(m.Opened), Body: filled(m.Body), Version: m.Version,
	}))
}

// SetMessage replaces what changes in a message.
//
// It fails with [fault.Stale] if another version is stored.
func (tx *Tx) SetMessage(ctx context.Context, m message.Message) error {
	n, err := tx.q.SetMessage(ctx, rows.SetMessageParams{
		ID: string(m.ID), Desk: string(m.Desk), State: string(m.State), Code: m.Code, Envelope: string(m.Envelope),
		Intake: string(m.Intake), UserID: string(m.By), Opened: int64(m.Opened), Body: filled(m.Body), Version: m.Version,
	})
	if err == nil && n == 0 {
		return fault.New(fault.Stale, "store.message.version")
	}
	return explain(err)
}

// messageOf returns a message. That what is ours has arrived is said by the outbox alone, and not written twice.
func messageOf(r rows.MessageRow) message.Message {
	m := message.Message{
		ID: id.Message(r.ID), Thread: id.Thread(r.ThreadID), Desk: id.Desk(r.Desk), Mine: r.Mine, State: message.State(r.State),
		Code: r.Code, Envelope: id.Envelope(r.Envelope), Intake: id.Key(r.Intake), By: id.User(r.UserID), Urgent: r.Urgent,
		At: frame.Time(r.At), Opened: frame.Time(r.Opened), Version: r.Version,
	}
	if m.Mine && r.Carried == string(exchange.OutDelivered) && m.State != message.Opened && m.State != message.Erased {
		m.State = message.Delivered
	}
	if len(r.Body) > 0 {
		m.Body = r.Body
	}
	return m
}

// Message returns a message at a desk.
//
// It fails with [fault.NotFound] if there is none.
func (tx *Tx) Message(ctx context.Context, m id.Message, desk id.Desk) (message.Message, error) {
	r, err := tx.q.Message(ctx, rows.MessageParams{ID: string(m), Desk: string(desk)})
	if err != nil {
		return message.Message{}, explain(err)
	}
	return messageOf(r), nil
}

// MessageSent returns the message of an end that an envelope of ours carries.
//
// It fails with [fault.NotFound] if it carries none.
func (tx *Tx) MessageSent(ctx context.Context, thread id.Thread, desk id.Desk, e id.Envelope) (message.Message, error) {
	r, err := tx.q.MessageSent(ctx, rows.MessageSentParams{ThreadID: string(thread), Desk: string(desk), Envelope: string(e)})
	if err != nil {
		return message.Message{}, explain(err)
	}
	return messageOf(rows.MessageRow(r)), nil
}

// Messages returns the messages of an end, oldest first, after a place in their order.
func (tx *Tx) Messages(
	ctx context.Context, thread id.Thread, desk id.Desk, at frame.Time, after id.Message, limit int,
) ([]message.Message, error) {
	if err := tx.ready(ctx); err != nil {
		return nil, err
	}
	all, err := tx.q.Messages(tx.ctx, rows.MessagesParams{
		ThreadID: string(thread), Desk: string(desk), AfterAt: int64(at), AfterID: string(after), Many: int32(limit),
	})
	return each(all, err, func(r rows.MessagesRow) message.Message { return messageOf(rows.MessageRow(r)) })
}

// SealedTo reports whether a message that nobody has opened is sealed to an intake key.
func (tx *Tx) SealedTo(ctx context.Context, key id.Key) (bool, error) {
	n, err := tx.q.SealedTo(ctx, string(key))
	return n > 0, explain(err)
}
