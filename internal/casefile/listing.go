package casefile

import (
	"cmp"
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Listed is a release with the reference of the case that it comes from, and nothing of what is in it.
type Listed struct {
	Release
	Reference id.Reference
}

// Releases returns at most limit releases to the desk of who that are in force, newest first, after the one named; an
// empty name is the beginning. It opens nothing.
//
// It fails with [fault.Denied] for actors to whose desk nothing can be released, and [fault.Invalid] for a limit
// outside 1 to 200.
func (s *Service) Releases(ctx context.Context, who access.Actor, after id.Record, limit int) ([]Listed, error) {
	if limit < 1 || limit > 200 {
		return nil, bad("limit")
	}
	if len(access.ScopeOf(who, access.KnowRelease)) == 0 || who.Desk == "" {
		return nil, fault.New(fault.Denied, "access.denied")
	}
	var out []Listed
	err := s.Read(ctx, func(tx Tx) error {
		all, err := tx.ReleasesTo(ctx, who.Desk)
		if err != nil {
			return err
		}
		sorting.Stable(all, func(a, b Release) int {
			return cmp.Or(cmp.Compare(b.Made, a.Made), cmp.Compare(a.ID, b.ID))
		})
		if i := slices.IndexFunc(all, func(r Release) bool { return r.ID == after }); i >= 0 {
			all = all[i+1:]
		}
		out, err = s.known(ctx, tx, who, all, limit)
		return err
	})
	return out, err
}

// ReleasesOf returns what of a case was released to the prosecution, or waits for a second person, newest first. It opens nothing.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check].
func (s *Service) ReleasesOf(ctx context.Context, who access.Actor, c id.Case) ([]Release, error) {
	var all []Release
	err := s.Read(ctx, func(tx Tx) error {
		if _, err := s.mayIn(ctx, tx, who, access.KnowCase, c); err != nil { // who may not know of the case learns nothing by asking for this
			return err
		}
		if _, err := person.MayIn(ctx, tx, who, access.ByOrderRelease, c, s.now()); err != nil {
			return err
		}
		var err error
		all, err = tx.ReleasesOf(ctx, c)
		slices.Reverse(all)
		return err
	})
	return all, err
}

// known keeps what the policies let who know of.
func (s *Service) known(ctx context.Context, tx Tx, who access.Actor, all []Release, limit int) ([]Listed, error) {
	var out []Listed
	for _, r := range all {
		if len(out) == limit {
			break
		}
		_, err := s.mayOn(ctx, tx, who, access.KnowRelease, r.ID)
		if fault.Is(err, fault.Hidden) || fault.Is(err, fault.Denied) {
			continue
		}
		if err != nil {
			return nil, err
		}
		c, err := tx.Case(ctx, r.Case)
		if err != nil {
			return nil, err
		}
		out = append(out, Listed{r, c.Reference})
	}
	return out, nil
}
