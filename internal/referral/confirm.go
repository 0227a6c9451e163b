package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Confirm says that she has arrived: the handover, which only who has her can confirm.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], as [May] does, with [fault.Invalid] for a code
// that is not on its list, and with [fault.Stale] if the referral has moved on since it was read.
func (s *Service) Confirm(ctx context.Context, by keyring.Bearer, at At, happened frame.Time) (Row, error) {
	return s.step(ctx, by, access.ConfirmReferral, at, Event{Transition: HandedOver, Happened: happened}, "")
}
