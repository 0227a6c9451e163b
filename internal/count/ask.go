package count

import (
	"context"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/veil"
)

// ask asks people for what is up to them in a run, and takes back what is not any more.
func (s *Service) ask(ctx context.Context, row Row, r Run) (int, error) {
	if s.Ask == nil || r.End != Going && s.now() > r.Over.Add(Grace) {
		return 0, nil
	}
	sheet, err := r.sheet()
	if err != nil {
		return 0, err
	}
	a := Asked{Run: row.ID, Reference: sheet.Population[len(sheet.Population)-len("20260101-20261231"):]}
	err = s.Read(ctx, func(tx Tx) error {
		c, err := s.gather(ctx, tx, &r, &sheet)
		if err != nil {
			return err
		}
		stage, seat := c.Stage(), veil.Seat{Of: s.Member}
		if r.End != Going || c.Ended() || !seat.Waits(c) || !veil.Attended(stage.Step) {
			return nil
		}
		a.Task = map[string]string{veil.StepJoin: TaskJoin, veil.StepCommit: TaskPrepare, veil.StepBatch: TaskEncrypt}[stage.Step]
		switch {
		case a.Task == TaskEncrypt:
			a.Desks = []id.Desk{r.Desk}
		case a.Task == TaskPrepare && r.Desk != "":
			if err := s.askDesks(ctx, tx, &r, row.ID, &sheet, &a); err != nil {
				return err
			}
		}
		if a.Since, a.Until = r.Heard, sheet.Until[stage.At]; stage.At > 0 {
			a.Since = s.now()
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return s.Ask(ctx, a)
}

// askDesks asks the desks whose part is missing for it, and when none is, the desk that puts them together.
func (s *Service) askDesks(ctx context.Context, tx Tx, r *Run, run string, sheet *veil.Sheet, a *Asked) error {
	scope, err := ScopeOf(sheet.Population)
	if err != nil {
		return err
	}
	all, err := sharing(ctx, tx, r, run, scope)
	if err != nil {
		return err
	}
	for _, d := range all {
		if !d.Done {
			a.Desks = append(a.Desks, d.Desk)
		}
	}
	if a.Task = TaskShare; len(a.Desks) == 0 {
		a.Task, a.Desks = TaskPrepare, []id.Desk{r.Desk}
	}
	return nil
}
