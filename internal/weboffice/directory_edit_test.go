package weboffice_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// An organisation is entered and changed part by part; whoever does not keep it changes nothing and never reads a confidential address; two
// who change one part see both versions.
func TestAnOrganisationIsEnteredAndChangedOnPages(t *testing.T) {
	w := webtest.Open(t)
	webtest.Refuge(w)
	w.Node.Join(w.Node.As("ana").Desk, "mira", access.CaseManager, "ana")
	ana, mira, sara := w.As("ana"), w.As("mira"), w.As("sara")
	ana.Do(http.MethodPost, "/directory/new", url.Values{"name": {""}}).Is(http.StatusUnprocessableEntity).Says("Check the field Name")
	house := ana.Do(http.MethodPost, "/directory/new", url.Values{"name": {"DEMO house"}, "phone": {"+389 2 000 000"}}).Is(http.StatusSeeOther).Header.Get("Location")
	house = strings.TrimSuffix(house, "?done=directory")
	ana.Get(house).OK().Says("DEMO house", "Add a service", "Add a confidential place")
	change := func(p *webtest.Somebody, path string, v url.Values) webtest.Answer {
		t.Helper()
		a := p.Get(path).OK()
		v.Set("version", a.Find(`name="version" value="([0-9]+)"`))
		v.Set("base", a.Find(`name="base" value="([^"]*)"`))
		return p.Do(http.MethodPost, path, v)
	}
	service := func(code, name string) url.Values {
		return url.Values{"code": {code}, "name": {name}, "languages": {"mk", "sq"}}
	}
	place := func(line, country string) url.Values {
		return url.Values{"line1": {line}, "city": {"Skopje"}, "country": {country}}
	}
	change(ana, house+"/change/service", service("nothing", "Beds")).Is(http.StatusUnprocessableEntity)
	change(ana, house+"/change/service", service("accommodation", "Beds")).Is(http.StatusSeeOther)
	change(ana, house+"/change/service", service("legal", "Advice")).Is(http.StatusSeeOther)
	change(ana, house+"/change/place", place("Main Street 1", "XX")).Is(http.StatusUnprocessableEntity)
	change(ana, house+"/change/place", place("Main Street 1", "MK")).Is(http.StatusSeeOther)
	change(ana, house+"/change/hidden", place(webtest.HiddenPlace, "MK")).Is(http.StatusSeeOther)
	change(ana, house+"/change/hidden", place("Second Hidden Lane 2", "MK")).Is(http.StatusSeeOther)
	ana.Get(house).OK().Says("Accommodation", "Legal help", "Main Street 1").Never(webtest.HiddenPlace)
	opened := ana.Do(http.MethodPost, house, url.Values{}).OK().Says(webtest.HiddenPlace, "Second Hidden Lane 2")
	hidden := opened.Find(`href="([^"]+/change/hidden\?key=[^"]+)"`)

	for _, path := range []string{"/change/about", "/change/hidden"} {
		sara.Get(house + path).Is(http.StatusForbidden).Never(webtest.HiddenPlace)
		sara.Do(http.MethodPost, house+path, url.Values{"version": {"9"}, "name": {"x"}}).Is(http.StatusForbidden)
	}
	sara.Get(hidden).Is(http.StatusForbidden).Never("Hidden Lane")
	sara.Get(house).OK().Never("/change/", "Hidden Lane")
	ana.Get(house + "/change/else").Is(http.StatusNotFound)
	ana.Get(house + "/change/service?key=none").Is(http.StatusNotFound)

	// Both open the service; the second sees what the first has kept beside what she wrote.
	beds := ana.Get(house).Find(`href="([^"]+/change/service\?key=[^"]+)"[^>]*>\s*(?:<bdi>)?\s*Accommodation`)
	mine, hers := service("accommodation", "Beds for ten"), service("accommodation", "Beds")
	hers.Set("description", "With children")
	a := mira.Get(beds).OK()
	hers.Set("version", a.Find(`name="version" value="([0-9]+)"`))
	hers.Set("base", a.Find(`name="base" value="([^"]*)"`))
	change(ana, beds, mine).Is(http.StatusSeeOther)
	both := mira.Do(http.MethodPost, beds, hers).Is(http.StatusConflict).Says("What stands now", "Beds for ten", "With children")
	for _, name := range []string{"version", "names-name", "names-description", "stands-name"} {
		hers.Set(name, both.Find(`name="`+name+`" value="([^"]*)"`))
	}
	hers.Set("keep-name", "theirs")
	hers.Set("keep-description", "mine")
	mira.Do(http.MethodPost, beds, hers).Is(http.StatusSeeOther)
	mira.Get(beds).OK().Says("With children").Find(`value="(Beds for ten)"`)

	drop := place(webtest.HiddenPlace, "MK")
	drop.Set("drop", "yes")
	change(ana, hidden, drop).Is(http.StatusSeeOther)
	ana.Do(http.MethodPost, house, url.Values{}).OK().Says("Second Hidden Lane 2").Never(webtest.HiddenPlace)
}

const hsds = `[{"id": "ac148810-d857-441c-9679-408f346de14b", "name": "DEMO aid", "description": "Helps", "year_incorporated": 1970,
 "locations": [{"id": "3a757ea1-1111-4222-8333-444455556666", "location_type": "physical", "name": "Hall",
  "addresses": [{"id": "74706e55-1111-4222-8333-444455556666", "address_1": "1 Main Street", "city": "Skopje", "state_province": "", "postal_code": "1000", "country": "MK", "address_type": "postal"}]}],
 "services": [{"id": "ac148810-1111-4222-8333-444455556666", "name": "Counselling", "status": "active", "attributes": [{"id": "1554c7f4-3333-4222-8333-444455556666",
   "taxonomy_term": {"id": "1554c7f4-4444-4222-8333-444455556666", "code": "RP-1400", "name": "Mental health", "description": "d"}}]},
  {"id": "ac148810-2222-4222-8333-444455556666", "name": "Fishing", "status": "active"}]}]`

// A file of organisations is taken and reported row by row, taken again without doubling anything, and goes out as a download.
func TestAFileOfOrganisationsOnPages(t *testing.T) {
	w := webtest.Open(t)
	ana := w.As("ana")
	ana.Get("/directory").OK().Says("Take organisations from a file", "Enter an organisation")
	send := func(p *webtest.Somebody, file string, more ...string) webtest.Answer {
		t.Helper()
		media, body := webtest.Upload(t, "file", "demo.json", []byte(file), more...)
		return p.Raw(http.MethodPost, "/directory/file", media, body)
	}
	terms := []string{"terms", "RP-1400 = psychological\n", "how", "public"}
	send(ana, hsds, terms...).OK().Says("Entered", "Refused", "Say which code it stands for", "Left out, because there is no place for it: year_incorporated")
	send(ana, hsds, terms...).OK().Says("As before").Never("Entered 3")
	found := ana.Get("/directory?text=DEMO+aid").OK().Says("DEMO aid")
	if n := strings.Count(found.Body, `href="/directory/`) - strings.Count(found.Body, `href="/directory/new`) - strings.Count(found.Body, `href="/directory/file`); n != 1 {
		t.Errorf("%d organisations after the same file came twice", n)
	}
	send(ana, "{}").Is(http.StatusUnprocessableEntity).Says("no file of organisations")
	send(ana, hsds, "terms", "no sign").Is(http.StatusUnprocessableEntity)
	media, body := webtest.Upload(t, "file", "", nil)
	ana.Raw(http.MethodPost, "/directory/file", media, body).Is(http.StatusUnprocessableEntity).Says("Choose the file.")
	send(ana, strings.Repeat(" ", 9<<20)).Is(http.StatusRequestEntityTooLarge)
	w.Node.User("cora", access.NationalCoordinator)
	send(w.As("cora"), hsds).Is(http.StatusForbidden)

	out := w.As("cora").Do(http.MethodPost, "/directory/export", url.Values{}).Is(http.StatusOK)
	var all []map[string]any
	if err := json.Unmarshal([]byte(out.Body), &all); err != nil || len(all) != 1 || all[0]["name"] != "DEMO aid" || !strings.Contains(out.Header.Get("Content-Disposition"), "directory.json") {
		t.Errorf("%v %v %v", err, all, out.Header)
	}
}
