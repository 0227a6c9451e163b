package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ search.Tx = (*Tx)(nil)

// SearchIndex returns the index of a realm and organisation; [fault.NotFound] if there is none.
func (tx *Tx) SearchIndex(ctx context.Context, realm access.Realm, organisation string) (search.Index, error) {
	r, err := tx.q.SearchIndex(ctx, rows.SearchIndexParams{Realm: string(realm), Organisation: organisation})
	if err != nil {
		return search.Index{}, explain(err)
	}
	return indexOf(r)
}

// LeavingSearchIndex returns the index that is being emptied into that of a realm and organisation; [fault.NotFound] if there is none.
func (tx *Tx) LeavingSearchIndex(ctx context.Context, realm access.Realm, organisation string) (search.Index, error) {
	r, err := tx.q.LeavingSearchIndex(ctx, rows.LeavingSearchIndexParams{Realm: string(realm), Organisation: organisation})
	if err != nil {
		return search.Index{}, explain(err)
	}
	return indexOf(r)
}

func indexOf(r rows.SearchIndex) (search.Index, error) {
	public, err := seal.ParseKEMPublic(r.Public)
	if err != nil {
		return search.Index{}, fault.Wrap(fault.Internal, "store.row", err)
	}
	return search.Index{
		ID: id.Index(r.ID), Realm: access.Realm(r.Realm), Organisation: r.Organisation, Public: public, Fold: r.Fold,
		Sequence: r.Sequence, Created: frame.Time(r.Created),
	}, nil
}

// AddSearchIndex keeps a new index; [fault.Conflict] if its realm and organisation have one.
func (tx *Tx) AddSearchIndex(ctx context.Context, x search.Index) error {
	return explain(tx.q.AddSearchIndex(ctx, rows.AddSearchIndexParams{
		ID: string(x.ID), Realm: string(x.Realm), Organisation: x.Organisation, Public: x.Public.Bytes(), Fold: x.Fold,
		Sequence: x.Sequence, Created: int64(x.Created),
	}))
}

// SucceedSearchIndex says into which index one is being emptied.
func (tx *Tx) SucceedSearchIndex(ctx context.Context, x, successor id.Index) error {
	return explain(tx.q.SucceedSearchIndex(ctx, rows.SucceedSearchIndexParams{Successor: string(successor), ID: string(x)}))
}

// RaiseSearchIndex raises the sequence of an index; [fault.NotFound] if there is none.
func (tx *Tx) RaiseSearchIndex(ctx context.Context, x id.Index) (int64, error) {
	if err := tx.writes(ctx); err != nil { // RETURNING
		return 0, err
	}
	n, err := tx.q.RaiseSearchIndex(ctx, string(x))
	return n, explain(err)
}

// DropSearchIndex deletes an index and its holds.
func (tx *Tx) DropSearchIndex(ctx context.Context, x id.Index) error {
	if err := tx.q.DropSearchHolds(ctx, string(x)); err != nil {
		return explain(err)
	}
	return explain(tx.q.DropSearchIndex(ctx, string(x)))
}

// SearchHolds returns which desks hold an index.
func (tx *Tx) SearchHolds(ctx context.Context, x id.Index) ([]keyring.IndexHold, error) {
	all, err := tx.q.SearchHolds(ctx, string(x))
	return each(all, err, func(r rows.SearchHold) keyring.IndexHold {
		return keyring.IndexHold{Index: id.Index(r.IndexID), Desk: id.Desk(r.Desk), Pair: id.Key(r.Pair), Sealed: r.Sealed}
	})
}

// AddSearchHold gives an index to a desk; [fault.Conflict] if it has it.
func (tx *Tx) AddSearchHold(ctx context.Context, h keyring.IndexHold) error {
	return explain(tx.q.AddSearchHold(ctx, rows.AddSearchHoldParams{
		IndexID: string(h.Index), Desk: string(h.Desk), Pair: string(h.Pair), Sealed: h.Sealed,
	}))
}

func entryOf(r rows.SearchEntry) search.Entry {
	return search.Entry{Case: id.Case(r.CaseID), Index: id.Index(r.IndexID), Seq: r.Seq, Segment: id.Segment(r.Segment), Fold: r.Fold, Body: r.Body}
}

// SearchEntry returns where the record of a case is; [fault.NotFound] if there is none.
func (tx *Tx) SearchEntry(ctx context.Context, c id.Case) (search.Entry, error) {
	r, err := tx.q.SearchEntry(ctx, string(c))
	if err != nil {
		return search.Entry{}, explain(err)
	}
	return entryOf(r), nil
}

// LooseEntries returns what no segment of an index holds, after a sequence.
func (tx *Tx) LooseEntries(ctx context.Context, x id.Index, after int64, limit int) ([]search.Entry, error) {
	all, err := tx.q.LooseEntries(ctx, rows.LooseEntriesParams{IndexID: string(x), After: after, Many: int32(limit)})
	return each(all, err, entryOf)
}

// CountLoose returns how many records no segment of an index holds.
func (tx *Tx) CountLoose(ctx context.Context, x id.Index) (int64, error) {
	n, err := tx.q.CountLoose(ctx, string(x))
	return n, explain(err)
}

// AddSearchEntry keeps the record of a case; [fault.Conflict] if it has one.
func (tx *Tx) AddSearchEntry(ctx context.Context, e search.Entry) error {
	return explain(tx.q.AddSearchEntry(ctx, rows.AddSearchEntryParams{
		CaseID: string(e.Case), IndexID: string(e.Index), Seq: e.Seq, Fold: e.Fold, Body: filled(e.Body),
	}))
}

// CountLooseByFold returns the same for each version of the fold.
func (tx *Tx) CountLooseByFold(ctx context.Context, x id.Index) (map[int64]int64, error) {
	all, err := tx.q.CountLooseByFold(ctx, string(x))
	out := map[int64]int64{}
	for _, r := range all {
		out[r.Fold] = r.Many
	}
	return out, explain(err)
}

// OlderEntries returns what of a desk lies in a segment, or by itself, folded by an older version, after a case.
func (tx *Tx) OlderEntries(ctx context.Context, x id.Index, s id.Segment, d id.Desk, fold int64, after id.Case, limit int) ([]search.Entry, error) {
	all, err := tx.q.OlderEntries(ctx, rows.OlderEntriesParams{
		IndexID: string(x), Segment: string(s), Desk: string(d), Fold: fold, After: string(after), Many: int32(limit),
	})
	return each(all, err, func(r rows.OlderEntriesRow) search.Entry {
		return search.Entry{Case: id.Case(r.CaseID), Index: x, Seq: r.Seq, Segment: s, Fold: r.Fold}
	})
}

// CountOlderEntries returns how many cases of a desk are in an index as an older version folded them.
func (tx *Tx) CountOlderEntries(ctx context.Context, x id.Index, d id.Desk, fold int64) (int64, error) {
	n, err := tx.q.CountOlderEntries(ctx, rows.CountOlderEntriesParams{IndexID: string(x), Fold: fold, Desk: string(d)})
	return n, explain(err)
}

// PackSearchEntry says that the record of a case is in a segment.
func (tx *Tx) PackSearchEntry(ctx context.Context, c id.Case, s search.Segment) error {
	return explain(tx.q.PackSearchEntry(ctx, rows.PackSearchEntryParams{
		IndexID: string(s.Index), Segment: string(s.ID), Fold: s.Fold, Body: filled(nil), CaseID: string(c),
	}))
}

// DropSearchEntry forgets where the record of a case is.
func (tx *Tx) DropSearchEntry(ctx context.Context, c id.Case) error {
	return explain(tx.q.DropSearchEntry(ctx, string(c)))
}

// MoveSearchEntries gives the entries of a segment of one index to another.
func (tx *Tx) MoveSearchEntries(ctx context.Context, was, becomes id.Index, s id.Segment) error {
	return explain(tx.q.MoveSearchEntries(ctx, rows.MoveSearchEntriesParams{Becomes: string(becomes), Was: string(was), Segment: string(s)}))
}

// SearchSegments returns the segments of an index without their bytes.
func (tx *Tx) SearchSegments(ctx context.Context, x id.Index) ([]search.Segment, error) {
	all, err := tx.q.SearchSegments(ctx, string(x))
	return each(all, err, func(r rows.SearchSegmentsRow) search.Segment {
		return search.Segment{ID: id.Segment(r.ID), Index: x, Seq: r.Seq, Records: r.Records, Fold: r.Fold}
	})
}

// SearchSegment returns one segment; [fault.NotFound] if there is none.
func (tx *Tx) SearchSegment(ctx context.Context, s id.Segment) (search.Segment, error) {
	r, err := tx.q.SearchSegment(ctx, string(s))
	if err != nil {
		return search.Segment{}, explain(err)
	}
	return search.Segment{ID: s, Index: id.Index(r.IndexID), Seq: r.Seq, Records: r.Records, Fold: r.Fold, Body: r.Body, Masks: r.Masks}, nil
}

// SearchMasks returns the masks of a segment; [fault.NotFound] if there is none.
func (tx *Tx) SearchMasks(ctx context.Context, s id.Segment) ([]byte, error) {
	b, err := tx.q.SearchMasks(ctx, string(s))
	return b, explain(err)
}

// AddSearchSegment keeps a new segment.
func (tx *Tx) AddSearchSegment(ctx context.Context, s search.Segment) error {
	if err := tx.q.AddSearchSegment(ctx, rows.AddSearchSegmentParams{
		ID: string(s.ID), IndexID: string(s.Index), Seq: s.Seq, Records: s.Records, Fold: s.Fold, Body: filled(s.Body),
	}); err != nil {
		return explain(err)
	}
	return explain(tx.q.AddSearchMasks(ctx, rows.AddSearchMasksParams{ID: string(s.ID), Masks: filled(s.Masks)}))
}

// SetSearchMasks keeps other masks for a segment.
func (tx *Tx) SetSearchMasks(ctx context.Context, s id.Segment, masks []byte, records, seq int64) error {
	if err := tx.q.SetSearchMasks(ctx, rows.SetSearchMasksParams{Masks: filled(masks), ID: string(s)}); err != nil {
		return explain(err)
	}
	return explain(tx.q.TouchSearchSegment(ctx, rows.TouchSearchSegmentParams{Seq: seq, Records: records, ID: string(s)}))
}

// ResealSearchSegment gives a segment another body, and perhaps another index.
func (tx *Tx) ResealSearchSegment(ctx context.Context, s search.Segment) error {
	return explain(tx.q.ResealSearchSegment(ctx, rows.ResealSearchSegmentParams{
		IndexID: string(s.Index), Body: filled(s.Body), Seq: s.Seq, Records: s.Records, ID: string(s.ID),
	}))
}

// DropSearchSegment deletes a segment.
func (tx *Tx) DropSearchSegment(ctx context.Context, s id.Segment) error {
	if err := tx.q.DropSearchMasks(ctx, string(s)); err != nil {
		return explain(err)
	}
	return explain(tx.q.DropSearchSegment(ctx, string(s)))
}

// AddSearch keeps that somebody has searched.
func (tx *Tx) AddSearch(ctx context.Context, m search.Made) error {
	return explain(tx.q.AddSearch(ctx, rows.AddSearchParams{
		ID: string(m.ID), Desk: string(m.Desk), UserID: string(m.User), Realm: string(m.Realm), At: int64(m.At), Waits: m.Waits, Hits: filled(m.Hits),
	}))
}

// SearchesSince returns how often a user has searched since a moment.
func (tx *Tx) SearchesSince(ctx context.Context, u id.User, since frame.Time) (int64, error) {
	n, err := tx.q.SearchesSince(ctx, rows.SearchesSinceParams{UserID: string(u), At: int64(since)})
	return n, explain(err)
}

// WaitingSearches returns searches of which nobody has looked yet what is hidden in them, oldest first.
func (tx *Tx) WaitingSearches(ctx context.Context, limit int) ([]search.Made, error) {
	all, err := tx.q.WaitingSearches(ctx, int32(limit))
	return each(all, err, func(r rows.SearchMade) search.Made {
		return search.Made{
			ID: id.Search(r.ID), Desk: id.Desk(r.Desk), User: id.User(r.UserID), Realm: access.Realm(r.Realm), At: frame.Time(r.At),
			Waits: r.Waits, Hits: r.Hits,
		}
	})
}

// EndSearch keeps that somebody has looked, and other hits.
func (tx *Tx) EndSearch(ctx context.Context, m id.Search, hits []byte) error {
	return explain(tx.q.EndSearch(ctx, rows.EndSearchParams{Hits: filled(hits), ID: string(m)}))
}

// ForgetSearches deletes searches from before a moment.
func (tx *Tx) ForgetSearches(ctx context.Context, before frame.Time) error {
	return explain(tx.q.ForgetSearches(ctx, int64(before)))
}

// AddSearchHit keeps a new hit.
func (tx *Tx) AddSearchHit(ctx context.Context, h search.Hit) error {
	return explain(tx.q.AddSearchHit(ctx, rows.AddSearchHitParams{
		ID: string(h.ID), Reference: string(h.Reference), CaseID: string(h.Case), Desk: string(h.Desk), Asker: string(h.Asker),
		Realm: string(h.Realm), FoundBy: string(h.By), At: int64(h.At), State: string(h.State), Said: h.Said, First: string(h.First),
		Second: string(h.Second), Ended: int64(h.Ended), Version: h.Version,
	}))
}

// SetSearchHit changes a hit; [fault.Stale] if its stored version is another.
func (tx *Tx) SetSearchHit(ctx context.Context, h search.Hit) error {
	n, err := tx.q.SetSearchHit(ctx, rows.SetSearchHitParams{
		State: string(h.State), Said: h.Said, First: string(h.First), Second: string(h.Second), Ended: int64(h.Ended), ID: string(h.ID),
		Version: h.Version,
	})
	return changed(n, err)
}

func hitOf(r rows.SearchHit) search.Hit {
	return search.Hit{
		ID: id.Search(r.ID), Reference: id.Reference(r.Reference), Case: id.Case(r.CaseID), Desk: id.Desk(r.Desk), Asker: id.Desk(r.Asker),
		Realm: access.Realm(r.Realm), By: search.By(r.FoundBy), At: frame.Time(r.At), State: search.HitState(r.State), Said: r.Said,
		First: id.User(r.First), Second: id.User(r.Second), Ended: frame.Time(r.Ended), Version: r.Version,
	}
}

// SearchHit returns one hit; [fault.NotFound] if there is none.
func (tx *Tx) SearchHit(ctx context.Context, h id.Search) (search.Hit, error) {
	r, err := tx.q.SearchHit(ctx, string(h))
	if err != nil {
		return search.Hit{}, explain(err)
	}
	return hitOf(r), nil
}

// SearchHitsOn returns the hits on a case.
func (tx *Tx) SearchHitsOn(ctx context.Context, c id.Case) ([]search.Hit, error) {
	all, err := tx.q.SearchHitsOn(ctx, string(c))
	return each(all, err, hitOf)
}

// SearchHitsAt returns the hits that a desk decides, newest first.
func (tx *Tx) SearchHitsAt(ctx context.Context, d id.Desk, limit int) ([]search.Hit, error) {
	all, err := tx.q.SearchHitsAt(ctx, rows.SearchHitsAtParams{Desk: string(d), Limit: int32(limit)})
	return each(all, err, hitOf)
}

// SearchHitsFor returns the hits of the searches of a desk after which another wants to make contact, newest first.
func (tx *Tx) SearchHitsFor(ctx context.Context, d id.Desk, limit int) ([]search.Hit, error) {
	all, err := tx.q.SearchHitsFor(ctx, rows.SearchHitsForParams{Asker: string(d), Limit: int32(limit)})
	return each(all, err, hitOf)
}

// DropSearchHits forgets the hits on a case.
func (tx *Tx) DropSearchHits(ctx context.Context, c id.Case) error {
	return explain(tx.q.DropSearchHits(ctx, string(c)))
}

// CaseIDsAt returns the cases of a desk, of one owner if she is named, in no order.
func (tx *Tx) CaseIDsAt(ctx context.Context, d id.Desk, owner id.User) ([]id.Case, error) {
	var all []string
	var err error
	if owner == "" {
		all, err = tx.q.CaseIDsAt(ctx, string(d))
	} else {
		all, err = tx.q.CaseIDsOf(ctx, rows.CaseIDsOfParams{Desk: string(d), Owner: string(owner)})
	}
	return each(all, err, func(c string) id.Case { return id.Case(c) })
}
