package webcase_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// A person is found by whoever may open her case, and by nobody else: who may not sees what a search without any hit shows, and two
// people of the desk decide whether to speak with her, over the pages.
func TestAPersonIsFoundAndContactIsDecided(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	w.Node.Join(w.Node.As("ana").Desk, "fana", access.FirstResponder, "ana")
	w.Node.Join(w.Node.As("ana").Desk, "vera", access.CaseManager, "ana")
	ana.Get("/find").OK().Says("Find a person", "at most five cases").Never("Cases that fit")
	ana.Do(http.MethodPost, "/find", url.Values{"name": {"Marija"}}).Is(http.StatusUnprocessableEntity).Says("Say more").Find(`value="(Marija)"`)
	ana.Do(http.MethodPost, "/find", url.Values{"name": {"Marija Fiktivna"}, "born": {"May"}}).Is(http.StatusUnprocessableEntity).Says("Check the field Date of birth")
	hers := url.Values{"name": {"fiktivna MARIJA"}, "born": {"1998"}}
	ana.Post("/find", hers).OK().Says("Cases that fit", "Name").Find(`href="(` + path + `)"`)
	ana.Post("/find", url.Values{"name": {"Nobody Here"}}).OK().Says("No case that you may open fits.")

	// Refused as too often, the very same page finds as soon as the pause is over.
	hers.Set("once", ana.Get("/find").OK().Find(`name="once" value="([^"]+)"`))
	hourly := w.Node.Searches.Hourly
	w.Node.Searches.Hourly = 0
	ana.Do(http.MethodPost, "/find", hers).Is(http.StatusServiceUnavailable).Says("very often", "Words of her name")
	w.Node.Searches.Hourly = hourly
	ana.Do(http.MethodPost, "/find", hers).OK().Says("Cases that fit")
	hers.Del("once")

	fana := w.As("fana")
	hidden := fana.Post("/find", hers).OK().Says("No case that you may open fits.").Never(path)
	nothing := fana.Post("/find", url.Values{"name": {"fiktivna MARIAA"}, "born": {"1998"}}).OK()
	mark := regexp.MustCompile(`name="once" value="[^"]*"`) // each form has its own
	same := func(a webtest.Answer) string {
		return strings.ReplaceAll(mark.ReplaceAllString(a.Body, ""), "MARIAA", "MARIJA")
	}
	if same(hidden) != same(nothing) {
		t.Error("a hidden hit looks otherwise than none")
	}
	fana.Get("/hits").Is(http.StatusForbidden)
	ana.Get("/hits").OK().Says("There is nothing to decide.")
	if _, err := w.Node.Searches.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := ana.Get("/tasks").OK()
	at := list.Find(`href="(/hits#[^"]+)"`)
	do := "/hits/" + strings.TrimPrefix(at, "/hits#")
	ana.Get("/hits").OK().Says("Nobody has said anything yet.", "Make contact").Find(`href="(` + path + `)"`)
	ana.Do(http.MethodPost, do, url.Values{"do": {"perhaps"}}).Is(http.StatusUnprocessableEntity)
	ana.Post(do, url.Values{"do": {"contact"}}).OK().Says("It holds when two people have said the same.", "By you: Make contact")
	ana.Do(http.MethodPost, do, url.Values{"do": {"contact"}}).Is(http.StatusConflict).Says("A second person")
	fana.Do(http.MethodPost, do, url.Values{"do": {"contact"}}).Is(http.StatusForbidden)
	vera := w.As("vera")
	vera.Get("/hits").OK().Says("By another person: Make contact")
	vera.Post(do, url.Values{"do": {"contact"}}).OK().Says("Contact is made", "Desks that want to speak with you")
}
