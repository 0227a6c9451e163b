package figures_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAPlainCloneRunsEveryCommand: without a file and without shared data each command works on what is in the program, and the gate fails where it must.
func TestAPlainCloneRunsEveryCommand(t *testing.T) {
	made := filepath.Join(t.TempDir(), "made.csv")
	for _, c := range []struct {
		words []string
		code  int
		want  []string
	}{
		{[]string{"stats", "figure-65"}, 0, []string{"65.0%"}},
		{[]string{"stats", "release", "--check"}, 4, []string{"hidden            297", "of them recovered  297"}},
		{[]string{"stats", "mse", "--samples=0"}, 0, []string{"11313", "9884", "13027"}},
		{[]string{"stats", "synth", "--out", made}, 0, []string{"unlike any other"}},
	} {
		out, said, code := run(t, c.words...)
		if code != c.code {
			t.Errorf("%v ended with %d: %s", c.words, code, said)
		}
		flat := strings.Join(strings.Fields(out), " ")
		for _, want := range c.want {
			if !strings.Contains(flat, strings.Join(strings.Fields(want), " ")) {
				t.Errorf("%v: no %q in\n%s", c.words, want, out)
			}
		}
		if c.words[1] != "figure-65" && !strings.Contains(said, "Home Office") {
			t.Errorf("%v does not say whose figures these are: %s", c.words, said)
		}
	}
	b, err := os.ReadFile(made)
	if lines := strings.Count(string(b), "\n"); err != nil || lines < 4000 || !strings.HasPrefix(string(b), "responder,exploitation,age,gender\n") {
		t.Errorf("%v: %d lines", err, lines)
	}
	if _, _, code := run(t, "stats", "synth", "--out", made+"2", made); code != 2 {
		t.Errorf("records without a domain ended with %d", code)
	}
}
