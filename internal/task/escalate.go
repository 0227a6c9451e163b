package task

import (
	"context"
	"errors"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

const batch = 100 // tasks read at a time

// Escalate reminds and takes every step whose time has come. It runs unattended, on any number of replicas
// at once, and returns how many tasks it moved. A task that cannot be moved does not hold up the others:
// the failures are returned together, and it is tried again the next time.
func (s *Service) Escalate(ctx context.Context) (int, error) {
	var (
		moved  int
		failed []error
		from   frame.Time
		after  id.Task
	)
	now := s.now()
	for {
		var page []Task
		err := s.Read(ctx, func(tx Tx) (err error) {
			page, err = tx.DueTasks(ctx, now, from, after, batch)
			return err
		})
		if err != nil {
			return moved, errors.Join(append(failed, err)...)
		}
		for _, t := range page {
			did, err := s.climb(ctx, t.ID, now)
			if err != nil {
				failed = append(failed, err)
			} else if did {
				moved++
			}
			from, after = t.Next, t.ID
		}
		if len(page) < batch {
			return moved, errors.Join(failed...)
		}
	}
}

// climb takes the steps of one task in one transaction. Another replica may have been first; then nothing
// is written.
func (s *Service) climb(ctx context.Context, task id.Task, now frame.Time) (bool, error) {
	nothing := fault.New(fault.Conflict, "task.moved")
	entry := audit.Did(access.Node(s.Member), access.MakeTask, string(task)).For("task.escalate")
	err := s.Write(ctx, entry, func(tx Tx) error {
		t, err := tx.Task(ctx, task)
		if err != nil {
			return err
		}
		if t.State != Open || t.Next == 0 || t.Next > now {
			return nothing
		}
		steps, remind := due(t, now)
		if remind {
			if err := s.Tell(ctx, tx, Tell{Task: t, Desk: t.Desk, User: t.User, What: Reminder}); err != nil {
				return err
			}
		}
		for _, step := range steps {
			if step <= t.Step {
				continue // the one before had nobody and passed here already
			}
			if t, err = s.take(ctx, tx, t, step); err != nil {
				return err
			}
		}
		t.Reminded = now
		t.Next = next(t)
		return tx.SetTask(ctx, t)
	})
	if errors.Is(err, nothing) {
		return false, nil
	}
	return err == nil, err
}

// take passes t on to a step, and further up this side where nobody is named; the other side hears of it at its own
// time only. It returns t at the step reached.
func (s *Service) take(ctx context.Context, tx Tx, t Task, step Step) (Task, error) {
	deputy, coordinator, err := tx.Superiors(ctx, t.Desk)
	if err != nil {
		return Task{}, err
	}
	t.Step = step
	if _, asked := rung(t, Abroad); step == Abroad && s.Abroad != nil && asked {
		if told, err := s.Abroad(ctx, tx, t); told || err != nil {
			return t, err
		}
	}
	for ; step <= AtCoordinator; step++ {
		t.Step = step
		to := deputy
		if step == AtCoordinator {
			to = coordinator
		}
		if to == "" || to == t.Desk {
			continue
		}
		if step == AtDeputy {
			t.Deputy = to
		} else {
			t.Coordinator = to
		}
		return t, s.Tell(ctx, tx, Tell{Task: t, Desk: to, What: Breach})
	}
	return t, s.Tell(ctx, tx, Tell{Task: t, Desk: t.Desk, User: t.User, What: Breach})
}

// SilentIn takes the next step at once, because a notice about the task could be told to nobody at a desk:
// a failed notification counts as silence. It does nothing if the task has ended, or has been passed on
// from that desk already. The other side is not told before the turn of the step that failed.
func (s *Service) SilentIn(ctx context.Context, tx Tx, task id.Task, desk id.Desk) error {
	t, err := tx.Task(ctx, task)
	if fault.Is(err, fault.NotFound) {
		return nil // the notice was about something else
	}
	if err != nil {
		return err
	}
	if t.State != Open || t.Step == Abroad || holder(t) != desk {
		return nil
	}
	if later, ok := sooner(t, s.now()); ok {
		return tx.SetTask(ctx, later)
	}
	if t, err = s.take(ctx, tx, t, t.Step+1); err != nil {
		return err
	}
	t.Next = next(t)
	return tx.SetTask(ctx, t)
}

// holder returns the desk that was told last.
func holder(t Task) id.Desk {
	switch t.Step {
	case AtDeputy:
		return t.Deputy
	case AtCoordinator:
		return t.Coordinator
	}
	return t.Desk
}
