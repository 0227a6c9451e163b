package arch

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// namedTest is a test, fuzz target or benchmark as a comment or a document names it, with its package or without.
var namedTest = regexp.MustCompile(`(^|[^\w./*])((?:[a-z][a-z0-9]*/)*[a-z][a-z0-9]*\.)?((?:Test|Fuzz|Example|Benchmark)[A-Z]\w*)`)

// notTests are names that only look like one.
const notTests = `
	package.TestName: how docs/threats.md says that a row is written
	TestType: a kind of event of package webhook
`

// checkNamesOfTests finds names of tests in a text that nothing in the module is called by: whoever follows one finds nothing, and what was said to be
// shown is not. A name without its package may be of any.
func checkNamesOfTests(exists map[string]bool, text string) (bad []string) {
	for _, m := range namedTest.FindAllStringSubmatch(text, -1) {
		name := strings.TrimPrefix(m[2], "internal/") + m[3]
		found := exists[name]
		if m[2] == "" {
			for known := range exists {
				found = found || strings.HasSuffix(known, "."+name)
			}
		}
		if !found && m[2] != "testing." && !strings.Contains(notTests, "\t"+name+":") {
			bad = append(bad, name)
		}
	}
	return bad
}

// TestANamedTestExists looks at every comment of the code and at every document.
func TestANamedTestExists(t *testing.T) {
	m, _ := read(t)
	exists := testNames(m)
	var bad []string
	for _, p := range m.pkgs {
		for _, s := range p.files {
			for _, c := range s.file.Comments {
				for _, name := range checkNamesOfTests(exists, c.Text()) {
					bad = append(bad, fmt.Sprintf("%s: %s does not exist", m.at(c), name))
				}
			}
		}
	}
	err := fs.WalkDir(m.fsys, ".", func(p string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (leaveOut(m.fsys, p) || e.Name() == "testdata"):
			return fs.SkipDir
		case path.Ext(p) != ".md" || path.Base(p) == "CHANGELOG.md":
			return nil
		}
		text, err := fs.ReadFile(m.fsys, p)
		for _, name := range checkNamesOfTests(exists, string(text)) {
			bad = append(bad, fmt.Sprintf("%s: %s does not exist", p, name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	report(t, bad)
}

func TestANamedTestIsLookedFor(t *testing.T) {
	exists := map[string]bool{"web.TestHere": true, "store/rows.FuzzThere": true}
	for text, want := range map[string][]string{
		"as web.TestHere and TestHere, internal/web.TestHere too (TestHere).": nil,
		"store/rows.FuzzThere holds it; a *testing.T is none":                 nil,
		"tried by web.TestGone":                 {"web.TestGone"},
		"(TestGone)":                            {"TestGone"},
		"`store.TestHere`":                      {"store.TestHere"},
		"testing.TestMain and package.TestName": nil,
	} {
		if got := checkNamesOfTests(exists, text); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}
