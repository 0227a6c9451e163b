package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// checkNames finds names that say nothing, or say what the language already says.
func checkNames(t *tree) (bad []string) {
	empty := strings.Fields(meaningless)
	for name, p := range t.pkgs {
		if slices.Contains(empty, p.ident) {
			bad = append(bad, fmt.Sprintf("%s: %q says nothing about what is inside", name, p.ident))
		}
		if strings.ToLower(p.ident) != p.ident || strings.Contains(p.ident, "_") {
			bad = append(bad, fmt.Sprintf("%s: a package name is one lower-case word", name))
		}
		for _, s := range p.files {
			stem := strings.TrimSuffix(strings.TrimSuffix(path.Base(s.path), ".go"), "_test")
			if s.generated {
				continue
			}
			if slices.Contains(empty, stem) {
				bad = append(bad, fmt.Sprintf("%s: %q says nothing about what is inside", s.path, stem))
			}
			for _, d := range s.file.Decls {
				for _, id := range declared(d) {
					if why := badName(d, id.Name); why != "" && !slices.Contains(strings.Fields(foreign), name) {
						bad = append(bad, fmt.Sprintf("%s: %s: %s", t.at(id), id.Name, why))
					}
				}
			}
		}
	}
	return bad
}

// declared returns the names of functions, methods and types that a declaration makes.
func declared(d ast.Decl) (names []*ast.Ident) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		names = append(names, d.Name)
	case *ast.GenDecl:
		for _, s := range d.Specs {
			if s, ok := s.(*ast.TypeSpec); ok {
				names = append(names, s.Name)
			}
		}
	}
	return names
}

func badName(d ast.Decl, name string) string {
	r := []rune(name)
	_, function := d.(*ast.FuncDecl)
	switch {
	case function && len(r) > 3 && (strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "get")) && unicode.IsUpper(r[3]):
		return "a getter is named after what it returns"
	case strings.HasSuffix(name, "Impl"):
		return "name it after what it is, not after being an implementation"
	case !function && len(r) > 2 && r[0] == 'I' && unicode.IsUpper(r[1]) && unicode.IsLower(r[2]):
		return "an interface carries no I"
	}
	return ""
}

// checkInit finds init functions: what runs, node and cli say by hand.
func checkInit(t *tree) (bad []string) {
	for _, p := range t.pkgs {
		for _, s := range p.files {
			for _, d := range s.file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" && !s.generated {
					bad = append(bad, t.at(f)+": no init: what happens is written where it happens")
				}
			}
		}
	}
	return bad
}

// checkTodo finds notes to do something that nobody has taken.
func checkTodo(t *tree) (bad []string) {
	note := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b(\([a-z0-9#-]+\))?`)
	for _, p := range t.pkgs {
		for _, s := range p.files {
			for _, g := range s.file.Comments {
				for _, m := range note.FindAllStringSubmatch(g.Text(), -1) {
					if m[2] == "" {
						bad = append(bad, fmt.Sprintf("%s: %s without a name or an issue", t.at(g), m[1]))
					}
				}
			}
		}
	}
	return bad
}

// checkVariables finds package variables that change, or that another package could change.
func checkVariables(t *tree, l *law) (bad []string) {
	used := map[string]bool{}
	for name, p := range t.pkgs {
		for _, s := range p.files {
			if s.test || s.generated {
				continue
			}
			for _, d := range s.file.Decls {
				g, ok := d.(*ast.GenDecl)
				if !ok || g.Tok != token.VAR {
					continue
				}
				for _, spec := range g.Specs {
					v := spec.(*ast.ValueSpec)
					if embedded(g) || embedded(v) {
						continue
					}
					for _, id := range v.Names {
						why := changes(p, v, id)
						if id.Name == "_" || why == "" {
							continue
						}
						if key := name + "." + id.Name; l.variables[key] != "" {
							used[key] = true
							continue
						}
						bad = append(bad, fmt.Sprintf("%s: package variable %s %s", t.at(id), id.Name, why))
					}
				}
			}
		}
	}
	for key := range l.variables {
		if !used[key] {
			bad = append(bad, fmt.Sprintf("the policy allows variable %s, which needs no permission: take its line out", key))
		}
	}
	return bad
}

// embedded reports whether the declaration carries a go:embed directive.
func embedded(n ast.Node) bool {
	var doc *ast.CommentGroup
	switch n := n.(type) {
	case *ast.GenDecl:
		doc = n.Doc
	case *ast.ValueSpec:
		doc = n.Doc
	}
	if doc == nil {
		return false
	}
	return slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// changes says in what way a package variable changes or could be changed; "" means that it cannot.
func changes(p *pkg, v *ast.ValueSpec, id *ast.Ident) string {
	if id.IsExported() {
		return "is exported, so that anybody can assign it: return it from a function"
	}
	if typ, ok := v.Type.(*ast.SelectorExpr); ok {
		if x, ok := typ.X.(*ast.Ident); ok && (x.Name == "sync" || x.Name == "atomic") {
			return "is made to change: put it into the value that needs it"
		}
	}
	why := ""
	for _, s := range p.files {
		if s.test {
			continue
		}
		is := func(e ast.Expr) bool { return refers(e, id, v) }
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				if n.Tok != token.DEFINE && slices.ContainsFunc(n.Lhs, is) {
					why = "is assigned"
				}
			case *ast.IncDecStmt:
				if is(n.X) {
					why = "is counted"
				}
			case *ast.UnaryExpr:
				if n.Op == token.AND && is(n.X) {
					why = "has its address taken"
				}
			case *ast.RangeStmt:
				if n.Tok == token.ASSIGN && (n.Key != nil && is(n.Key) || n.Value != nil && is(n.Value)) {
					why = "is assigned"
				}
			case *ast.CallExpr:
				f, ok := n.Fun.(*ast.Ident)
				if ok && (f.Name == "delete" || f.Name == "clear" || f.Name == "copy") && len(n.Args) > 0 && is(n.Args[0]) {
					why = "is emptied or overwritten"
				}
			}
			return why == ""
		})
	}
	return why
}

// refers reports whether e is the variable, one of its elements or one of its fields.
func refers(e ast.Expr, id *ast.Ident, v *ast.ValueSpec) bool {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x.Name == id.Name && (x.Obj == nil || x.Obj.Decl == v)
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		default:
			return false
		}
	}
}
