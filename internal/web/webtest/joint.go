package webtest

import (
	"net/http"
	"net/url"
	"strings"
)

// AskedAbroad lets the desk of a node ask the one of another, which has accepted her, to sign the risk assessment of her return there. It returns
// the path of the return at the one, and that of the question at the other.
func AskedAbroad(w, there *World) (ret, asked string) {
	w.T.Helper()
	net, p, q := w.Node.Net, w.As("ana"), there.As("ana")
	to := string(there.Node.Member) + "/focal-point"
	path := strings.TrimSuffix(p.Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).Is(http.StatusSeeOther).Header.Get("Location"), "/person")
	ret = strings.TrimSuffix(p.Do(http.MethodPost, path+"/returns", url.Values{"to": {string(there.Node.Member)}}).Is(http.StatusSeeOther).Header.Get("Location"), "?done=return")
	p.Post(path+"/person", url.Values{"given": {"Demona"}, "surname": {"Izmislena"}, "birth-year": {"1998"}, "sex": {"female"}, "languages": {"ro"}}).OK()
	agreed := ConsentForm()
	agreed.Set("recipients", to)
	agreed["purposes"] = []string{"referral", "return"}
	p.Post(path+"/consent", agreed).OK()
	r := Draft(p, path)
	p.Take(r, "check", nil).OK()
	p.Take(r, "send", nil).OK()
	net.Run()
	r = q.Get("/referrals").OK().Find(`href="(/referrals/[^"?]+)"`)
	q.Do(http.MethodPost, r+"/open", nil)
	q.Take(r, "acknowledge", nil).OK()
	q.Take(r, "accept", nil).OK()
	net.Run()
	p.Take(ret, "decision", Decision()).OK()
	form := RisksFor(p, ret, to)
	form.Set("written-in", "en")
	p.Take(ret, "assessment", form).OK().Says(to, "On its way")
	net.Run()
	return ret, q.Get("/assessments").OK().Find(`href="(/assessments/[^"?]+)"`)
}
