package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ restriction.Tx = (*Tx)(nil)

func restrictionOf(r rows.ProcessingRestriction) restriction.Restriction {
	return restriction.Restriction{
		ID: id.Record(r.ID), Case: id.Case(r.CaseID), Reference: id.Reference(r.Reference), Desk: id.Desk(r.Desk), Realm: access.Realm(r.Realm),
		Ground: r.Ground, Placed: frame.Time(r.Placed), By: id.User(r.Placer), Noticed: frame.Time(r.Noticed),
		NoticedBy: id.User(r.Noticer), Notice: r.Notice, Told: frame.Time(r.Told), ToldBy: id.User(r.Teller), How: r.How,
		Lifted: frame.Time(r.Lifted), LiftedBy: id.User(r.Lifter), Because: r.Because, Version: r.Version,
	}
}

// AddRestriction keeps a new restriction; [fault.Conflict] if one of the case is in force.
func (tx *Tx) AddRestriction(ctx context.Context, r restriction.Restriction) error {
	return explain(tx.q.AddRestriction(ctx, rows.AddRestrictionParams{
		ID: string(r.ID), CaseID: string(r.Case), Reference: string(r.Reference), Desk: string(r.Desk), Realm: string(r.Realm), Ground: r.Ground,
		Placed: int64(r.Placed), Placer: string(r.By),
	}))
}

// SetRestriction changes a restriction; [fault.Stale] if its stored version is another.
func (tx *Tx) SetRestriction(ctx context.Context, r restriction.Restriction) error {
	n, err := tx.q.SetRestriction(ctx, rows.SetRestrictionParams{
		ID: string(r.ID), Noticed: int64(r.Noticed), Noticer: string(r.NoticedBy), Notice: r.Notice, Told: int64(r.Told), Teller: string(r.ToldBy), How: r.How, Lifted: int64(r.Lifted), Lifter: string(r.LiftedBy),
		Because: r.Because, Version: r.Version,
	})
	return changed(n, err)
}

// Restriction returns one restriction; [fault.NotFound] if there is none.
func (tx *Tx) Restriction(ctx context.Context, r id.Record) (restriction.Restriction, error) {
	row, err := tx.q.Restriction(ctx, string(r))
	return restrictionOf(row), explain(err)
}

// RestrictionOf returns the restriction of a case that is in force; [fault.NotFound] if there is none.
func (tx *Tx) RestrictionOf(ctx context.Context, c id.Case) (restriction.Restriction, error) {
	row, err := tx.q.RestrictionOf(ctx, string(c))
	return restrictionOf(row), explain(err)
}

// RestrictionsOf returns every restriction of a case, those that were lifted too, the earliest first.
func (tx *Tx) RestrictionsOf(ctx context.Context, c id.Case) ([]restriction.Restriction, error) {
	all, err := tx.q.RestrictionsOf(ctx, string(c))
	return each(all, err, restrictionOf)
}

// Restrictions returns the restrictions of a realm that are in force, of one desk if it is named.
func (tx *Tx) Restrictions(ctx context.Context, realm access.Realm, d id.Desk, after id.Record, limit int) ([]restriction.Restriction, error) {
	all, err := tx.q.Restrictions(ctx, rows.RestrictionsParams{Realm: string(realm), Desk: string(d), After: string(after), Max: int32(min(limit, 1000))})
	return each(all, err, restrictionOf)
}

// SetRestrictionReason remembers until when what somebody said holds.
func (tx *Tx) SetRestrictionReason(ctx context.Context, r id.Record, who id.User, until frame.Time) error {
	return explain(tx.q.SetRestrictionReason(ctx, rows.SetRestrictionReasonParams{Restriction: string(r), UserID: string(who), Until: int64(until)}))
}

// RestrictionReason returns until when what somebody said holds; 0 if she said nothing.
func (tx *Tx) RestrictionReason(ctx context.Context, r id.Record, who id.User) (frame.Time, error) {
	until, _, err := one(tx.q.RestrictionReason(ctx, rows.RestrictionReasonParams{Restriction: string(r), UserID: string(who)}))
	return frame.Time(until), err
}
