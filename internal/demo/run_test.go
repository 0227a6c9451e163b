package demo_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
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
	toldInTheREADME(t, out.String())
	if err := demo.Run(t.Context(), demo.Options{Once: true, Dir: dir}, &out); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second run into the same directory: %v", err)
	}
}

var (
	printed = regexp.MustCompile(`[0-9a-z]{4}(?:-[0-9a-z]{4}){7}`) // the fingerprint of a root
	counted = regexp.MustCompile(`[0-9]+(?:\.[0-9]+)?`)
)

// likeness is a trace without what each run has of its own: times, counts and keys.
func likeness(trace string) string {
	return strings.Join(strings.Fields(counted.ReplaceAllString(printed.ReplaceAllString(trace, "F"), "N")), " ")
}

// toldInTheREADME fails unless README.md opens with a picture, and each of at most 15 lines of its trace stands in what the demonstration has
// printed, in the same order.
func toldInTheREADME(t *testing.T, out string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	opening, _, _ := strings.Cut(string(text), "\n## ")
	if !strings.Contains(opening, ".png)") {
		t.Error("README.md does not open with a picture")
	}
	_, rest, _ := strings.Cut(string(text), "\n## What you will see\n")
	_, rest, _ = strings.Cut(rest, "```\n")
	trace, _, ok := strings.Cut(rest, "```")
	lines := strings.Split(strings.TrimSpace(trace), "\n")
	if !ok || len(lines) < 10 || len(lines) > 15 {
		t.Errorf("the trace of README.md has %d lines", len(lines))
	}
	said := likeness(out)
	for _, line := range lines {
		_, after, found := strings.Cut(said, likeness(line))
		if !found {
			t.Errorf("README.md says %q, which the demonstration does not say, or not there", line)
			continue
		}
		said = after
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
