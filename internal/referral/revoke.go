package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Revoke takes a referral back before the handover. A bundle that waits is destroyed.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], as [May] does, with [fault.Invalid] for a code
// that is not on its list, and with [fault.Stale] if the referral has moved on since it was read.
func (s *Service) Revoke(ctx context.Context, by keyring.Bearer, at At, reason Code) (Row, error) {
	return s.step(ctx, by, access.RevokeReferral, at, Event{Transition: Revoked, Reason: reason}, "")
}
