// Command ran reads a coverage profile and says which exported methods of the given types never ran.
//
//	ran PROFILE FOLDER TYPE...
//
// FOLDER is a package's, with its sources. The profile is one of "go test -coverprofile", of any number of
// packages. It exits with 1 and names the methods that no test called, or if there is no method at all.
package main

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "ran PROFILE FOLDER TYPE...")
		os.Exit(2)
	}
	f, err := os.Open(os.Args[1])
	var never []string
	var n int
	if err == nil {
		never, n, err = idle(f, os.Args[2], os.Args[3:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "ran:", err)
		os.Exit(1)
	}
	for _, m := range never {
		fmt.Printf("never called: %s\n", m)
	}
	fmt.Printf("%d of %d methods ran\n", n-len(never), n)
	if n == 0 || len(never) > 0 {
		os.Exit(1)
	}
}

// idle returns the exported methods of the types that the profile does not show to have run, and the number of all.
func idle(profile io.Reader, folder string, types []string) (never []string, n int, err error) {
	ran, err := blocks(profile)
	if err != nil {
		return nil, 0, err
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, 0, err
	}
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			return nil, 0, err
		}
		for _, d := range f.Decls {
			m, ok := d.(*ast.FuncDecl)
			if !ok || m.Recv == nil || !m.Name.IsExported() || !slices.Contains(types, receiver(m)) {
				continue
			}
			n++
			from, to := set.Position(m.Body.Lbrace), set.Position(m.Body.Rbrace)
			at := path.Join(path.Base(filepath.ToSlash(folder)), filepath.Base(name))
			if !slices.ContainsFunc(ran[at], func(p place) bool { return p.within(from, to) }) {
				never = append(never, receiver(m)+"."+m.Name.Name)
			}
		}
	}
	slices.Sort(never)
	return never, n, nil
}

func receiver(m *ast.FuncDecl) string {
	t := m.Recv.List[0].Type
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	if name, ok := t.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

// place is where a block of statements that ran begins.
type place struct{ line, column int }

func (p place) within(from, to token.Position) bool {
	after := p.line > from.Line || p.line == from.Line && p.column >= from.Column
	return after && (p.line < to.Line || p.line == to.Line && p.column < to.Column)
}

// blocks reads where the blocks that ran begin, by the last folder and name of their file.
func blocks(profile io.Reader) (map[string][]place, error) {
	ran := map[string][]place{}
	lines := bufio.NewScanner(profile)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "mode: ") {
			continue
		}
		colon := strings.LastIndexByte(line, ':')
		var p, end place
		var statements, count int
		if colon >= 0 {
			_, err := fmt.Sscanf(line[colon+1:], "%d.%d,%d.%d %d %d", &p.line, &p.column, &end.line, &end.column, &statements, &count)
			if err != nil {
				return nil, fmt.Errorf("%q is no line of a profile: %w", line, err)
			}
		} else {
			return nil, fmt.Errorf("%q is no line of a profile", line)
		}
		if count > 0 {
			at := path.Join(path.Base(path.Dir(line[:colon])), path.Base(line[:colon]))
			ran[at] = append(ran[at], p)
		}
	}
	return ran, lines.Err()
}
