package search

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Rotate gives the index of the bearer's realm and organisation a new pair and seals everything in it anew; the old private
// half is destroyed wherever it rests. It is done after a suspected compromise, or when somebody has left who could
// open it. It is one transaction: a copy of the database that was made before stays a copy.
//
// It fails with [fault.Denied] as [access.Check], [fault.NotFound] if there is no index, and as [Service.Find] is without
// keys.
func (s *Service) Rotate(ctx context.Context, by keyring.Bearer) error {
	on := access.Resource{Noun: "case", Realm: by.Realm, Desk: by.Desk}
	if err := access.Check(by.Actor, access.ReindexCase, on); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(by.Actor, access.ReindexCase, string(by.Desk)).For("rotate"), func(tx Tx) error {
		was, old, _, err := s.openIn(ctx, tx, by)
		if err != nil {
			return err
		}
		defer old.Wipe()
		if was.Sequence, err = tx.RaiseSearchIndex(ctx, was.ID); err != nil {
			return err
		}
		if err := tx.DropSearchIndex(ctx, was.ID); err != nil {
			return err
		}
		now, private, err := s.begin(ctx, tx, was.Realm, was.Organisation, was.Sequence)
		if err != nil {
			return err
		}
		defer private.Wipe()
		oldKey, err := s.segmentKey(old, was.ID)
		if err != nil {
			return err
		}
		defer oldKey.Wipe()
		newKey, err := s.segmentKey(private, now.ID)
		if err != nil {
			return err
		}
		defer newKey.Wipe()
		segments, err := tx.SearchSegments(ctx, was.ID)
		if err != nil {
			return err
		}
		for _, g := range segments {
			if g, err = tx.SearchSegment(ctx, g.ID); err != nil {
				return err
			}
			body, err := oldKey.Open(s.segmentAAD(was.ID, g.ID), g.Body)
			if err != nil {
				return fault.Wrap(fault.Internal, "search.segment", err)
			}
			g.Index, g.Body, g.Seq = now.ID, newKey.Seal(s.segmentAAD(now.ID, g.ID), body), was.Sequence
			if err := tx.ResealSearchSegment(ctx, g); err != nil {
				return err
			}
		}
		for after := int64(0); ; {
			page, err := tx.LooseEntries(ctx, was.ID, after, foldAt)
			if err != nil {
				return err
			}
			for _, e := range page {
				after = e.Seq
				record, err := old.Open([]byte(infoEntry), s.entryAAD(was.ID, e.Case), e.Body)
				if err != nil {
					return fault.Wrap(fault.Internal, "search.entry", err)
				}
				sealed, err := now.Public.Seal([]byte(infoEntry), s.entryAAD(now.ID, e.Case), record)
				if err != nil {
					return err
				}
				if err := tx.ResealSearchEntry(ctx, e.Case, sealed); err != nil {
					return err
				}
			}
			if len(page) < foldAt {
				return tx.MoveSearchEntries(ctx, was.ID, now.ID)
			}
		}
	})
}

// Build makes findable what the bearer's desk holds and was written down before there was an index: cases after one, at
// most limit of them, each opened and in the log. It returns how many were put in, and the case to go on after; empty: none
// is left.
//
// It fails as [Service.Rotate], and as opening a case does.
func (s *Service) Build(ctx context.Context, by keyring.Bearer, after id.Case, limit int) (put int, next id.Case, err error) {
	on := access.Resource{Noun: "case", Realm: by.Realm, Desk: by.Desk}
	if err := access.Check(by.Actor, access.ReindexCase, on); err != nil {
		return 0, "", err
	}
	if limit < 1 || limit > 200 {
		return 0, "", fault.New(fault.Invalid, "search.field").With("field", "limit")
	}
	var page []casefile.Case
	err = s.Read(ctx, func(tx Tx) (err error) {
		page, err = tx.CasesAt(ctx, by.Desk, "", casefile.Filter{After: after, Limit: limit})
		return err
	})
	if err != nil {
		return 0, "", err
	}
	for _, c := range page {
		did, err := s.build(ctx, by, c.ID)
		if err != nil {
			return put, "", err
		}
		if did {
			put++
		}
		next = c.ID
	}
	if len(page) < limit {
		next = ""
	}
	return put, next, nil
}

func (s *Service) build(ctx context.Context, by keyring.Bearer, c id.Case) (bool, error) {
	known := false
	err := s.Read(ctx, func(tx Tx) error {
		_, err := tx.SearchEntry(ctx, c)
		if known = err == nil; fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	})
	if err != nil || known {
		return false, err
	}
	did := false
	err = s.Write(ctx, audit.Saw(by.Actor, access.ReindexCase, string(c)).In(c).For("build"), func(tx Tx) error {
		did = false
		at, err := person.MayIn(ctx, tx, by.Actor, access.ReindexCase, c, s.now())
		if err != nil {
			return err
		}
		k, err := s.Keys.TendCaseIn(ctx, tx, by, c)
		if err != nil {
			return err
		}
		kept, err := s.Persons.ReadIn(ctx, tx, k)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		did = true
		return s.PutIn(ctx, tx, at, kept.Person)
	})
	return did, err
}
