package node

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
)

// The kinds of task that no referral and no message makes.
const (
	taskApprove = "override.approve" // the second person decides
	taskNotice  = "override.notice"  // the person is told
	taskReview  = "override.review"  // the data-protection officer reviews
	taskIntake  = "desk.intake"      // a member of the desk makes a new intake pair
	taskSheet   = "sheet.renew"      // the desk sheet is signed anew
	taskRoster  = "roster.renew"     // the next roster is agreed
	taskConfirm = "consent.confirm"  // the person is asked whether her consent still stands
)

// The clocks of the profile for what a node owes itself.
const (
	clockIntake = "intake-renewal"
	clockSheet  = "sheet-renewal"
	clockRoster = "roster-renewal"
)

// remindTx is what reminders need: what is due, and whom it is told to.
type remindTx interface {
	consent.Tx
	task.Tx
	member.Tx
	Case(ctx context.Context, c id.Case) (casefile.Case, error)
	Users(ctx context.Context) ([]signin.User, error)
	// ConsentsUnasked returns unconfirmed consents of open cases that run and about which no task of a kind is open.
	ConsentsUnasked(ctx context.Context, now frame.Time, kind string, limit int) ([]consent.Consent, error)
}

// clockOf makes the clock of a task out of one of the profile. Where the profile has none, or it is law that nobody has
// confirmed, the task has no deadline: it stands in the list and nothing escalates on a guess.
func (n *Node) clockOf(key string, start frame.Time) (task.Clock, error) {
	law := n.Law()
	due, err := law.Ends(n.Member, key, start)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
		return task.Clock{}, nil
	}
	if err != nil {
		return task.Clock{}, err
	}
	k, err := law.Referral(n.Member, n.Member, key)
	if err != nil {
		return task.Clock{}, err
	}
	c := task.Clock{Due: due}
	if k.RemindPercent > 0 {
		c.Remind = profile.At(start, due, k.RemindPercent)
	}
	for _, e := range k.Escalation {
		if step, ok := steps()[e.To]; ok { // nobody abroad hears of what a node owes itself
			c.Chain = append(c.Chain, task.Rung{Step: step, At: profile.At(start, due, e.AtPercent)})
		}
	}
	return c, nil
}

// steps are the steps of an escalation within the member, by their names in the profile.
func steps() map[string]task.Step {
	return map[string]task.Step{"desk": task.AtDesk, "deputy": task.AtDeputy, "coordinator": task.AtCoordinator}
}

// wish is a task that has to be open, or must not be.
type wish struct {
	on    bool
	kind  string
	clock string
	start frame.Time
	make  task.New
}

// fulfil makes and ends tasks until they are as wished, and returns how many it changed.
func (n *Node) fulfil(ctx context.Context, tx remindTx, object string, all ...wish) (int, error) {
	changed := 0
	for _, w := range all {
		open, err := tx.OpenTasks(ctx, object, w.kind)
		switch {
		case err != nil:
			return changed, err
		case !w.on && len(open) > 0:
			_, err = n.Tasks.DoneIn(ctx, tx, object, w.kind)
			changed++
		case w.on && len(open) == 0:
			w.make.Kind, w.make.Object, w.make.Announce = w.kind, object, true
			if w.make.Clock, err = n.clockOf(w.clock, w.start); err == nil {
				_, err = n.Tasks.AddIn(ctx, tx, w.make)
			}
			changed++
		}
		if err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// overridden makes and ends what somebody has to do about an override: approve it, tell the person, review it.
func (n *Node) overridden(ctx context.Context, narrow consent.Tx, o consent.Override) error {
	tx, ok := narrow.(remindTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	_, err := n.overrideTasks(ctx, tx, o)
	return err
}

func (n *Node) overrideTasks(ctx context.Context, tx remindTx, o consent.Override) (int, error) {
	c, err := tx.Case(ctx, o.Case)
	if err != nil {
		return 0, err
	}
	here := task.New{Desk: c.Desk, Realm: c.Realm, Reference: string(c.Reference)}
	urgent := here
	urgent.Urgent = true
	review := wish{on: o.State == consent.Approved, kind: taskReview, clock: consent.ClockReview, start: o.Approved, make: here}
	if review.on {
		if review.make.Desk, review.make.User, review.make.Realm, err = n.reviewer(ctx, tx, c, o); err != nil {
			return 0, err
		}
	}
	return n.fulfil(ctx, tx, string(o.ID),
		wish{on: o.State == consent.Proposed, kind: taskApprove, clock: consent.ClockApprove, start: o.Proposed, make: urgent},
		wish{on: o.State != consent.Proposed && o.Told == 0, kind: taskNotice, clock: consent.ClockNotice, start: o.Approved, make: here},
		review)
}

// reviewer finds who reviews an override: the data-protection officer, told at the data-protection desk, or as a person
// where there is no such desk; and above her whoever stands above the desk of the case.
func (n *Node) reviewer(ctx context.Context, tx remindTx, c casefile.Case, o consent.Override) (at id.Desk, who id.User, realm access.Realm, err error) {
	at, who, err = n.officer(ctx, tx, o.Maker, o.Approver)
	if at == "" {
		at = c.Desk
	}
	return at, who, access.Office, err
}

// officer finds the data-protection desk, and a data-protection officer who is none of but; each is empty where there is none.
func (n *Node) officer(ctx context.Context, tx remindTx, but ...id.User) (at id.Desk, who id.User, err error) {
	users, err := n.users(ctx, tx)
	if err != nil {
		return "", "", err
	}
	for _, u := range users {
		if !slices.Contains(but, u.ID) && u.Serves(access.DataProtectionOfficer) {
			who = u.ID
			break
		}
	}
	desks, err := tx.Desks(ctx)
	if err != nil {
		return "", "", err
	}
	for _, d := range desks {
		if d.Purpose == desk.DataProtection && d.State == desk.Active && d.Kind == desk.AtNode {
			return d.ID, who, nil
		}
	}
	return "", who, nil
}

// remind makes and ends the reminders of what a node owes: consents and holds that a restore has left open, cases from before, keys that are too old, a sheet and a roster that run out, and
// overrides that nobody has reviewed, although somebody ticked the task off.
func (n *Node) remind(ctx context.Context) (int, error) {
	changed := 0
	entry := audit.Did(access.Node(n.Member), access.MakeTask, "reminders").For("remind")
	err := store.Writer[remindTx](n.DB)(ctx, entry, func(tx remindTx) error {
		changed = 0
		for _, look := range []func(context.Context, remindTx) (int, error){
			n.remindConsents, n.remindOverrides, n.remindIntake, n.remindSheet, n.remindRoster, n.remindHolds, n.remindForks, n.remindUnsorted,
		} {
			did, err := look(ctx, tx)
			if err != nil {
				return err
			}
			changed += did
		}
		if changed == 0 {
			return errNothing
		}
		return nil
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return changed, err
}

func (n *Node) remindOverrides(ctx context.Context, tx remindTx) (int, error) {
	const most = 100
	due, err := n.Consents.DueIn(ctx, tx, n.now(), most)
	if err != nil {
		return 0, err
	}
	changed := 0
	for _, o := range due {
		did, err := n.overrideTasks(ctx, tx, o)
		if err != nil {
			return changed, err
		}
		changed += did
	}
	return changed, nil
}

func (n *Node) remindIntake(ctx context.Context, tx remindTx) (int, error) {
	due, err := n.Keyring.DueIn(ctx, tx)
	if err != nil {
		return 0, err
	}
	old := map[id.Desk]bool{}
	for _, d := range due {
		old[d] = true
	}
	desks, err := tx.Desks(ctx)
	if err != nil {
		return 0, err
	}
	changed := 0
	for _, d := range desks {
		w := wish{on: old[d.ID], kind: taskIntake, clock: clockIntake}
		if w.on {
			made, err := madeAt(ctx, tx, d)
			if err != nil {
				return changed, err
			}
			w.start = made.Add(keyring.IntakeLasts)
			w.make = task.New{Desk: d.ID, Realm: d.Realm, Reference: day(made)}
		}
		did, err := n.fulfil(ctx, tx, string(d.ID), w)
		if err != nil {
			return changed, err
		}
		changed += did
	}
	return changed, nil
}

// madeAt returns when the intake pair of a desk was made; of one that has none, when the desk was last verified.
func madeAt(ctx context.Context, tx remindTx, d desk.Desk) (frame.Time, error) {
	pairs, err := tx.Pairs(ctx, d.ID, keyring.Intake)
	if err != nil || len(pairs) == 0 {
		return d.VerifiedOn, err
	}
	return pairs[0].Created, nil
}

// day is a date as the neutral reference of something that was made then.
func day(t frame.Time) string { return t.Time().UTC().Format(time.DateOnly) }

func (n *Node) remindSheet(ctx context.Context, tx remindTx) (int, error) {
	held, err := member.SheetOf(ctx, tx, n.Member)
	if fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return n.remindOffice(ctx, tx, taskSheet, clockSheet, held.Signed.Sheet.Created)
}

func (n *Node) remindRoster(ctx context.Context, tx remindTx) (int, error) {
	held, err := member.InForce(ctx, tx)
	if fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return n.remindOffice(ctx, tx, taskRoster, clockRoster, held.Signed.Roster.Created)
}

// remindOffice reminds of what the office of the member owes, from the first reminder of its clock on.
func (n *Node) remindOffice(ctx context.Context, tx remindTx, kind, clock string, start frame.Time) (int, error) {
	c, err := n.clockOf(clock, start)
	if err != nil {
		return 0, err
	}
	w := wish{on: c.Remind != 0 && n.now() >= c.Remind, kind: kind, clock: clock, start: start}
	if w.on {
		at, err := office(ctx, tx)
		if err != nil || at.ID == "" {
			return 0, err
		}
		w.make = task.New{Desk: at.ID, Realm: at.Realm, Reference: day(start)}
	}
	return n.fulfil(ctx, tx, kind, w)
}

// office returns the desk that answers for the member: one of the office realm, else one that another desk names as its
// coordinator, else the first with people. It is empty before any desk was founded.
func office(ctx context.Context, tx remindTx) (desk.Desk, error) {
	all, err := tx.Desks(ctx)
	if err != nil {
		return desk.Desk{}, err
	}
	named := map[id.Desk]bool{}
	for _, d := range all {
		named[d.Coordinator] = true
	}
	var best desk.Desk
	rank := 0
	for _, d := range all {
		if d.State != desk.Active || d.Kind != desk.AtNode {
			continue
		}
		r := 1
		if d.Realm == access.Office {
			r = 3
		} else if named[d.ID] {
			r = 2
		}
		if r > rank {
			best, rank = d, r
		}
	}
	return best, nil
}
