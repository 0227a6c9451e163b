package node

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/conference"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/joint"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/transfer"
)

// The tasks that come of transfers: to answer an offer, and to hear the answer.
const (
	taskDecide   = "transfer.decide"
	taskAnswered = "transfer.answered"
	clockDecide  = "transfer-decide" // how long a desk has for it, by the profile
	clockUrgent  = "transfer-decide-urgent"
)

// wireTransfers makes what hands a case over to another desk.
func (n *Node) wireTransfers() {
	n.Transfers = &transfer.Service{
		Write: store.Writer[transfer.Tx](n.DB), Read: store.Reader[transfer.Tx](n.DB), Now: n.Config.Now, IDs: n.IDs, Member: n.Member,
		Cases: n.Cases, Leaving: n.leaving, Moved: n.handed, Tell: n.tellTransfer,
	}
}

// tellTransfer gives the desk to which a case is offered the task to answer, and the desk that offered it that of reading the answer. A
// task and its notice name the reference of the transfer, and not that of the case.
func (n *Node) tellTransfer(ctx context.Context, narrow transfer.Tx, t transfer.Transfer) error {
	tx, ok := narrow.(task.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	work := task.New{Realm: t.Realm, Object: string(t.ID), Reference: string(t.Reference), Urgent: t.Urgent, Announce: true}
	if t.State == transfer.Offered {
		key := clockDecide
		if t.Urgent {
			key = clockUrgent
		}
		var err error
		work.Desk, work.Kind = t.To, taskDecide
		if work.Clock, err = n.clockOf(key, t.Made); err == nil {
			_, err = n.Tasks.AddIn(ctx, tx, work)
		}
		return err
	}
	if _, err := n.Tasks.DoneIn(ctx, tx, string(t.ID), taskDecide); err != nil || t.State == transfer.Revoked {
		return err
	}
	work.Desk, work.Kind = t.From, taskAnswered
	_, err := n.Tasks.AddIn(ctx, tx, work)
	return err
}

// handTx is what a case takes along.
type handTx interface {
	referral.Tx
	conference.Tx
	homecoming.Tx
	joint.RowTx
	retention.Tx
	search.Tx
	task.HandTx
	LookupHitsOn(ctx context.Context, c id.Case) ([]lookup.Row, error)
	LookupsOf(ctx context.Context, c id.Case) ([]lookup.Row, error)
	// NameServicesToo says of a desk which services plans of another have named.
	NameServicesToo(ctx context.Context, from, to id.Desk) error
	// HandOver gives what a desk has to do with a case to another desk.
	HandOver(ctx context.Context, c id.Case, to id.Desk) error
}

// leaving says what belongs to a case that goes to a desk. Referrals are signed by a desk, which the other side knows: those by which
// somebody was taken over stay with it, drafts are written anew, and one that is under way ends before.
func (n *Node) leaving(ctx context.Context, narrow transfer.Tx, c casefile.Case, to id.Desk) ([]transfer.Item, error) {
	tx, ok := narrow.(handTx)
	if !ok {
		return nil, fault.New(fault.Internal, "node.wiring")
	}
	items := []transfer.Item{}
	referrals, err := tx.ReferralsOfCase(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range referrals {
		switch {
		case r.Status.Ended():
		case r.Status == referral.Draft:
			items = append(items, transfer.Item{Kind: "draft", Reference: r.Reference, State: string(r.Status)})
		case !r.Arrived:
			return nil, fault.New(fault.Conflict, "transfer.referral").With("reference", r.Reference)
		default:
			items = append(items, transfer.Item{Kind: "referral", Reference: r.Reference, State: string(r.Status)})
		}
	}
	returns, err := tx.ReturnsOf(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range returns {
		switch {
		case r.State.Over():
		case r.Second == to: // it would sign the assessment of risks with itself
			return nil, fault.New(fault.Conflict, "transfer.return")
		default:
			if err := answered(ctx, tx, r); err != nil {
				return nil, err
			}
			items = append(items, transfer.Item{Kind: "return", State: string(r.State), Moves: true})
		}
	}
	if err := n.Conferences.LeavingIn(ctx, tx, c); err != nil {
		return nil, err
	}
	held, err := tx.HoldingsOf(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, h := range held {
		items = append(items, transfer.Item{Kind: "hold", State: h.Ground, Moves: true})
	}
	due, err := n.dueOf(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	for _, t := range due {
		items = append(items, transfer.Item{Kind: "task", State: t.Kind, Moves: true})
	}
	return items, nil
}

// answered fails while a desk of another country is asked to sign the assessment of a return: its answer is sealed to the desk that asked.
func answered(ctx context.Context, tx handTx, r homecoming.Return) error {
	if r.Consent == "" {
		return nil
	}
	asked, err := tx.JointsUnder(ctx, r.Consent)
	if slices.ContainsFunc(asked, func(j joint.Row) bool {
		return j.State == joint.Asked || j.State == joint.Opened || j.State == joint.Answered
	}) {
		return fault.New(fault.Conflict, "transfer.joint")
	}
	return err
}

// dueOf are the open tasks of the desk of a case that are about the case, or about what goes along with it.
func (n *Node) dueOf(ctx context.Context, tx handTx, c casefile.Case) ([]task.Task, error) {
	objects := []string{string(c.ID)}
	rows, err := tx.Rows(ctx, c.ID, "")
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		objects = append(objects, string(r.ID))
	}
	spaces, err := tx.Compartments(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, s := range spaces {
		if s.Consent != "" { // or an override, which has a space too
			objects = append(objects, string(s.Consent))
		}
	}
	returns, err := tx.ReturnsOf(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range returns {
		objects = append(objects, string(r.ID))
	}
	hits, err := tx.SearchHitsOn(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, h := range hits {
		objects = append(objects, string(h.ID))
	}
	asked, err := tx.LookupHitsOn(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	questions, err := tx.LookupsOf(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range append(asked, questions...) {
		objects = append(objects, r.ID)
	}
	var out []task.Task
	for _, o := range objects {
		open, err := tx.OpenTasks(ctx, o, "")
		if err != nil {
			return nil, err
		}
		for _, t := range open {
			if t.Desk == c.Desk {
				out = append(out, t)
			}
		}
	}
	return out, nil
}

// handed takes along what goes with a case: what somebody has to do, returns, what keeps it from erasure, searches to be decided about.
// One of the desk that has the case now has found what it was looking for.
func (n *Node) handed(ctx context.Context, narrow transfer.Tx, before, after casefile.Case) error {
	tx, ok := narrow.(handTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	hits, err := tx.SearchHitsOn(ctx, before.ID)
	if err != nil {
		return err
	}
	for _, h := range hits {
		if h.State != search.HitOpen || h.Asker != after.Desk {
			continue
		}
		h.State, h.Ended = search.HitSilent, n.now()
		if err := tx.SetSearchHit(ctx, h); err != nil {
			return err
		}
		if _, err := n.Tasks.DropIn(ctx, tx, string(h.ID), ""); err != nil {
			return err
		}
	}
	due, err := n.dueOf(ctx, tx, before)
	if err != nil {
		return err
	}
	for _, t := range due {
		if err := n.Tasks.HandIn(ctx, tx, t, after.Desk); err != nil {
			return err
		}
	}
	referrals, err := tx.ReferralsOfCase(ctx, before.ID)
	if err != nil {
		return err
	}
	for _, r := range referrals { // what she takes back is answered by whoever has the case
		if err := n.handErasures(ctx, tx, r, before, after); err != nil {
			return err
		}
	}
	if err := tx.NameServicesToo(ctx, before.Desk, after.Desk); err != nil { // which of them are in this plan, nobody sees without its keys
		return err
	}
	return tx.HandOver(ctx, before.ID, after.Desk)
}

func (n *Node) handErasures(ctx context.Context, tx handTx, r referral.Row, before, after casefile.Case) error {
	open, err := tx.OpenTasks(ctx, string(r.ID)+"."+string(r.Side), referral.TaskErase)
	if err != nil {
		return err
	}
	for _, t := range open {
		if t.Desk == before.Desk {
			if err := n.Tasks.HandIn(ctx, tx, t, after.Desk); err != nil {
				return err
			}
		}
	}
	return nil
}
