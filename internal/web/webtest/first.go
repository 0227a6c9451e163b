package webtest

import (
	"net/http"
	"net/url"
	"strings"
)

// Urgent is an urgent referral that a first responder has written down and not sent: the paths of its case and of the page before it leaves.
func Urgent(p *Somebody) (file, check string) {
	p.W.T.Helper()
	path := p.Do(http.MethodPost, "/urgent/new", url.Values{
		"age": {"adult"}, "safe-now": {"no"}, "language": {"sq"}, "name": {"Demona"}, "safe-way": {"through the demo shelter"}, "medical-now": {"unknown"},
	}).Is(http.StatusSeeOther).Header.Get("Location")
	to := p.Get(path).OK().Find(`name="to" type="radio" value="([^"]+)"`)
	check = p.Do(http.MethodPost, path, url.Values{
		"do": {"agree"}, "to": {to}, "needs": {"accommodation", "medical"}, "children": {"1"}, "categories": {"contact.safe", "identity.names"},
		"agreed": {"oral"}, "witness": {"A demo colleague"}, "language": {"sq"}, "interpreter": {"Vera"}, "said": {"yes"},
	}).Is(http.StatusSeeOther).Header.Get("Location")
	return strings.TrimSuffix(path, "/urgent"), check
}
