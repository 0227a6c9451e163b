package node

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/desk"
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
		Ask: n.askCount, Exchange: n.Exchange, Keyring: n.Keyring, Persons: n.Persons, Law: n.Law, Demo: n.Config.Demo, Alarm: n.alarm,
		Keys: func() exchange.Keys {
			k := n.Keys()
			return exchange.Keys{Envelope: k.Envelope, Control: k.Controls()}
		},
		Vault: func(ctx context.Context, tx count.Tx) (keyring.Vault, error) { return n.Keyring.VaultIn(ctx, tx) },
	}
	n.Exchange.Handle(envelope.Count, n.Counts)
}

// askCount gives the office, or the desks that have cases, what is up to people in a count, reminds them when half of the time is over, and takes back
// what is not asked any more.
func (n *Node) askCount(ctx context.Context, a count.Asked) (changed int, err error) {
	do := func(tx remindTx, change bool) error {
		changed = 0
		at, err := n.askedDesks(ctx, tx, a)
		if err != nil {
			return err
		}
		for _, kind := range []string{count.TaskJoin, count.TaskShare, count.TaskPrepare, count.TaskEncrypt} {
			open, err := tx.OpenTasks(ctx, a.Run, kind)
			if err != nil {
				return err
			}
			for _, t := range open {
				if kind == a.Task && slices.ContainsFunc(at, func(d desk.Desk) bool { return d.ID == t.Desk }) {
					continue
				}
				if changed++; change {
					if err := n.Tasks.FinishIn(ctx, tx, t); err != nil {
						return err
					}
				}
			}
			if kind != a.Task {
				continue
			}
			for _, d := range at {
				if slices.ContainsFunc(open, func(t task.Task) bool { return t.Desk == d.ID }) {
					continue
				}
				if changed++; !change {
					continue
				}
				_, err := n.Tasks.AddIn(ctx, tx, task.New{
					Kind: a.Task, Desk: d.ID, Realm: d.Realm, Object: a.Run, Reference: a.Reference, Announce: true,
					Clock: task.Clock{Remind: profile.At(a.Since, a.Until, 50), Due: a.Until},
				})
				if err != nil {
					return err
				}
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

// askedDesks returns the desks that are asked.
func (n *Node) askedDesks(ctx context.Context, tx remindTx, a count.Asked) ([]desk.Desk, error) {
	if a.Task == "" {
		return nil, nil
	}
	if len(a.Desks) == 0 {
		d, err := office(ctx, tx)
		if err != nil || d.ID == "" {
			return nil, err // nobody is there to be asked
		}
		return []desk.Desk{d}, nil
	}
	var out []desk.Desk
	for _, which := range a.Desks {
		d, err := tx.Desk(ctx, which)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// countJob goes on with counts.
func (n *Node) countJob() job.Job {
	return job.Job{Name: "count", Every: time.Minute, Do: n.Counts.Continue}
}
