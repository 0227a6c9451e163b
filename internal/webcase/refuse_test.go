package webcase_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// What she did not want, from the first no to the day on which she takes the offer: nothing of the case is lost by it, and after that
// nobody asks her again.
func TestWhatSheDidNotWantStaysOffered(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	ana.Get(path).OK().Says("What she did not want", "Record that she does not want something").Never("Asked again")
	ana.Get(path+"/refusals").OK().Says("every offer stays open", "She was not asked why")

	no := url.Values{"offer": {"accommodation"}, "on-day": {"2"}, "on-month": {"3"}, "on-year": {"2026"}, "note": {"She sleeps at a demo friend's."}}
	for field, set := range map[string]url.Values{
		"why":   {"told": {"yes"}},
		"told":  {"why": {"not-asked"}},
		"again": {"why": {"not-asked"}, "told": {"yes"}, "again-day": {"1"}, "again-month": {"3"}, "again-year": {"2026"}},
	} {
		wrong := url.Values{}
		for _, part := range []url.Values{no, set} {
			for k, v := range part {
				wrong[k] = v
			}
		}
		a := ana.Do(http.MethodPost, path+"/refusals", wrong).Is(http.StatusUnprocessableEntity).Says("demo friend")
		a.Find(`id="(` + field + `-error)"`)
		a.Find(`<option value="(accommodation)" selected`)
	}
	ana.Get(path).OK().Never("demo friend")
	for k, v := range map[string]string{"why": "not-asked", "told": "yes", "again-day": "30", "again-month": "2", "again-year": "2026"} {
		no.Set(k, v)
	}
	ana.Do(http.MethodPost, path+"/refusals", no).Is(http.StatusUnprocessableEntity).Says("Correct this part: The day on which she may be asked again.").Find(`value="(30)"`)
	for k, v := range map[string]string{"why": "not-asked", "told": "yes", "again-day": "16", "again-month": "3", "again-year": "2026"} {
		no.Set(k, v)
	}
	ana.Post(path+"/refusals", no).OK().Says("It is recorded.", "Accommodation", "She was not asked why", "2 March 2026", "16 March 2026", "demo friend")

	// She is asked again, and refuses again; whoever had read the page before is told that it was changed.
	ask := ana.Get(path).OK().Find(`href="(/cases/[^"]+/refusals/[^"]+)"`)
	asking := strings.Split(ask, "?")[0]
	version := ana.Get(ask).OK().Says("To refuse again is her right.").Find(`name="version" value="([0-9]+)"`)
	again := url.Values{"version": {version}, "on-day": {"16"}, "on-month": {"3"}, "on-year": {"2026"}}
	ana.Do(http.MethodPost, asking, again).Is(http.StatusUnprocessableEntity).Says("Read the safe-contact card first", "the dentist", "teapot").Never("+37360000001")
	ana.Get(ask).Carded(again)
	ana.Do(http.MethodPost, asking, again).Is(http.StatusUnprocessableEntity).Find(`id="(outcome-error)"`)
	again.Set("outcome", "refused-again")
	again.Set("on-day", "1")
	ana.Do(http.MethodPost, asking, again).Is(http.StatusUnprocessableEntity).Find(`id="(on-error)"`)
	again.Set("on-day", "16")
	ana.Post(asking, again).OK().Says("It is recorded.", "She does not want it", "She does not want to be asked again")
	slow := ana.Do(http.MethodPost, asking, again).Is(http.StatusConflict).Says("What stands now", "Asked again 16 March 2026 She does not want it", "Written last By you, in another window")
	slow.Find(`value="(refused-again)" checked`)
	if slow.Find(`name="version" value="([0-9]+)"`) == version {
		t.Error("a form that somebody was faster than stays stale for ever")
	}

	// She comes back by herself, and nobody asks her any more.
	again.Set("version", ana.Get(ana.Get(path).OK().Find(`href="(/cases/[^"]+/refusals/[^"]+)"`)).OK().Find(`name="version" value="([0-9]+)"`))
	again.Set("outcome", "accepted")
	again.Set("on-day", "20")
	ana.Post(asking, again).OK().Says("She takes the offer", "She does not want it").Never("Record what came of asking her again", "She does not want to be asked again")
	again.Set("version", "3")
	ana.Do(http.MethodPost, asking, again).Is(http.StatusConflict).Says("She has taken this offer since.")

	// It is of the desk of the case alone.
	w.Node.Desk(w.DeskOf("shelter"), "sara", "case-manager")
	w.As("sara").Do(http.MethodPost, path+"/refusals", no).Is(http.StatusNotFound)
	w.As("sara").Do(http.MethodPost, asking, again).Is(http.StatusNotFound)
	w.As("ada").Get(path + "/refusals").Is(http.StatusForbidden)
}
