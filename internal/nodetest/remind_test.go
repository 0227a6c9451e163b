package nodetest_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
)

// reached takes every notice, so that a task climbs by its clock and not because nobody could be told.
type reached struct{}

func (reached) Send(context.Context, notify.Message) error { return nil }

// office is a node whose shelter has a deputy and a coordinator.
func office(t *testing.T) (*nodetest.Net, *nodetest.Node) {
	t.Helper()
	n := nodetest.New(t, nodetest.At("MK").With(func(c *node.Config) {
		c.Senders = map[notify.Channel]notify.Sender{notify.SMS: reached{}}
	}))
	mk := n.Node("MK")
	mk.Desk(desk.Desk{ID: "second", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter"}, "sara", access.CaseManager)
	mk.Desk(desk.Desk{ID: "shelter", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter", Deputy: "second", Coordinator: "focal-point"}, "mira", access.CaseManager)
	mk.Join("shelter", "vera", access.CaseManager, "mira")
	for _, login := range []string{"mira", "vera", "sara", "ana", "dora"} { // a notice that reaches nobody climbs at once
		by := mk.As(login).Actor
		if err := mk.Notices.Set(t.Context(), by, "", notify.Setting{User: by.User, Channel: notify.SMS, Address: "+38970000000", Zone: "UTC", Language: "en"}); err != nil {
			t.Fatal(err)
		}
	}
	return n, mk
}

// tasks returns the open tasks of a kind, whoever they belong to.
func tasks(t *testing.T, x *nodetest.Node, kind string) []task.Task {
	t.Helper()
	var all []task.Task
	err := store.Reader[task.Tx](x.DB)(t.Context(), func(tx task.Tx) error {
		for _, realm := range []access.Realm{access.Assistance, access.Prosecution, access.Office} {
			some, err := tx.Tasks(t.Context(), task.Wanted{Realm: realm, State: task.Open, Kind: kind, Limit: 200})
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// one returns the only open task of a kind.
func one(t *testing.T, x *nodetest.Node, kind string) task.Task {
	t.Helper()
	all := tasks(t, x, kind)
	if len(all) != 1 {
		t.Fatalf("%d open tasks of the kind %s", len(all), kind)
	}
	return all[0]
}

func step(t *testing.T, x *nodetest.Node, kind string, want task.Step) {
	t.Helper()
	if got := one(t, x, kind); got.Step != want || !got.Late(got.Due+1) {
		t.Errorf("%s stands at step %d, want %d: %+v", kind, got.Step, want, got)
	}
}

// TestOverrideRemindsUntilToldAndReviewed: whoever has to approve, to tell her and to review has a task with a clock; silence
// climbs, and a task that is ticked off without the thing done comes back.
func TestOverrideRemindsUntilToldAndReviewed(t *testing.T) {
	n, mk := office(t)
	ctx := t.Context()
	c, err := mk.Cases.Open(ctx, mk.As("mira"), casefile.Opening{AgeClass: person.Adult})
	if err != nil {
		t.Fatal(err)
	}
	o, err := mk.Consents.Propose(ctx, mk.As("mira"), c.ID, consent.Reason{
		Basis: consent.VitalInterest, Recipient: id.Address{Member: "MK", Desk: "second"}, Category: []consent.Code{"identity.names"},
		Text: "she was found unconscious and cannot be asked", Notice: "as soon as she is awake",
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := one(t, mk, "override.approve"); !got.Urgent || got.Desk != "shelter" || got.Due != n.Now().Add(2*time.Hour) || got.Reference != string(c.Reference) {
		t.Errorf("approve: %+v", got)
	}
	n.Clock.Advance(90 * time.Minute)
	n.Run()
	step(t, mk, "override.approve", task.AtDeputy)
	if o, err = mk.Consents.Approve(ctx, mk.As("vera"), o.ID); err != nil {
		t.Fatal(err)
	}
	if left := tasks(t, mk, "override.approve"); len(left) != 0 {
		t.Errorf("approved, and still asked for: %+v", left)
	}
	dora := mk.As("dora")
	mine, err := mk.Tasks.List(ctx, dora.Actor, task.Filter{})
	if err != nil || len(mine) != 1 || mine[0].Kind != "override.review" || mine[0].Due != o.ReviewDue {
		t.Fatalf("the data-protection officer has %+v, %v", mine, err)
	}
	if _, err := mk.Consents.Review(ctx, dora.Actor, o.ID, "justified"); !fault.Is(err, fault.Conflict) {
		t.Errorf("reviewed before a day has passed: %v", err)
	}
	n.Clock.Advance(55 * time.Hour)
	n.Run()
	step(t, mk, "override.notice", task.AtDeputy)
	step(t, mk, "override.review", task.AtDeputy)

	// Ticked off, and not done.
	if err := mk.Tasks.Done(ctx, mk.As("dora").Actor, mine[0].ID, mine[0].Version); !fault.Is(err, fault.Stale) {
		t.Errorf("as it was before it went to the deputy: %v", err)
	}
	if err := mk.Tasks.Done(ctx, mk.As("dora").Actor, mine[0].ID, one(t, mk, "override.review").Version); err != nil {
		t.Fatal(err)
	}
	n.Clock.Advance(20 * time.Hour)
	n.Run()
	if again := one(t, mk, "override.review"); again.ID == mine[0].ID || again.Step != task.AtCoordinator {
		t.Errorf("a review that is overdue is asked for again, at the coordinator at once: %+v", again)
	}
	step(t, mk, "override.notice", task.AtCoordinator)

	if _, err := mk.Consents.Inform(ctx, mk.As("sara").Actor, o.ID); !fault.Is(err, fault.Hidden) {
		t.Errorf("another desk says that she was told: %v", err)
	}
	if o, err = mk.Consents.Inform(ctx, mk.As("mira").Actor, o.ID); err != nil || o.Told == 0 {
		t.Fatal(o.Told, err)
	}
	if _, err := mk.Consents.Review(ctx, mk.As("dora").Actor, o.ID, "justified"); err != nil {
		t.Fatal(err)
	}
	n.Clock.Advance(time.Hour)
	n.Run()
	for _, kind := range []string{"override.notice", "override.review"} {
		if left := tasks(t, mk, kind); len(left) != 0 {
			t.Errorf("done, and still asked for: %+v", left)
		}
	}
}

// TestOldKeysAndSheetsRemind: an intake key older than 90 days, a desk sheet and a roster that run out make tasks that climb
// and end by themselves when it is done.
func TestOldKeysAndSheetsRemind(t *testing.T) {
	n, mk := office(t)
	mk.PublishSheet()
	n.Clock.Advance(29 * 24 * time.Hour)
	n.Run()
	if early := tasks(t, mk, "sheet.renew"); len(early) != 0 {
		t.Fatalf("reminded too early: %+v", early)
	}
	n.Clock.Advance(2 * 24 * time.Hour)
	n.Run()
	if got := one(t, mk, "sheet.renew"); got.Desk != "focal-point" {
		t.Errorf("the sheet is for the coordinating desk to renew: %+v", got)
	}
	mk.PublishSheet()
	n.Clock.Advance(time.Hour)
	n.Run()
	if left := tasks(t, mk, "sheet.renew"); len(left) != 0 {
		t.Errorf("signed anew, and still asked for: %+v", left)
	}
	if early := tasks(t, mk, "desk.intake"); len(early) != 0 {
		t.Errorf("keys of a month are not old: %+v", early)
	}
	n.Clock.Advance(60 * 24 * time.Hour)
	n.Run()
	due := tasks(t, mk, "desk.intake")
	if len(due) != 3 {
		t.Fatalf("%d desks are asked for a new intake key, want 3", len(due))
	}
	shelter := func(x task.Task) bool { return x.Desk == "shelter" }
	i := slices.IndexFunc(due, shelter)
	if d := due[i]; d.Step != task.AtDesk || !strings.HasPrefix(d.Reference, "2026-03-") || d.Due == 0 {
		t.Errorf("asked for a new key: %+v", d)
	}
	n.Clock.Advance(14 * 24 * time.Hour)
	n.Run()
	late := tasks(t, mk, "desk.intake")
	if i = slices.IndexFunc(late, shelter); late[i].Step != task.AtCoordinator || late[i].Coordinator != "focal-point" {
		t.Errorf("nobody made a new key, and the coordinator has not heard: %+v", late[i])
	}
	if err := mk.Keyring.RotateIntake(t.Context(), mk.As("mira"), "shelter"); err != nil {
		t.Fatal(err)
	}
	n.Clock.Advance(time.Hour)
	n.Run()
	if left := tasks(t, mk, "desk.intake"); len(left) != 2 || slices.ContainsFunc(left, shelter) {
		t.Errorf("a new key was made, and is still asked for: %+v", left)
	}
	if due := tasks(t, mk, "roster.renew"); len(due) != 0 {
		t.Errorf("the roster is young: %+v", due)
	}
	n.Clock.Advance(280 * 24 * time.Hour)
	n.Run()
	one(t, mk, "roster.renew")
	var old keyring.Pair
	err := store.Reader[keyring.Tx](mk.DB)(t.Context(), func(tx keyring.Tx) error {
		all, err := tx.Pairs(t.Context(), "shelter", keyring.Intake)
		old = all[len(all)-1]
		return err
	})
	if err != nil || len(old.Private) != 0 {
		t.Errorf("the private half of a key that nobody used for months is still there: %v", err)
	}
}

// TestTheReflectionPeriodRunsOut: while a period runs its desk has a task, due at the end of its last day in that country,
// and is reminded before; it is gone when the period or the case has ended.
func TestTheReflectionPeriodRunsOut(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"))
	md := n.Node("MD")
	ana := md.As("ana")
	file, err := md.Cases.Open(t.Context(), ana, casefile.Opening{AgeClass: person.Adult})
	if err != nil {
		t.Fatal(err)
	}
	today := n.Clock.Now().Format(time.DateOnly)
	last := n.Clock.Now().AddDate(0, 0, 40).Format(time.DateOnly)
	begin := func() casefile.Kept[casefile.Reflection] {
		t.Helper()
		k, err := md.Cases.Reflect(t.Context(), ana, file.ID, casefile.Reflection{
			Country: "MD", Body: "Demo police", Basis: "Demo act 3", From: today, Until: last, Informed: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	open := func() []task.Task {
		t.Helper()
		all, err := md.Tasks.List(t.Context(), ana.Actor, task.Filter{Kind: "case.reflection"})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	k := begin()
	end, err := time.ParseInLocation(time.DateOnly, last, zone(t, "Europe/Chisinau"))
	if err != nil {
		t.Fatal(err)
	}
	begun, err := time.ParseInLocation(time.DateOnly, today, zone(t, "Europe/Chisinau"))
	if err != nil {
		t.Fatal(err)
	}
	over := end.AddDate(0, 0, 1)
	remind := begun.Add(over.Sub(begun) * 80 / 100).UTC() // as the profile says
	if got := open(); len(got) != 1 || got[0].Due.Time() != over.UTC() || got[0].Remind.Time() != remind || got[0].Reference != string(file.Reference) {
		t.Fatalf("the task is %+v, want it due at the end of %s", got, end)
	}
	if _, err := md.Cases.EndReflection(t.Context(), ana, file.ID, k.Record, k.Version, last, "elapsed"); err != nil {
		t.Fatal(err)
	}
	if got := open(); len(got) != 0 {
		t.Errorf("after its end: %+v", got)
	}
	begin()
	row, err := md.Cases.Show(t.Context(), ana, file.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := md.Cases.Close(t.Context(), ana, file.ID, row.Version, casefile.Closure{Reason: "needs-met", Date: today, Action: "retain"}); err != nil {
		t.Fatal(err)
	}
	if got := open(); len(got) != 0 {
		t.Errorf("after the case was closed: %+v", got)
	}
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestSheIsAskedAgainOnTheDayThatSheAgreedTo: the task bears the first such day and no word of what she refused, and ends when she was
// asked, or with the case.
func TestSheIsAskedAgainOnTheDayThatSheAgreedTo(t *testing.T) {
	md := nodetest.New(t, nodetest.At("MD")).Node("MD")
	ana := md.As("ana")
	file, err := md.Cases.Open(t.Context(), ana, casefile.Opening{AgeClass: person.Adult})
	if err != nil {
		t.Fatal(err)
	}
	day := func(days int) string { return md.Config.Now().AddDate(0, 0, days).Format(time.DateOnly) }
	refuse := func(offer, again string) casefile.Kept[casefile.Refusal] {
		t.Helper()
		k, err := md.Cases.Refuse(t.Context(), ana, file.ID, casefile.Refusal{Offer: offer, Why: "no-trust", On: day(0), Told: true, Again: again})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	refuse("medical", day(30))
	k := refuse("proceedings", day(14))
	due := func(text string) time.Time {
		t.Helper()
		d, err := time.ParseInLocation(time.DateOnly, text, zone(t, "Europe/Chisinau"))
		if err != nil {
			t.Fatal(err)
		}
		return d.UTC()
	}
	if got := one(t, md, "case.refusal"); got.Due.Time() != due(day(14)) || got.Reference != string(file.Reference) {
		t.Errorf("the task is %+v, want it due on %s", got, day(14))
	}
	if _, err := md.Cases.AskAgain(t.Context(), ana, file.ID, k.Record, k.Version, casefile.AskedAgain{On: day(14), Outcome: casefile.Accepted}, ""); err != nil {
		t.Fatal(err)
	}
	if got := one(t, md, "case.refusal"); got.Due.Time() != due(day(30)) {
		t.Errorf("the task is %+v, want it due on %s", got, day(30))
	}
	row, err := md.Cases.Show(t.Context(), ana, file.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := md.Cases.Close(t.Context(), ana, file.ID, row.Version, casefile.Closure{Reason: "declined", Date: day(0), Action: "retain"}); err != nil {
		t.Fatal(err)
	}
	if got := tasks(t, md, "case.refusal"); len(got) != 0 {
		t.Errorf("after the case was closed: %+v", got)
	}
}
