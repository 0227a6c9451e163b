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
	p.Take(path, "part/facts/new", marks(url.Values{"text": {"DEMO fact Ѓорѓи Љуба Щърба Γιώργος Ëngjëll Çelë Șțăîâ Đžšč ğışİ їєґ"}, "ground": {"fact"}})).OK()
	p.Take(path, "part/offences/new", marks(url.Values{"article": {"DEMO article 165"}, "acts": {"recruitment"}, "purposes": {"sexual-exploitation"}})).OK()
	p.Take(path, "part/persons/new", marks(url.Values{"name": {"DEMO Person"}, "category": {"suspect"}, "ground": {"opinion"}})).OK()
	p.Take(path, "part/measures/new", marks(url.Values{"code": {"hearing-video"}, "text": {"DEMO hearing"}})).OK()
	p.Take(path, "part/papers/new", marks(url.Values{"paper": {"DEMO order"}, "digest": {strings.Repeat("ab", 32)}})).OK()
	return path
}

// Boarded lets the prosecutor of a node open a joint case board with the one of another, which has no desk of the prosecution yet, and write an entry of every sort. It returns its path,
// which is the same at both.
func Boarded(w, there *World) string {
	w.T.Helper()
	there.Prosecutes()
	for _, x := range []*World{w, there} {
		w.Node.Net.Clock.Advance(time.Second)
		x.Node.PublishSheet()
	}
	w.Node.Net.Run()
	return Board(w.As("petar"), string(there.Node.Member))
}

// Board opens a board with a desk that is listed already, and writes an entry of every sort.
func Board(p *Somebody, with string) string {
	p.W.T.Helper()
	own := string(p.W.Node.Member)
	path, _, _ := strings.Cut(p.Do(http.MethodPost, "/dockets/new", url.Values{"label": {"DEMO board"}, "office": {"DEMO Office A"}, "contact": {"+000 00"}}).Is(http.StatusSeeOther).Header.Get("Location"), "?")
	write := func(sort string, v url.Values) {
		p.W.Node.Net.Clock.Advance(time.Second)
		p.Post(path+"/write/"+sort+"/new", v).OK()
	}
	on := func(v url.Values, name, day string) url.Values {
		v.Set(name+"-day", day)
		v.Set(name+"-month", "12")
		v.Set(name+"-year", "2026")
		return v
	}
	write("desk", url.Values{"desk": {with + "/prosecution"}, "office": {"DEMO Office B"}, "state": {"in"}})
	write("request", on(url.Values{"from": {own}, "to": {with}, "kind": {"mla"}, "reference": {"DEMO 12/2026"}, "state": {"sent"}}, "due", "20"))
	write("hearing", on(url.Values{"time": {"10:30"}, "country": {with}, "court": {"DEMO court"}, "witness": {"W-1"}, "measures": {"video-link", "support-person"}, "languages": {"ro"}, "state": {"planned"}}, "day", "24"))
	write("deadline", on(url.Values{"what": {"custody"}, "country": {own}, "source": {"DEMO code art. 165"}, "status": {"unverified"}, "state": {"open"}}, "day", "22"))
	write("travel", on(on(url.Values{"witness": {"W-1"}, "from": {own}, "to": {with}, "needs": {"escort"}, "state": {"planned"}}, "day", "23"), "back", "25"))
	write("claim", on(url.Values{"witness": {"W-1"}, "country": {with}, "route": {"criminal"}, "state": {"prepared"}}, "due", "27"))
	write("spared", url.Values{"witness": {"W-1"}, "country": {with}, "source": {"DEMO law art. 3"}, "state": {"raised"}})
	write("evidence", url.Values{"digest": {strings.Repeat("ab", 32)}, "what": {"carrier"}, "country": {own}, "held": {"DEMO court registry"}})
	e := p.Get(path).OK().Find(`/write/custody/new\?of=([0-9a-z]{26})`)
	write("custody", on(url.Values{"evidence": {e}, "from": {"DEMO court registry"}, "to": {"DEMO laboratory"}, "why": {"examination"}, "channel": {"courier"}, "reference": {"DEMO 1"}}, "day", "01"))
	write("custody", on(url.Values{"evidence": {e}, "from": {"DEMO laboratory"}, "to": {"DEMO court"}, "why": {"court"}}, "day", "02"))
	p.W.Node.Net.Run()
	return path
}
