package screening_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/screening"
	"github.com/opentrm/opentrm/internal/spectest"
)

func shipped(t testing.TB) screening.Data {
	t.Helper()
	d, err := screening.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestStrengthsAreThoseOfTheTable holds the data against the table that they were taken from, one letter for each
// indicator of a dimension in its order, a dash for what a set does not have.
func TestStrengthsAreThoseOfTheTable(t *testing.T) {
	want := map[string][6]string{
		"adult-labour": {"SMMMMMMMMW", "SMMMMMMMMM", "MMMMMMMMMMMMMMWW", "SMMMMMMMW", "SSSSMMMMMMMMMMW", "MMMMMWW"},
		"child-labour": {"SMMMMMMMMS", "SSSSMMMMMM", "MMMMMMM-MMMMMMMM", "SMMMMMM-M", "SSSSSSSSMMMMMMM", "MMMMMMM"},
		"adult-sexual": {"", "", "", "", "", ""}, // not loaded: strengths are not derived from another set
		"child-sexual": {"", "", "", "", "", ""},
	}
	d := shipped(t)
	if len(d.Sets) != len(want) || len(d.Dimensions) != 6 {
		t.Fatalf("%d sets, %d dimensions", len(d.Sets), len(d.Dimensions))
	}
	for form, dimensions := range want {
		var all []string
		for n, letters := range dimensions {
			for i, l := range letters {
				if l != '-' {
					all = append(all, fmt.Sprintf("%s %d.%d %c", d.Dimensions[n].Key, n+1, i+1, l))
				}
			}
		}
		var got []string
		for _, i := range d.In(form) {
			got = append(got, i.Dimension+" "+i.ID+" "+strings.ToUpper(string(i.Strength[:1])))
		}
		if diff := cmp.Diff(all, got); diff != "" {
			t.Errorf("%s (-table +data):\n%s", form, diff)
		}
	}
}

// TestEveryItemSaysWhereItComesFrom is the linter of the data: origins, and words in both catalogues under a key of the
// item's own.
func TestEveryItemSaysWhereItComesFrom(t *testing.T) {
	d := shipped(t)
	words := map[string]map[string]string{}
	for _, tag := range []string{"en", "mk"} {
		raw, err := os.ReadFile(filepath.Join("..", "lang", "text", tag, "screening.json"))
		if err != nil {
			t.Fatal(err)
		}
		var in map[string]string
		if err := json.Unmarshal(raw, &in); err != nil {
			t.Fatal(err)
		}
		words[tag] = in
	}
	used := map[string]bool{}
	item := func(text, want, origin string) {
		t.Helper()
		used[origin] = true
		if o := d.Of(origin); o.Source == "" || o.Citation == "" || o.Status == "" {
			t.Errorf("%s has the origin %+v", want, o)
		}
		for tag, in := range words {
			if text != want || in[text] == "" {
				t.Errorf("%s: %s says %q, which has the words %q", tag, want, text, in[text])
			}
		}
	}
	for _, x := range d.Sets {
		item(x.Text, "screening.form."+x.Form, x.Origin)
	}
	for _, x := range d.Indicators {
		item(x.Text, "screening.indicator."+x.ID, x.Origin)
		if d.Of(x.Origin).Status == screening.Verified {
			t.Errorf("%s %s is shipped as verified, but nobody has compared it with the text of its source", x.Form, x.ID)
		}
	}
	for _, x := range d.DimensionRules {
		item(x.Text, "screening.rule."+x.Key, x.Origin)
	}
	for _, x := range d.WholeRules {
		item(x.Text, "screening.rule."+x.Key, x.Origin)
	}
	for _, x := range d.Observations {
		item(x.Text, "screening.observation."+x.ID, x.Origin)
	}
	for name := range d.Origins {
		if !used[name] {
			t.Errorf("nothing comes from %s", name)
		}
	}
	for tag, in := range words {
		for _, x := range d.Dimensions {
			if in[x.Text] == "" || x.Text != "screening.dimension."+x.Key {
				t.Errorf("%s has no words for %s", tag, x.Key)
			}
		}
		for _, s := range screening.Suggestions() {
			if in["screening.suggestion."+string(s)] == "" {
				t.Errorf("%s has no words for the suggestion %s", tag, s)
			}
		}
	}
}

// TestNoOutcomeSaysWhoIsNoVictim holds all that can come out against a closed list.
func TestNoOutcomeSaysWhoIsNoVictim(t *testing.T) {
	if diff := cmp.Diff([]screening.Suggestion{"none", "look-closer", "indicated"}, screening.Suggestions()); diff != "" {
		t.Error(diff)
	}
	for _, tag := range []string{"en", "mk"} {
		raw, err := os.ReadFile(filepath.Join("..", "lang", "text", tag, "screening.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"not a victim", "no victim", "non-victim", "жртва"} {
			if bytes.Contains(bytes.ToLower(raw), []byte(word)) {
				t.Errorf("%s says %q", tag, word)
			}
		}
	}
}

// TestDataFollowSchema holds the shipped file and broken copies of it against the published schema and the reader.
func TestDataFollowSchema(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("data", "screening.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := spectest.Compiled(t, "screening-data")
	if err := spectest.Fits(s, raw); err != nil {
		t.Error(err)
	}
	for _, c := range []struct{ name, old, new string }{
		{"unknown schema", `screening-data/1`, `screening-data/2`},
		{"version nought", `"version": 1`, `"version": 0`},
		{"unknown field", `"version": 1`, `"version": 1, "author": "x"`},
		{"unknown status", `"status": "secondary"`, `"status": "official"`},
		{"no source", `"source": "proposal of the project"`, `"source": ""`},
		{"no citation", `"citation": "domain 5.1", `, ``},
		{"unknown strength", `"strength": "strong"`, `"strength": "certain"`},
		{"an observation with a strength", `"group": "general"`, `"group": "general", "strength": "weak"`},
		{"an outcome that denies", `"suggestion": "look-closer"`, `"suggestion": "not-a-victim"`},
		{"a rule that nothing meets", `"suggestion": "look-closer"`, `"suggestion": "none"`},
		{"a rule without needs", `"needs": ["strong", "strong"]`, `"needs": []`},
		{"a set for nobody", `"age": "child"`, `"age": "unknown"`},
	} {
		bad := strings.Replace(string(raw), c.old, c.new, 1)
		if bad == string(raw) {
			t.Fatalf("%s: the file has no %s", c.name, c.old)
		}
		if spectest.Fits(s, []byte(bad)) == nil {
			t.Errorf("%s: the schema takes it", c.name)
		}
		if _, err := screening.ParseData([]byte(bad)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: the reader says %v", c.name, err)
		}
	}
	for _, c := range []struct{ name, old, new string }{ // what a schema cannot say
		{"an indicator twice", `"id": "1.2"`, `"id": "1.1"`},
		{"an origin that is not there", `"origin": "project"`, `"origin": "nobody"`},
		{"a dimension that is not there", `"needs": [["exploitation"]]`, `"needs": [["luck"]]`},
		{"needs out of order", `["strong", "weak"]`, `["weak", "strong"]`},
		{"something after it", "\t]\n}\n", "\t]\n}\n{}"},
	} {
		bad := strings.Replace(string(raw), c.old, c.new, 1)
		if bad == string(raw) {
			t.Fatalf("%s: the file has no %s", c.name, c.old)
		}
		if _, err := screening.ParseData([]byte(bad)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: the reader says %v", c.name, err)
		}
	}
}
