package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Plan sets the moment and the kind of place of the handover. The place itself is said in words, sealed, and so are the answers to the questions
// about it: each reader sees these in her own language.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], as [May] does, with [fault.Invalid] for a code
// that is not on its list, and with [fault.Stale] if the referral has moved on since it was read.
func (s *Service) Plan(ctx context.Context, by keyring.Bearer, at At, plan Planned, text string, answers ...Answer) (Row, error) {
	return s.step(ctx, by, access.PlanReferral, at, Event{Transition: HandoverPlanned, Planned: plan}, text, answers...)
}
