package intake_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/store"
)

// register is how an invented register is read.
const register = `{
	"schema": "opentrm/intake-mapping/1", "source": "demo-register", "key": ["No"], "use": "registered", "language": "en",
	"missing": {"": "not-asked", "?": "unknown", "declined": "declined"},
	"columns": [
		{"column": "No", "skip": "a running number"},
		{"column": "First name", "field": "name.given"},
		{"column": "Last name", "field": "name.surname"},
		{"column": "Born", "field": "birth", "date": "dd.mm.yyyy"},
		{"column": "Sex", "field": "sex", "codes": {"F": "female", "M": "male"}, "missing": {"x": "unsafe-to-ask"}},
		{"column": "Nationality", "field": "citizenships", "split": ";", "codes": {"Demoland": "XK"}},
		{"column": "Passport", "field": "document.passport"},
		{"column": "Phone", "field": "contact.telephone"},
		{"column": "Asylum", "field": "asylum", "codes": {"yes": "yes", "no": "no"}},
		{"column": "Remarks", "field": "note"},
		{"column": "How", "field": "said.vic_MethodsOfControl", "split": ";", "codes": {"debt": "DebtBondage", "threats": "PhysicalThreats"}},
		{"column": "Where", "field": "said.place"}
	]}`

const head = "No,First name,Last name,Born,Sex,Nationality,Passport,Phone,Asylum,Remarks,How,Where\n"

func cases(columns []string) intake.Order {
	return intake.Order{Kind: intake.Cases, Mapping: []byte(register), Columns: columns}
}

// list returns the cases of a desk.
func (w *world) list(by string) []casefile.Case {
	w.t.Helper()
	all, err := w.cases.List(w.t.Context(), w.who(by), casefile.Filter{Limit: 200})
	w.must(err)
	return all
}

func TestARowBecomesACaseOfTheDesk(t *testing.T) {
	w := newWorld(t)
	columns, rows := table(t, strings.NewReader(head+
		`7,Demona,Izmislena,17.05.1999,F,Demoland; MD,XX1234567,+389 70 000 000,yes,"Came with
a friend",debt;threats`+"\n"+
		"8,Демона,Измислена,1999,x,?,declined,,,,?\n"))
	r := w.begin("ana", cases(columns))
	if taken, other := w.send("ana", r, rows, intake.MostCases); taken != 2 || len(other) != 0 {
		t.Fatalf("%d taken, %+v", taken, other)
	}
	r, err := w.End(t.Context(), w.who("ana"), intake.Cases, r.ID)
	w.must(err)
	if d := cmp.Diff([]string{"intake.write begin.demo-register", "intake.write rows", "intake.write taken-2.known-0.refused-0"}, w.entries(string(r.ID))); d != "" {
		t.Error(d)
	}
	all := w.list("ana")
	if len(all) != 2 || len(w.list("olga")) != 0 {
		t.Fatalf("%d cases", len(all))
	}
	if !all[0].Asylum { // both were opened in one moment
		slices.Reverse(all)
	}
	f, err := w.cases.Show(t.Context(), w.people["ana"], all[0].ID)
	w.must(err)
	want := person.Person{
		ID:           f.Who.Person.ID,
		Names:        []person.Name{{Use: person.Registered, Script: "Latn", Parts: []person.NamePart{{Kind: person.GivenName, Text: "Demona"}, {Kind: person.Surname, Text: "Izmislena"}}}},
		Birth:        person.Say(person.Birth{Year: 1999, Month: 5, Day: 17}),
		Sex:          person.Say(person.Female),
		Citizenships: person.Say([]string{"XK", "MD"}),
		Documents:    person.Say([]person.Document{{Type: "passport", Number: "XX1234567", Held: "not-known"}}),
		Contacts:     []person.Contact{{Way: person.Telephone, Safety: person.SafetyUnknown}}, // the number is given with the card only
	}
	if d := cmp.Diff(want, f.Who.Person); d != "" {
		t.Error(d)
	}
	if !f.Asylum || !slices.Equal(f.Origins, []string{casefile.OriginUnknown}) || f.AgeClass != person.Adult || f.Status != "" || f.Owner != "ana" {
		t.Errorf("the case is %+v", f.Case)
	}
	if err := casefile.MayTransmitTo(f.Case, "MD"); key(err) != "case.asylum.origin-unknown" {
		t.Errorf("to any country: %v", err)
	}
	if len(f.Notes) != 1 || f.Notes[0].Value.Text != "Came with\na friend" {
		t.Errorf("notes %+v", f.Notes)
	}
	x, err := w.Imported(t.Context(), w.people["ana"], all[0].ID)
	w.must(err)
	said := []casefile.Stated{{Field: "place"}, {Field: "vic_MethodsOfControl", Answer: person.Say([]string{"DebtBondage", "PhysicalThreats"})}}
	if d := cmp.Diff([]casefile.Imported{{Form: casefile.ImportedName, Source: "demo-register", Run: r.ID, Row: 2, At: x[0].At, By: "ana", Said: said}}, x); d != "" {
		t.Error(d)
	}

	f, err = w.cases.Show(t.Context(), w.people["ana"], all[1].ID)
	w.must(err)
	p := f.Who.Person
	if p.Names[0].Script != "Cyrl" || p.Birth != person.Say(person.Birth{Year: 1999}) || p.Sex.State != person.UnsafeToAsk ||
		p.Citizenships.State != person.Unknown || p.Documents.State != person.Declined || f.Asylum || len(p.Contacts) != 0 || len(f.Notes) != 0 {
		t.Errorf("what is missing is %+v %v", p, f.Asylum)
	}
	x, err = w.Imported(t.Context(), w.people["ana"], all[1].ID)
	w.must(err)
	if len(x[0].Said) != 3 || x[0].Said[0].Field != "asylum" || x[0].Said[0].Answer.State != person.NotAsked || x[0].Said[2].Answer.State != person.Unknown {
		t.Errorf("said %+v", x[0].Said)
	}
	found, err := w.search.Find(t.Context(), w.people["ana"], search.Query{Document: "xx 1234567"})
	w.must(err)
	if len(found.Cards) != 1 || found.Cards[0].Case.ID != all[0].ID {
		t.Errorf("found %+v", found)
	}
	if _, err := w.Imported(t.Context(), w.people["olga"], all[0].ID); !fault.Is(err, fault.Hidden) {
		t.Errorf("of another desk: %v", err)
	}
}

// The process that imports has nobody's keys: it cannot open what it wrote, and in the database stands nothing of it.
func TestAnImportWritesAndCannotRead(t *testing.T) {
	w := newWorld(t)
	columns, rows := table(t, strings.NewReader(head+"7,Demonatest,Izmislenatest,17.05.1999,F,MD,PLANTED99,+389 PLANTED,no,PLANTED remark,debt,PLANTED place\n"))
	r := w.begin("ana", cases(columns))
	if taken, _ := w.send("ana", r, rows, intake.MostCases); taken != 1 {
		t.Fatal("not taken")
	}
	c := w.list("ana")[0].ID
	locked := w.people["ana"]
	locked.Wipe()
	if _, err := w.cases.Show(t.Context(), locked, c); !fault.Is(err, fault.Locked) {
		t.Errorf("with keys that are shut: %v", err)
	}
	w.must(w.db.Dump(t.Context(), map[store.Class]io.Writer{store.Content: watch(t), store.Keys: watch(t)}))
}

// watcher fails when what must not be told goes by.
type watcher struct {
	t    testing.TB
	last []byte
}

func watch(t testing.TB) *watcher { return &watcher{t: t} }

func (w *watcher) Write(p []byte) (int, error) {
	all := append(w.last, p...)
	for _, word := range []string{"PLANTED", "Demonatest", "demonatest", "Izmislenatest"} {
		if bytes.Contains(all, []byte(word)) {
			w.t.Errorf("%s stands in the database", word)
		}
	}
	w.last = bytes.Clone(all[max(0, len(all)-64):])
	return len(p), nil
}

func TestARerunImportsNothingTwice(t *testing.T) {
	w := newWorld(t)
	text := head + "1,Demona,Izmislena,1999,F,,,,,,\n2,Probna,Izmislena,2000,F,,,,,,\n3,Treta,Izmislena,2001,F,,,,,,\n"
	columns, rows := table(t, strings.NewReader(text))
	r := w.begin("ana", cases(columns))
	if taken, _ := w.send("ana", r, rows[:1], 1); taken != 1 {
		t.Fatal("the first is not taken")
	}
	broken, stop := context.WithCancel(t.Context())
	stop()
	if _, err := w.Take(broken, w.who("ana"), intake.Cases, r.ID, rows[1:2]); err == nil {
		t.Error("it was taken after all")
	}
	if n := len(w.list("ana")); n != 1 {
		t.Fatalf("broken off, %d cases are there", n)
	}

	// the rest, with the columns and rows in another order, one row changed
	other := "Last name,First name,Born,Sex,Nationality,Passport,Phone,Asylum,Remarks,Where,How,No\n" +
		"Izmislena,Treta,2001,F,,,,,,,,3\nIzmislena,Demona,1998,F,,,,,,,,1\nIzmislena,Probna,2000,F,,,,,,,,2\n"
	columns, rows = table(t, strings.NewReader(other))
	r = w.begin("ana", cases(columns))
	taken, rest := w.send("ana", r, rows, 2)
	if d := cmp.Diff([]intake.Outcome{{Number: 3, Result: intake.Known, Key: "intake.row.changed"}}, rest); d != "" || taken != 2 {
		t.Errorf("%d taken\n%s", taken, d)
	}
	r = w.begin("ana", cases(columns))
	if taken, rest = w.send("ana", r, rows, 100); taken != 0 || len(rest) != 3 || len(w.list("ana")) != 3 {
		t.Errorf("again: %d taken, %+v", taken, rest)
	}
	first, before := table(t, strings.NewReader(text)) // the columns in their first order: nothing has changed but the order
	r = w.begin("ana", cases(first))
	if _, rest = w.send("ana", r, before, 100); len(rest) != 3 || slices.ContainsFunc(rest, func(o intake.Outcome) bool { return o.Key != "" }) {
		t.Errorf("in the first order: %+v", rest)
	}
	r = w.begin("olga", cases(columns)) // another desk learns nothing of it
	if taken, rest = w.send("olga", r, rows, 100); taken != 3 || len(rest) != 0 || len(w.list("olga")) != 3 {
		t.Errorf("another desk: %d taken, %+v", taken, rest)
	}

	// who was erased does not come back with the file
	c := w.list("ana")[0]
	b := w.people["ana"]
	f, err := w.cases.Show(t.Context(), b, c.ID)
	w.must(err)
	_, err = w.cases.Close(t.Context(), b, c.ID, f.Version, casefile.Closure{Reason: "needs-met", Date: "2026-03-01", Action: "erase"})
	w.must(err)
	w.must(w.cases.Erase(t.Context(), b.Actor, c.ID))
	r = w.begin("ana", cases(columns))
	if taken, _ = w.send("ana", r, rows, 100); taken != 0 || len(w.list("ana")) != 2 {
		t.Errorf("after an erasure %d were taken, %d cases", taken, len(w.list("ana")))
	}
}

func TestARowAboutAPersonIsRefusedWithItsReason(t *testing.T) {
	w := newWorld(t)
	columns, rows := table(t, strings.NewReader(head+
		",Demona,,,,,,,,,\n"+
		"2,Demona,,31.02.1999,,,,,,,\n"+
		"3,Demona,,17/05/1999,,,,,,,\n"+
		"4,Demona,,,W,,,,,,\n"+
		"5,Demona,,,,Demolandia,,,,,\n"+
		"6,,,,,,,,,,\n"+
		"7,Demona,,,,,,,,,rope\n"+
		"8,Demona,,,,,,,,,,,more\n"+
		"9,"+strings.Repeat("x", 201)+",,,,,,,,,\n"+
		"10,Demona,,,,,,,perhaps,,\n"+
		"11,Demona,,,,,,\u202eevil,,,\n"+
		"12,Demona\n"))
	r := w.begin("ana", cases(columns))
	taken, other := w.send("ana", r, rows, 100)
	no := func(number int64, key, column string) intake.Outcome {
		return intake.Outcome{Number: number, Result: intake.Refused, Key: key, Column: column}
	}
	want := []intake.Outcome{
		no(2, "intake.row.key", "No"), no(3, "person.field", "birth.day"), no(4, "intake.row.date", "Born"), no(5, "intake.row.code", "Sex"),
		no(6, "intake.row.code", "Nationality"), no(7, "intake.row.nothing", ""), no(8, "intake.row.code", "How"), no(9, "intake.row.cells", ""),
		no(10, "intake.row.text", "First name"), no(11, "intake.row.code", "Asylum"), no(12, "intake.row.text", "Phone"),
	}
	if d := cmp.Diff(want, other); d != "" || taken != 1 || len(w.list("ana")) != 1 {
		t.Errorf("%d taken\n%s", taken, d)
	}

	// without a number of its own, the same row twice is refused if it names somebody
	plain := strings.Replace(register, `"key": ["No"], `, "", 1)
	columns, rows = table(t, strings.NewReader(head+"1,Demona,Izmislena,,,,,,,,\n1,Demona,Izmislena,,,,,,,,\n2,,,,F,,,,,,\n2,,,,F,,,,,,\n"))
	r = w.begin("ana", intake.Order{Kind: intake.Cases, Mapping: []byte(plain), Columns: columns, Dry: true})
	taken, other = w.send("ana", r, rows, 100)
	if d := cmp.Diff([]intake.Outcome{no(3, "intake.row.twice", "")}, other); d != "" || taken != 3 || len(w.list("ana")) != 1 {
		t.Errorf("%d taken\n%s", taken, d)
	}
}

// A column can say which of the four answers it is where others have no value; what it says of a column that is not there, or that is no
// answer, refuses the row. A value stands against it. An apostrophe before a formula is no part of a cell.
func TestAColumnSaysWhyOthersHaveNoValue(t *testing.T) {
	w := newWorld(t)
	with := strings.Replace(register, `"use"`, `"gaps": "Why", "guarded": true, "use"`, 1)
	columns, rows := table(t, strings.NewReader(strings.TrimSpace(head)+",Why\n"+
		"1,'=Demona,,,,,,,,,,,Born=declined;Sex=unsafe-to-ask\n"+
		"2,Probna,,1999,,,,,,,,,Born=declined\n"+
		"3,Treta,,,,,,,,,,,Height=declined\n"+
		"4,Treta,,,,,,,,,,,Born=no\n"+
		"5,Treta,,,,,,,,,,,Born=given\n"))
	taken, other := w.send("ana", w.begin("ana", intake.Order{Kind: intake.Cases, Mapping: []byte(with), Columns: columns}), rows, 100)
	var want []intake.Outcome
	for n := range 3 {
		want = append(want, intake.Outcome{Number: int64(4 + n), Result: intake.Refused, Key: "intake.row.code", Column: "Why"})
	}
	if d := cmp.Diff(want, other); d != "" || taken != 2 {
		t.Fatalf("%d taken\n%s", taken, d)
	}
	for _, c := range w.list("ana") {
		p := w.isWho(c.ID)
		if p.Names[0].Text() == "=Demona" && (p.Birth.State != person.Declined || p.Sex.State != person.UnsafeToAsk) || p.Names[0].Text() == "Probna" && p.Birth.Value.Year != 1999 {
			t.Errorf("she is %+v", p)
		}
	}
}

func TestCasesAreImportedByWhoWorksAtTheDesk(t *testing.T) {
	w := newWorld(t)
	columns, rows := table(t, strings.NewReader(head+"1,Demona,Izmislena,,,,,,,,\n"))
	for _, who := range []string{"stela", "officer-1"} {
		if _, err := w.Begin(t.Context(), w.who(who), cases(columns)); !fault.Is(err, fault.Denied) {
			t.Errorf("%s: %v", who, err)
		}
	}
	r := w.begin("ana", cases(columns))
	for who, want := range map[string]fault.Kind{"olga": fault.NotFound, "stela": fault.Denied} {
		if _, err := w.Take(t.Context(), w.who(who), intake.Cases, r.ID, rows); !fault.Is(err, want) {
			t.Errorf("%s: %v", who, err)
		}
	}
	if _, err := w.End(t.Context(), w.who("stela"), intake.Cases, r.ID); !fault.Is(err, fault.Denied) {
		t.Errorf("ended by a statistician: %v", err)
	}
	if _, err := w.Whole(t.Context(), w.who("stela"), intake.Upload{File: []byte("PK\x03\x04")}, true); !fault.Is(err, fault.Denied) {
		t.Errorf("as a whole by a statistician: %v", err)
	}
	many := append([]byte(head), bytes.Repeat([]byte("1,Demona,Izmislena,,,,,,,,\n"), intake.MostWhole+1)...)
	for name, file := range map[string][]byte{"intake.upload.large": many, "intake.upload.head": []byte("\n")} {
		if _, err := w.Whole(t.Context(), w.who("ana"), intake.Upload{File: file, Mapping: cases(columns).Mapping}, true); key(err) != name {
			t.Errorf("%v, want %s", err, name)
		}
	}
	if _, err := w.Whole(t.Context(), w.who("ana"), intake.Upload{File: make([]byte, intake.MostFile+1)}, true); key(err) != "intake.upload.large" {
		t.Errorf("too large: %v", err)
	}
	elsewhere := w.who("ana")
	elsewhere.Desk = "charity"
	if _, err := w.Take(t.Context(), elsewhere, intake.Cases, r.ID, rows); !fault.Is(err, fault.NotFound) {
		t.Errorf("at another desk: %v", err)
	}
	if _, err := w.Take(t.Context(), w.who("stela"), intake.Collection, r.ID, rows); !fault.Is(err, fault.NotFound) {
		t.Errorf("as a collection: %v", err)
	}
	if _, err := w.Take(t.Context(), w.who("ana"), intake.Cases, r.ID, make([]intake.Row, intake.MostCases+1)); key(err) != "intake.rows" {
		t.Errorf("too many: %v", err)
	}
	if all, err := w.Runs(t.Context(), w.who("olga"), intake.Cases, id.Intake(""), 10); err != nil || len(all) != 0 {
		t.Errorf("another desk sees %+v %v", all, err)
	}
	for name, columns := range map[string][]string{
		"intake.table.missing": columns[:11], "intake.table.column": append(slices.Clone(columns), "More"), "intake.table.twice": append(slices.Clone(columns), " Sex "),
	} {
		if _, err := w.Begin(t.Context(), w.who("ana"), cases(columns)); key(err) != name {
			t.Errorf("%v, want %s", err, name)
		}
	}
}

// The keys of an imported case rest otherwise than those of one that was opened by hand: they follow the desk all the same when
// somebody comes or goes, and the case gets new ones like any other.
func TestAnImportedCaseFollowsItsDesk(t *testing.T) {
	w := newWorld(t)
	columns, rows := table(t, strings.NewReader(head+"1,Demona,Izmislena,1999,F,,,,,A remark,debt\n"))
	r := w.begin("ana", cases(columns))
	if taken, _ := w.send("ana", r, rows, 100); taken != 1 {
		t.Fatal("not taken")
	}
	c, ctx := w.list("ana")[0].ID, t.Context()
	reads := func(who string, want bool) {
		t.Helper()
		f, err := w.cases.Show(ctx, w.people[who], c)
		if got := err == nil && f.Who.Names[0].Text() == "Demona Izmislena" && len(f.Notes) == 1; got != want {
			t.Errorf("%s reads it: %v, %v", who, got, err)
		}
		x, err := w.Imported(ctx, w.people[who], c)
		if got := err == nil && len(x) == 1 && len(x[0].Said) == 3; got != want {
			t.Errorf("%s reads what it was taken from: %v, %v", who, got, err)
		}
	}
	w.colleague("bea", "shelter", "ana")
	reads("bea", true)
	w.must(w.keys.Remove(ctx, w.people["ana"], "shelter", "bea")) // new keys of the desk
	reads("ana", true)
	reads("bea", false)
	for left := 1; left > 0; {
		var err error
		left, err = w.keys.Rewrap(ctx, w.people["ana"], "shelter", 10)
		w.must(err)
	}
	reads("ana", true)
	for left := 1; left > 0; {
		var err error
		left, err = w.cases.Rekey(ctx, w.people["ana"], c, 1)
		w.must(err)
	}
	reads("ana", true)
	w.colleague("dana", "shelter", "ana")
	reads("dana", true)
}

// BenchmarkCases imports rows about invented persons, each of which becomes a sealed case with its entry in the log.
func BenchmarkCases(b *testing.B) {
	const n = 2000
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b)
		text := head
		for i := range n {
			text += fmt.Sprintf("%d,Demona%d,Izmislena,17.05.1999,F,MD,XX%07d,,no,A remark,debt\n", i+1, i, i)
		}
		columns, rows := table(b, strings.NewReader(text))
		b.StartTimer()
		r := w.begin("ana", cases(columns))
		if taken, _ := w.send("ana", r, rows, intake.MostCases); taken != n {
			b.Fatalf("taken %d", taken)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "cases/s")
}
