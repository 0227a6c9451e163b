package node

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/duplicate"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/job"
	"github.com/opentrm/opentrm/internal/ownview"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
)

// taskOwn is somebody's: to ask her whether it was she who took a consent back on her page. What lies under it is erased after that.
const (
	taskOwn  = "own.confirm"
	clockOwn = "own-confirm"
)

// ownBatch is how many pages are sealed anew in one transaction.
const ownBatch = 50

// wireOwnViews makes the pages of those whose cases are here, and what has to ask them.
func (n *Node) wireOwnViews() {
	db := n.DB
	n.OwnViews = &ownview.Service{
		Write: store.Writer[ownview.Tx](db), Update: store.Ephemeral[ownview.SealTx](db), Read: store.Reader[ownview.Tx](db), Now: n.Config.Now, IDs: n.IDs,
		Member: n.Member, Cases: n.Cases, Consents: n.Consents, Follow: n.ownFollow, Ticket: n.secret.Ticket(),
	}
	n.Consents.Asked = func(ctx context.Context, narrow consent.Tx, c consent.Consent) error {
		tx, ok := narrow.(ownview.Tx)
		if !ok {
			return fault.New(fault.Internal, "node.wiring")
		}
		return n.OwnViews.MayEraseIn(ctx, tx, c)
	}
}

// ownJob seals anew what she would see, after it has changed.
func (n *Node) ownJob() job.Job {
	return job.Job{Name: "own-views", Every: 5 * time.Second, Do: func(ctx context.Context) (int, error) { return n.OwnViews.Refresh(ctx, ownBatch) }}
}

// ownFollow gives the desk of a case the task to ask her, and ends it when it has.
func (n *Node) ownFollow(ctx context.Context, narrow ownview.Tx, w ownview.Withdrawal, c casefile.Case) error {
	tx, ok := narrow.(remindTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	_, err := n.fulfil(ctx, tx, string(w.Consent), wish{
		on: w.Confirmed == 0, kind: taskOwn, clock: clockOwn, start: w.At,
		make: task.New{Desk: c.Desk, Realm: c.Realm, Reference: string(c.Reference), Urgent: true},
	})
	return err
}

// ownMerged keeps one page of two files of one person, and parts them again when they are not.
func (n *Node) ownMerged(ctx context.Context, narrow duplicate.Tx, m duplicate.Merge, alias casefile.Case) error {
	tx, ok := narrow.(ownview.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	switch {
	case m.State == duplicate.Merged:
		return n.OwnViews.MergedIn(ctx, tx, m.Alias, m.Survivor)
	case m.Merged != 0 && alias.State == casefile.Open:
		return n.OwnViews.UnmergedIn(ctx, tx, m.Alias, m.Survivor)
	}
	return nil
}

// ownWaits refuses to put a case aside of which she has taken something back and nobody has asked her yet.
func (n *Node) ownWaits(ctx context.Context, narrow any, c id.Case) error {
	tx, ok := narrow.(ownview.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	waits, err := n.OwnViews.WaitsIn(ctx, tx, c)
	if err == nil && waits {
		return fault.New(fault.Conflict, "ownview.unconfirmed")
	}
	return err
}
