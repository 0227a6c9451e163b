package node

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/task"
)

// taskProgram asks a desk whether a program may write to it.
const taskProgram = "token.confirm"

// programWaits asks the desk whether a program may write to it.
func (n *Node) programWaits(ctx context.Context, narrow signin.Tx, p signin.Program) error {
	return n.wishProgram(ctx, narrow, p, wish{
		on: true, kind: taskProgram, start: p.Made, make: task.New{Desk: p.Desk, Realm: p.Realm, Reference: string(id.NewReference(n.IDs))},
	})
}

// programOver ends that task.
func (n *Node) programOver(ctx context.Context, narrow signin.Tx, p signin.Program) error {
	return n.wishProgram(ctx, narrow, p, wish{kind: taskProgram})
}

func (n *Node) wishProgram(ctx context.Context, narrow signin.Tx, p signin.Program, w wish) error {
	tx, ok := narrow.(remindTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	_, err := n.fulfil(ctx, tx, string(p.ID), w)
	return err
}
