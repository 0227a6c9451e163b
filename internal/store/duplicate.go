package store

import (
	"cmp"
	"context"

	"github.com/opentrm/opentrm/internal/duplicate"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/sorting"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ duplicate.Tx = (*Tx)(nil)

func mergeOf(r rows.CaseMerge) duplicate.Merge {
	return duplicate.Merge{
		ID: id.Record(r.ID), Survivor: id.Case(r.Survivor), Alias: id.Case(r.Alias), Desk: id.Desk(r.Desk), State: duplicate.State(r.State),
		Hidden: r.Hidden, First: id.User(r.First), Second: id.User(r.Second), Made: frame.Time(r.Made), Merged: frame.Time(r.Merged),
		Ended: frame.Time(r.Ended), Ender: id.User(r.Ender), Version: r.Version,
	}
}

// AddMerge keeps a new merge; [fault.Conflict] if one of the same alias is proposed or stands.
func (tx *Tx) AddMerge(ctx context.Context, m duplicate.Merge) error {
	return explain(tx.q.AddMerge(ctx, rows.AddMergeParams{
		ID: string(m.ID), Survivor: string(m.Survivor), Alias: string(m.Alias), Desk: string(m.Desk), State: string(m.State), Hidden: m.Hidden,
		First: string(m.First), Made: int64(m.Made), Merged: int64(m.Merged),
	}))
}

// SetMerge changes a merge; [fault.Stale] if its stored version is another.
func (tx *Tx) SetMerge(ctx context.Context, m duplicate.Merge) error {
	return changed(tx.q.SetMerge(ctx, rows.SetMergeParams{
		ID: string(m.ID), State: string(m.State), Second: string(m.Second), Merged: int64(m.Merged), Ended: int64(m.Ended), Ender: string(m.Ender),
		Version: m.Version,
	}))
}

// Merge returns one merge; [fault.NotFound] if there is none.
func (tx *Tx) Merge(ctx context.Context, m id.Record) (duplicate.Merge, error) {
	r, err := tx.q.OneMerge(ctx, string(m))
	if err != nil {
		return duplicate.Merge{}, explain(err)
	}
	return mergeOf(r), nil
}

// MergesOf returns the merges in which a case has a part, the newest first.
func (tx *Tx) MergesOf(ctx context.Context, c id.Case) ([]duplicate.Merge, error) {
	into, err := tx.q.MergesInto(ctx, string(c))
	if err != nil {
		return nil, explain(err)
	}
	from, err := tx.q.MergesFrom(ctx, string(c))
	all, err := each(append(into, from...), err, mergeOf)
	sorting.By(all, func(a, b duplicate.Merge) int { return cmp.Compare(b.ID, a.ID) })
	return all, err
}

// AddApart remembers that two cases, in the order of their identifiers, are not of one person.
func (tx *Tx) AddApart(ctx context.Context, a duplicate.Parted) error {
	return explain(tx.q.AddApart(ctx, rows.AddApartParams{One: string(a.One), Other: string(a.Other), At: int64(a.At), By: string(a.By), Mark: a.Mark}))
}

// Apart returns what was said of two; [fault.NotFound] if nothing was.
func (tx *Tx) Apart(ctx context.Context, one, other id.Case) (duplicate.Parted, error) {
	r, err := tx.q.OneApart(ctx, rows.OneApartParams{One: string(one), Other: string(other)})
	if err != nil {
		return duplicate.Parted{}, explain(err)
	}
	return duplicate.Parted{One: id.Case(r.One), Other: id.Case(r.Other), Mark: r.Mark, At: frame.Time(r.At), By: id.User(r.By)}, nil
}

// DropApart forgets that.
func (tx *Tx) DropApart(ctx context.Context, one, other id.Case) error {
	return explain(tx.q.DropApart(ctx, rows.DropApartParams{One: string(one), Other: string(other)}))
}

// ApartFrom returns the cases that are not of the person of one.
func (tx *Tx) ApartFrom(ctx context.Context, c id.Case) ([]id.Case, error) {
	after, err := tx.q.ApartFrom(ctx, string(c))
	if err != nil {
		return nil, explain(err)
	}
	before, err := tx.q.ApartTo(ctx, string(c))
	return each(append(after, before...), err, func(s string) id.Case { return id.Case(s) })
}
