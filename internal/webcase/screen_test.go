package webcase_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

var hiddenFields = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

// carried is what the last form of a page hides.
func carried(a webtest.Answer) url.Values {
	all := url.Values{}
	last := a.Body[strings.LastIndex(a.Body, "<form method=\"post\""):]
	for _, m := range hiddenFields.FindAllStringSubmatch(last, -1) {
		if m[1] != "once" {
			all.Add(m[1], html.UnescapeString(m[2]))
		}
	}
	return all
}

// TestAScreeningIsRecordedWithItsReasons: what came up is answered, the suggestion is shown with the rule and the answers that it rests on
// before anything is kept, whoever holds otherwise says why, and both stand. Nothing that was answered is lost on the way back.
func TestAScreeningIsRecordedWithItsReasons(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	at := path + "/screenings/new"
	ana.Get(path + "/screenings").OK().Says("There is no screening yet.").Find(`href="(` + at + `)"`)
	form := ana.Get(at).OK().Says("Deceived when recruited", "Works far too many hours or days", "Not asked")
	if strings.Contains(form.Body, "child-labour") || !strings.Contains(form.Body, `value="adult-labour"`) {
		t.Error("an adult is not screened as an adult")
	}
	said := url.Values{"set": {"adult-labour"}, "sign-4.1": {"yes"}, "sign-4.2": {"yes"}, "sign-1.1": {"no"}, "observed": {"g5", "s6"}}
	check := ana.Do(http.MethodPost, at, said).OK().Says("Some of these answers ask for a closer look.", "At least one group of indicators", "Works far too many hours or days", "Seems afraid or anxious", "no decision")
	ana.Get(path + "/screenings").OK().Says("There is no screening yet.")

	keep := carried(check)
	keep.Set("do", "change")
	again := ana.Do(http.MethodPost, at, keep).OK()
	for _, want := range []string{`<option value="no" selected`, `<option value="yes" selected`, `value="g5" checked`, `<details class="govuk-details" open`} {
		if !strings.Contains(again.Body, want) {
			t.Errorf("on the way back %s is lost", want)
		}
	}
	keep.Set("do", "keep")
	ana.Do(http.MethodPost, at, keep).Is(http.StatusUnprocessableEntity).Says("Choose one of the two.", "Works far too many hours or days")
	keep.Set("held", "indicated")
	ana.Do(http.MethodPost, at, keep).Is(http.StatusUnprocessableEntity).Says("Say why you hold otherwise.")
	ana.Get(path + "/screenings").OK().Says("There is no screening yet.")
	keep.Set("reason", "DEMO: three others from the same house say so.")
	ana.Post(at, keep).OK().Says("Some of these answers ask for a closer look.", "A professional holds otherwise", "These answers suggest trafficking", "DEMO: three others", "Seems afraid or anxious")

	// Whoever may be a child is screened as a child, whatever the form says.
	kid := strings.TrimSuffix(ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {"unknown"}, "asylum": {"no"}}).Header.Get("Location"), "/person")
	if body := ana.Get(kid + "/screenings/new").OK().Body; !strings.Contains(body, "child-labour") || strings.Contains(body, `"adult-labour"`) {
		t.Error("somebody of unknown age is not screened as a child")
	}
	keep.Del("held")
	keep.Set("held", "same")
	ana.Do(http.MethodPost, kid+"/screenings/new", keep).Is(http.StatusConflict).Says("screened as a child")
	ana.Do(http.MethodPost, at, url.Values{"set": {"adult-labour"}, "sign-99.1": {"yes"}}).Is(http.StatusUnprocessableEntity)
}

// TestAScreeningUnderWayComesBack: what was answered is kept as it is given, and by the button where there is no script; it comes back to a
// colleague too, with the day on which it is erased if nobody goes on with it. It is no screening; once it is one, nothing is under way any
// more; and who was second writes nothing over.
func TestAScreeningUnderWayComesBack(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	at := path + "/screenings/new"
	form := ana.Get(at).OK().Never("Erased on")
	first := url.Values{"asks": {"yes"}, "version": {form.Find(`name="version" value="([0-9]+)"`)}, "set": {"adult-labour"}, "sign-4.1": {"yes"}, "do": {"keep"}}
	if a := ana.Do(http.MethodPost, at, first).OK(); !strings.Contains(a.Body, `"version":"1"`) || !strings.Contains(a.Body, "Saved at") {
		t.Fatal(a.Body)
	}
	again := w.As("ana") // another day, another session
	back := again.Get(at).OK().Says("Erased on", "If nobody goes on with this draft, it is erased then.", "Saved at")
	back.Find(`(?s)name="sign-4.1".{0,200}?<option value="(yes)" selected`)
	again.Get(path + "/screenings").OK().Says("There is no screening yet.")

	second := url.Values{"asks": {"yes"}, "version": {"1"}, "set": {"adult-labour"}, "sign-4.1": {"yes"}, "sign-1.1": {"no"}, "observed": {"g5"}}
	check := again.Do(http.MethodPost, at, second).OK().Says("Seems afraid or anxious")
	first.Set("sign-4.1", "no")
	ana.Do(http.MethodPost, at, first).Is(http.StatusConflict) // from the page as it was before
	ana.Get(at).OK().Find(`value="(g5)" checked`)

	keep := carried(check)
	keep.Set("do", "keep")
	keep.Set("held", "same")
	again.Post(at, keep).OK().Says("Seems afraid or anxious")
	ana.Get(at).OK().Never("Erased on", `value="g5" checked`).Find(`name="version" value="(0)"`)
}
