package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/signin"
)

// importer asks as a program.
type importer struct {
	t     *testing.T
	h     http.Handler
	token string
}

func (i importer) ask(method, path, body string, header ...string) *httptest.ResponseRecorder {
	i.t.Helper()
	r := httptest.NewRequest(method, api.Prefix+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+i.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if len(header) == 2 {
		r.Header.Set(header[0], header[1])
	}
	w := httptest.NewRecorder()
	i.h.ServeHTTP(w, r)
	return w
}

// lets proposes a program for the desk of ana, who lets it in.
func lets(t *testing.T, x *nodetest.Node) (signin.Program, string) {
	t.Helper()
	p, token, err := x.Signin.ProposeProgram(t.Context(), x.As("ada").Actor, signin.Wanted{
		Name: "nightly import", Desk: "focal-point", Purposes: []signin.Purpose{signin.Import},
	})
	if err == nil {
		p, err = x.Signin.ConfirmProgram(t.Context(), x.As("ana").Actor, p.ID, p.Version)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p, token
}

// A program imports while nobody is signed in, and is told nothing that it did not bring: it reaches no other route, sees no list, and
// cannot try whether somebody is known, neither by what it is answered nor by the numbers of its import.
func TestAServiceAccountOnlyWrites(t *testing.T) {
	mk, ctx := nodetest.New(t, nodetest.At("MK")).Node("MK"), t.Context()
	known, err := mk.Cases.Open(ctx, mk.As("ana"), casefile.Opening{AgeClass: person.Adult})
	if err != nil {
		t.Fatal(err)
	}
	p, token := lets(t, mk)
	i := importer{t, mk.API.Handler(), token}
	order := `{"columns":["First name","Last name"],"mapping":{"schema":"opentrm/intake-mapping/1","source":"demo-register","use":"registered","missing":{"":"not-asked"},
		"columns":[{"column":"First name","field":"name.given"},{"column":"Last name","field":"name.surname"}]}`
	night := func(dry string) (rows, end string) {
		t.Helper()
		w := i.ask("POST", "/imports", order+dry+`}`, "Idempotency-Key", "a key of the night "+dry)
		var made struct{ ID string }
		if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != http.StatusCreated {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if again := i.ask("POST", "/imports", order+dry+`}`, "Idempotency-Key", "a key of the night "+dry); again.Body.String() != w.Body.String() {
			t.Errorf("a repetition is answered %s, the first was %s", again.Body, w.Body)
		}
		taken := i.ask("POST", "/imports/"+made.ID+"/rows", `{"rows":[{"number":2,"cells":["Demona","Izmislena"]},{"number":3,"cells":["Ivana","Proba"]},{"number":4,"cells":["",""]}]}`)
		over := i.ask("POST", "/imports/"+made.ID+"/end", "")
		if taken.Code != http.StatusOK || over.Code != http.StatusOK {
			t.Fatalf("%d %s, %d %s", taken.Code, taken.Body, over.Code, over.Body)
		}
		var run map[string]any
		if err := json.Unmarshal(over.Body.Bytes(), &run); err != nil {
			t.Fatal(err)
		}
		for _, k := range []string{"id", "began", "ended", "dry"} {
			delete(run, k)
		}
		b, err := json.Marshal(run)
		if err != nil {
			t.Fatal(err)
		}
		return taken.Body.String(), string(b)
	}
	tried, numbers := night(`,"dry":true`)
	for name, dry := range map[string]string{"the first time": "", "when both are known": `,"dry":false`, "dry when both are known": `,"dry": true`} {
		if rows, end := night(dry); rows != tried || end != numbers {
			t.Errorf("%s it is told\n%s%s, and before\n%s%s", name, rows, end, tried, numbers)
		}
	}
	all, err := mk.Cases.List(ctx, mk.As("ana").Actor, casefile.Filter{Limit: 100})
	if err != nil || len(all) != 3 {
		t.Fatalf("%d cases, %v", len(all), err)
	}
	names := 0
	for _, c := range all {
		f, err := mk.Cases.Show(ctx, mk.As("ana"), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if f.Owner == p.ID {
			t.Errorf("the program owns %s", c.Reference)
		}
		if f.Who != nil {
			names += len(f.Who.Person.Names)
		}
	}
	if names != 2 {
		t.Errorf("ana reads %d names", names)
	}
	for _, r := range api.Routes() {
		writes := r.Path == "/imports" && r.Method == "POST" || strings.HasPrefix(r.Path, "/imports/{run}/")
		if r.Action == "" || writes {
			continue
		}
		if by, err := mk.Signin.Enter(ctx, token, "192.0.2.7", signin.Way{Action: r.Action}); err == nil {
			t.Errorf("%s lets %v in", r.ID, by)
		}
		if r.Method != "GET" {
			continue
		}
		path := strings.NewReplacer("{case}", string(known.ID), "{desk}", "focal-point", "{user}", string(p.ID), "{reference}", string(known.Reference)).Replace(r.Path)
		if w := (importer{t, mk.API.Handler(), token}).ask("GET", path, ""); w.Code/100 == 2 {
			t.Errorf("%s answers %d %.200s", r.ID, w.Code, w.Body)
		}
	}
	if _, err := mk.Cases.Open(ctx, mk.As("ana"), casefile.Opening{AgeClass: person.Adult}); err != nil {
		t.Errorf("ana, after all the refusals: %v", err)
	}
}

// A program that reads, let in by the data-protection officer and the desk, reaches the routes that open the files of that desk, and no other: nothing of
// another desk, no search, no list of people, nothing that changes anything. Each opening is in the log under its name.
func TestAReaderOnlyReads(t *testing.T) {
	mk, ctx := nodetest.New(t, nodetest.At("MK")).Node("MK"), t.Context()
	ana := mk.As("ana")
	who := person.Person{
		Names:    []person.Name{{Use: person.Registered, Script: "Latn", Parts: []person.NamePart{{Kind: person.WholeName, Text: "Demona Izmislena"}}}},
		Contacts: []person.Contact{},
	}
	known, err := mk.Cases.Open(ctx, ana, casefile.Opening{AgeClass: person.Adult, Person: &who})
	if err != nil {
		t.Fatal(err)
	}
	mk.Desk(desk.Desk{ID: "lone", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter"}, "lena", access.CaseManager)
	p, token, err := mk.Signin.ProposeProgram(ctx, mk.As("ada").Actor, signin.Wanted{
		Name: "DEMO registry", Desk: ana.Desk, Purposes: []signin.Purpose{signin.ReadCases}, Quota: 200,
	})
	if err != nil {
		t.Fatal(err)
	}
	i := importer{t, mk.API.Handler(), token}
	if w := i.ask("GET", "/cases", ""); w.Code/100 != 4 {
		t.Errorf("before it was let in: %d", w.Code)
	}
	for _, who := range []string{"dora", "ana"} {
		if p, err = mk.Signin.ApproveReader(ctx, mk.As(who), p.ID, p.Version); err != nil {
			t.Fatal(err)
		}
	}
	may, asked := map[string]bool{}, 0
	for _, r := range api.Routes() {
		path := strings.NewReplacer("{case}", string(known.ID), "{desk}", "focal-point", "{user}", string(p.ID), "{reference}", string(known.Reference)).Replace(r.Path)
		if r.Action == "" || strings.Contains(path, "{") && r.Method == "GET" {
			continue
		}
		if r.Method != "GET" {
			if by, err := mk.Signin.Enter(ctx, token, "192.0.2.7", signin.Way{Action: r.Action}); err == nil {
				t.Errorf("%s lets %v in", r.ID, by)
			}
			continue
		}
		if asked++; asked%25 == 0 {
			i.h = mk.API.Handler() // each has its own limit of questions
		}
		w := i.ask("GET", path, "")
		if w.Code/100 == 2 {
			may[r.ID] = true
		}
		reads := r.Action == access.ReadCase || r.Action == access.ListCase || r.Action == access.KnowCase
		if !reads && w.Code != http.StatusForbidden && w.Code != http.StatusNotFound {
			t.Errorf("%s answers %d %.200s", r.ID, w.Code, w.Body)
		}
	}
	for _, name := range []string{"case.list", "case.read", "case.find", "case.forms", "plan.read"} {
		if !may[name] {
			t.Errorf("it does not reach %s", name)
		}
	}
	if may["person.read"] || may["person.safe-contact"] || may["case.copy"] || may["case.htcds"] || may["token.list"] {
		t.Errorf("it reaches %v", may)
	}
	if w := i.ask("GET", "/cases/"+string(known.ID), ""); !strings.Contains(w.Body.String(), "Izmislena") {
		t.Errorf("the file says %.300s", w.Body)
	}
	other, err := mk.Cases.Open(ctx, mk.As("lena"), casefile.Opening{AgeClass: person.Adult})
	if err != nil {
		t.Fatal(err)
	}
	if w := i.ask("GET", "/cases/"+string(other.ID), ""); w.Code != http.StatusNotFound {
		t.Errorf("a case of another desk is answered %d", w.Code)
	}
	entries, _, err := mk.Audit.Entries(ctx, mk.As("dora").Actor, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	logged := 0
	for _, e := range entries {
		if e.Entry.User == p.ID && e.Entry.Action == access.ReadCase && e.Entry.Case == known.ID && e.Entry.Role == access.ServiceAccount {
			logged++
		}
	}
	if logged < 2 {
		t.Errorf("%d openings of it are in the log", logged)
	}
}
