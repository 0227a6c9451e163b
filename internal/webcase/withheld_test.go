package webcase_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestWhatSheKeepsBackStandsInTheConsent: what she does not want to be shared is recorded one by one, with her reason only if she gives
// one, and stands on the paper that she is given. It cannot be shared and kept back at once, and what was typed is not lost over that.
// The sheet to be printed is offered on the same page.
func TestWhatSheKeepsBackStandsInTheConsent(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	of := id.Case(strings.TrimPrefix(path, "/cases/"))
	rows := func() []consent.Consent {
		all, err := w.Node.Consents.List(t.Context(), w.Node.As("ana").Actor, of)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	ana.Get(path + "/consent").OK().Find(`action="(/sheets/F4)"`)
	if sheet := ana.Get("/sheets/F4?sheet=mk").OK().Body; !strings.Contains(sheet, `lang="mk"`) || !strings.Contains(sheet, "Што не сака да се споделува?") {
		t.Error("the sheet is not in the language that was asked for")
	}

	form := webtest.ConsentForm()
	form["withheld"] = []string{"languages", "journey"} // languages are shared above
	form.Set("withheld-note", "DEMO: he knows the driver")
	before := rows()
	ana.Do(http.MethodPost, path+"/consent", form).Is(http.StatusUnprocessableEntity).Find(`value="(DEMO: he knows the driver)"`)
	if n := len(rows()); n != len(before) {
		t.Fatalf("%d consents after what contradicts itself, %d before", n, len(before))
	}

	form["withheld"] = []string{"journey", "exploitation.summary"}
	form.Set("document", "demo 1/2026")
	ana.Do(http.MethodPost, path+"/consent", form).Is(http.StatusSeeOther)
	form.Del("withheld-note")
	form["withheld"] = []string{"photo"}
	form.Set("withheld-why", "fear-of-harm")
	ana.Do(http.MethodPost, path+"/consent", form).Is(http.StatusSeeOther)
	all := slices.DeleteFunc(rows(), func(c consent.Consent) bool {
		return slices.ContainsFunc(before, func(b consent.Consent) bool { return b.ID == c.ID })
	})
	if len(all) != 2 {
		t.Fatalf("%d consents", len(all))
	}
	const driver = "DEMO: he knows the driver"
	want := map[int][]consent.Withheld{ // by how many she keeps back
		2: {{Category: "exploitation.summary", Reason: consent.NotSaid, Note: driver}, {Category: "journey", Reason: consent.NotSaid, Note: driver}},
		1: {{Category: "photo", Reason: "fear-of-harm"}},
	}
	var first id.Consent
	for _, c := range all {
		signed, _, err := w.Node.Consents.Show(t.Context(), w.Node.As("ana"), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		n := len(signed.Record.Withheld)
		if d := cmp.Diff(want[n], signed.Record.Withheld); d != "" {
			t.Errorf("%d kept back: %s", n, d)
		}
		if delete(want, n); n == 2 {
			first = c.ID
		}
		if signed.Record.Guardian.Document != "demo 1/2026" {
			t.Errorf("the paper of the guardian: %q", signed.Record.Guardian.Document)
		}
	}
	if len(want) > 0 {
		t.Errorf("not recorded: %v", want)
	}
	ana.Get("/consents/"+string(first)+"/receipt?read=en").OK().Says("Not to be shared", "Summary of the exploitation", "Her journey")
	if strings.Contains(ana.Get("/consents/"+string(first)+"/receipt?read=en").OK().Body, "driver") {
		t.Error("her words stand on a paper that others may find")
	}
}
