package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Supply answers a question of the receiving desk.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], as [May] does, with [fault.Invalid] for a code
// that is not on its list, and with [fault.Stale] if the referral has moved on since it was read.
func (s *Service) Supply(ctx context.Context, by keyring.Bearer, at At, text string) (Row, error) {
	return s.step(ctx, by, access.SupplyReferral, at, Event{Transition: InformationSupplied}, text)
}
