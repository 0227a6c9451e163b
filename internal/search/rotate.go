package search

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// A step of a rotation moves so many segments, or so many records that lie by themselves: both take some tenths of a second, in
// which nobody else writes.
const (
	moveSegments = 4
	moveRecords  = 1024
)

// Rotate gives the index of the bearer's realm and organisation a new pair, or goes on with what an earlier call began; it returns
// which index is being emptied and how many of its records are left. It is done after a suspected compromise, or when somebody
// has left who could open it: run it until nothing is left. From the first call on all that is written down is sealed to the new
// pair; what was there is sealed anew step by step, found and erased meanwhile wherever it is. When nothing is left the old
// private half is destroyed wherever it rests; a copy of the database that was made before stays a copy.
//
// From is the index that the call before has named: a call that names one which is empty by now begins nothing, so that two who
// do it at once do it once. Without it a rotation that is under way goes on, and where none is, one begins.
//
// It fails with [fault.Denied] as [access.Check], [fault.NotFound] if there is no index, and as [Service.Find] is without
// keys.
func (s *Service) Rotate(ctx context.Context, by keyring.Bearer, from id.Index) (empties id.Index, left int64, err error) {
	if err := may(by, access.ReindexCase); err != nil {
		return "", 0, err
	}
	err = s.Write(ctx, audit.Did(by.Actor, access.ReindexCase, string(by.Desk)).For("rotate"), func(tx Tx) error {
		empties, left = from, 0
		all, err := s.openIn(ctx, tx, by)
		if err != nil {
			return err
		}
		defer func() { wipe(all) }()
		switch {
		case len(all) == 1 && from != "" || len(all) == 2 && from != "" && from != all[1].ID:
			return nil
		case len(all) == 1:
			next, err := s.succeed(ctx, tx, all[0])
			if err != nil {
				return err
			}
			all = append([]opened{next}, all[0])
		}
		empties = all[1].ID
		if err := s.move(ctx, tx, all[1], all[0]); err != nil {
			return err
		}
		if left, err = s.leftIn(ctx, tx, all[1].ID); err != nil || left > 0 {
			return err
		}
		return tx.DropSearchIndex(ctx, all[1].ID)
	})
	return empties, left, err
}

// succeed begins the index into which another one is emptied. Desks that are younger than that one get it too: they search both.
func (s *Service) succeed(ctx context.Context, tx Tx, was opened) (opened, error) {
	if _, err := s.spread(ctx, tx, was.Index, was.private, was.holds); err != nil {
		return opened{}, err
	}
	seq, err := tx.RaiseSearchIndex(ctx, was.ID)
	if err != nil {
		return opened{}, err
	}
	next := id.Ordered[id.Index](s.IDs)
	if err := tx.SucceedSearchIndex(ctx, was.ID, next); err != nil {
		return opened{}, err
	}
	x, private, err := s.begin(ctx, tx, next, scope{was.Realm, was.Organisation}, seq)
	return opened{Index: x, private: private}, err
}

// move takes one step from one index to the other.
func (s *Service) move(ctx context.Context, tx Tx, from, to opened) error {
	segments, err := tx.SearchSegments(ctx, from.ID)
	if err != nil {
		return err
	}
	if len(segments) == 0 {
		return s.moveLoose(ctx, tx, from, to, moveRecords)
	}
	seq, err := tx.RaiseSearchIndex(ctx, to.ID)
	if err != nil {
		return err
	}
	var keys [2]seal.Key
	for i, x := range []opened{from, to} {
		if keys[i], err = s.segmentKey(x.private, x.ID); err != nil {
			return err
		}
		defer keys[i].Wipe()
	}
	for _, g := range segments[:min(len(segments), moveSegments)] {
		if g, err = tx.SearchSegment(ctx, g.ID); err != nil {
			return err
		}
		body, err := s.openSegment(keys[0], g)
		if err != nil {
			return err
		}
		g.Index, g.Body, g.Seq = to.ID, keys[1].Seal(s.segmentAAD(to.ID, g.ID), body), seq
		if err := tx.ResealSearchSegment(ctx, g); err != nil {
			return err
		}
		if err := tx.MoveSearchEntries(ctx, from.ID, to.ID, g.ID); err != nil {
			return err
		}
	}
	return nil
}

// leftIn returns how many records an index has.
func (s *Service) leftIn(ctx context.Context, tx Tx, x id.Index) (int64, error) {
	segments, err := tx.SearchSegments(ctx, x)
	if err != nil {
		return 0, err
	}
	n, err := tx.CountLoose(ctx, x)
	for _, g := range segments {
		n += g.Records
	}
	return n, err
}
