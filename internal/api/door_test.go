package api_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/call"
)

// closed returns the interface of a node behind which nobody is: what the door refuses must not get that far.
func closed(t *testing.T) http.Handler {
	t.Helper()
	a := &api.API{Site: call.Site{Texts: texts(t), Log: slog.New(slog.DiscardHandler)}}
	return a.Handler()
}

func TestDoorRefusesBeforeAnybodyIsAsked(t *testing.T) {
	h := closed(t)
	for _, c := range []struct {
		name, method, path, body string
		header                   map[string]string
		status                   int
		kind, key                string
		fields                   string // that are named
	}{
		{name: "a cookie", method: "GET", path: "/desks", header: map[string]string{"Cookie": "session=x"}, status: 400, kind: "invalid", key: "api.cookie"},
		{name: "a form", method: "POST", path: "/sessions", body: "login=a", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, status: 415, kind: "invalid", key: "api.media"},
		{name: "a form with files", method: "POST", path: "/sessions", body: "x", header: map[string]string{"Content-Type": "multipart/form-data; boundary=x"}, status: 415, kind: "invalid", key: "api.media"},
		{name: "plain text, which a form can send", method: "POST", path: "/sessions", body: "{}", header: map[string]string{"Content-Type": "text/plain"}, status: 415, kind: "invalid", key: "api.media"},
		{name: "a body that does not say what it is", method: "POST", path: "/sessions", body: "{}", status: 415, kind: "invalid", key: "api.media"},
		{name: "no such address", method: "GET", path: "/nothing", status: 404, kind: "not-found", key: "fault.not-found"},
		{name: "no session", method: "GET", path: "/desks", status: 401, kind: "locked", key: "api.session"},
		{name: "another kind of credential", method: "GET", path: "/desks", header: map[string]string{"Authorization": "Basic eDp5"}, status: 401, kind: "locked", key: "api.session"},
		{name: "an unknown field", method: "POST", path: "/sessions", body: `{"login":"a","passphrase":"b","role":"PLANTED"}`, header: map[string]string{"Content-Type": "application/json"}, status: 422, kind: "invalid", key: "api.form", fields: "body.role"},
		{name: "an unknown question", method: "GET", path: "/desks?colour=PLANTED", status: 422, kind: "invalid", key: "api.form", fields: "query.colour"},
		{name: "a number that is none", method: "GET", path: "/desks?limit=PLANTED", status: 422, kind: "invalid", key: "api.form", fields: "query.limit"},
		{name: "a number beyond its bounds", method: "GET", path: "/desks?limit=501", status: 422, kind: "invalid", key: "api.form", fields: "query.limit"},
		{name: "a key without end", method: "DELETE", path: "/cases/1", header: map[string]string{"Idempotency-Key": strings.Repeat("PLANTED", 40)}, status: 422, kind: "invalid", key: "api.form", fields: "header.Idempotency-Key"},
		{name: "a place and a body that are wrong", method: "POST", path: "/cases/" + strings.Repeat("a", 65) + "/notes", body: `{"language":"en"}`, header: map[string]string{"Content-Type": "application/json"}, status: 422, kind: "invalid", key: "api.form", fields: "path.case body"},
		{name: "nothing", method: "POST", path: "/sessions", header: map[string]string{"Content-Type": "application/json"}, status: 400, kind: "invalid", key: "api.form"},
		{name: "half of it", method: "POST", path: "/sessions", body: `{"login":"PLANTED`, header: map[string]string{"Content-Type": "application/json"}, status: 400, kind: "invalid", key: "api.form", fields: "body"},
		{name: "bytes instead of JSON", method: "POST", path: "/sessions", body: `{}`, header: map[string]string{"Content-Type": "application/octet-stream"}, status: 415, kind: "invalid", key: "api.media", fields: "body"},
		{name: "too much", method: "POST", path: "/sessions", body: `{"login":"` + strings.Repeat("a", call.MaxBody) + `"}`, header: map[string]string{"Content-Type": "application/json"}, status: 413, kind: "too-large", key: "api.too-large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, api.Prefix+c.path, strings.NewReader(c.body))
			r.RemoteAddr = "192.0.2.1:1"
			for k, v := range c.header {
				r.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			var p struct {
				Type, Title, Detail, Instance, Kind, Key string
				Status                                   int
				Fields                                   []string
			}
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
				t.Fatalf("%d %s: %v", w.Code, w.Body, err)
			}
			if w.Code != c.status || p.Status != c.status || p.Kind != c.kind || p.Key != c.key {
				t.Errorf("got %d %s %s, want %d %s %s", w.Code, p.Kind, p.Key, c.status, c.kind, c.key)
			}
			if got := strings.Join(p.Fields, " "); got != c.fields {
				t.Errorf("names %q, want %q", got, c.fields)
			}
			if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("a problem is %s", got)
			}
			if p.Title == "" || p.Detail == "" || strings.Contains(p.Title+p.Detail, "⟦") || p.Instance != "urn:opentrm:request:"+w.Header().Get("Request-Id") {
				t.Errorf("not said: %s", w.Body)
			}
			if strings.Contains(w.Body.String(), "PLANTED") {
				t.Errorf("what was sent is repeated: %s", w.Body)
			}
			if c.status == 401 && w.Header().Get("Www-Authenticate") != "Bearer" {
				t.Error("it is not said how to sign in")
			}
		})
	}
}

func TestProblemSpeaksTheLanguageAskedFor(t *testing.T) {
	h := closed(t)
	said := map[string]bool{}
	for _, tag := range []string{"en", "mk"} {
		r := httptest.NewRequest("GET", api.Prefix+"/desks", nil)
		r.Header.Set("Accept-Language", tag)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var p struct{ Detail, Key string }
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		if p.Key != "api.session" {
			t.Errorf("%s: key %s", tag, p.Key)
		}
		said[p.Detail] = true
	}
	if len(said) != 2 {
		t.Errorf("both languages say the same: %v", said)
	}
}

func TestDoorSlowsDownWhoAsksTooFast(t *testing.T) {
	h := closed(t)
	slowed := false
	for range 200 {
		r := httptest.NewRequest("GET", api.Prefix+"/health", nil)
		r.RemoteAddr = "192.0.2.7:1"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == http.StatusTooManyRequests {
			slowed = w.Header().Get("Retry-After") != ""
			break
		}
	}
	if !slowed {
		t.Error("200 requests at once were all answered")
	}
	r := httptest.NewRequest("GET", api.Prefix+"/health", nil)
	r.RemoteAddr = "192.0.2.8:1"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Errorf("another address pays for it: %d", w.Code)
	}
}
