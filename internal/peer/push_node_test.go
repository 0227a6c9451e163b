package peer_test

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/peer"
)

// service is a push service that keeps what it was given.
type service struct {
	*httptest.Server
	mu     sync.Mutex
	answer map[string]int // by path; 201 if there is none
	bodies map[string][][]byte
}

func pushService(t *testing.T) *service {
	t.Helper()
	s := &service{answer: map[string]int{}, bodies: map[string][][]byte{}}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.bodies[r.URL.Path] = append(s.bodies[r.URL.Path], body)
		if code := s.answer[r.URL.Path]; code != 0 {
			w.WriteHeader(code)
			return
		}
		w.WriteHeader(http.StatusCreated)
	}))
	t.Cleanup(s.Close)
	return s
}

// taken returns what came under a path, and forgets it.
func (s *service) taken(path string) [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer delete(s.bodies, path)
	return s.bodies[path]
}

// TestPushThroughAWholeNode: somebody subscribes two browsers over the form of her page, and both are told, encrypted, what the
// notice says and nothing else; one that is over is forgotten, the other is told on.
func TestPushThroughAWholeNode(t *testing.T) {
	s := pushService(t)
	key, err := peer.NewPushKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := json.Marshal(map[string]any{"push": map[string]any{
		"key": key, "contact": "mailto:office@example.org", "services": []string{strings.TrimPrefix(s.URL, "https://")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	senders, err := peer.ParseSenders(settings, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	senders[notify.Push].(*peer.Push).Client = s.Client() // it trusts the certificate of the test, and reaches this machine
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK").With(func(c *node.Config) { c.Senders = senders }))
	md, mk := n.Node("MD"), n.Node("MK")

	session := mk.SignIn("ana")
	post := func(form url.Values) int {
		r := httptest.NewRequest(http.MethodPost, "https://mk.example/me/notices/browsers", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.AddCookie(&http.Cookie{Name: "__Host-trm", Value: session})
		w := httptest.NewRecorder()
		mk.Handler().ServeHTTP(w, r)
		return w.Code
	}
	first, second := newBrowser(t), newBrowser(t)
	for _, bad := range []string{"", "{}", first.subscription("https://169.254.169.254/latest"), first.subscription("http" + strings.TrimPrefix(s.URL, "https"))} {
		if code := post(url.Values{"subscription": {bad}}); code != http.StatusUnprocessableEntity {
			t.Errorf("%q was answered %d", bad, code)
		}
	}
	for path, b := range map[string]browser{"/one": first, "/two": second} {
		for range 2 { // the same browser twice is one
			if code := post(url.Values{"subscription": {b.subscription(s.URL + path)}}); code != http.StatusSeeOther {
				t.Fatalf("subscribing was answered %d", code)
			}
		}
	}
	browsers := func() []notify.Browser {
		t.Helper()
		set, all, err := mk.Notices.Mine(t.Context(), mk.As("ana").Actor)
		if err != nil || set.Channel != notify.Push || set.Language != "en" || set.Zone != "Europe/Skopje" {
			t.Fatalf("the setting is %+v, %v", set, err)
		}
		return all
	}
	if got := browsers(); len(got) != 2 {
		t.Fatalf("%d browsers", len(got))
	}

	sent := write(t, md, "MK")
	n.Run()
	for path, b := range map[string]browser{"/one": first, "/two": second} {
		got := s.taken(path)
		if len(got) != 1 {
			t.Fatalf("%s was told %d times\n%s", path, len(got), mk.Logs)
		}
		said := b.open(t, got[0])
		if !strings.Contains(said, "http://"+mk.PeopleAddress()) {
			t.Errorf("the browser is told %s", said)
		}
		for _, secret := range append(strings.Fields(planted), string(sent.Thread), "MD", "focal-point", "ana") {
			if strings.Contains(said, secret) {
				t.Errorf("%q left the node: %s", secret, said)
			}
		}
	}

	s.mu.Lock()
	s.answer["/one"] = http.StatusGone
	s.mu.Unlock()
	write(t, md, "MK")
	n.Run()
	if one, two := s.taken("/one"), s.taken("/two"); len(one) != 1 || len(two) != 1 {
		t.Errorf("told %d and %d times", len(one), len(two))
	}
	if got := browsers(); len(got) != 1 || !strings.Contains(got[0].Address, "/two") {
		t.Errorf("a browser that is over is kept: %+v", got)
	}
	write(t, md, "MK")
	n.Run()
	if one, two := s.taken("/one"), s.taken("/two"); len(one) != 0 || len(two) != 1 {
		t.Errorf("told %d and %d times after one was over", len(one), len(two))
	}

	if code := post(url.Values{"do": {"stop"}, "subscription": {second.subscription(s.URL + "/two")}}); code != http.StatusSeeOther || len(browsers()) != 0 {
		t.Errorf("leaving was answered %d", code)
	}
	ada := mk.As("ada").Actor
	if err := mk.Notices.Subscribe(t.Context(), ada, notify.Setting{User: mk.As("ana").User, Zone: "UTC", Language: "en"}, first.subscription(s.URL+"/one")); !fault.Is(err, fault.Denied) {
		t.Errorf("an administrator subscribes for another: %v", err)
	}
}
