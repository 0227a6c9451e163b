package main

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// fuller is how many of the measured cases get what a case has after months, written over the pages as people write it.
const fuller = 20

// hand fills in pages as one who is signed in.
type hand struct {
	ctx     context.Context
	handler http.Handler
	secret  string
	n       int
}

// hidden is what a page sends along unseen, such as the version that was read.
var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

func (h *hand) ask(method, to string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(h.ctx, method, "https://node.example"+to, strings.NewReader(form.Encode()))
	h.n++
	r.RemoteAddr = fmt.Sprintf("10.%d.%d.2:4000", h.n/250%250, h.n%250)
	r.AddCookie(&http.Cookie{Name: page.SessionCookie, Value: h.secret})
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w
}

// get returns a page.
func (h *hand) get(to string) (string, error) {
	w := h.ask(http.MethodGet, to, nil)
	if w.Code != http.StatusOK {
		return "", fmt.Errorf("%s: %d", to, w.Code)
	}
	return w.Body.String(), nil
}

// find returns what stands at a place of a page.
func (h *hand) find(to, pattern string) (string, error) {
	body, err := h.get(to)
	if err != nil {
		return "", err
	}
	m := regexp.MustCompile(pattern).FindStringSubmatch(body)
	if m == nil {
		return "", fmt.Errorf("%s has no %s", to, pattern)
	}
	return html.UnescapeString(m[1]), nil
}

// send fills in the form of a page and returns where it leads.
func (h *hand) send(to string, form url.Values) (string, error) {
	body, err := h.get(to)
	if err != nil {
		return "", err
	}
	for _, m := range hidden.FindAllStringSubmatch(body, -1) {
		if m[1] != "back" && m[1] != "read" && !form.Has(m[1]) { // which are of other forms of the page
			form.Set(m[1], html.UnescapeString(m[2]))
		}
	}
	w := h.ask(http.MethodPost, to, form)
	if w.Code != http.StatusSeeOther {
		_, wrong, _ := strings.Cut(w.Body.String(), "govuk-error-summary__list")
		wrong, _, _ = strings.Cut(wrong, "</ul>")
		return "", fmt.Errorf("%s: %d %s", to, w.Code, wrong)
	}
	at, _, _ := strings.Cut(w.Header().Get("Location"), "?")
	return at, nil
}

// on writes a day into a form, so many days from now.
func on(form url.Values, name string, days int) url.Values {
	t := time.Now().UTC().AddDate(0, 0, days)
	for part, n := range map[string]int{"day": t.Day(), "month": int(t.Month()), "year": t.Year()} {
		form.Set(name+"-"+part, fmt.Sprint(n))
	}
	return form
}

// fillOut writes into a case what one has after months: a consent, a referral that is drafted, a note, the time to reflect, what she does not want, a plan, a service, a
// return, a form; and a second case, of a child, linked with it.
func (h *hand) fillOut(c id.Case) error {
	at := "/cases/" + string(c)
	consent := url.Values{
		"given-by": {"herself"}, "recipients": {"MK/focal-point"}, "purposes": {"referral"}, "categories": {"identity.names", "languages", "risk.summary"}, "days": {"180"}, "language": {"ro"},
		"interpreter": {"Invented"}, "said": {"capable", "read-back"}, "how": {"written"}, "safe-way": {"by telephone"}, "explained": {"purpose", "recipients", "risks", "adequacy", "withdrawal", "retention", "access"},
	}
	child, err := h.send("/cases/new", url.Values{"age": {"child"}, "asylum": {"no"}})
	if err != nil {
		return err
	}
	child = strings.TrimSuffix(child, "/person")
	reference, err := h.find(child+"/plan", `([0-9a-z]{3}-[0-9a-z]{3}-[0-9a-z]{3})`)
	if err != nil {
		return err
	}
	for _, x := range []struct {
		to   string
		form url.Values
	}{
		{at + "/consent", consent},
		{at + "/note", url.Values{"text": {"Invented: she has slept."}, "language": {"en"}}},
		{at + "/reflection", on(on(url.Values{"body": {"Invented police"}, "basis": {"Invented act, article 3"}}, "from", -2), "until", 40)},
		{at + "/refusals", on(on(url.Values{"offer": {"psychological"}, "why": {"not-now"}, "told": {"yes"}}, "on", -2), "again", 14)},
		{at + "/needs", on(url.Values{"code": {"accommodation"}, "urgency": {"now"}, "said": {"person"}, "note": {"Invented: soon"}}, "on", -2)},
		{at + "/service", on(url.Values{"service": {"legal"}, "provider": {"Invented house"}}, "from", -2)},
		{at + "/returns", url.Values{"to": {"MD"}}},
		{at + "/links/new", url.Values{"other": {reference}, "kind": {"child"}, "reason": {"told by both"}}},
		{at + "/interpreting", url.Values{"languages": {"ro"}, "needed": {"yes"}, "sex": {"female"}, "remote": {"no"}, "not-from": {"Invented town"}}},
		{child + "/childhood/guardians", on(url.Values{"name": {"Invented Mother"}, "relation": {"mother"}}, "from", -2)},
		{child + "/childhood/ages", on(url.Values{"turn": {"disputed"}, "who": {"Invented police"}, "why": {"Invented: looks older"}}, "on", -2)},
	} {
		if _, err := h.send(x.to, x.form); err != nil {
			return err
		}
	}
	need, err := h.find(at+"/plan", `href="`+at+`/needs/([^"?/]+)`)
	if err != nil {
		return err
	}
	step := url.Values{"need": {need}, "service": {"accommodation"}, "goal": {"a door with a key"}, "provider": {"Invented aunt"}, "agreed": {"yes"}}
	if _, err := h.send(at+"/steps?need="+need, on(on(step, "on", -2), "due", 7)); err != nil {
		return err
	}
	if _, err = h.send(at+"/fill/F7", url.Values{"spoken": {"ro"}}); err != nil {
		return err
	}
	to, err := h.find(at+"/referral?view=whole", `name="to" type="radio" value="([^"]+)"`)
	if err != nil {
		return err
	}
	_, err = h.send(at+"/referral?view=whole", url.Values{
		"to": {to}, "kind": {"specialised-service"}, "needs": {"accommodation", "legal"}, "urgency": {"normal"}, "sex": {"female"}, "age": {"adult"}, "languages": {"ro"}, "risk": {"medium"}, "children": {"0"},
		"basis": {"protocol"}, "spoken": {"yes"},
	})
	return err
}

// waysInto are the pages from which links lead into a case that was filled out.
func waysInto(c id.Case) []string {
	at := "/cases/" + string(c)
	all := []string{at}
	for _, x := range []string{"plan", "childhood", "forms", "returns", "conferences", "referral", "releases", "links", "files", "screenings", "lookups", "duplicates", "spoken"} {
		all = append(all, at+"/"+x)
	}
	return all
}
