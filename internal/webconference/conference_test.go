package webconference_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// Two desks decide on her status over the pages: the invited one sees what she agreed to and nothing else, both sign the same text, and it
// takes effect then and not before.
func TestAConferenceOverThePages(t *testing.T) {
	w := webtest.Open(t)
	webtest.Charity(w)
	ana, olga := w.As("ana"), w.As("olga")
	path := webtest.Opened(t, ana)
	ana.Get(path).OK().Find(`href="(` + path + `/conferences)"`)
	ana.Get(path+"/conferences").OK().Says("There is no conference.", "Call a conference")
	ana.Do(http.MethodPost, path+"/conferences/new", url.Values{"purpose": {"identification"}, "time": {"half past two"}}).Is(http.StatusUnprocessableEntity).Says("Correct this part: Day")
	c := webtest.Conferring(ana, path)
	ana.Get(c).OK().Says("Identification", "Called", "DEMO: her family", "Organisation", "Social worker", "Her consent")

	missing := webtest.Minutes()
	missing.Del("hearing")
	ana.Take(c, "minutes", missing).Is(http.StatusUnprocessableEntity).Says("She is asked, and nothing is required of her")
	ana.Take(c, "minutes", webtest.Minutes()).OK().Says("Held, with minutes", "DEMO: all signs", "DEMO: too early", "She was asked and did not want to")
	missing = webtest.Resolved()
	missing.Del("signs")
	ana.Take(c, "text", missing).Is(http.StatusUnprocessableEntity).Says("Who has to sign")
	ana.Take(c, "text", webtest.Resolved()).OK().Says("Waits for signatures", "The profile of the country does not say who sits in the team", "Has not answered").Never("Let it take effect")

	olga.Get("/conferences").OK().Find(`href="(` + c + `)"`)
	olga.Get(c).OK().Says("DEMO: all signs", "DEMO: what happened", "Sign, or refuse to").Never("DEMO: her family", "DEMO: a sister", "She was asked and did not want to", path)
	for _, step := range []string{"seat", "minutes", "text", "end"} {
		olga.Get(c + "/" + step).Is(http.StatusNotFound)
	}
	olga.Get(path).Is(http.StatusNotFound)
	olga.Take(c, "answer", url.Values{"reply": {"refused"}}).Is(http.StatusUnprocessableEntity).Says("Correct this part: Why")
	olga.Take(c, "answer", url.Values{"reply": {"signed"}, "dissent": {"DEMO: two signs are missing"}}).OK().Says("Signs", "DEMO: two signs are missing")
	ana.Get(path).OK().Never("DEMO: what happened")
	ana.Take(c, "answer", url.Values{"reply": {"signed"}}).OK().Says("Everybody who has to has signed", "DEMO: two signs are missing")
	version := ana.Get(c).OK().Find(`name="version" value="([0-9]+)"`)
	ana.Post(c+"/settlement", url.Values{"version": {version}}).OK().Says("In effect")
	ana.Get(path).OK().Says("DEMO: what happened")
	olga.Get(c).Is(http.StatusNotFound)
}

// What she needs to be understood stands with the card, and who should not interpret is warned of.
func TestHowSheIsSpokenToOverThePages(t *testing.T) {
	w := webtest.Pair(t)
	ana := w.As("ana")
	path := webtest.Opened(t, ana)
	ana.Get(path).OK().Says("Nobody has recorded what she needs in order to be understood.")
	form := url.Values{
		"version": {"0"}, "languages": {"ro"}, "needed": {"yes"}, "sex": {"female"}, "remote": {"no"}, "not-from": {"nobody from Demovo"}, "unsafe": {"Petko Fiktivski, DEMO cousin"},
	}
	ana.Post(path+"/interpreting", form).OK().Says("It is recorded.", "nobody from Demovo", "Petko Fiktivski", "DEMO cousin")
	ana.Do(http.MethodPost, path+"/interpreting", form).Is(http.StatusConflict).Says("nobody from Demovo")
	ana.Get(path).OK().Says("nobody from Demovo", "Petko Fiktivski", "A woman")
	text := url.Values{
		"text": {"rights"}, "on-day": {"2"}, "on-month": {"3"}, "on-year": {"2026"}, "language": {"ro"}, "mediator": {"interpreter"},
		"name": {"Петко Фиктивски"}, "agreed": {"yes"}, "understood": {"fully"},
	}
	ana.Do(http.MethodPost, path+"/mediation", text).Is(http.StatusUnprocessableEntity).Says("Say why it was done all the same")
	text.Set("why", "DEMO: nobody else was there")
	ana.Post(path+"/mediation", text).OK().Says("Information about her rights", "The name is one that is unsafe for her.", "DEMO: nobody else was there")
}
