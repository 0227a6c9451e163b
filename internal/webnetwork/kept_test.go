package webnetwork_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// A report that an office keeps to itself is at no other member and read by nobody here who could not publish it; published later it is there under the
// same name, and kept no longer.
func TestAPrivateReportStaysAtHome(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := webtest.At(t, n.Node("MD")), webtest.At(t, n.Node("MK"))
	n.Node("MK").User("cora", access.NationalCoordinator)
	n.Node("MK").User("mila", access.CaseManager)
	ana, other := mk.As("ana"), md.As("ana")
	asked := webtest.Published(other, url.Values{
		"kind": {"recommendation"}, "in": {"en"}, "framework": {"greta"}, "title": {"Train the police"}, "whom": {"all"}, "due-day": {"1"}, "due-month": {"2"}, "due-year": {"2026"},
	})
	n.Run()
	mk.As("cora").Get("/").OK().Says("Conclusions and recommendations without an answer of your country: 1, overdue: 1")
	report := url.Values{
		"kind": {"progress"}, "in": {"en"}, "of": {of(asked)}, "country": {"MK"}, "until-day": {"28"}, "until-month": {"2"}, "until-year": {"2026"}, "status": {"partly"},
		"text": {"Nobody was trained, because the money went elsewhere."}, "audience": {"own"},
	}
	at, _, _ := strings.Cut(ana.Do(http.MethodPost, "/publications/new", report).Is(http.StatusSeeOther).Header.Get("Location"), "?")
	if !strings.HasPrefix(at, "/kept/") {
		t.Fatalf("it went to %s", at)
	}
	n.Run()
	ana.Get(at).OK().Says("the money went elsewhere", "Not published", "No other member has this.")
	ana.Get("/follow-up").OK().Says("Kept in this office")
	mk.As("mila").Get(at).Is(http.StatusForbidden)
	mk.As("mila").Get("/follow-up").OK().Never("Kept in this office")
	for _, who := range []*webtest.Somebody{ana, other} {
		who.Get(asked).OK().Never("the money went elsewhere")
		who.Get("/publications?q=money").OK().Says("Nothing was found.")
	}
	if all, err := n.Node("MD").Publications.All(t.Context(), n.Node("MD").As("ana").Actor, publication.Filter{Member: "MK"}, ""); err != nil || len(all) != 0 {
		t.Errorf("MD has %d records of MK: %v", len(all), err)
	}

	version := ana.Get(at).OK().Find(`name="version" value="([0-9]+)"`)
	ana.Do(http.MethodPost, at, url.Values{"version": {"7"}, "do": {"publish"}}).Is(http.StatusConflict)
	to, _, _ := strings.Cut(ana.Do(http.MethodPost, at, url.Values{"version": {version}, "do": {"publish"}}).Is(http.StatusSeeOther).Header.Get("Location"), "?")
	n.Run()
	if of(to) != strings.TrimPrefix(at, "/kept/") {
		t.Errorf("it was kept at %s and published at %s", at, to)
	}
	other.Get(asked).OK().Says("the money went elsewhere")
	ana.Get(at).Is(http.StatusNotFound)

	report.Set("text", "A second word.")
	at, _, _ = strings.Cut(ana.Do(http.MethodPost, "/publications/new", report).Is(http.StatusSeeOther).Header.Get("Location"), "?")
	ana.Do(http.MethodPost, at, url.Values{"version": {"1"}, "do": {"discard"}}).Is(http.StatusSeeOther)
	ana.Get(at).Is(http.StatusNotFound)
}

// What a country reports of the indicators of its measure is read over time, from where it began to where it wants to be.
func TestIndicatorsAreReadOverTime(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	asked := webtest.Published(ana, url.Values{"kind": {"recommendation"}, "in": {"en"}, "framework": {"greta"}, "title": {"Train the police"}, "whom": {"all"}})
	measure := webtest.Published(ana, url.Values{
		"kind": {"measure"}, "in": {"en"}, "of": {of(asked)}, "title": {"Courses"}, "country": {"MD"}, "lines-indicators": {"1"},
		"indicators-0-name": {"Officers trained"}, "indicators-0-unit": {"persons"}, "indicators-0-start": {"3"}, "indicators-0-target": {"900"}, "indicators-0-every": {"half-year"},
	})
	for _, r := range [][3]string{{"12", "2025", "400"}, {"6", "2025", "120"}, {"12", "2025", "415"}} {
		webtest.Published(ana, url.Values{
			"kind": {"progress"}, "in": {"en"}, "of": {of(measure)}, "country": {"MD"}, "until-day": {"30"}, "until-month": {r[0]}, "until-year": {r[1]}, "status": {"under-way"},
			"text": {"x"}, "audience": {"network"}, "lines-values": {"1"}, "values-0-indicator": {"1"}, "values-0-value": {r[2]},
		})
	}
	text := ana.Get(measure).OK().Says("Values over time", "Officers trained (persons)").Text()
	_, text, _ = strings.Cut(text, "Values over time")
	last := -1
	for _, say := range []string{"3", "30 June 2025 120", "30 December 2025 415", "900"} {
		at := strings.Index(text, say)
		if at <= last {
			t.Errorf("%q stands at %d, after %d: %s", say, at, last, text)
		}
		last = at
	}
	if strings.Contains(text[:last], "400") {
		t.Errorf("a report that was followed by another for the same day counts: %s", text)
	}
}
