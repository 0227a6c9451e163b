package webnetwork_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// A practice goes by pages alone from its author to a reader of another country, who finds it by a word of another script, reads a version before and the
// file, and reviews it; its author corrects and withdraws it, and nothing of it is lost.
func TestAPracticeIsPublishedReadReviewedCorrectedAndWithdrawn(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := webtest.At(t, n.Node("MD")), webtest.At(t, n.Node("MK"))
	ana, other := md.As("ana"), mk.As("ana")
	n.Node("MK").User("mila", access.CaseManager)
	ana.Get("/publications").OK().Says("Nothing was found.", "Publish something new")
	ana.Get("/publications/new").OK().Says("Describe a practice", "Enter a recommendation")

	// What does not fit is said at its control, and more lines can be asked for.
	form := webtest.PracticeForm()
	form.Set("source", "http://example.org")
	ana.Do(http.MethodPost, "/publications/new", form).Is(http.StatusUnprocessableEntity).Find(`(id="source-error")`)
	form = webtest.PracticeForm()
	form["steps-0-what"], form["steps-1-what"] = []string{""}, []string{""}
	ana.Do(http.MethodPost, "/publications/new", form).Is(http.StatusUnprocessableEntity).Find(`(id="steps-0-what-error")`)
	form = webtest.PracticeForm()
	form.Set("more", "steps")
	ana.Do(http.MethodPost, "/publications/new", form).OK().Find(`(id="steps-4-what")`)
	at := webtest.Published(ana, webtest.PracticeForm())
	ana.Get(at).OK().Says("Fictitious safe house", "Nobody knew whom to call.", "Name a bed.", "First version", "Correct this")

	// It is written in a second language beside the first, and a file comes with it.
	form = webtest.PracticeForm()
	form.Set("in", "mk")
	form.Set("title", "Измислена сигурна куќа")
	form.Set("problem", "Немаше кревет.")
	form.Set("version", "1")
	ana.Do(http.MethodPost, at+"/change", form).Is(http.StatusUnprocessableEntity).Find(`(id="reason-error")`)
	form.Set("reason", "translated")
	ana.Post(at+"/change", form).OK().Says("Translated")
	form.Set("title", "Someone else was faster")
	ana.Do(http.MethodPost, at+"/change", form).Is(http.StatusConflict).Find(`(id="stands")`)
	media, body := webtest.Upload(t, "file", "Извештај.pdf", []byte("%PDF-1.7 fictitious"), "version", "2")
	ana.Raw(http.MethodPost, at+"/file", media, body).Is(http.StatusSeeOther)
	media, body = webtest.Upload(t, "file", "a.html", []byte("<script>"), "version", "3")
	ana.Raw(http.MethodPost, at+"/file", media, body).Is(http.StatusUnprocessableEntity).Says("cannot be attached")

	other.Get(at).Is(http.StatusNotFound)
	n.Run()
	reader := mk.As("mila")
	reader.Get("/publications?q=izmislena").OK().Says("Fictitious safe house", "Moldova").Never("Publish something new")
	reader.Get("/publications?q=nothing").OK().Says("Nothing was found.")
	reader.Get("/publications?kind=meeting").OK().Says("Nothing was found.")
	page := reader.Get(at).OK().Says("Call the desk.", "Извештај.pdf", "Translated").Never("Correct this", "Review this")
	reader.Lang = "mk"
	reader.Get(at).OK().Says("Измислена сигурна куќа", "Немаше кревет.")
	reader.Lang = ""
	reader.Get(at + "?version=1").OK().Says("Not the newest version").Never("Извештај.pdf")
	file := reader.Get(page.Find(`href="(/publications/[^"]+/files/[0-9a-f]+)"`)).OK()
	if file.Body != "%PDF-1.7 fictitious" || !strings.Contains(file.Header.Get("Content-Disposition"), "attachment; filename=") || !strings.Contains(file.Header.Get("Content-Disposition"), "%D0%98") {
		t.Errorf("%q %v", file.Body, file.Header)
	}
	reader.Get(at + "/change").Is(http.StatusForbidden)
	other.Get(at + "/change").Is(http.StatusForbidden) // it is another member's
	other.Do(http.MethodPost, at+"/withdraw", url.Values{"version": {"3"}, "reason": {"mistake"}}).Is(http.StatusForbidden)

	// Another country reviews the version that it read.
	ana.Get(at).OK().Never("Review this")
	review := other.Get(at).OK().Find(`href="(/publications/new\?[^"]*kind=review[^"]*)"`)
	read := other.Get(strings.ReplaceAll(review, "&amp;", "&")).OK()
	given := webtest.Published(other, url.Values{
		"kind": {"review"}, "in": {"en"}, "of": {strings.TrimPrefix(at, "/publications/")}, "hash": {read.Find(`name="hash" value="([0-9a-f]{64})"`)},
		"finding": {"sound-with-remarks"}, "text": {"The number was answered."},
	})
	n.Run()
	ana.Get(at).OK().Says("Reviews by others", "Holds, with remarks")
	ana.Get(given).OK().Says("The number was answered.", "Fictitious safe house")

	ana.Do(http.MethodPost, at+"/withdraw", url.Values{"version": {"3"}}).Is(http.StatusUnprocessableEntity)
	ana.Post(at+"/withdraw", url.Values{"version": {"3"}, "reason": {"replaced"}}).OK().Says("Withdrawn", "Replaced by something else").Never("Correct this")
	ana.Get(at + "/change").Is(http.StatusConflict)
	n.Run()
	reader.Get("/publications?kind=practice").OK().Never("Fictitious safe house")
	reader.Get("/publications?kind=practice&withdrawn=yes").OK().Says("Fictitious safe house")
	reader.Get(at + "?version=2").OK().Says("Name a bed.")
}
