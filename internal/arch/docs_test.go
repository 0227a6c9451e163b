package arch

import (
	"fmt"
	"go/ast"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// row is one line of a table of docs/threats.md.
type row struct {
	line   int
	threat string
	tests  []string
	shown  bool // false under "Not yet shown"
}

// parseThreats reads the tables "threat | control | test". It fails on a row with an empty cell or without a test.
func parseThreats(text string) (rows []row, bad []string) {
	shown := true
	named := regexp.MustCompile("`([a-z]+(?:/[a-z]+)*)\\.((?:Test|Fuzz|Example)[A-Za-z0-9_]*)`")
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "## ") {
			shown = line != "## Not yet shown"
		}
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| threat ") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if len(cells) != 3 || strings.TrimSpace(cells[0]) == "" || strings.TrimSpace(cells[1]) == "" {
			bad = append(bad, fmt.Sprintf("docs/threats.md:%d: a row is threat, control, test", number))
			continue
		}
		r := row{line: number, threat: strings.TrimSpace(cells[0]), shown: shown}
		for _, m := range named.FindAllStringSubmatch(cells[2], -1) {
			r.tests = append(r.tests, m[1]+"."+m[2])
		}
		if len(r.tests) == 0 || len(r.tests) != strings.Count(cells[2], "`")/2 {
			bad = append(bad, fmt.Sprintf("docs/threats.md:%d: name each test as `package.TestName`", number))
		}
		rows = append(rows, r)
	}
	return rows, bad
}

// checkThreats compares the rows with the tests that exist.
func checkThreats(rows []row, exists map[string]bool) (bad []string) {
	for _, r := range rows {
		missing := slices.DeleteFunc(slices.Clone(r.tests), func(name string) bool { return exists[name] })
		switch {
		case r.shown && len(missing) > 0:
			bad = append(bad, fmt.Sprintf("docs/threats.md:%d: %v does not exist: %s", r.line, missing, r.threat))
		case !r.shown && len(missing) == 0:
			bad = append(bad, fmt.Sprintf("docs/threats.md:%d: its tests exist now, move the row up: %s", r.line, r.threat))
		}
	}
	return bad
}

// testNames returns every test, fuzz target and example of the module as package.Name.
func testNames(t *tree) map[string]bool {
	names := map[string]bool{}
	for name, p := range t.pkgs {
		for _, s := range p.files {
			for _, d := range s.file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && s.test && f.Recv == nil {
					names[name+"."+f.Name.Name] = true
				}
			}
		}
	}
	return names
}

func TestThreatsHaveTests(t *testing.T) {
	m, _ := read(t)
	text, err := os.ReadFile(root + "/docs/threats.md")
	if err != nil {
		t.Fatal(err)
	}
	rows, bad := parseThreats(string(text))
	if len(rows) < 20 {
		t.Errorf("only %d rows were read", len(rows))
	}
	report(t, append(bad, checkThreats(rows, testNames(m))...))
}

func TestThreatRowsAreRead(t *testing.T) {
	rows, bad := parseThreats("| threat | control | test |\n|---|---|---|\n| a | b | `p.TestA`, `q/r.FuzzB` |\n" +
		"| a | b | nothing |\n| a | | `p.TestA` |\n## Not yet shown\n| late | b | `p.TestC` |\n| done | b | `p.TestA` |\n")
	if len(rows) != 4 || len(bad) != 2 {
		t.Fatalf("got %d rows and %q", len(rows), bad)
	}
	got := checkThreats(rows, map[string]bool{"p.TestA": true})
	want := []string{"[q/r.FuzzB] does not exist", "move the row up: done"}
	for _, w := range want {
		if !slices.ContainsFunc(got, func(g string) bool { return strings.Contains(g, w) }) {
			t.Errorf("%q is not in %q", w, got)
		}
	}
}

// commands returns the lines of the shell blocks of a Markdown text, without comments.
func commands(text string) (all []string) {
	inside := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```sh"
		case inside:
			line, _, _ = strings.Cut(line, " #")
			if line = strings.TrimSpace(line); line != "" {
				all = append(all, line)
			}
		}
	}
	return all
}

// checkCommand says what is wrong with one command of a document.
func checkCommand(fsys fs.FS, command string) string {
	f := strings.Fields(command)
	isFile := func(p string) bool { info, err := fs.Stat(fsys, p); return err == nil && info.Mode().IsRegular() }
	switch {
	case len(f) > 2 && f[0] == "go" && f[1] == "run":
		if dir := path.Clean(f[2]); !isFile(dir + "/main.go") {
			return "there is no " + dir + "/main.go"
		}
		if len(f) > 3 && path.Clean(f[2]) == "cmd/opentrm" {
			return checkVerb(fsys, f[3:])
		}
	case strings.HasPrefix(f[0], "./"):
		info, err := fs.Stat(fsys, path.Clean(f[0]))
		if err != nil || info.Mode()&0o111 == 0 {
			return f[0] + " is not there or cannot be run"
		}
	case f[0] == "opentrm" && len(f) > 1:
		return checkVerb(fsys, f[1:])
	case f[0] == "go" || f[0] == "git" || f[0] == "cd":
	default:
		return "it starts nothing that this repository has"
	}
	return ""
}

// checkVerb looks for a command, and for its subcommand where it has any, among the structs of packages cli, ask and askcase that
// become commands.
func checkVerb(fsys fs.FS, words []string) string {
	var text strings.Builder
	for _, pkg := range []string{"cli", "ask", "askcase"} {
		files, err := fs.Glob(fsys, "internal/"+pkg+"/*.go")
		if err != nil || len(files) == 0 {
			return "there is no internal/" + pkg
		}
		for _, f := range files {
			b, err := fs.ReadFile(fsys, f)
			if err != nil {
				return err.Error()
			}
			text.Write(b)
		}
	}
	field := regexp.MustCompile("(?m)^\t([A-Z][A-Za-z]*) +(?:ask(?:case)?\\.)?([A-Za-z]+) +`cmd:\"\"(?: name:\"([a-z-]+)\")?")
	kebab := regexp.MustCompile("([a-z])([A-Z])")
	command := func(of, word string) (next string, has bool) {
		_, body, found := strings.Cut(text.String(), "\ntype "+of+" struct {\n")
		body, _, _ = strings.Cut(body, "\n}")
		for _, m := range field.FindAllStringSubmatch(body, -1) {
			name := strings.ToLower(kebab.ReplaceAllString(m[1], "$1-$2"))
			if m[3] != "" {
				name = m[3]
			}
			if has = found; name == word {
				return m[2], true
			}
		}
		return "", has
	}
	next, _ := command("program", words[0])
	if next == "" {
		return "there is no command " + words[0]
	}
	word := ""
	if len(words) > 1 {
		word = words[1]
	}
	if sub, has := command(next, word); has && sub == "" {
		return fmt.Sprintf("there is no command %s %s", words[0], word)
	}
	return ""
}

func TestCommandsInDocumentsExist(t *testing.T) {
	fsys := os.DirFS(root)
	for _, c := range []string{"opentrm fly", "opentrm desk paint", "opentrm key", "make all", "./nothing"} {
		if checkCommand(fsys, c) == "" {
			t.Errorf("%q passes for a command", c)
		}
	}
	pages, err := fs.Glob(fsys, "docs/runbook/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range append(pages, "README.md", "CONTRIBUTING.md") {
		text, err := fs.ReadFile(fsys, doc)
		if err != nil {
			t.Fatal(err)
		}
		all := commands(string(text))
		if len(all) == 0 {
			t.Errorf("%s shows no command", doc)
		}
		for _, c := range all {
			if wrong := checkCommand(fsys, c); wrong != "" {
				t.Errorf("%s: %q: %s", doc, c, wrong)
			}
		}
	}
}

// TestSetUpIsTwoCommands holds the promise that the README makes: one command to see it, one to check it.
func TestSetUpIsTwoCommands(t *testing.T) {
	text, err := os.ReadFile(root + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "\n## Set up\n")
	if !ok {
		t.Fatal("README.md has no section \"Set up\"")
	}
	section, _, _ := strings.Cut(rest, "\n## ")
	want := []string{"go run ./cmd/opentrm demo", "./check"}
	if _, err := os.Stat(root + "/cmd/opentrm/main.go"); err != nil {
		want = want[1:] // the README tells only what is true now
	}
	if got := commands(section); !slices.Equal(got, want) {
		t.Errorf("the set-up commands are %q, want %q", got, want)
	}
}

// TestDecisionsAreNumbered holds the decision records together: one number each, no gap, the sections a reader needs.
func TestDecisionsAreNumbered(t *testing.T) {
	files, err := fs.Glob(os.DirFS(root), "docs/adr/[0-9]*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d decision records, %v", len(files), err)
	}
	for i, f := range files {
		if want := fmt.Sprintf("%04d-", i+1); !strings.HasPrefix(path.Base(f), want) {
			t.Errorf("%s: the next number is %s", f, want)
		}
		text, err := os.ReadFile(root + "/" + f)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range []string{"\n## Decision\n", "\n## Alternatives\n", "\n## Consequences\n"} {
			if !strings.Contains(string(text), section) {
				t.Errorf("%s has no section %q", f, strings.TrimSpace(section))
			}
		}
	}
}

// TestLinksInDocumentsLead follows every relative link of every document, and looks for every picture.
func TestLinksInDocumentsLead(t *testing.T) {
	fsys := os.DirFS(root)
	link := regexp.MustCompile(`(?:\]\(|<img src=")([^)"#:\s]+)(?:#[^)"]*)?[)"]`)
	var docs []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "spec/*.md", "CHANGELOG/*.md"} {
		found, err := fs.Glob(fsys, pattern)
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, found...)
	}
	for _, doc := range docs {
		text, err := fs.ReadFile(fsys, doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := fs.Stat(fsys, path.Join(path.Dir(doc), m[1])); err != nil {
				t.Errorf("%s: %s leads nowhere", doc, m[1])
			}
		}
	}
}

// checkNamed finds documents that a comment sends the reader to and that are not here. It speaks once nothing is planned
// any more: before that, a document may be on its way.
func checkNamed(t *tree, l *law) (bad []string) {
	if len(l.planned) > 0 {
		return nil
	}
	named := regexp.MustCompile(`\b(?:[A-Za-z0-9_-]+/)*[A-Za-z0-9_-]+\.md\b`)
	for _, p := range t.pkgs {
		for _, s := range p.files {
			for _, g := range s.file.Comments {
				for _, doc := range named.FindAllString(g.Text(), -1) {
					here := func(dir string) bool { _, err := fs.Stat(t.fsys, path.Join(dir, doc)); return err == nil }
					if !here(".") && !here("docs") && !here(path.Dir(s.path)) {
						bad = append(bad, fmt.Sprintf("%s: %s is not here", t.at(g), doc))
					}
				}
			}
		}
	}
	return bad
}

func TestDocumentsNamedInCommentsExist(t *testing.T) {
	m, l := read(t)
	report(t, checkNamed(m, l))
}
