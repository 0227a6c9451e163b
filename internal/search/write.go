package search

import (
	"context"

	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
)

// The domains of spec/search.md.
const (
	infoEntry   = "opentrm/search-entry/1"
	infoSegment = "opentrm/search-segment/1"
)

func (s *Service) entryAAD(x id.Index, c id.Case) []byte {
	return frame.JoinText(infoEntry, string(s.Member), string(x), string(c))
}

func (s *Service) segmentAAD(x id.Index, g id.Segment) []byte {
	return frame.JoinText(infoSegment, string(s.Member), string(x), string(g))
}

// segmentKey is the key of the segments of an index.
func (s *Service) segmentKey(private seal.KEMPrivate, x id.Index) (seal.Key, error) {
	raw := private.Bytes()
	defer clear(raw)
	k, err := seal.ParseKey(raw)
	if err != nil {
		return seal.Key{}, err
	}
	defer k.Wipe()
	return k.Derive(infoSegment, string(s.Member), string(x)), nil
}

// PutIn makes a case findable by who she is, in place of what it was found by before. It needs no key, and is part of the
// transaction that writes her down.
//
// It fails as the storage fails.
func (s *Service) PutIn(ctx context.Context, tx Tx, at person.Place, p person.Person) error {
	if err := s.takeOut(ctx, tx, at.Case); err != nil {
		return err
	}
	by := s.newest()
	r := RecordOf(by, at.Case, p)
	if r.Empty() {
		return nil
	}
	d, err := tx.Desk(ctx, at.Desk)
	if err != nil {
		return err
	}
	x, err := tx.SearchIndex(ctx, at.Realm, d.Organisation)
	if fault.Is(err, fault.NotFound) {
		x, _, err = s.begin(ctx, tx, id.Ordered[id.Index](s.IDs), scope{at.Realm, d.Organisation}, 0)
	}
	if err != nil {
		return err
	}
	e := Entry{Case: at.Case, Index: x.ID, Fold: by.Version}
	if e.Seq, err = tx.RaiseSearchIndex(ctx, x.ID); err != nil {
		return err
	}
	if e.Body, err = x.Public.Seal([]byte(infoEntry), s.entryAAD(x.ID, e.Case), r.Encode()); err != nil {
		return err
	}
	return tx.AddSearchEntry(ctx, e)
}

// EraseIn takes a case out of its index and destroys what was said of it there, and the hits on it. It needs no key.
// A case that is in no index is passed over.
//
// It fails as the storage fails.
func (s *Service) EraseIn(ctx context.Context, tx Tx, c id.Case) error {
	if err := s.takeOut(ctx, tx, c); err != nil {
		return err
	}
	return tx.DropSearchHits(ctx, c)
}

func (s *Service) takeOut(ctx context.Context, tx Tx, c id.Case) error {
	e, err := tx.SearchEntry(ctx, c)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	seq, err := tx.RaiseSearchIndex(ctx, e.Index)
	if err != nil {
		return err
	}
	if e, err = tx.SearchEntry(ctx, c); err != nil { // nobody else packs it any more
		return err
	}
	if e.Segment != "" {
		if err := s.blankIn(ctx, tx, e.Segment, map[id.Case]bool{c: true}, seq); err != nil {
			return err
		}
	}
	return tx.DropSearchEntry(ctx, c)
}

// blankIn destroys the masks of cases in a segment, and the segment if nothing else is in it.
func (s *Service) blankIn(ctx context.Context, tx Tx, g id.Segment, cases map[id.Case]bool, seq int64) error {
	masks, err := tx.SearchMasks(ctx, g)
	if err != nil {
		return err
	}
	masks, left, _, err := blank(masks, cases)
	if err != nil {
		return err
	}
	if left == 0 {
		return tx.DropSearchSegment(ctx, g)
	}
	return tx.SetSearchMasks(ctx, g, masks, int64(left), seq)
}

// begin makes an index: a pair whose private half is sealed to the desks of the realm and organisation, and then
// forgotten by whoever only writes.
func (s *Service) begin(ctx context.Context, tx Tx, name id.Index, whose scope, sequence int64) (Index, seal.KEMPrivate, error) {
	private := seal.NewKEM(s.Rand)
	x := Index{
		ID: name, Realm: whose.realm, Organisation: whose.organisation, Public: private.Public(), Fold: s.newest().Version,
		Sequence: sequence, Created: s.now(),
	}
	if err := tx.AddSearchIndex(ctx, x); err != nil {
		return Index{}, seal.KEMPrivate{}, err
	}
	_, err := s.spread(ctx, tx, x, private, nil)
	return x, private, err
}

// missing returns the desks that may search an index and do not hold it yet.
func missing(ctx context.Context, tx Tx, x Index, holds []keyring.IndexHold) ([]id.Desk, error) {
	desks, err := tx.Desks(ctx)
	if err != nil {
		return nil, err
	}
	has := map[id.Desk]bool{}
	for _, h := range holds {
		has[h.Desk] = true
	}
	var out []id.Desk
	for _, d := range desks {
		if d.Realm == x.Realm && d.Organisation == x.Organisation && d.State == desk.Active && d.Kind == desk.AtNode &&
			(d.Purpose == desk.Ordinary || d.Purpose == desk.Emergency) && !has[d.ID] {
			out = append(out, d.ID)
		}
	}
	return out, nil
}

// spread seals an index to the desks that do not hold it yet.
func (s *Service) spread(ctx context.Context, tx Tx, x Index, private seal.KEMPrivate, holds []keyring.IndexHold) (int, error) {
	to, err := missing(ctx, tx, x, holds)
	if err != nil {
		return 0, err
	}
	for _, d := range to {
		h, err := s.Keys.HoldIndexIn(ctx, tx, x.ID, d, private)
		if err != nil {
			return 0, err
		}
		if err := tx.AddSearchHold(ctx, h); err != nil {
			return 0, err
		}
	}
	return len(to), nil
}
