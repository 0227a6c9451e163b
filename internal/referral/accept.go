package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Accept says that the receiving desk will take her. The sender's node then releases the bundle.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], as [May] does, with [fault.Invalid] for a code
// that is not on its list, and with [fault.Stale] if the referral has moved on since it was read.
func (s *Service) Accept(ctx context.Context, by keyring.Bearer, at At) (Row, error) {
	return s.step(ctx, by, access.AcceptReferral, at, Event{Transition: Accepted}, "")
}
