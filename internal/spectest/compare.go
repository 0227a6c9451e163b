// Package spectest holds spec/ against the program: what a second country has of a format are its page, its schema and its
// vectors, and with them alone it must take and refuse what we take and refuse.
//
// [Compare] spoils good texts in every place and in every way that it knows, and compares the published schema with the
// reader. Where only the program refuses, the test has to name the sentence of the page that says so, because a schema
// cannot. [Vectors] runs the files of a directory of spec/testdata, [Save] writes one.
package spectest

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
)

// Form is a format with a published schema.
type Form struct {
	Schema string             // its name in spec/schema
	Texts  [][]byte           // canonical, which both take
	Read   func([]byte) error // how the program reads it, without judging signatures
	Beyond []Rule             // all that a schema cannot say of it
	// Many makes the item number i of a list, by the path of the list, where a list of texts with other ends is not enough.
	Many map[string]func(i int) any
}

// Rule is one that a schema cannot say.
type Rule struct {
	Page   string // of spec/
	Says   string // word for word
	Broken func(v Value) bool
}

// Compare runs every change of every text through the schema, the rules beyond it, and the reader. The reader must take
// exactly what the schema takes and no rule forbids. A rule that is never needed, or is not on its page, fails too.
func Compare(t *testing.T, f Form) {
	t.Helper()
	s := Compiled(t, f.Schema)
	m := &maker{doc: document(t, f.Schema), many: f.Many, seen: map[string]bool{}, spelled: map[string]bool{}, values: map[string][]any{}}
	whole := make([]any, len(f.Texts))
	for i, b := range f.Texts {
		if err := frame.Check(b); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if err := Fits(s, b); err != nil {
			t.Fatalf("the schema refuses %s: %v", b, err)
		}
		if err := f.Read(b); err != nil {
			t.Fatalf("the program refuses %s: %v", b, err)
		}
		whole[i] = parsed(t, b)
		m.collect("", whole[i])
	}
	for _, v := range whole {
		m.spoil(v)
	}
	told, used, refused := map[string]bool{}, make([]bool, len(f.Beyond)), 0
	for _, c := range m.changes {
		schema, program := Fits(s, c.text), f.Read(c.text)
		if program != nil {
			refused++
		}
		broken := brokenBy(f.Beyond, c.text)
		wrong := ""
		switch {
		case program != nil && fault.KindOf(program) == fault.Internal:
			wrong = "the program fails"
		case program == nil && schema != nil:
			wrong = "only the schema refuses"
		case program == nil && len(broken) > 0:
			wrong = "only a rule refuses"
		case program != nil && schema == nil && len(broken) == 0:
			wrong = "only the program refuses"
		case program != nil && schema == nil && len(broken) == 1:
			used[broken[0]] = true
		}
		if key := wrong + ": " + c.path + " " + c.name; wrong != "" && !told[key] {
			told[key] = true // one of each is enough to look at
			t.Errorf("%s: %v: %v: %.2000s", key, schema, program, c.text)
		}
	}
	if refused < 20 {
		t.Errorf("%d changes were refused", refused)
	}
	checkRules(t, f, used)
}

// brokenBy returns the rules that forbid a text.
func brokenBy(rules []Rule, text []byte) []int {
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return nil
	}
	var all []int
	for i, r := range rules {
		if r.Broken(Value{v}) {
			all = append(all, i)
		}
	}
	return all
}

func checkRules(t *testing.T, f Form, used []bool) {
	t.Helper()
	for i, r := range f.Beyond {
		page, err := os.ReadFile("../../spec/" + r.Page)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(plain(string(page)), plain(r.Says)) {
			t.Errorf("%s does not say %q", r.Page, r.Says)
		}
		if !used[i] {
			t.Errorf("%s: nothing needs the rule %q", f.Schema, r.Says)
		}
	}
}

// plain is a text without its line ends and marks.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("`", "", "*", "").Replace(s)), " ")
}

// Compiled returns a published schema.
func Compiled(t testing.TB, name string) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile("../../spec/schema/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Fits reports whether a schema takes a text.
//
// It fails as the schema says, and if b is no JSON.
func Fits(s *jsonschema.Schema, b []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

func document(t testing.TB, name string) map[string]any {
	t.Helper()
	b, err := os.ReadFile("../../spec/schema/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	d, ok := parsed(t, b).(map[string]any)
	if !ok {
		t.Fatalf("%s is no object", name)
	}
	return d
}

func parsed(t testing.TB, b []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// written is the canonical form of v; what has none is written as it is.
func written(v any) []byte {
	var loose bytes.Buffer
	e := json.NewEncoder(&loose)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("spectest: " + err.Error())
	}
	if b, err := frame.Canonical(loose.Bytes()); err == nil {
		return b
	}
	return bytes.TrimSpace(loose.Bytes())
}
