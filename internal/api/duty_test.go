package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/nodetest"
)

// TestNobodyLosesTheShiftsThatAnotherEntered: two administrators read the same duty roster and each enters a shift. The
// second is told, and the shift of the first stands.
func TestNobodyLosesTheShiftsThatAnotherEntered(t *testing.T) {
	net := nodetest.New(t, nodetest.At("MK"))
	mk := net.Node("MK")
	ana := mk.As("ana")
	h, token, path := mk.API.Handler(), mk.SignIn("ada"), api.Prefix+"/desks/"+string(ana.Desk)+"/duty"
	ask := func(method, match, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		if match != "" {
			r.Header.Set("If-Match", match)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	now := frame.At(net.Clock.Now())
	roster := func(hours ...int) string {
		all := []map[string]any{}
		for _, n := range hours {
			at := now.Add(time.Duration(n) * time.Hour)
			all = append(all, map[string]any{"user": ana.User, "from": at, "to": at.Add(time.Hour)})
		}
		b, err := json.Marshal(map[string]any{"from": now, "shifts": all})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	read := ask("GET", "", "").Header().Get("ETag")
	if read == "" {
		t.Fatal("the roster has no ETag")
	}
	first := ask("PUT", read, roster(1))
	if first.Code/100 != 2 {
		t.Fatalf("the first: %d %s", first.Code, first.Body)
	}
	for _, c := range []struct {
		name, match string
		status      int
		key         string
	}{
		{"under the ETag that the first read", read, http.StatusPreconditionFailed, "desk.duty.stale"},
		{"under none", "", http.StatusPreconditionRequired, "api.match.missing"},
		{"under what is no ETag", "x", http.StatusUnprocessableEntity, "api.match.form"},
	} {
		w := ask("PUT", c.match, roster(5))
		if w.Code != c.status || !strings.Contains(w.Body.String(), `"`+c.key+`"`) {
			t.Errorf("%s: %d %s, want %d %s", c.name, w.Code, w.Body, c.status, c.key)
		}
	}
	// An hour does not change the roster, and a shift that is over does not either.
	net.Clock.Advance(150 * time.Minute)
	token = mk.SignIn("ada")
	again := ask("GET", "", "").Header().Get("ETag")
	if again != first.Header().Get("ETag") || again == read {
		t.Errorf("ETag %s before, %s as the change answered, %s later", read, first.Header().Get("ETag"), again)
	}
	if w := ask("PUT", again, roster(1, 5)); w.Code/100 != 2 {
		t.Errorf("after reading again: %d %s", w.Code, w.Body)
	}
	var got struct{ Items []any }
	if err := json.Unmarshal(ask("GET", "", "").Body.Bytes(), &got); err != nil || len(got.Items) != 1 {
		t.Errorf("%d shifts are left, %v", len(got.Items), err)
	}
}
