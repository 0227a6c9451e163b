package webtest

import (
	"net/http"
	"net/url"
	"strings"
)

// Conferring calls a conference about a case at which the charity sits by a consent, and gives its path.
func Conferring(p *Somebody, path string) string {
	p.W.T.Helper()
	agreed := ConsentForm()
	agreed.Set("recipients", string(p.W.Node.Member)+"/charity")
	agreed.Set("days", "365")
	agreed["purposes"] = []string{"services"}
	agreed["categories"] = []string{"exploitation.summary", "legal.status"}
	p.Post(path+"/consent", agreed).OK()
	at := p.Do(http.MethodPost, path+"/conferences/new", url.Values{
		"purpose": {"identification"}, "meets-day": {"5"}, "meets-month": {"3"}, "meets-year": {"2026"}, "time": {"14:30"}, "place": {"Demo street 1"},
		"kind": {"ngo"}, "title-1": {"DEMO: her status"}, "category-1": {"legal.status"}, "title-2": {"DEMO: her family"}, "category-2": {"family"},
	}).Is(http.StatusSeeOther).Header.Get("Location")
	at, _, _ = strings.Cut(at, "?")
	seat := p.Get(at + "/seat").OK().Find(`name="desk" type="radio" value="(consent[^"]+charity)"`)
	p.Take(at, "seat", url.Values{"desk": {seat}, "kind": {"social-work"}}).OK()
	return at
}

// Minutes are those of a conference of two seats.
func Minutes() url.Values {
	return url.Values{
		"on-day": {"2"}, "on-month": {"3"}, "on-year": {"2026"}, "language": {"en"}, "seat-1": {"there"}, "seat-2": {"there"},
		"said-1": {"DEMO: all signs are there"}, "said-2": {"DEMO: a sister"}, "who-1": {"social-work"}, "why-1": {"DEMO: too early"}, "hearing": {"declined"}, "told": {"yes"},
	}
}

// Resolved is what both seats have to sign.
func Resolved() url.Values {
	return url.Values{
		"status": {"formally-identified"}, "body": {"multidisciplinary-team"}, "name": {"Demo team"}, "basis": {"Demo law 1"}, "grounds": {"DEMO: what happened"},
		"date-day": {"2"}, "date-month": {"3"}, "date-year": {"2026"}, "informed": {"yes"}, "signs": {"1", "2"},
	}
}
