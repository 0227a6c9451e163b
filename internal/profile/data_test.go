package profile_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
)

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "spec", "schema", "profile.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("profile.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("profile.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestDataFollowSchema holds the shipped files against the published schema, and reads them.
func TestDataFollowSchema(t *testing.T) {
	s := schema(t)
	files, err := filepath.Glob(filepath.Join("data", "*.json"))
	if err != nil || len(files) != 12 {
		t.Fatalf("%d files, want the network and eleven countries (%v)", len(files), err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		p, err := profile.Parse(raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if p.Code+".json" != filepath.Base(name) {
			t.Errorf("%s is the profile of %q", name, p.Code)
		}
	}
}

// TestSchemaAndParserAgree breaks a good file in one place at a time; both must refuse it.
func TestSchemaAndParserAgree(t *testing.T) {
	s := schema(t)
	raw, err := os.ReadFile(filepath.Join("data", "BG.json"))
	if err != nil {
		t.Fatal(err)
	}
	good := string(raw)
	for _, c := range []struct{ name, old, new string }{
		{"unknown schema", `opentrm/profile/1`, `opentrm/profile/2`},
		{"no status", `"status": "unverified"`, `"citation": "x"`},
		{"unknown status", `"status": "unverified"`, `"status": "certain"`},
		{"no source", `"source": "general knowledge, not checked"`, `"source": ""`},
		{"verified without citation", `"citation": "24 hours, three bodies at once; domain 3.6",`, ``},
		{"confirmed by nobody", `"status": "verified"`, `"status": "confirmed"`},
		{"unverified but confirmed by somebody", `"status": "unverified"`, `"status": "unverified", "confirmed_by": "u"`},
		{"fictitious but not confirmed", `"status": "unverified"`, `"status": "unverified", "fictitious": true`},
		{"unknown unit", `"unit": "hours"`, `"unit": "fortnights"`},
		{"negative length", `"n": 24`, `"n": -24`},
		{"unknown field", `"version": 5,`, `"version": 4, "author": "x",`},
		{"version nought", `"version": 5,`, `"version": 0,`},
		{"rules in a country", `"version": 5,`, `"version": 4, "rules": [{}],`},
		{"wrong code", `"profile": "BG"`, `"profile": "Bulgaria"`},
		{"a description that nobody read", `"status": "unverified"`, `"status": "unverified", "description": true`},
		{"unknown act", `"act": "decide"`, `"act": "guess"`},
		{"a status decided by nobody", `"by": [`, `"by": [], "named": [`},
		{"a status of no decision", `"status": "presumed",`, ``},
		{"signs with a status", `"act": "detect"`, `"act": "detect", "status": "presumed"`},
		{"people of no kind", `"act": "decide"`, `"act": "decide", "people": "foreigners"`},
		{"a period without days", `"latest": "2024-12-31"`, `"latest": "some time"`},
		{"unknown addressee", `"to": "deputy"`, `"to": "press"`},
		{"a holiday on no day", `"day": "03-03"`, `"day": "03-33"`},
		{"a holiday that says twice when it is", `"day": "03-03"`, `"easter": "western", "day": "03-03"`},
		{"a holiday that says never when it is", `"day": "03-03",`, ``},
		{"an Easter of nobody", `"easter": "orthodox"`, `"easter": "eastern"`},
		{"days from Easter without Easter", `"day": "03-03"`, `"offset": 1, "day": "03-03"`},
		{"a substitute of no rule", `"substitute": "after-weekend"`, `"substitute": "sometimes"`},
	} {
		if !strings.Contains(good, c.old) {
			t.Fatalf("%s: the file has no %s", c.name, c.old)
		}
		bad := strings.Replace(good, c.old, c.new, 1)
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if s.Validate(doc) == nil {
			t.Errorf("%s: the schema takes it", c.name)
		}
		if _, err := profile.Parse([]byte(bad)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: the parser says %v", c.name, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	good, err := os.ReadFile(filepath.Join("data", "AL.json"))
	if err != nil {
		t.Fatal(err)
	}
	twice := bytes.Replace(good, []byte(`"network-member"`), []byte(`"eu-member"`), 1)
	for name, c := range map[string]struct {
		raw  []byte
		kind fault.Kind
	}{
		"empty":           {nil, fault.Invalid},
		"key twice":       {twice, fault.Invalid},
		"something after": {append(slices.Clone(good), "{}"...), fault.Invalid},
		"bracket after":   {append(slices.Clone(good), '}'), fault.Invalid},
		"too large":       {bytes.Repeat([]byte(" "), profile.MaxFile+1), fault.TooLarge},
	} {
		if _, err := profile.Parse(c.raw); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v, want %v", name, err, c.kind)
		}
	}
	if _, err := profile.NewSet(nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("a set without a network: %v", err)
	}
}

// TestEveryItemSaysWhereItComesFrom is the linter of the shipped data.
func TestEveryItemSaysWhereItComesFrom(t *testing.T) {
	s := load(t)
	if got, want := s.Members(), []id.Member{"AL", "BA", "BG", "HR", "MD", "ME", "MK", "RO", "RS", "SI", "XK"}; !slices.Equal(got, want) {
		t.Fatalf("members %v, want %v", got, want)
	}
	seen := map[string]bool{}
	for _, item := range s.Items() {
		if item.Origin.Source == "" || item.Origin.Status == "" || item.Digest == "" || seen[item.Key] {
			t.Errorf("%s has no source, no status, or stands twice: %+v", item.Key, item.Origin)
		}
		seen[item.Key] = true
		if item.Origin.Status == profile.Confirmed || item.Origin.Fictitious {
			t.Errorf("%s is shipped as confirmed, but only a national administrator confirms", item.Key)
		}
	}
	for _, want := range []struct {
		key    string
		status profile.Status
	}{
		{"network/clock.reflection", profile.Verified},
		{"BG/clock.reflection", profile.Verified},
		{"BG/clock.child-notification", profile.Verified},
		{"SI/clock.crisis-accommodation", profile.Verified},
		{"SI/clock.safe-housing", profile.Verified},
		{"AL/clock.reflection", profile.Unverified},
		{"XK/clock.reflection", profile.Unverified},
		{"MK/value.eu-member", profile.Unverified},
		{"network/rule.eu-non-eu.authority", profile.Unverified},
		{"network/refusal.eu-non-eu.authority.consent", profile.Verified},
		{"network/clock.acknowledge", profile.Unverified},
	} {
		i := slices.IndexFunc(s.Items(), func(i profile.Item) bool { return i.Key == want.key })
		if i < 0 {
			t.Errorf("there is no %s", want.key)
		} else if got := s.Items()[i].Origin.Status; got != want.status {
			t.Errorf("%s is %s, want %s", want.key, got, want.status)
		}
	}
}

// TestNamesAndZones: each member has languages and a time zone, and Kosovo* is rendered neutrally.
func TestNamesAndZones(t *testing.T) {
	s := load(t)
	for _, m := range s.Members() {
		if zone, err := s.Zone(m); err != nil || zone == nil {
			t.Errorf("%s: %v", m, err)
		}
		if len(s.List(m, "languages")) == 0 {
			t.Errorf("%s has no language", m)
		}
		r, has := s.Rendering(m)
		if has != (m == "XK") {
			t.Errorf("%s: rendering %+v", m, r)
		}
	}
	if r, _ := s.Rendering("XK"); r.Mark != "*" || r.Footnote == "" || r.Border != "dashed" || r.CodeInISO {
		t.Errorf("XK is rendered as %+v", r)
	}
	if _, err := s.Zone("ZZ"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a member without a profile has a zone: %v", err)
	}
	if is, known := s.Flag("BG", "eu-member"); !is || known {
		t.Errorf("BG in the Union: %v, known %v; want the value with its doubt", is, known)
	}
	if is, known := demo(t).Flag("MK", "eu-member"); is || !known {
		t.Errorf("MK in the Union, confirmed: %v, known %v", is, known)
	}
	if s.Text("XK", "statistics.ctdc-country") != "RS" {
		t.Error("the CTDC mapping of XK is missing")
	}
}

// TestEveryTextHasWords: the messages named by the data exist in the catalogue files.
func TestEveryTextHasWords(t *testing.T) {
	words := map[string]json.RawMessage{}
	for _, name := range []string{"profile", "law", "lang"} {
		raw, err := os.ReadFile(filepath.Join("..", "lang", "text", "en", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &words); err != nil {
			t.Fatal(err)
		}
	}
	for _, item := range load(t).Items() {
		if _, ok := words[item.Text]; item.Text != "" && !ok {
			t.Errorf("%s says %q, which has no words", item.Key, item.Text)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"network", "BG", "XK"} {
		raw, err := os.ReadFile(filepath.Join("data", name+".json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := profile.Parse(raw)
		if err != nil {
			if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
				t.Fatalf("refused as %v", err)
			}
			return
		}
		again, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := profile.Parse(again); err != nil {
			t.Fatalf("what was read cannot be written and read again: %v", err)
		}
	})
}
