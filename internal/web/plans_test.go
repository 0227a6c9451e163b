package web_test

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// planned writes a plan of two steps into a case, one of them carried out, and gives the paths of a need, of a step to which she agreed and
// of a service that was corrected.
func planned(w *webtest.World, path string) (need, step, given string) {
	w.T.Helper()
	webtest.Entered(w)
	ana := w.As("ana")
	need = webtest.Needed(ana, path, "accommodation", "Accommodation")
	webtest.Stepped(ana, path, need, "yes")
	webtest.Stepped(ana, path, webtest.Needed(ana, path, "legal", "Legal help"), "")
	step = ana.Get(path + "/plan").OK().Find(`href="(/cases/[^"]+/steps/[^"/?]+)/service"`)
	ana.Take(step, "service", url.Values{
		"provider": {"Demo house"}, "from-day": {"1"}, "from-month": {"3"}, "from-year": {"2026"}, "quantity": {"4"}, "unit": {"night"},
	}).OK()
	given = ana.Get(path + "/plan").OK().Find(`href="(/cases/[^"]+/services/[^"]+)"`)
	version := ana.Get(given).OK().Find(`name="version" value="([0-9]+)"`)
	ana.Post(given, url.Values{
		"version": {version}, "service": {"accommodation"}, "provider": {"Demo house"}, "from-day": {"1"}, "from-month": {"3"}, "from-year": {"2026"},
		"until-day": {"3"}, "until-month": {"3"}, "until-year": {"2026"}, "quantity": {"3"}, "unit": {"night"},
	}).OK()
	return need, step, given
}

// linked makes another case of the desk and links it with one, and gives the path where the link is ended.
func linked(w *webtest.World, path string) string {
	w.T.Helper()
	ana := w.As("ana")
	a := ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {"child"}, "asylum": {"no"}}).Is(http.StatusSeeOther)
	other := strings.TrimSuffix(a.Header.Get("Location"), "/person")
	reference := ana.Get(other + "/plan").OK().Find(`Needs and plan: (?:<[^>]*>)*([a-z0-9-]+)`)
	return ana.Post(path+"/links/new", url.Values{"other": {reference}, "kind": {"child"}, "reason": {"told by both"}}).OK().Find(`href="(/cases/[^"]+/links/[^"]+)">They no longer`)
}
