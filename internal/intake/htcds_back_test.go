package intake_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/htcds"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/sheet"
)

// standard writes the cases of a world in the standard.
func (w *world) standard() *htcds.Service {
	w.t.Helper()
	set, err := form.Load()
	w.must(err)
	table, err := htcds.Shipped()
	w.must(err)
	return &htcds.Service{
		Cases: w.cases, Forms: &form.Service{Cases: w.cases, Forms: set}, Plans: &careplan.Service{Cases: w.cases}, Table: table,
	}
}

// records writes all cases of ana's desk, and says which case is which, in the order of first names.
func (w *world) records() (all []htcds.Record, cases []id.Case) {
	w.t.Helper()
	out, of := w.standard(), map[id.Reference]id.Case{}
	for _, c := range w.list("ana") {
		r, err := out.Export(w.t.Context(), w.people["ana"], c.ID, htcds.OwnSystem)
		w.must(err)
		all, of[c.Reference] = append(all, r), c.ID
	}
	slices.SortFunc(all, func(a, b htcds.Record) int {
		x, _ := a.Answer("prs_FirstName")
		y, _ := b.Answer("prs_FirstName")
		return slices.Compare(x.Values, y.Values)
	})
	for _, r := range all {
		cases = append(cases, of[r.Reference])
	}
	return all, cases
}

// answers returns what a record says of the fields that two nodes can both hold. How far a case is, is of each desk.
func answers(r htcds.Record) map[string]htcds.Answer {
	all := map[string]htcds.Answer{}
	for _, a := range r.Fields {
		if a.Field != "cas_Status" && a.Field != "cas_ReasonForCaseClosure" {
			a.Said, a.Ours = false, nil
			all[a.Field] = a
		}
	}
	return all
}

// What one node writes another takes, from a real file, and changes nothing of what both hold: neither a value nor why there is none.
func TestWhatIsWrittenInHTCDSComesBack(t *testing.T) {
	mk, rs := newWorld(t), newWorld(t)
	ctx, ana := t.Context(), mk.people["ana"]
	full := &person.Person{
		Names: []person.Name{{Use: person.Registered, Script: "Latn", Parts: []person.NamePart{
			{Kind: person.GivenName, Text: "=Demona"}, {Kind: person.Patronymic, Text: "Probova"}, {Kind: person.Surname, Text: "Izmislena"},
		}}},
		Birth: person.Say(person.Birth{Year: 1999, Month: 5, Day: 17}), Sex: person.Say(person.Female), Citizenships: person.Say([]string{"MD", "XK"}),
		Languages: person.Say([]person.Language{{Tag: "ro"}, {Tag: "ru"}}), Contacts: []person.Contact{{Way: person.Telephone, Address: "+38970000000", Safety: person.Safe}},
		Documents: person.Say([]person.Document{{Type: "identity-card", Number: "-0000", Held: "not-known"}}),
	}
	gaps := &person.Person{
		Names: []person.Name{{Use: person.Registered, Script: "Cyrl", Parts: []person.NamePart{{Kind: person.GivenName, Text: "Измислена"}}}}, Contacts: []person.Contact{},
		Birth: person.Without[person.Birth](person.Declined), Sex: person.Without[person.Sex](person.UnsafeToAsk),
		Citizenships: person.Without[[]string](person.NotAsked), Languages: person.Without[[]person.Language](person.Unknown),
		Documents: person.Without[[]person.Document](person.Declined),
	}
	first, err := mk.cases.Open(ctx, ana, casefile.Opening{AgeClass: person.Adult, Person: full})
	mk.must(err)
	_, err = mk.cases.Open(ctx, ana, casefile.Opening{AgeClass: person.Adult, Person: gaps})
	mk.must(err)
	_, err = mk.cases.Decide(ctx, ana, first.ID, casefile.Decision{Status: "formally-identified", Body: "police", Name: "Demo police", Country: "MK", Basis: "Demo act", Date: "2026-03-01"})
	mk.must(err)
	raw := func(v any) json.RawMessage { b, _ := json.Marshal(v); return b }
	_, err = mk.standard().Forms.Fill(ctx, ana, first.ID, form.Filling{
		Schema: form.FillingName, Language: "ro", Finished: true, Record: form.Record{Form: "F1", Version: 1, Answers: map[string]form.Answer{
			"found-on": person.Say(raw(form.Day{Year: 2026})), "age": person.Say(raw("adult")), "safe-now": person.Say(raw("yes")),
			"means": person.Without[json.RawMessage](person.UnsafeToAsk), "exploitation": person.Say(raw([]string{"forced-begging", "servitude"})),
		}},
	})
	mk.must(err)

	// A real file between them.
	sent, hers := mk.records()
	b, err := sheet.WriteCSV(htcds.Rows(mk.standard().Table, sent))
	mk.must(err)
	name := filepath.Join(t.TempDir(), "htcds.csv")
	mk.must(os.WriteFile(name, b, 0o600))
	if strings.Contains(string(b), "+389") {
		t.Error("the file says how she is reached")
	}
	f, err := os.Open(name)
	mk.must(err)
	defer f.Close()
	heads, rows := table(t, f)
	taken, other := rs.send("ana", rs.begin("ana", intake.Order{Kind: intake.Cases, Columns: heads}), rows, intake.MostCases)
	if taken != 2 {
		t.Fatalf("%d rows were taken; %+v", taken, other)
	}
	back, there := rs.records()
	for i := range sent {
		want := answers(sent[i])
		if d := cmp.Diff(want, answers(back[i]), cmp.FilterPath(absent, cmp.Ignore())); d != "" {
			t.Errorf("row %d: sent (-) and come back (+)\n%s", i, d)
		}
		for field, a := range answers(back[i]) {
			if _, ok := want[field]; !ok && a.State != person.NotAsked {
				t.Errorf("row %d: %s became %+v of nothing", i, field, a)
			}
		}
		was, is := mk.isWho(hers[i]), rs.isWho(there[i])
		is.ID, was.Contacts = was.ID, is.Contacts
		if i == 0 { // a patronymic is a middle name there, and the second language stays the words of the table
			was.Names[0].Parts = slices.Delete(was.Names[0].Parts, 1, 2)
			was.Languages.Value = was.Languages.Value[:1]
		}
		if d := cmp.Diff(was, is); d != "" {
			t.Errorf("row %d: she was (-) and is (+)\n%s", i, d)
		}
	}
	for _, c := range rs.list("ana") {
		if c.Status != "" || c.State != casefile.Open {
			t.Errorf("the file decided: %+v", c)
		}
	}
	// The same file again makes nobody twice.
	if taken, _ := rs.send("ana", rs.begin("ana", intake.Order{Kind: intake.Cases, Columns: heads}), rows, intake.MostCases); taken != 0 {
		t.Errorf("%d rows were taken again", taken)
	}
}

// absent is a field that only one side has.
func absent(p cmp.Path) bool {
	x, ok := p.Last().(cmp.MapIndex)
	if !ok {
		return false
	}
	a, b := x.Values()
	return !a.IsValid() && b.IsValid()
}

// isWho opens who she is.
func (w *world) isWho(c id.Case) person.Person {
	w.t.Helper()
	f, err := w.cases.Show(w.t.Context(), w.people["ana"], c)
	w.must(err)
	return f.Who.Person
}

// What a table said is written as its words where this node knows no more, and is marked so; what was said of who worked on it, by a code
// that the standard has not, or in words that may speak of others in what is made for her, is left out and counted.
func TestWhatATableSaidIsWrittenAsItsWords(t *testing.T) {
	w := newWorld(t)
	raw := `{"schema": "opentrm/intake-mapping/1", "source": "demo", "missing": {"": "not-asked", "?": "declined"}, "columns": [
		{"column": "Control", "field": "said.vic_MethodsOfControl", "split": ","}, {"column": "Status", "field": "said.vic_TraffickingStatus"},
		{"column": "Place", "field": "said.cas_ReferringOrganisation"}, {"column": "Farm", "field": "said.vic_LocationOfExploitation"}, {"column": "Owner", "field": "said.cas_CaseOwner"}, {"column": "Village", "field": "said.village"},
		{"column": "Sex", "field": "sex", "codes": {"other": "other"}}, {"column": "Gender", "field": "said.prs_Gender"}, {"column": "Married", "field": "said.prs_MaritalStatus"}]}`
	r := w.begin("ana", intake.Order{Kind: intake.Cases, Columns: []string{"Control", "Status", "Place", "Farm", "Owner", "Village", "Sex", "Gender", "Married"}, Mapping: []byte(raw)})
	taken, other := w.send("ana", r, []intake.Row{{Number: 2, Cells: []string{
		"DebtBondage,a spell", "ActualVictimOfTrafficking", "Demo house of her cousin", "Demo farm", "Demo worker", "Demodorf", "other", "TransgenderFeminine", "?",
	}}}, 10)
	if taken != 1 {
		t.Fatalf("%+v", other)
	}
	c := w.list("ana")[0].ID
	for purpose, want := range map[htcds.Purpose]map[string]string{
		htcds.OwnSystem: {"cas_ReferringOrganisation": "given Demo house of her cousin"}, htcds.ForHer: {},
	} {
		record, err := w.standard().Export(t.Context(), w.people["ana"], c, purpose)
		w.must(err)
		want["prs_Gender"], want["prs_MaritalStatus"], want["vic_MethodsOfControl"] = "given TransgenderFeminine", "declined ", "given DebtBondage"
		want["vic_TraffickingStatus"] = "given ActualVictimOfTrafficking"
		got := map[string]string{}
		for _, a := range record.Fields {
			if a.Said {
				got[a.Field] = a.State.Code() + " " + strings.Join(a.Values, ";")
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", purpose, d)
		}
		counts := map[string]int{}
		for _, l := range record.Left {
			counts[l.What] = l.Count
		}
		if counts["said"] != 3 || counts["code"] != 1 || counts["sex"] != 0 || (counts["words"] == 1) != (purpose == htcds.ForHer) {
			t.Errorf("%s leaves out %v", purpose, counts)
		}
		if b, err := json.Marshal(record); err != nil || strings.Contains(string(b), "Demo worker") || strings.Contains(string(b), "Demodorf") || strings.Contains(string(b), "Demo farm") || strings.Contains(string(b), "a spell") {
			t.Errorf("%s says %s", purpose, b)
		}
	}
}
