package demo_test

import (
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
	info, err := os.Stat(filepath.Join(dir+".secrets", "MK"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("secret of MK: %v, %v", info, err)
	}
	if err := demo.Run(t.Context(), demo.Options{Once: true, Dir: dir}, &out); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second run into the same directory: %v", err)
	}
}
