package webconsent_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// With words that nobody has reviewed a consent is recorded only if an interpreter is named and they were read back. Once the office
// has recorded a review of them, neither is asked; the record says which words they were and that they were reviewed.
func TestUnreviewedWordsMakeNoConsentAlone(t *testing.T) {
	w := webtest.Pair(t)
	w.Node.User("cora", "national-coordinator")
	ana, cora := w.As("ana"), w.As("cora")
	path := webtest.Opened(t, ana)
	ana.Get(path+"/consent?read=mk").OK().Says("Вие одлучувате.", "Прашајте секогаш кога нешто не е јасно.", "a named interpreter")
	send := func(language, interpreter string, said ...string) webtest.Answer {
		f := webtest.ConsentForm()
		f.Set("language", language)
		f.Set("interpreter", interpreter)
		f["said"] = said
		return ana.Do(http.MethodPost, path+"/consent", f)
	}
	for name, a := range map[string]webtest.Answer{
		"alone":            send("mk", "", "capable"),
		"interpreted only": send("mk", "Vera", "capable"),
		"read back only":   send("mk", "", "capable", "read-back"),
		"no text at all":   send("tlh", "Vera", "capable"),
	} {
		if a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, a.Status)
		}
	}
	send("mk", "Vera", "capable").Find(`id="(interpreter-error)"`)
	send("mk", "Vera", "capable", "read-back").Is(http.StatusSeeOther)
	send("tlh", "Vera", "capable", "read-back").Is(http.StatusSeeOther)
	send("en", "", "capable").Is(http.StatusSeeOther)

	at := cora.Get("/languages").OK().Says("0 of ").Find(`href="(/texts/mk)"`)
	at = cora.Get(at).OK().Says("Waits for review by a native speaker").Find(`href="(/texts/mk/consent)"`)
	shown := cora.Get(at).OK().Says("You decide. Nobody may press you.", "Вие одлучувате.")
	ana.Get(at).OK().Says("Вие одлучувате.").Never("Record a review")
	review := url.Values{"digest": {shown.Find(`name="digest" value="([0-9a-f]+)"`)}, "reviewer": {"DEMO: Petko Fiktivski, interpreter"}, "on-day": {"1"}, "on-month": {"3"}, "on-year": {"2026"}}
	ana.Do(http.MethodPost, at, review).Is(http.StatusForbidden)
	nobody := url.Values{"digest": review["digest"], "on-day": {"1"}, "on-month": {"3"}, "on-year": {"2026"}}
	cora.Do(http.MethodPost, at, nobody).Is(http.StatusUnprocessableEntity).Find(`id="(reviewer-error)"`)
	cora.Post(at, review).OK().Says("Reviewed by DEMO: Petko Fiktivski, interpreter on 1 March 2026")

	ana.Get(path + "/consent?read=mk").OK().Never("Прашајте секогаш кога нешто не е јасно.")
	send("mk", "", "capable").Is(http.StatusSeeOther)
	var digests []string
	by, all := w.Node.As("ana"), 0
	list, err := w.Node.Consents.List(t.Context(), by.Actor, id.Case(path[len("/cases/"):]))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		r, _, err := w.Node.Consents.Show(t.Context(), by, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		all++
		digests = append(digests, r.Record.Language+":"+map[bool]string{true: "reviewed", false: "draft"}[r.Record.TextReviewed]+map[bool]string{true: "", false: ", no text"}[r.Record.TextDigest != ""])
		if r.Record.Language == "mk" && r.Record.TextReviewed && r.Record.TextDigest != review.Get("digest") {
			t.Errorf("it says that she was read %s", r.Record.TextDigest)
		}
	}
	want := map[string]int{"ro:draft": 1, "mk:draft": 1, "tlh:draft, no text": 1, "en:reviewed": 1, "mk:reviewed": 1}
	for _, d := range digests {
		want[d]--
	}
	for d, n := range want {
		if n != 0 || all != 5 {
			t.Errorf("%d of %s too few: %v", n, d, digests)
		}
	}
	paper := ana.Get(path).OK().Find(`href="(/consents/[^"]+/receipt)"`)
	ana.Get(paper+"?read=mk").OK().Says("Потврда за Вашата согласност", "MK/focal-point").Never("Marija")
}
