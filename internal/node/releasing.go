package node

import (
	"context"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/task"
)

// taskRelease is the second person's: to decide whether what was ordered passes the wall to the prosecution.
const (
	taskRelease  = "release.approve"
	clockRelease = "release-approve"
)

// releasing gives the desk of a case the task to decide about a release by order as the second person, and ends it when somebody has decided
// or the case is erased. A desk in whose request something stands out of a release learns that it has ended. Who proposed it sees the task too, and cannot do it.
func (n *Node) releasing(ctx context.Context, narrow casefile.Tx, c casefile.Case, r casefile.Release) error {
	tx, ok := narrow.(remindTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	if r.State == casefile.ReleaseEnded {
		if _, err := n.Cooperations.ReleaseEndedIn(ctx, narrow, r.ID); err != nil {
			return err
		}
	}
	_, err := n.fulfil(ctx, tx, string(r.ID), wish{
		on: r.State == casefile.ReleaseProposed, kind: taskRelease, clock: clockRelease, start: r.Made,
		make: task.New{Desk: c.Desk, Realm: c.Realm, Reference: string(c.Reference)},
	})
	return err
}
