package webconference_test

import (
	"maps"
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

	// Another day, another item, and somebody without a desk here; what is empty of an outsider is asked for.
	ana.Get(c + "/seat").OK()
	other := url.Values{
		"meets-day": {"6"}, "meets-month": {"3"}, "meets-year": {"2026"}, "time": {"09:15"}, "place": {"Demo street 2"}, "title-1": {"DEMO: her status"}, "category-1": {"legal.status"},
		"title-2": {"DEMO: her family"}, "category-2": {"family"}, "title-3": {"DEMO: a school"}, "category-3": {"services"}, "role-1": {"health"}, "organisation-1": {"DEMO hospital"}, "person-1": {"Demona Izmislena"},
	}
	ana.Take(c, "change", other).Is(http.StatusUnprocessableEntity).Find(`value="(DEMO hospital)"`)
	other.Set("basis-1", "DEMO: she asked for her doctor")
	ana.Take(c, "change", other).OK().Says("6 March 2026", "09:15", "Demo street 2", "3. DEMO: a school", "DEMO hospital", "she asked for her doctor", "Demona Izmislena")

	missing := webtest.Minutes()
	missing.Del("hearing")
	ana.Take(c, "minutes", missing).Is(http.StatusUnprocessableEntity).Says("She is asked, and nothing is required of her")
	ana.Take(c, "minutes", webtest.Minutes()).OK().Says("Held, with minutes", "6 March 2026", "DEMO: all signs", "DEMO: too early", "She was asked and did not want to")
	ana.Get(c + "/change").OK().Never(`name="title-1"`).Find(`name="(title-4)"`)
	missing = webtest.Resolved()
	missing.Del("signs")
	ana.Take(c, "text", missing).Is(http.StatusUnprocessableEntity).Says("Who has to sign")
	ana.Take(c, "text", webtest.Resolved()).OK().Says("Waits for signatures", "The profile of the country does not say who sits in the team", "Has not answered").Never("Let it take effect")

	olga.Get("/conferences").OK().Find(`href="(` + c + `)"`)
	olga.Get(c).OK().Says("DEMO: all signs", "DEMO: what happened", "Sign, or refuse to").Never("DEMO: her family", "DEMO: a sister", "She was asked and did not want to", path)
	for _, step := range []string{"change", "seat", "minutes", "text", "end"} {
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
	// Two have the form open: whoever is second sees both versions, chooses where both wrote, and loses neither.
	opened := ana.Get(path + "/interpreting").OK()
	hides := func(a webtest.Answer, x url.Values) url.Values {
		x = maps.Clone(x)
		for _, name := range []string{"version", "base"} {
			x.Set(name, a.Find(`name="`+name+`" value="([^"]*)"`))
		}
		return x
	}
	first, second := hides(opened, form), hides(opened, form)
	first.Set("aid", "DEMO: a loop for hearing")
	first.Set("not-from", "nobody from Demovo or Zelenkovo")
	ana.Post(path+"/interpreting", first).OK().Says("DEMO: a loop for hearing")
	second.Set("sex", "male")
	second.Set("not-from", "DEMO: nobody from the coast")
	both := ana.Do(http.MethodPost, path+"/interpreting", second).Is(http.StatusConflict).
		Says("Somebody else has changed this", "What you wrote", "DEMO: nobody from the coast", "What stands now", "nobody from Demovo or Zelenkovo", "DEMO: a loop for hearing", "A man", "A woman")
	ana.Get(path).OK().Says("nobody from Demovo or Zelenkovo", "A woman").Never("the coast")
	chosen := hides(both, second)
	for _, name := range []string{"sex", "not-from", "aid"} {
		chosen.Set("names-"+name, name)
		chosen.Set("stands-"+name, first.Get(name))
		if name != "not-from" {
			chosen.Set("keep-"+name, map[string]string{"sex": "mine", "aid": "theirs"}[name])
		}
	}
	ana.Do(http.MethodPost, path+"/interpreting", chosen).Is(http.StatusConflict).Says("Choose one of the two.", "DEMO: nobody from the coast")
	chosen.Set("keep-not-from", "theirs")
	ana.Post(path+"/interpreting", chosen).OK().Says("A man", "nobody from Demovo or Zelenkovo", "DEMO: a loop for hearing").Never("the coast")
	back := hides(ana.Get(path+"/interpreting").OK(), form)
	ana.Post(path+"/interpreting", back).OK()
	ana.Get(path).OK().Says("nobody from Demovo", "Petko Fiktivski", "A woman")
	text := url.Values{
		"text": {"rights"}, "on-day": {"2"}, "on-month": {"3"}, "on-year": {"2026"}, "language": {"ro"}, "mediator": {"interpreter"},
		"name": {"Петко Фиктивски"}, "agreed": {"yes"}, "understood": {"fully"},
	}
	ana.Do(http.MethodPost, path+"/mediation", text).Is(http.StatusUnprocessableEntity).Says("Say why it was done all the same")
	text.Set("why", "DEMO: nobody else was there")
	text.Set("text", "consent")
	text.Set("of", "nothing-of-hers")
	ana.Do(http.MethodPost, path+"/mediation", text).Is(http.StatusUnprocessableEntity)
	text.Set("of", ana.Get(path+"/mediation").OK().Find(`<option value="([^"]+)"[^>]*>(?:<bdi>)?Consent, `))
	ana.Post(path+"/mediation", text).OK().Says("Which one Consent, ")
	text.Set("text", "rights")
	text.Del("of")
	ana.Post(path+"/mediation", text).OK().Says("Information about her rights", "The name is one that is unsafe for her.", "DEMO: nobody else was there")
}
