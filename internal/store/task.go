package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/sorting"
	"github.com/opentrm/opentrm/internal/store/rows"
	"github.com/opentrm/opentrm/internal/task"
)

var _ task.HandTx = (*Tx)(nil)

const maxChain = 4 << 10 // bytes of the escalation of a task

// AddTask keeps a new task.
func (tx *Tx) AddTask(ctx context.Context, t task.Task) error {
	chain, err := encodeChain(t.Chain)
	if err != nil {
		return err
	}
	return explain(tx.q.AddTask(ctx, rows.AddTaskParams{
		ID: string(t.ID), Desk: string(t.Desk), UserID: string(t.User), Realm: string(t.Realm), Kind: t.Kind,
		Object: t.Object, Reference: t.Reference, Urgent: t.Urgent, Remind: int64(t.Remind), Due: int64(t.Due),
		Chain: chain, Step: int64(t.Step), Reminded: int64(t.Reminded), Deputy: string(t.Deputy),
		Coordinator: string(t.Coordinator), State: string(t.State), Made: int64(t.Made), Ended: int64(t.Ended),
		Next: int64(t.Next), Version: t.Version,
	}))
}

// SetTask replaces what changes in a task.
//
// It fails with [fault.Stale] if another version is stored.
func (tx *Tx) SetTask(ctx context.Context, t task.Task) error {
	chain, err := encodeChain(t.Chain)
	if err != nil {
		return err
	}
	n, err := tx.q.SetTask(ctx, rows.SetTaskParams{
		ID: string(t.ID), Remind: int64(t.Remind), Due: int64(t.Due), Chain: chain, Step: int64(t.Step),
		Reminded: int64(t.Reminded), Deputy: string(t.Deputy), Coordinator: string(t.Coordinator),
		State: string(t.State), Ended: int64(t.Ended), Next: int64(t.Next), Version: t.Version,
	})
	if err == nil && n == 0 {
		return fault.New(fault.Stale, "store.task.version")
	}
	return explain(err)
}

func encodeChain(chain []task.Rung) ([]byte, error) {
	if chain == nil {
		chain = []task.Rung{}
	}
	return frame.Encode(chain)
}

func taskOf(r rows.Task) (task.Task, error) {
	t := task.Task{
		ID: id.Task(r.ID), Desk: id.Desk(r.Desk), User: id.User(r.UserID), Realm: access.Realm(r.Realm), Kind: r.Kind,
		Object: r.Object, Reference: r.Reference, Urgent: r.Urgent,
		Clock: task.Clock{Remind: frame.Time(r.Remind), Due: frame.Time(r.Due)}, Step: task.Step(r.Step),
		Reminded: frame.Time(r.Reminded), Deputy: id.Desk(r.Deputy), Coordinator: id.Desk(r.Coordinator),
		State: task.State(r.State), Made: frame.Time(r.Made), Ended: frame.Time(r.Ended), Next: frame.Time(r.Next),
		Version: r.Version,
	}
	if err := frame.Decode(r.Chain, maxChain, &t.Chain); err != nil {
		return task.Task{}, fault.Wrap(fault.Internal, "store.task.chain", err)
	}
	return t, nil
}

func tasksOf(all []rows.Task, err error) ([]task.Task, error) {
	if err != nil {
		return nil, explain(err)
	}
	out := make([]task.Task, len(all))
	for i, r := range all {
		if out[i], err = taskOf(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Task returns one task.
//
// It fails with [fault.NotFound] if there is none.
func (tx *Tx) Task(ctx context.Context, t id.Task) (task.Task, error) {
	r, err := tx.q.Task(ctx, string(t))
	if err != nil {
		return task.Task{}, explain(err)
	}
	return taskOf(r)
}

// OpenTasks returns the open tasks about an object, in order of their identifiers.
func (tx *Tx) OpenTasks(ctx context.Context, object, kind string) ([]task.Task, error) {
	all, err := tx.q.OpenTasks(ctx, rows.OpenTasksParams{Object: object, Kind: kind})
	return tasksOf(all, err)
}

// DueTasks returns tasks about which something has to be done, after a place in their order.
func (tx *Tx) DueTasks(ctx context.Context, now, next frame.Time, after id.Task, limit int) ([]task.Task, error) {
	all, err := tx.q.DueTasks(ctx, rows.DueTasksParams{
		Now: int64(now), AfterNext: int64(next), AfterID: string(after), Many: int32(limit),
	})
	return tasksOf(all, err)
}

// Tasks returns what is wanted, in order of identifiers. What is open is found by an index; of what is not, every task that was
// ever made after the one named is looked at until there are enough.
func (tx *Tx) Tasks(ctx context.Context, w task.Wanted) ([]task.Task, error) {
	if w.State != task.Open {
		all, err := tx.q.Tasks(ctx, rows.TasksParams{
			Realm: string(w.Realm), State: string(w.State), After: string(w.After), Kind: w.Kind, Object: w.Object, Reference: w.Reference,
			UserID: string(w.User), Desk: string(w.Desk), Many: int32(w.Limit),
		})
		return tasksOf(all, err)
	}
	found, err := tx.openTasks(ctx, w)
	if err != nil {
		return nil, err
	}
	sorting.By(found, func(a, b rows.Task) int { return cmp.Compare(a.ID, b.ID) })
	found = slices.CompactFunc(found, func(a, b rows.Task) bool { return a.ID == b.ID })
	return tasksOf(found[:min(len(found), w.Limit)], nil)
}

// WaitingTasks counts the open tasks of each desk that has one.
func (tx *Tx) WaitingTasks(ctx context.Context, now frame.Time, w task.Wanted) ([]task.Load, error) {
	found, err := tx.q.WaitingTasks(ctx, rows.WaitingTasksParams{Now: int64(now), Realm: string(w.Realm), Desk: string(w.Desk), UserID: string(w.User)})
	all := make([]task.Load, 0, len(found))
	for _, r := range found {
		all = append(all, task.Load{Desk: id.Desk(r.Desk), Open: r.N, Late: r.Late, Since: frame.Time(r.Since)})
	}
	return all, explain(err)
}

// openTasks returns the rows of what is wanted, those of one desk perhaps twice, in no order.
func (tx *Tx) openTasks(ctx context.Context, w task.Wanted) (found []rows.Task, err error) {
	p := rows.OpenTasksAtParams{
		Desk: string(w.Desk), Realm: string(w.Realm), After: string(w.After), Kind: w.Kind, UserID: string(w.User), Many: int32(w.Limit),
	}
	switch {
	case w.Object != "" || w.Reference != "":
		var all []rows.Task
		if w.Object != "" {
			all, err = tx.q.OpenTasks(ctx, rows.OpenTasksParams{Object: w.Object, Kind: w.Kind})
		} else {
			all, err = tx.q.OpenTasksCalled(ctx, rows.OpenTasksCalledParams{Reference: w.Reference, Kind: w.Kind})
		}
		return slices.DeleteFunc(all, func(t rows.Task) bool {
			here := p.Desk == "" || t.Desk == p.Desk || t.Deputy == p.Desk || t.Coordinator == p.Desk
			here = here && (w.Reference == "" || t.Reference == w.Reference)
			return !here || t.Realm != p.Realm || t.ID <= p.After || p.UserID != "" && t.UserID != p.UserID
		}), explain(err)
	case w.Desk != "":
		for _, ask := range []func() ([]rows.Task, error){
			func() ([]rows.Task, error) { return tx.q.OpenTasksAt(ctx, p) },
			func() ([]rows.Task, error) { return tx.q.OpenTasksForDeputy(ctx, rows.OpenTasksForDeputyParams(p)) },
			func() ([]rows.Task, error) {
				return tx.q.OpenTasksForCoordinator(ctx, rows.OpenTasksForCoordinatorParams(p))
			},
		} {
			some, err := ask()
			if err != nil {
				return nil, explain(err)
			}
			found = append(found, some...)
		}
		return found, nil
	case w.User != "":
		found, err = tx.q.OpenTasksOf(ctx, rows.OpenTasksOfParams{UserID: p.UserID, Realm: p.Realm, After: p.After, Kind: p.Kind, Many: p.Many})
	default:
		found, err = tx.q.OpenTasksIn(ctx, rows.OpenTasksInParams{Realm: p.Realm, After: p.After, Kind: p.Kind, Many: p.Many})
	}
	return found, explain(err)
}

// Superiors returns who answers when a desk is silent, empty where nobody is named.
func (tx *Tx) Superiors(ctx context.Context, desk id.Desk) (deputy, coordinator id.Desk, err error) {
	d, err := tx.Desk(ctx, desk)
	if fault.Is(explain(err), fault.NotFound) {
		return "", "", nil
	}
	return d.Deputy, d.Coordinator, err
}
