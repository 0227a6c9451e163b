package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/store/rows"
)

func demandOf(r rows.LookupDemand) lookup.Demand {
	d := lookup.Demand{ID: id.Lookup(r.ID), Member: id.Member(r.Member), Side: lookup.Side(r.Side), Digest: r.Digest, At: frame.Time(r.At), Due: frame.Time(r.Due)}
	d.Found, d.Ended, d.Reported = lookup.Finding(r.Found), frame.Time(r.Ended), frame.Time(r.Reported)
	return d
}

// AddLookupDemand writes down that an opening is demanded, once. It returns whether that was new.
func (tx *Tx) AddLookupDemand(ctx context.Context, d lookup.Demand) (bool, error) {
	n, err := tx.q.AddLookupDemand(ctx, rows.AddLookupDemandParams{ID: string(d.ID), Member: string(d.Member), Side: string(d.Side), Digest: filled(d.Digest), At: int64(d.At), Due: int64(d.Due), Found: string(d.Found), Ended: int64(d.Ended)})
	return n > 0, explain(err)
}

// SetLookupDemand writes down what came of it, and whether it was reported.
func (tx *Tx) SetLookupDemand(ctx context.Context, d lookup.Demand) error {
	return explain(tx.q.SetLookupDemand(ctx, rows.SetLookupDemandParams{ID: string(d.ID), Member: string(d.Member), Side: string(d.Side), Digest: filled(d.Digest), Found: string(d.Found), Ended: int64(d.Ended), Reported: int64(d.Reported)}))
}

// LookupDemands returns those of a side, the newest first.
func (tx *Tx) LookupDemands(ctx context.Context, side lookup.Side, limit int) ([]lookup.Demand, error) {
	all, err := tx.q.LookupDemands(ctx, rows.LookupDemandsParams{Side: string(side), Limit: int32(limit)})
	return each(all, err, demandOf)
}

// LookupDemandsOf returns those of a question, the oldest first.
func (tx *Tx) LookupDemandsOf(ctx context.Context, q id.Lookup) ([]lookup.Demand, error) {
	all, err := tx.q.LookupDemandsOf(ctx, string(q))
	return each(all, err, demandOf)
}

// LookupDemandsDue returns those that nobody has opened in time and that were not reported.
func (tx *Tx) LookupDemandsDue(ctx context.Context, now frame.Time, limit int) ([]lookup.Demand, error) {
	all, err := tx.q.LookupDemandsDue(ctx, rows.LookupDemandsDueParams{Due: int64(now), Limit: int32(limit)})
	return each(all, err, demandOf)
}

// ForgetLookupDemands forgets what was demanded before, and returns how much.
func (tx *Tx) ForgetLookupDemands(ctx context.Context, before frame.Time) (int64, error) {
	n, err := tx.q.ForgetLookupDemands(ctx, int64(before))
	return n, explain(err)
}

// LookupsDemanded returns the questions of a desk that it has to open.
func (tx *Tx) LookupsDemanded(ctx context.Context, desk id.Desk, limit int) ([]lookup.Row, error) {
	all, err := tx.q.LookupsDemanded(ctx, rows.LookupsDemandedParams{Desk: string(desk), Limit: int32(limit)})
	return each(all, err, questionRow)
}

// LookupsToDemand returns the queries of other members than one whose opening nobody here has demanded, the oldest first.
func (tx *Tx) LookupsToDemand(ctx context.Context, but id.Member, limit int) ([]lookup.Logged, error) {
	all, err := tx.q.LookupsToDemand(ctx, rows.LookupsToDemandParams{Class: string(lookup.Asking), Member: string(but), Many: int32(limit)})
	return each(all, err, loggedOf)
}

// LookupLogged reports whether a query of a member is in the log.
func (tx *Tx) LookupLogged(ctx context.Context, q id.Lookup, m id.Member, digest []byte) (bool, error) {
	n, err := tx.q.LookupLogged(ctx, rows.LookupLoggedParams{ID: string(q), Member: string(m), Digest: filled(digest)})
	return n > 0, explain(err)
}

// AddLookupOpening keeps what a query was made from; [fault.Conflict] if it is there.
func (tx *Tx) AddLookupOpening(ctx context.Context, o lookup.Kept) error {
	return explain(tx.q.AddLookupOpening(ctx, rows.AddLookupOpeningParams{ID: string(o.ID), Digest: o.Digest, At: int64(o.At), Desk: string(o.Box.Desk), Pair: string(o.Box.Pair), Box: o.Box.Sealed, Sealed: o.Sealed}))
}

// LookupOpenings returns what the queries of a question were made from, the oldest first.
func (tx *Tx) LookupOpenings(ctx context.Context, q id.Lookup) ([]lookup.Kept, error) {
	all, err := tx.q.LookupOpenings(ctx, string(q))
	return each(all, err, func(r rows.LookupOpening) lookup.Kept {
		box := keyring.Handed{Desk: id.Desk(r.Desk), Pair: id.Key(r.Pair), Sealed: r.Box}
		return lookup.Kept{ID: id.Lookup(r.ID), Digest: r.Digest, At: frame.Time(r.At), Box: box, Sealed: r.Sealed}
	})
}

// ForgetLookupOpenings forgets those of before, and returns how many.
func (tx *Tx) ForgetLookupOpenings(ctx context.Context, before frame.Time) (int64, error) {
	n, err := tx.q.ForgetLookupOpenings(ctx, int64(before))
	return n, explain(err)
}

// FirstLookupOpening is when the oldest was kept, 0 if there is none.
func (tx *Tx) FirstLookupOpening(ctx context.Context) (frame.Time, error) {
	at, err := tx.q.FirstLookupOpening(ctx)
	return frame.Time(at), explain(err)
}
