package spectest

import (
	"crypto/sha256"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
)

// Vector is a file of spec/testdata: lines of "name: value", no name twice.
type Vector map[string]string

// Vectors runs judge on every file of a directory of spec/testdata, of which some must be accepted and some refused. It returns how a
// reader takes what the file holds; what is accepted it must also write again to the same bytes.
func Vectors(t *testing.T, dir string, judge func(*testing.T, Vector) error) {
	t.Helper()
	files, err := filepath.Glob(dir + "/*")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			v := Read(t, f)
			seen[v["must"]]++
			got := Vector{"must": "accept"}
			if err := judge(t, v); err != nil {
				got["must"], got["kind"] = "refuse", fault.KindOf(err).String()
				if e, ok := errors.AsType[*fault.Error](err); ok {
					got["why"] = e.Key
				}
			}
			for _, name := range []string{"must", "kind", "why"} {
				if got[name] != v[name] {
					t.Errorf("%s: %q, want %q", name, got[name], v[name])
				}
			}
		})
	}
	if seen["accept"] == 0 || seen["refuse"] == 0 || len(seen) != 2 {
		t.Fatalf("vectors: %v", seen)
	}
}

// Read returns one vector.
func Read(t testing.TB, path string) Vector {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v := Vector{}
	for line := range strings.Lines(string(b)) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if _, twice := v[name]; !ok || twice {
			t.Fatalf("%s: line %.60q", path, line)
		}
		v[name] = value
	}
	return v
}

// version is the one of the specification whose vectors lie in dir.
func version(t *testing.T, dir string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "..", "..", filepath.Base(dir)+".md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(b), "\nVersion ")
	if !ok || len(text) < 5 {
		t.Fatalf("%s: no version", dir)
	}
	return text[:5]
}

// Save writes a vector, its first names in their order. Failure is what a reader must say, nil if it must accept it.
func Save(t *testing.T, dir, name, what string, failure error, v Vector) {
	t.Helper()
	all := maps.Clone(v)
	all["spec"], all["what"], all["must"] = filepath.Base(dir)+" "+version(t, dir), what, "accept"
	if failure != nil {
		e, ok := errors.AsType[*fault.Error](failure)
		if !ok {
			t.Fatalf("%s: %v", name, failure)
		}
		all["must"], all["kind"], all["why"] = "refuse", e.Kind.String(), e.Key
	}
	var b strings.Builder
	for _, k := range append([]string{"spec", "must", "kind", "why", "what"}, slices.Sorted(maps.Keys(all))...) {
		if value, ok := all[k]; ok {
			b.WriteString(k + ": " + value + "\n")
			delete(all, k)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Seed makes the 32 bytes of a test key or a digest, which everybody can make again.
func Seed(name string) []byte {
	sum := sha256.Sum256([]byte("opentrm test vector " + name))
	return sum[:]
}
