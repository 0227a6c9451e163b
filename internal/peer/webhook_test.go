package peer_test

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
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
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/peer"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/webhook"
)

// heard is one request that a receiver took down.
type heard struct {
	id, stamp, signature, body string
	what                       string // its type
	sequence                   int64
}

// receiver is a real HTTPS server that keeps what it hears.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	all    []heard
	answer func(http.ResponseWriter, heard)
}

func listens(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		raw, _ := io.ReadAll(q.Body)
		var b struct {
			Type string
			Data struct{ Sequence int64 }
		}
		_ = json.Unmarshal(raw, &b)
		h := heard{
			q.Header.Get("webhook-id"), q.Header.Get("webhook-timestamp"), q.Header.Get("webhook-signature"), string(raw), b.Type, b.Data.Sequence,
		}
		r.mu.Lock()
		r.all = append(r.all, h)
		answer := r.answer
		r.mu.Unlock()
		if answer != nil {
			answer(w, h)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// says sets the answer to everything from now on.
func (r *receiver) says(answer func(http.ResponseWriter, heard)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func status(n int) func(http.ResponseWriter, heard) {
	return func(w http.ResponseWriter, _ heard) { w.WriteHeader(n) }
}

// took returns what was heard since the last look.
func (r *receiver) took() []heard {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.all
	r.all = nil
	return all
}

func numbers(all []heard) []int64 {
	out := []int64{}
	for _, h := range all {
		out = append(out, h.sequence)
	}
	return out
}

// listening is a node's webhooks on a real database, with a clock that tests move.
type listening struct {
	*webhook.Service
	t     *testing.T
	db    *store.DB
	tasks *task.Service
	mu    sync.Mutex
	at    time.Time
	ended []webhook.Hook
	ada   access.Actor
}

func (l *listening) clock() time.Time { l.mu.Lock(); defer l.mu.Unlock(); return l.at }

func (l *listening) pass(d time.Duration) { l.mu.Lock(); defer l.mu.Unlock(); l.at = l.at.Add(d) }

func worker(name string, role access.Role, at id.Desk) access.Actor {
	return access.Actor{User: id.User(name), Role: role, Desk: at, Realm: access.RealmOf(role), Member: "MK"}
}

func listen(t *testing.T, trust *receiver) *listening {
	t.Helper()
	data, err := webhook.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	l := &listening{t: t, at: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), ada: worker("ada", access.Administrator, "")}
	l.db = storetest.New(t, l.clock)
	keys := &keyring.Service{Secret: keyring.NewSecret(seal.NewKey(nil)), Node: "MK", Now: l.clock}
	roots := x509.NewCertPool()
	roots.AddCert(trust.Certificate())
	l.Service = &webhook.Service{
		Write: store.Writer[webhook.Tx](l.db), Update: store.Recorder[webhook.Tx](l.db), Claim: store.Ephemeral[webhook.ClaimTx](l.db),
		Read: store.Reader[webhook.Tx](l.db), Now: l.clock, Member: "MK", Data: data,
		Vault:  func(ctx context.Context, tx webhook.Tx) (keyring.Vault, error) { return keys.VaultIn(ctx, tx) },
		Sender: &peer.Webhook{Roots: roots, Loopback: true},
		Failed: func(_ context.Context, _ webhook.Tx, h webhook.Hook) error { l.ended = append(l.ended, h); return nil },
	}
	l.tasks = &task.Service{
		Write: store.Writer[task.Tx](l.db), Read: store.Reader[task.Tx](l.db), Now: l.clock, Member: "MK",
		Tell: func(context.Context, task.Tx, task.Tell) error { return nil },
	}
	l.in(func(tx task.Tx) error {
		for at, realm := range map[id.Desk]access.Realm{"shelter": access.Assistance, "prosecutor": access.Prosecution} {
			d := desk.Desk{ID: at, Kind: desk.AtNode, State: desk.Active, Realm: realm, Organisation: "org", Function: "f", Zone: "UTC", Version: 1}
			if err := tx.(desk.Tx).AddDesk(t.Context(), d); err != nil {
				return err
			}
		}
		return nil
	})
	return l
}

func (l *listening) in(fn func(task.Tx) error) {
	l.t.Helper()
	if err := l.tasks.Write(l.t.Context(), audit.Did(access.Console("MK"), access.DutyDesk, "x"), fn); err != nil {
		l.t.Fatal(err)
	}
}

// happens makes tasks at a desk: something that is told as task.made.
func (l *listening) happens(at id.Desk, n int) {
	l.t.Helper()
	for range n {
		l.in(func(tx task.Tx) error {
			_, err := l.tasks.AddIn(l.t.Context(), tx, task.New{
				Desk: at, Realm: access.Assistance, Kind: "referral.acknowledge", Object: "obj", Reference: "k7m-4qt-2x9",
			})
			return err
		})
	}
}

// hook proposes a webhook of the shelter and lets the desk confirm it.
func (l *listening) hook(url string) (webhook.Hook, string) {
	l.t.Helper()
	h, secret, err := l.Propose(l.t.Context(), l.ada, webhook.Proposal{Desk: "shelter", URL: url, Types: l.Data.Choices()})
	if err != nil {
		l.t.Fatal(err)
	}
	if h, err = l.Confirm(l.t.Context(), worker("ana", access.CaseManager, "shelter"), h.ID, h.Version); err != nil {
		l.t.Fatal(err)
	}
	return h, secret
}

// work gathers, and sends until nothing is due.
func (l *listening) work() {
	l.t.Helper()
	if _, err := l.Gather(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
	for range 20 {
		n, err := l.Deliver(l.t.Context(), false)
		if err != nil {
			l.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
	l.t.Fatal("it never ends")
}

func (l *listening) shows(h webhook.Hook) webhook.Hook {
	l.t.Helper()
	h, err := l.Show(l.t.Context(), l.ada, h.ID)
	if err != nil {
		l.t.Fatal(err)
	}
	return h
}

// signed checks a signature as any receiver does.
func signed(t *testing.T, h heard, secret string) bool {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(h.id + "." + h.stamp + "." + h.body))
	return slices.Contains(strings.Fields(h.signature), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// What happens at a desk arrives signed by both kinds of key, in order, once; before the desk has said yes nothing is told but a try.
func TestWebhookTellsWhatItsDeskAllows(t *testing.T) {
	r := listens(t)
	l := listen(t, r)
	h, secret, err := l.Propose(t.Context(), l.ada, webhook.Proposal{Desk: "shelter", URL: r.URL + "/in", Types: []string{"task.made"}})
	if err != nil {
		t.Fatal(err)
	}
	l.happens("shelter", 2)
	if _, err := l.Test(t.Context(), l.ada, h.ID); err != nil {
		t.Fatal(err)
	}
	l.work()
	got := r.took()
	if len(got) != 1 || got[0].what != webhook.TestType || !signed(t, got[0], secret) || signed(t, got[0], "whsec_AAAA") {
		t.Fatalf("before the desk agreed: %+v", got)
	}
	for _, no := range []access.Actor{l.ada, worker("vera", access.CaseManager, "other"), worker("pero", access.Prosecutor, "prosecutor"), worker("sara", access.ServiceProvider, "shelter")} {
		if _, err := l.Confirm(t.Context(), no, h.ID, 0); !fault.Is(err, fault.Denied) && !fault.Is(err, fault.NotFound) {
			t.Errorf("%s of %s confirms: %v", no.Role, no.Desk, err)
		}
	}
	ana := worker("ana", access.CaseManager, "shelter")
	if _, err := l.Confirm(t.Context(), ana, h.ID, h.Version); !fault.Is(err, fault.Stale) {
		t.Errorf("what was not seen is confirmed: %v", err)
	}
	if h, err = l.Confirm(t.Context(), ana, h.ID, h.Version+1); err != nil || h.Waits {
		t.Fatal(err)
	}
	theirs := listens(t)
	l.Sender.(*peer.Webhook).Roots.AddCert(theirs.Certificate())
	wall, _, err := l.Propose(t.Context(), l.ada, webhook.Proposal{Desk: "prosecutor", URL: theirs.URL, Types: []string{"task.made"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Confirm(t.Context(), worker("pero", access.Prosecutor, "prosecutor"), wall.ID, wall.Version); err != nil {
		t.Fatal(err)
	}
	if all, err := l.List(t.Context(), ana); err != nil || len(all) != 1 || all[0].ID != h.ID {
		t.Errorf("the shelter sees %+v, %v", all, err)
	}
	l.happens("shelter", 2)
	l.happens("prosecutor", 1)
	l.work()
	if got := theirs.took(); !slices.Equal(numbers(got), []int64{1}) {
		t.Errorf("the prosecutor's system heard %+v", got)
	}
	got = r.took()
	if !slices.Equal(numbers(got), []int64{1, 2}) || got[0].what != "task.made" || got[0].id == got[1].id {
		t.Fatalf("%+v", got)
	}
	public, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(h.Public, "whpk_"))
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range got {
		_, v1a, _ := strings.Cut(g.signature, "v1a,")
		sig, err := base64.StdEncoding.DecodeString(v1a)
		if err != nil || !signed(t, g, secret) || !ed25519.Verify(public, []byte(g.id+"."+g.stamp+"."+g.body), sig) {
			t.Errorf("signature %q: %v", g.signature, err)
		}
		if strings.Contains(g.body, "shelter") || strings.Contains(g.body, "k7m") || strings.Contains(g.body, "obj") || strings.Contains(g.body, "acknowledge") {
			t.Errorf("it says too much: %s", g.body)
		}
	}
	if l.work(); len(r.took()) != 0 {
		t.Error("something is told twice")
	}
}

// A receiver that is down gets everything later, in order, under the same identifiers and with the same bodies, and is asked less and less often; one
// that answers is not held up by it.
func TestWebhookTriesAgainInOrder(t *testing.T) {
	down, up := listens(t), listens(t)
	l := listen(t, down)
	l.Sender.(*peer.Webhook).Roots.AddCert(up.Certificate())
	bad, _ := l.hook(down.URL)
	l.hook(up.URL)
	down.says(status(503))
	l.happens("shelter", 3)
	l.work()
	first := down.took()
	if !slices.Equal(numbers(first), []int64{1}) || !slices.Equal(numbers(up.took()), []int64{1, 2, 3}) {
		t.Fatalf("%+v", first)
	}
	waits := []time.Duration{}
	for range 8 {
		from := l.clock()
		next := l.shows(bad).Next.Time()
		waits = append(waits, next.Sub(from))
		l.pass(next.Sub(from) - time.Second)
		if l.work(); len(down.took()) != 0 {
			t.Fatal("before its time")
		}
		l.pass(time.Second)
		l.work()
		again := down.took()
		if len(again) != 1 || again[0].id != first[0].id || again[0].body != first[0].body {
			t.Fatalf("%+v, first %+v", again, first)
		}
	}
	for i, w := range waits {
		base := time.Duration(l.Data.Limits.FirstSeconds) * time.Second
		for range i {
			base = min(base*time.Duration(l.Data.Limits.Factor), time.Duration(l.Data.Limits.LongestSeconds)*time.Second)
		}
		if w < base || w > base+base*time.Duration(l.Data.Limits.JitterPercent)/100 {
			t.Errorf("attempt %d waits %s, for %s", i+1, w, base)
		}
	}
	down.says(func(w http.ResponseWriter, _ heard) { w.Header().Set("Retry-After", "9000"); w.WriteHeader(429) })
	l.pass(6 * time.Hour)
	l.work()
	if wait := l.shows(bad).Next.Time().Sub(l.clock()); wait < 9000*time.Second {
		t.Errorf("asked to wait 9000 s, it waits %s", wait)
	}
	down.took()
	down.says(nil)
	l.pass(6 * time.Hour)
	l.work()
	if got := down.took(); !slices.Equal(numbers(got), []int64{1, 2, 3}) || got[0].id != first[0].id {
		t.Errorf("%+v", got)
	}
}

// Who answers nothing for days, or says that it is over, is told no more, and somebody is told that; who mends it can have everything again.
func TestWebhookEndsAndIsReplayed(t *testing.T) {
	r := listens(t)
	l := listen(t, r)
	h, _ := l.hook(r.URL)
	r.says(status(500))
	l.happens("shelter", 2)
	for range 40 {
		l.work()
		l.pass(5 * time.Hour)
	}
	if h = l.shows(h); h.State != webhook.Stopped || h.Why != webhook.Dead || len(l.ended) != 1 {
		t.Fatalf("%s %s, told %d times", h.State, h.Why, len(l.ended))
	}
	r.took()
	r.says(nil)
	l.happens("shelter", 1)
	if l.work(); len(r.took()) != 0 {
		t.Fatal("what is stopped is told")
	}
	if _, err := l.Test(t.Context(), l.ada, h.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("a try of what is stopped: %v", err)
	}
	if _, err := l.Replay(t.Context(), l.ada, h.ID, 0); err != nil {
		t.Fatal(err)
	}
	l.happens("shelter", 1)
	l.work()
	if got := numbers(r.took()); !slices.Equal(got, []int64{1, 2, 3}) {
		t.Errorf("after it was mended: %v", got)
	}
	if _, err := l.Replay(t.Context(), l.ada, h.ID, 2); err != nil {
		t.Fatal(err)
	}
	l.work()
	if got := numbers(r.took()); !slices.Equal(got, []int64{2, 3}) {
		t.Errorf("from the second: %v", got)
	}
	for _, from := range []int64{-1, 5} {
		if _, err := l.Replay(t.Context(), l.ada, h.ID, from); !fault.Is(err, fault.Invalid) {
			t.Errorf("from %d: %v", from, err)
		}
	}
	l.pass(15 * 24 * time.Hour)
	if n, err := l.Sweep(t.Context()); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if _, err := l.Replay(t.Context(), l.ada, h.ID, 2); !fault.Is(err, fault.NotFound) {
		t.Errorf("what is forgotten: %v", err)
	}
	r.says(status(410))
	l.happens("shelter", 1)
	for range 3 {
		l.work()
		l.pass(time.Hour)
	}
	if h = l.shows(h); h.State != webhook.Stopped || h.Why != webhook.Gone {
		t.Errorf("after three times 410: %s %s", h.State, h.Why)
	}
}

// While a secret is replaced both sign; afterwards the former one does not.
func TestWebhookSecretsOverlap(t *testing.T) {
	r := listens(t)
	l := listen(t, r)
	h, former := l.hook(r.URL)
	h, secret, err := l.Rotate(t.Context(), l.ada, h.ID, h.Version)
	if err != nil || secret == former {
		t.Fatal(err)
	}
	l.happens("shelter", 1)
	l.work()
	if g := r.took()[0]; !signed(t, g, secret) || !signed(t, g, former) {
		t.Errorf("while it is replaced: %s", g.signature)
	}
	l.pass(time.Duration(l.Data.Limits.OverlapHours)*time.Hour + time.Second)
	l.happens("shelter", 1)
	l.work()
	if g := r.took()[0]; !signed(t, g, secret) || signed(t, g, former) {
		t.Errorf("afterwards: %s", g.signature)
	}
	all, err := l.List(t.Context(), l.ada)
	if err != nil || len(all) != 1 {
		t.Fatal(err)
	}
	out, _ := json.Marshal(all)
	if strings.Contains(string(out), "whsec_") || strings.Contains(string(out), strings.TrimPrefix(secret, "whsec_")) {
		t.Error("a list shows a secret")
	}
	if err := l.Remove(t.Context(), worker("ana", access.CaseManager, "shelter"), h.ID, 0); err != nil {
		t.Fatal(err)
	}
	l.happens("shelter", 1)
	if l.work(); len(r.took()) != 0 {
		t.Error("what is removed is told")
	}
}
