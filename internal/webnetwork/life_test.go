package webnetwork_test

import (
	"archive/zip"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// of is the identifier of a record by its path.
func of(path string) string { return strings.TrimPrefix(path, "/publications/") }

// A meeting is recorded, its conclusion is signed off in another country, the minutes and the calendar are saved; what a country does about it is seen side by
// side; and what nobody has answered in time comes into the agenda of the next meeting.
func TestAMeetingItsConclusionsAndWhatBecameOfThem(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := webtest.At(t, n.Node("MD")), webtest.At(t, n.Node("MK"))
	ana, other := md.As("ana"), mk.As("ana")
	n.Node("MK").User("mila", access.CaseManager)

	// What came with the program is there before anybody has published anything, and says that nobody has confirmed it.
	ana.Get("/meetings").OK().Says("10. Tenth meeting", "Skopje", "Not verified")
	ana.Get("/meetings/tenth").OK().Says("victim referral", "What was concluded the note does not say.", "Nobody of the country has confirmed it").Never("Digest")
	ana.Get("/publications/new?kind=meeting&from=tenth").OK().Find(`(value="The systems of victim referral mechanisms")`)

	met := webtest.Published(ana, webtest.MeetingForm())
	said := webtest.Published(ana, url.Values{
		"kind": {"conclusion"}, "in": {"en"}, "meeting": {of(met)}, "number": {"1"}, "text": {"Exchange lists of contacts."}, "whom": {"all"},
		"due-day": {"15"}, "due-month": {"2"}, "due-year": {"2026"},
	})
	ana.Do(http.MethodPost, "/publications/new", url.Values{"kind": {"conclusion"}, "in": {"en"}, "meeting": {of(met)}, "number": {"2"}, "text": {"x"}, "whom": {"countries"}}).
		Is(http.StatusUnprocessableEntity).Find(`(id="countries-error")`)
	ana.Get(met).OK().Says("Exchange lists of contacts.", "1 of 2")
	ana.Get(said).OK().Says("North Macedonia", "Has said nothing yet", "Overdue", "No answer yet")
	n.Run()
	mk.As("mila").Get(said).OK().Never("Sign off for your country")
	other.Get("/meetings").OK().Says("99. Fictitious meeting")
	way := strings.ReplaceAll(other.Get(said).OK().Find(`href="(/publications/new\?[^"]*kind=sign-off[^"]*)"`), "&amp;", "&")
	sum := other.Get(way).OK().Says("You sign this with your own key").Find(`name="hash" value="([0-9a-f]{64})"`)
	webtest.Published(other, url.Values{"kind": {"sign-off"}, "in": {"en"}, "of": {of(said)}, "hash": {sum}, "says": {"agreed-with-remark"}, "text": {"By the end of the year."}})
	n.Run()
	ana.Get(said).OK().Says("Agrees, with a remark")
	ana.Get(met).OK().Says("2 of 2")

	// Its minutes and its day in a calendar.
	file := ana.Get(met + "/minutes").OK()
	z, err := zip.NewReader(strings.NewReader(file.Body), int64(len(file.Body)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	plain := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(string(text), "|")
	for _, want := range []string{"99. Fictitious meeting", "All have spoken.", "1. Exchange lists of contacts.", "Agrees, with a remark", "National coordinator", "Kosovo*", "Kosovo declaration"} {
		if !strings.Contains(plain, want) {
			t.Errorf("the minutes do not say %q: %s", want, plain)
		}
	}
	for _, at := range []string{met + "/calendar", "/meetings/calendar"} {
		if a := ana.Get(at).OK(); !strings.Contains(a.Body, "DTSTART;VALUE=DATE:20251113\r\n") || !strings.Contains(a.Header.Get("Content-Type"), "text/calendar") {
			t.Errorf("%s: %s", at, a.Body)
		}
	}
	ana.Get(said + "/minutes").Is(http.StatusNotFound)

	// What is overdue becomes the agenda of a meeting; a country answers by a measure, and only for itself.
	ana.Get("/follow-up").OK().Says("Overdue", "0 of 2", "No answer yet", "Call a meeting about what is overdue")
	ana.Get("/publications/new?kind=meeting&from=overdue").OK().Find(`(value="Exchange lists of contacts.")`)
	report := url.Values{
		"kind": {"progress"}, "in": {"en"}, "of": {of(said)}, "country": {"MK"}, "until-day": {"28"}, "until-month": {"2"}, "until-year": {"2026"}, "status": {"done"},
		"text": {"The list is there."}, "audience": {"network"}, "source": {"https://example.org/list"},
	}
	webtest.Published(other, report)
	webtest.Published(ana, report) // MD says that MK is done
	n.Run()
	ana.Get("/follow-up").OK().Says("1 of 2", "Overdue")
	ana.Get(said).OK().Says("The list is there.", "No answer yet")
	report.Set("country", "MD")
	webtest.Published(ana, report)
	ana.Get("/follow-up").OK().Says("2 of 2").Never("Overdue", "Call a meeting about what is overdue")
}

// A table of recommendations is published as a whole or not at all.
func TestRecommendationsComeAsATable(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	send := func(table string) webtest.Answer {
		media, body := webtest.Upload(t, "file", "greta.csv", []byte(table))
		return ana.Raw(http.MethodPost, "/follow-up/table", media, body)
	}
	ana.Get("/follow-up/table").OK().Says("framework, reference, title")
	send("framework,title,due\ngreta,Train the police,2026-12-31\ngreta,,2026-12-31\n").Is(http.StatusUnprocessableEntity).Says("Nothing was published", "Title")
	send("framework,title\n").Is(http.StatusUnprocessableEntity).Says("no recommendation")
	ana.Get("/follow-up").OK().Says("Nothing was found.")
	send("framework,title,due,countries\ngreta,Train the police,2026-12-31,MK MD\ngreta,Pay compensation,2026-01-31,\n").Is(http.StatusSeeOther)
	ana.Get("/follow-up").OK().Says("Train the police", "Pay compensation", "Overdue", "Open")
}

// Laws stand side by side with the source of every cell, in order of letters; what a country publishes of its own law takes the place of what came with the
// program, and the day decides which of its records is shown.
func TestLawsSideBySide(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := webtest.At(t, n.Node("MD")), webtest.At(t, n.Node("MK"))
	ana, other := md.As("ana"), mk.As("ana")
	page := ana.Get("/laws?attribute=buying").OK().Says("Nothing here ranks countries", "Law on Public Order and Peace, 2016, article 16", "Not verified", "Kosovo*", "Kosovo declaration").Text()
	last := -1
	for _, c := range []string{"Albania Criminal offence", "Bulgaria Not an offence", "France Administrative offence", "Sweden Criminal offence"} {
		at := strings.Index(page, c)
		if at <= last {
			t.Errorf("%q stands at %d, after %d", c, at, last)
		}
		last = at
	}
	ana.Get("/laws?country=SE&country=FR").OK().Says("Prohibitionism", "Transcrime", "A name is the word of its author").Never("Norway Not an offence")
	ana.Get("/laws/NO").OK().Says("Lower demand", "Critical of the law", "None was read", "Cells that nobody has verified: 2", "Nobody of the country has confirmed it")
	ana.Get("/laws/FR").OK().Says("Only findings of one side were read.")
	ana.Get("/laws/ZZ").Is(http.StatusNotFound)
	ana.Get("/laws?day-day=1&day-month=1&day-year=2020").OK().Says("No record tells of that day.")
	ana.Get("/laws/MK").OK().Never("publish it for your country")

	// MK takes over what came with the program, and corrects a cell of it.
	form := other.Get("/publications/new?kind=legal-model&from=MK").OK()
	other.Get("/laws/MK").OK().Says("publish it for your country")
	if !strings.Contains(form.Body, `value="Law on misdemeanours against public order, article 19"`) {
		t.Error("the form does not begin with what came with the program")
	}
	cell := func(day, value string) url.Values {
		return url.Values{
			"kind": {"legal-model"}, "in": {"en"}, "country": {"MK"}, "as-of-day": {"1"}, "as-of-month": {"1"}, "as-of-year": {day}, "lines-cells": {"1"},
			"cells-0-attribute": {"buying"}, "cells-0-value": {value}, "cells-0-citation": {"Fictitious law, article 1"}, "cells-0-source": {"https://example.org/gazette"},
			"cells-0-checked-day": {"1"}, "cells-0-checked-month": {"2"}, "cells-0-checked-year": {"2026"}, "cells-0-status": {"verified"},
		}
	}
	without := cell("2020", "criminal")
	without.Del("cells-0-source")
	other.Do(http.MethodPost, "/publications/new", without).Is(http.StatusUnprocessableEntity).Find(`(id="cells-0-source-error")`)
	webtest.Published(other, cell("2020", "not-offence"))
	webtest.Published(other, cell("2025", "administrative"))
	n.Run()
	ana.Get("/laws?attribute=buying").OK().Says("North Macedonia Administrative offence or misdemeanour none Fictitious law, article 1 https://example.org/gazette Verified")
	ana.Get("/laws?attribute=buying&day-day=1&day-month=6&day-year=2021").OK().Says("North Macedonia Not an offence")
	ana.Get("/laws/MK").OK().Says("What changed since the record before", "Not an offence", "Administrative offence or misdemeanour")
}

// A practice is shown where its step of the work is done, and nowhere else.
func TestAPracticeStandsAtItsStep(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	ana.Get("/referrals").OK().Never("Practices of the network")
	w.Node.Net.Clock.Advance(2 * 60e9)
	ana = w.As("ana")
	at := webtest.Published(ana, webtest.PracticeForm())
	ana.Get("/referrals").OK().Says("Practices of the network for this step", "Fictitious safe house").Find(`href="(` + at + `)"`)
	ana.Get("/conferences").OK().Never("Fictitious safe house")
	ana.Get("/publications?at=referral").OK().Says("Fictitious safe house")
	ana.Get("/publications?at=child").OK().Says("Nothing was found.")
}
