package weboffice_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// The auditor looks for what was done to one case, opens an entry, and takes its proof with her; who reads no log is shown none of it.
func TestTheLogIsSearchedAndProven(t *testing.T) {
	w := webtest.Pair(t)
	path := webtest.Opened(t, w.As("ana"))
	of := strings.TrimPrefix(path, "/cases/")
	oto := w.As("oto")
	find := func(q url.Values) webtest.Answer { t.Helper(); return oto.Get("/audit?" + q.Encode()).OK() }

	rows := func(a webtest.Answer) string { // the list itself, below what can be looked for
		return a.Body[strings.LastIndex(a.Body, "</form>"):]
	}
	w.As("dora").Get("/").OK().Find(`(?s)<main.*?href="(/audit/unusual)"`) // the data-protection officer too looks there first
	oto.Get("/audit").OK().Find(`(?s)<th scope="row"[^>]*>\s*(<div>)`)     // the code stays below the name on a telephone
	first := oto.Get("/audit").OK().Says("Look for entries", "Sign in", "session.sign-in").Never("is broken")
	if n := strings.Count(first.Body, `href="/audit/1/`); n > 25 {
		t.Errorf("%d entries on a page", n)
	}
	found := find(url.Values{"object": {of}})
	if list := rows(found); !strings.Contains(list, "case.assess") || strings.Contains(list, "user.") || strings.Contains(list, "Фиктивна") {
		t.Errorf("of one case: %s", list)
	}
	if list := rows(find(url.Values{"object": {of}, "action": {"case.open"}})); strings.Count(list, `href="/audit/1/`) != 1 || !strings.Contains(list, "MD/focal-point") {
		t.Errorf("its opening: %s", list)
	}
	// what was done is found by its name, in the language of who reads
	if list := rows(find(url.Values{"object": {of}, "action": {"open a NEW case"}})); strings.Count(list, `href="/audit/1/`) != 1 || !strings.Contains(list, "case.open<") {
		t.Errorf("by its name: %s", list)
	}
	if list := rows(find(url.Values{"object": {of}, "action": {"case"}})); !strings.Contains(list, "case.open<") {
		t.Errorf("by a word of its name: %s", list)
	}
	find(url.Values{"action": {"no such deed"}}).Says("No action has these words in its name.").Never("MD/focal-point")
	day := func(y, m, d string) url.Values {
		return url.Values{"object": {of}, "since-year": {y}, "since-month": {m}, "since-day": {d}, "until-year": {y}, "until-month": {m}, "until-day": {d}}
	}
	now := w.Node.Net.Now().Time().UTC()
	find(day(now.Format("2006"), now.Format("1"), now.Format("2"))).Says("MD/focal-point")
	find(day("2019", "2", "3")).Says("Nothing was recorded here.")
	find(day("2019", "2", "30")).Says("Give a whole day, or leave it empty.").Never("MD/focal-point")
	find(url.Values{"object": {"Фиктивна"}}).Says("Nothing was recorded here.")
	oto.Get("/audit?object=x&before=x").Is(http.StatusNotFound)

	entry := found.Find(`href="(/audit/1/[0-9]+)"`)
	oto.Get(entry).OK().Says(of, "Hash of this entry", "Nothing that this node has signed covers the entry yet.").Never("Save the proof", "Мария")
	oto.Get(entry + "/proof").Is(http.StatusNotFound)
	if _, err := w.Node.Witness.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Node.Net.Run()
	save := oto.Get(entry).OK().Says("Countersigned by", "North Macedonia").Find(`href="(/audit/[^"]+/proof)"`)
	file := oto.Get(save).OK()
	if d := file.Header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") || !strings.Contains(d, ".tlog-proof") {
		t.Errorf("the proof comes as %q", d)
	}
	proof, err := audit.ParseProof(file.Body)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := w.Node.LogKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e, s, err := proof.Opened(keys)
	if err != nil || string(e.Case) != of || string(s.Member) != "MD" || len(proof.Cosigned(s, keys)) != 1 {
		t.Errorf("%+v in %+v, %v", e, s, err)
	}
	for _, bad := range []string{"/audit/1/999999", "/audit/0/1", "/audit/x/1", "/audit/1/-1", "/audit/99999999999/1"} {
		oto.Get(bad).Is(http.StatusNotFound)
	}
	// how the log stands is its first sentence: after a check, after one that found something, and when the last check is too long ago
	oto.Post("/audit/check", nil).OK().Says("The log is whole: all of it was checked on", "North Macedonia countersigned it up to entry")
	if list := rows(find(url.Values{"action": {"audit.verify"}})); strings.Count(list, `href="/audit/1/`) < 1 {
		t.Errorf("the check is not in the log: %s", list)
	}
	kept := func(c audit.Checked) {
		t.Helper()
		b, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		write := store.Writer[*store.Tx](w.Node.DB)
		if err := write(t.Context(), audit.Did(access.Node("MD"), access.VerifyAudit, "log"), func(tx *store.Tx) error {
			return tx.SetSetting(t.Context(), "audit.verdict", b)
		}); err != nil {
			t.Fatal(err)
		}
	}
	checked := w.Node.Net.Now()
	kept(audit.Checked{At: checked.Add(-72 * time.Hour), Leaves: 10})
	oto.Get("/audit").OK().Says("The log has not been checked since").Never("The log is whole")
	oto.Get("/").OK().Says("The log has not been checked since")
	kept(audit.Checked{At: checked, Leaves: 10, Wrong: 1, First: &audit.Problem{Part: audit.PartPayload, Epoch: 1, From: 7, To: 8, Key: "audit.verify.payload"}})
	oto.Get("/audit").OK().Says("The log is broken at entry 7 of epoch 1", "The content of this entry was changed after it was recorded.", "Change nothing at the node.")
	oto.Get("/").OK().Says("The log is broken at entry 7")
	w.As("ada").Do(http.MethodPost, "/audit/check", nil).Is(http.StatusSeeOther) // who looks after the node may have it checked, and is not shown what it says

	w.Node.User("cora", access.NationalCoordinator)
	for _, login := range []string{"ana", "ada", "cora"} {
		p := w.As(login)
		for _, closed := range []string{"/audit?object=" + of, entry, save} {
			p.Get(closed).Is(http.StatusForbidden)
		}
	}
}

// Whatever the program writes into the log has a name in words.
func TestEveryActionHasAName(t *testing.T) {
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]access.Action{}
	for _, a := range access.Actions() {
		key := "action." + string(a)
		if !texts.Has(key) {
			t.Errorf("%s has no name", a)
			continue
		}
		name := texts.Printer("en").Text(key)
		if other := named[name]; other != "" {
			t.Errorf("%s and %s are both called %q", a, other, name)
		}
		named[name] = a
		if mk := texts.Printer("mk").Text(key); mk == name || mk == "" {
			t.Errorf("%s is called %q in Macedonian", a, mk)
		}
	}
}
