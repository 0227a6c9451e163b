package weboffice_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
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
	oto.Get("/audit").OK().Says("Look for entries")
	found := find(url.Values{"object": {of}})
	if list := rows(found); !strings.Contains(list, "case.assess") || strings.Contains(list, "user.") || strings.Contains(list, "Фиктивна") {
		t.Errorf("of one case: %s", list)
	}
	if list := rows(find(url.Values{"object": {of}, "action": {"case.open"}})); strings.Count(list, `href="/audit/1/`) != 1 || !strings.Contains(list, "MD/focal-point") {
		t.Errorf("its opening: %s", list)
	}
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
	w.Node.User("cora", access.NationalCoordinator)
	for _, login := range []string{"ana", "ada", "cora"} {
		p := w.As(login)
		for _, closed := range []string{"/audit?object=" + of, entry, save} {
			p.Get(closed).Is(http.StatusForbidden)
		}
	}
}
