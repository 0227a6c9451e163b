package node

import (
	"context"

	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
)

// wireDirectory makes who helps and with what.
func (n *Node) wireDirectory() {
	n.Directory = &directory.Service{
		Write: store.Writer[directory.Tx](n.DB), Read: store.Reader[directory.Tx](n.DB), Now: n.Config.Now, IDs: n.IDs, Member: n.Member,
		Keys: n.Keyring, Tell: n.tellDirectory, Settle: n.settleDirectory,
	}
}

// directoryTx is what a task about an organisation needs.
type directoryTx interface {
	directory.Tx
	task.Tx
}

// tellDirectory gives a desk something to do about an organisation, unless it has it to do already. The task names the organisation by its
// identifier, and has no deadline: no law sets one.
func (n *Node) tellDirectory(ctx context.Context, narrow directory.Tx, kind string, o id.Organisation, to id.Desk) error {
	tx, ok := narrow.(directoryTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	open, err := tx.OpenTasks(ctx, string(o), kind)
	if err != nil {
		return err
	}
	for _, t := range open {
		if t.Desk == to {
			return nil
		}
	}
	at, err := tx.Desk(ctx, to)
	if err != nil {
		return err
	}
	_, err = n.Tasks.AddIn(ctx, tx, task.New{
		Desk: to, Realm: at.Realm, Kind: kind, Object: string(o), Reference: string(id.NewReference(n.IDs)), Announce: true,
	})
	return err
}

func (n *Node) settleDirectory(ctx context.Context, narrow directory.Tx, kind string, o id.Organisation) error {
	tx, ok := narrow.(directoryTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	_, err := n.Tasks.DoneIn(ctx, tx, string(o), kind)
	return err
}
