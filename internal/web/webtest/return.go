package webtest

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/nodetest"
)

// Charity founds a desk of another organisation at the node, where olga works.
func Charity(w *World) {
	w.T.Helper()
	d := desk.Desk{
		ID: "charity", Organisation: "charity", Kind: desk.AtNode, Realm: access.Assistance, Sector: desk.Unsaid(access.Assistance),
		Function: "desk.function.shelter", Competence: []string{}, Languages: []string{"en"}, Zone: "UTC", VerifiedOn: frame.At(w.Node.Net.Clock.Now()),
	}
	first := w.Node.User("olga")
	if err := w.Node.Keyring.Found(w.T.Context(), nodetest.Console(w.Node.Member), keyring.Founding{Desk: d, First: first, Role: access.CaseManager}); err != nil {
		w.T.Fatal(err)
	}
}

// Returning begins a return of a case and records that the charity may be shown what was found, and returns its path.
func Returning(p *Somebody, path string) string {
	p.W.T.Helper()
	a := p.Do(http.MethodPost, path+"/returns", url.Values{"to": {"rs"}}).Is(http.StatusSeeOther)
	agreed := ConsentForm()
	agreed.Set("recipients", id.Address{Member: p.W.Node.Member, Desk: "charity"}.String())
	agreed.Set("purposes", "return")
	agreed["categories"] = []string{"risk.summary"}
	p.Post(path+"/consent", agreed).OK()
	return strings.TrimSuffix(a.Header.Get("Location"), "?done=return")
}

// Decision is her informed decision, as it is sent.
func Decision() url.Values {
	return url.Values{
		"on-day": {"2"}, "on-month": {"3"}, "on-year": {"2026"}, "language": {"ro"}, "interpreter": {"Vera"}, "free": {"yes"}, "words": {"home to my sister"},
		"explained": {"voluntary", "other-ways", "stay-and-residence", "risks-found", "proceedings", "help-there", "whom-to-call", "who-learns-what", "change-of-mind", "coming-back"},
	}
}

// Risks is a risk assessment that asks the charity, with one red risk.
func Risks(p *Somebody, r string) url.Values { p.W.T.Helper(); return RisksFor(p, r, "charity") }

// RisksFor is one that asks the desk whose address is named so in the form.
func RisksFor(p *Somebody, r, desk string) url.Values {
	p.W.T.Helper()
	second := p.Get(r + "/assessment").OK().Find(`name="second" type="radio" value="([^"]+/` + desk + `[^"]*)"`)
	f := url.Values{"second": {second}, "tracing": {"a sister in the south"}, "conclusion": {"not to the village"}}
	for _, d := range []string{"person", "family", "origin", "travel", "arrival", "long-term"} {
		f.Set("level-"+d, "green")
		f.Set("found-"+d, "nothing was found: her sister")
	}
	f.Set("level-origin", "red")
	f.Set("mitigation-origin", "another town than the village")
	f.Set("accepts-origin", "yes")
	return f
}
