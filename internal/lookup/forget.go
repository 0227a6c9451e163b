package lookup

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/frame"
)

// The keys of the profile for how many days it is kept who asked how much, and what queries were made from.
const (
	logDays     = "lookup-log-days"
	openingDays = "lookup-opening-days"
)

// shorten forgets who asked how much, and what queries were made from, once the profile of the network keeps it no longer, and never what quotas still
// count. The audit log has its own period. A profile that names no period forgets nothing.
func (s *Service) shorten(ctx context.Context) (int, error) {
	before := func(days int64) frame.Time {
		if days < 1 {
			return 0
		}
		return s.now().Add(-time.Duration(max(days, 2)) * day)
	}
	log, opening := before(s.Law().Number(s.Member, logDays)), before(s.Law().Number(s.Member, openingDays))
	over := false
	err := s.Read(ctx, func(narrow Tx) error {
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		first, err := tx.LookupLog(ctx, 0, 1)
		if err != nil {
			return err
		}
		kept, err := tx.FirstLookupOpening(ctx)
		over = len(first) > 0 && first[0].At < log || kept != 0 && kept < opening
		return err
	})
	if err != nil || !over {
		return 0, err
	}
	n := int64(0)
	err = s.Write(ctx, audit.Did(access.Node(s.Member), access.ContinueLookup, string(s.Member)).For("shorten"), func(narrow Tx) error {
		tx, err := full(narrow)
		if err != nil {
			return err
		}
		n = 0
		for _, x := range []struct {
			forget func(context.Context, frame.Time) (int64, error)
			before frame.Time
		}{{tx.ForgetLookupLog, log}, {tx.ForgetLookupDemands, log}, {tx.ForgetLookupOpenings, opening}} {
			many, err := x.forget(ctx, x.before)
			if n += many; err != nil {
				return err
			}
		}
		return nil
	})
	return int(n), err
}
