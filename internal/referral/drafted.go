package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Drafted opens what stands in a draft that was not sent, for whoever looks at it once more before it leaves.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Conflict] "referral.transition" if it was sent, and
// [fault.Locked] without keys.
func (s *Service) Drafted(ctx context.Context, by keyring.Bearer, at At) (Row, Drafting, error) {
	c, err := s.caseOf(ctx, by.Actor, at)
	if err != nil {
		return Row{}, Drafting{}, err
	}
	var row Row
	var in Drafting
	err = s.Write(ctx, audit.Saw(by.Actor, access.ReadReferral, string(at.Referral)).In(c), func(tx Tx) error {
		if row, err = s.mayIn(ctx, tx, by.Actor, access.ReadReferral, at); err != nil {
			return err
		}
		if row.Side != Sender || !row.Status.Local() {
			return fault.New(fault.Conflict, "referral.transition").With("status", string(row.Status)).With("transition", string(Draft))
		}
		in, _, err = s.draftIn(ctx, tx, by, row)
		return err
	})
	return row, in, err
}
