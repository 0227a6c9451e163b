package arch

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// importers returns the packages whose code, tests apart, imports a package.
func importers(m *tree, of string) []string {
	var all []string
	for name, p := range m.pkgs {
		for _, s := range p.files {
			if !s.test && slices.Contains(s.imports(), m.module+"/internal/"+of) {
				all = append(all, name)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestScreeningIsAskedByNothing: what answers suggest is shown to people and read by no rule. Whoever refers, permits,
// serves, counts, notifies or works unattended cannot know of it: only the faces that show it and the wiring (of a node, of its pages and of its interface) import it.
func TestScreeningIsAskedByNothing(t *testing.T) {
	m, l := read(t)
	if got, want := importers(m, "screening"), []string{"api", "apicase", "askcase", "node", "web", "webcase"}; !slices.Equal(got, want) {
		t.Errorf("screening is imported by %v, want %v: nothing may act on a suggestion", got, want)
	}
	for _, name := range strings.Fields("access person consent casefile referral exchange stats task notify profile message publication backup") {
		if !l.floors.has(name) {
			t.Errorf("%s has no floor", name)
		}
		if l.floors.below[name]["screening"] {
			t.Errorf("the floors let %s import screening", name)
		}
	}
	// The service is asked in one place: where the interface answers a person.
	asked := map[string]bool{}
	for _, name := range []string{"api", "apicase", "node"} {
		for _, s := range m.pkgs[name].files {
			ast.Inspect(s.file, func(n ast.Node) bool {
				if call, ok := n.(*ast.SelectorExpr); ok && !s.test {
					if of, ok := call.X.(*ast.SelectorExpr); ok && of.Sel.Name == "Screenings" {
						asked[s.path] = true
					}
				}
				return true
			})
		}
	}
	if len(asked) != 1 || !asked["internal/apicase/screening.go"] {
		t.Errorf("screenings are asked for in %v", asked)
	}
}
