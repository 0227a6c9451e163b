package search

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// opened is an index with its private half.
type opened struct {
	Index
	private seal.KEMPrivate
	holds   []keyring.IndexHold
}

// openIn opens what the bearer's desk searches: the index of its realm and organisation, and behind it the one of before, as long
// as that is being emptied. The caller wipes them.
//
// It fails with [fault.NotFound] if nothing was ever put in, [fault.Conflict] "search.not-given" if her desk is younger than
// one of them and nobody of another desk has searched since, and as [keyring.Service.OpenIndexIn].
func (s *Service) openIn(ctx context.Context, tx Tx, by keyring.Bearer) ([]opened, error) {
	d, err := tx.Desk(ctx, by.Desk)
	if err != nil {
		return nil, err
	}
	if d.Realm != by.Realm {
		return nil, fault.New(fault.Denied, "access.denied")
	}
	x, err := tx.SearchIndex(ctx, by.Realm, d.Organisation)
	if err != nil {
		return nil, err
	}
	all := []Index{x}
	leaving, err := tx.LeavingSearchIndex(ctx, by.Realm, d.Organisation)
	switch {
	case err == nil:
		all = append(all, leaving)
	case !fault.Is(err, fault.NotFound):
		return nil, err
	}
	var out []opened
	for _, x := range all {
		one, err := s.openOne(ctx, tx, by, x)
		if err != nil {
			wipe(out)
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

func (s *Service) openOne(ctx context.Context, tx Tx, by keyring.Bearer, x Index) (opened, error) {
	holds, err := tx.SearchHolds(ctx, x.ID)
	if err != nil {
		return opened{}, err
	}
	for _, h := range holds {
		if h.Desk == by.Desk {
			private, err := s.Keys.OpenIndexIn(ctx, tx, by, h, x.Public)
			return opened{x, private, holds}, err
		}
	}
	return opened{}, fault.New(fault.Conflict, "search.not-given")
}

func wipe(all []opened) {
	for _, x := range all {
		x.private.Wipe()
	}
}

// openEntry opens what was sealed by itself.
func (x opened) openEntry(s *Service, e Entry) ([]byte, error) {
	b, err := x.private.Open([]byte(infoEntry), s.entryAAD(x.ID, e.Case), e.Body)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "search.entry", err)
	}
	return b, nil
}

// openSegment opens the body of a segment.
func (s *Service) openSegment(key seal.Key, g Segment) ([]byte, error) {
	b, err := key.Open(s.segmentAAD(g.Index, g.ID), g.Body)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "search.segment", err)
	}
	return b, nil
}

// ours returns the scope of the bearer's desk.
func (s *Service) ours(ctx context.Context, by keyring.Bearer) (scope, error) {
	var out scope
	err := s.Read(ctx, func(tx Tx) error {
		d, err := tx.Desk(ctx, by.Desk)
		out = scope{by.Realm, d.Organisation}
		return err
	})
	return out, err
}

// may says whether the bearer may work on the index of her desk.
func may(by keyring.Bearer, action access.Action) error {
	if err := access.Check(by.Actor, action, access.Resource{Noun: "case", Realm: by.Realm, Desk: by.Desk}); err != nil {
		return err
	}
	if by.Locked() {
		return fault.New(fault.Locked, "keyring.locked")
	}
	return nil
}

// packed is where a record that is packed comes from.
type packed struct {
	of     id.Case
	record []byte
}

// packIn puts records that were folded by one version into a segment of an index that has room for them, or into a new one, so that
// there are never many small ones. At most [MaxSegment].
func (s *Service) packIn(ctx context.Context, tx Tx, x Index, key seal.Key, fold, seq int64, all []packed) error {
	if len(all) == 0 {
		return nil
	}
	out := Segment{ID: id.Ordered[id.Segment](s.IDs), Index: x.ID, Fold: fold}
	segments, err := tx.SearchSegments(ctx, x.ID)
	if err != nil {
		return err
	}
	var records [][]byte
	for _, g := range segments {
		if g.Fold != fold || int(g.Records)+len(all) > MaxSegment {
			continue
		}
		if out, err = tx.SearchSegment(ctx, g.ID); err != nil {
			return err
		}
		body, err := s.openSegment(key, out)
		if err != nil {
			return err
		}
		if err := Unpack(fold, body, out.Masks, func(b []byte) error { records = append(records, append([]byte(nil), b...)); return nil }); err != nil {
			return err
		}
		break
	}
	fresh := len(records) == 0
	for _, p := range all {
		records = append(records, p.record)
	}
	body, masks, err := Pack(fold, records, s.Rand)
	if err != nil {
		return err
	}
	out.Seq, out.Records = seq, int64(len(records))
	out.Body, out.Masks = key.Seal(s.segmentAAD(x.ID, out.ID), body), masks
	if fresh {
		err = tx.AddSearchSegment(ctx, out)
	} else {
		err = s.replaceIn(ctx, tx, out)
	}
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := tx.PackSearchEntry(ctx, p.of, out); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) replaceIn(ctx context.Context, tx Tx, g Segment) error {
	if err := tx.ResealSearchSegment(ctx, g); err != nil {
		return err
	}
	return tx.SetSearchMasks(ctx, g.ID, g.Masks, g.Records, g.Seq)
}
