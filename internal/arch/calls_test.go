package arch

import (
	"fmt"
	"go/ast"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// uses calls found for every pkg.Name that the file takes from another package, by full import path.
func (s *source) uses(found func(sel *ast.SelectorExpr, what string)) {
	names := map[string]string{} // name in this file -> import path
	for i, imp := range s.imports() {
		local := imp[strings.LastIndex(imp, "/")+1:]
		if n := s.file.Imports[i].Name; n != nil {
			local = n.Name
		}
		names[local] = imp
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Obj == nil && names[x.Name] != "" {
				found(sel, names[x.Name]+"."+sel.Sel.Name)
			}
		}
		return true
	})
}

// checkCalls finds uses of restricted functions, and restrictions of functions that are gone.
func checkCalls(t *tree, l *law, exists func(string) bool) (bad []string) {
	for _, b := range slices.Concat(l.calls, l.callsInTests) {
		if !exists(b.what) {
			bad = append(bad, fmt.Sprintf("the policy restricts %s, which is not in the standard library: take its line out", b.what))
		}
	}
	for name, p := range t.pkgs {
		for _, s := range p.files {
			bans := l.calls
			if s.test {
				bans = l.callsInTests
			}
			if s.generated {
				continue
			}
			s.uses(func(sel *ast.SelectorExpr, what string) {
				for _, b := range bans {
					if b.what == what && !b.allows(name) {
						bad = append(bad, fmt.Sprintf("%s: %s may not use %s: %s", t.at(sel), name, what, b.only()))
					}
				}
			})
		}
	}
	return bad
}

// checkPermissions finds users that are allowed something they do not use. It speaks once nothing is planned any more:
// before that, a package may not have come to its use yet.
func checkPermissions(t *tree, l *law) (bad []string) {
	if len(l.planned) > 0 {
		return nil
	}
	imports, uses := map[string]map[string]bool{}, map[string]map[string]bool{}
	for name, p := range t.pkgs {
		imports[name], uses[name] = map[string]bool{}, map[string]bool{}
		for _, s := range p.files {
			for _, imp := range s.imports() {
				imports[name][imp] = true
			}
			s.uses(func(_ *ast.SelectorExpr, what string) { uses[name][what] = true })
		}
	}
	idle := func(bans []ban, matches func(ban, string) bool, of map[string]map[string]bool) {
		for _, b := range bans {
			for _, u := range b.users {
				if t.pkgs[u] == nil {
					continue // nobody, tests
				}
				if !slices.ContainsFunc(slices.Collect(maps.Keys(of[u])), func(x string) bool { return matches(b, x) }) {
					bad = append(bad, fmt.Sprintf("the policy lets %s use %s, which it does not: take it out of the line", u, b.what))
				}
			}
		}
	}
	idle(l.modules, func(b ban, x string) bool { return x == b.what || strings.HasPrefix(x, b.what+"/") }, imports)
	idle(l.standard, func(b ban, x string) bool { return covers(b.what, x) }, imports)
	idle(l.calls, func(b ban, x string) bool { return x == b.what }, uses)
	idle(l.callsInTests, func(b ban, x string) bool { return x == b.what }, uses)
	return bad
}

// checkReached finds use-cases, exported methods of a noun's Service, whose name no face and no wiring speaks. A method
// called ...In works in the transaction of another use-case: there any package that is no test's counts, its own included. It
// speaks once nothing is planned any more.
func checkReached(t *tree, l *law, from ...string) (bad []string) {
	if len(l.planned) > 0 {
		return nil
	}
	spoken := map[string][]string{} // name -> packages
	for name, p := range t.pkgs {
		for _, s := range p.files {
			if s.test {
				continue
			}
			ast.Inspect(s.file, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok {
					spoken[sel.Sel.Name] = append(spoken[sel.Sel.Name], name)
				}
				return true
			})
		}
	}
	reached := func(method string) bool {
		return slices.ContainsFunc(spoken[method], func(by string) bool {
			return slices.Contains(from, by) || strings.HasSuffix(method, "In") && by != "nodetest"
		})
	}
	needed := map[string]bool{}
	for name, p := range t.pkgs {
		for _, s := range p.files {
			for _, d := range s.file.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok || s.test || f.Recv == nil || !f.Name.IsExported() || receiver(f) != "Service" || reached(f.Name.Name) {
					continue
				}
				key := name + "." + f.Name.Name
				if needed[key] = true; l.unreached[key] == "" {
					bad = append(bad, fmt.Sprintf("%s: no face calls %s: show it, or say why in unreached", t.at(f), key))
				}
			}
		}
	}
	for key := range l.unreached {
		if !needed[key] {
			bad = append(bad, "unreached names "+key+", which is reached or gone: take its line out")
		}
	}
	return bad
}

// receiver is the name of a method's type.
func receiver(f *ast.FuncDecl) string {
	e := f.Recv.List[0].Type
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if id, ok := e.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// checkVectors finds folders of spec/testdata that no test names: vectors that nobody reads.
func checkVectors(t *tree) (bad []string) {
	dirs, err := fs.Glob(t.fsys, "spec/testdata/*")
	if err != nil {
		return []string{err.Error()}
	}
	for _, dir := range dirs {
		named := false
		for _, p := range t.pkgs {
			for _, s := range p.files {
				ast.Inspect(s.file, func(n ast.Node) bool {
					if lit, ok := n.(*ast.BasicLit); ok && s.test && strings.Contains(lit.Value, dir) {
						named = true
					}
					return !named
				})
			}
		}
		if !named {
			bad = append(bad, dir+" is named by no test")
		}
	}
	return bad
}
