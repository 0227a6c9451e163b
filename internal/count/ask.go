package count

import (
	"context"

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
	a := Asked{Run: row.ID, Desk: r.Desk, Reference: sheet.Population[len(sheet.Population)-len("20260101-20261231"):]}
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
