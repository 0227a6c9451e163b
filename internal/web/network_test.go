package web_test

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// networkScreens are the screens of what the network publishes: a practice, a meeting and what it concluded, laws.
func networkScreens(w *webtest.World) []screen {
	w.T.Helper()
	ana := w.As("ana")
	practice := webtest.Published(ana, webtest.PracticeForm())
	met := webtest.Published(ana, webtest.MeetingForm())
	said := webtest.Published(ana, url.Values{
		"kind": {"conclusion"}, "in": {"en"}, "meeting": {strings.TrimPrefix(met, "/publications/")}, "number": {"1"}, "text": {"Exchange lists of contacts."}, "whom": {"all"},
		"due-day": {"15"}, "due-month": {"2"}, "due-year": {"2026"},
	})
	media, file := webtest.Upload(w.T, "file", "a.pdf", []byte("%PDF-1.7"), "version", "1")
	ana.Raw(http.MethodPost, practice+"/file", media, file).Is(http.StatusSeeOther)
	report := url.Values{
		"kind": {"progress"}, "in": {"en"}, "of": {strings.TrimPrefix(said, "/publications/")}, "country": {"MD"}, "until-day": {"1"}, "until-month": {"2"}, "until-year": {"2026"}, "status": {"partly"},
		"text": {"DEMO not yet."}, "audience": {"own"},
	}
	kept, _, _ := strings.Cut(ana.Do(http.MethodPost, "/publications/new", report).Is(http.StatusSeeOther).Header.Get("Location"), "?")
	return []screen{
		{"publication-kept", "ana", kept},
		{"publications", "ana", "/publications"},
		{"publication-kinds", "ana", "/publications/new"},
		{"publication-new", "ana", "/publications/new?kind=practice"},
		{"member-roster", "cora", "/members/roster"},
		{"member-next", "cora", "/members/next"},
		{"member-leaving", "cora", "/members/MK/leaving"},
		{"publication-law", "ana", "/publications/new?kind=legal-model"},
		{"publication-meeting", "ana", "/publications/new?kind=meeting"},
		{"publication", "ana", practice},
		{"publication-first", "ana", practice + "?version=1"},
		{"publication-change", "ana", practice + "/change"},
		{"publication-file", "ana", practice + "/file"},
		{"publication-withdraw", "ana", practice + "/withdraw"},
		{"meetings", "ana", "/meetings"},
		{"meeting-tenth", "ana", "/meetings/tenth"},
		{"meeting", "ana", met},
		{"conclusion", "ana", said},
		{"follow-up", "ana", "/follow-up"},
		{"follow-up-table", "ana", "/follow-up/table"},
		{"laws", "ana", "/laws?attribute=buying"},
		{"laws-side", "ana", "/laws?country=SE&country=FR"},
		{"law", "ana", "/laws/SE"},
	}
}
