package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
	"github.com/opentrm/opentrm/internal/task"
)

const reference = "k7m-4qt-2x9"

// office is a node with three desks and a gateway for messages and mail. Its notices and its tasks are wired
// to each other as those of a node are.
type office struct {
	*notify.Service
	t     *testing.T
	db    *store.DB
	tasks *task.Service

	mu   sync.Mutex
	now  time.Time
	down map[string]int // to whom nothing goes, and with which answer of a gateway
	went []string       // to whom something went since the last look
	text []string       // all that ever left
}

func open(t *testing.T, at time.Time) *office {
	t.Helper()
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, now: at, down: map[string]int{}}
	now := func() time.Time { o.mu.Lock(); defer o.mu.Unlock(); return o.now }
	o.db = storetest.New(t, now)
	hook := httptest.NewServer(http.HandlerFunc(o.gateway))
	t.Cleanup(hook.Close)
	o.Service = &notify.Service{
		Write: store.Writer[notify.Tx](o.db), Read: store.Reader[notify.Tx](o.db), Now: now, Member: "MK", Texts: texts,
		Address: "https://node.example.org",
		Senders: map[notify.Channel]notify.Sender{notify.SMS: line(hook.URL), notify.Mail: line(hook.URL)},
		Silent: func(ctx context.Context, tx notify.Tx, n notify.Notice) error {
			return o.tasks.SilentIn(ctx, tx.(task.Tx), id.Task(n.Object), n.Desk)
		},
	}
	o.tasks = &task.Service{
		Write: store.Writer[task.Tx](o.db), Read: store.Reader[task.Tx](o.db), Now: now, Member: "MK",
		Tell: func(ctx context.Context, tx task.Tx, w task.Tell) error {
			return o.TellIn(ctx, tx.(notify.Tx), notify.Notice{
				Desk: w.Desk, User: w.User, Code: notify.Code(w.What), Reference: w.Task.Reference, Object: string(w.Task.ID), Urgent: w.Task.Urgent,
			})
		},
		End: func(ctx context.Context, tx task.Tx, done id.Task) error {
			return o.EndIn(ctx, tx.(notify.Tx), string(done))
		},
	}
	o.in(func(tx notify.Tx) error {
		for _, d := range []desk.Desk{
			{ID: "shelter", Deputy: "second", Coordinator: "head"}, {ID: "second"}, {ID: "head"},
		} {
			d.Kind, d.State, d.Realm, d.Organisation, d.Function, d.Zone, d.Version = desk.AtNode, desk.Active, access.Assistance, "org", "f", "UTC", 1
			if err := tx.AddDesk(t.Context(), d); err != nil {
				return err
			}
		}
		return nil
	})
	return o
}

// gateway takes a message, unless that number is down.
func (o *office) gateway(w http.ResponseWriter, r *http.Request) {
	var m struct{ To, Text string }
	_ = json.NewDecoder(r.Body).Decode(&m)
	o.mu.Lock()
	defer o.mu.Unlock()
	if code := o.down[m.To]; code != 0 {
		w.WriteHeader(code)
		return
	}
	o.went, o.text = append(o.went, m.To), append(o.text, m.Text)
}

// line carries messages to the gateway, as those of package peer do to theirs.
type line string

func (l line) Send(ctx context.Context, m notify.Message) error {
	body, err := json.Marshal(map[string]string{"to": m.To, "text": m.Subject + "\n" + m.Body})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, string(l), bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "peer.unavailable", err)
	}
	answer.Body.Close()
	switch {
	case answer.StatusCode >= 500:
		return fault.New(fault.Unavailable, "peer.unavailable")
	case answer.StatusCode >= 400:
		return fault.New(fault.Invalid, "notify.address")
	}
	return nil
}

func (o *office) in(fn func(notify.Tx) error) {
	o.t.Helper()
	if err := o.Write(o.t.Context(), audit.Did(access.Console("MK"), access.DutyDesk, "shelter"), fn); err != nil {
		o.t.Fatal(err)
	}
}

// person makes a member of a desk. A number means a message, anything else a mail; none means that she chose
// none.
func (o *office) person(user id.User, at id.Desk, ways ...string) notify.Setting {
	o.t.Helper()
	way := func(to string) notify.Channel {
		if strings.HasPrefix(to, "+") {
			return notify.SMS
		}
		return notify.Mail
	}
	s := notify.Setting{User: user, Zone: "UTC", Language: "en"}
	o.in(func(tx notify.Tx) error {
		return tx.SetMembership(o.t.Context(), desk.Membership{Desk: at, User: user, Role: access.CaseManager, State: desk.Granted})
	})
	if len(ways) == 0 {
		return s
	}
	s.Channel, s.Address = way(ways[0]), ways[0]
	if len(ways) > 1 {
		s.Second, s.SecondAddress = way(ways[1]), ways[1]
	}
	o.set(s)
	return s
}

func (o *office) set(s notify.Setting) {
	o.t.Helper()
	her := access.Actor{User: s.User, Role: access.CaseManager, Realm: access.Assistance, Member: "MK"}
	stands, _, err := o.Mine(o.t.Context(), her)
	if err != nil {
		o.t.Fatal(err)
	}
	if err := o.Set(o.t.Context(), her, stands.Mark(), s); err != nil {
		o.t.Fatal(err)
	}
}

// quiet keeps her undisturbed from ten to six in a zone.
func (o *office) quiet(s notify.Setting, zone string) {
	o.t.Helper()
	s.QuietFrom, s.QuietTo, s.Zone = 22*60, 6*60, zone
	o.set(s)
}

func (o *office) onDuty(at id.Desk, users ...id.User) {
	o.t.Helper()
	var all []desk.Shift
	from := frame.At(o.now)
	for _, u := range users {
		all = append(all, desk.Shift{Desk: at, User: u, From: from, To: from.Add(7 * 24 * time.Hour)})
	}
	o.in(func(tx notify.Tx) error { return tx.SetShifts(o.t.Context(), at, from, all) })
}

// asked makes a task of the shelter, which tells it.
func (o *office) asked(n task.New) task.Task {
	o.t.Helper()
	n.Desk, n.Realm, n.Kind, n.Object, n.Reference, n.Announce = "shelter", access.Assistance, "referral.acknowledge", "obj", reference, true
	var made task.Task
	o.in(func(tx notify.Tx) (err error) {
		made, err = o.tasks.AddIn(o.t.Context(), tx.(task.Tx), n)
		return err
	})
	return made
}

func (o *office) pass(d time.Duration) { o.mu.Lock(); defer o.mu.Unlock(); o.now = o.now.Add(d) }

// tells delivers until nothing is due any more and asks to whom it went, whatever the order.
func (o *office) tells(want ...string) {
	o.t.Helper()
	for range 5 {
		if _, _, err := o.Deliver(o.t.Context()); err != nil {
			o.t.Fatal(err)
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	slices.Sort(o.went)
	slices.Sort(want)
	if !slices.Equal(o.went, want) {
		o.t.Errorf("%s: it went to %q, want %q", o.now.Format(time.DateTime), o.went, want)
	}
	o.went = nil
}

// stands asks for the step of a task.
func (o *office) stands(made task.Task, want task.Step) {
	o.t.Helper()
	err := o.tasks.Read(o.t.Context(), func(tx task.Tx) error {
		got, err := tx.Task(o.t.Context(), made.ID)
		if err == nil && got.Step != want {
			o.t.Errorf("the task stands at step %d, want %d", got.Step, want)
		}
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
}
