package cli

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/opentrm/opentrm/internal/console"
)

var update = flag.Bool("update", false, "draw docs/commands.md")

// TestCommandsAreInTheirDocument walks every command: each says what it does and answers to --help, and docs/commands.md has all of them.
func TestCommandsAreInTheirDocument(t *testing.T) {
	parser, err := kong.New(&program{}, kong.Name("opentrm"), kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	var doc strings.Builder
	doc.WriteString("# Commands\n\nDrawn from the program by `go test ./internal/cli -update`. `opentrm COMMAND --help` says which flags a command has.\n")
	last := ""
	leaves := parser.Model.Leaves(true)
	for _, leaf := range leaves {
		path := strings.TrimPrefix(regexp.MustCompile(` \([a-z,]+\)`).ReplaceAllString(leaf.FullPath(), ""), "opentrm ") // without other names
		words := strings.Fields(path)
		if leaf.Help == "" {
			t.Errorf("%s does not say what it does", path)
		}
		if words[0] != last {
			last = words[0]
			fmt.Fprintf(&doc, "\n## %s\n\n| command | what it does |\n|---|---|\n", last)
		}
		call := path
		for _, a := range leaf.Positional {
			call += " " + strings.NewReplacer("|", "\\|").Replace(a.Summary())
		}
		fmt.Fprintf(&doc, "| `%s` | %s |\n", call, leaf.Help)
		checkWords(t, path, leaf)
	}
	if len(leaves) < 250 {
		t.Errorf("only %d commands", len(leaves))
	}
	for _, path := range []string{"case", "case transfer offer", "case child", "restriction place"} { // kong answers for all in one way
		var out, said bytes.Buffer
		if code := Main(append(strings.Fields(path), "--help"), nil, &out, &said); code != 0 || !strings.Contains(out.String(), "Usage: opentrm "+path) {
			t.Errorf("opentrm %s --help ends with %d: %s%s", path, code, &out, &said)
		}
	}
	file := filepath.Join("..", "..", "docs", "commands.md")
	if *update {
		if err := os.WriteFile(file, []byte(doc.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	is, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(is) != doc.String() {
		t.Errorf("%s is not what the program has: draw it with -update", file)
	}
}

// checkWords holds the rule of what may be typed: a case is named by its reference or its identifier, and what is said of somebody comes
// from a file, never from an argument, which a shell remembers.
func checkWords(t *testing.T, path string, leaf *kong.Node) {
	t.Helper()
	values := slices.Clone(leaf.Positional)
	for _, f := range leaf.Flags {
		values = append(values, f.Value)
	}
	for _, v := range values {
		if v.Name == "case" && v.Target.Type() != reflect.TypeFor[console.CaseName]() {
			t.Errorf("opentrm %s takes no reference of a case", path)
		}
		said := slices.Contains([]string{"text", "words", "note", "handover"}, v.Name) && !strings.HasPrefix(path, "directory ")
		if said && v.Tag.Type != "path" {
			t.Errorf("opentrm %s takes %s as an argument", path, v.Name)
		}
	}
}
