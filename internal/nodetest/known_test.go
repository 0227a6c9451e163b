package nodetest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
)

// asking is a network whose members share a secret and ask each other.
type asking struct {
	*nodetest.Net
	t *testing.T
}

func newAsking(t *testing.T, members ...id.Member) asking {
	t.Helper()
	n := lookups(t, members...)
	for _, m := range members {
		n.Node(m).Join("focal-point", "vera", access.CaseManager, "ana")
	}
	made(t, n, members[0], members...)
	return asking{n, t}
}

// Run lets every node work until it is quiet, with all that it does every ten minutes.
func (a asking) Run() {
	a.t.Helper()
	for range 3 {
		a.Net.Run()
		a.Clock.Advance(11 * time.Minute)
	}
	a.Net.Run()
}

func (a asking) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// named is a person by a name in one script and a date of birth.
func named(script, given, family string, b person.Birth) person.Person {
	return person.Person{
		Names: []person.Name{{Use: person.Registered, Script: script, Parts: []person.NamePart{{Kind: person.GivenName, Text: given}, {Kind: person.Surname, Text: family}}}},
		Birth: person.Say(b), Age: person.Say(person.Adult), Sex: person.Say(person.Female), Citizenships: person.Say([]string{"MD"}),
		Languages: person.Without[[]person.Language](person.Unknown), Documents: person.Without[[]person.Document](person.Unknown), Contacts: []person.Contact{},
	}
}

// file opens a case of a person, with her consent to be asked about and found.
func (a asking) file(m id.Member, who person.Person) (casefile.Case, consent.Consent) {
	a.t.Helper()
	x := a.Node(m)
	c, err := x.Cases.Open(a.t.Context(), x.As("ana"), opening(&who))
	a.must(err)
	g := giving(c.ID, id.Address{Member: m, Desk: "focal-point"})
	g.Record.Purposes = []consent.Purpose{consent.ForLookup}
	given, err := x.Consents.Give(a.t.Context(), x.As("ana"), g)
	a.must(err)
	return c, given
}

// attend lets ana of a member do what needs her keys.
func (a asking) attend(members ...id.Member) {
	a.t.Helper()
	for range 2 {
		for _, m := range members {
			_, err := a.Node(m).Lookups.Attend(a.t.Context(), a.Node(m).As("ana"))
			a.must(err)
		}
		a.Run()
	}
}

// ask lets ana of a member ask about the person of a case, and vera confirm it.
func (a asking) ask(m id.Member, c id.Case, given id.Consent) lookup.Question {
	a.t.Helper()
	x := a.Node(m)
	q, err := x.Lookups.Propose(a.t.Context(), x.As("ana"), c, lookup.Proposal{Purpose: "protection", Basis: "cets-197-11", Consent: given})
	a.must(err)
	_, err = x.Lookups.Confirm(a.t.Context(), x.As("ana"), q.ID, true)
	if key := keyOf(err); key != "lookup.second" {
		a.t.Errorf("who proposed it confirms it: %v", err)
	}
	q, err = x.Lookups.Confirm(a.t.Context(), x.As("vera"), q.ID, true)
	a.must(err)
	return q
}

func keyOf(err error) string {
	_, key, _ := fault.Public(err)
	return key
}

func (a asking) question(m id.Member, q lookup.Question) lookup.Question {
	a.t.Helper()
	all, _, err := a.Node(m).Lookups.Of(a.t.Context(), a.Node(m).As("ana").Actor, q.Case)
	a.must(err)
	for _, x := range all {
		if x.ID == q.ID {
			return x
		}
	}
	a.t.Fatal("the question is gone")
	return q
}

// seen is what the asker sees of each member.
func (a asking) seen(m id.Member, q lookup.Question) string {
	a.t.Helper()
	var out []string
	for _, x := range a.question(m, q).Members {
		out = append(out, fmt.Sprintf("%s %s", x.Member, lookup.Seen(a.Now(), a.question(m, q).Due, x.At != 0)))
	}
	return strings.Join(out, ", ")
}

// TestSomebodyIsKnownElsewhere is the whole line: she is made findable in one country, asked about in another by two people, compared by the node with nobody
// signed in, and the desk that knows her says something, by two people too. The other members know nothing, and what is seen of them is the same.
func TestSomebodyIsKnownElsewhere(t *testing.T) {
	members := []id.Member{"AL", "BA", "MD", "MK", "RS"}
	a := newAsking(t, members...)
	ctx := t.Context()
	there, _ := a.file("MD", named("Cyrl", "Јелена", "Измислена", person.Birth{Year: 1999, Month: 4, Day: 12}))
	here, given := a.file("MK", named("Latn", "Jelena", "Izmislena", person.Birth{Year: 1999, Month: 12, Day: 4}))
	a.attend("MD", "MK")
	q := a.askByPage(here.ID, given.ID)
	a.Run()
	a.page("MK", "ana", "GET", "/cases/"+string(here.ID)+"/lookups", nil) // what waits for keys is done when its page is opened
	a.Run()
	if got, want := a.seen("MK", q), "AL asked, BA asked, MD asked, RS asked"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	md := a.Node("MD")
	hits, err := md.Lookups.Hits(ctx, md.As("ana").Actor)
	a.must(err)
	if len(hits) != 1 || hits[0].Case != there.ID || hits[0].From != (id.Address{Member: "MK", Desk: "focal-point"}) || hits[0].Purpose != "protection" || hits[0].Likeness != "likely" {
		t.Fatalf("MD has %+v", hits)
	}
	work := tasks(t, md, lookup.TaskDecide)
	if len(work) != 1 || work[0].Due != hits[0].Due || work[0].Due.Time().Sub(a.Clock.Now()) < 48*time.Hour {
		t.Errorf("the desk of MD has to do %+v", work)
	}
	for _, m := range []id.Member{"AL", "BA", "RS", "MK"} {
		hits, err := a.Node(m).Lookups.Hits(ctx, a.Node(m).As("ana").Actor)
		a.must(err)
		if len(hits) != 0 {
			t.Errorf("%s has %+v", m, hits)
		}
	}
	a.sameForAll("MK", members, q.Made)
	path := "/lookup-hits/" + string(hits[0].ID)
	if body := a.page("MD", "ana", "GET", path, nil); !strings.Contains(body, "MK") || !strings.Contains(body, string(there.ID)) {
		t.Errorf("the desk sees %s", body)
	}
	a.page("MD", "ana", "POST", path, url.Values{"do": {"say"}, "text": {"ask us: we may know her"}, "language": {"en"}, "basis": {"cets-197-11"}})
	if _, err = md.Lookups.Agree(ctx, md.As("ana"), hits[0].ID); keyOf(err) != "lookup.second" {
		t.Errorf("she agrees with herself: %v", err)
	}
	if body := a.page("MD", "vera", "GET", path, nil); !strings.Contains(body, "ask us: we may know her") || !strings.Contains(body, `value="agree"`) {
		t.Errorf("the second person reads %s", body)
	}
	a.page("MD", "vera", "POST", path, url.Values{"do": {"agree"}})
	a.Run()
	if got, want := a.seen("MK", q), "AL asked, BA asked, MD message, RS asked"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	mk := a.Node("MK")
	told := a.question("MK", q).Members[2]
	list, err := mk.Messages.Messages(ctx, mk.As("ana").Actor, told.Thread, message.Message{}, 10)
	a.must(err)
	letter, err := mk.Messages.Open(ctx, mk.As("ana"), list[0].ID)
	a.must(err)
	if letter.Text != "ask us: we may know her" {
		t.Errorf("MK reads %q", letter.Text)
	}
	if body := a.page("MK", "ana", "GET", "/cases/"+string(here.ID)+"/lookups", nil); !strings.Contains(body, "1 of 4") || !strings.Contains(body, "/messages/"+string(told.Thread)) {
		t.Errorf("MK sees %s", body)
	}
	a.Clock.Advance(7 * 24 * time.Hour)
	if got, want := a.seen("MK", q), "AL no-answer, BA no-answer, MD message, RS no-answer"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// page asks a node for a page as somebody, or sends it a form, and returns the page or where the form leads.
func (a asking) page(m id.Member, login, method, path string, form url.Values) string {
	a.t.Helper()
	r := httptest.NewRequest(method, "https://node.example"+path, strings.NewReader(form.Encode()))
	r.AddCookie(&http.Cookie{Name: "__Host-trm", Value: a.Node(m).SignIn(login)})
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://node.example")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	rec := httptest.NewRecorder()
	a.Node(m).Handler().ServeHTTP(rec, r)
	if want := map[string]int{"GET": http.StatusOK, "POST": http.StatusSeeOther}[method]; rec.Code != want {
		a.t.Fatalf("%s %s as %s: %d %s", method, path, login, rec.Code, rec.Body)
	}
	return rec.Body.String() + rec.Header().Get("Location")
}

// askByPage lets ana ask by the pages, and vera confirm it there.
func (a asking) askByPage(c id.Case, given id.Consent) lookup.Question {
	a.t.Helper()
	path := "/cases/" + string(c) + "/lookups"
	if body := a.page("MK", "ana", "GET", path+"/new", nil); !strings.Contains(body, string(given)) {
		a.t.Errorf("her consent is not offered: %s", body)
	}
	a.page("MK", "ana", "POST", path+"/new", url.Values{"purpose": {"protection"}, "basis": {"cets-197-11"}, "consent": {string(given)}})
	all, _, err := a.Node("MK").Lookups.Of(a.t.Context(), a.Node("MK").As("ana").Actor, c)
	a.must(err)
	if len(all) != 1 || all[0].Stage != lookup.Proposed {
		a.t.Fatalf("%+v", all)
	}
	if body := a.page("MK", "ana", "GET", "/lookups/"+string(all[0].ID), nil); strings.Contains(body, `value="ask"`) {
		a.t.Error("who proposed it is asked to confirm it")
	}
	a.page("MK", "vera", "GET", "/lookups/"+string(all[0].ID), nil)
	a.page("MK", "vera", "POST", "/lookups/"+string(all[0].ID), url.Values{"do": {"ask"}})
	return all[0]
}

// sameForAll compares what a member got from each of those that it asked, before anybody has spoken: as many envelopes of each kind and state, whoever knows her.
func (a asking) sameForAll(m id.Member, members []id.Member, since frame.Time) {
	a.t.Helper()
	seen := map[string][]id.Member{}
	for _, from := range members {
		if from == m {
			continue
		}
		for _, out := range []bool{true, false} {
			all, err := a.Node(m).Exchange.List(a.t.Context(), nodetest.Console(m), from, out, since, "", 100)
			a.must(err)
			n := 0
			for _, p := range all {
				if p.Kind == envelope.Question {
					n++
				}
			}
			key := fmt.Sprint(out, n)
			seen[key] = append(seen[key], from)
		}
	}
	if len(seen) != 2 {
		a.t.Errorf("members differ in what they send before they speak: %v", seen)
	}
}
