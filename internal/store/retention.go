package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ retention.Tx = (*Tx)(nil)

func holdOf(r rows.RetentionHold) retention.Hold {
	return retention.Hold{
		ID: id.Record(r.ID), Case: id.Case(r.CaseID), Reference: id.Reference(r.Reference), Desk: id.Desk(r.Desk),
		Realm: access.Realm(r.Realm), Ground: r.Ground, Office: r.Office, Placed: frame.Time(r.Placed), By: id.User(r.Placer),
		Lifted: frame.Time(r.Lifted), LiftedBy: id.User(r.Lifter), Because: r.Because, Version: r.Version,
	}
}

// AddHolding keeps a new hold.
func (tx *Tx) AddHolding(ctx context.Context, h retention.Hold) error {
	return explain(tx.q.AddHolding(ctx, rows.AddHoldingParams{
		ID: string(h.ID), CaseID: string(h.Case), Reference: string(h.Reference), Desk: string(h.Desk), Realm: string(h.Realm),
		Ground: h.Ground, Office: h.Office, Placed: int64(h.Placed), Placer: string(h.By),
	}))
}

// SetHolding changes a hold; [fault.Stale] if its stored version is another.
func (tx *Tx) SetHolding(ctx context.Context, h retention.Hold) error {
	n, err := tx.q.SetHolding(ctx, rows.SetHoldingParams{
		ID: string(h.ID), Lifted: int64(h.Lifted), Lifter: string(h.LiftedBy), Because: h.Because, Version: h.Version,
	})
	return changed(n, err)
}

// Holding returns one hold; [fault.NotFound] if there is none.
func (tx *Tx) Holding(ctx context.Context, h id.Record) (retention.Hold, error) {
	r, err := tx.q.Holding(ctx, string(h))
	return holdOf(r), explain(err)
}

// HoldingsOf returns the holds of a case that are in force, oldest first.
func (tx *Tx) HoldingsOf(ctx context.Context, c id.Case) ([]retention.Hold, error) {
	all, err := tx.q.HoldingsOf(ctx, string(c))
	return each(all, err, holdOf)
}

// Holdings returns the holds of a realm that are in force, of one desk if it is named.
func (tx *Tx) Holdings(ctx context.Context, realm access.Realm, d id.Desk, after id.Record, limit int) ([]retention.Hold, error) {
	all, err := tx.q.Holdings(ctx, rows.HoldingsParams{Realm: string(realm), Desk: string(d), After: string(after), Max: int32(min(limit, 1000))})
	return each(all, err, holdOf)
}

func purgeOf(r rows.RetentionPurge) (retention.Purge, error) {
	p := retention.Purge{
		ID: id.Record(r.ID), Realm: access.Realm(r.Realm), Desk: id.Desk(r.Desk), State: retention.State(r.State), Digest: r.Digest,
		Maker: id.User(r.Maker), Made: frame.Time(r.Made), Second: id.User(r.Second), Ended: frame.Time(r.Ended), Version: r.Version,
	}
	err := frame.Decode(r.Items, maxPurge, &p.Items)
	if err == nil {
		err = frame.Decode(r.Dropped, maxPurge, &p.Left)
	}
	return p, err
}

// maxPurge is the size in bytes up to which the set of a purge is read.
const maxPurge = 1 << 20

// AddPurge keeps a new proposal.
func (tx *Tx) AddPurge(ctx context.Context, p retention.Purge) error {
	items, err := frame.Encode(p.Items)
	if err != nil {
		return err
	}
	left, err := frame.Encode(p.Left)
	if err != nil {
		return err
	}
	return explain(tx.q.AddPurge(ctx, rows.AddPurgeParams{
		ID: string(p.ID), Realm: string(p.Realm), Desk: string(p.Desk), State: string(p.State), Digest: p.Digest,
		Maker: string(p.Maker), Made: int64(p.Made), Items: items, Dropped: left,
	}))
}

// SetPurge changes what became of a proposal; [fault.Stale] if its stored version is another.
func (tx *Tx) SetPurge(ctx context.Context, p retention.Purge) error {
	left, err := frame.Encode(p.Left)
	if err != nil {
		return err
	}
	n, err := tx.q.SetPurge(ctx, rows.SetPurgeParams{
		ID: string(p.ID), State: string(p.State), Second: string(p.Second), Ended: int64(p.Ended), Dropped: left, Version: p.Version,
	})
	return changed(n, err)
}

// Purge returns one proposal; [fault.NotFound] if there is none.
func (tx *Tx) Purge(ctx context.Context, p id.Record) (retention.Purge, error) {
	r, err := tx.q.Purge(ctx, string(p))
	if err != nil {
		return retention.Purge{}, explain(err)
	}
	return purgeOf(r)
}

// Purges returns the proposals of a realm and desk, in one state if it is named, the newest first.
func (tx *Tx) Purges(ctx context.Context, realm access.Realm, d id.Desk, state retention.State, limit int) ([]retention.Purge, error) {
	all, err := tx.q.Purges(ctx, rows.PurgesParams{Realm: string(realm), Desk: string(d), State: string(state), Max: int32(min(limit, 1000))})
	if err != nil {
		return nil, explain(err)
	}
	out := make([]retention.Purge, len(all))
	for i, r := range all {
		if out[i], err = purgeOf(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ClosedCases returns closed cases, the one closed first first.
func (tx *Tx) ClosedCases(ctx context.Context, realm access.Realm, d id.Desk, status string, is bool, since frame.Time, after id.Case, limit int) ([]casefile.Case, error) {
	all, err := tx.q.ClosedCases(ctx, rows.ClosedCasesParams{
		Realm: string(realm), Desk: string(d), Status: status, IsIt: is, Since: int64(since), After: string(after), Max: int32(min(limit, 1000)),
	})
	return each(all, err, caseOf)
}

// FreeThreads returns ends of conversations about no referral, the one with the oldest newest message first.
func (tx *Tx) FreeThreads(ctx context.Context, realm access.Realm, d id.Desk, since frame.Time, after id.Thread, limit int) ([]message.Thread, error) {
	return tx.threadsOf(tx.q.FreeThreads(ctx, rows.FreeThreadsParams{
		Realm: string(realm), Desk: string(d), Since: int64(since), After: string(after), Max: int32(min(limit, 1000)),
	}))
}

// Spaces returns records that have a period of their own, the one that was changed first first.
func (tx *Tx) Spaces(ctx context.Context, class string, realm access.Realm, d id.Desk, since frame.Time, after id.Compartment, limit int) ([]keyring.Compartment, error) {
	all, err := tx.q.Spaces(ctx, rows.SpacesParams{
		Class: class, Realm: string(realm), Desk: string(d), Since: int64(since), After: string(after), Max: int32(min(limit, 1000)),
	})
	return each(all, err, compartment)
}

// SpacesOfClosed returns such records of closed cases, the one whose case was closed first first.
func (tx *Tx) SpacesOfClosed(ctx context.Context, class string, realm access.Realm, d id.Desk, since frame.Time, after id.Compartment, limit int) ([]retention.Closed, error) {
	all, err := tx.q.SpacesOfClosed(ctx, rows.SpacesOfClosedParams{
		Class: class, Realm: string(realm), Desk: string(d), Since: int64(since), After: string(after), Max: int32(min(limit, 1000)),
	})
	return each(all, err, func(r rows.SpacesOfClosedRow) retention.Closed {
		return retention.Closed{Compartment: compartment(rows.Compartment{
			ID: r.ID, CaseID: r.CaseID, Consent: r.Consent, State: r.State, Sealed: r.Sealed, Created: r.Created, Previous: r.Previous,
			Class: r.Class, Saved: r.Saved, Warned: r.Warned,
		}), At: frame.Time(r.Closed)}
	})
}

// SetUnsorted marks the cases of which drafts and screenings may lie under the key of the case, as they did before there were spaces.
func (tx *Tx) SetUnsorted(ctx context.Context) error {
	if err := tx.q.SetUnsorted(ctx); err != nil {
		return explain(err)
	}
	return explain(tx.q.SetUnsortedReferrals(ctx))
}

// Unsorted reports whether drafts and screenings of a case may still lie under the key of the case.
func (tx *Tx) Unsorted(ctx context.Context, c id.Case) (bool, error) {
	n, err := tx.q.Unsorted(ctx, string(c))
	return n > 0, explain(err)
}

// SetSorted says that they do not any more.
func (tx *Tx) SetSorted(ctx context.Context, c id.Case) error {
	return explain(tx.q.SetSorted(ctx, string(c)))
}

// UnsortedCases returns cases of which they may, in the order of their identifiers, after one of them.
func (tx *Tx) UnsortedCases(ctx context.Context, after id.Case, limit int) ([]casefile.Case, error) {
	all, err := tx.q.UnsortedCases(ctx, rows.UnsortedCasesParams{After: string(after), Max: int32(min(limit, 1000))})
	return each(all, err, caseOf)
}
