package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Complete tells the outcome. next names the referral that follows; empty if none does.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], as [May] does, with [fault.Invalid] for a code
// that is not on its list, and with [fault.Stale] if the referral has moved on since it was read.
func (s *Service) Complete(ctx context.Context, by keyring.Bearer, at At, outcome Code, next id.Referral) (Row, error) {
	return s.step(ctx, by, access.CompleteReferral, at, Event{Transition: Completed, Outcome: outcome, Continues: next}, "")
}
