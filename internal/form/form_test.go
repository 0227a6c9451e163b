package form_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/spectest"
)

var update = flag.Bool("update", false, "add new versions to testdata/versions, write the vectors")

func loaded(t testing.TB) (form.Set, *lang.Catalogue) {
	t.Helper()
	s, err := form.Load()
	if err != nil {
		t.Fatal(err)
	}
	c, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

func read(t testing.TB, path ...string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// national returns the additions of the tests.
func national(t testing.TB) form.Additions {
	t.Helper()
	a, err := form.ParseAdditions(read(t, "testdata", "MK.json"))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestShippedForms holds what ships against the linter: words in every language, reasons, readers, retention, conditions.
func TestShippedForms(t *testing.T) {
	s, c := loaded(t)
	found, err := s.Lint(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Errorf("%+v", f)
	}
	var ids []string
	for _, f := range s.Newest() {
		ids = append(ids, f.ID)
	}
	if d := cmp.Diff([]string{"F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8"}, ids); d != "" {
		t.Error(d)
	}
	for _, k := range form.Kinds() {
		if !c.Has("form.kind." + string(k)) {
			t.Errorf("kind %s has no words", k)
		}
	}
	law, err := profile.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, class := range form.Classes() {
		if _, err := law.Keeps("MK", class); err != nil {
			t.Errorf("nobody says how long class %s is kept: %v", class, err)
		}
		if !c.Has("form.keep." + class) {
			t.Errorf("retention class %s has no words", class)
		}
	}
}

// TestUrgentFormsRequireEight counts what must be answered on the way of an urgent referral, independently of the linter.
func TestUrgentFormsRequireEight(t *testing.T) {
	s, _ := loaded(t)
	required := 0
	for _, f := range s.Newest() {
		if f.Urgent != slices.Contains([]string{"F1", "F5"}, f.ID) {
			t.Errorf("%s: urgent is %v", f.ID, f.Urgent)
		}
		for _, part := range f.Sections {
			for _, q := range part.Questions {
				if f.Urgent && q.Required {
					required++
				}
				if q.Trauma && q.Required {
					t.Errorf("%s %s touches trauma and is required", f.ID, q.ID)
				}
			}
		}
	}
	if required > 8 {
		t.Errorf("%d answers are required, want at most 8", required)
	}
}

// TestVersionsNeverChange holds every shipped version against the digest with which it was shipped. A changed form is a new
// file with the next version; -update adds its line and touches no other.
func TestVersionsNeverChange(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("data", "F*.json"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for line := range strings.Lines(string(read(t, "testdata", "versions"))) {
		name, sum, _ := strings.Cut(strings.TrimSpace(line), " ")
		known[name] = sum
	}
	var added bytes.Buffer
	for _, path := range files {
		raw := read(t, path)
		f, err := form.Parse(raw)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		name := filepath.Base(path)
		if want := fmt.Sprintf("%s-%d.json", f.ID, f.Version); name != want {
			t.Errorf("%s should be called %s", name, want)
		}
		canonical, err := frame.Canonical(raw)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(canonical)
		switch is, ok := known[name], known[name] != ""; {
		case !ok && *update:
			fmt.Fprintf(&added, "%s %x\n", name, sum)
		case is != hex.EncodeToString(sum[:]):
			t.Errorf("%s is not what was shipped: give the change the next version", name)
		}
		delete(known, name)
	}
	for name := range known {
		t.Errorf("%s was shipped and is gone", name)
	}
	if added.Len() > 0 {
		path := filepath.Join("testdata", "versions")
		if err := os.WriteFile(path, append(read(t, path), added.Bytes()...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func canonical(t *testing.T, raw []byte) []byte {
	t.Helper()
	b, err := frame.Canonical(raw)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSchema compares the schemas that spec/form.md publishes with what is read here, and the shipped files with them.
func TestSchema(t *testing.T) {
	schema := spectest.Compiled(t, "form")
	files, err := filepath.Glob(filepath.Join("data", "F*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, path := range files {
		if err := spectest.Fits(schema, read(t, path)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	question := `{"category":"journey","htcds":"hte_Date","keep":"case-file","kind":"choice","list":"place","question":"q","required":true,"sees":["person"],"trauma":true,"when":{"is":["x"],"question":"p"},"why":"form.why.q","words":"form.f1.q"}`
	list := `{"choices":[{"code":"x","words":"form.option.place.x"}],"list":"place"}`
	spectest.Compare(t, spectest.Form{
		Schema: "form",
		Texts: [][]byte{canonical(t, []byte(`{"schema":"opentrm/form/1","form":"F1","version":1,"title":"form.f1.title","urgent":true,
			"origin":{"source":"s","citation":"c","status":"verified"},"lists":[`+list+`],
			"sections":[{"section":"s","title":"form.f1.section.s","questions":[`+question+`]}]}`))},
		Read: func(b []byte) error { _, err := form.Parse(b); return err },
	})
	spectest.Compare(t, spectest.Form{
		Schema: "form-additions",
		Texts: [][]byte{canonical(t, []byte(`{"schema":"opentrm/form-additions/1","member":"MK","version":1,"origin":{"source":"s","status":"unverified"},
			"forms":[{"form":"F1","version":1,"lists":[`+list+`],"sections":[{"section":"s","questions":[`+question+`]}]}],
			"words":{"en":{"mk.q":"What"}}}`))},
		Read: func(b []byte) error { _, err := form.ParseAdditions(b); return err },
	})
}

// withQuestion returns the national additions after a change of their first question.
func withQuestion(t *testing.T, change func(q *form.Question)) form.Additions {
	t.Helper()
	a := national(t)
	change(&a.Forms[0].Sections[0].Questions[0])
	return a
}

// spoilt returns good additions that were spoilt in one place, by the rule that must find it and a number.
func spoilt(t *testing.T) map[string]form.Additions {
	return map[string]form.Additions{
		"reason 1":   withQuestion(t, func(q *form.Question) { q.Why = "" }),
		"keep 1":     withQuestion(t, func(q *form.Question) { q.Keep = "" }),
		"keep 2":     withQuestion(t, func(q *form.Question) { q.Keep = "ever" }),
		"nobody 1":   withQuestion(t, func(q *form.Question) { q.Sees = []access.Role{} }),
		"role 1":     withQuestion(t, func(q *form.Question) { q.Sees = []access.Role{"boss"} }),
		"content 1":  withQuestion(t, func(q *form.Question) { q.Sees = []access.Role{access.Secretariat} }),
		"content 2":  withQuestion(t, func(q *form.Question) { q.Sees = []access.Role{access.Administrator} }),
		"words 1":    withQuestion(t, func(q *form.Question) { q.Words = "mk.nothing" }),
		"words 2":    withQuestion(t, func(q *form.Question) { q.Why = "form.why.nothing" }),
		"twice 1":    withQuestion(t, func(q *form.Question) { q.ID = "mk.office" }),
		"twice 2":    withQuestion(t, func(q *form.Question) { q.Sees = []access.Role{access.CaseManager, access.CaseManager} }),
		"prefix 1":   withQuestion(t, func(q *form.Question) { q.ID = "region" }),
		"prefix 2":   withQuestion(t, func(q *form.Question) { q.ID = "rs.region" }),
		"trauma 1":   withQuestion(t, func(q *form.Question) { q.Trauma, q.Required = true, true }),
		"required 1": withQuestion(t, func(q *form.Question) { q.Required = true }),
		"list 1":     withQuestion(t, func(q *form.Question) { q.List = "" }),
		"list 2":     withQuestion(t, func(q *form.Question) { q.List = "mk.none" }),
		"list 3":     withQuestion(t, func(q *form.Question) { q.Kind = form.Text }),
		"category 1": withQuestion(t, func(q *form.Question) { q.Category = "gossip" }),
		"htcds 1":    withQuestion(t, func(q *form.Question) { q.HTCDS = "vic_Vulnerabilities" }),
		"when 1":     withQuestion(t, func(q *form.Question) { q.When = &form.Condition{Question: "mk.office", Is: []string{"unknown"}} }),
		"when 2":     withQuestion(t, func(q *form.Question) { q.When = &form.Condition{Question: "mk.none", Is: []string{"yes"}} }),
		"when 3":     withQuestion(t, func(q *form.Question) { q.When = &form.Condition{Question: "found-where", Is: []string{"moon"}} }),
		"when 4":     withQuestion(t, func(q *form.Question) { q.When = &form.Condition{Question: "asylum", Is: []string{"yes"}} }),
		"base 1":     func() form.Additions { a := national(t); a.Forms[0].Sections[0].Section = "none"; return a }(),
		"base 2":     func() form.Additions { a := national(t); a.Forms[0].Version = 99; return a }(),
		"base 3":     func() form.Additions { a := national(t); a.Forms[0].Form = "F9"; return a }(),
		"prefix 3":   func() form.Additions { a := national(t); a.Forms[0].Lists[0].ID = "region"; return a }(),
		"prefix 4":   func() form.Additions { a := national(t); a.Words["en"]["form.f1.age"] = "Another question"; return a }(),
		"prefix 5":   func() form.Additions { a := national(t); a.Member = "RS"; return a }(),
		"words 3":    func() form.Additions { a := national(t); delete(a.Words, "mk"); return a }(),
		"words 4":    func() form.Additions { a := national(t); delete(a.Words["en"], "mk.region.polog"); return a }(),
		"twice 3":    func() form.Additions { a := national(t); a.Forms = append(a.Forms, a.Forms[0]); return a }(),
		"twice 4": func() form.Additions {
			a := national(t)
			a.Forms[0].Lists[0].Choices = append(a.Forms[0].Lists[0].Choices, a.Forms[0].Lists[0].Choices[0])
			return a
		}(),
		"choice 1": func() form.Additions {
			a := national(t)
			a.Forms[0].Lists[0].Choices[0].Code = "declined"
			return a
		}(),
	}
}

// TestLint spoils good additions in one place at a time. Of a whole form the same linter looks at the same questions.
func TestLint(t *testing.T) {
	s, c := loaded(t)
	if found, err := s.LintAdditions(c, national(t)); err != nil || len(found) > 0 {
		t.Fatalf("%v %v", found, err)
	}
	for name, a := range spoilt(t) {
		rule, _, _ := strings.Cut(name, " ")
		found, err := s.LintAdditions(c, a)
		if err != nil || !slices.ContainsFunc(found, func(f form.Finding) bool { return f.Rule == rule }) {
			t.Errorf("%s: %v %v", name, found, err)
		}
		for _, f := range found {
			if !c.Has("form.lint." + f.Rule) {
				t.Errorf("rule %s has no words", f.Rule)
			}
		}
		if _, err := s.Add(c, a); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: added all the same: %v", name, err)
		}
	}
}

// rules returns the rules of findings, each once, in order.
func rules(found []form.Finding) string {
	var all []string
	for _, f := range found {
		all = append(all, f.Rule)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}

// TestVectors runs spec/testdata/form; -update writes it.
func TestVectors(t *testing.T) {
	s, c := loaded(t)
	dir := "../../spec/testdata/form"
	if *update {
		save := func(name, what string, a form.Additions) {
			raw, err := frame.Encode(a)
			if err != nil {
				t.Fatal(err)
			}
			found, err := s.LintAdditions(c, a)
			if err != nil {
				t.Fatal(err)
			}
			_, failure := s.Add(c, a)
			spectest.Save(t, dir, name, what, failure, spectest.Vector{"additions": string(raw), "rules": rules(found)})
		}
		save("good", "two questions of a member", national(t))
		for name, a := range spoilt(t) {
			rule, number, _ := strings.Cut(name, " ")
			save(rule+"-"+number, "the linter finds "+rule, a)
		}
		spectest.Save(t, dir, "field", "no version", fault.New(fault.Invalid, "form.field"), spectest.Vector{
			"additions": `{"forms":[],"member":"MK","origin":{"source":"s","status":"unverified"},"schema":"opentrm/form-additions/1","version":0,"words":{}}`,
		})
		spectest.Save(t, dir, "file", "no text of the form", fault.New(fault.Invalid, "form.file"), spectest.Vector{"additions": `{"schema":"opentrm/form-additions/1","zz":1}`})
	}
	spectest.Vectors(t, dir, func(t *testing.T, v spectest.Vector) error {
		a, err := form.ParseAdditions([]byte(v["additions"]))
		if err != nil {
			return err
		}
		if again, err := frame.Encode(a); err != nil || string(again) != v["additions"] {
			t.Errorf("written again: %v %s", err, again)
		}
		found, err := s.LintAdditions(c, a)
		if err != nil || rules(found) != v["rules"] {
			t.Errorf("found %q, want %q (%v)", rules(found), v["rules"], err)
		}
		_, err = s.Add(c, a)
		return err
	})
}

// TestAdditionsChangeNothing adds the questions of a member and looks at those of the network.
func TestAdditionsChangeNothing(t *testing.T) {
	s, c := loaded(t)
	before, err := s.Form("F1", 1, form.Edition{})
	if err != nil {
		t.Fatal(err)
	}
	more, err := s.Add(c, national(t))
	if err != nil {
		t.Fatal(err)
	}
	base, err := more.Form("F1", 1, form.Edition{})
	if err != nil || cmp.Diff(before, base) != "" {
		t.Errorf("the form itself changed: %v", err)
	}
	whole, err := more.Form("F1", 1, form.Edition{Member: "MK", Version: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range whole.Sections {
		own := before.Sections[i].Questions
		if d := cmp.Diff(own, part.Questions[:len(own)]); d != "" {
			t.Error(d)
		}
		if added := len(part.Questions) - len(own); added != map[string]int{"finding": 2}[part.ID] {
			t.Errorf("%s has %d more", part.ID, added)
		}
	}
	if _, err := more.Add(c, national(t)); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same version twice: %v", err)
	}
	for _, e := range []form.Edition{{Member: "MK", Version: 2}, {Member: "RS", Version: 1}} {
		if _, err := more.Form("F1", 1, e); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", e, err)
		}
	}
	if _, err := more.Form("F2", 1, form.Edition{Member: "MK", Version: 1}); !fault.Is(err, fault.Invalid) {
		t.Errorf("it adds nothing to F2: %v", err)
	}
}

// FuzzParseAdditions holds that whatever is taken can be linted, put together and drawn.
func FuzzParseAdditions(f *testing.F) {
	s, c := loaded(f)
	f.Add(read(f, "testdata", "MK.json"))
	f.Add([]byte(`{"schema":"opentrm/form-additions/1"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := form.ParseAdditions(raw)
		if err != nil {
			if fault.Is(err, fault.Internal) {
				t.Fatal(err)
			}
			return
		}
		more, err := s.Add(c, a)
		if err != nil {
			return
		}
		for _, added := range a.Forms {
			sheet, err := more.Sheet(c, lang.English, added.Form, added.Version, form.Edition{Member: a.Member, Version: a.Version})
			if err == nil {
				err = sheet.HTML(&bytes.Buffer{})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
