package weboffice_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

func TestTheDirectoryIsFoundAndAConfidentialPlaceIsOpened(t *testing.T) {
	w := webtest.Open(t)
	house := webtest.Entered(w)
	ana := w.As("ana")
	ana.Get("/directory").OK().Says("Safe house", "Accommodation, Legal help", "Confirmed").Never(webtest.HiddenPlace)
	ana.Get("/directory?" + url.Values{"text": {"SAFE"}, "service": {"legal"}}.Encode()).OK().Says("Safe house")
	ana.Get("/directory?service=medical").OK().Says("No organisation fits.").Never("Safe house")
	ana.Get(house).OK().Says("Takes women with children", "Main Street 1", "Not known", "Open the confidential places").Never(webtest.HiddenPlace)
	ana.Do(http.MethodPost, house, url.Values{}).OK().Says(webtest.HiddenPlace)
	w.Node.User("cora", access.NationalCoordinator)
	cora := w.As("cora")
	cora.Get(house).OK().Says("Ask the desk that keeps this record.").Never(webtest.HiddenPlace, "Open the confidential places")
	cora.Do(http.MethodPost, house, url.Values{}).Is(http.StatusForbidden).Never(webtest.HiddenPlace)
	ana.Get("/directory/none").Is(http.StatusNotFound)

	// What nobody has confirmed for a quarter says so.
	const stale = "Nobody has confirmed this for a long time."
	ana.Get(house).OK().Never(stale)
	w.Node.Net.Clock.Advance(93 * 24 * time.Hour)
	ana = w.As("ana")
	ana.Get("/directory?text=safe").OK().Says("To be confirmed").Never("Confirmed")
	ana.Get("/directory?only=stale").OK().Says("Safe house")
	ana.Get(house).OK().Says(stale)
}

// The pages of what became of an organisation: found by where and what, its light said, part of it ended, handed over and erased by two.
// TestTwoSayWhetherThereIsRoom: of two who have opened the page, the second is told that somebody has said it anew, and writes nothing over.
func TestTwoSayWhetherThereIsRoom(t *testing.T) {
	w := webtest.Open(t)
	house := webtest.Entered(w)
	ana := w.As("ana")
	page := ana.Get(house).OK()
	beds := page.Find(`<option value="([0-9a-f-]{36})"[^>]*>(?:<bdi>)?Beds`)
	form := func(light string) url.Values {
		return url.Values{"version": {page.Find(`name="version" value="([0-9]+)"`)}, "service": {beds}, "light": {light}, "said-" + beds: {page.Find(`name="said-` + beds + `" value="([0-9]+)"`)}}
	}
	ana.Do(http.MethodPost, house+"/capacity", form("full")).Is(http.StatusSeeOther)
	w.Node.Net.Clock.Advance(time.Minute)
	ana.Do(http.MethodPost, house+"/capacity", form("free")).Is(http.StatusConflict).Says("Somebody else has changed this")
	ana.Get(house).OK().Find(`govuk-tag[^>]*>\s*(?:<bdi>)?(Full)`)
}

func TestAnOrganisationEndsMovesAndIsErasedOnItsPage(t *testing.T) {
	w := webtest.Open(t)
	webtest.Refuge(w)
	house := webtest.Entered(w)
	ana, sara := w.As("ana"), w.As("sara")
	ana.Get("/directory?" + url.Values{"city": {"chisin"}, "country": {"MD"}}.Encode()).OK().Says("Safe house")
	ana.Get("/directory?" + url.Values{"country": {"AL"}}.Encode()).OK().Never("Safe house")
	ana.Get("/directory?only=stale").OK().Never("Safe house")
	version := func() string { return ana.Get(house).OK().Find(`name="version" value="([0-9]+)"`) }
	do := func(who *webtest.Somebody, path string, v url.Values) webtest.Answer {
		t.Helper()
		v.Set("version", version())
		return who.Do(http.MethodPost, house+path, v)
	}
	beds := ana.Get(house).Find(`<option value="([0-9a-f-]{36})"[^>]*>(?:<bdi>)?Beds`)
	said := func() string { return ana.Get(house).OK().Find(`name="said-` + beds + `" value="([0-9]+)"`) }
	before := said()
	do(ana, "/capacity", url.Values{"service": {beds}, "light": {"few"}, "said-" + beds: {before}}).Is(http.StatusSeeOther)
	ana.Get(house).OK().Find(`govuk-tag[^>]*>\s*(?:<bdi>)?(Few places)`)
	do(ana, "/verify", url.Values{}).Is(http.StatusSeeOther)
	end := url.Values{"part": {"service/" + beds}, "reason": {"service-stopped"}, "on-day": {"1"}, "on-month": {"3"}, "on-year": {"2026"}, "note": {"Until the roof is mended"}}
	wrong := url.Values{"part": {"service/" + beds}, "reason": {"bored"}}
	do(ana, "/end", wrong).Is(http.StatusUnprocessableEntity).Says("Say that something has ended")
	do(ana, "/end", end).Is(http.StatusSeeOther)
	ana.Get(house).OK().Says("Ended", "The service is not given any more", "Until the roof is mended").Find(`govuk-tag[^>]*>\s*(?:<bdi>)?(Ended)`)
	ana.Get("/directory?service=accommodation").OK().Never("Safe house")
	ana.Get("/directory?service=accommodation&only=ended").OK().Says("Safe house")

	do(ana, "/move", url.Values{"to": {""}}).Is(http.StatusUnprocessableEntity)
	do(ana, "/move", url.Values{"to": {"refuge"}}).Is(http.StatusSeeOther)
	sara.Get(house).OK().Says("Keep this record").Never(webtest.HiddenPlace)
	sara.Do(http.MethodPost, house, url.Values{}).Is(http.StatusForbidden).Never(webtest.HiddenPlace)
	do(sara, "/move/stay", url.Values{}).Is(http.StatusSeeOther)
	do(ana, "/move", url.Values{"to": {"refuge"}}).Is(http.StatusSeeOther)
	do(sara, "/move/take", url.Values{}).Is(http.StatusSeeOther)
	sara.Do(http.MethodPost, house, url.Values{}).OK().Says(webtest.HiddenPlace)
	ana.Do(http.MethodPost, house, url.Values{}).Is(http.StatusForbidden).Never(webtest.HiddenPlace)

	w.Node.User("cora", access.NationalCoordinator)
	cora := w.As("cora")
	version = func() string { return sara.Get(house).OK().Find(`name="version" value="([0-9]+)"`) }
	do(sara, "/erase", url.Values{"reason": {"entered twice"}}).Is(http.StatusSeeOther)
	sara.Get(house).OK().Says("entered twice").Never("Erase as the second person")
	cora.Get(house).OK().Says("entered twice", "Erase as the second person", "Do not erase")
	do(cora, "/erase/keep", url.Values{}).Is(http.StatusSeeOther)
	do(sara, "/erase", url.Values{"reason": {"entered twice"}}).Is(http.StatusSeeOther)
	do(cora, "/erase/confirm", url.Values{}).Is(http.StatusSeeOther)
	sara.Get(house).Is(http.StatusNotFound)
}
