package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Decline says that the receiving desk cannot take her, why, and who could.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], as [May] does, with [fault.Invalid] for a code
// that is not on its list, and with [fault.Stale] if the referral has moved on since it was read.
func (s *Service) Decline(ctx context.Context, by keyring.Bearer, at At, reason Code, instead Alternative, text string) (Row, error) {
	return s.step(ctx, by, access.DeclineReferral, at, Event{Transition: Declined, Reason: reason, Alternative: instead}, text)
}
