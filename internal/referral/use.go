package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// MayTellIn asks whether words about a referral may leave its end.
//
// It fails as [casefile.Service.MayUseIn].
func (s *Service) MayTellIn(ctx context.Context, tx Tx, r Row) error {
	return s.mayUseIn(ctx, tx, r.Case, r.Consent, r.Override)
}

// MayTell asks the same of who may see the end, for a file that another system reads.
//
// It fails with [fault.Hidden] as [Service.Show], and as [Service.MayTellIn].
func (s *Service) MayTell(ctx context.Context, who access.Actor, at At) error {
	return s.Read(ctx, func(tx Tx) error {
		r, err := s.mayIn(ctx, tx, who, access.KnowReferral, at)
		if err != nil {
			return err
		}
		return s.MayTellIn(ctx, tx, r)
	})
}

// mayUseIn asks whether anything of a case may leave under a consent or an override.
//
// It fails as [casefile.Service.MayUseIn].
func (s *Service) mayUseIn(ctx context.Context, tx Tx, c id.Case, under id.Consent, override bool) error {
	u := casefile.Use{Case: c}
	if override {
		o, err := tx.Override(ctx, under)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		u.Vital, u.Given = o.Basis == string(consent.VitalInterest), o.Approved
	} else {
		given, err := tx.Consent(ctx, under)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		u.Given = given.Given
	}
	return s.Cases.MayUseIn(ctx, tx, u)
}
