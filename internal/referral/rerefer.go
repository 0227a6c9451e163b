package referral

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// ReRefer drafts a new referral of the same case to another desk, which names the old one. The old one must be over.
//
// It fails as [Service.Draft] does, and with [fault.Conflict] "referral.open" while the old one still runs.
func (s *Service) ReRefer(ctx context.Context, by keyring.Bearer, at At, in Drafting) (Row, error) {
	var old Row
	err := s.Read(ctx, func(tx Tx) (err error) {
		if old, err = s.mayIn(ctx, tx, by.Actor, access.ReReferReferral, at); err != nil {
			return err
		}
		if !old.Status.Ended() && old.Status != Completed {
			return fault.New(fault.Conflict, "referral.open")
		}
		return nil
	})
	if err != nil {
		return Row{}, err
	}
	in.Continues, in.Request.Form, in.Request.Languages = old.ID, requestForm, append([]string{}, in.Request.Languages...)
	slices.Sort(in.Request.Needs)
	slices.Sort(in.Categories)
	if err := in.check(id.Address{Member: s.Member, Desk: by.Desk}, s.now()); err != nil {
		return Row{}, err
	}
	return s.begin(ctx, by, access.ReReferReferral, old.Case, in)
}
