package web_test

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// returns makes returns and gives their paths: one that is begun, one that waits for the second desk with a red risk, and two that
// are signed, the last of them on her way.
func returns(w *webtest.World) (begun, asked string, signed [2]string) {
	w.T.Helper()
	webtest.Charity(w)
	olga := w.As("olga")
	next := func() (*webtest.Somebody, string) {
		ana := w.As("ana")
		a := ana.Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).Is(http.StatusSeeOther)
		return ana, webtest.Returning(ana, strings.TrimSuffix(a.Header.Get("Location"), "/person"))
	}
	_, begun = next()
	assessed := func() (*webtest.Somebody, string) {
		ana, r := next()
		ana.Take(r, "decision", webtest.Decision()).OK()
		ana.Take(r, "assessment", webtest.Risks(ana, r)).OK()
		return ana, r
	}
	_, asked = assessed()
	for i := range signed {
		ana, r := assessed()
		version := func(p *webtest.Somebody) string { return p.Get(r).OK().Find(`name="version" value="([0-9]+)"`) }
		olga.Post(r+"/signature", url.Values{"version": {version(olga)}, "accepts": {"origin/"}}).OK()
		if i == 1 {
			ana.Take(r, "plan", url.Values{
				"leaves-day": {"20"}, "leaves-month": {"3"}, "leaves-year": {"2026"}, "papers": {"none-needed"}, "fit": {"yes"}, "escort": {"none"},
				"met-by": {"her sister"}, "reception": {"Demo street 1"}, "told": {"yes"},
			}).OK()
			ana.Post(r+"/departure", url.Values{"version": {version(ana)}}).OK()
		}
		signed[i] = r
	}
	return begun, asked, signed
}
