package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/store/rows"
	"github.com/opentrm/opentrm/internal/veil"
)

var _ lookup.Tx = (*Tx)(nil)

// LookupPiece returns a piece of what is kept for lookups; one with version 0 if there is none.
func (tx *Tx) LookupPiece(ctx context.Context, name string) (lookup.Piece, error) {
	r, err := tx.q.LookupPiece(ctx, name)
	if err = explain(err); fault.Is(err, fault.NotFound) {
		return lookup.Piece{Name: name}, nil
	}
	return lookup.Piece{Name: name, Value: r.Value, Version: r.Version}, err
}

// SetLookupPiece keeps a piece; [fault.Stale] if another version is stored.
func (tx *Tx) SetLookupPiece(ctx context.Context, p lookup.Piece) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	if p.Version == 0 {
		err := explain(tx.q.AddLookupPiece(tx.ctx, rows.AddLookupPieceParams{Name: p.Name, Value: p.Value}))
		if fault.Is(err, fault.Conflict) {
			return fault.Wrap(fault.Stale, "store.lookup.version", err)
		}
		return err
	}
	n, err := tx.q.SetLookupPiece(tx.ctx, rows.SetLookupPieceParams{Name: p.Name, Value: p.Value, Version: p.Version})
	if err != nil {
		return explain(err)
	}
	if n == 0 {
		return fault.New(fault.Stale, "store.lookup.version")
	}
	return nil
}

var _ lookup.FullTx = (*Tx)(nil)

func questionRow(r rows.LookupQuestion) lookup.Row {
	return lookup.Row{ID: r.ID, Case: id.Case(r.CaseID), Desk: id.Desk(r.Desk), Class: lookup.Class(r.Class), State: r.Stage, At: frame.Time(r.Made), Value: r.Value, Version: r.Version}
}

func hitRow(r rows.LookupHit) lookup.Row {
	return lookup.Row{ID: r.ID, Case: id.Case(r.CaseID), Desk: id.Desk(r.Desk), State: r.State, At: frame.Time(r.Due), Value: r.Value, Version: r.Version}
}

// AddLookup keeps a new question; [fault.Conflict] if it is there.
func (tx *Tx) AddLookup(ctx context.Context, r lookup.Row) error {
	return explain(tx.q.AddLookup(ctx, rows.AddLookupParams{ID: r.ID, CaseID: string(r.Case), Desk: string(r.Desk), Class: string(r.Class), Stage: r.State, Made: int64(r.At), Value: r.Value}))
}

// SetLookup replaces a question; [fault.Stale] if another version is stored.
func (tx *Tx) SetLookup(ctx context.Context, r lookup.Row) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	n, err := tx.q.SetLookup(tx.ctx, rows.SetLookupParams{ID: r.ID, Desk: string(r.Desk), Stage: r.State, Value: r.Value, Version: r.Version})
	return moved(n, err)
}

// moved is the failure of a change of one row; [fault.Stale] if it changed none.
func moved(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.New(fault.Stale, "store.lookup.version")
	}
	return explain(err)
}

// Lookup returns a question; [fault.NotFound] if there is none.
func (tx *Tx) Lookup(ctx context.Context, q id.Lookup) (lookup.Row, error) {
	r, err := tx.q.Lookup(ctx, string(q))
	return questionRow(r), explain(err)
}

// LookupsOf returns the questions of a case, the oldest first.
func (tx *Tx) LookupsOf(ctx context.Context, c id.Case) ([]lookup.Row, error) {
	all, err := tx.q.LookupsOf(ctx, string(c))
	return each(all, err, questionRow)
}

// LookupsAt returns those of a desk, a class and a stage, the oldest first.
func (tx *Tx) LookupsAt(ctx context.Context, desk id.Desk, class lookup.Class, stage lookup.Stage, limit int) ([]lookup.Row, error) {
	all, err := tx.q.LookupsAt(ctx, rows.LookupsAtParams{Desk: string(desk), Class: string(class), Stage: string(stage), Limit: int32(limit)})
	return each(all, err, questionRow)
}

// LookupsIn returns those of a stage, the oldest first.
func (tx *Tx) LookupsIn(ctx context.Context, stage lookup.Stage, limit int) ([]lookup.Row, error) {
	all, err := tx.q.LookupsIn(ctx, rows.LookupsInParams{Stage: string(stage), Limit: int32(limit)})
	return each(all, err, questionRow)
}

// DropLookup forgets a question.
func (tx *Tx) DropLookup(ctx context.Context, q id.Lookup) error {
	return explain(tx.q.DropLookup(ctx, string(q)))
}

// DropLookupsOf forgets the questions of a case.
func (tx *Tx) DropLookupsOf(ctx context.Context, c id.Case) error {
	return explain(tx.q.DropLookupsOf(ctx, string(c)))
}

// AddLookupHeard keeps what another member asked, once.
func (tx *Tx) AddLookupHeard(ctx context.Context, h lookup.Heard) error {
	return explain(tx.q.AddLookupHeard(ctx, rows.AddLookupHeardParams{ID: string(h.ID), Member: string(h.Member), Step: h.Step, At: int64(h.At), Value: h.Value}))
}

// LookupsHeard returns what nobody has looked at yet, the oldest first.
func (tx *Tx) LookupsHeard(ctx context.Context, limit int) ([]lookup.Heard, error) {
	all, err := tx.q.LookupsHeard(ctx, int32(limit))
	return each(all, err, func(r rows.LookupHeard) lookup.Heard {
		return lookup.Heard{ID: id.Lookup(r.ID), Member: id.Member(r.Member), Step: r.Step, At: frame.Time(r.At), Value: r.Value}
	})
}

// DropLookupHeard forgets it.
func (tx *Tx) DropLookupHeard(ctx context.Context, h lookup.Heard) error {
	return explain(tx.q.DropLookupHeard(ctx, rows.DropLookupHeardParams{ID: string(h.ID), Member: string(h.Member), Step: h.Step}))
}

// AddLookupLog writes down that something was asked.
func (tx *Tx) AddLookupLog(ctx context.Context, l lookup.Logged) error {
	return explain(tx.q.AddLookupLog(ctx, rows.AddLookupLogParams{ID: string(l.ID), Member: string(l.Member), Officer: l.Officer, Class: string(l.Class), At: int64(l.At), Many: l.Many, Digest: filled(l.Digest), Refused: l.Refused}))
}

// LookupUsed returns how many were asked about since then, by a member and an officer if they are named.
func (tx *Tx) LookupUsed(ctx context.Context, class lookup.Class, since frame.Time, m id.Member, officer string) (int64, error) {
	n, err := tx.q.LookupUsed(ctx, rows.LookupUsedParams{Class: string(class), Since: int64(since), Member: string(m), Officer: officer})
	return n, explain(err)
}

// LookupLog returns what was asked since then, the oldest first.
func (tx *Tx) LookupLog(ctx context.Context, since frame.Time, limit int) ([]lookup.Logged, error) {
	all, err := tx.q.LookupLog(ctx, rows.LookupLogParams{Since: int64(since), Many: int32(limit)})
	return each(all, err, loggedOf)
}

func loggedOf(r rows.LookupLog) lookup.Logged {
	return lookup.Logged{
		ID: id.Lookup(r.ID), Member: id.Member(r.Member), Officer: r.Officer, Class: lookup.Class(r.Class), At: frame.Time(r.At), Many: r.Many,
		Digest: r.Digest, Refused: r.Refused,
	}
}

// ForgetLookupLog forgets what was asked before, and returns how much.
func (tx *Tx) ForgetLookupLog(ctx context.Context, before frame.Time) (int64, error) {
	n, err := tx.q.ForgetLookupLog(ctx, int64(before))
	return n, explain(err)
}

// AddLookupTag keeps a tag of a case, once.
func (tx *Tx) AddLookupTag(ctx context.Context, t lookup.Tagged) error {
	return explain(tx.q.AddLookupTag(ctx, rows.AddLookupTagParams{CaseID: string(t.Case), Epoch: t.Epoch, Tag: t.Tag[:], Template: string(t.Template), Realm: string(t.Realm)}))
}

// DropLookupTags forgets those of a case.
func (tx *Tx) DropLookupTags(ctx context.Context, c id.Case) error {
	return explain(tx.q.DropLookupTags(ctx, string(c)))
}

// LookupTagged returns the cases of a realm that have a tag.
func (tx *Tx) LookupTagged(ctx context.Context, epoch int64, realm access.Realm, tag veil.Tag, limit int) ([]lookup.Tagged, error) {
	all, err := tx.q.LookupTagged(ctx, rows.LookupTaggedParams{Tag: tag[:], Epoch: epoch, Realm: string(realm), Limit: int32(limit)})
	return each(all, err, func(r rows.LookupTag) lookup.Tagged {
		t := lookup.Tagged{Case: id.Case(r.CaseID), Epoch: r.Epoch, Template: veil.Template(r.Template), Realm: access.Realm(r.Realm)}
		copy(t.Tag[:], r.Tag)
		return t
	})
}

// AddLookupEnrolled says that a case is findable, or is going to be; [fault.Conflict] if that is said.
func (tx *Tx) AddLookupEnrolled(ctx context.Context, e lookup.Enrolled) error {
	return explain(tx.q.AddLookupEnrolled(ctx, rows.AddLookupEnrolledParams{CaseID: string(e.Case), Desk: string(e.Desk), Consent: string(e.Consent), Epoch: e.Epoch, Record: e.Record, At: int64(e.At), Waits: string(e.Waits)}))
}

// DropLookupEnrolled says that it is not.
func (tx *Tx) DropLookupEnrolled(ctx context.Context, c id.Case) error {
	return explain(tx.q.DropLookupEnrolled(ctx, string(c)))
}

func enrolledOf(r rows.LookupEnrolled) lookup.Enrolled {
	return lookup.Enrolled{
		Case: id.Case(r.CaseID), Desk: id.Desk(r.Desk), Consent: id.Consent(r.Consent), Epoch: r.Epoch, Record: r.Record, At: frame.Time(r.At),
		Waits: id.Lookup(r.Waits),
	}
}

// LookupEnrolled returns how a case is findable; [fault.NotFound] if it is not.
func (tx *Tx) LookupEnrolled(ctx context.Context, c id.Case) (lookup.Enrolled, error) {
	r, err := tx.q.LookupEnrolled(ctx, string(c))
	return enrolledOf(r), explain(err)
}

// LookupsEnrolled returns which cases are, by their identifiers.
func (tx *Tx) LookupsEnrolled(ctx context.Context, after id.Case, limit int) ([]lookup.Enrolled, error) {
	all, err := tx.q.LookupsEnrolled(ctx, rows.LookupsEnrolledParams{CaseID: string(after), Limit: int32(limit)})
	return each(all, err, enrolledOf)
}

// LookupsWanting returns the live consents for a purpose of the cases of a desk, by case.
func (tx *Tx) LookupsWanting(ctx context.Context, desk id.Desk, p consent.Purpose, now frame.Time) ([]consent.Consent, error) {
	all, err := tx.q.LookupsWanting(ctx, rows.LookupsWantingParams{Desk: string(desk), Now: int64(now), Purpose: "%" + string(p) + "%"})
	return each(all, err, consentOf)
}

// AddLookupHit keeps a new hit; [fault.Conflict] if it is there.
func (tx *Tx) AddLookupHit(ctx context.Context, r lookup.Row) error {
	return explain(tx.q.AddLookupHit(ctx, rows.AddLookupHitParams{ID: r.ID, CaseID: string(r.Case), Desk: string(r.Desk), State: r.State, Due: int64(r.At), Value: r.Value}))
}

// SetLookupHit replaces a hit; [fault.Stale] if another version is stored.
func (tx *Tx) SetLookupHit(ctx context.Context, r lookup.Row) error {
	if err := tx.writes(ctx); err != nil {
		return err
	}
	n, err := tx.q.SetLookupHit(tx.ctx, rows.SetLookupHitParams{ID: r.ID, Desk: string(r.Desk), State: r.State, Value: r.Value, Version: r.Version})
	return moved(n, err)
}

// LookupHit returns a hit; [fault.NotFound] if there is none.
func (tx *Tx) LookupHit(ctx context.Context, h id.Search) (lookup.Row, error) {
	r, err := tx.q.LookupHit(ctx, string(h))
	return hitRow(r), explain(err)
}

// LookupHitsOn returns the hits on a case.
func (tx *Tx) LookupHitsOn(ctx context.Context, c id.Case) ([]lookup.Row, error) {
	all, err := tx.q.LookupHitsOn(ctx, string(c))
	return each(all, err, hitRow)
}

// LookupHitsAt returns those of a desk, the newest first.
func (tx *Tx) LookupHitsAt(ctx context.Context, desk id.Desk, limit int) ([]lookup.Row, error) {
	all, err := tx.q.LookupHitsAt(ctx, rows.LookupHitsAtParams{Desk: string(desk), Limit: int32(limit)})
	return each(all, err, hitRow)
}

// LookupHitsDue returns open ones whose time is over.
func (tx *Tx) LookupHitsDue(ctx context.Context, now frame.Time, limit int) ([]lookup.Row, error) {
	all, err := tx.q.LookupHitsDue(ctx, rows.LookupHitsDueParams{Due: int64(now), Limit: int32(limit)})
	return each(all, err, hitRow)
}

// DropLookupHits forgets the hits on a case.
func (tx *Tx) DropLookupHits(ctx context.Context, c id.Case) error {
	return explain(tx.q.DropLookupHits(ctx, string(c)))
}
