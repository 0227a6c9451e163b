package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// OfCase returns the ends of a case that who may know of, in the order of their identifiers: codes and times, no content. Whether each is
// over is in its status.
//
// It fails as the storage fails. Of a case that who may not know, or that does not exist, she gets an empty list.
func (s *Service) OfCase(ctx context.Context, who access.Actor, c id.Case) ([]Row, error) {
	var out []Row
	err := s.Read(ctx, func(tx Tx) error {
		all, err := tx.ReferralsOfCase(ctx, c)
		if err != nil {
			return err
		}
		out = nil
		for _, r := range all {
			err := access.Check(who, access.KnowReferral, resource(r, who))
			if fault.Is(err, fault.Hidden) || fault.Is(err, fault.Denied) {
				continue
			}
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	return out, err
}

// Holds reports whether the case cannot be closed while this end stands as it does: it is on its way, and nobody has completed or ended it.
func (r Row) Holds() bool {
	return !r.Status.Ended() && !r.Status.Local() && r.Status != Completed
}
