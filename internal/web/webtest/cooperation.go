package webtest

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
)

// Prosecutes gives a node a desk of the prosecution with one prosecutor, petar.
func (w *World) Prosecutes() {
	w.T.Helper()
	w.Node.Desk(desk.Desk{ID: "prosecution", Kind: desk.AtNode, Realm: access.Prosecution, Function: "desk.function.prosecutor"}, "petar", access.Prosecutor)
}

// Requested lets the prosecutor of a node prepare two requests to the one of another, which has none yet. It returns the path of one that is complete and not sent, and that of
// one of which the record was sent.
func Requested(w, there *World) (draft, sent string) {
	w.T.Helper()
	there.Prosecutes()
	for _, x := range []*World{w, there} {
		w.Node.Net.Clock.Advance(time.Second)
		x.Node.PublishSheet()
	}
	w.Node.Net.Run()
	p := w.As("petar")
	return filled(p, string(there.Node.Member)), Told(p, filled(p, string(there.Node.Member)))
}

// Told sends the record of a request.
func Told(p *Somebody, path string) string {
	p.W.T.Helper()
	p.Take(path, "send", nil).OK()
	p.W.Node.Net.Run()
	return path
}

// filled begins a request and fills it in, as a prosecutor does it on the pages.
func filled(p *Somebody, to string) string {
	p.W.T.Helper()
	begin := url.Values{
		"to": {to + "/prosecution"}, "kind": {"mla"}, "instrument": {"mla.coe-1959"}, "instrument-asked": {"yes"}, "from": {"DEMO Prosecution"}, "to-office": {"DEMO Office"},
		"language": {"en"}, "answers": {"en"},
	}
	path, _, _ := strings.Cut(p.Do(http.MethodPost, "/cooperation/new", begin).Is(http.StatusSeeOther).Header.Get("Location"), "?")
	p.Take(path, "request", url.Values{"subject": {"DEMO investigation"}, "purpose": {"DEMO trial"}, "from": {"DEMO Prosecution"}, "to-office": {"DEMO Office"}}).OK()
	marks := func(v url.Values) url.Values {
		v.Set("handling", "H2")
		v.Set("source", "X")
		v.Set("information", "4")
		return v
	}
	p.Take(path, "part/facts/new", marks(url.Values{"text": {"DEMO fact"}, "ground": {"fact"}})).OK()
	p.Take(path, "part/offences/new", marks(url.Values{"article": {"DEMO article 165"}, "acts": {"recruitment"}, "purposes": {"sexual-exploitation"}})).OK()
	p.Take(path, "part/persons/new", marks(url.Values{"name": {"DEMO Person"}, "category": {"suspect"}, "ground": {"opinion"}})).OK()
	p.Take(path, "part/measures/new", marks(url.Values{"code": {"hearing-video"}, "text": {"DEMO hearing"}})).OK()
	p.Take(path, "part/papers/new", marks(url.Values{"paper": {"DEMO order"}, "digest": {strings.Repeat("ab", 32)}})).OK()
	return path
}
