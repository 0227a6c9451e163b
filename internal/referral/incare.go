package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/keyring"
)

// InCare says that assistance has begun.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], as [May] does, with [fault.Invalid] for a code
// that is not on its list, and with [fault.Stale] if the referral has moved on since it was read.
func (s *Service) InCare(ctx context.Context, by keyring.Bearer, at At, happened frame.Time) (Row, error) {
	return s.step(ctx, by, access.InCareReferral, at, Event{Transition: InCare, Happened: happened}, "")
}
