package webplan_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// Two files are compared, said to be apart, said to be of one person all the same, which takes a second person now, and taken apart again:
// by two people, on pages alone.
func TestTwoFilesAreMergedByTwoPeopleOnPages(t *testing.T) {
	w := webtest.Open(t)
	w.Node.Join(w.Node.As("ana").Desk, "vera", access.CaseManager, "ana")
	ana, vera := w.As("ana"), w.As("vera")
	keep, aside := webtest.Twins(w)
	ref := func(path string) string {
		return ana.Get(path).OK().Find(`<title>[^<]*([0-9a-z]{3}-[0-9a-z]{3}-[0-9a-z]{3})`)
	}
	there := ref(aside)

	// looked for, which finds the other one by her name, and compared
	ana.Get(keep).OK().Says("Other files of the same person")
	ana.Get(keep+"/duplicates").OK().Says("Nobody has said anything", "No other file was said to be")
	queue := ana.Get("/duplicates").OK().Says("Cases that may be of one person", there, "words of the name that sound the same: 2 – strongly for it (+14)", "Compare the two files")
	queue.Find(`(Altogether [0-9]+ points)`)
	found := ana.Do(http.MethodPost, keep+"/duplicates", url.Values{"do": {"search"}}).OK().Says(there).Find(`href="(/cases/[^"]+/comparison\?other=[^"]+)"`)
	ana.Do(http.MethodPost, keep+"/comparison", url.Values{"do": {"compare"}, "other": {"000-000-001"}}).Is(http.StatusUnprocessableEntity).Find(`id="(other-error)"`)
	page := ana.Get(found).OK().Says("The two files side by side", "Same", "Differs", "Dvojna Fiktivna", "Moldova", "Consents, which stay with their file", "A consent stays with its file")
	page.Never("A second person of your desk")
	version := func(p *webtest.Somebody, at, name string) string {
		return p.Get(at).OK().Find(`name="` + name + `" value="([0-9]+)"`)
	}
	form := func(do string, more url.Values) url.Values {
		v := url.Values{"do": {do}, "other": {there}, "version": {version(ana, found, "version")}, "there": {version(ana, found, "there")}}
		for k, x := range more {
			v[k] = x
		}
		return v
	}

	// what protects her in the file that would be put aside is there before: that one is not offered
	page.Says("cannot be the one that is worked with now", "asked for asylum").Never(`value="other"`)

	ana.Do(http.MethodPost, keep+"/comparison", form("merge", nil)).Is(http.StatusUnprocessableEntity).Find(`id="(keep-error)"`)
	ana.Do(http.MethodPost, keep+"/comparison", form("apart", nil)).Is(http.StatusUnprocessableEntity).Find(`id="(why-error)"`)
	ana.Post(keep+"/comparison", form("apart", url.Values{"why": {"Another mother is written there."}})).OK().Says("not proposed again", "Not of one person", "Another mother")
	for from, to := range map[string]string{keep: there, aside: ref(keep)} { // from either file there is a way back to both
		ana.Get(from + "/duplicates").OK().Find(`href="(` + from + `/comparison\?other=` + to + `)"`)
	}
	ana.Do(http.MethodPost, keep+"/duplicates", url.Values{"do": {"search"}}).OK().Says("No other open file of your desk fits")
	ana.Get(found).OK().Says("A second person of your desk", "Somebody said on")

	// taken back they are proposed again, and kept apart they are not
	ana.Get("/duplicates").OK().Never(there)
	ana.Do(http.MethodPost, keep+"/comparison", form("together", nil)).Is(http.StatusUnprocessableEntity).Find(`id="(again-error)"`)
	ana.Post(keep+"/comparison", form("together", url.Values{"again": {"DEMO: it was the other one."}})).OK().Says("They are proposed again.", "What speaks for one person, and what against").Never("Somebody said on")
	ana.Get("/duplicates").OK().Says(there)
	ana.Post(keep+"/comparison", form("apart", url.Values{"why": {"DEMO: another mother is written there."}})).OK()

	said := ana.Do(http.MethodPost, keep+"/comparison", form("merge", url.Values{"keep": {"this"}, "reason": {"The same scar, and she says so."}})).Is(http.StatusSeeOther).Header.Get("Location")
	merge := strings.TrimSuffix(said, "?done=same-said")
	if text := ana.Get(keep + "/duplicates").OK().Text(); strings.Index(text, "Waits for a second person") > strings.Index(text, "Look for files") {
		t.Error("what waits stands below what can be looked for")
	}
	ana.Get(merge).OK().Says("Waits for a second person", "You said so", "The same scar", "Take the two apart again").Never("What do you say?")
	ana.Do(http.MethodPost, merge, url.Values{"do": {"confirm"}, "version": {"1"}, "agree": {"yes"}, "reason": {"Twice."}}).Is(http.StatusConflict)

	// the task of the second person leads there
	vera.Get("/tasks").OK().Find(`href="(` + merge + `)"`)
	vera.Get(merge).OK().Says("What do you say?", "The same scar", "The two files side by side")
	vera.Do(http.MethodPost, merge, url.Values{"do": {"confirm"}, "version": {"1"}, "reason": {"So do I."}}).Is(http.StatusUnprocessableEntity).Find(`id="(agree-error)"`)
	vera.Post(merge, url.Values{"do": {"confirm"}, "version": {version(vera, merge, "version")}, "agree": {"yes"}, "reason": {"I asked her."}}).OK().Says("Merged", "I asked her.")
	vera.Get("/tasks").OK().Never(merge)
	ana.Get(aside+"/duplicates").OK().Says("This file was put aside", "Case "+ref(keep))

	// undone: what was written since is counted, and stays
	w.Node.Net.Clock.Advance(time.Second)
	ana.Post(keep+"/note", url.Values{"text": {"DEMO she called"}, "language": {"en"}}).OK()
	vera.Get(merge).OK().Says("Written since in the file that is worked with", "Notes", "There is no last day for this")
	vera.Do(http.MethodPost, merge, url.Values{"do": {"undo"}, "version": {version(vera, merge, "version")}}).Is(http.StatusUnprocessableEntity).Find(`id="(why-error)"`)
	vera.Post(merge, url.Values{"do": {"undo"}, "version": {version(vera, merge, "version")}, "why": {"Two sisters."}, "apart": {"yes"}}).OK().Says("Undone", "Two sisters.").Never("Take the two apart again")
	ana.Get(aside).OK().Says("Record a service")

	// somebody of another desk learns of none of it
	webtest.Refuge(w)
	w.As("sara").Get(merge).Is(http.StatusNotFound)
	w.As("sara").Get(found).Is(http.StatusNotFound)
}
