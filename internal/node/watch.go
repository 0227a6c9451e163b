package node

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/job"
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

// taskFork is the task of the coordinator to look at a member who has signed two versions of one thing, which is never an
// accident of the network: her node was set back, or somebody else has its keys.
const taskFork = "member.fork"

// forked gives the coordinator evidence against a member's log to look at, in the transaction that keeps it.
func (n *Node) forked(ctx context.Context, narrow job.Tx, f audit.Fork) error {
	tx, ok := narrow.(remindTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	_, err := n.lookAtFork(ctx, tx, "log", f.Member, true)
	return err
}

// remindForks gives the coordinator disputed rosters and desk sheets to look at, until a newer one is in force.
func (n *Node) remindForks(ctx context.Context, tx remindTx) (int, error) {
	newest, err := tx.Rosters(ctx, 1)
	if err != nil || len(newest) == 0 {
		return 0, err
	}
	changed, err := n.lookAtFork(ctx, tx, "roster", "", newest[0].Disputed)
	if err != nil {
		return 0, err
	}
	for _, m := range newest[0].Signed.Roster.Members {
		held, err := tx.Sheets(ctx, m.ID, 1)
		if err != nil {
			return changed, err
		}
		did, err := n.lookAtFork(ctx, tx, "sheet", m.ID, len(held) > 0 && held[0].Disputed)
		if changed += did; err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// lookAtFork makes the task to look at two versions of something of a member, or ends it. The task says of whom.
func (n *Node) lookAtFork(ctx context.Context, tx remindTx, what string, of id.Member, on bool) (int, error) {
	w := wish{on: on, kind: taskFork, start: n.now()}
	if on {
		at, err := office(ctx, tx)
		if err != nil || at.ID == "" {
			return 0, err
		}
		ref := strings.ToLower(strings.Trim(what+"-"+string(of), "-") + "-" + day(w.start))
		w.make = task.New{Desk: at.ID, Realm: at.Realm, Reference: ref, Urgent: true}
	}
	return n.fulfil(ctx, tx, taskFork+"/"+what+"/"+string(of), w)
}

// taskUnusual is the task to look at unusual openings of cases.
const taskUnusual = "audit.unusual"

// unusual are the names in the profile of the limits of what is usual.
const unusual = "access-unusual."

// limits are the numbers by which openings of cases are unusual, as they stand here.
func (n *Node) limits() audit.Limits {
	number := func(key string) int64 { return n.Law().Number(n.Member, unusual+key) }
	return audit.Limits{
		Hour: number("hour"), Day: number("day"), Unwritten: number("unwritten"),
		OffDuty: number("off-duty"), Far: number("off-duty-hours"), Times: number("times"), History: number("history-days"),
	}
}

// dutyOf returns when the desks of a user are on duty around a span of days; nothing where one of them keeps no roster: she may be
// at work there.
func dutyOf(ctx context.Context, narrow job.WatchTx, user id.User, from, to int64) ([]audit.Span, error) {
	tx, ok := narrow.(desk.Tx)
	if !ok {
		return nil, fault.New(fault.Internal, "node.wiring")
	}
	held, err := tx.DesksOf(ctx, user)
	if err != nil {
		return nil, err
	}
	const hours = 24 * 60 * 60
	begin := frame.At(time.Unix(from*hours, 0).Add(-audit.RosterReach))
	end := frame.At(time.Unix((to+1)*hours, 0).Add(audit.RosterReach))
	var all []audit.Span
	for _, m := range held {
		if m.State != desk.Granted {
			continue
		}
		shifts, err := tx.Shifts(ctx, m.Desk, begin)
		if err != nil {
			return nil, err
		}
		before := len(all)
		for _, s := range shifts {
			if s.From < end {
				all = append(all, audit.Span{From: s.From, To: s.To})
			}
		}
		if len(all) == before {
			return nil, nil
		}
	}
	return all, nil
}

// tellUnusual gives the data-protection officer something to look at: the task holds a day and identifiers, the notice the day.
// Where there is no data-protection desk it is the officer's own at the desk that answers for the member; nobody is
// asked to look at her own openings.
func (n *Node) tellUnusual(ctx context.Context, narrow job.WatchTx, a audit.Alert) error {
	tx, ok := narrow.(remindTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	at, who, err := n.officer(ctx, tx, a.User)
	if err != nil {
		return err
	}
	if at == "" {
		d, err := office(ctx, tx)
		if err != nil || d.ID == "" {
			return err
		}
		at = d.ID
	}
	_, err = n.Tasks.AddIn(ctx, tx, task.New{
		Desk: at, User: who, Realm: access.Office, Kind: taskUnusual, Object: string(a.User) + "." + strconv.FormatInt(a.Day, 10),
		Reference: day(a.Since), Announce: true,
	})
	return err
}

// watchJob looks through the log for unusual openings.
func (n *Node) watchJob() job.Job {
	w := &job.Watching{
		Self: n.Member, Update: store.Recorder[job.WatchTx](n.DB), Read: store.Reader[job.WatchTx](n.DB), Now: n.Config.Now,
		Limits: n.limits, Duty: dutyOf, Raise: n.tellUnusual,
	}
	return job.Job{Name: "watch", Every: 10 * time.Minute, Do: w.Watch}
}
