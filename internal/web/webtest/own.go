package webtest

import (
	"net/http"
	"net/url"
	"regexp"
)

// Code gives out a code for the page of the person of a case, and returns it.
func Code(p *Somebody, path string) string {
	p.W.T.Helper()
	text := p.Do(http.MethodPost, "/page/new", url.Values{"case": {path[len("/cases/"):]}, "lang": {"en"}}).OK().Text()
	code := regexp.MustCompile(`([0-9a-z]{3} ?- ?){6}[0-9a-z]{3}`).FindString(text)
	if code == "" {
		p.W.T.Fatalf("no code in %s", text)
	}
	return code
}

// Back is what a page that is looked at sends to take its first consent back that can be.
func Back(a Answer) url.Values {
	a.t.Helper()
	return url.Values{
		"ticket": {a.Find(`name="ticket" value="([^"]+)"`)}, "consent": {a.Find(`name="consent" value="([^"]+)"`)},
	}
}

// Own gives her a page, and takes one of the consents of the case back on it. It returns her code and what another step of hers sends.
func Own(p *Somebody, path string) (code string, back url.Values) {
	p.W.T.Helper()
	p.Post(path+"/consent", ConsentForm()).OK()
	p.Post(path+"/consent", ConsentForm()).OK()
	code = Code(p, path)
	her := p.W.Stranger()
	back = Back(her.Do(http.MethodPost, "/page", url.Values{"code": {code}}).OK())
	back.Set("sure", "yes")
	her.Do(http.MethodPost, "/page/back", back).Is(http.StatusSeeOther)
	back = Back(her.Do(http.MethodPost, "/page", url.Values{"code": {code}}).OK())
	return code, back
}
