package arch

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// root is the module, seen from this package.
const root = "../.."

var module = sync.OnceValues(func() (*tree, error) { return readTree(os.DirFS(root)) })

var policy = sync.OnceValues(func() (*law, error) { return written().parse() })

// read returns the module and the policy, or fails the test.
func read(t *testing.T) (*tree, *law) {
	t.Helper()
	m, err := module()
	if err != nil {
		t.Fatal(err)
	}
	l, err := policy()
	if err != nil {
		t.Fatal(err)
	}
	return m, l
}

// report fails the test with each finding.
func report(t *testing.T, bad []string) {
	t.Helper()
	slices.Sort(bad)
	for _, b := range slices.Compact(bad) {
		t.Error(b)
	}
}

// standardSource is the directory of the standard library.
func standardSource(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "src")
}

// standardLibrary returns a function that says whether a path is a package, or a folder of packages, of it.
func standardLibrary(t *testing.T) func(string) bool {
	t.Helper()
	src := standardSource(t)
	return func(p string) bool {
		if p == "C" || p == "unsafe" {
			return true
		}
		info, err := os.Stat(filepath.Join(src, filepath.FromSlash(p)))
		return err == nil && info.IsDir()
	}
}

// standardFunction returns a function that says whether pkg.Name is declared in the standard library.
func standardFunction(t *testing.T) func(string) bool {
	t.Helper()
	src := standardSource(t)
	return func(what string) bool {
		i := strings.LastIndex(what, ".")
		declared := regexp.MustCompile(`(?m)^func ` + regexp.QuoteMeta(what[i+1:]) + `\(`)
		files, err := filepath.Glob(filepath.Join(src, filepath.FromSlash(what[:i]), "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(files, func(f string) bool {
			text, err := os.ReadFile(f)
			return err == nil && declared.Match(text)
		})
	}
}

func TestImportsGoDown(t *testing.T) {
	m, l := read(t)
	report(t, checkFloors(m, l))
}

func TestModulesHaveUsers(t *testing.T) {
	m, l := read(t)
	report(t, checkModules(m, l))
}

func TestStandardLibraryHasUsers(t *testing.T) {
	m, l := read(t)
	report(t, checkStandard(m, l, standardLibrary(t)))
}

func TestCallsHaveUsers(t *testing.T) {
	m, l := read(t)
	report(t, checkCalls(m, l, standardFunction(t)))
}

func TestPermissionsAreUsed(t *testing.T) {
	m, l := read(t)
	report(t, checkPermissions(m, l))
}

func TestEveryUseCaseIsReached(t *testing.T) {
	m, l := read(t)
	report(t, checkReached(m, l, "page", "web", "webcase", "webconference", "webconsent", "webcooperation", "webcount", "webdocket", "webfigures", "webfirst", "weblookup", "webnetwork", "webplan", "webprogram", "webreferral", "webreturn", "weboffice", "call", "api", "apicase", "apireferral", "apioffice", "peer", "job", "node", "demo", "cli"))
}

func TestEveryVectorIsRead(t *testing.T) {
	m, _ := read(t)
	report(t, checkVectors(m))
}

func TestOnePackageComment(t *testing.T) {
	m, _ := read(t)
	report(t, checkComments(m))
}

func TestSizes(t *testing.T) {
	m, _ := read(t)
	report(t, checkSizes(m))
}

func TestNames(t *testing.T) {
	m, _ := read(t)
	report(t, checkNames(m))
}

func TestNoInit(t *testing.T) {
	m, _ := read(t)
	report(t, checkInit(m))
}

func TestNoVariableChanges(t *testing.T) {
	m, l := read(t)
	report(t, checkVariables(m, l))
}

func TestNotesHaveOwners(t *testing.T) {
	m, _ := read(t)
	report(t, checkTodo(m))
}

func TestNoUnwantedWords(t *testing.T) {
	words, err := parseWords(unwanted)
	if err != nil {
		t.Fatal(err)
	}
	bad, err := checkWords(os.DirFS(root), words)
	if err != nil {
		t.Fatal(err)
	}
	report(t, bad)
}
