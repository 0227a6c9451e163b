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

// Build makes findable what the bearer's desk holds and was written down before there was an index: cases after one, at
// most limit of them, each opened and in the log. It returns how many were put in, and the case to go on after; empty: none
// is left.
//
// It fails as [Service.Rotate], and as opening a case does.
func (s *Service) Build(ctx context.Context, by keyring.Bearer, after id.Case, limit int) (put int, next id.Case, err error) {
	if err := may(by, access.ReindexCase); err != nil {
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
