package publication

import (
	"cmp"
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// List returns the current version of publications, in order of identifiers.
//
// It fails with [fault.Denied], and with [fault.Invalid] "publication.limit".
func (s *Service) List(ctx context.Context, who access.Actor, f Filter) ([]Kept, error) {
	if err := access.Check(who, access.ReadPublication, office("")); err != nil {
		return nil, err
	}
	if f.Limit < 0 || f.Limit > pageMax {
		return nil, fault.New(fault.Invalid, "publication.limit")
	}
	f.Limit = cmp.Or(f.Limit, pageDefault)
	var all []Kept
	err := s.Read(ctx, func(tx Tx) (err error) {
		all, err = tx.Publications(ctx, f)
		return err
	})
	return all, err
}

// Show returns every version of a publication, oldest first.
//
// It fails with [fault.Denied], and with [fault.NotFound] "publication.none".
func (s *Service) Show(ctx context.Context, who access.Actor, p id.Publication) ([]Kept, error) {
	if err := access.Check(who, access.ReadPublication, office("")); err != nil {
		return nil, err
	}
	var all []Kept
	err := s.Read(ctx, func(tx Tx) (err error) {
		all, err = tx.PublicationVersions(ctx, p)
		return err
	})
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "publication.none")
	}
	return all, err
}

// Forks returns the evidence against members whose nodes signed two records for one version or place.
//
// It fails with [fault.Denied].
func (s *Service) Forks(ctx context.Context, who access.Actor) ([]Fork, error) {
	if err := access.Check(who, access.ReadPublication, office("")); err != nil {
		return nil, err
	}
	var all []Fork
	err := s.Read(ctx, func(tx Tx) (err error) {
		all, err = tx.PublicationForks(ctx)
		return err
	})
	return all, err
}
