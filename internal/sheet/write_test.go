package sheet_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/sheet"
)

// No cell of what is written begins as a formula does, and what is read again is what was written.
func TestWrittenCSVHoldsNoFormula(t *testing.T) {
	rows := [][]string{
		{"Name", "Telephone"},
		{`=HYPERLINK("http://demo.example")`, "+389 70 000"},
		{"-1", "@SUM(A1)"},
		{"'=already", "''=twice"},
		{"it's", "Измислена, \"Демона\"\nsecond line"},
		{"'", "'quoted'"},
	}
	b, err := sheet.WriteCSV(rows)
	if err != nil {
		t.Fatal(err)
	}
	in := sheet.CSV(bytes.NewReader(b), ',')
	var got [][]string
	for {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || row.Broken != "" {
			t.Fatalf("%+v %v", row, err)
		}
		var cells []string
		for _, s := range row.Cells {
			if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
				t.Errorf("%q is a formula", s)
			}
			cells = append(cells, sheet.Unguard(s))
		}
		got = append(got, cells)
	}
	if d := cmp.Diff(rows, got); d != "" {
		t.Error(d)
	}
}

func FuzzGuard(f *testing.F) {
	for _, s := range []string{"", "=1", "'=1", "''+", "'", "a", "\t1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		g := sheet.Guard(s)
		if sheet.Unguard(g) != s {
			t.Errorf("%q becomes %q", s, sheet.Unguard(g))
		}
		if g != "" && strings.ContainsRune("=+-@\t\r\n", rune(g[0])) {
			t.Errorf("%q is a formula", g)
		}
	})
}
