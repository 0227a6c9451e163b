package access_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
)

var update = flag.Bool("update", false, "write docs/access.md anew")

// allowed is the matrix as action -> relation -> roles that may.
type allowed map[access.Action]map[string][]access.Role

func matrix() (allowed, []access.Line) {
	lines := access.Matrix()
	m := allowed{}
	for _, l := range lines {
		if m[l.Action] == nil {
			m[l.Action] = map[string][]access.Role{}
		}
		if l.Decision.Allow {
			m[l.Action][l.Relation] = append(m[l.Action][l.Relation], l.Role)
		}
	}
	return m, lines
}

// TestEveryActionHasARow: an action that nobody may take, a role that may do nothing, and a policy that never
// answers are mistakes.
func TestEveryActionHasARow(t *testing.T) {
	m, lines := matrix()
	if len(lines) != len(access.Actions())*len(access.Roles())*len(access.Relations()) {
		t.Fatalf("the matrix has %d lines", len(lines))
	}
	idle := map[access.Role]bool{}
	for _, r := range access.Roles() {
		idle[r] = true
	}
	heard := map[string]bool{}
	for _, l := range lines {
		idle[l.Role] = idle[l.Role] && !l.Decision.Allow
		for _, r := range l.Decision.Reasons {
			heard[r.Policy] = true
			if r.Policy == "access.question" {
				t.Fatalf("%s by %s: %s", l.Action, l.Role, r.Why)
			}
		}
	}
	for _, a := range access.Actions() {
		if len(m[a]) == 0 {
			t.Errorf("no policy permits %s to anybody", a)
		}
	}
	for r, is := range idle {
		if is {
			t.Errorf("%s may do nothing", r)
		}
	}
	// These forbid what the matrix does not show, because its actors are signed in properly and its records state
	// their realm; conversations show them.
	for _, name := range []string{"everywhere.role-in-its-realm", "wall.realm-must-be-known", "case.no-glass-for-prosecution", "case.no-glass-for-legal-hold"} {
		heard[name] = true
	}
	for name := range policies(t) {
		if !heard[name] {
			t.Errorf("policy %s never answers", name)
		}
	}
}

// policies returns the identifiers and reasons in the policy files, read as text.
func policies(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("policy", "*.cedar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no policies: %v", err)
	}
	all := map[string]string{}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		noun := strings.TrimSuffix(filepath.Base(name), ".cedar")
		var last string
		for line := range strings.Lines(string(raw)) {
			if id, ok := strings.CutPrefix(strings.TrimSpace(line), `@id("`); ok {
				last = strings.TrimSuffix(id, `")`)
				if !strings.HasPrefix(last, noun+".") || all[last] != "" {
					t.Errorf("%s: policy %q is not named after its file, or stands twice", name, last)
				}
			}
			if why, ok := strings.CutPrefix(strings.TrimSpace(line), `@why("`); ok {
				all[last] = strings.TrimSuffix(why, `")`)
				if len(all[last]) < 20 || !strings.HasSuffix(all[last], ".") {
					t.Errorf("%s: the reason of %q is no sentence", name, last)
				}
			}
		}
	}
	return all
}

// TestPoliciesNameWhatExists: a misspelt action or group would make a policy silent, and a silent prohibition
// is an open door.
func TestPoliciesNameWhatExists(t *testing.T) {
	known := map[string]bool{}
	for _, sort := range []string{"making", "listing", "seeing", "changing", "opening", "case-content", "behind-wall"} {
		known[`Action::"`+sort+`"`] = true
	}
	for _, a := range access.Actions() {
		known[`Action::"`+string(a)+`"`] = true
	}
	for _, r := range access.Roles() {
		known[`Role::"`+string(r)+`"`] = true
	}
	for g := range groups(t) {
		known[`Group::"`+g+`"`] = true
	}
	readme, err := os.ReadFile(filepath.Join("policy", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join("policy", "*.cedar"))
	used := map[string]bool{}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		for _, kind := range []string{`Action::"`, `Role::"`, `Group::"`} {
			for _, rest := range strings.Split(text, kind)[1:] {
				end := strings.Index(rest, `"`)
				if word := kind + rest[:end+1]; !known[word] {
					t.Errorf("%s names %s, which does not exist", name, word)
				}
			}
		}
		for _, rest := range strings.Split(text, "context.")[1:] {
			word := rest[:len(rest)-len(strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyz_"))]
			used[word] = true
			if !strings.Contains(string(readme), "| `"+word+"` |") {
				t.Errorf("%s asks for %q, which policy/README.md does not explain", name, word)
			}
		}
	}
	for _, f := range access.Flags() {
		if !used[strings.ReplaceAll(string(f), "-", "_")] {
			t.Errorf("no policy asks for the flag %s", f)
		}
	}
}

func groups(t *testing.T) map[string][]access.Role {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("policy", "groups.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]struct{ Roles []access.Role }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	all := map[string][]access.Role{}
	for name, g := range file {
		all[name] = g.Roles
	}
	return all
}

// TestMatrix holds docs/access.md against the policies. -update writes it.
func TestMatrix(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "access.md")
	want := document(t)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), want); diff != "" {
		t.Errorf("docs/access.md is not what the policies say; look at the difference, then run this test with -update:\n%s", diff)
	}
}

// columns are the relations with a column of their own; the others are listed in the last one where they differ
// from the relation they build on.
var columns = []string{"own record", "own desk", "released", "same realm", "other realm", "other realm, released"}

func basis(special string) string {
	switch special {
	case "own record, urgent":
		return "own record"
	case "emergency duty", "break-glass in force", "recovery officer", "own member", "of the secretariat", "of an organisation", "of an observer":
		return "same realm"
	}
	return "own desk"
}

func document(t *testing.T) string {
	m, _ := matrix()
	g := groups(t)
	var b strings.Builder
	b.WriteString(`# Who may do what

This page is made from the policies in ` + "`internal/access/policy`" + ` by asking them: every action, for every role, in every relation to the
record. ` + "`go test ./internal/access -update`" + ` writes it; the test fails when it no longer says what the policies say. Whoever does not
stand in a cell is refused. Where a noun says *hidden*, a refused actor who may not ` + "`know`" + ` the record is told that it does not exist.

Which side of a referral may take a step, and from which state, is the rule of the referral (docs/states.md) and comes on top of this.

## The columns

| column | the record is |
|---|---|
| anywhere | in the same realm and in the other, whoever holds it |
`)
	for _, r := range access.Relations() {
		fmt.Fprintf(&b, "| %s | %s |\n", r.Name, r.Says)
	}
	b.WriteString("\nThe last column of each table says what special circumstances add (+) or take away (−).\n\n## The groups\n\n| group | roles |\n|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(g)) {
		fmt.Fprintf(&b, "| %s | %s |\n", name, words(g[name], nil))
	}
	noun := ""
	for _, a := range access.Actions() {
		if a.Noun() != noun {
			noun = a.Noun()
			hidden := ""
			if slices.Contains(access.Actions(), access.Action(noun+".know")) {
				hidden = " (hidden)"
			}
			fmt.Fprintf(&b, "\n## %s%s\n\n| action | anywhere | %s | special |\n|---|---|%s---|\n", noun, hidden, strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
		}
		anywhere := both(m[a]["same realm"], m[a]["other realm"])
		fmt.Fprintf(&b, "| %s | %s |", a.Verb(), words(anywhere, g))
		for _, c := range columns {
			rest := without(m[a][c], anywhere)
			if c == "own record" {
				rest = without(rest, m[a]["own desk"])
			}
			fmt.Fprintf(&b, " %s |", words(rest, g))
		}
		var special []string
		for _, r := range access.Relations() {
			if slices.Contains(columns, r.Name) {
				continue
			}
			base := m[a][basis(r.Name)]
			if more := without(m[a][r.Name], base); len(more) > 0 {
				special = append(special, r.Name+": +"+words(more, g))
			}
			if less := without(base, m[a][r.Name]); len(less) > 0 {
				special = append(special, r.Name+": −"+words(less, g))
			}
		}
		fmt.Fprintf(&b, " %s |\n", strings.Join(special, "; "))
	}
	b.WriteString("\n## The reasons\n\n| policy | why |\n|---|---|\n")
	all := policies(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", name, all[name])
	}
	return b.String()
}

// words writes a set of roles, with the names of whole groups in place of their roles.
func words(roles []access.Role, g map[string][]access.Role) string {
	var out []string
	left := slices.Clone(roles)
	if len(left) == len(access.Roles()) {
		return "everybody"
	}
	names := slices.SortedFunc(maps.Keys(g), func(a, b string) int {
		if d := len(g[b]) - len(g[a]); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		if len(both(left, g[name])) == len(g[name]) {
			out = append(out, "*"+name+"*")
			left = without(left, g[name])
		}
	}
	for _, r := range left {
		out = append(out, string(r))
	}
	return strings.Join(out, ", ")
}

func both(a, b []access.Role) []access.Role {
	return slices.DeleteFunc(slices.Clone(a), func(r access.Role) bool { return !slices.Contains(b, r) })
}

func without(a, b []access.Role) []access.Role {
	return slices.DeleteFunc(slices.Clone(a), func(r access.Role) bool { return slices.Contains(b, r) })
}

// TestEveryRoleSpeaks: a role without a conversation is one that nobody has thought through.
func TestEveryRoleSpeaks(t *testing.T) {
	speaks := map[access.Role]bool{}
	for _, who := range cast {
		speaks[who.Role] = true
	}
	for _, r := range access.Roles() {
		if !speaks[r] {
			t.Errorf("nobody speaks as %s", r)
		}
	}
}
