// Command screens takes a picture of every screen of the web interface into docs/screens and writes the page that lists them.
//
//	go run ./scripts/screens
//
// It runs the tests that ask every screen whether it is accessible, in Chromium (OPENTRM_CHROMIUM, or the one on the path), once for each language.
// Each is kept in three scripts: French, Macedonian, Greek; and in English what docs/tour and README.md show. It must run from the root of the repository.
package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const to = "docs/screens"

// script is a language in whose pictures a script is looked at.
type script struct{ tag, name string }

func scripts() []script {
	return []script{{"fr", "French"}, {"mk", "Macedonian"}, {"el", "Greek"}}
}

// row is one screen in the list.
type row struct{ name, who, head string }

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "screens:", err)
		os.Exit(1)
	}
}

func run() error {
	shown, err := named()
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "opentrm-screens-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	for _, s := range append(scripts(), script{tag: "en"}) {
		of := ""
		if s.tag == "en" {
			of = strings.Join(shown, " ")
		}
		if err := take(filepath.Join(tmp, s.tag), s.tag, of); err != nil {
			return err
		}
	}
	rows, err := list(filepath.Join(tmp, scripts()[0].tag))
	if err != nil {
		return err
	}
	size, err := keep(tmp, rows, shown)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(to, "README.md"), []byte(page(rows)), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%d screens, %.1f MB\n", len(rows), float64(size)/1e6)
	return nil
}

// take runs the tests that write the pictures.
func take(dir, tag, of string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, tag)
	test := exec.Command("go", "test", "-count=1", "-run", "Test(EveryScreenIs|RareScreensAre|FirstResponderScreensAre)Accessible", "./internal/web")
	test.Env = append(test.Environ(), "OPENTRM_PICTURES="+dir, "OPENTRM_SCREENS_LANG="+tag, "OPENTRM_PICTURES_OF="+of)
	test.Stdout, test.Stderr = os.Stdout, os.Stderr
	return test.Run()
}

// named are the English pictures that the tour and the README show.
func named() ([]string, error) {
	pages, err := filepath.Glob("docs/tour/*.md")
	if err != nil {
		return nil, err
	}
	all := map[string]bool{}
	for _, file := range append(pages, "README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, m := range regexp.MustCompile(`screens/en/([a-z0-9-]+)\.png`).FindAllSubmatch(text, -1) {
			all[string(m[1])] = true
		}
	}
	return slices.Sorted(maps.Keys(all)), nil
}

// list reads the tables that the tests wrote beside the pictures.
func list(dir string) ([]row, error) {
	tables, err := filepath.Glob(filepath.Join(dir, "*.tsv"))
	if err != nil || len(tables) != 3 {
		return nil, fmt.Errorf("%d tables of screens, not 3: is there a Chromium? %w", len(tables), err)
	}
	var rows []row
	for _, table := range tables {
		text, err := os.ReadFile(table)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
			if len(f) != 3 {
				return nil, fmt.Errorf("%s: %q", table, line)
			}
			rows = append(rows, row{f[0], f[1], f[2]})
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(a.who+"\t"+a.name, b.who+"\t"+b.name) })
	return rows, nil
}

// keep replaces the pictures of the repository by the new ones and returns how large they are.
func keep(tmp string, rows []row, shown []string) (int64, error) {
	if err := os.RemoveAll(to); err != nil {
		return 0, err
	}
	want := []string{}
	for _, name := range shown {
		want = append(want, filepath.Join("en", name+".png"))
	}
	for _, r := range rows {
		for _, s := range scripts() {
			want = append(want, filepath.Join(s.tag, r.name+".png"))
		}
	}
	size := int64(0)
	for _, file := range want {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, file)), 0o755); err != nil {
			return 0, err
		}
		picture, err := os.ReadFile(filepath.Join(tmp, file))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, file), picture, 0o644)
		}
		if err != nil {
			return 0, err
		}
		size += int64(len(picture))
	}
	return size, nil
}

// page lists the pictures.
func page(rows []row) string {
	var b strings.Builder
	b.WriteString(`# Screens

Every screen of the web interface as it is, on a telephone 360 pixels wide. Every person in the pictures is invented. One command takes
them all again, with Chromium, and writes this page:

` + "```sh\ngo run ./scripts/screens\n```" + `

Each is here in three scripts, in French, Macedonian and Greek. The pictures have eight colours each, and end after 850 pixels even where the page goes on. The English ones are those
that [the tour](../tour/README.md) shows. To see a screen in another language, on a desk, in the dark and whole:

` + "```sh\n(cd internal/web/axe && npm ci)\nOPENTRM_SCREENS_LANG=mk OPENTRM_SCREENS=$(mktemp -d) go test ./internal/web -run ScreensAreAccessible\n```" + `

| screen | headed | who sees it | pictures |
|---|---|---|---|
`)
	for _, r := range rows {
		links := []string{}
		for _, s := range scripts() {
			links = append(links, fmt.Sprintf("[%s](%s/%s.png)", s.name, s.tag, r.name))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.name, r.head, r.who, strings.Join(links, ", "))
	}
	return b.String()
}
