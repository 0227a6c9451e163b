package webtest

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/issuer"
	"github.com/opentrm/opentrm/internal/node"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/peer"
)

// Pair is two nodes, so that there is somebody to send to.
func Pair(t testing.TB) *World {
	t.Helper()
	n := nodetest.New(t, nodetest.At("MD").With(func(c *node.Config) {
		Telling(t)(c)
		c.Issuers = []issuer.Config{{Name: "state", Title: "State sign-in", URL: "http://127.0.0.1:9", Client: "opentrm"}} // is offered, and never asked
	}), nodetest.At("MK"))
	n.Run()
	md := n.Node("MD")
	return At(t, md)
}

// Opened makes a case with a person, a risk assessment and a consent through the pages, and returns its path.
func Opened(t testing.TB, p *Somebody) string {
	t.Helper()
	a := p.Do(http.MethodPost, "/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}}).Is(http.StatusSeeOther)
	path := strings.TrimSuffix(a.Header.Get("Location"), "/person")
	p.Get(path).OK().Says("No safe way", "No risk was assessed", "Nobody was recorded")
	p.Post(path+"/person", url.Values{
		"given": {"Мария"}, "surname": {"Фиктивна"}, "birth-year": {"1998"}, "birth-month": {"5"}, "sex": {"female"}, "citizenships": {"md"},
		"languages": {"ro", "ru"}, "way": {"telephone"}, "contact": {"+37360000001"}, "safety": {"safe"}, "times": {"10:00-12:00"},
		"may-say": {"the dentist"}, "code-word": {"teapot"},
	}).OK().Says("Мария Фиктивна", "May 1998", "the dentist", "teapot", "Safe to call").Never("+37360000001")
	p.Post(path+"/risk", url.Values{
		"trigger": {"before-referral"}, "grade-person": {"medium"}, "grade-travel": {"low"}, "factor": {"threats-to-family"},
		"conclusion": {"She can travel accompanied."}, "days": {"30"}, "with": {"yes"},
	}).OK().Says("She can travel accompanied.", "Threats against her family", "Medium").Never("No risk was assessed")
	p.Post(path+"/note", url.Values{"text": {"She likes <b>tea</b>."}}).OK().Says("She likes <b>tea</b>.")
	p.Post(path+"/consent", ConsentForm()).OK().Says("MK/focal-point", "In force", "Referral to the desks chosen")
	return path
}

// ConsentForm is a consent to a referral to Skopje, as it is sent.
func ConsentForm() url.Values {
	return url.Values{
		"given-by": {"herself"}, "recipients": {"MK/focal-point"}, "purposes": {"referral"}, "categories": {"identity.names", "languages", "risk.summary"},
		"days": {"180"}, "language": {"ro"}, "interpreter": {"Vera"}, "said": {"capable", "read-back"}, "how": {"written"}, "safe-way": {"through ana"},
		"explained": {"purpose", "recipients", "risks", "adequacy", "withdrawal", "retention", "access"},
	}
}

// Draft writes a referral of the case down and returns its path.
func Draft(p *Somebody, path string) string {
	p.W.T.Helper()
	to := p.Get(path + "/referral").OK().Find(`name="to" type="radio" value="([^"]+)"`)
	a := p.Do(http.MethodPost, path+"/referral", DraftForm(to)).Is(http.StatusSeeOther)
	return strings.TrimSuffix(a.Header.Get("Location"), "?done=draft")
}

// DraftForm is a referral under a consent to a desk, as the page names both, as it is sent.
func DraftForm(to string) url.Values {
	return url.Values{
		"to": {to}, "kind": {"specialised-service"}, "needs": {"accommodation", "legal"}, "urgency": {"normal"}, "sex": {"female"},
		"age": {"adult"}, "languages": {"ro"}, "risk": {"medium"}, "children": {"0"}, "basis": {"protocol"}, "spoken": {"yes"},
	}
}

// HiddenPlace is the confidential address of the house of [Entered].
const HiddenPlace = "Hidden Lane 17"

// Entered puts an organisation into the directory, kept by ana's desk, and returns its path.
func Entered(w *World) string {
	w.T.Helper()
	at := func(line string) []directory.Place {
		return []directory.Place{{Name: "House", Address: directory.Address{Line1: line, City: "Chisinau", Country: "MD"}}}
	}
	o, err := w.Node.Directory.Add(w.T.Context(), w.Node.As("ana"), directory.Body{
		Name: "Safe house", Description: "Takes women with children", Phone: "+373 22 000 000",
		Services: []directory.Offer{{Code: "accommodation", Name: "Beds"}, {Code: "legal", Name: "Advice"}}, Places: at("Main Street 1"),
	}, at(HiddenPlace))
	if err != nil {
		w.T.Fatal(err)
	}
	return "/directory/" + string(o.ID)
}

// Telling gives a node every way of telling people. No test lets it tell anybody.
func Telling(t testing.TB) func(*node.Config) {
	t.Helper()
	key, err := peer.NewPushKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	senders, err := peer.ParseSenders(fmt.Appendf(nil, `{
		"mail": {"server": "127.0.0.1:1", "security": "plain", "from": "office@example.org"},
		"sms": {"hook": "http://127.0.0.1:1/", "key": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="},
		"push": {"key": %q, "contact": "mailto:office@example.org"}}`, key), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *node.Config) { c.Senders = senders }
}

// Imported takes one row of a table in the form of HTCDS as a case of the desk of somebody, and returns its path.
func Imported(w *World, login string) string {
	w.T.Helper()
	ctx, by := w.T.Context(), w.Node.As(login).Actor
	must := func(err error) {
		w.T.Helper()
		if err != nil {
			w.T.Fatal(err)
		}
	}
	before, err := w.Node.Cases.List(ctx, by, casefile.Filter{Limit: 200})
	must(err)
	columns := []string{"First Name", "Second Name", "Methods of Control", "Trafficking Status", "Location of Exploitation"}
	r, err := w.Node.Intake.Begin(ctx, by, intake.Order{Kind: intake.Cases, Columns: columns})
	must(err)
	all, err := w.Node.Intake.Take(ctx, by, intake.Cases, r.ID, []intake.Row{
		{Number: 3, Cells: []string{"Demona", "Izmislena", "Debt bondage;False promises", "Actual victim of trafficking"}},
	})
	must(err)
	if all[0].Result != intake.Taken {
		w.T.Fatalf("the row is %+v", all[0])
	}
	after, err := w.Node.Cases.List(ctx, by, casefile.Filter{Limit: 200})
	must(err)
	made := slices.DeleteFunc(after, func(c casefile.Case) bool {
		return slices.ContainsFunc(before, func(b casefile.Case) bool { return b.ID == c.ID })
	})
	if len(made) != 1 {
		w.T.Fatalf("one row made %d cases", len(made))
	}
	return "/cases/" + string(made[0].ID)
}

// Entries is what the newest page of the log lists, without what it offers to look for.
func Entries(p *Somebody) string {
	p.W.T.Helper()
	_, list, found := strings.Cut(p.Get("/audit").OK().Body, "<table")
	if !found {
		p.W.T.Fatal("the log lists nothing")
	}
	return list
}
