package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/keyring"
)

// NotArrived says that she did not come.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], as [May] does, with [fault.Invalid] for a code
// that is not on its list, and with [fault.Stale] if the referral has moved on since it was read.
func (s *Service) NotArrived(ctx context.Context, by keyring.Bearer, at At, reason Code) (Row, error) {
	return s.step(ctx, by, access.NotArrivedReferral, at, Event{Transition: NotArrived, Reason: reason}, "")
}
