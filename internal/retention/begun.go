package retention

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
)

// mostBegun is how many drafts of a desk are looked through for those of one person.
const mostBegun = 5 * perTurn

// Begun is a draft that nobody has finished: of which case, and when the node erases it if nobody goes on. It does not say what it is.
type Begun struct {
	Case      id.Case
	Reference id.Reference
	Saved     frame.Time
	Ends      frame.Time // 0: not by itself
}

// Drafts returns what was begun in the cases that somebody may fill in at her desk and was not finished, what ends first first, at most limit.
// It opens nothing.
//
// It fails with [fault.Denied] for whoever fills in no forms, and as the storage fails.
func (s *Service) Drafts(ctx context.Context, who access.Actor, limit int) ([]Begun, error) {
	if len(access.ScopeOf(who, access.FillCase)) == 0 {
		return nil, access.Check(who, access.FillCase, access.Resource{Noun: "case"})
	}
	var out []Begun
	err := s.Read(ctx, func(tx Tx) error {
		var since frame.Time
		var after id.Compartment
		for seen := 0; seen < mostBegun && len(out) < limit; seen += perTurn {
			all, err := tx.Spaces(ctx, profile.ClassDraft, who.Realm, who.Desk, since, after, perTurn)
			if err != nil {
				return err
			}
			for _, c := range all {
				since, after = c.Saved, c.ID
				if _, err := person.MayIn(ctx, tx, who, access.FillCase, c.Case, s.now()); fault.Is(err, fault.Hidden) || fault.Is(err, fault.Denied) {
					continue
				} else if err != nil {
					return err
				}
				row, err := tx.Case(ctx, c.Case)
				if err != nil {
					return err
				}
				b := Begun{Case: row.ID, Reference: row.Reference, Saved: c.Saved}
				if b.Ends, err = s.EndsIn(ctx, tx, c); err != nil {
					return err
				}
				if out = append(out, b); len(out) == limit {
					return nil
				}
			}
			if len(all) < perTurn {
				return nil
			}
		}
		return nil
	})
	return out, err
}
