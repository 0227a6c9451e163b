package cli

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/console"
)

var update = flag.Bool("update", false, "draw docs/commands.md")

// TestCommandsAreInTheirDocument walks every command: each says what it does and answers to --help, and docs/commands.md has all of them.
func TestCommandsAreInTheirDocument(t *testing.T) {
	root := commandsOf(&program{}, "opentrm", "", io.Discard, io.Discard).root
	var doc strings.Builder
	doc.WriteString("# Commands\n\nDrawn from the program by `go test ./internal/cli -update`. `opentrm COMMAND --help` says which flags a command has.\n")
	last := ""
	leaves := slices.DeleteFunc(root.walk(nil), func(c *command) bool { return len(c.below) > 0 })
	for _, leaf := range leaves {
		path := regexp.MustCompile(` \([a-z,]+\)`).ReplaceAllString(leaf.path(), "") // without other names
		words := strings.Fields(path)
		if leaf.help == "" {
			t.Errorf("%s does not say what it does", path)
		}
		if words[0] != last {
			last = words[0]
			fmt.Fprintf(&doc, "\n## %s\n\n| command | what it does |\n|---|---|\n", last)
		}
		call := path
		for _, a := range leaf.args {
			call += " " + strings.NewReplacer("|", "\\|").Replace(a.summary())
		}
		fmt.Fprintf(&doc, "| `%s` | %s |\n", call, leaf.help)
		checkWords(t, path, leaf)
	}
	if len(leaves) < 250 {
		t.Errorf("only %d commands", len(leaves))
	}
	for _, path := range []string{"case", "case transfer offer", "case child", "restriction place"} { // all are answered for in one way
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
func checkWords(t *testing.T, path string, leaf *command) {
	t.Helper()
	for _, v := range slices.Concat(leaf.args, leaf.flags) {
		if v.name == "case" && v.to.Type() != reflect.TypeFor[console.CaseName]() {
			t.Errorf("opentrm %s takes no reference of a case", path)
		}
		said := slices.Contains([]string{"text", "words", "note", "handover"}, v.name) && !strings.HasPrefix(path, "directory ")
		if said && v.kind != "path" {
			t.Errorf("opentrm %s takes %s as an argument", path, v.name)
		}
	}
}
