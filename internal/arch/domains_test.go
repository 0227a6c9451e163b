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

// TestEveryDomainIsSpecified: whatever separates one use of a key or a digest from another stands in spec/, so that a second country
// does not use it for something else: what is signed or sealed for in spec/keys.md, what only one format needs on the page of that format.
func TestEveryDomainIsSpecified(t *testing.T) {
	m, _ := read(t)
	pages, err := fs.Glob(m.fsys, "spec/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var all, keys strings.Builder
	for _, page := range pages {
		b, err := fs.ReadFile(m.fsys, page)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
		if page == "spec/keys.md" {
			keys.Write(b)
		}
	}
	found := 0
	for name, p := range m.pkgs {
		if name == "demo" { // its measurements seal nothing that anybody reads
			continue
		}
		for _, s := range p.files {
			if s.test {
				continue
			}
			for text, central := range domainsOf(s.file) {
				found++
				if text == "opentrm/hsds/1" { // identifiers of a public export, of no key and no proof
					continue
				}
				switch {
				case central && !strings.Contains(keys.String(), text):
					t.Errorf("%s: spec/keys.md does not say what %s is", s.path, text)
				case !strings.Contains(all.String(), text):
					t.Errorf("%s: no page of spec/ says what %s is", s.path, text)
				}
			}
		}
	}
	if found < 60 {
		t.Errorf("%d domains were found", found)
	}
}

// domainsOf returns the texts of a file under which something is signed, sealed, derived or hashed: those of constants called Domain… or
// info…, which are central, and those that Derive, Join and JoinText are given.
func domainsOf(f *ast.File) map[string]bool {
	all := map[string]bool{}
	add := func(n ast.Node, central bool) {
		ast.Inspect(n, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && strings.HasPrefix(lit.Value, `"opentrm/`) {
				text := strings.Trim(lit.Value, `"`)
				all[text] = all[text] || central
			}
			return true
		})
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.ValueSpec:
			for i, name := range x.Names {
				if i < len(x.Values) && (strings.HasPrefix(name.Name, "Domain") || strings.HasPrefix(name.Name, "info")) {
					add(x.Values[i], true)
				}
			}
		case *ast.CallExpr:
			if f, ok := x.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "Derive" || f.Sel.Name == "Join" || f.Sel.Name == "JoinText") {
				for _, a := range x.Args {
					add(a, false)
				}
			}
		}
		return true
	})
	return all
}
