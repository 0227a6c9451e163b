package node

import (
	"context"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
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

// closing asks the referrals of a case that is closed, and ends what nobody has to do about it any more.
func (n *Node) closing(ctx context.Context, narrow casefile.Tx, c casefile.Case) error {
	if err := n.Referrals.ClosingIn(ctx, narrow, c); err != nil {
		return err
	}
	return n.dropReflection(ctx, narrow, c)
}

func (n *Node) dropReflection(ctx context.Context, narrow casefile.Tx, c casefile.Case) error {
	tx, ok := narrow.(task.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	_, err := n.Tasks.DropIn(ctx, tx, string(c.ID), taskReflection)
	return err
}
