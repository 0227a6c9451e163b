package peer_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/peer"
	"github.com/opentrm/opentrm/internal/webhook"
)

// An address inside is refused when it is said and when a name leads to it; with leave a private network is reached, this machine and its own link never.
func TestWebhookReachesNothingInside(t *testing.T) {
	sender := &peer.Webhook{}
	for url, want := range map[string]struct{ outside, inside bool }{
		"https://register.example.org/in":         {true, true},
		"https://register.example.org:8443/a?b=c": {true, true},
		"https://10.1.2.3/in":                     {false, true},
		"https://192.168.1.9:8443/in":             {false, true},
		"https://[fd12::1]/in":                    {false, true},
		"https://127.0.0.1/in":                    {},
		"https://[::1]/in":                        {},
		"https://[::ffff:127.0.0.1]/in":           {},
		"https://localhost/in":                    {},
		"https://a.localhost./in":                 {},
		"https://169.254.169.254/latest":          {},
		"https://[fe80::1%25eth0]/in":             {},
		"https://0.0.0.0/in":                      {},
		"http://register.example.org/in":          {},
		"https://user:word@register.example.org/": {},
		"https://register.example.org/#part":      {},
		"https:///in":                             {},
		"https://register.example.org/\r\nx":      {},
		"https://регистар.example.org/":           {},
		"ftp://register.example.org/":             {},
		"":                                        {},
	} {
		for inside, ok := range map[bool]bool{false: want.outside, true: want.inside} {
			if err := sender.Check(url, inside); (err == nil) != ok || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("%q, inside %t: %v", url, inside, err)
			}
		}
	}
	// A name that leads to this machine passes the look at the address and not the line.
	r := listens(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(r.URL, "https://"), ":")
	for _, name := range []string{"127.0.0.1.", "0x7f.1", "2130706433", "127.1"} {
		for _, inside := range []bool{false, true} {
			_, err := sender.Send(t.Context(), webhook.Message{URL: "https://" + name + ":" + port + "/", Inside: inside, ID: "x", At: time.Now(), Body: []byte("{}")})
			if err == nil {
				t.Errorf("%s was reached", name)
			}
		}
	}
	if got := r.took(); len(got) != 0 {
		t.Errorf("it heard %+v", got)
	}
}

// A redirect is an answer like another one and followed nowhere; an answer without end is not read; one in a foreign certificate's name is not believed.
func TestWebhookFollowsNobody(t *testing.T) {
	elsewhere, r := listens(t), listens(t)
	l := listen(t, r)
	h, _ := l.hook(r.URL)
	r.says(func(w http.ResponseWriter, _ heard) {
		w.Header().Set("Location", elsewhere.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	l.happens("shelter", 1)
	l.work()
	if h = l.shows(h); h.Status != 307 || h.Attempts != 1 || len(elsewhere.took()) != 0 {
		t.Errorf("%+v", h.Progress)
	}
	wrote := 0
	r.says(func(w http.ResponseWriter, _ heard) {
		block := make([]byte, 64<<10)
		for range 4096 {
			n, err := w.Write(block)
			if wrote += n; err != nil {
				return
			}
		}
	})
	l.pass(time.Minute)
	l.work()
	r.Close() // waits for the handler
	if h = l.shows(h); h.Sent != 1 || wrote > 64<<20 {
		t.Errorf("%+v, %d bytes were written to it", h.Progress, wrote)
	}
	foreign := httptest.NewTLSServer(http.NotFoundHandler())
	defer foreign.Close()
	l.Sender = &peer.Webhook{Loopback: true} // believes what the system believes
	h, _ = l.hook(foreign.URL)
	l.happens("shelter", 1)
	l.work()
	if h = l.shows(h); h.Status != 0 || h.Attempts != 1 {
		t.Errorf("a foreign certificate: %+v", h.Progress)
	}
}

// One receiver that does not answer holds up itself. The lane of those who answer passes it by.
func TestSlowWebhookDelaysNobody(t *testing.T) {
	slow, quick := listens(t), listens(t)
	l := listen(t, slow)
	l.Sender.(*peer.Webhook).Roots.AddCert(quick.Certificate())
	l.hook(slow.URL)
	reached, release := make(chan struct{}), make(chan struct{})
	slow.says(func(http.ResponseWriter, heard) { reached <- struct{}{}; <-release })
	l.happens("shelter", 1)
	if _, err := l.Gather(t.Context()); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { _, err := l.Deliver(t.Context(), false); done <- err }()
	<-reached
	h, _ := l.hook(quick.URL)
	for n := range 3 {
		l.happens("shelter", 1)
		if _, err := l.Gather(t.Context()); err != nil {
			t.Fatal(err)
		}
		if did, err := l.Deliver(t.Context(), true); did != 1 || err != nil {
			t.Fatal(did, err)
		}
		if got := quick.took(); !slices.Equal(numbers(got), []int64{int64(n + 1)}) {
			t.Fatalf("%+v", got)
		}
	}
	if did, err := l.Deliver(t.Context(), true); did != 0 || err != nil {
		t.Errorf("the one in hand is taken up again: %d %v", did, err)
	}
	quick.says(status(500))
	l.happens("shelter", 1)
	if _, err := l.Gather(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := l.Deliver(t.Context(), true); err != nil {
			t.Fatal(err)
		}
	}
	l.pass(10 * time.Second)
	if did, _ := l.Deliver(t.Context(), true); did != 0 || l.shows(h).Attempts != 1 {
		t.Error("one that fails has the lane of those who answer")
	}
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// A node that is killed while it sends is followed by another after a while, with the same identifier and body; of many that send at once, each item is
// sent by one.
func TestWebhookSurvivesAKill(t *testing.T) {
	r := listens(t)
	l := listen(t, r)
	h, secret := l.hook(r.URL)
	l.happens("shelter", 3)
	if _, err := l.Gather(t.Context()); err != nil {
		t.Fatal(err)
	}
	killed, kill := context.WithCancel(t.Context())
	r.says(func(_ http.ResponseWriter, h heard) {
		if h.sequence == 2 {
			kill()
		}
	})
	if _, err := l.Deliver(killed, false); err == nil {
		t.Error("it did not notice that it was killed")
	}
	before := r.took()
	r.says(nil)
	if l.work(); len(r.took()) != 0 {
		t.Fatal("two send at once")
	}
	l.pass(time.Minute + time.Second)
	l.work()
	after := r.took()
	if !slices.Equal(numbers(before), []int64{1, 2}) || !slices.Equal(numbers(after), []int64{2, 3}) {
		t.Fatalf("%v, then %v", numbers(before), numbers(after))
	}
	if before[1].id != after[0].id || before[1].body != after[0].body || !signed(t, after[0], secret) {
		t.Errorf("%+v, then %+v", before[1], after[0])
	}
	if h = l.shows(h); h.Sent != 3 || h.Attempts != 0 {
		t.Errorf("%+v", h.Progress)
	}

	for range 4 {
		l.hook(r.URL)
	}
	l.happens("shelter", 12)
	var all sync.WaitGroup
	for n := range 6 {
		all.Go(func() {
			for range 12 {
				if _, err := l.Gather(t.Context()); err != nil {
					t.Error(err)
				}
				if _, err := l.Deliver(t.Context(), n == 0); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	l.work()
	count := map[string]int{}
	for _, g := range r.took() {
		count[g.id]++
	}
	for id, n := range count {
		if n != 1 {
			t.Errorf("%s was sent %d times", id, n)
		}
	}
	if len(count) != 5*12 {
		t.Errorf("%d items, want 60", len(count))
	}
}

// A flood of tries, of hooks and of what waits is bounded.
func TestWebhooksAreBounded(t *testing.T) {
	r := listens(t)
	l := listen(t, r)
	h, _, err := l.Propose(t.Context(), l.ada, webhook.Proposal{Desk: "shelter", URL: r.URL, Types: []string{"task.made"}})
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := l.Test(t.Context(), l.ada, h.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Test(t.Context(), l.ada, h.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("an eleventh try: %v", err)
	}
	for n, p := range []webhook.Proposal{
		{Desk: "shelter", URL: r.URL, Types: nil},
		{Desk: "shelter", URL: r.URL, Types: []string{"task.made", "task.made"}},
		{Desk: "shelter", URL: r.URL, Types: []string{"person.named"}},
		{Desk: "shelter", URL: r.URL, Types: []string{"webhook.test"}},
		{Desk: "shelter", URL: "http://register.example.org", Types: []string{"task.made"}},
		{Desk: "shelter", URL: r.URL + "/" + strings.Repeat("a", 500), Types: []string{"task.made"}},
	} {
		if _, _, err := l.Propose(t.Context(), l.ada, p); !fault.Is(err, fault.Invalid) {
			t.Errorf("proposal %d: %v", n, err)
		}
	}
	if _, _, err := l.Propose(t.Context(), worker("ana", "case-manager", "shelter"), webhook.Proposal{Desk: "shelter", URL: r.URL, Types: []string{"task.made"}}); !fault.Is(err, fault.Denied) {
		t.Errorf("a case manager proposes: %v", err)
	}
	for n := 1; ; n++ {
		_, _, err := l.Propose(t.Context(), l.ada, webhook.Proposal{Desk: "shelter", URL: fmt.Sprintf("%s/%d", r.URL, n), Types: []string{"task.made"}})
		if err == nil {
			continue
		}
		if !fault.Is(err, fault.Conflict) || n != l.Data.Limits.HooksOfDesk {
			t.Errorf("hook %d: %v", n, err)
		}
		break
	}
	l.Data.Limits.Backlog = 12
	if h, err = l.Confirm(t.Context(), worker("ana", "case-manager", "shelter"), h.ID, 0); err != nil {
		t.Fatal(err)
	}
	l.happens("shelter", 13)
	if _, err := l.Gather(t.Context()); err != nil {
		t.Fatal(err)
	}
	if h = l.shows(h); h.State != webhook.Stopped || h.Why != webhook.Backlog || len(l.ended) != 1 {
		t.Errorf("%s %s", h.State, h.Why)
	}
}
