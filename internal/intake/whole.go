package intake

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
)

// Report is what became of a table as a whole. It repeats nothing of what stands in it but heads of columns.
type Report struct {
	Run     Run       `json:"run"`
	Empty   int64     `json:"empty"`
	Said    []Outcome `json:"said"` // of rows of which there is something to say, the first [MostSaid]
	Unsaid  int64     `json:"unsaid"`
	Confirm bool      `json:"confirm"` // nothing of it was kept yet
}

// MostSaid is of how many rows a report says something.
const MostSaid = 200

// Whole takes a table as a whole as cases of the desk, or says what would become of it and keeps nothing of it but numbers. What was
// taken when something fails stays taken, and is known the next time.
//
// It fails as [Service.Begin] and [Service.Take], with [fault.TooLarge] "intake.upload.large", with [fault.Invalid]
// "intake.upload.head", and as package sheet for what is no table.
func (s *Service) Whole(ctx context.Context, who access.Actor, in Upload, dry bool) (Report, error) {
	if err := may(who, Cases); err != nil {
		return Report{}, err
	}
	head, rows, empty, err := in.whole()
	if err != nil {
		return Report{}, err
	}
	r, err := s.Begin(ctx, who, Order{Kind: Cases, Mapping: in.Mapping, Columns: head, Dry: dry})
	if err != nil {
		return Report{}, err
	}
	out := Report{Empty: empty, Said: []Outcome{}, Confirm: dry}
	for batch := range slices.Chunk(rows, MostCases) {
		all, err := s.Take(ctx, who, Cases, r.ID, batch)
		if err != nil {
			return Report{}, err
		}
		for _, o := range all {
			switch {
			case o.Key == "":
			case len(out.Said) < MostSaid:
				out.Said = append(out.Said, o)
			default:
				out.Unsaid++
			}
		}
	}
	out.Run, err = s.End(ctx, who, Cases, r.ID)
	out.Run.Reading = nil
	return out, err
}
