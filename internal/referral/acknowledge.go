package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Acknowledge says that a person at the receiving desk has taken notice of the request.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], as [May] does, with [fault.Invalid] for a code
// that is not on its list, and with [fault.Stale] if the referral has moved on since it was read.
func (s *Service) Acknowledge(ctx context.Context, by keyring.Bearer, at At) (Row, error) {
	return s.step(ctx, by, access.AcknowledgeReferral, at, Event{Transition: Acknowledged}, "")
}
