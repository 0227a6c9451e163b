package node

import (
	"context"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/duplicate"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/task"
)

// taskSame is for the second person: whether two files are of one person.
const taskSame = "duplicate.confirm"

// wireDuplicates makes what says that two files are of one person.
func (n *Node) wireDuplicates() {
	n.Duplicates = &duplicate.Service{
		Cases: n.Cases, Hidden: n.searched, Busy: n.busy, Tell: n.tellMerge, Find: n.Searches.Find, Twins: n.Searches.Twins,
		Offered: func(ctx context.Context, tx duplicate.Tx, c casefile.Case) error {
			return n.Transfers.ClosingIn(ctx, tx, c)
		},
	}
}

// searched reports whether somebody who may not know of a case searched for its person.
func (n *Node) searched(ctx context.Context, narrow duplicate.Tx, c id.Case) (bool, error) {
	tx, ok := narrow.(search.Tx)
	if !ok {
		return false, fault.New(fault.Internal, "node.wiring")
	}
	hits, err := tx.SearchHitsOn(ctx, c)
	return len(hits) > 0, err
}

// busy refuses to put a case aside in which a return is prepared or a reflection period runs: nobody could work on it any more.
func (n *Node) busy(ctx context.Context, narrow duplicate.Tx, c casefile.Case) error {
	tx, ok := narrow.(homecoming.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	returns, err := tx.ReturnsOf(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, r := range returns {
		if !r.State.Over() {
			return fault.New(fault.Conflict, "duplicate.return")
		}
	}
	if err := n.ownWaits(ctx, narrow, c.ID); err != nil {
		return err
	}
	open, err := tx.OpenTasks(ctx, string(c.ID), taskReflection)
	if err == nil && len(open) > 0 {
		return fault.New(fault.Conflict, "duplicate.reflection")
	}
	return err
}

// tellMerge asks a colleague to be the second person, and ends what somebody has to do in a case that leads to another one now.
func (n *Node) tellMerge(ctx context.Context, narrow duplicate.Tx, m duplicate.Merge, alias casefile.Case) error {
	tx, ok := narrow.(task.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	if m.State == duplicate.Proposed {
		_, err := n.Tasks.AddIn(ctx, tx, task.New{
			Desk: m.Desk, Realm: alias.Realm, Kind: taskSame, Object: string(m.ID), Reference: string(alias.Reference), Announce: true,
		})
		return err
	}
	if _, err := n.Tasks.DoneIn(ctx, tx, string(m.ID), taskSame); err != nil {
		return err
	}
	if err := n.ownMerged(ctx, narrow, m, alias); err != nil || m.State != duplicate.Merged {
		return err
	}
	return n.dropOfCase(ctx, narrow, alias)
}
