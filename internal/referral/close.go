package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Close says that the sending desk has read the outcome: the loop is closed.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], as [May] does, with [fault.Invalid] for a code
// that is not on its list, and with [fault.Stale] if the referral has moved on since it was read.
func (s *Service) Close(ctx context.Context, by keyring.Bearer, at At) (Row, error) {
	return s.step(ctx, by, access.CloseReferral, at, Event{Transition: Closed}, "")
}
