package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/store/rows"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/transfer"
)

var _ transfer.Tx = (*Tx)(nil)

func transferOf(r rows.CaseTransfer) transfer.Transfer {
	return transfer.Transfer{
		ID: id.Record(r.ID), Reference: id.Reference(r.Reference), Case: id.Case(r.CaseID), From: id.Desk(r.FromDesk), To: id.Desk(r.ToDesk),
		Realm: access.Realm(r.Realm), State: transfer.State(r.State), Basis: r.Basis, Override: id.Consent(r.Override),
		AgeClass: person.AgeClass(r.AgeClass), Urgent: r.Urgent, Record: id.Record(r.Record), Maker: id.User(r.Maker), Made: frame.Time(r.Made),
		Decider: id.User(r.Decider), Responded: frame.Time(r.Responded), Reason: r.Reason, Alternative: id.Desk(r.Alternative), Version: r.Version,
	}
}

// AddTransfer keeps a new transfer; [fault.Conflict] if one of the case is open.
func (tx *Tx) AddTransfer(ctx context.Context, t transfer.Transfer) error {
	return explain(tx.q.AddTransfer(ctx, rows.AddTransferParams{
		ID: string(t.ID), Reference: string(t.Reference), CaseID: string(t.Case), FromDesk: string(t.From), ToDesk: string(t.To),
		Realm: string(t.Realm), State: string(t.State), Basis: t.Basis, Override: string(t.Override), AgeClass: string(t.AgeClass),
		Urgent: t.Urgent, Record: string(t.Record), Maker: string(t.Maker), Made: int64(t.Made),
	}))
}

// SetTransfer changes a transfer; [fault.Stale] if its stored version is another.
func (tx *Tx) SetTransfer(ctx context.Context, t transfer.Transfer) error {
	return changed(tx.q.SetTransfer(ctx, rows.SetTransferParams{
		ID: string(t.ID), State: string(t.State), Decider: string(t.Decider), Responded: int64(t.Responded), Reason: t.Reason,
		Alternative: string(t.Alternative), Version: t.Version,
	}))
}

// Transfer returns one transfer; [fault.NotFound] if there is none.
func (tx *Tx) Transfer(ctx context.Context, t id.Record) (transfer.Transfer, error) {
	r, err := tx.q.OneTransfer(ctx, string(t))
	if err != nil {
		return transfer.Transfer{}, explain(err)
	}
	return transferOf(r), nil
}

// TransfersOf returns the transfers of a case, the newest first.
func (tx *Tx) TransfersOf(ctx context.Context, c id.Case) ([]transfer.Transfer, error) {
	all, err := tx.q.TransfersOf(ctx, string(c))
	return each(all, err, transferOf)
}

// TransfersAt returns the transfers that a desk offered or was offered, the newest first, before the one named.
func (tx *Tx) TransfersAt(ctx context.Context, desk id.Desk, before id.Record, limit int) ([]transfer.Transfer, error) {
	all, err := tx.q.TransfersAt(ctx, rows.TransfersAtParams{Desk: string(desk), Before: string(before), Max: int32(limit)})
	return each(all, err, transferOf)
}

// HandTask gives an open task to its desk, with what the desk was told of it; [fault.Stale] if another version is stored.
func (tx *Tx) HandTask(ctx context.Context, t task.Task) error {
	return changed(tx.q.HandTask(ctx, rows.HandTaskParams{
		ID: string(t.ID), Desk: string(t.Desk), Step: int64(t.Step), Reminded: int64(t.Reminded), Next: int64(t.Next), Version: t.Version,
	}))
}

// HandOver gives what a desk has to do with a case to another desk: its returns, what keeps it from erasure, and the searches that
// it has to decide about, which two people there decide anew.
func (tx *Tx) HandOver(ctx context.Context, c id.Case, to id.Desk) error {
	for _, hand := range []func() (int64, error){
		func() (int64, error) {
			return tx.q.HandReturns(ctx, rows.HandReturnsParams{CaseID: string(c), Desk: string(to)})
		},
		func() (int64, error) {
			return tx.q.HandHoldings(ctx, rows.HandHoldingsParams{CaseID: string(c), Desk: string(to)})
		},
		func() (int64, error) {
			return tx.q.HandSearchHits(ctx, rows.HandSearchHitsParams{CaseID: string(c), Desk: string(to)})
		},
	} {
		if _, err := hand(); err != nil {
			return explain(err)
		}
	}
	return nil
}
