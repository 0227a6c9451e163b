package backup

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/spectest"
)

// FuzzParseErasures: a list of what must stay erased has one spelling, and names only what could be an identifier.
func FuzzParseErasures(f *testing.F) {
	files, err := filepath.Glob("../../spec/testdata/backup/list*")
	if err != nil || len(files) == 0 {
		f.Fatalf("no lists: %v", err)
	}
	for _, file := range files {
		f.Add([]byte(spectest.Read(f, file)["list"]))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := parseErasures(b)
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.TooLarge {
				t.Fatalf("%q: %v", b, err)
			}
			return
		}
		if again, err := frame.Encode(l); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%q was read and would be written %q, %v", b, again, err)
		}
		for _, e := range l.List.Erased {
			if e.ID == "" || len(e.ID) > 80 || e.At <= 0 {
				t.Errorf("%q erases %+v", b, e)
			}
		}
	})
}
