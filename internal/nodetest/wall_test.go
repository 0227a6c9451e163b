package nodetest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/web"
)

// wall is two countries, each with desks on both sides of the wall, and one person whom MK helps.
type wall struct {
	*nodetest.Net
	t       *testing.T
	md, mk  *nodetest.Node
	file    casefile.Case
	ids     map[string]string // what a path asks for: real identifiers of assistance in MK
	secrets []string          // what must not be seen on the other side
	faces   map[*nodetest.Node]http.Handler
	came    int
}

func newWall(t *testing.T) *wall {
	t.Helper()
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	w := &wall{Net: n, t: t, md: n.Node("MD"), mk: n.Node("MK"), faces: map[*nodetest.Node]http.Handler{}}
	for _, x := range n.Nodes {
		w.faces[x] = x.Handler()
	}
	for _, x := range n.Nodes {
		x.Desk(desk.Desk{ID: "prosecution", Kind: desk.AtNode, Realm: access.Prosecution, Function: "desk.function.prosecutor"}, "petar", access.Prosecutor)
		x.Join("focal-point", "vera", access.CaseManager, "ana")
		n.Clock.Advance(time.Second)
		x.PublishSheet()
	}
	n.Run()
	ctx, ana := t.Context(), w.mk.As("ana")
	who := person.Person{
		Names: []person.Name{{Use: person.Registered, Script: "Latn", Parts: []person.NamePart{{Kind: person.GivenName, Text: "Ogledala"}}}},
		Birth: person.Say(person.Birth{Year: 1990, Month: 4}), Sex: person.Say(person.Female), Citizenships: person.Say([]string{"MD"}),
		Languages: person.Say([]person.Language{{Tag: "ro"}}), Documents: person.Without[[]person.Document](person.UnsafeToAsk),
		Contacts: []person.Contact{{Way: person.Messenger, Address: "ogledala-safe", Safety: person.Safe}},
	}
	var err error
	w.file, err = w.mk.Cases.Open(ctx, ana, casefile.Opening{Person: &who})
	w.must(err)
	_, err = w.mk.Cases.Note(ctx, ana, w.file.ID, casefile.Note{Language: "en", Text: "she fears a man called Zlodej"})
	w.must(err)
	picture, err := w.mk.Cases.Attach(ctx, ana, w.file.ID, casefile.Upload{Name: "photo.txt", Body: strings.NewReader("Zlodej in a picture")})
	w.must(err)
	given := w.consents(consent.ForReferral, id.Address{Member: "MD", Desk: "focal-point"}, "identity.names", "languages")
	row := w.refer(id.Address{Member: "MD", Desk: "focal-point"}, given.ID)
	_, err = w.mk.Referrals.Check(ctx, ana, referral.At{Referral: row.ID})
	w.must(err)
	_, err = w.mk.Referrals.Send(ctx, ana, referral.At{Referral: row.ID}, false)
	w.must(err)
	write(t, w.mk, "MD")
	write(t, w.md, "MK")
	n.Run()
	threads, err := w.mk.Messages.Threads(ctx, ana.Actor, message.Filter{})
	w.must(err)
	list, err := w.mk.Messages.Messages(ctx, ana.Actor, threads[0].ID, message.Message{}, 10)
	w.must(err)
	over, err := w.mk.Consents.Propose(ctx, ana, w.file.ID, consent.Reason{
		Basis: consent.VitalInterest, Recipient: id.Address{Member: "MD", Desk: "focal-point"}, Category: []consent.Code{"identity.names"},
		Text: "Zlodej stands before the door", Notice: "tonight",
	})
	w.must(err)
	waiting, err := w.mk.Cases.ByOrder(ctx, ana, casefile.Releasing{
		Case: w.file.ID, To: "prosecution", Order: "Basic Court Skopje, 11/2026, art. 287", Categories: []consent.Code{"identity.names"}, Category: "victim", Handling: "evidence-allowed",
	})
	w.must(err)
	work := tasks(t, w.mk, "override.approve")[0]
	w.ids = map[string]string{
		"case": string(w.file.ID), "record": string(picture.Record), "consent": string(given.ID), "referral": string(row.ID),
		"thread": string(threads[0].ID), "message": string(list[0].ID), "override": string(over.ID), "task": string(work.ID), "release": string(waiting.ID),
		"index": "0", "desk": "focal-point", "reference": string(w.file.Reference),
	}
	w.secrets = []string{
		"Ogledala", "ogledala-safe", "Zlodej", "photo.txt", string(w.file.Reference), string(w.file.ID), string(given.ID), string(row.ID),
		row.Reference, string(threads[0].ID), string(list[0].ID), string(over.ID), string(work.ID),
	}
	return w
}

func (w *wall) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// consents records a consent of hers for one purpose and one desk.
func (w *wall) consents(purpose consent.Purpose, to id.Address, codes ...consent.Code) consent.Consent {
	w.t.Helper()
	c, err := w.mk.Consents.Give(w.t.Context(), w.mk.As("ana"), consent.Giving{Case: w.file.ID, Record: consent.Record{
		GivenBy: consent.ByHerself, Capable: true, Purposes: []consent.Purpose{purpose}, Recipients: []id.Address{to}, Categories: codes,
		Explained: consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
		Language:  "ro", Interpreter: "I. Fictitious", ReadBack: true, How: consent.Written,
	}})
	w.must(err)
	return c
}

// refer drafts a referral at MK's focal point.
func (w *wall) refer(to id.Address, under id.Consent) referral.Row {
	w.t.Helper()
	r, err := w.mk.Referrals.Draft(w.t.Context(), w.mk.As("ana"), w.file.ID, referral.At{}, referral.Drafting{
		To: to, Kind: "specialised-service", Basis: "cets-197-11", Consent: under, Categories: []consent.Code{"identity.names", "languages"},
		Expires: w.Now().Add(14 * 24 * time.Hour), Request: referral.Request{
			Needs: []referral.Code{"shelter"}, Sex: "female", AgeClass: person.Adult, Languages: []string{"ro"}, Urgency: referral.Normal, Risk: "high", Capacity: "place",
		},
	})
	w.must(err)
	return r
}

// ask asks a node as somebody, over its pages or its JSON interface.
func (w *wall) ask(x *nodetest.Node, secret, method, path, body string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequest(method, "https://node.example"+path, strings.NewReader(body))
	w.came++ // each from a network of its own, so that no limit of the door answers
	r.RemoteAddr = fmt.Sprintf("10.%d.%d.1:4000", w.came/250, w.came%250)
	if strings.HasPrefix(path, api.Prefix) {
		r.Header.Set("Authorization", "Bearer "+secret)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("If-Match", `"1"`)
	} else {
		r.AddCookie(&http.Cookie{Name: "__Host-trm", Value: secret})
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://node.example")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	rec := httptest.NewRecorder()
	w.faces[x].ServeHTTP(rec, r)
	return rec
}

// request is the name that a request has in the log, and the mark of a form, which is drawn anew for each page; both tell nothing.
var request = regexp.MustCompile(`urn:opentrm:request:[a-z0-9]+|<code>[a-z0-9-]+</code>|name="once" value="[a-z0-9]+"`)

var parameter = regexp.MustCompile(`\{(\w+)\}`)

// fill puts identifiers into a path, the last of them spoiled if missing is set. It returns "" if the path asks for what the
// wall has nothing of.
func (w *wall) fill(path string, missing bool) string {
	ok := true
	filled := parameter.ReplaceAllStringFunc(path, func(p string) string {
		v, known := w.ids[strings.Trim(p, "{}")]
		if p == "{reference}" && missing {
			return string(id.NewReference(id.Maker{}))
		}
		if name := strings.Trim(p, "{}"); missing && known && name != "index" && name != "desk" {
			v = v[:len(v)-1] + map[bool]string{true: "b", false: "a"}[strings.HasSuffix(v, "a")]
		}
		ok = ok && known
		return v
	})
	if !ok || strings.Contains(filled, "{") {
		return ""
	}
	return filled
}

// plain takes out of an answer what differs from one request to the next.
func plain(rec *httptest.ResponseRecorder, path string) string {
	return fmt.Sprint(rec.Code, " ", request.ReplaceAllString(unasked(rec.Body.String(), path), "REQUEST"))
}

// unasked takes out of an answer what was asked for: who asks knows it already.
func unasked(body, path string) string {
	for _, part := range strings.Split(path, "/") {
		if len(part) > 10 {
			body = strings.ReplaceAll(body, part, "ASKED")
		}
	}
	return body
}

// TestRealmWall: a prosecutor learns nothing of assistance through any page, any line of the JSON interface, any list, and any
// envelope, in her own country and in the other; what is hidden looks like what is missing. By consent and by order she sees
// what was released and nothing beside it, and no longer than it was released. Assistance sees nothing of prosecution.
func TestRealmWall(t *testing.T) {
	w := newWall(t)
	petar := w.mk.SignIn("petar")
	w.lists(petar)
	w.records(petar)
	w.line()
	w.released(petar)
	w.cooperation(petar)
	for _, x := range w.Nodes {
		for _, s := range w.secrets[:4] {
			if strings.Contains(x.Logs.String(), s) {
				t.Errorf("the log of %s holds %q", x.Member, s)
			}
		}
	}
}

// silent fails if an answer holds something of the other side.
func (w *wall) silent(where string, body string) {
	w.t.Helper()
	for _, s := range w.secrets {
		if strings.Contains(body, s) {
			w.t.Errorf("%s says %q", where, s)
		}
	}
}

// lists asks for everything that needs no identifier: lists, boards, homes, search, the log.
func (w *wall) lists(petar string) {
	asked := 0
	for _, x := range w.Nodes {
		secret := petar
		if x == w.md {
			secret = x.SignIn("petar")
		}
		for _, path := range w.all(http.MethodGet) {
			if strings.Contains(path, "{") || strings.Contains(path, "leave") {
				continue
			}
			rec := w.ask(x, secret, http.MethodGet, path, "")
			asked++
			w.silent(string(x.Member)+" "+path, rec.Body.String())
			if strings.HasSuffix(path, "/audit") && rec.Code != http.StatusForbidden {
				w.t.Errorf("%s: %d", path, rec.Code)
			}
		}
	}
	if asked < 60 {
		w.t.Errorf("only %d lists were asked for", asked)
	}
}

// all are the paths of a method, of both faces.
func (w *wall) all(method string) []string {
	var paths []string
	for _, r := range web.Routes() {
		if m, path, _ := strings.Cut(r.Pattern, " "); m == method {
			paths = append(paths, strings.ReplaceAll(path, "{$}", ""))
		}
	}
	for _, r := range api.Routes() {
		if r.Method == method {
			paths = append(paths, api.Prefix+r.Path)
		}
	}
	return paths
}

// records asks for what is real and for what is not, and compares.
func (w *wall) records(petar string) {
	asked := 0
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		for _, path := range w.all(method) {
			if !parameter.MatchString(path) || strings.Contains(path, "/desks/") {
				continue // which desks there are is public
			}
			real, none := w.fill(path, false), w.fill(path, true)
			if real == "" {
				continue
			}
			if asked++; asked%20 == 0 {
				petar = w.mk.SignIn("petar") // each session has its own limit of requests
			}
			body := ""
			if strings.HasPrefix(path, api.Prefix) && method != http.MethodGet {
				body = "{}"
			}
			there, gone := w.ask(w.mk, petar, method, real, body), w.ask(w.mk, petar, method, none, body)
			if plain(there, real) != plain(gone, none) {
				w.t.Errorf("%s %s: what is hidden differs from what is missing:\n%s\n%s", method, path, plain(there, real), plain(gone, none))
			}
			if there.Code < 400 && !strings.HasSuffix(real, "/"+w.ids["case"]+"/cooperation") && method != http.MethodGet {
				w.t.Errorf("%s %s: %d", method, path, there.Code)
			}
			if strings.HasPrefix(path, "/") && there.Code < 300 {
				w.silent(path, unasked(there.Body.String(), real))
			}
		}
	}
	if asked < 80 {
		w.t.Errorf("only %d paths were asked for", asked)
	}
}

// line tries the ways between the two countries.
func (w *wall) line() {
	ctx := w.t.Context()
	abroad := id.Address{Member: "MD", Desk: "prosecution"}
	given := w.consents(consent.ForReferral, abroad, "identity.names", "languages")
	row := w.refer(abroad, given.ID)
	if _, err := w.mk.Referrals.Check(ctx, w.mk.As("ana"), referral.At{Referral: row.ID}); !fault.Is(err, fault.Denied) {
		w.t.Errorf("a referral to the prosecutor of the other country: %v", err)
	}
	draft := referral.Drafting{To: id.Address{Member: "MD", Desk: "focal-point"}, Kind: "information", Basis: "order", Consent: given.ID, Categories: []consent.Code{"languages"}, Expires: w.Now().Add(time.Hour), Request: referral.Request{
		Needs: []referral.Code{"shelter"}, Sex: "female", AgeClass: person.Adult, Languages: []string{}, Urgency: referral.Normal, Risk: "high", Capacity: "place",
	}}
	if _, err := w.mk.Referrals.Draft(ctx, w.mk.As("petar"), w.file.ID, referral.At{}, draft); !fault.Is(err, fault.Hidden) {
		w.t.Errorf("the prosecutor refers a case of assistance: %v", err)
	}
	for _, m := range []struct {
		from string
		to   id.Address
	}{{"ana", abroad}, {"petar", id.Address{Member: "MD", Desk: "focal-point"}}} {
		for _, basis := range []string{"cets-197-11", "mla-treaty", "order", "consent"} {
			_, err := w.mk.Messages.Compose(ctx, w.mk.As(m.from), message.Draft{To: m.to, Language: "en", Text: "through the wall", Basis: basis})
			if !fault.Is(err, fault.Denied) {
				w.t.Errorf("%s writes to %s on %s: %v", m.from, m.to, basis, err)
			}
		}
	}
	// Prosecutors write to each other, and assistance on the other side sees nothing of it.
	sent, err := w.mk.Messages.Compose(ctx, w.mk.As("petar"), message.Draft{To: abroad, Language: "en", Text: "about the accused", Basis: "mla-treaty"})
	w.must(err)
	w.Run()
	got, err := w.md.Messages.Threads(ctx, w.md.As("petar").Actor, message.Filter{})
	w.must(err)
	if len(got) != 1 || got[0].ID != sent.Thread {
		w.t.Fatalf("the prosecutor of MD has %+v", got)
	}
	list, err := w.md.Messages.Messages(ctx, w.md.As("petar").Actor, got[0].ID, message.Message{}, 10)
	w.must(err)
	for _, x := range w.Nodes {
		threads, err := x.Messages.Threads(ctx, x.As("ana").Actor, message.Filter{})
		w.must(err)
		for _, th := range threads {
			if th.ID == sent.Thread {
				w.t.Errorf("%s: assistance lists a thread of prosecution", x.Member)
			}
		}
	}
	if _, err := w.md.Messages.Open(ctx, w.md.As("ana"), list[0].ID); !fault.Is(err, fault.Hidden) {
		w.t.Errorf("assistance opens a letter of prosecution: %v", err)
	}
}

// released lets something through the wall, by consent and by order.
func (w *wall) released(petar string) {
	ctx, ana := w.t.Context(), w.mk.As("ana")
	items := []casefile.Item{{Kind: "fact", From: "herself", Text: "a van with green doors"}}
	given := w.consents(consent.ForCriminal, id.Address{Member: "MK", Desk: "prosecution"}, "identity.sex", "exploitation.summary")
	by, err := w.mk.Cases.ByConsent(ctx, ana, casefile.Releasing{Case: w.file.ID, To: "prosecution", Consent: given.ID, Category: "victim", Handling: "evidence-allowed", Items: items})
	w.must(err)
	page := w.ask(w.mk, petar, http.MethodGet, "/releases/"+string(by.ID), "")
	if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), "green doors") {
		w.t.Fatalf("what she released: %d", page.Code)
	}
	for _, path := range []string{"/releases/" + string(by.ID), "/cases/" + string(w.file.ID), api.Prefix + "/cases/" + string(w.file.ID)} {
		body := w.ask(w.mk, petar, http.MethodGet, path, "").Body.String()
		for _, s := range w.secrets[:4] {
			if strings.Contains(body, s) {
				w.t.Errorf("with a release, %s says %q", path, s)
			}
		}
	}
	for _, path := range []string{"/person", "/note", "/attachments/" + w.ids["record"], "/contact", "/consent"} {
		for _, prefix := range []string{"", api.Prefix} {
			rec := w.ask(w.mk, petar, http.MethodGet, prefix+"/cases/"+string(w.file.ID)+path, "")
			if rec.Code < 400 {
				w.silent("with a release, "+prefix+path, unasked(rec.Body.String(), "/"+string(w.file.ID)+"/"+w.ids["record"]))
			}
		}
	}
	if rec := w.ask(w.md, w.md.SignIn("petar"), http.MethodGet, "/releases/"+string(by.ID), ""); rec.Code != http.StatusNotFound {
		w.t.Errorf("the prosecutor of the other country: %d", rec.Code)
	}
	if _, err := w.mk.Consents.Withdraw(ctx, ana.Actor, given.ID, ""); err != nil {
		w.t.Fatal(err)
	}
	if rec := w.ask(w.mk, petar, http.MethodGet, "/releases/"+string(by.ID), ""); rec.Code < 400 || strings.Contains(rec.Body.String(), "green doors") {
		w.t.Errorf("after she took it back: %d", rec.Code)
	}
	order, err := w.mk.Cases.ByOrder(ctx, ana, casefile.Releasing{
		Case: w.file.ID, To: "prosecution", Order: "Basic Court Skopje, 12/2026, art. 287", Categories: []consent.Code{"identity.sex"}, Category: "victim", Handling: "evidence-allowed",
		Items: []casefile.Item{{Kind: "fact", From: "the file", Text: "a house by the river"}}, Until: w.Now().Add(24 * time.Hour),
	})
	w.must(err)
	path := "/releases/" + string(order.ID)
	if rec := w.ask(w.mk, petar, http.MethodGet, path, ""); rec.Code != http.StatusNotFound {
		w.t.Errorf("ordered, and approved by nobody: %d", rec.Code)
	}
	_, err = w.mk.Cases.ApproveRelease(ctx, w.mk.As("vera"), order.ID)
	w.must(err)
	if rec := w.ask(w.mk, petar, http.MethodGet, path, ""); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "by the river") {
		w.t.Errorf("approved: %d", rec.Code)
	}
	w.Clock.Advance(25 * time.Hour)
	if rec := w.ask(w.mk, w.mk.SignIn("petar"), http.MethodGet, path, ""); rec.Code != http.StatusNotFound {
		w.t.Errorf("past its time: %d", rec.Code)
	}
}

// cooperation is recorded behind the wall and cannot be seen from before it.
func (w *wall) cooperation(string) {
	ctx, petar := w.t.Context(), w.mk.SignIn("petar")
	rec := w.ask(w.mk, petar, http.MethodPost, "/cases/new", url.Values{"age": {"adult"}}.Encode())
	path := strings.TrimSuffix(rec.Header().Get("Location"), "?done=")
	if rec.Code != http.StatusSeeOther || !strings.HasPrefix(path, "/cases/") {
		w.t.Fatalf("the prosecution opens a file: %d %s", rec.Code, path)
	}
	file := id.Case(strings.TrimPrefix(path, "/cases/"))
	for _, said := range []string{"yes", "withdrawn"} {
		if rec := w.ask(w.mk, petar, http.MethodPost, path+"/cooperation", url.Values{"answer": {said}}.Encode()); rec.Code != http.StatusSeeOther {
			w.t.Fatalf("%s: %d", said, rec.Code)
		}
		w.Clock.Advance(time.Minute)
	}
	kept, err := w.mk.Cases.Show(ctx, w.mk.As("petar"), file)
	w.must(err)
	if n := len(kept.Cooperations); n != 2 || kept.Cooperations[n-1].Value.Answer != "withdrawn" {
		w.t.Errorf("kept %+v", kept.Cooperations)
	}
	if body := w.ask(w.mk, petar, http.MethodGet, path, "").Body.String(); !strings.Contains(body, "she withdrew her agreement") {
		w.t.Errorf("the page does not say that she has taken it back:\n%s", body)
	}
	ana := w.mk.SignIn("ana")
	for _, prefix := range []string{"", api.Prefix} {
		there, gone := w.ask(w.mk, ana, http.MethodGet, prefix+path, ""), w.ask(w.mk, ana, http.MethodGet, prefix+path+"x", "")
		if plain(there, path) != plain(gone, path+"x") || there.Code != http.StatusNotFound {
			w.t.Errorf("assistance asks for a file of the prosecution: %d, %d", there.Code, gone.Code)
		}
	}
	if _, err := w.mk.Cases.Cooperate(ctx, w.mk.As("ana"), w.file.ID, casefile.Cooperation{Answer: "no", Date: "2026-03-02"}); !fault.Is(err, fault.Denied) {
		w.t.Errorf("assistance records whether she cooperates: %v", err)
	}
}
