package webcase_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// Whoever knows a form by heart fills it in on one page, and is asked, checked and saved as part by part. Her device remembers it.
func TestAFormIsFilledInOnOnePage(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	fill := ana.Do(http.MethodPost, path+"/fill/F7", url.Values{"spoken": {"ro"}}).Is(http.StatusSeeOther).Header.Get("Location")
	record := strings.TrimSuffix(fill, "/fill")
	ana.Get(fill).OK().Says("Part 1 of 2", "All questions on one page").Never(`id="q-may-tell"`)
	ana.Get(fill+"?view=whole").OK().Says("0 of 4 questions answered. Saved last by you", "One part per page").Never("Part 1").Find(`id="(q-may-tell)"`)
	w.Node.Join("focal-point", "vera", access.CaseManager, "ana")
	w.As("vera").Get(fill + "?view=whole").OK().Says("Saved last by a colleague at your desk (Focal point)").Never("by you")
	one := ana.Get(fill).OK() // remembered
	one.Find(`id="(q-met-by)"`)
	one.Find(`id="(q-may-tell)"`)
	sent := url.Values{"part": {"*"}, "version": {one.Find(`name="version" value="([0-9]+)"`)}, "q-met-by": {"A demo driver"}, "q-arrived-on-day": {"31"}, "q-arrived-on-month": {"2"}, "q-arrived-on-year": {"2026"}}
	ana.Do(http.MethodPost, fill, sent).Is(http.StatusUnprocessableEntity).Says("does not fit")
	sent.Del("q-arrived-on-day")

	// As the script sends it after an answer: kept, told when, and the page goes on from the new version.
	sent.Set("do", "keep")
	var kept struct {
		Fields struct{ Version string }
		Said   string
	}
	a := ana.Do(http.MethodPost, fill, sent).OK()
	if err := json.Unmarshal([]byte(a.Body), &kept); err != nil || !strings.HasPrefix(kept.Said, "Saved at ") || kept.Fields.Version == sent.Get("version") {
		t.Fatalf("%v %q", err, a.Body)
	}
	sent.Set("q-met-by", "Somebody else")
	ana.Do(http.MethodPost, fill, sent).Is(http.StatusConflict) // from the page as it was before
	sent.Set("version", kept.Fields.Version)
	sent.Set("q-may-tell", "no")
	sent.Del("do")
	ana.Post(fill, sent).OK().Says("Somebody else", "February 2026")
	ana.Post(record+"/finish", url.Values{"version": {ana.Get(record).OK().Find(`name="version" value="([0-9]+)"`)}}).Says("May not stay empty")
	ana.Get(fill + "?view=parts").OK().Says("Part 1 of 2")
	ana.Get(fill).OK().Says("Part 1 of 2").Never(`id="q-may-tell"`)
}

// Beside each answer stands which desk may be told it, by the consents that stand; taken back, nobody may.
func TestBesideEachAnswerStandsWhoIsToldIt(t *testing.T) {
	w := webtest.Pair(t)
	w.Node.Desk(w.DeskOf("house"), "mira", "case-manager")
	ana := w.As("mira")
	path := strings.TrimSuffix(ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).Is(http.StatusSeeOther).Header.Get("Location"), "/person")
	ana.Post(path+"/consent", webtest.ConsentForm()).OK() // to tell MK/focal-point her names, languages and a summary of her risks
	fill := ana.Do(http.MethodPost, path+"/fill/F2", url.Values{"spoken": {"ro"}}).Is(http.StatusSeeOther).Header.Get("Location")
	record := strings.TrimSuffix(fill, "/fill")
	ana.Get(record).OK().Says("She agreed that this is told to:", "MK/focal-point")
	consent := ana.Get(path).OK().Find(`action="(/cases/[^"]+/withdraw)"`)
	ana.Post(consent, nil).OK()
	ana.Get(record).OK().Says("She has agreed to no desk that is told this.").Never("this is told to:")
}
