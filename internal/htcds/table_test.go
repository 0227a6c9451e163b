package htcds_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/htcds"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
)

var update = flag.Bool("update", false, "write docs/htcds.md anew")

func shipped(t *testing.T) htcds.Table {
	t.Helper()
	table, err := htcds.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func read(t *testing.T, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// column is a column of the mapping by which tables in the form of the standard are imported.
type column struct {
	Also  []string          `json:"also"`
	Field string            `json:"field"`
	Codes map[string]string `json:"codes"`
}

// imported returns the columns of the import by the field of the standard.
func imported(t *testing.T) map[string][]column {
	t.Helper()
	var file struct {
		Columns []column `json:"columns"`
	}
	read(t, "../intake/data/htcds-2.0.json", &file)
	all := map[string][]column{}
	for _, c := range file.Columns {
		if len(c.Also) > 0 {
			all[c.Also[0]] = append(all[c.Also[0]], c)
		}
	}
	return all
}

// Each field of the standard that is not deprecated has a row, and no other.
func TestEveryFieldOfHTCDSHasARow(t *testing.T) {
	table := shipped(t)
	var list struct {
		Fields []string `json:"fields"`
	}
	read(t, "../form/data/htcds.json", &list)
	var rows []string
	for _, f := range table.Fields {
		rows = append(rows, f.ID)
	}
	slices.Sort(rows)
	if d := cmp.Diff(list.Fields, rows); d != "" {
		t.Error(d)
	}
	for id, columns := range imported(t) {
		f, ok := table.Field(id)
		if !ok {
			t.Errorf("the import knows %s, which has no row", id)
		}
		for _, c := range columns {
			for from, to := range c.Codes {
				if c.Field == "said."+id && !slices.ContainsFunc(f.Codes, func(x htcds.Code) bool { return x.Code == to }) {
					t.Errorf("%s: the import makes %q of %q, which the row has not", id, to, from)
				}
			}
		}
	}
}

// structs are the types whose fields are places of a row.
func structs() map[string]reflect.Type {
	return map[string]reflect.Type{
		"person.Person": reflect.TypeFor[person.Person](), "person.NamePart": reflect.TypeFor[person.NamePart](),
		"person.Document": reflect.TypeFor[person.Document](), "person.Contact": reflect.TypeFor[person.Contact](),
		"casefile.Case": reflect.TypeFor[casefile.Case](), "casefile.Decision": reflect.TypeFor[casefile.Decision](),
		"casefile.Closure": reflect.TypeFor[casefile.Closure](), "casefile.Note": reflect.TypeFor[casefile.Note](),
		"casefile.Stated": reflect.TypeFor[casefile.Stated](), "consent.Consent": reflect.TypeFor[consent.Consent](),
		"careplan.Step": reflect.TypeFor[careplan.Step](), "careplan.Turn": reflect.TypeFor[careplan.Turn](),
		"careplan.NeedCode": reflect.TypeFor[careplan.NeedCode](), "referral.Row": reflect.TypeFor[referral.Row](), "referral.Event": reflect.TypeFor[referral.Event](),
		"directory.Body": reflect.TypeFor[directory.Body](), "directory.Address": reflect.TypeFor[directory.Address](),
	}
}

// questions returns the questions of the newest forms as "F1.means".
func questions(t *testing.T) map[string]form.Question {
	t.Helper()
	set, err := form.Load()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]form.Question{}
	for _, f := range set.Newest() {
		for _, s := range f.Sections {
			for _, q := range s.Questions {
				all[f.ID+"."+q.ID] = q
			}
		}
	}
	return all
}

// A row names places that are there, and a form that says which field it fills is named in the row of that field.
func TestWhereAFieldIsHeldIsThere(t *testing.T) {
	table, asked, types := shipped(t), questions(t), structs()
	for _, f := range table.Fields {
		for _, place := range f.Held {
			if _, ok := asked[place]; ok {
				continue
			}
			cut := strings.LastIndex(place, ".")
			typ, ok := types[place[:max(cut, 0)]]
			if !ok {
				t.Errorf("%s: there is no %s", f.ID, place)
				continue
			}
			if _, ok := typ.FieldByName(place[cut+1:]); !ok {
				t.Errorf("%s: there is no %s", f.ID, place)
			}
		}
	}
	for place, q := range asked {
		if q.HTCDS == "" {
			continue
		}
		if f, ok := table.Field(q.HTCDS); !ok || !slices.Contains(f.Held, place) {
			t.Errorf("%s fills %s, whose row does not name it", place, q.HTCDS)
		}
	}
}

// lists returns our codes by the name of their list.
func lists(t *testing.T) map[string][]string {
	t.Helper()
	cases, err := casefile.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	plans, err := careplan.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{
		"person.Sex":      {string(person.Female), string(person.Male), string(person.Other)},
		"casefile.status": cases.Codes(casefile.ListStatus), "casefile.body": cases.Codes(casefile.ListBody),
		"case.state":    append([]string{string(casefile.Open)}, cases.Codes(casefile.ListClosure)...),
		"careplan.need": plans.NeedCodes(),
	}
	for _, s := range person.States() {
		all["person.State"] = append(all["person.State"], "~"+s.Code())
	}
	for _, c := range course.Codes().Lists["kind"] {
		all["referral.kind"] = append(all["referral.kind"], string(c))
	}
	set, err := form.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range set.Newest() {
		for _, l := range f.Lists {
			for _, o := range l.Choices {
				all[f.ID+"."+l.ID] = append(all[f.ID+"."+l.ID], o.Code)
			}
		}
	}
	return all
}

// Each code of our lists is written as exactly one code of the standard, or the row says why it has none; and the way back from a
// code of the standard comes out at that code again.
func TestCodesMapBothWays(t *testing.T) {
	table, all := shipped(t), lists(t)
	for _, f := range table.Fields {
		var ours []string
		for _, name := range f.Lists {
			if len(all[name]) == 0 {
				t.Errorf("%s: there is no list %s", f.ID, name)
			}
			ours = append(ours, all[name]...)
		}
		slices.Sort(ours)
		ours = slices.Compact(ours)
		var rows []string
		for _, c := range f.Codes {
			rows = append(rows, c.Ours...)
			if back, ok := f.Ours(c.Code); ok {
				if theirs, _ := f.Theirs(back); theirs != c.Code {
					t.Errorf("%s: %s is nearest to %s, which is written as %s", f.ID, c.Code, back, theirs)
				}
			}
		}
		for _, m := range f.Without {
			rows = append(rows, m.Code)
			if m.Why == "" {
				t.Errorf("%s: nothing says why %s has no code", f.ID, m.Code)
			}
		}
		slices.Sort(rows)
		if d := cmp.Diff(ours, rows); d != "" {
			t.Errorf("%s: codes of ours (-) and of the row (+)\n%s", f.ID, d)
		}
	}
	plans, err := careplan.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	kinds, _ := table.Field("spl_Type")
	for _, n := range plans.Needs {
		if theirs, _ := kinds.Theirs(n.Code); theirs != n.HTCDS {
			t.Errorf("a plan for %s is %q here and %q in the plan", n.Code, theirs, n.HTCDS)
		}
	}
}

// What can be exported or imported has words, its codes as well, in every language: the catalogue's own test compares these.
func TestFieldsAndCodesHaveWords(t *testing.T) {
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	table, in := shipped(t), imported(t)
	for _, f := range table.Fields {
		if !f.Exported && in[f.ID] == nil {
			continue
		}
		keys := []string{htcds.Words(f.ID)}
		for _, c := range f.Codes {
			keys = append(keys, table.CodeWords(f.ID, c.Code))
		}
		for _, k := range keys {
			if !texts.Has(k) {
				t.Errorf("%s has no words", k)
			}
		}
	}
}

// A table that does not hold together is refused.
func TestABrokenTableIsRefused(t *testing.T) {
	raw, err := os.ReadFile("data/htcds.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := htcds.Parse(raw); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"another schema":           {htcds.SchemaName, "opentrm/htcds/2"},
		"an unknown name":          {`"version": 1`, `"version": 1, "more": 1`},
		"a field twice":            {`"field": "org_Phone"`, `"field": "org_Name"`},
		"not exported, no reason":  {`"why": "as org_Name"`, `"why": ""`},
		"one of ours for two":      {"\"male\"\n", "\"female\"\n"},
		"a picklist without codes": {`"codes_of": "ISO 639"`, `"codes_of": ""`},
		"held nowhere":             {"\"held\": [\n\t\t\t\t\"person.Person.Birth\"\n\t\t\t]", `"held": []`},
	} {
		bad := strings.Replace(string(raw), change[0], change[1], 1)
		if bad == string(raw) {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := htcds.Parse([]byte(bad)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// The page for people says what the table says.
func TestTheDocumentationIsTheTable(t *testing.T) {
	const name = "../../docs/htcds.md"
	table := shipped(t)
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	const mark = "<!-- what follows is written by go test ./internal/htcds -update -->\n"
	head, _, ok := strings.Cut(string(b), mark)
	if !ok {
		t.Fatal("the mark is missing")
	}
	want := head + mark + page(table, imported(t))
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(want, string(b)); d != "" {
		t.Error(d)
	}
}

// page is the table for people.
func page(table htcds.Table, in map[string][]column) string {
	var b strings.Builder
	section := ""
	for _, f := range table.Fields {
		if f.Section != section {
			section = f.Section
			fmt.Fprintf(&b, "\n### %s\n\n| field | held in | written into a file | taken from a table as | why, or what to know |\n|---|---|---|---|---|\n", section)
		}
		taken := []string{}
		for _, c := range in[f.ID] {
			taken = append(taken, "`"+c.Field+"`")
		}
		held := []string{}
		for _, place := range f.Held {
			held = append(held, "`"+place+"`")
		}
		yes := "no"
		if f.Exported {
			yes = "yes"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", f.ID, dash(held), yes, dash(taken), f.Why)
	}
	b.WriteString("\n## Codes\n\nOurs that are written as a code of the standard; the first is the nearest to it. A code that begins with ~ is an answer without a value.\n")
	for _, f := range table.Fields {
		if len(f.Lists) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n### %s\n\n| code of the standard | ours, of %s |\n|---|---|\n", f.ID, strings.Join(f.Lists, ", "))
		for _, c := range f.Codes {
			fmt.Fprintf(&b, "| `%s` | %s |\n", c.Code, dash(c.Ours))
		}
		for _, m := range f.Without {
			fmt.Fprintf(&b, "| none: %s | %s |\n", m.Why, m.Code)
		}
	}
	return b.String()
}

func dash(all []string) string {
	if len(all) == 0 {
		return "–"
	}
	return strings.Join(all, ", ")
}
