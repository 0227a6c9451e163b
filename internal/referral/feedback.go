package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Feedback tells how she is, so many days after the handover.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], as [May] does, with [fault.Invalid] for a code
// that is not on its list, and with [fault.Stale] if the referral has moved on since it was read.
func (s *Service) Feedback(ctx context.Context, by keyring.Bearer, at At, point int, outcome Code, text string) (Row, error) {
	return s.step(ctx, by, access.FeedbackReferral, at, Event{Transition: Feedback, Point: point, Outcome: outcome}, text)
}
