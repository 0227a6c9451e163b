package node

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
)

// taskAlarm begins the kind of a task to look at something that went wrong between this node and another, or at one of its desks. The rest of the kind is the
// key of the alarm.
const taskAlarm = "alarm."

// alarming are the alarms that a person has to do something about, and about whom. Others are for who looks after the machine and stand in
// its log only: they are said again and again until the line is mended. A fork has a task of its own, [taskFork].
func alarming() map[string]bool {
	return map[string]bool{
		"audit.epoch": true, "audit.overdue": true, "audit.unannounced": true,
		"exchange.receipt.stranger": true, "exchange.restore.lost": true,
		"exchange.resync.conflict": true, "exchange.resync.late": true, "exchange.resync.unsaid": true,
		"keyring.grant.unsigned": true,
		"lookup.cheat":           true, "lookup.failed": true, "lookup.over": true,
		"lookup.misused": true, "lookup.unopened": true,
		"publication.foreign": true, "publication.fork": true, "publication.signature": true,
	}
}

// raised is an alarm that no task tells yet.
type raised struct{ key, of string } // of a member, or of a desk here

// alarms are what was raised since [Node.tellAlarms] looked last. They are raised in the middle of changes that may be undone, and are
// told after them.
type alarms struct {
	mu  sync.Mutex
	all []raised
}

// mostOf is how much of a desk's name fits into a reference, beside a day.
const mostOf = 29

// mostAlarms is how many are kept at once: who raises more of them is told of already.
const mostAlarms = 100

func (a *alarms) add(r raised) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.all) < mostAlarms && !slices.Contains(a.all, r) {
		a.all = append(a.all, r)
	}
}

func (a *alarms) take() []raised {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := a.all
	a.all = nil
	return all
}

// alarm writes down what a person must look at, and lets one know. Arguments are public: members, hashes, keys of messages.
func (n *Node) alarm(ctx context.Context, key string, args map[string]string) {
	attrs := []any{"alarm", key}
	for k, v := range args {
		attrs = append(attrs, k, v)
	}
	n.Log.WarnContext(ctx, "node.alarm", attrs...)
	if alarming()[key] {
		n.alarms.add(raised{key, cmp.Or(args["member"], args["desk"])})
	}
}

// tellAlarms gives the coordinator's desk a task for each alarm that was raised, one at a time for each kind and member or desk. It says of whom
// and since which day. A node of which no desk of a coordinator is known yet keeps them.
func (n *Node) tellAlarms(ctx context.Context) (int, error) {
	all := n.alarms.take()
	for i, r := range all {
		if err := n.tellAlarm(ctx, r); err != nil {
			for _, left := range all[i:] {
				n.alarms.add(left)
			}
			if errors.Is(err, errNothing) {
				return i, nil
			}
			return i, err
		}
	}
	return len(all), nil
}

func (n *Node) tellAlarm(ctx context.Context, r raised) error {
	entry := audit.Did(access.Node(n.Member), access.MakeTask, taskAlarm+r.key).For("alarm")
	told := false
	err := store.Writer[remindTx](n.DB)(ctx, entry, func(tx remindTx) error {
		at, err := office(ctx, tx)
		if err != nil {
			return err
		}
		if at.ID == "" {
			return errNothing
		}
		of := strings.ToLower(r.of)
		reference := strings.Trim(of[:min(len(of), mostOf)]+"-"+day(n.now()), "-")
		changed, err := n.fulfil(ctx, tx, taskAlarm+r.key+"/"+r.of, wish{
			on: true, kind: taskAlarm + r.key, start: n.now(), make: task.New{Desk: at.ID, Realm: at.Realm, Reference: reference},
		})
		if err == nil && changed == 0 {
			told = true // somebody has it to do already
			return errNothing
		}
		return err
	})
	if told && errors.Is(err, errNothing) {
		return nil
	}
	return err
}
