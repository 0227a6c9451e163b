package lang_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/lang"
)

// TestNoMessageIsMissing reads the source of the whole program for message keys.
func TestNoMessageIsMissing(t *testing.T) {
	missing, err := Missing(load(t), filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range missing {
		t.Error(m)
	}
	if len(missing) > 0 {
		t.Logf("%d message keys to write in text/*/", len(missing))
	}
}

// Missing returns the message keys that the Go files below root use and the English catalogue lacks, each
// with where it is used, in order. Read are
//
//   - fault.New and fault.Wrap with any kind that is shown: what is Internal, Hidden or NotFound is said
//     by [fault.Public] in the fixed words of fault.internal and fault.not-found;
//   - the methods Text, Plural and Say of a printer;
//   - Key of package web.
//
// A key that is put together ("referral.state." + s) needs at least one message with its beginning.
func Missing(c *lang.Catalogue, root string) ([]string, error) {
	used := map[string]string{}
	files := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && (name == "node_modules" || name == "testdata" || name != ".." && strings.HasPrefix(name, ".")) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if key, ok := keyOf(call); ok {
					used[key] = files.Position(call.Pos()).String()
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	var missing []string
	all := c.Keys(lang.English)
	for key, where := range used {
		prefix, open := strings.CutSuffix(key, "*")
		if !open && !c.Has(key) || open && !slices.ContainsFunc(all, func(k string) bool { return strings.HasPrefix(k, prefix) }) {
			missing = append(missing, fmt.Sprintf("%s (%s)", key, where))
		}
	}
	slices.Sort(missing)
	return missing, nil
}

// keyOf returns the message key that a call names, with "*" at its end if the rest is computed.
func keyOf(call *ast.CallExpr) (string, bool) {
	if plain, ok := call.Fun.(*ast.Ident); ok && plain.Name == "Key" && len(call.Args) > 0 {
		key, ok := literal(call.Args[0])
		return key, ok && keyForm.MatchString(strings.TrimSuffix(key, "*")+"x")
	}
	fun, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	switch on, _ := fun.X.(*ast.Ident); fun.Sel.Name {
	case "New", "Wrap":
		if on == nil || on.Name != "fault" || len(call.Args) < 2 {
			return "", false
		}
		if kind, ok := call.Args[0].(*ast.SelectorExpr); ok && slices.Contains([]string{"Internal", "Hidden", "NotFound"}, kind.Sel.Name) {
			return "", false
		}
		return literal(call.Args[1])
	case "Text", "Plural", "Say", "Key":
		if len(call.Args) == 0 {
			return "", false
		}
		key, ok := literal(call.Args[0])
		return key, ok && keyForm.MatchString(strings.TrimSuffix(key, "*")+"x")
	}
	return "", false
}

func literal(e ast.Expr) (string, bool) {
	switch v := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(v.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		if left, ok := literal(v.X); ok {
			return strings.TrimSuffix(left, "*") + "*", true
		}
	}
	return "", false
}

// The test of the test: used keys are found, shown or not.
func TestKeyOf(t *testing.T) {
	for source, want := range map[string]string{
		`fault.New(fault.Invalid, "case.open.already")`: "case.open.already",
		`fault.Wrap(kind, "case.open.already", err)`:    "case.open.already",
		`fault.New(fault.Internal, "case.broken")`:      "",
		`fault.New(fault.Hidden, "case.hidden")`:        "",
		`p.Text("case.state." + s)`:                     "case.state.*",
		`page.p.Plural("case.count", 3)`:                "case.count",
		`Key("web.back")`:                               "web.back",
		`web.Key("case.state."+s, "n", 3)`:              "case.state.*",
		`p.Text("not a key")`:                           "",
		`errors.New("fault")`:                           "",
	} {
		e, err := parser.ParseExpr(source)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := keyOf(e.(*ast.CallExpr))
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", source, got, want)
		}
	}
}
