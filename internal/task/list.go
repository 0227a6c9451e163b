package task

import (
	"cmp"
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/sorting"
)

const (
	pageDefault = 50
	pageMax     = 200
)

// List returns tasks that who may see, in the order in which they were made: those of her desk, those
// passed on to it, and her own. A coordinator sees all.
//
// It fails with [fault.Invalid] "task.limit" for a page that is too long. Who may see nothing gets an
// empty list.
func (s *Service) List(ctx context.Context, who access.Actor, f Filter) ([]Task, error) {
	if f.Limit < 0 || f.Limit > pageMax {
		return nil, fault.New(fault.Invalid, "task.limit")
	}
	if f.Limit == 0 {
		f.Limit = pageDefault
	}
	if f.State == "" {
		f.State = Open
	}
	var all []Task
	err := s.Read(ctx, func(tx Tx) error {
		all = nil
		for _, c := range access.ScopeOf(who, access.ListTask) {
			if c.Released != "" {
				continue
			}
			page, err := tx.Tasks(ctx, Wanted{
				Realm: c.Realm, Desk: c.Desk, User: c.Owner, State: f.State, Kind: f.Kind, Object: f.Object, Reference: f.Called,
				After: f.After, Limit: f.Limit,
			})
			if err != nil {
				return err
			}
			all = append(all, page...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	sorting.By(all, func(a, b Task) int { return cmp.Compare(a.ID, b.ID) })
	all = slices.CompactFunc(all, func(a, b Task) bool { return a.ID == b.ID })
	all = all[:min(f.Limit, len(all))]
	for i, t := range all {
		all[i] = t.seenBy(who)
	}
	return all, nil
}

// Waiting returns what waits at each desk, as far as who may know of it, in order of the desks: at her own, or at all for whom sees all.
// A desk at which nothing waits is not among them.
func (s *Service) Waiting(ctx context.Context, who access.Actor) ([]Load, error) {
	var all []Load
	err := s.Read(ctx, func(tx Tx) error {
		all = nil
		for _, c := range access.ScopeOf(who, access.ListTask) {
			if c.Released != "" {
				continue
			}
			some, err := tx.WaitingTasks(ctx, s.now(), Wanted{Realm: c.Realm, Desk: c.Desk, User: c.Owner})
			if err != nil {
				return err
			}
			for _, l := range some { // what two clauses show is the same desk, of which the wider counts more
				i, found := slices.BinarySearchFunc(all, l.Desk, func(x Load, d id.Desk) int { return cmp.Compare(x.Desk, d) })
				switch {
				case !found:
					all = slices.Insert(all, i, l)
				case l.Open > all[i].Open:
					all[i] = l
				}
			}
		}
		return nil
	})
	return all, err
}

// Show returns one task.
//
// It fails with [fault.Hidden] if who may not know that it exists, whether it does or not.
func (s *Service) Show(ctx context.Context, who access.Actor, task id.Task) (Task, error) {
	var t Task
	err := s.Read(ctx, func(tx Tx) (err error) {
		t, err = seen(ctx, tx, who, access.ReadTask, task)
		return err
	})
	return t.seenBy(who), err
}

// Done marks a task as done by hand, as it was read at a version.
//
// It fails with [fault.Hidden] if who may not know of it, whether it exists or not, with [fault.Denied] if she may not do it,
// with [fault.Conflict] "task.ended" if it is not open, and with [fault.Stale] if it changed since it was read: its deadline was
// moved, or it went on to the deputy.
func (s *Service) Done(ctx context.Context, who access.Actor, task id.Task, version int64) error {
	return s.Write(ctx, audit.Did(who, access.DoneTask, string(task)), func(tx Tx) error {
		t, err := seen(ctx, tx, who, access.DoneTask, task)
		if err != nil {
			return err
		}
		if t.State != Open {
			return fault.New(fault.Conflict, "task.ended")
		}
		if t.Version != version {
			return fault.New(fault.Stale, "store.task.version")
		}
		return s.end(ctx, tx, ended(t, Done, s.now()))
	})
}

// seen returns a task on which who may perform action. One that is missing is hidden, so that nobody can
// tell the two apart.
func seen(ctx context.Context, tx Tx, who access.Actor, action access.Action, task id.Task) (Task, error) {
	t, err := tx.Task(ctx, task)
	if fault.Is(err, fault.NotFound) {
		return Task{}, fault.Wrap(fault.Hidden, "access.hidden", err)
	}
	if err != nil {
		return Task{}, err
	}
	if err := access.Check(who, action, resource(t, who)); err != nil {
		return Task{}, err
	}
	return t, nil
}
