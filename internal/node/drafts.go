package node

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/job"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/task"
)

// The tasks of what ends by itself. Their object is the case, so that the task leads there.
const (
	taskDraft    = "case.draft"    // something that nobody has finished is erased soon
	taskUnsorted = "case.unsorted" // somebody opens a case from before once, so that its drafts can end
)

// sweepAtOnce is how many drafts one turn warns of or erases, and mostUnsorted how many cases are asked to be opened at a time.
const (
	sweepAtOnce  = 50
	mostUnsorted = 20
)

// wireDrafts makes what ends drafts and screenings, after everything that they touch.
func (n *Node) wireDrafts() {
	s := n.Retention
	s.Restricted = func(ctx context.Context, narrow retention.Tx, c id.Case) (bool, error) {
		tx, ok := narrow.(restriction.Tx)
		if !ok {
			return false, fault.New(fault.Internal, "node.wiring")
		}
		_, err := tx.RestrictionOf(ctx, c)
		if fault.Is(err, fault.NotFound) {
			return false, nil
		}
		return err == nil, err
	}
	s.Rests, s.Ending, s.Warn = n.restsOn, n.abandon, n.warnOf
	n.Keyring.Settled = n.draftSettled
	n.Forms.Ends = func(ctx context.Context, narrow casefile.Tx, c keyring.Compartment) (frame.Time, error) {
		return n.endsIn(ctx, narrow, c)
	}
	n.Referrals.Ends = func(ctx context.Context, narrow referral.Tx, c keyring.Compartment) (frame.Time, error) {
		return n.endsIn(ctx, narrow, c)
	}
	counted := n.Cases.Counted
	n.Cases.Counted = func(ctx context.Context, tx casefile.Tx, who access.Actor, k *keyring.Case, row casefile.Case) (casefile.Case, error) {
		if err := n.sort(ctx, tx, k, row); err != nil {
			return casefile.Case{}, err
		}
		return counted(ctx, tx, who, k, row)
	}
}

// draftJob erases what nobody has gone on with.
func (n *Node) draftJob() job.Job {
	return job.Job{Name: "drafts", Every: time.Hour, Do: func(ctx context.Context) (int, error) { return n.Retention.Sweep(ctx, sweepAtOnce) }}
}

func (n *Node) endsIn(ctx context.Context, narrow any, c keyring.Compartment) (frame.Time, error) {
	tx, ok := narrow.(retention.Tx)
	if !ok {
		return 0, fault.New(fault.Internal, "node.wiring")
	}
	return n.Retention.EndsIn(ctx, tx, c)
}

// restsOn reports whether work rests on what lies in a space: a draft that was sent after all, a screening after which she was referred or a
// body has decided.
func (n *Node) restsOn(ctx context.Context, tx retention.Tx, c keyring.Compartment) (bool, error) {
	switch c.Class {
	case profile.ClassDraft:
		r, found, err := n.Referrals.EndOf(ctx, tx, c)
		return found && !r.Status.Local(), err
	case profile.ClassScreening:
		return n.screenedFor(ctx, tx, c.Case)
	}
	return false, nil
}

func (n *Node) screenedFor(ctx context.Context, narrow retention.Tx, c id.Case) (bool, error) {
	tx, ok := narrow.(referral.Tx)
	if !ok {
		return false, fault.New(fault.Internal, "node.wiring")
	}
	row, err := tx.Case(ctx, c)
	if err != nil || row.Status != "" {
		return true, err
	}
	ends, err := tx.ReferralsOfCase(ctx, c)
	if err != nil {
		return false, err
	}
	for _, r := range ends {
		if !r.Status.Local() {
			return true, nil
		}
	}
	return false, nil
}

// abandon takes away what lies elsewhere of a draft that ends.
func (n *Node) abandon(ctx context.Context, tx retention.Tx, c keyring.Compartment) error {
	r, found, err := n.Referrals.EndOf(ctx, tx, c)
	if err != nil || !found {
		return err
	}
	return n.Referrals.AbandonIn(ctx, tx, r)
}

// warnOf gives the desk of a case something to do before a draft of it ends. A case has one such task at a time, of the first day.
func (n *Node) warnOf(ctx context.Context, narrow retention.Tx, row casefile.Case, _ keyring.Compartment, end frame.Time) error {
	tx, ok := narrow.(task.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	open, err := tx.OpenTasks(ctx, string(row.ID), taskDraft)
	if err != nil || len(open) > 0 {
		return err
	}
	_, err = n.Tasks.AddIn(ctx, tx, task.New{
		Desk: row.Desk, Realm: row.Realm, Kind: taskDraft, Object: string(row.ID), Reference: string(row.Reference), Announce: true,
		Clock: task.Clock{Due: end, Remind: end.Add(-24 * time.Hour)},
	})
	return err
}

// draftSettled ends that task when no other draft of the case is warned of.
func (n *Node) draftSettled(ctx context.Context, narrow keyring.Tx, c keyring.Compartment) error {
	tx, ok := narrow.(task.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	all, err := narrow.Compartments(ctx, c.Case)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.ID != c.ID && x.Warned != 0 && x.State == keyring.Open {
			return nil
		}
	}
	_, err = n.Tasks.DoneIn(ctx, tx, string(c.Case), taskDraft)
	return err
}

// sortTx is what cases from before need.
type sortTx interface {
	task.Tx
	// Unsorted reports whether drafts and screenings of a case may still lie under the key of the case.
	Unsorted(ctx context.Context, c id.Case) (bool, error)
	SetSorted(ctx context.Context, c id.Case) error
	// UnsortedCases returns cases of which they may, in the order of their identifiers, after one of them.
	UnsortedCases(ctx context.Context, after id.Case, limit int) ([]casefile.Case, error)
}

// sort moves drafts and screenings of a case from before, which only somebody with its key can tell from the rest, each under a key of its own: from
// then on the node can end them.
func (n *Node) sort(ctx context.Context, narrow casefile.Tx, k *keyring.Case, row casefile.Case) error {
	tx, ok := narrow.(sortTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	if !k.Writable() {
		return nil
	}
	if open, err := tx.Unsorted(ctx, row.ID); err != nil || !open {
		return err
	}
	for _, move := range []func(context.Context, casefile.Tx, *keyring.Case) error{n.Forms.SortIn, sortScreenings, n.Referrals.SortIn} {
		if err := move(ctx, narrow, k); err != nil {
			return err
		}
	}
	if err := tx.SetSorted(ctx, row.ID); err != nil {
		return err
	}
	_, err := n.Tasks.DoneIn(ctx, tx, string(row.ID), taskUnsorted)
	return err
}

// kindScreening is the kind of the sealed records that are screenings: they are moved, and nothing here reads what they say.
const kindScreening = "screening"

func sortScreenings(ctx context.Context, tx casefile.Tx, k *keyring.Case) error {
	records, _, err := k.ListIn(ctx, tx, kindScreening)
	if err != nil {
		return err
	}
	for _, r := range records {
		if err := k.MoveIn(ctx, tx, r, profile.ClassScreening); err != nil {
			return err
		}
	}
	return nil
}

// remindUnsorted asks the desks of a few cases from before, the next ones when these were opened, to open each once.
func (n *Node) remindUnsorted(ctx context.Context, narrow remindTx) (int, error) {
	tx, ok := narrow.(sortTx)
	if !ok {
		return 0, fault.New(fault.Internal, "node.wiring")
	}
	all, err := tx.UnsortedCases(ctx, "", mostUnsorted)
	changed := 0
	for _, c := range all {
		open, err := tx.OpenTasks(ctx, string(c.ID), taskUnsorted)
		if err != nil {
			return changed, err
		}
		if len(open) > 0 {
			continue
		}
		if _, err := n.Tasks.AddIn(ctx, tx, task.New{Desk: c.Desk, Realm: c.Realm, Kind: taskUnsorted, Object: string(c.ID), Reference: string(c.Reference)}); err != nil {
			return changed, err
		}
		changed++
	}
	return changed, err
}
