package duplicate

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Shown is a merge with both files as they are now: Here is the one that is worked with, There the one that leads to it.
type Shown struct {
	Merge
	Comparison
	Why   []Said  // what was said about this merge, the newest first
	Later []Later // of one that stands: what was written since in the file that is worked with
}

// Show opens a merge for who may decide about it: both files side by side, what was said, and what was written since. Both openings are
// recorded.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.NotFound] if either case is erased, and [fault.Locked] without
// keys.
func (s *Service) Show(ctx context.Context, by keyring.Bearer, merge id.Record) (Shown, error) {
	var out Shown
	entry := func(c id.Case) audit.Entry {
		return audit.Saw(by.Actor, access.ReadCase, string(c)).In(c).For("duplicate")
	}
	err := s.under(ctx, by, access.MergeCase, merge, entry, func(p *pair, m Merge) error {
		out.Merge = m
		var err error
		if out.Comparison, err = s.compareIn(ctx, p); err != nil {
			return err
		}
		if m.State == Proposed {
			if out.Against, err = refusal(s.leadable(ctx, p)); err != nil {
				return err
			}
		}
		if m.State == Merged {
			if out.Later, err = later(ctx, p.tx, m); err != nil {
				return err
			}
		}
		records, _, err := p.k.ListIn(ctx, p.tx, Kind)
		if err != nil {
			return err
		}
		for _, r := range slices.Backward(records) {
			var x Said
			if err := frame.Decode(r.Body, keyring.MaxRecord, &x); err != nil {
				return fault.Wrap(fault.Internal, "duplicate.kept", err)
			}
			if x.Merge == m.ID {
				out.Why = append(out.Why, x)
			}
		}
		return nil
	})
	return out, err
}
