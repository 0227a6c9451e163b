package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryDomainIsSignedIn: a domain that the specification lists and no program signs in is a promise that nobody keeps.
func TestEveryDomainIsSignedIn(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../seal/sign.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	unused := map[string]bool{}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			if v, ok := s.(*ast.ValueSpec); ok && strings.HasPrefix(v.Names[0].Name, "Domain") {
				unused[v.Names[0].Name] = true
			}
		}
	}
	if len(unused) < 10 {
		t.Fatalf("%d domains are declared", len(unused))
	}
	err = filepath.WalkDir("..", func(path string, e fs.DirEntry, err error) error {
		// The demo and its measurements sign nothing that anybody reads.
		if err == nil && e.IsDir() && (e.Name() == "seal" || e.Name() == "demo" || e.Name() == "testdata" || e.Name() == "node_modules") {
			return fs.SkipDir
		}
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "seal" {
					delete(unused, s.Sel.Name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range unused {
		t.Errorf("nothing signs in seal.%s: take it out of package seal and of spec/keys.md, or build what it is for", name)
	}
}
