package task_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
	"github.com/opentrm/opentrm/internal/task"
)

// office is a node with three desks: an intake, its deputy, and the coordinator.
type office struct {
	*task.Service
	t    *testing.T
	mu   sync.Mutex
	now  time.Time
	told []string
	fail error // of the next telling
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	now := func() time.Time { o.mu.Lock(); defer o.mu.Unlock(); return o.now }
	db := storetest.New(t, now)
	o.Service = &task.Service{
		Write: store.Writer[task.Tx](db), Read: store.Reader[task.Tx](db), Now: now, Member: "MK",
		Tell: func(_ context.Context, _ task.Tx, w task.Tell) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			if o.fail != nil {
				return o.fail
			}
			o.told = append(o.told, fmt.Sprintf("%s %s", w.Desk, w.What))
			return nil
		},
		Abroad: func(_ context.Context, _ task.Tx, t task.Task) (bool, error) {
			o.mu.Lock()
			defer o.mu.Unlock()
			if t.Kind == "desk.intake" {
				return false, nil // concerns nobody else
			}
			o.told = append(o.told, "abroad")
			return true, nil
		},
	}
	desks := store.Writer[desk.Tx](db)
	for _, d := range []desk.Desk{
		{ID: "intake", Deputy: "second", Coordinator: "office", Realm: access.Assistance},
		{ID: "second", Realm: access.Assistance},
		{ID: "office", Realm: access.Office},
		{ID: "lonely", Realm: access.Assistance},
	} {
		d.Kind, d.State, d.Organisation, d.Function, d.Zone, d.Version = desk.AtNode, desk.Active, "org", "f", "UTC", 1
		err := desks(t.Context(), audit.Did(access.Console("MK"), access.CreateDesk, string(d.ID)), func(tx desk.Tx) error {
			return tx.AddDesk(t.Context(), d)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func (o *office) at(h float64) frame.Time {
	return frame.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC).Add(time.Duration(h * float64(time.Hour))))
}

func (o *office) pass(h float64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.at(h).Time()
}

// clock is the acknowledgement of a referral: 24 hours, reminded half way.
func (o *office) clock() task.Clock {
	return task.Clock{Remind: o.at(12), Due: o.at(24), Chain: []task.Rung{
		{Step: task.AtDesk, At: o.at(12)},
		{Step: task.AtDeputy, At: o.at(18)},
		{Step: task.AtCoordinator, At: o.at(24)},
		{Step: task.Abroad, At: o.at(36)},
	}}
}

func (o *office) add(n task.New) task.Task {
	o.t.Helper()
	if n.Desk == "" {
		n.Desk = "intake"
	}
	if n.Realm == "" {
		n.Realm = access.Assistance
	}
	if n.Kind == "" {
		n.Kind = "referral.acknowledge"
	}
	if n.Object == "" {
		n.Object = "obj-1"
	}
	if n.Reference == "" {
		n.Reference = "k7m-4qt-2x9"
	}
	var made task.Task
	o.in(func(tx task.Tx) (err error) { made, err = o.AddIn(o.t.Context(), tx, n); return err })
	return made
}

func (o *office) in(fn func(task.Tx) error) {
	o.t.Helper()
	if err := o.Write(o.t.Context(), audit.Did(access.Node("MK"), access.MakeTask, "x"), fn); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) escalate() int {
	o.t.Helper()
	n, err := o.Escalate(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	return n
}

func (o *office) wants(want ...string) {
	o.t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if d := cmp.Diff(want, o.told); d != "" {
		o.t.Errorf("told (-want +got):\n%s", d)
	}
	o.told = nil
}

func as(role access.Role, desk id.Desk, user id.User, realm access.Realm) access.Actor {
	return access.Actor{User: user, Role: role, Desk: desk, Realm: realm, Member: "MK"}
}

func TestSilenceClimbsTheWholeChainOnce(t *testing.T) {
	o := newOffice(t)
	o.add(task.New{Clock: o.clock(), Announce: true})
	o.wants("intake new-work")
	for _, step := range []struct {
		hour float64
		want []string
	}{
		{11.9, nil},
		{12, []string{"intake reminder"}},
		{17.9, nil},
		{18, []string{"second breach"}},
		{24, []string{"office breach"}},
		{30, nil},
		{36, []string{"abroad"}},
		{900, nil},
	} {
		o.pass(step.hour)
		o.escalate()
		o.escalate()
		o.wants(step.want...)
	}
}

func TestNodeThatWasOffTellsEveryStepItMissed(t *testing.T) {
	o := newOffice(t)
	o.add(task.New{Clock: o.clock()})
	o.pass(30)
	if n := o.escalate(); n != 1 {
		t.Errorf("moved %d tasks, want 1", n)
	}
	o.wants("second breach", "office breach")
}

func TestEachStepOnceUnderConcurrency(t *testing.T) {
	o := newOffice(t)
	const tasks = 30
	for i := range tasks {
		o.add(task.New{Clock: o.clock(), Object: fmt.Sprint("obj-", i)})
	}
	o.pass(18)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if _, err := o.Escalate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(o.told) != tasks {
		t.Errorf("the deputy was told %d times about %d tasks", len(o.told), tasks)
	}
}

func TestFailedTellingUndoesTheStepAndSparesOthers(t *testing.T) {
	o := newOffice(t)
	made := o.add(task.New{Clock: o.clock()})
	o.pass(18)
	o.fail = errors.New("no room")
	if _, err := o.Escalate(t.Context()); err == nil {
		t.Fatal("a telling that failed was not reported")
	}
	o.fail = nil
	if n := o.escalate(); n != 1 {
		t.Errorf("moved %d, want 1: the step that failed is taken again", n)
	}
	o.wants("second breach")
	got, err := o.Show(t.Context(), as(access.CaseManager, "intake", "u", access.Assistance), made.ID)
	if err != nil || got.Step != task.AtDeputy || got.Deputy != "second" {
		t.Errorf("task at step %d with deputy %q (%v)", got.Step, got.Deputy, err)
	}
}

func TestNobodyNamedPassesFurtherAndNeverUnheard(t *testing.T) {
	o := newOffice(t)
	o.add(task.New{Desk: "lonely", Clock: o.clock()})
	o.pass(18)
	o.escalate()
	o.wants("lonely breach")
	o.pass(36)
	o.escalate()
	o.wants("abroad")
}

func TestWhatConcernsNobodyAbroadComesBackToTheDesk(t *testing.T) {
	o := newOffice(t)
	o.add(task.New{Kind: "desk.intake", Clock: o.clock()})
	o.pass(36)
	o.escalate()
	o.wants("second breach", "office breach", "intake breach")
}

func TestFailedNotificationIsSilence(t *testing.T) {
	o := newOffice(t)
	made := o.add(task.New{Clock: o.clock(), Announce: true})
	o.told = nil
	silent := func(at id.Desk) {
		o.in(func(tx task.Tx) error { return o.SilentIn(t.Context(), tx, made.ID, at) })
	}
	silent("intake")
	o.wants("second breach")
	silent("intake") // the reminder fails as well, but the deputy has it by now
	o.wants()
	silent("second")
	o.wants("office breach")
	o.pass(24) // both steps were taken early and are not repeated
	o.escalate()
	o.wants()
	o.in(func(tx task.Tx) error { return o.SilentIn(t.Context(), tx, "no-such-task", "intake") })
}

func TestTheOtherSideIsNotToldBeforeTheTurnOfTheStepThatFailed(t *testing.T) {
	o := newOffice(t)
	made := o.add(task.New{Clock: o.clock()})
	for _, at := range []id.Desk{"intake", "second", "office", "office"} {
		o.in(func(tx task.Tx) error { return o.SilentIn(t.Context(), tx, made.ID, at) })
	}
	o.wants("second breach", "office breach")
	o.pass(23.9)
	o.escalate()
	o.wants()
	o.pass(24) // the coordinator's own turn; 36 if she could have been told
	o.escalate()
	o.wants("abroad")
}

func TestEndedTasksAreQuiet(t *testing.T) {
	for name, end := range map[string]func(*office, task.Tx) (int, error){
		"done": func(o *office, tx task.Tx) (int, error) {
			return o.DoneIn(o.t.Context(), tx, "obj-1", "referral.acknowledge")
		},
		"dropped": func(o *office, tx task.Tx) (int, error) { return o.DropIn(o.t.Context(), tx, "obj-1", "") },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			var over []id.Task
			o.End = func(_ context.Context, _ task.Tx, t id.Task) error { over = append(over, t); return nil }
			made := o.add(task.New{Clock: o.clock()})
			other := o.add(task.New{Clock: o.clock(), Kind: "referral.decide", Object: "obj-2"})
			o.in(func(tx task.Tx) error {
				n, err := end(o, tx)
				if n != 1 {
					t.Errorf("ended %d, want 1", n)
				}
				return err
			})
			if !slices.Equal(over, []id.Task{made.ID}) {
				t.Errorf("notices ended of %v, want %v", over, made.ID)
			}
			o.pass(18)
			if n := o.escalate(); n != 1 {
				t.Errorf("moved %d, want the other one (%s)", n, other.ID)
			}
		})
	}
}

func TestMovedDeadlineBeginsAgain(t *testing.T) {
	o := newOffice(t)
	o.add(task.New{Clock: o.clock()})
	o.pass(18)
	o.escalate()
	o.told = nil
	o.in(func(tx task.Tx) error {
		open, err := tx.OpenTasks(t.Context(), "obj-1", "referral.acknowledge")
		if err != nil || len(open) != 1 {
			return fmt.Errorf("%d are open: %w", len(open), err)
		}
		return o.MoveIn(t.Context(), tx, open[0], task.Clock{
			Due: o.at(48), Chain: []task.Rung{{Step: task.AtDesk, At: o.at(40)}, {Step: task.AtDeputy, At: o.at(48)}},
		})
	})
	o.pass(39)
	o.escalate()
	o.wants()
	o.pass(40)
	o.escalate()
	o.wants("intake reminder")
	o.pass(48)
	o.escalate()
	o.wants("second breach")
}

// A conversation between people of several desks about one task.
func TestWhoSeesATask(t *testing.T) {
	o := newOffice(t)
	ana := as(access.CaseManager, "intake", "ana", access.Assistance)
	boris := as(access.CaseManager, "second", "boris", access.Assistance)
	vera := as(access.Prosecutor, "justice", "vera", access.Prosecution)
	cora := as(access.NationalCoordinator, "office", "cora", access.Office)
	made := o.add(task.New{Clock: o.clock()})
	sees := func(who access.Actor) int {
		t.Helper()
		all, err := o.List(t.Context(), who, task.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	kind := func(err error) string {
		if err == nil {
			return "ok"
		}
		return fault.KindOf(err).String()
	}
	type answer struct {
		Listed     int
		Show, Done string
	}
	ask := func(who access.Actor) answer {
		t.Helper()
		_, err := o.Show(t.Context(), who, made.ID)
		return answer{sees(who), kind(err), "-"}
	}
	want := map[string]answer{"ana": {1, "ok", "-"}, "boris": {0, "hidden", "-"}, "vera": {0, "hidden", "-"}, "cora": {1, "ok", "-"}}
	got := map[string]answer{"ana": ask(ana), "boris": ask(boris), "vera": ask(vera), "cora": ask(cora)}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("before it was passed on (-want +got):\n%s", d)
	}
	_, missing := o.Show(t.Context(), boris, "no-such-task")
	if kind(missing) != "hidden" {
		t.Errorf("a missing task is %s to a stranger, want hidden like one that exists", kind(missing))
	}
	if err := o.Done(t.Context(), vera, made.ID, made.Version); kind(err) != "hidden" {
		t.Errorf("a prosecutor ended a task of assistance: %v", err)
	}
	if err := o.Done(t.Context(), cora, made.ID, made.Version); kind(err) != "denied" {
		t.Errorf("the coordinator ended a desk's task: %v", err)
	}
	o.pass(18)
	o.escalate()
	if a := ask(boris); a.Listed != 1 || a.Show != "ok" {
		t.Errorf("the deputy has it now, but sees %+v", a)
	}
	if err := o.Done(t.Context(), boris, made.ID, made.Version); kind(err) != "stale" {
		t.Errorf("the deputy ended what he read before it came to him: %v", err)
	}
	read, err := o.Show(t.Context(), boris, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Done(t.Context(), boris, made.ID, read.Version); err != nil {
		t.Errorf("the deputy may do it: %v", err)
	}
	if err := o.Done(t.Context(), ana, made.ID, made.Version); kind(err) != "conflict" {
		t.Errorf("ending twice: %v, want conflict", err)
	}
	if n := sees(ana); n != 0 {
		t.Errorf("%d open tasks after the end", n)
	}
}

func TestListPages(t *testing.T) {
	o := newOffice(t)
	ana := as(access.CaseManager, "intake", "ana", access.Assistance)
	var all []id.Task
	for i := range 7 {
		all = append(all, o.add(task.New{Object: fmt.Sprint("o-", i), User: "ana"}).ID)
		o.pass(float64(i))
	}
	var got []id.Task
	var after id.Task
	for {
		page, err := o.List(t.Context(), ana, task.Filter{After: after, Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, x := range page {
			got = append(got, x.ID)
		}
		after = got[len(got)-1]
	}
	slices.Sort(all)
	if d := cmp.Diff(all, got); d != "" {
		t.Errorf("pages (-want +got):\n%s", d)
	}
	if _, err := o.List(t.Context(), ana, task.Filter{Limit: 1000}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a page of 1000: %v, want invalid", err)
	}
}

func TestWhatIsNoTask(t *testing.T) {
	o := newOffice(t)
	good := task.New{Desk: "intake", Realm: access.Assistance, Kind: "k", Object: "o", Reference: "kmm-qtt-xx9"}
	for name, spoil := range map[string]func(*task.New){
		"no desk":         func(n *task.New) { n.Desk = "" },
		"no realm":        func(n *task.New) { n.Realm = "" },
		"kind":            func(n *task.New) { n.Kind = "Call Ana" },
		"no object":       func(n *task.New) { n.Object = "" },
		"a name":          func(n *task.New) { n.Reference = "Ana Petrova" },
		"small name":      func(n *task.New) { n.Reference = "ana" },
		"rungs backwards": func(n *task.New) { n.Clock.Chain = []task.Rung{{Step: 2, At: 9}, {Step: 1, At: 10}} },
		"time backwards":  func(n *task.New) { n.Clock.Chain = []task.Rung{{Step: 1, At: 9}, {Step: 2, At: 8}} },
		"no such step":    func(n *task.New) { n.Clock.Chain = []task.Rung{{Step: 4, At: 9}} },
	} {
		t.Run(name, func(t *testing.T) {
			n := good
			spoil(&n)
			err := o.Write(t.Context(), audit.Did(access.Node("MK"), access.MakeTask, "x"), func(tx task.Tx) error {
				_, err := o.AddIn(t.Context(), tx, n)
				return err
			})
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%v, want invalid", err)
			}
		})
	}
	for range 400 { // references without a digit exist, and must pass
		n := good
		n.Reference = string(id.NewReference(id.Maker{}))
		err := o.Write(t.Context(), audit.Did(access.Node("MK"), access.MakeTask, "x"), func(tx task.Tx) error {
			_, err := o.AddIn(t.Context(), tx, n)
			return err
		})
		if err != nil {
			t.Fatalf("%s: %v", n.Reference, err)
		}
	}
}

// What waits at each desk is counted to the last task, however many there are; of two desks none hides behind the other.
func TestWhatWaitsIsCountedAtEachDesk(t *testing.T) {
	o := newOffice(t)
	late := task.Clock{Due: o.at(1)}
	for i := range 230 {
		o.add(task.New{Object: fmt.Sprint("a-", i), Clock: late})
	}
	for i := range 3 {
		o.add(task.New{Object: fmt.Sprint("b-", i), Desk: "second", Clock: late})
	}
	o.add(task.New{Object: "c", Desk: "second", Clock: task.Clock{Due: o.at(50)}})
	o.add(task.New{Object: "d", Desk: "lonely"})
	o.pass(2)
	cora := as(access.NationalCoordinator, "office", "cora", access.Office)
	for who, want := range map[*access.Actor][]task.Load{
		&cora: {{Desk: "intake", Open: 230, Late: 230, Since: o.at(1)}, {Desk: "lonely", Open: 1}, {Desk: "second", Open: 4, Late: 3, Since: o.at(1)}},
		new(as(access.CaseManager, "second", "ben", access.Assistance)): {{Desk: "second", Open: 4, Late: 3, Since: o.at(1)}},
		new(as(access.Prosecutor, "intake", "pia", access.Prosecution)): {},
	} {
		got, err := o.Waiting(t.Context(), *who)
		if d := cmp.Diff(want, append([]task.Load{}, got...)); err != nil || d != "" {
			t.Errorf("%s (-want +got): %v\n%s", who.Role, err, d)
		}
	}
}
