package demo_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// few are enough members for the story and for witnesses; ./check runs the demonstration with all eleven.
func few() []id.Member { return []id.Member{"MD", "MK", "RO", "XK"} }

func TestTheLoopCloses(t *testing.T) {
	var out strings.Builder
	dir := filepath.Join(t.TempDir(), "kept")
	if err := demo.Run(t.Context(), demo.Options{Once: true, Dir: dir, Members: few()}, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if strings.ContainsAny(out.String(), "⟦✗") {
		t.Errorf("the trace has gaps:\n%s", out.String())
	}
	for _, m := range few() {
		info, err := os.Stat(filepath.Join(dir+".secrets", string(m)))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("secret of %s: %v, %v", m, info, err)
		}
	}
	if !strings.Contains(out.String(), dir+".secrets") {
		t.Errorf("the screen does not say where the secrets are:\n%s", out.String())
	}
	if strings.Count(out.String(), demo.Passphrase) != 1 {
		t.Errorf("the screen does not say once how one signs in to what is kept:\n%s", out.String())
	}
	if err := demo.Run(t.Context(), demo.Options{Once: true, Dir: dir}, &out); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second run into the same directory: %v", err)
	}
}

// leaver ends the demonstration once its nodes are there.
type leaver struct {
	dir   string
	end   context.CancelFunc
	found []string
}

func (l *leaver) Write(b []byte) (int, error) {
	if l.found == nil {
		l.found, _ = filepath.Glob(filepath.Join(l.dir, "*", "nodes", "*", "node.db"))
		if l.found != nil {
			l.end()
		}
	}
	return len(b), nil
}

// Who gives no directory finds nothing left, even if the demonstration is broken off in the middle.
func TestNothingStaysWithoutADirectory(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	l := &leaver{dir: dir, end: end}
	if err := demo.Run(ctx, demo.Options{Once: true, Members: few()[:3]}, l); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 || len(l.found) != 3 {
		t.Errorf("%d databases there were; left are %v, %v", len(l.found), left, err)
	}
}
