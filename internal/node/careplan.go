package node

import (
	"context"

	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/task"
)

// wireCareplans makes what she needs and what is done about it.
func (n *Node) wireCareplans() {
	n.Careplans = &careplan.Service{Cases: n.Cases, Directory: n.Directory, Reviewing: n.reviewing}
	n.Cases.Reopened = n.Careplans.ReopenedIn
}

// taskPlan is somebody's to look after: the plan of a case has to be gone through with her.
const taskPlan = "case.plan"

// reviewing makes the task of going through the plan of a case. A case has one at a time.
func (n *Node) reviewing(ctx context.Context, narrow casefile.Tx, c casefile.Case, remind, due frame.Time) error {
	tx, ok := narrow.(task.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	open, err := tx.OpenTasks(ctx, string(c.ID), taskPlan)
	if err != nil || len(open) == 1 && open[0].Due == due {
		return err // as it was: who was reminded is not reminded again
	}
	if _, err := n.Tasks.DoneIn(ctx, tx, string(c.ID), taskPlan); err != nil || due == 0 {
		return err
	}
	_, err = n.Tasks.AddIn(ctx, tx, task.New{
		Desk: c.Desk, Realm: c.Realm, Kind: taskPlan, Object: string(c.ID), Reference: string(c.Reference),
		Clock: task.Clock{Due: due, Remind: remind},
	})
	return err
}
