package casefile

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// MostOpenings is how many openings are shown at most.
const MostOpenings = 1000

// Opened says that somebody with a function opened a case on a day. It names nobody.
type Opened struct {
	Day  int64       `json:"day"` // since 1970, in UTC
	Role access.Role `json:"role"`
}

// Date returns the day as text, "2026-11-23".
func (o Opened) Date() string { return time.Unix(o.Day*24*60*60, 0).UTC().Format(time.DateOnly) }

// Openings shows by which functions and on which days a case was opened, newest first: what she whom it is about may
// know, and what somebody at her desk tells her. It opens nothing and needs no keys. What was opened in the last minutes
// may not be counted yet.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], and with [fault.NotFound] if the case is erased.
func (s *Service) Openings(ctx context.Context, who access.Actor, c id.Case) ([]Opened, error) {
	var all []Opened
	err := s.Write(ctx, audit.Saw(who, access.OpeningsCase, string(c)).For("openings"), func(tx Tx) error {
		row, err := s.mayIn(ctx, tx, who, access.OpeningsCase, c)
		if err != nil {
			return err
		}
		if row.State == Erased {
			return fault.New(fault.NotFound, "case.erased")
		}
		all, err = tx.Openings(ctx, c, MostOpenings)
		return err
	})
	return all, err
}
