package intake_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/spectest"
)

// mappings returns mappings that are right.
func mappings(t testing.TB) map[string][]byte {
	t.Helper()
	htcds, err := os.ReadFile("data/htcds-2.0.json")
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"register": []byte(register), "htcds": htcds, "smallest": []byte(`{"schema": "opentrm/intake-mapping/1",
		"source": "a", "missing": {"": "unknown"}, "columns": [{"column": "x", "field": "said.x"}]}`)}
}

// What is read here fits the published schema; what the linter finds and a schema can say does not.
func TestSchemaOfMapping(t *testing.T) {
	schema := spectest.Compiled(t, "intake-mapping")
	for name, b := range mappings(t) {
		if err := spectest.Fits(schema, b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if all, err := intake.Lint(b); err != nil || len(all) > 0 {
			t.Errorf("%s: %v %v", name, all, err)
		}
	}
	raw, err := os.ReadFile("../../spec/schema/intake-mapping.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range intake.Fields() {
		if !strings.Contains(string(raw), `"`+f+`"`) {
			t.Errorf("the schema has no field %s", f)
		}
	}
	for _, d := range intake.Dates() {
		if !strings.Contains(string(raw), `"`+d+`"`) {
			t.Errorf("the schema has no date %s", d)
		}
	}
}

func TestLintOfMapping(t *testing.T) {
	schema := spectest.Compiled(t, "intake-mapping")
	for name, c := range map[string]struct {
		change func(m, born, sex map[string]any)
		where  string
		beyond bool // no schema can say it
	}{
		"intake.mapping.schema":   {func(m, _, _ map[string]any) { m["schema"] = "opentrm/intake-mapping/2" }, "schema", false},
		"intake.mapping.source":   {func(m, _, _ map[string]any) { m["source"] = "Shelter register" }, "source", false},
		"intake.mapping.comma":    {func(m, _, _ map[string]any) { m["comma"] = "|" }, "comma", false},
		"intake.mapping.empty":    {func(m, _, _ map[string]any) { m["missing"] = map[string]any{"?": "unknown"} }, "missing", false},
		"intake.mapping.missing":  {func(m, _, _ map[string]any) { m["missing"] = map[string]any{"": "given"} }, "missing", false},
		"intake.mapping.missing ": {func(_, _, sex map[string]any) { sex["missing"] = map[string]any{"x": "nobody"} }, "Sex", false},
		"intake.mapping.columns": {func(m, _, _ map[string]any) {
			m["columns"], m["use"], m["language"], m["key"] = []any{}, "", "", []any{}
		}, "columns", false},
		"intake.mapping.gaps":     {func(m, _, _ map[string]any) { m["gaps"] = "Born" }, "Born", true},
		"intake.mapping.gaps ":    {func(m, _, _ map[string]any) { m["gaps"] = strings.Repeat("x", 201) }, strings.Repeat("x", 201), false},
		"intake.mapping.key":      {func(m, _, _ map[string]any) { m["key"] = []any{"Number"} }, "Number", true},
		"intake.mapping.use":      {func(m, _, _ map[string]any) { delete(m, "use") }, "use", true},
		"intake.mapping.language": {func(m, _, _ map[string]any) { delete(m, "language") }, "language", true},
		"intake.mapping.head":     {func(_, born, _ map[string]any) { born["also"] = []any{""} }, "Born", false},
		"intake.mapping.either":   {func(_, born, _ map[string]any) { born["skip"] = "why not" }, "Born", false},
		"intake.mapping.skipped":  {func(_, born, _ map[string]any) { delete(born, "field"); born["skip"] = "x" }, "Born", true},
		"intake.mapping.field":    {func(_, born, _ map[string]any) { born["field"] = "birthday" }, "Born", false},
		"intake.mapping.field ":   {func(_, born, _ map[string]any) { born["field"] = "said.a b" }, "Born", false},
		"intake.mapping.twice":    {func(_, _, sex map[string]any) { sex["field"], sex["date"] = "birth", "yyyy" }, "Sex", true},
		"intake.mapping.date":     {func(_, born, _ map[string]any) { born["date"] = "d.m.y" }, "Born", false},
		"intake.mapping.date ":    {func(_, born, _ map[string]any) { delete(born, "date") }, "Born", true},
		"intake.mapping.date  ":   {func(_, _, sex map[string]any) { sex["date"] = "yyyy" }, "Sex", true},
		"intake.mapping.split":    {func(_, _, sex map[string]any) { sex["split"] = ";" }, "Sex", true},
		"intake.mapping.codes":    {func(_, _, sex map[string]any) { delete(sex, "codes") }, "Sex", true},
		"intake.mapping.code":     {func(_, _, sex map[string]any) { sex["codes"] = map[string]any{"F": "woman"} }, "Sex", true},
		"intake.mapping.code ":    {func(_, _, sex map[string]any) { sex["codes"] = map[string]any{" F": "female"} }, "Sex", true},
		"intake.mapping.code   ":  {func(_, _, sex map[string]any) { sex["field"], sex["codes"] = "citizenships", map[string]any{"F": "QQ"} }, "Sex", true},
		"intake.mapping.code  ":   {func(_, born, _ map[string]any) { born["codes"] = map[string]any{"old": "1950"} }, "Born", true},
	} {
		var m map[string]any
		if err := json.Unmarshal([]byte(register), &m); err != nil {
			t.Fatal(err)
		}
		columns := m["columns"].([]any)
		c.change(m, columns[3].(map[string]any), columns[4].(map[string]any))
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.TrimSpace(name)
		all, err := intake.Lint(b)
		if err != nil || !slices.Contains(all, intake.Problem{Where: c.where, Key: want}) {
			t.Errorf("%s at %s: found %v %v", want, c.where, all, err)
		}
		if _, err := intake.ParseMapping(b); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		if fits := spectest.Fits(schema, b) == nil; fits != c.beyond {
			t.Errorf("%s: by the schema it fits: %v", name, fits)
		}
	}
	for name, text := range map[string]string{
		"nothing": "", "two": register + register, "unknown field": strings.Replace(register, `"source"`, `"sauce"`, 1), "an array": "[]",
	} {
		if _, err := intake.ParseMapping([]byte(text)); key(err) != "intake.mapping.file" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := intake.ParseMapping([]byte(strings.Repeat(" ", intake.MaxMapping) + register)); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too large: %v", err)
	}
}

// The heads of IOM's spreadsheet are known, its labels and its identifiers, with the one that it misspells.
func TestHTCDSKnowsItsHeads(t *testing.T) {
	m, err := intake.HTCDS()
	if err != nil {
		t.Fatal(err)
	}
	if n := m.Fits([]string{"", "First Name", "Second Name", "Birthdate", "prs_Gender", "vic_TraffickinStatusDecisionMakingOrg", "Height"}); n != 5 {
		t.Errorf("%d heads are known", n)
	}
	if d := cmp.Diff("intake.table.column", key(m.Over([]string{"First Name", "Height"}))); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff("intake.table.twice", key(m.Over([]string{"First Name", "prs_FirstName"}))); d != "" {
		t.Error(d)
	}
}

func FuzzMapping(f *testing.F) {
	f.Add([]byte(register), "Born", "17.05.1999")
	f.Add(mappings(f)["smallest"], "No", "1")
	f.Add([]byte(strings.Replace(register, `"use"`, `"gaps": "Why", "guarded": true, "use"`, 1)), "Sex", "Sex=declined;Born=unsafe-to-ask")
	schema := spectest.Compiled(f, "intake-mapping")
	f.Fuzz(func(t *testing.T, raw []byte, column, cell string) {
		m, err := intake.ParseMapping(raw)
		if err != nil {
			if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
				t.Fatalf("refused as %v", err)
			}
			return
		}
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := spectest.Fits(schema, b); err != nil {
			t.Fatalf("what was read does not fit the schema: %v\n%s", err, b)
		}
		heads := []string{column, m.Gaps}
		for _, c := range m.Columns {
			heads = append(heads, c.Column)
		}
		cells := slices.Repeat([]string{cell}, len(heads))
		for _, table := range [][]string{heads, heads[1:]} {
			if err := intake.TryRow(m, table, cells[:len(table)]); err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
				t.Fatalf("a row is refused as %v", err)
			}
		}
	})
}
