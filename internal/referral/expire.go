package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
)

// Expire lets undecided referrals of this node expire whose time is over, and returns how many. It runs unattended and
// is the only way in which a referral expires.
//
// It fails as the storage fails; one that moved on meanwhile is left alone.
func (s *Service) Expire(ctx context.Context, limit int) (int, error) {
	node := access.Node(s.Member)
	var due []Row
	if err := s.Read(ctx, func(tx Tx) (err error) {
		due, err = tx.ReferralsExpiring(ctx, s.now(), limit)
		return err
	}); err != nil {
		return 0, err
	}
	n := 0
	for _, r := range due {
		if err := access.Check(node, access.ExpireReferral, resource(r, node)); err != nil {
			return n, err
		}
		err := s.Write(ctx, audit.Did(node, access.ExpireReferral, string(r.ID)), func(tx Tx) error {
			now, err := tx.Referral(ctx, r.ID, r.Desk)
			if err != nil {
				return err
			}
			_, _, err = s.take(ctx, tx, now, Event{Transition: Expired}, nil)
			return err
		})
		switch {
		case err == nil:
			n++
		case !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Unavailable): // or the node catches up after a restore
			return n, err
		}
	}
	return n, nil
}
