package store

import (
	"bytes"
	"context"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store/rows"
)

// AddIn adds a row of the inbox.
//
// It fails with [fault.Conflict] if the envelope is there, or another has its place.
func (tx *Tx) AddIn(ctx context.Context, i exchange.In) error {
	last := i.Last
	if bytes.Equal(last, i.Receipt) {
		last = nil // until there is another
	}
	err := tx.q.AddIn(ctx, rows.AddInParams{
		ID: string(i.ID), Sender: string(i.From), Kind: string(i.Kind), Thread: string(i.Thread), Side: string(i.Side),
		Seq: i.Seq, Replaces: string(i.Replaces), Consent: string(i.Consent), Desk: string(i.Desk), Content: i.Content,
		State: string(i.State), Roster: i.Roster, Received: int64(i.Received), Receipt: filled(i.Receipt), Latest: filled(last),
		Body: filled(i.Bytes),
	})
	return explain(err)
}

// SetIn replaces what may change of a row: its state and latest receipt; and deletes the bytes if there are
// none any more.
//
// It fails with [fault.NotFound] if there is no such row.
func (tx *Tx) SetIn(ctx context.Context, i exchange.In) error {
	last := i.Last
	if bytes.Equal(last, i.Receipt) {
		last = nil
	}
	n, err := tx.q.SetIn(ctx, rows.SetInParams{ID: string(i.ID), State: string(i.State), Latest: filled(last)})
	if err == nil && n == 0 {
		return fault.New(fault.NotFound, keyMissing)
	}
	if err == nil && i.Bytes == nil {
		err = tx.q.DropInBody(ctx, string(i.ID))
	}
	return explain(err)
}

func in(r rows.ExchangeIn) exchange.In {
	if len(r.Latest) == 0 {
		r.Latest = r.Receipt
	}
	if len(r.Body) == 0 {
		r.Body = nil
	}
	return exchange.In{
		ID: id.Envelope(r.ID), From: id.Member(r.Sender), Kind: envelope.Kind(r.Kind), Thread: id.Thread(r.Thread),
		Side: envelope.Side(r.Side), Seq: r.Seq, Replaces: id.Envelope(r.Replaces), Consent: id.Consent(r.Consent),
		Desk: id.Desk(r.Desk), Content: r.Content, State: exchange.InState(r.State), Bytes: r.Body, Roster: r.Roster,
		Received: frame.Time(r.Received), Receipt: r.Receipt, Last: r.Latest,
	}
}

// In returns one row of the inbox.
//
// It fails with [fault.NotFound] if there is none.
func (tx *Tx) In(ctx context.Context, e id.Envelope) (exchange.In, error) {
	r, err := tx.q.In(ctx, string(e))
	return in(r), explain(err)
}

// InAt returns the rows with a place in a thread, in order of arrival.
func (tx *Tx) InAt(ctx context.Context, from id.Member, thread id.Thread, side envelope.Side, seq int64) ([]exchange.In, error) {
	all, err := tx.q.InAt(ctx, rows.InAtParams{Sender: string(from), Thread: string(thread), Side: string(side), Seq: seq})
	return each(all, err, in)
}

// ParkedBefore returns parked rows received before a time, in order of sequence.
func (tx *Tx) ParkedBefore(ctx context.Context, thread id.Thread, before frame.Time, limit int) ([]exchange.In, error) {
	if thread == "" {
		all, err := tx.q.InParked(ctx, rows.InParkedParams{Received: int64(before), Limit: int32(limit)})
		return each(all, err, in)
	}
	all, err := tx.q.InParkedOf(ctx, rows.InParkedOfParams{Thread: string(thread), Received: int64(before), Limit: int32(limit)})
	return each(all, err, in)
}

// InSince returns rows from a member received since, after an envelope.
func (tx *Tx) InSince(ctx context.Context, from id.Member, since frame.Time, after id.Envelope, limit int) ([]exchange.In, error) {
	at, err := tx.createdOf(tx.q.InReceived, after)
	if err != nil {
		return nil, err
	}
	if at < int64(since) {
		at, after = int64(since)-1, "~"
	}
	all, err := tx.q.InSince(ctx, rows.InSinceParams{Sender: string(from), Received: at, ID: string(after), Limit: int32(limit)})
	return each(all, err, in)
}

// Withdrawn reports whether a member said that a consent was withdrawn.
func (tx *Tx) Withdrawn(ctx context.Context, c id.Consent, by id.Member) (bool, error) {
	n, err := tx.q.Withdrawn(ctx, rows.WithdrawnParams{Consent: string(c), Member: string(by)})
	return n > 0, explain(err)
}

// Ground returns until when a consent holds, or the decision that stands for one, 0 if neither is known here; and whether a restore has left open
// whether a consent taken here still stands.
func (tx *Tx) Ground(ctx context.Context, c id.Consent) (ends frame.Time, unconfirmed bool, err error) {
	g, _, err := one(tx.q.Ground(ctx, string(c)))
	return frame.Time(g.ValidTo), g.Unconfirmed > 0, explain(err)
}

// SetWithdrawn remembers for ever that a member said that a consent was withdrawn.
func (tx *Tx) SetWithdrawn(ctx context.Context, c id.Consent, by id.Member, at frame.Time) error {
	return explain(tx.q.SetWithdrawn(ctx, rows.SetWithdrawnParams{Consent: string(c), Member: string(by), At: int64(at)}))
}

// InUnder reports whether a member sent a content under a consent that was not refused.
func (tx *Tx) InUnder(ctx context.Context, from id.Member, c id.Consent) (bool, error) {
	n, err := tx.q.InUnder(ctx, rows.InUnderParams{Sender: string(from), Consent: string(c)})
	return n > 0, explain(err)
}

// ParkedLetters returns parked rows with a content, in order of their identifiers.
func (tx *Tx) ParkedLetters(ctx context.Context, after id.Envelope, limit int) ([]exchange.In, error) {
	all, err := tx.q.InParkedLetters(ctx, rows.InParkedLettersParams{ID: string(after), Limit: int32(limit)})
	return each(all, err, in)
}

// AddMail keeps an envelope for another member.
//
// It fails with [fault.Conflict] if it is there.
func (tx *Tx) AddMail(ctx context.Context, m exchange.Mail) error {
	return explain(tx.q.AddMail(ctx, rows.AddMailParams{
		ID: string(m.ID), Sender: string(m.From), Recipient: string(m.To), Size: int64(len(m.Bytes)),
		Created: int64(m.Created), Expires: int64(m.Expires), Receipt: filled(m.Receipt), Body: filled(m.Bytes),
	}))
}

func mail(r rows.MailRow) exchange.Mail {
	return exchange.Mail{
		ID: id.Envelope(r.ID), From: id.Member(r.Sender), To: id.Member(r.Recipient), Bytes: r.Body,
		Created: frame.Time(r.Created), Expires: frame.Time(r.Expires), Receipt: r.Receipt,
	}
}

// Mail returns an envelope that is kept for another member.
//
// It fails with [fault.NotFound] if there is none.
func (tx *Tx) Mail(ctx context.Context, e id.Envelope) (exchange.Mail, error) {
	r, err := tx.q.Mail(ctx, string(e))
	return mail(r), explain(err)
}

// MailFor returns what is kept for a member, after an envelope.
func (tx *Tx) MailFor(ctx context.Context, to id.Member, after id.Envelope, limit int) ([]exchange.Mail, error) {
	from, err := tx.createdOf(tx.q.MailCreated, after)
	if err != nil {
		return nil, err
	}
	all, err := tx.q.MailFor(ctx, rows.MailForParams{Recipient: string(to), Created: from, ID: string(after), Limit: int32(limit)})
	return each(all, err, func(r rows.MailForRow) exchange.Mail { return mail(rows.MailRow(r)) })
}

// MailSize returns how many envelopes and bytes are kept from a member.
func (tx *Tx) MailSize(ctx context.Context, from id.Member) (kept, bytes int64, err error) {
	r, err := tx.q.MailSize(ctx, string(from))
	return r.Kept, r.Bytes, explain(err)
}

// DropMail deletes what is kept.
func (tx *Tx) DropMail(ctx context.Context, e id.Envelope) error {
	return explain(tx.q.DropMail(ctx, string(e)))
}

// DropMailBefore deletes what expired before a time.
func (tx *Tx) DropMailBefore(ctx context.Context, t frame.Time) (int64, error) {
	n, err := tx.q.DropMailBefore(ctx, int64(t))
	return n, explain(err)
}
