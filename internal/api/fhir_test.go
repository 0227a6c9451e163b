package api_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/apireferral"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/restriction"
)

// verdict is what a validator says of one resource. It warns of codes outside value sets that FHIR gives as examples.
type verdict struct {
	Valid    bool `json:"valid"`
	Messages []struct{ Location, Message, Severity string }
}

func (v verdict) errors() (all []string) {
	for _, m := range v.Messages {
		if m.Severity != "warning" && m.Severity != "information" && m.Severity != "info" {
			all = append(all, m.Location+": "+m.Message)
		}
	}
	return all
}

// validator starts the FHIR validator of interop/, which shares no code with ours, and returns how it is asked.
func validator(t *testing.T) func(any) verdict {
	t.Helper()
	dir := os.Getenv("OPENTRM_INTEROP")
	if dir == "" {
		t.Skip("OPENTRM_INTEROP is not set: not tried with a FHIR validator")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed: not tried with a FHIR validator")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "fhir")); err != nil {
		t.Skip("OPENTRM_INTEROP has no installed modules (npm ci): not tried with a FHIR validator")
	}
	cmd := exec.Command(node, filepath.Join(dir, "fhir.js"))
	var complaint strings.Builder
	cmd.Stderr = &complaint
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, complaint.String())
		}
	})
	lines := bufio.NewReader(out)
	return func(resource any) (v verdict) {
		t.Helper()
		if err := json.NewEncoder(in).Encode(resource); err != nil {
			t.Fatal(err)
		}
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatalf("%v: %s", err, complaint.String())
		}
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestReferralsAreFHIR: a referral in any state, from either end, is a Task and a ServiceRequest that a validator of others
// takes, which refuses what is none.
func TestReferralsAreFHIR(t *testing.T) {
	ask := validator(t)
	at := frame.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	tried := 0
	for _, status := range course.Statuses() {
		for _, side := range []referral.Side{referral.Sender, referral.Receiver} {
			r := referral.Row{
				ID: "Zm9vYmFyXy1fLWZvb2Jhcg", Desk: "shelter", Side: side, Peer: id.Address{Member: "MD", Desk: "centre"}, Realm: access.Assistance,
				Reference: "K7Q-2MX", Status: status, Urgent: side == referral.Sender, Kind: "specialised-service", Basis: "cets-197-33",
				Made: at, Since: at, Expires: at,
			}
			var st referral.State
			if side == referral.Receiver {
				r.Continues, st.Request.At, st.Reason, st.Outcome = "other", at, "no-capacity", "needs-met"
			}
			entries := apireferral.Resources("MK", r, st)
			if len(entries) != 2 {
				t.Fatalf("%s: %d resources", status, len(entries))
			}
			bundle := apireferral.FHIRBundle{Type: "Bundle", Kind: "collection", Timestamp: "2026-03-02T09:00:00Z", Entry: entries}
			if v := ask(bundle); !v.Valid || len(v.errors()) > 0 {
				t.Errorf("%s, %s: %q", status, side, v.errors())
			}
			asks, does := entries[0].Resource.Requester.Identifier.Value, entries[1].Resource.Owner.Identifier.Value
			if want := map[referral.Side][2]string{referral.Sender: {"MK/shelter", "MD/centre"}, referral.Receiver: {"MD/centre", "MK/shelter"}}[side]; asks != want[0] || does != want[1] {
				t.Errorf("%s, %s: %s asks and %s does", status, side, asks, does)
			}
			tried++
			bundle.Entry[1].Resource.Status = string(status) + "-none"
			bundle.Entry[0].Resource.Subject = nil
			if v := ask(bundle); v.Valid || len(v.errors()) != 2 {
				t.Errorf("%s, %s: of a status that is none and a request for nobody it says %q", status, side, v.errors())
			}
		}
	}
	if tried < 30 {
		t.Errorf("only %d were tried", tried)
	}
}

// TestFHIROverTheInterface: a desk reads its referrals in FHIR, one and all, without a word of who she is; others do not.
func TestFHIROverTheInterface(t *testing.T) {
	mk, values := listed(t)
	get := func(who, path string) *httptest.ResponseRecorder {
		t.Helper()
		r := httptest.NewRequest("GET", api.Prefix+path, nil)
		r.Header.Set("Authorization", "Bearer "+mk.SignIn(who))
		w := httptest.NewRecorder()
		mk.API.Handler().ServeHTTP(w, r)
		return w
	}
	parse := func(w *httptest.ResponseRecorder) (b apireferral.FHIRBundle) {
		t.Helper()
		if err := json.Unmarshal(w.Body.Bytes(), &b); err != nil || w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/fhir+json" {
			t.Fatalf("%d %s %.300s, %v", w.Code, w.Header().Get("Content-Type"), w.Body, err)
		}
		return b
	}
	all := parse(get("ana", "/fhir/referrals"))
	if len(all.Entry) < 4 {
		t.Fatalf("only %d resources", len(all.Entry))
	}
	seen := map[string]bool{}
	for _, e := range all.Entry {
		if seen[e.FullURL] {
			t.Errorf("two resources are called %s", e.FullURL)
		}
		seen[e.FullURL] = true
		one := get("ana", "/referrals/"+e.Resource.Identifier[0].Value+"/fhir")
		for _, x := range parse(one).Entry {
			if x.FullURL == e.FullURL && (x.Resource.Status != e.Resource.Status || x.Resource.Requester.Identifier.Value != e.Resource.Requester.Identifier.Value) {
				t.Errorf("alone %+v, in the list %+v", x.Resource, e.Resource)
			}
		}
		for _, word := range []string{values["{case}"], "Demo", "Invented"} {
			if bytes.Contains(one.Body.Bytes(), []byte(word)) {
				t.Errorf("%q is in %s", word, one.Body)
			}
		}
		if w := get("oto", "/referrals/"+e.Resource.Identifier[0].Value+"/fhir"); w.Code == http.StatusOK {
			t.Errorf("an auditor reads %s", w.Body)
		}
	}

	// What she wants kept and not used is told to no other system, alone or in the list.
	cases, err := mk.Cases.List(t.Context(), mk.As("ana").Actor, casefile.Filter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		_, err := mk.Restrictions.Place(t.Context(), mk.As("ana").Actor, string(c.Reference), restriction.Saying{Code: "accuracy", Words: "an invented reason"})
		if err != nil && !fault.Is(err, fault.Conflict) {
			t.Fatal(err)
		}
	}
	left := map[string]bool{}
	for _, e := range parse(get("ana", "/fhir/referrals")).Entry {
		left[e.FullURL] = true
	}
	held := 0
	for _, e := range all.Entry {
		if w := get("ana", "/referrals/"+e.Resource.Identifier[0].Value+"/fhir"); w.Code == http.StatusConflict {
			held++
			if left[e.FullURL] {
				t.Errorf("the list has %s of a restricted case", e.FullURL)
			}
		} else if !left[e.FullURL] {
			t.Errorf("%s is gone from the list, and alone it is %d", e.FullURL, w.Code)
		}
	}
	if held == 0 {
		t.Error("nothing of a restricted case is held back")
	}
}
