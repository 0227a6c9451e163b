package webreferral_test

import (
	"maps"
	"net/http"
	"net/url"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestPartsOfACaseAreReleasedOnPages: by her consent at once; by order after a second person has read it and said yes; and a release ends on a
// page. Another desk learns of none of it, and the prosecution ends and approves nothing.
func TestPartsOfACaseAreReleasedOnPages(t *testing.T) {
	w := webtest.Pair(t)
	w.Node.Desk(desk.Desk{ID: "prosecution", Kind: desk.AtNode, Realm: access.Prosecution, Function: "desk.function.prosecutor"}, "petar", access.Prosecutor)
	w.Node.Desk(desk.Desk{ID: "house", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter"}, "zana", access.CaseManager)
	w.Node.Join("focal-point", "vera", access.CaseManager, "ana")
	ana, vera, petar, zana := w.As("ana"), w.As("vera"), w.As("petar"), w.As("zana")
	path := webtest.Opened(t, ana)
	form := path + "/releases"
	ana.Get(path).OK().Says("Release to the prosecution").Find(`href="(` + form + `)"`)
	ana.Get(form).OK().Says("at once under her consent", "Order", "MD/prosecution").Never("Her consent")
	if hidden, missing := zana.Get(form).Is(http.StatusNotFound), zana.Get("/cases/none/releases").Is(http.StatusNotFound); hidden.Text() != missing.Text() {
		t.Error("another desk can tell a hidden case from a missing one")
	}

	order := url.Values{
		"basis": {"order"}, "to": {"prosecution"}, "order": {"Demo court 17/2026, 2 March 2026"}, "categories": {"identity.names"}, "category": {"victim"}, "handling": {"evidence-allowed"},
		"facts": {"DEMO: she was seen on 3 May\n\nDEMO: and on 4 May"}, "opinions": {"DEMO: she is afraid of him"}, "from": {"DEMO: case worker"},
		"until-day": {"1"}, "until-month": {"3"}, "until-year": {"2027"},
	}
	zana.Post(form, order).Is(http.StatusNotFound)
	petar.Post(form, order).Is(http.StatusForbidden)
	for field, wrong := range map[string]string{"basis": "", "to": "house", "order": "", "category": "", "handling": "", "until-year": "2020", "from": ""} {
		bad := maps.Clone(order)
		bad[field] = []string{wrong}
		ana.Post(form, bad).Is(http.StatusUnprocessableEntity).Says("There is something to correct")
	}
	proposed := ana.Post(form, order).OK().Says("a second person now has to approve it", "You proposed this", "Demo court 17/2026", "DEMO: and on 4 May", "DEMO: she is afraid of him", "Мария Фиктивна").Never("Approve as the second person")
	release := proposed.Find(`action="(/releases/[^"]+)/end"`)
	ana.Do(http.MethodPost, release+"/approve", nil).Is(http.StatusForbidden)
	petar.Get(release).Is(http.StatusNotFound)
	petar.Do(http.MethodPost, release+"/approve", nil).Is(http.StatusForbidden)
	zana.Do(http.MethodPost, release+"/approve", nil).Is(http.StatusNotFound)
	vera.Get(form).OK().Says("Waits for a second person").Find(`href="(` + release + `)"`)
	vera.Get("/tasks").OK().Says("Decide as the second person about a release by order").Find(`href="(` + release + `)"`)
	vera.Get(release).OK().Says("the prosecution can read this", "Approve as the second person", "Demo court 17/2026")
	vera.Post(release+"/approve", nil).OK().Says("It is released").Never("Approve as the second person")
	vera.Get("/tasks").OK().Never("release by order")
	petar.Get("/releases").OK().Says("Order", "The number of an order stands on the release itself").Never("Demo court", "17/2026") // nothing was opened for the list
	petar.Get(release).OK().Says("Мария Фиктивна", "DEMO: she was seen on 3 May", "Demo court 17/2026").Never("End this release", "May 1998")
	petar.Do(http.MethodPost, release+"/end", nil).Is(http.StatusForbidden)
	zana.Do(http.MethodPost, release+"/end", nil).Is(http.StatusNotFound)
	vera.Post(release+"/end", nil).OK().Says("The copy is destroyed", "It is over")
	petar.Get(release).Is(http.StatusNotFound)
	ana.Do(http.MethodPost, release+"/end", nil).Is(http.StatusConflict)

	agreed := webtest.ConsentForm()
	agreed["recipients"], agreed["purposes"] = []string{"MD/prosecution"}, []string{"criminal-proceedings"}
	agreed.Del("categories")
	agreed["categories"] = []string{"identity.names"}
	ana.Post(path+"/consent", agreed).OK()
	consent := ana.Get(form).OK().Says("Her consent").Find(`name="basis" type="radio" value="([^"]{20,})"`)
	given := url.Values{"basis": {consent}, "to": {"prosecution"}, "category": {"victim"}, "handling": {"evidence-allowed"}}
	more := maps.Clone(given)
	more["facts"], more["from"] = []string{"DEMO: what she did not agree to"}, []string{"DEMO"}
	ana.Post(form, more).Is(http.StatusUnprocessableEntity)
	release = ana.Post(form, given).OK().Says("Мария Фиктивна").Never("You proposed this").Find(`action="(/releases/[^"]+)/end"`)
	petar.Get(release).OK().Says("Мария Фиктивна")
	ana.Post(release+"/end", nil).OK()
	petar.Get(release).Is(http.StatusNotFound)
}
