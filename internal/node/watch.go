package node

import (
	"context"
	"errors"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
)

// taskWitness is the task of the coordinator while nobody countersigns the log.
const taskWitness = "log.witness"

// warnAlone gives the coordinator something to look at while the log has gone too long without a witnessed checkpoint,
// and takes it back.
func (n *Node) warnAlone(ctx context.Context, since frame.Time, on bool) error {
	entry := audit.Did(access.Node(n.Member), access.MakeTask, taskWitness).For("remind")
	err := store.Writer[remindTx](n.DB)(ctx, entry, func(tx remindTx) error {
		w := wish{on: on, kind: taskWitness, start: since}
		if on {
			at, err := office(ctx, tx)
			if err != nil {
				return err
			}
			if at.ID == "" {
				return errNothing
			}
			w.make = task.New{Desk: at.ID, Realm: at.Realm, Reference: day(since)}
		}
		changed, err := n.fulfil(ctx, tx, taskWitness, w)
		if err == nil && changed == 0 {
			return errNothing
		}
		return err
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}
