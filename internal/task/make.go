package task

import (
	"context"

	"github.com/opentrm/opentrm/internal/id"
)

// AddIn makes a task inside the transaction of what it is about.
//
// It fails with [fault.Invalid] and "task.field" naming the field, or "task.clock".
func (s *Service) AddIn(ctx context.Context, tx Tx, n New) (Task, error) {
	if err := n.check(); err != nil {
		return Task{}, err
	}
	t := restart(Task{
		ID: id.Ordered[id.Task](s.IDs), Desk: n.Desk, User: n.User, Realm: n.Realm, Kind: n.Kind, Object: n.Object,
		Reference: n.Reference, Urgent: n.Urgent, State: Open, Made: s.now(), Version: 1,
	}, n.Clock)
	if err := tx.AddTask(ctx, t); err != nil {
		return Task{}, err
	}
	if n.Announce {
		return t, s.Tell(ctx, tx, Tell{Task: t, Desk: t.Desk, User: t.User, What: NewWork})
	}
	return t, nil
}

// DoneIn marks the open tasks about an object as done, of one kind or of every kind if kind is empty, and
// returns how many there were. None is no failure: what is done early was not asked for yet.
func (s *Service) DoneIn(ctx context.Context, tx Tx, object, kind string) (int, error) {
	return s.endIn(ctx, tx, object, kind, Done)
}

// DropIn ends the open tasks about an object that nobody needs any more, as [Service.DoneIn] does.
func (s *Service) DropIn(ctx context.Context, tx Tx, object, kind string) (int, error) {
	return s.endIn(ctx, tx, object, kind, Dropped)
}

func (s *Service) endIn(ctx context.Context, tx Tx, object, kind string, state State) (int, error) {
	all, err := tx.OpenTasks(ctx, object, kind)
	if err != nil {
		return 0, err
	}
	for _, t := range all {
		if err := s.end(ctx, tx, ended(t, state, s.now())); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// FinishIn marks a task as done that the caller has just found open in this transaction.
func (s *Service) FinishIn(ctx context.Context, tx Tx, t Task) error {
	return s.end(ctx, tx, ended(t, Done, s.now()))
}

func (s *Service) end(ctx context.Context, tx Tx, t Task) error {
	if err := tx.SetTask(ctx, t); err != nil {
		return err
	}
	if s.End == nil {
		return nil
	}
	return s.End(ctx, tx, t.ID)
}

// MoveIn gives a task that the caller has just found open in this transaction a new clock, because the deadline was
// moved or started anew. It goes back to its desk.
//
// It fails with [fault.Invalid] "task.clock".
func (s *Service) MoveIn(ctx context.Context, tx Tx, t Task, c Clock) error {
	if err := c.Check(); err != nil {
		return err
	}
	return tx.SetTask(ctx, restart(t, c))
}

// HandIn gives a task that the caller has just found open in this transaction to another desk, because what it is about went there.
// The deadline stays; whoever hears of it when it is late is now above that desk.
//
// It fails with [fault.Stale] if the task has changed.
func (s *Service) HandIn(ctx context.Context, tx HandTx, t Task, to id.Desk) error {
	return tx.HandTask(ctx, handed(t, to))
}
