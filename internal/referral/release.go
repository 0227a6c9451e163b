package referral

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
)

// taken are the statuses in which the receiver desk has said that it takes her and needs to know who she is.
func taken() []Status {
	return []Status{Accepted, HandoverPlanned, NotArrived, HandedOver, InCare, Feedback}
}

// Takes reports whether the bundle of a sender may go, as far as the two desks are concerned.
func (r Row) Takes() bool { return slices.Contains(taken(), r.Status) && !r.Frozen }

// Release lets bundles go that could not when their acceptance came, because a consent was not valid yet by a clock
// that was wrong, a desk sheet had lapsed or a rule was not confirmed, and returns how many went. It runs unattended; what
// is asked is the same as at the acceptance.
//
// It fails as the storage fails.
func (s *Service) Release(ctx context.Context) (int, error) {
	var held []Row
	if err := s.Read(ctx, func(tx Tx) error {
		held = nil
		for _, st := range taken() {
			if err := pages(Wanted{Status: st}, func(w Wanted) ([]Row, error) { return tx.Referrals(ctx, w) }, func(r Row) error {
				if r.Side != Sender || r.Bundle == "" || r.Frozen {
					return nil
				}
				all, err := tx.OutOf(ctx, r.Bundle)
				if slices.ContainsFunc(all, func(o exchange.Out) bool { return o.State == exchange.OutHeld }) {
					held = append(held, r)
				}
				return err
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return 0, err
	}
	n := 0
	for _, r := range held {
		entry := audit.Did(access.Node(s.Member), access.DeliverExchange, string(r.ID)).For("release")
		err := s.Write(ctx, entry, func(tx Tx) error {
			now, err := tx.Referral(ctx, r.ID, r.Desk)
			if err != nil {
				return err
			}
			if !now.Takes() {
				return fault.New(fault.Conflict, "referral.ended") // it moved on meanwhile
			}
			return s.ReleaseIn(ctx, tx, now)
		})
		switch {
		case err == nil:
			n++
		case !stays(err):
			return n, err
		}
	}
	return n, nil
}

// stays reports whether err says that a bundle may not go, rather than that something is broken.
func stays(err error) bool {
	return fault.Is(err, fault.Denied) || fault.Is(err, fault.Conflict) || fault.Is(err, fault.Stale) || fault.Is(err, fault.Invalid)
}
