package node

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/task"
)

// What is asked about programs.
const (
	taskProgram = "token.confirm"        // of a desk: may it write there?
	taskReader  = "token.approve-reader" // of the data-protection officer, then of a desk: may it read there?
	taskFull    = "token.use"            // of the data-protection officer: it has opened as much as it may in a day
)

// programWaits asks the desk whether a program may write to it, or whoever is to say next whether one may read.
func (n *Node) programWaits(ctx context.Context, narrow signin.Tx, p signin.Program) error {
	if p.Reads() {
		return n.readerWaits(ctx, narrow, p)
	}
	return n.wishProgram(ctx, narrow, p, wish{
		on: true, kind: taskProgram, start: p.Made, make: task.New{Desk: p.Desk, Realm: p.Realm, Reference: string(id.NewReference(n.IDs))},
	})
}

// programOver ends that task.
func (n *Node) programOver(ctx context.Context, narrow signin.Tx, p signin.Program) error {
	if p.Reads() {
		return n.wishProgram(ctx, narrow, p, wish{kind: taskReader})
	}
	return n.wishProgram(ctx, narrow, p, wish{kind: taskProgram})
}

// readerWaits asks the data-protection officer, and once she has granted the desk, whether a program may read.
func (n *Node) readerWaits(ctx context.Context, narrow signin.Tx, p signin.Program) error {
	if err := n.wishProgram(ctx, narrow, p, wish{kind: taskReader}); err != nil {
		return err
	}
	if p.Grants.ByOfficer != "" {
		return n.wishProgram(ctx, narrow, p, wish{
			on: true, kind: taskReader, start: p.Made, make: task.New{Desk: p.Desk, Realm: p.Realm, Reference: string(id.NewReference(n.IDs))},
		})
	}
	return n.askOfficer(ctx, narrow, p, taskReader, string(p.ID))
}

// programFull tells the data-protection officer, once a day, that a program has opened as much as it may.
func (n *Node) programFull(ctx context.Context, narrow signin.Tx, p signin.Program) error {
	return n.askOfficer(ctx, narrow, p, taskFull, string(p.ID))
}

func (n *Node) askOfficer(ctx context.Context, narrow signin.Tx, p signin.Program, kind, object string) error {
	tx, ok := narrow.(remindTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	at, who, err := n.officer(ctx, tx, p.Maker)
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
	_, err = n.fulfil(ctx, tx, object, wish{
		on: true, kind: kind, start: p.Made, make: task.New{Desk: at, User: who, Realm: access.Office, Reference: string(id.NewReference(n.IDs))},
	})
	return err
}

func (n *Node) wishProgram(ctx context.Context, narrow signin.Tx, p signin.Program, w wish) error {
	tx, ok := narrow.(remindTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	_, err := n.fulfil(ctx, tx, string(p.ID), w)
	return err
}

// taskOffice asks people of the office to compare the keys of a new one.
const taskOffice = "user.confirm"

// officeWaits gives everybody who could let an account in something to do, and ends it when one of them has, or when it need no longer be done.
func (n *Node) officeWaits(ctx context.Context, narrow signin.Tx, u signin.User) error {
	tx, ok := narrow.(remindTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	if u.State != signin.Active || !u.Waits {
		_, err := n.Tasks.DoneIn(ctx, tx, string(u.ID), taskOffice)
		return err
	}
	all, err := n.users(ctx, tx)
	if err != nil {
		return err
	}
	d, err := office(ctx, tx)
	if err != nil || d.ID == "" {
		return err
	}
	told := 0
	for _, other := range all {
		may := slices.ContainsFunc(other.Office, func(r access.Role) bool {
			return other.Serves(r) && signin.MayLetIn(access.Actor{User: other.ID, Role: r, Realm: access.Office, Member: n.Member}, u)
		})
		if !may || told >= mostSeconds {
			continue
		}
		told++
		_, err := n.Tasks.AddIn(ctx, tx, task.New{
			Desk: d.ID, User: other.ID, Realm: access.Office, Kind: taskOffice, Object: string(u.ID), Reference: day(n.now()), Announce: true,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// users returns every account, its office as its record proves it.
func (n *Node) users(ctx context.Context, narrow remindTx) ([]signin.User, error) {
	tx, ok := narrow.(signin.Tx)
	if !ok {
		return nil, fault.New(fault.Internal, "node.wiring")
	}
	return n.Signin.UsersIn(ctx, tx)
}
