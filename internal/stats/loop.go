package stats

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
)

// MeasureLoops works out what is measured of referrals, by country pair, as they stand today. No reference, no content, no demographics.
//
// It fails with [fault.Denied] if who may not count referrals, and as [MeasureAll].
func (s *Service) MeasureLoops(ctx context.Context, who access.Actor) ([]Measured, error) {
	if err := access.Check(who, access.BoardReferral, access.Resource{Noun: "referral", Realm: access.Assistance}); err != nil {
		return nil, err
	}
	loops, err := s.Loops(ctx, who)
	if err != nil {
		return nil, err
	}
	year := s.Now().UTC().Year()
	return MeasureAll(year, year, Sources{Loops: append([]Loop{}, loops...)})
}
