package webcase_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// filled is what a browser would send of a page: every control as it stands there.
func filled(body string) url.Values {
	x := url.Values{}
	for _, m := range regexp.MustCompile(`<input[^>]*>`).FindAllString(body, -1) {
		get := func(name string) string {
			if m := regexp.MustCompile(` ` + name + `="([^"]*)"`).FindStringSubmatch(m); m != nil {
				return m[1]
			}
			return ""
		}
		kind := get("type")
		if ticked := regexp.MustCompile(` checked`).MatchString(m); get("name") != "" && (ticked || kind != "radio" && kind != "checkbox") {
			x.Add(get("name"), get("value"))
		}
	}
	for _, m := range regexp.MustCompile(`(?s)<select[^>]* name="([^"]+)".*?</select>`).FindAllStringSubmatch(body, -1) {
		o := regexp.MustCompile(`<option value="([^"]*)" selected`).FindStringSubmatch(m[0])
		if o == nil { // a browser sends the first
			o = regexp.MustCompile(`<option value="([^"]*)"`).FindStringSubmatch(m[0])
		}
		x.Set(m[1], o[1])
	}
	x.Del("once")
	return x
}

// TestTwoPeopleCorrectOnePersonAndNothingIsLost: who is second sees both versions field by field. What only one of them changed is chosen
// already; where both wrote, she chooses; a way that the other has added stays beside her own.
func TestTwoPeopleCorrectOnePersonAndNothingIsLost(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	w.Node.Join(w.Node.As("ana").Desk, "vera", access.CaseManager, "ana")
	vera, at := w.As("vera"), path+"/person/correct"
	ana.Get(path).OK().Find(`href="(` + at + `)"`)
	hers, mine := filled(vera.Get(at).OK().Never("+37360000001").Body), filled(ana.Get(at).OK().Body)
	if hers.Get("given") != "Мария" || hers.Get("way-0") != "telephone" || hers.Get("contact-0") != "" || hers.Get("birth-month") != "5" {
		t.Fatalf("the form does not begin with what stands: %v", hers)
	}
	hers.Set("given", "Marija")
	hers.Set("surname", "Fiktivna")
	hers.Set("way-new", "visit")
	hers.Set("contact-new", "DEMO: at her aunt's")
	hers.Set("safety-new", "unsafe")
	hers.Set("never-new", "DEMO: never ring the bell")
	vera.Post(at, hers).OK().Says("Marija Fiktivna", "Not safe: do not use", "DEMO: never ring the bell")

	mine.Set("given", "Марија")
	mine.Set("alias", "Мара")
	mine.Set("way-new", "email")
	mine.Set("contact-new", "demo@example.org")
	mine.Set("safety-new", "safe")
	a := ana.Do(http.MethodPost, at, mine).Is(http.StatusConflict).Says("Somebody else has changed this", "What you wrote", "What stands now", "Marija", "Марија", "Мара", "never ring the bell").Never("keep-sex", "keep-languages", "keep-birth")
	a.Find(`(value="theirs" checked)`)
	again := filled(a.Body)
	if again.Get("keep-given") != "" || again.Get("keep-surname") != "theirs" || again.Get("keep-alias") != "mine" || again.Get("keep-way-1") != "theirs" {
		t.Errorf("chosen beforehand: given %q surname %q alias %q way %q", again.Get("keep-given"), again.Get("keep-surname"), again.Get("keep-alias"), again.Get("keep-way-1"))
	}
	a = ana.Do(http.MethodPost, at, again).Is(http.StatusConflict).Says("Choose one of the two.")
	a.Find(`id="(keep-given-error)"`)
	again = filled(a.Body)
	again.Set("keep-given", "mine")
	ana.Post(at, again).OK().Says("Марија Fiktivna", "Мара", "the dentist", "never ring the bell", "E-mail")

	kept, err := w.Node.Persons.Show(t.Context(), w.Node.As("ana"), id.Case(strings.TrimPrefix(path, "/cases/")))
	if err != nil || len(kept.Contacts) != 3 || kept.Contacts[1].Way != person.Visit || kept.Contacts[2].Way != person.Email || kept.Version != 3 {
		t.Fatalf("%+v, %v", kept, err)
	}
	// The number that nobody has seen is still there; the way that is not safe has no button and gives none.
	card := ana.Get(path).OK()
	shown := url.Values{"shown": {card.Find(`name="shown" value="([0-9]+)"`)}}
	ana.Post(path+"/reach/0", shown).OK().Says("+37360000001")
	ana.Post(path+"/reach/1", shown).Is(http.StatusForbidden).Never("aunt")
	if regexp.MustCompile(`/reach/1"`).MatchString(card.Body) {
		t.Error("a way that is not safe is offered")
	}
	w.Node.Desk(w.DeskOf("shelter"), "sara", access.CaseManager)
	w.As("sara").Get(at).Is(http.StatusNotFound)
}
