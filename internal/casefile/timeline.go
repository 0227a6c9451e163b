package casefile

import (
	"cmp"
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Happening says that something was written down in a case: of which kind, when and by whom. It says nothing of what was written, which
// stays sealed.
type Happening struct {
	At      frame.Time
	Kind    string
	Record  id.Record
	By      id.User
	Changed bool // it was corrected since
}

// Timeline returns what was written down in a case, of the kinds that are asked for, newest first. It opens nothing and needs no keys. Only
// the desk of the case has it: what a desk to which something was released may not open, it does not learn of either.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], and with [fault.NotFound] if the case is erased.
func (s *Service) Timeline(ctx context.Context, who access.Actor, c id.Case, kinds []string) ([]Happening, error) {
	var all []Happening
	err := s.Write(ctx, audit.Saw(who, access.ReadCase, string(c)).In(c).For("timeline"), func(tx Tx) error {
		all = nil
		row, err := s.mayIn(ctx, tx, who, access.ReadCase, c)
		if err != nil {
			return err
		}
		if row.Desk != who.Desk {
			return fault.New(fault.Hidden, "access.hidden")
		}
		if row.State == Erased {
			return fault.New(fault.NotFound, "case.erased")
		}
		for _, kind := range kinds {
			rows, err := tx.Rows(ctx, c, kind)
			if err != nil {
				return err
			}
			for _, r := range rows {
				all = append(all, Happening{At: r.At, Kind: kind, Record: r.ID, By: r.By, Changed: r.Version > 1})
			}
		}
		return nil
	})
	sorting.By(all, func(a, b Happening) int { return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.Record, a.Record)) })
	return all, err
}
