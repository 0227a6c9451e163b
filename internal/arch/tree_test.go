package arch

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
)

// source is one Go file.
type source struct {
	path      string // from the root of the module
	test      bool
	generated bool
	lines     int
	file      *ast.File
}

// imports returns the paths that the file imports.
func (s *source) imports() []string {
	var all []string
	for _, i := range s.file.Imports {
		p, _ := strconv.Unquote(i.Path.Value) // the parser has already checked it
		all = append(all, p)
	}
	return all
}

// pkg is one directory of Go files, named from the root of the module and without "internal/".
type pkg struct {
	name  string
	ident string // the name in its package clauses
	files []*source
}

// tree is the module as it lies on the disk. Nothing is type-checked or built.
type tree struct {
	fsys   fs.FS
	module string
	direct map[string]bool // modules required in go.mod; false: only indirectly
	fset   *token.FileSet
	pkgs   map[string]*pkg
}

// leaveOut reports whether a directory is not ours to check.
func leaveOut(fsys fs.FS, dir string) bool {
	base := path.Base(dir)
	if dir == "." {
		return false
	}
	if strings.HasPrefix(base, ".") && base != ".ci" || base == "node_modules" || base == "dist" {
		return true
	}
	_, err := fs.Stat(fsys, path.Join(dir, "go.mod"))
	return err == nil // a module of its own
}

// readTree parses every Go file of the module at the root of fsys.
func readTree(fsys fs.FS) (*tree, error) {
	t := &tree{fsys: fsys, fset: token.NewFileSet(), pkgs: map[string]*pkg{}, direct: map[string]bool{}}
	data, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return nil, err
	}
	mod, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		return nil, err
	}
	t.module = mod.Module.Mod.Path
	for _, r := range mod.Require {
		t.direct[r.Mod.Path] = !r.Indirect
	}
	err = fs.WalkDir(fsys, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // a temporary file that was there a moment ago
			}
			return err
		}
		if e.IsDir() {
			if leaveOut(fsys, p) || e.Name() == "testdata" || strings.HasPrefix(e.Name(), "_") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") || strings.HasPrefix(e.Name(), "_") || strings.HasPrefix(e.Name(), ".") {
			return nil
		}
		return t.add(p)
	})
	return t, err
}

func (t *tree) add(p string) error {
	data, err := fs.ReadFile(t.fsys, p)
	if err != nil {
		return err
	}
	f, err := parser.ParseFile(t.fset, p, data, parser.ParseComments)
	if err != nil {
		return fmt.Errorf("parse: %w", err)
	}
	s := &source{path: p, test: strings.HasSuffix(p, "_test.go"), generated: ast.IsGenerated(f), file: f}
	s.lines = bytes.Count(data, []byte("\n"))
	name := strings.TrimPrefix(path.Dir(p), "internal/")
	if t.pkgs[name] == nil {
		t.pkgs[name] = &pkg{name: name}
	}
	k := t.pkgs[name]
	if !s.test || k.ident == "" {
		k.ident = strings.TrimSuffix(f.Name.Name, "_test")
	}
	k.files = append(k.files, s)
	return nil
}

// local turns an import path of this module into the name of a package.
func (t *tree) local(imp string) (string, bool) {
	if imp == t.module {
		return ".", true
	}
	rest, ok := strings.CutPrefix(imp, t.module+"/")
	return strings.TrimPrefix(rest, "internal/"), ok
}

// at is the place of a node, for a failure message.
func (t *tree) at(n ast.Node) string {
	p := t.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}
