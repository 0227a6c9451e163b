package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
)

// ClosingIn is asked before a case is closed or erased: not while a referral of it is under way, because its loop
// would never close.
//
// It fails with [fault.Conflict] "referral.case-open".
func (s *Service) ClosingIn(ctx context.Context, over casefile.Tx, c casefile.Case) error {
	tx, ok := over.(Tx)
	if !ok {
		return fault.New(fault.Internal, "referral.wiring")
	}
	all, err := tx.ReferralsOfCase(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.Holds() {
			return fault.New(fault.Conflict, "referral.case-open").With("reference", r.Reference)
		}
	}
	return nil
}
