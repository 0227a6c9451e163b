package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Ask asks the sending desk for information; the words are sealed to it.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], as [May] does, with [fault.Invalid] for a code
// that is not on its list, and with [fault.Stale] if the referral has moved on since it was read.
func (s *Service) Ask(ctx context.Context, by keyring.Bearer, at At, reason Code, text string) (Row, error) {
	return s.step(ctx, by, access.AskReferral, at, Event{Transition: InformationRequested, Reason: reason}, text)
}
