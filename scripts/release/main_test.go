package main

import (
	"bufio"
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMethodsThatNobodyCallsAreLeftOut asks the linker which function of the program looks for methods by a name that is known only while it
// runs. As soon as there is one, each exported method of each type is kept, and the program is 4 MB larger (docs/adr/0044-no-method-by-its-name.md).
func TestMethodsThatNobodyCallsAreLeftOut(t *testing.T) {
	cmd := exec.Command("go", "build", "-ldflags=-dumpdep", "-o", filepath.Join(t.TempDir(), "opentrm"), "../../cmd/opentrm")
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	var said bytes.Buffer
	cmd.Stderr = &said // a line for each thing that is kept: who keeps it -> what is kept
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %.2000s", err, &said)
	}
	lines, began := bufio.NewScanner(&said), false
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		by, what, _ := strings.Cut(lines.Text(), " -> ")
		began = began || strings.HasPrefix(by, "main.main")
		if strings.Contains(what, "<ReflectMethod>") {
			t.Errorf("%s looks for methods by their names; it is kept by %s", what, by)
		}
	}
	if err := lines.Err(); err != nil || !began {
		t.Errorf("the linker tells nothing of the program: %v", err)
	}
}
