package node

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/job"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
)

// wireCounts makes what counts persons together with other members.
func (n *Node) wireCounts() {
	n.Counts = &count.Service{
		Write: store.Writer[count.Tx](n.DB), Read: store.Reader[count.Tx](n.DB), Now: n.Config.Now, IDs: n.IDs, Rand: n.Rand, Member: n.Member,
		Ask: n.askCount, Exchange: n.Exchange, Keyring: n.Keyring, Persons: n.Persons, Demo: n.Config.Demo, Alarm: n.alarm,
		Keys: func() exchange.Keys {
			k := n.Keys()
			return exchange.Keys{Envelope: k.Envelope, Control: k.Controls()}
		},
		Vault: func(ctx context.Context, tx count.Tx) (keyring.Vault, error) { return n.Keyring.VaultIn(ctx, tx) },
	}
	n.Exchange.Handle(envelope.Count, n.Counts)
}

// askCount gives the office, or the desk that prepared the records, what is up to people in a count, reminds it when half of the time is over, and
// takes back what is not asked any more.
func (n *Node) askCount(ctx context.Context, a count.Asked) (changed int, err error) {
	do := func(tx remindTx, change bool) error {
		changed = 0
		for _, kind := range []string{count.TaskJoin, count.TaskPrepare, count.TaskEncrypt} {
			open, err := tx.OpenTasks(ctx, a.Run, kind)
			if err != nil || (len(open) > 0) == (kind == a.Task) {
				if err != nil {
					return err
				}
				continue
			}
			if len(open) > 0 {
				if changed++; change {
					_, err = n.Tasks.DoneIn(ctx, tx, a.Run, kind)
				}
			} else {
				err = n.askOffice(ctx, tx, a, change, &changed)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	if err := store.Reader[remindTx](n.DB)(ctx, func(tx remindTx) error { return do(tx, false) }); err != nil || changed == 0 {
		return 0, err
	}
	err = store.Writer[remindTx](n.DB)(ctx, audit.Did(access.Node(n.Member), access.MakeTask, a.Run).For("count"), func(tx remindTx) error { return do(tx, true) })
	return changed, err
}

func (n *Node) askOffice(ctx context.Context, tx remindTx, a count.Asked, change bool, changed *int) error {
	at := task.New{
		Kind: a.Task, Object: a.Run, Reference: a.Reference, Announce: true,
		Clock: task.Clock{Remind: profile.At(a.Since, a.Until, 50), Due: a.Until},
	}
	if a.Task == count.TaskEncrypt {
		d, err := tx.Desk(ctx, a.Desk)
		if err != nil {
			return err
		}
		at.Desk, at.Realm = d.ID, d.Realm
	} else {
		d, err := office(ctx, tx)
		if err != nil || d.ID == "" {
			return err // nobody is there to be asked
		}
		at.Desk, at.Realm = d.ID, d.Realm
	}
	if *changed++; !change {
		return nil
	}
	_, err := n.Tasks.AddIn(ctx, tx, at)
	return err
}

// countJob goes on with counts.
func (n *Node) countJob() job.Job {
	return job.Job{Name: "count", Every: time.Minute, Do: n.Counts.Continue}
}
