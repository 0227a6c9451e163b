package api_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/childhood"
	"github.com/opentrm/opentrm/internal/nodetest"
)

// TestAChildOverTheInterface: a program records who decides with a child, what she was told, and what was found, and reads where she
// stands; a guardian who was excluded is no guardian of her plan, and what she refused is not agreed to.
func TestAChildOverTheInterface(t *testing.T) {
	x := nodetest.New(t, nodetest.At("MK")).Node("MK")
	q := as(t, x, "ana")
	file := "/cases/" + q.id("POST", "/cases", map[string]any{"age_class": "child"})
	path, today := file+"/childhood", x.Config.Now().Format("2006-01-02")
	aunt := childhood.Guardian{Name: "Demo Aunt", Relation: "relative", Authority: "Demo court", From: today}
	guardian := q.id("POST", path+"/guardians", aunt, "Idempotency-Key", "one")
	if again := q.id("POST", path+"/guardians", aunt, "Idempotency-Key", "one"); again != guardian {
		t.Error("appointed twice")
	}
	read := func() (f struct {
		Class     string
		Disputed  bool
		Deciding  []string
		Guardians []struct {
			Record  string
			Version int
			Value   childhood.Guardian
		}
		Told, Notices, Ages, Interests []struct{ Record string }
	},
	) {
		t.Helper()
		decode(t, q.do("GET", path, nil), &f)
		return f
	}
	if f := read(); f.Class != "child" || !slices.Equal(f.Deciding, []string{guardian}) || f.Guardians[0].Value != aunt {
		t.Errorf("%+v", f)
	}
	told := childhood.Told{About: "plan", On: today, Language: "ro", ReadBack: true, How: "spoken", Answer: childhood.Refuses, Words: "DEMO"}
	q.id("POST", path+"/tellings", told)
	q.id("POST", path+"/notices", map[string]any{"body": "other", "name": "DEMO consulate", "how": "letter", "at": 0})
	q.id("POST", path+"/ages", map[string]any{"turn": "disputed", "on": today, "who": "DEMO police", "why": "DEMO"})
	if w := q.do("POST", path+"/review", nil); w.Code != http.StatusNoContent && w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if f := read(); !f.Disputed || len(f.Told) != 1 || len(f.Notices) != 1 || len(f.Ages) != 1 {
		t.Errorf("%+v", f)
	}

	// Her plan: she refused it, then agrees; her guardian is named, and then excluded.
	need := q.id("POST", file+"/needs", careplan.Need{Code: "medical", Urgency: "now", Said: "person", On: today})
	step := q.id("POST", file+"/steps", map[string]any{
		"need": need, "service": "medical", "goal": "", "provider": map[string]any{}, "due": "", "desk": "", "agreed": false, "on": today, "note": "",
	})
	agreement := map[string]any{
		"on": today, "asked": true, "steps": []string{step}, "agreed": []string{step}, "language": "ro", "guardian": "Demo Aunt",
		"review": x.Config.Now().AddDate(0, 0, 14).Format("2006-01-02"),
	}
	if w := q.do("POST", file+"/plan/agreements", agreement); keyOf(w) != "childhood.refused.plan" {
		t.Errorf("she refused it: %d %s", w.Code, w.Body)
	}
	x.Net.Clock.Advance(time.Second)
	told.Answer = childhood.Agrees
	q.id("POST", path+"/tellings", told)
	standing := func() (s struct{ Standing careplan.Standing }) {
		t.Helper()
		decode(t, q.do("GET", file+"/plan", nil), &s)
		return s
	}
	delete(agreement, "guardian")
	q.id("POST", file+"/plan/agreements", agreement)
	if s := standing(); s.Standing != careplan.Unguarded {
		t.Errorf("nobody who decides with her agreed, and it stands as %s", s.Standing)
	}
	agreement["guardian"] = "Demo Aunt"
	x.Net.Clock.Advance(time.Second)
	q.id("POST", file+"/plan/agreements", agreement)
	if s := standing(); s.Standing != careplan.AllAgreed {
		t.Errorf("she and her guardian agree, and it stands as %s", s.Standing)
	}
	conflict := map[string]any{"day": today, "conflict": "DEMO"}
	if w := q.do("POST", path+"/guardians/"+guardian+"/conflict", conflict); w.Code != http.StatusPreconditionRequired {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := q.do("POST", path+"/guardians/"+guardian+"/conflict", conflict, "If-Match", `"1"`); w.Code/100 != 2 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := q.do("POST", file+"/plan/agreements", agreement); keyOf(w) != "childhood.guardian.conflict" {
		t.Errorf("agreed to by who has a conflict: %d %s", w.Code, w.Body)
	}
	if w := q.do("POST", path+"/guardians/"+guardian+"/end", map[string]any{"day": today, "why": "conflict-of-interest"}, "If-Match", `"2"`); w.Code/100 != 2 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if f := read(); len(f.Deciding) != 0 || f.Guardians[0].Value.Until != today {
		t.Errorf("%+v", f)
	}
}
