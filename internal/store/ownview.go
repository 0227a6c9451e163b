package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/ownview"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var (
	_ ownview.Tx     = (*Tx)(nil)
	_ ownview.SealTx = (*EphemeralTx)(nil)
)

func ownViewOf(r rows.OwnView) ownview.View {
	return ownview.View{
		ID: id.Record(r.ID), Case: id.Case(r.CaseID), Home: id.Case(r.Home), Lookup: r.Lookup, Public: r.Public, Capsule: r.Capsule,
		Made: frame.Time(r.Made), By: id.User(r.Maker), Ended: frame.Time(r.Ended), End: ownview.End(r.Cause), Stale: r.Stale, Version: r.Version,
	}
}

func ownWithdrawalOf(r rows.OwnWithdrawal) ownview.Withdrawal {
	return ownview.Withdrawal{
		Consent: id.Consent(r.Consent), Case: id.Case(r.CaseID), View: id.Record(r.ViewID), At: frame.Time(r.Made), Confirmed: frame.Time(r.Confirmed),
		By: id.User(r.Confirmer), Outcome: ownview.Outcome(r.Outcome), Version: r.Version,
	}
}

// AddOwnView keeps a new view; [fault.Conflict] if one of the case is on.
func (tx *Tx) AddOwnView(ctx context.Context, v ownview.View) error {
	return explain(tx.q.AddOwnView(ctx, rows.AddOwnViewParams{
		ID: string(v.ID), CaseID: string(v.Case), Home: string(v.Home), Lookup: v.Lookup, Public: v.Public, Capsule: v.Capsule, Made: int64(v.Made),
		Maker: string(v.By),
	}))
}

// SetOwnView changes a view; [fault.Stale] if its stored version is another.
func (tx *Tx) SetOwnView(ctx context.Context, v ownview.View) error {
	n, err := tx.q.SetOwnView(ctx, rows.SetOwnViewParams{
		ID: string(v.ID), CaseID: string(v.Case), Lookup: v.Lookup, Public: v.Public, Capsule: v.Capsule, Ended: int64(v.Ended), Cause: string(v.End),
		Version: v.Version,
	})
	return changed(n, err)
}

// SealOwnView keeps a new capsule of a view that is on and has not been changed itself.
func (tx *Tx) SealOwnView(ctx context.Context, v ownview.View) error {
	return explain(tx.q.SealOwnView(ctx, rows.SealOwnViewParams{ID: string(v.ID), Capsule: v.Capsule, Stale: v.Stale, Version: v.Version}))
}

// OwnView returns the view of a case that is on; [fault.NotFound] if there is none.
func (tx *Tx) OwnView(ctx context.Context, c id.Case) (ownview.View, error) {
	row, err := tx.q.OwnView(ctx, string(c))
	return ownViewOf(row), explain(err)
}

// OwnViewAt returns the view with a name; [fault.NotFound] if there is none.
func (tx *Tx) OwnViewAt(ctx context.Context, lookup string) (ownview.View, error) {
	row, err := tx.q.OwnViewAt(ctx, lookup)
	return ownViewOf(row), explain(err)
}

// OwnViewNamed returns one view; [fault.NotFound] if there is none.
func (tx *Tx) OwnViewNamed(ctx context.Context, v id.Record) (ownview.View, error) {
	row, err := tx.q.OwnViewNamed(ctx, string(v))
	return ownViewOf(row), explain(err)
}

// OwnViews returns the views that were issued for a case, the earliest first.
func (tx *Tx) OwnViews(ctx context.Context, home id.Case) ([]ownview.View, error) {
	all, err := tx.q.OwnViews(ctx, string(home))
	return each(all, err, ownViewOf)
}

// StaleOwnViews returns views about which something has changed.
func (tx *Tx) StaleOwnViews(ctx context.Context, limit int) ([]ownview.View, error) {
	all, err := tx.q.StaleOwnViews(ctx, int32(min(limit, 1000)))
	return each(all, err, ownViewOf)
}

// AddOwnWithdrawal keeps that a consent was taken back on a page.
func (tx *Tx) AddOwnWithdrawal(ctx context.Context, w ownview.Withdrawal) error {
	return explain(tx.q.AddOwnWithdrawal(ctx, rows.AddOwnWithdrawalParams{
		Consent: string(w.Consent), CaseID: string(w.Case), ViewID: string(w.View), Made: int64(w.At),
	}))
}

// SetOwnWithdrawal changes that; [fault.Stale] if its stored version is another.
func (tx *Tx) SetOwnWithdrawal(ctx context.Context, w ownview.Withdrawal) error {
	n, err := tx.q.SetOwnWithdrawal(ctx, rows.SetOwnWithdrawalParams{
		Consent: string(w.Consent), Confirmed: int64(w.Confirmed), Confirmer: string(w.By), Outcome: string(w.Outcome), Version: w.Version,
	})
	return changed(n, err)
}

// OwnWithdrawal returns that of a consent; [fault.NotFound] if it was not taken back on a page.
func (tx *Tx) OwnWithdrawal(ctx context.Context, c id.Consent) (ownview.Withdrawal, error) {
	row, err := tx.q.OwnWithdrawal(ctx, string(c))
	return ownWithdrawalOf(row), explain(err)
}

// OwnWithdrawals returns those of a case, the earliest first.
func (tx *Tx) OwnWithdrawals(ctx context.Context, c id.Case) ([]ownview.Withdrawal, error) {
	all, err := tx.q.OwnWithdrawals(ctx, string(c))
	return each(all, err, ownWithdrawalOf)
}

// SealOwnView keeps a new capsule; what has changed since can be sealed anew at any moment.
func (e *EphemeralTx) SealOwnView(ctx context.Context, v ownview.View) error {
	return e.tx.SealOwnView(ctx, v)
}
