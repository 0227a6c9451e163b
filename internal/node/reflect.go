package node

import (
	"context"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/task"
)

// taskReflection is somebody's to look after: the recovery and reflection period of a case runs out.
const taskReflection = "case.reflection"

// reflecting makes the task of a period that runs, due when its last day is over, and ends it with the period. A case has
// one at a time.
func (n *Node) reflecting(ctx context.Context, narrow casefile.Tx, c casefile.Case, r casefile.Kept[casefile.Reflection]) error {
	tx, ok := narrow.(task.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	if !r.Value.Running() {
		_, err := n.Tasks.DoneIn(ctx, tx, string(c.ID), taskReflection)
		return err
	}
	remind, due, err := r.Value.Clock(n.Law())
	if err != nil {
		return err
	}
	_, err = n.Tasks.AddIn(ctx, tx, task.New{
		Desk: c.Desk, Realm: c.Realm, Kind: taskReflection, Object: string(c.ID), Reference: string(c.Reference),
		Clock: task.Clock{Due: due, Remind: remind},
	})
	return err
}

// taskRefusal is somebody's to ask: the day on which she may be asked again has come.
const taskRefusal = "case.refusal"

// refusing makes the task of asking her again. A case has one at a time, of the first day.
func (n *Node) refusing(ctx context.Context, narrow casefile.Tx, c casefile.Case, due frame.Time) error {
	tx, ok := narrow.(task.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	if _, err := n.Tasks.DoneIn(ctx, tx, string(c.ID), taskRefusal); err != nil || due == 0 {
		return err
	}
	_, err := n.Tasks.AddIn(ctx, tx, task.New{
		Desk: c.Desk, Realm: c.Realm, Kind: taskRefusal, Object: string(c.ID), Reference: string(c.Reference), Clock: task.Clock{Due: due},
	})
	return err
}

// closing asks the referrals, returns and transfers of a case that is closed, and ends what nobody has to do about it any more.
func (n *Node) closing(ctx context.Context, narrow casefile.Tx, c casefile.Case) error {
	if err := n.Referrals.ClosingIn(ctx, narrow, c); err != nil {
		return err
	}
	if err := n.Homecomings.ClosingIn(ctx, narrow, c); err != nil {
		return err
	}
	if err := n.Transfers.ClosingIn(ctx, narrow, c); err != nil {
		return err
	}
	if err := n.Conferences.ClosingIn(ctx, narrow, c); err != nil {
		return err
	}
	return n.dropOfCase(ctx, narrow, c)
}

func (n *Node) dropOfCase(ctx context.Context, narrow casefile.Tx, c casefile.Case) error {
	tx, ok := narrow.(task.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	for _, kind := range []string{taskReflection, taskRefusal, taskPlan} {
		if _, err := n.Tasks.DropIn(ctx, tx, string(c.ID), kind); err != nil {
			return err
		}
	}
	return n.Childhoods.DropIn(ctx, tx, c.ID)
}
