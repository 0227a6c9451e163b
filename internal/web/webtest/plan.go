package webtest

import "net/url"

// Needed records a need of the case through the pages, and returns its path.
// Word is what the pages call the need.
func Needed(p *Somebody, path, code, word string) string {
	p.W.T.Helper()
	a := p.Post(path+"/needs", url.Values{
		"code": {code}, "urgency": {"now"}, "said": {"person"}, "on-day": {"1"}, "on-month": {"3"}, "on-year": {"2026"}, "note": {"DEMO: soon"},
	}).OK()
	return a.Find(`href="(/cases/[^"]+/needs/[^"]+)">She needs it no longer<span[^>]*>: ` + word)
}

// Stepped writes a step for a need through the pages.
func Stepped(p *Somebody, path, need, agreed string) {
	p.W.T.Helper()
	f := url.Values{
		"need": {need[len(path+"/needs/"):]}, "service": {"accommodation"}, "goal": {"a door with a key"}, "provider": {"Demo aunt"},
		"on-day": {"1"}, "on-month": {"3"}, "on-year": {"2026"}, "due-day": {"9"}, "due-month": {"3"}, "due-year": {"2026"},
	}
	if agreed != "" {
		f.Set("agreed", agreed)
	}
	p.Post(path+"/steps", f).OK()
}
