package node

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/job"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
)

// The tasks that come of searches: to decide whether to make contact, alone with a coordinator, and to hear from the desk that wants to.
const (
	taskHit     = "search.hit"
	taskSecond  = "search.second"
	taskContact = "search.contact"
	clockHit    = "search-decide" // how long the desk has for it, by the profile
)

// searchesPerHour is how often one person may search within an hour: more than a busy day needs, fewer than a list of names
// that somebody wants to try.
const searchesPerHour = 60

// wireSearch makes what finds a person among the cases.
func (n *Node) wireSearch() {
	n.Searches = &search.Service{
		Write: store.Writer[search.Tx](n.DB), Read: store.Reader[search.Tx](n.DB), Now: n.Config.Now, IDs: n.IDs, Rand: n.Rand,
		Member: n.Member, Keys: n.Keyring, Persons: n.Persons, Hourly: searchesPerHour,
		Wait: n.waitUntil, Tell: n.tellHit, Claim: store.Ephemeral[search.ClaimTx](n.DB),
		After: func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop },
	}
	n.Persons.Index = func(ctx context.Context, narrow person.Tx, at person.Place, p person.Person) error {
		tx, ok := narrow.(search.Tx)
		if !ok {
			return fault.New(fault.Internal, "node.wiring")
		}
		return n.Searches.PutIn(ctx, tx, at, p)
	}
}

// waitUntil returns at a moment of the node's clock, or when ctx ends.
func (n *Node) waitUntil(ctx context.Context, until time.Time) error {
	timer := time.NewTimer(until.Sub(n.Config.Now()))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// tellHit gives the desk that holds a case the task to decide, and takes it back when it has decided; if it wants to make
// contact, the desk that searched is told that another one will speak with it. A task and its notice name a reference
// of the hit and neither of the case.
func (n *Node) tellHit(ctx context.Context, narrow search.Tx, h search.Hit) error {
	tx, ok := narrow.(task.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	if h.Alone {
		return n.askSecond(ctx, tx, h)
	}
	if h.State == search.HitOpen {
		clock, err := n.clockOf(clockHit, frame.At(n.Config.Now())) // from now: a search may have waited for this
		if err == nil {
			// The deputy may be the desk that searched: it would learn that there is something to decide.
			clock.Chain = slices.DeleteFunc(clock.Chain, func(r task.Rung) bool { return r.Step == task.AtDeputy })
			_, err = n.Tasks.AddIn(ctx, tx, task.New{
				Desk: h.Desk, Realm: h.Realm, Kind: taskHit, Object: string(h.ID), Reference: string(h.Reference), Clock: clock, Announce: true,
			})
		}
		return err
	}
	for _, kind := range []string{taskHit, taskSecond} {
		if _, err := n.Tasks.DoneIn(ctx, tx, string(h.ID), kind); err != nil {
			return err
		}
	}
	if h.State != search.HitContact {
		return nil
	}
	_, err := n.Tasks.AddIn(ctx, tx, task.New{
		Desk: h.Asker, Realm: h.Realm, Kind: taskContact, Object: string(h.ID), Reference: string(h.Reference), Announce: true,
	})
	return err
}

// askSecond lets the coordinator know that one person of a desk has said whether to make contact and nobody there can be the
// second; or takes that back, if she has said otherwise. Where a desk has no coordinator nobody is asked, and nothing is told.
func (n *Node) askSecond(ctx context.Context, tx task.Tx, h search.Hit) error {
	open, err := tx.OpenTasks(ctx, string(h.ID), taskSecond)
	if err != nil {
		return err
	}
	if h.First == "" {
		_, err = n.Tasks.DoneIn(ctx, tx, string(h.ID), taskSecond)
		return err
	}
	_, coordinator, err := tx.Superiors(ctx, h.Desk)
	if err != nil || coordinator == "" || len(open) > 0 {
		return err
	}
	clock, err := n.clockOf(clockHit, frame.At(n.Config.Now()))
	if err != nil {
		return err
	}
	clock.Chain = nil // she is the last who is asked
	_, err = n.Tasks.AddIn(ctx, tx, task.New{
		Desk: coordinator, Realm: access.Office, Kind: taskSecond, Object: string(h.ID), Reference: string(h.Reference), Clock: clock, Announce: true,
	})
	return err
}

// searchJob tells desks of hits that whoever searched may not know of.
func (n *Node) searchJob() job.Job {
	return job.Job{Name: "searches", Every: 20 * time.Second, Do: n.Searches.Look}
}

type findTx interface {
	search.Tx
	task.Tx
}

// unfind takes an erased case out of the search index, and drops what somebody had to decide about it.
func (n *Node) unfind(ctx context.Context, tx findTx, c id.Case) error {
	hits, err := tx.SearchHitsOn(ctx, c)
	if err != nil {
		return err
	}
	for _, h := range hits {
		if _, err := n.Tasks.DropIn(ctx, tx, string(h.ID), ""); err != nil {
			return err
		}
	}
	if err := n.unlook(ctx, tx, c); err != nil {
		return err
	}
	return n.Searches.EraseIn(ctx, tx, c)
}
