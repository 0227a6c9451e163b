package store

import (
	"bytes"
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var (
	_ exchange.Tx      = (*Tx)(nil)
	_ exchange.LeaseTx = (*EphemeralTx)(nil)
)

// AddOut adds a row of the outbox.
//
// It fails with [fault.Conflict] if the envelope or its place is there.
func (tx *Tx) AddOut(ctx context.Context, o exchange.Out) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	if o.Thread != "" && o.State != exchange.OutReplaced {
		_, taken, err := one(tx.q.OutPlaceTaken(tx.ctx, rows.OutPlaceTakenParams{Thread: string(o.Thread), Side: string(o.Side), Seq: o.Seq}))
		if err != nil {
			return err
		}
		if taken {
			return fault.New(fault.Conflict, keyUnique)
		}
	}
	var number int64
	if o.Bytes != nil {
		var err error
		if number, err = tx.q.AddOutBytes(tx.ctx, rows.AddOutBytesParams{ID: string(o.ID), Body: o.Bytes}); err != nil {
			return explain(err)
		}
	}
	err := tx.q.AddOut(tx.ctx, rows.AddOutParams{
		ID: string(o.ID), Recipient: string(o.To), Kind: string(o.Kind), Thread: string(o.Thread), Side: string(o.Side),
		Seq: o.Seq, Consent: string(o.Consent), FromDesk: string(o.Rule.From.Desk), FromRealm: string(o.Rule.FromRealm),
		ToDesk: string(o.Rule.To.Desk), ToRealm: string(o.Rule.ToRealm), Basis: o.Rule.Basis, State: string(o.State),
		Content: o.Content, Created: int64(o.Created), Expires: int64(o.Expires), NextTry: int64(o.NextTry),
		Lease: int64(o.Lease), Attempts: o.Attempts, Receipt: filled(o.Receipt), Immediate: o.Immediate,
		Bytes: number,
	})
	return explain(err)
}

// SetOut replaces what may change of a row: state, times, attempts, receipt; and deletes the bytes if there
// are none any more. A receipt that the row had goes to those that are kept, when there is another or none.
//
// It fails with [fault.NotFound] if there is no such row.
func (tx *Tx) SetOut(ctx context.Context, o exchange.Out) error {
	was, found, err := one(tx.q.OutReceipt(ctx, string(o.ID)))
	if err == nil && !found {
		return fault.New(fault.NotFound, keyMissing)
	}
	answered := was.Answered
	if err == nil && !bytes.Equal(was.Receipt, o.Receipt) {
		answered = int64(frame.At(tx.now))
		if len(was.Receipt) > 0 {
			err = tx.q.AddOutReceipt(ctx, rows.AddOutReceiptParams{
				Envelope: string(o.ID), Digest: envelope.Digest(was.Receipt), Received: was.Answered, Body: was.Receipt,
			})
		}
	}
	if err != nil {
		return explain(err)
	}
	err = tx.q.SetOut(ctx, rows.SetOutParams{
		ID: string(o.ID), State: string(o.State), NextTry: int64(o.NextTry), Lease: int64(o.Lease), Attempts: o.Attempts,
		Receipt: filled(o.Receipt), Answered: answered,
	})
	if err == nil && o.Bytes == nil {
		err = tx.q.DropOutBytes(ctx, string(o.ID))
	}
	return explain(err)
}

func out(r rows.OutRow) exchange.Out {
	o := exchange.Out{
		ID: id.Envelope(r.ID), To: id.Member(r.Recipient), Kind: envelope.Kind(r.Kind), Thread: id.Thread(r.Thread),
		Side: envelope.Side(r.Side), Seq: r.Seq, Consent: id.Consent(r.Consent), State: exchange.OutState(r.State),
		Content: r.Content, Bytes: r.Body, Created: frame.Time(r.Created), Expires: frame.Time(r.Expires),
		NextTry: frame.Time(r.NextTry), Lease: frame.Time(r.Lease), Attempts: r.Attempts, Immediate: r.Immediate,
	}
	o.Rule = exchange.Crossing{
		Kind: o.Kind, From: id.Address{Desk: id.Desk(r.FromDesk)}, FromRealm: access.Realm(r.FromRealm),
		To: id.Address{Member: o.To, Desk: id.Desk(r.ToDesk)}, ToRealm: access.Realm(r.ToRealm), Basis: r.Basis,
	}
	if len(r.Receipt) > 0 {
		o.Receipt = r.Receipt
	}
	return o
}

// Out returns one row of the outbox.
//
// It fails with [fault.NotFound] if there is none.
func (tx *Tx) Out(ctx context.Context, e id.Envelope) (exchange.Out, error) {
	r, err := tx.q.Out(ctx, string(e))
	return out(r), explain(err)
}

// LastOut returns the last of our envelopes on a side of a thread.
//
// It fails with [fault.NotFound] if there is none.
func (tx *Tx) LastOut(ctx context.Context, thread id.Thread, side envelope.Side) (exchange.Out, error) {
	r, err := tx.q.LastOut(ctx, rows.LastOutParams{Thread: string(thread), Side: string(side)})
	return out(rows.OutRow(r)), explain(err)
}

// OutOf returns the rows of a thread, in order of side and sequence.
func (tx *Tx) OutOf(ctx context.Context, thread id.Thread) ([]exchange.Out, error) {
	all, err := tx.q.OutOf(ctx, string(thread))
	return each(all, err, func(r rows.OutOfRow) exchange.Out { return out(rows.OutRow(r)) })
}

// OutUnder returns the rows of a consent.
func (tx *Tx) OutUnder(ctx context.Context, c id.Consent) ([]exchange.Out, error) {
	all, err := tx.q.OutUnder(ctx, string(c))
	return each(all, err, func(r rows.OutUnderRow) exchange.Out { return out(rows.OutRow(r)) })
}

// ClaimOut takes rows that are due and gives them to the caller until lease.
func (e *EphemeralTx) ClaimOut(ctx context.Context, now, lease frame.Time, limit int) ([]exchange.Out, error) {
	tx := e.tx
	if err := tx.writes(ctx); err != nil {
		return nil, err
	}
	found, err := tx.q.OutDue(tx.ctx, rows.OutDueParams{NextTry: int64(now), Limit: int32(limit)})
	all, err := each(found, err, func(r rows.OutDueRow) exchange.Out { return out(rows.OutRow(r)) })
	if err != nil {
		return nil, err
	}
	for i := range all {
		if err := tx.q.LeaseOut(tx.ctx, rows.LeaseOutParams{ID: string(all[i].ID), Lease: int64(lease)}); err != nil {
			return nil, explain(err)
		}
		all[i].Lease = lease
	}
	return all, nil
}

// PutBackOut ends the lease of a row and sets its next try.
func (e *EphemeralTx) PutBackOut(ctx context.Context, env id.Envelope, next frame.Time) error {
	if err := e.tx.writes(ctx); err != nil {
		return err
	}
	return explain(e.tx.q.PutBackOut(e.tx.ctx, rows.PutBackOutParams{ID: string(env), NextTry: int64(next)}))
}

// OutFor returns what waits for a member, or for everybody, after an envelope.
func (tx *Tx) OutFor(ctx context.Context, to id.Member, after id.Envelope, limit int) ([]exchange.Out, error) {
	from, err := tx.createdOf(tx.q.OutCreated, after)
	if err != nil {
		return nil, err
	}
	now := int64(frame.At(tx.now))
	if to == "" {
		all, err := tx.q.OutWaitingAll(ctx, rows.OutWaitingAllParams{Created: from, ID: string(after), Limit: int32(limit), Expires: now})
		return each(all, err, func(r rows.OutWaitingAllRow) exchange.Out { return out(rows.OutRow(r)) })
	}
	all, err := tx.q.OutWaiting(ctx, rows.OutWaitingParams{
		Recipient: string(to), Created: from, ID: string(after), Limit: int32(limit), Expires: now,
	})
	return each(all, err, func(r rows.OutWaitingRow) exchange.Out { return out(rows.OutRow(r)) })
}

// OutStateOf returns the state of one row.
//
// It fails with [fault.NotFound] if there is none.
func (tx *Tx) OutStateOf(ctx context.Context, e id.Envelope) (exchange.OutState, error) {
	s, err := tx.q.OutState(ctx, string(e))
	return exchange.OutState(s), explain(err)
}

// OutQueuedBefore reports whether something earlier on a side of a thread is queued.
func (tx *Tx) OutQueuedBefore(ctx context.Context, thread id.Thread, side envelope.Side, seq int64) (bool, error) {
	_, found, err := one(tx.q.OutQueuedBefore(ctx, rows.OutQueuedBeforeParams{Thread: string(thread), Side: string(side), Seq: seq}))
	return found, err
}

// OutIsDue reports whether a row is due that nobody has in hand.
func (tx *Tx) OutIsDue(ctx context.Context, now frame.Time) (bool, error) {
	_, found, err := one(tx.q.OutIsDue(ctx, int64(now)))
	return found, err
}

// createdOf returns the time that an envelope has in a list, -1 for none: what comes after it is asked for.
func (tx *Tx) createdOf(query func(context.Context, string) (int64, error), after id.Envelope) (int64, error) {
	if after == "" {
		return -1, nil
	}
	at, found, err := one(query(tx.ctx, string(after)))
	if err == nil && !found {
		at = -1
	}
	return at, err
}

// OutSince returns rows for a member created or answered since, or in a mailbox, after an envelope.
func (tx *Tx) OutSince(ctx context.Context, to id.Member, since frame.Time, after id.Envelope, limit int) ([]exchange.Out, error) {
	from, err := tx.createdOf(tx.q.OutCreated, after)
	if err != nil {
		return nil, err
	}
	all, err := tx.q.OutSince(ctx, rows.OutSinceParams{
		Recipient: string(to), Created: from, ID: string(after), Limit: int32(limit), Created_2: int64(since),
	})
	return each(all, err, func(r rows.OutSinceRow) exchange.Out { return out(rows.OutRow(r)) })
}

// OutUnsettled returns the envelopes for a member that have neither arrived nor ended.
func (tx *Tx) OutUnsettled(ctx context.Context, to id.Member, limit int) ([]id.Envelope, error) {
	all, err := tx.q.OutUnsettled(ctx, rows.OutUnsettledParams{Recipient: string(to), Limit: int32(limit)})
	return each(all, err, func(s string) id.Envelope { return id.Envelope(s) })
}

// OutQueues counts what is queued or relayed, by member.
func (tx *Tx) OutQueues(ctx context.Context) ([]exchange.Queue, error) {
	all, err := tx.q.OutQueues(ctx)
	return each(all, err, func(r rows.OutQueuesRow) exchange.Queue {
		return exchange.Queue{Member: id.Member(r.Recipient), Count: r.Many, Since: frame.Time(r.Since)}
	})
}

// ReceiptsOf returns the receipts about an envelope of ours, in order of arrival.
func (tx *Tx) ReceiptsOf(ctx context.Context, e id.Envelope) ([][]byte, error) {
	all, err := tx.q.OutReceipts(ctx, string(e))
	if err != nil {
		return nil, explain(err)
	}
	o, err := tx.Out(ctx, e)
	if fault.Is(err, fault.NotFound) || err == nil && (o.Receipt == nil || slices.ContainsFunc(all, func(b []byte) bool { return bytes.Equal(b, o.Receipt) })) {
		return all, nil
	}
	return append(all, o.Receipt), err
}

// LastCheckpoint returns the newest signed checkpoint of the node's own log, "" if there is none.
func (tx *Tx) LastCheckpoint(ctx context.Context) (string, error) {
	note, _, err := one(tx.q.LastCheckpoint(ctx))
	return note, err
}

// exchangeClosed is the setting that keeps sending closed after a restore.
const exchangeClosed = "exchange.closed"

// Closed reports whether sending is closed.
func (tx *Tx) Closed(ctx context.Context) (bool, error) {
	if err := tx.ready(ctx); err != nil {
		return false, err
	}
	known := tx.known()
	if known.asked {
		return known.closed, nil
	}
	_, err := tx.Setting(ctx, exchangeClosed)
	if known.closed = err == nil; fault.Is(err, fault.NotFound) {
		err = nil
	}
	known.asked = err == nil
	return known.closed, err
}

// SetClosed closes or opens sending.
func (tx *Tx) SetClosed(ctx context.Context, closed bool) error {
	if !closed {
		return tx.DropSetting(ctx, exchangeClosed)
	}
	return tx.SetSetting(ctx, exchangeClosed, []byte{1})
}

// Peer returns what is known of the exchange with a member.
func (tx *Tx) Peer(ctx context.Context, m id.Member) (exchange.Peer, error) {
	r, _, err := one(tx.q.Peer(ctx, string(m)))
	return exchange.Peer{
		Member: m, RosterSeen: r.RosterSeen, RosterSent: r.RosterSent, SheetSent: r.SheetSent,
		Heard: frame.Time(r.Heard), ResyncEpoch: r.Resync, ResyncPages: r.ResyncPages,
		Epoch: r.Epoch, Told: r.Told, ToldAt: frame.Time(r.ToldAt), Asked: id.Envelope(r.Asked),
	}, err
}

// SetPeer keeps what is known of the exchange with a member.
func (tx *Tx) SetPeer(ctx context.Context, p exchange.Peer) error {
	return explain(tx.q.SetPeer(ctx, rows.SetPeerParams{
		Member: string(p.Member), RosterSeen: p.RosterSeen, RosterSent: p.RosterSent, SheetSent: p.SheetSent,
		Heard: int64(p.Heard), Resync: p.ResyncEpoch, ResyncPages: p.ResyncPages,
		Epoch: p.Epoch, Told: p.Told, ToldAt: int64(p.ToldAt), Asked: string(p.Asked),
	}))
}
