package nodetest_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/peer"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/webhook"
)

// register is a system of a member that listens over HTTPS and keeps every byte that reaches it.
type register struct {
	*httptest.Server
	mu    sync.Mutex
	bytes bytes.Buffer
	all   []event
	fails int // answers of 503 that are left
}

// event is one thing that it heard.
type event struct {
	Type string
	Data struct {
		ID              id.Delivery
		Epoch, Sequence int64
	}
	message string
}

func newRegister(t *testing.T) *register {
	r := &register{}
	r.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		raw, _ := httputil.DumpRequest(q, true)
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.bytes.Write(raw)
		if r.fails > 0 {
			r.fails--
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		h := event{message: q.Header.Get("webhook-id")}
		if err := json.Unmarshal(body, &h); err != nil {
			t.Error(err)
		}
		r.all = append(r.all, h)
	}))
	t.Cleanup(r.Close)
	return r
}

// sender lets a node reach it.
func (r *register) sender() webhook.Sender {
	roots := x509.NewCertPool()
	roots.AddCert(r.Certificate())
	return &peer.Webhook{Roots: roots, Loopback: true}
}

// heard returns what came since the last look, as "type identifier".
func (r *register) heard() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, h := range r.all {
		out = append(out, h.Type+" "+string(h.Data.ID))
	}
	r.all = nil
	return out
}

// agrees lets a register hear everything of a desk, a member of which agrees.
func agrees(t *testing.T, x *node.Node, admin, by access.Actor, at id.Desk, url string) webhook.Hook {
	t.Helper()
	h, _, err := x.Webhooks.Propose(t.Context(), admin, webhook.Proposal{Desk: at, URL: url, Types: x.Webhooks.Data.Choices()})
	if err != nil {
		t.Fatal(err)
	}
	if h, err = x.Webhooks.Confirm(t.Context(), by, h.ID, h.Version); err != nil {
		t.Fatal(err)
	}
	return h
}

// TestWebhookHearsOfItsDeskOnly: on a whole node, a register hears of the cases of its desk by their identifiers, and that another desk or the prosecution
// has any is nowhere in what reaches it. After a restore it hears nothing until its desk has agreed anew.
func TestWebhookHearsOfItsDeskOnly(t *testing.T) {
	r := newRegister(t)
	n := nodetest.New(t, nodetest.At("MK").With(func(c *node.Config) { c.Webhooks = r.sender() }))
	mk, ctx := n.Node("MK"), t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	mk.Desk(desk.Desk{ID: "shelter", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter"}, "mira", access.CaseManager)
	mk.Desk(desk.Desk{ID: "prosecutor", Kind: desk.AtNode, Realm: access.Prosecution, Function: "desk.function.prosecutor"}, "petar", access.Prosecutor)
	open := func(by string) casefile.Case {
		t.Helper()
		c, err := mk.Cases.Open(ctx, mk.As(by), casefile.Opening{AgeClass: person.Adult})
		must(err)
		return c
	}
	before := open("mira") // of before anybody listened
	h, _, err := mk.Webhooks.Propose(ctx, mk.As("ada").Actor, webhook.Proposal{Desk: "shelter", URL: r.URL, Types: mk.Webhooks.Data.Choices()})
	must(err)
	asked, err := mk.Tasks.List(ctx, mk.As("mira").Actor, task.Filter{Kind: "webhook.confirm"})
	if err != nil || len(asked) != 1 || asked[0].Object != string(h.ID) {
		t.Fatalf("the desk is asked by %+v, %v", asked, err)
	}
	for _, by := range []string{"ada", "ana", "petar", "dora"} {
		if _, err := mk.Webhooks.Confirm(ctx, mk.As(by).Actor, h.ID, h.Version); !fault.Is(err, fault.Denied) && !fault.Is(err, fault.NotFound) {
			t.Errorf("%s agrees for the shelter: %v", by, err)
		}
	}
	if h, err = mk.Webhooks.Confirm(ctx, mk.As("mira").Actor, h.ID, h.Version); err != nil {
		t.Fatal(err)
	}
	n.Run()
	r.heard() // that the question to the desk was answered
	mine, hidden, walled := open("mira"), open("ana"), open("petar")
	closing := casefile.Closure{Reason: "needs-met", Date: n.Clock.Now().Format(time.DateOnly), Action: "erase"}
	_, err = mk.Cases.Close(ctx, mk.As("mira"), mine.ID, mine.Version, closing)
	must(err)
	must(mk.Cases.Erase(ctx, mk.As("mira").Actor, mine.ID))
	n.Run()
	got := slices.DeleteFunc(r.heard(), func(s string) bool { return strings.HasPrefix(s, "task.") })
	if want := []string{"case.opened " + string(mine.ID), "case.closed " + string(mine.ID), "case.erased " + string(mine.ID)}; !slices.Equal(got, want) {
		t.Errorf("it heard %q, want %q", got, want)
	}
	r.mu.Lock()
	whole := r.bytes.String()
	r.mu.Unlock()
	for _, secret := range []string{
		string(before.ID), string(hidden.ID), string(walled.ID), string(mine.Reference), string(hidden.Reference), "shelter", "prosecut", "assistance", "needs-met", "mira",
		string(mk.As("mira").User), "adult",
	} {
		if strings.Contains(strings.ToLower(whole), strings.ToLower(secret)) {
			t.Errorf("%q left the node:\n%s", secret, whole)
		}
	}

	// What the register has now is of before a restore: the numbers begin anew, once the desk has said yes again.
	var content, keys bytes.Buffer
	_, err = mk.Backups.Make(ctx, nodetest.Console("MK"), &content, &keys)
	must(err)
	mk.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes())})
	open("mira")
	n.Run()
	if got := r.heard(); len(got) != 0 {
		t.Errorf("after a restore it heard %q", got)
	}
	now, err := mk.Webhooks.Show(ctx, mk.As("mira").Actor, h.ID)
	if err != nil || !now.Waits {
		t.Fatalf("%+v, %v", now, err)
	}
	_, err = mk.Webhooks.Confirm(ctx, mk.As("mira").Actor, h.ID, now.Version)
	must(err)
	again := open("mira")
	n.Run()
	r.mu.Lock()
	first := r.all[0]
	r.mu.Unlock()
	if got := r.heard(); !slices.Contains(got, "case.opened "+string(again.ID)) || first.Data.Epoch != 2 || first.Data.Sequence != 1 {
		t.Errorf("after the desk agreed again it heard %q, first %+v", got, first)
	}
}

// TestTwoReplicasSendAWebhookOnce: two processes over one database, a register that fails now and then, and everything arrives in order, once.
func TestTwoReplicasSendAWebhookOnce(t *testing.T) {
	if !havePostgres() {
		t.Skip("no PostgreSQL: not tried with two replicas")
	}
	r := newRegister(t)
	n := nodetest.New(t, nodetest.At("MK").OnPostgres().With(func(c *node.Config) { c.Webhooks = r.sender() }))
	mk := n.Node("MK")
	other := mk.Replica()
	at := mk.As("ana").Desk
	h := agrees(t, mk.Node, mk.As("ada").Actor, mk.As("ana").Actor, at, r.URL)
	var made []string
	for round := range 3 {
		for range 4 {
			c, err := mk.Cases.Open(t.Context(), mk.As("ana"), casefile.Opening{AgeClass: person.Adult})
			if err != nil {
				t.Fatal(err)
			}
			made = append(made, string(c.ID))
		}
		r.mu.Lock()
		r.fails = round % 2
		r.mu.Unlock()
		var both sync.WaitGroup
		for _, x := range []*node.Node{mk.Node, other} {
			both.Go(func() {
				for range 12 {
					if _, err := x.Work.Tick(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		both.Wait()
		n.Clock.Advance(time.Minute)
	}
	n.Clock.Advance(time.Hour)
	n.Run()
	r.mu.Lock()
	defer r.mu.Unlock()
	var opened []string
	for i, h := range r.all {
		if h.Data.Sequence != int64(i+1) {
			t.Fatalf("item %d has number %d", i+1, h.Data.Sequence)
		}
		if h.Type == "case.opened" {
			opened = append(opened, string(h.Data.ID))
		}
	}
	if !slices.Equal(opened, made) {
		t.Errorf("heard of %d cases, want %d", len(opened), len(made))
	}
	if got, err := mk.Webhooks.Show(t.Context(), mk.As("ada").Actor, h.ID); err != nil || got.Sent != got.Sequence || got.Attempts != 0 {
		t.Errorf("%+v, %v", got.Progress, err)
	}
}
