package tally_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sheet"
	"github.com/opentrm/opentrm/internal/tally"
)

// said writes a table as rows of values.
func said(t *tally.Table) (out [][]string) {
	for row := range t.Rows() {
		var cells []string
		for _, c := range t.Columns() {
			cells = append(cells, c.Values[c.At(row)])
		}
		out = append(out, cells)
	}
	return out
}

func TestRead(t *testing.T) {
	const file = "\xef\xbb\xbfsex, age ,form\r\nf,\"18, or \"\"more\"\"\",labour\r\n\r\nm,9-17\n\"f\",Unknown,\"two\r\nlines\"\nm,x\"y,labour\nm,-,\"labour\"x\n,,sexual\nf,9-17,\xff\nm,9-17,labour"
	table, report, err := tally.Read(t.Context(), strings.NewReader(file), tally.Options{Columns: []string{"form", "sex", "age"}, Missing: []string{"Unknown"}, Needs: []string{"sex"}})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"labour", "f", `18, or "more"`}, {"two\nlines", "f", ""}, {"labour", "m", "9-17"}}
	if d := cmp.Diff(want, said(table)); d != "" {
		t.Error(d)
	}
	why := []tally.Broken{{4, "tally.row.cells"}, {7, "sheet.row.quotes"}, {8, "sheet.row.quotes"}, {9, "tally.row.empty"}, {10, "sheet.row.encoding"}}
	if d := cmp.Diff(tally.Report{Rows: 3, Broken: 5, First: why}, report); d != "" {
		t.Error(d)
	}
}

func TestReadWithNumbers(t *testing.T) {
	if _, _, err := tally.Read(t.Context(), strings.NewReader("a;n\nx;3\ny;-1\nx;4294967295\n"), tally.Options{Weight: "n", Comma: ';'}); !fault.Is(err, fault.TooLarge) {
		t.Fatalf("%v: more people than can be counted", err)
	}
	table, report, err := tally.Read(t.Context(), strings.NewReader("a;n\nx;3\ny;-1\nx;4\nz;1.5\n"), tally.Options{Weight: "n", Comma: ';'})
	if err != nil || table.People() != 7 || report.Rows != 2 || report.Broken != 2 || table.Marginal(0).At(table.Columns()[0].Code("x")) != 7 {
		t.Errorf("%v %+v", err, report)
	}
}

func TestReadFails(t *testing.T) {
	many := "a\n" + strings.Repeat("x", 2<<20)
	var wide strings.Builder
	wide.WriteString("a\n")
	for i := range tally.MaxValues + 1 {
		wide.WriteString("v")
		wide.WriteString(strings.Repeat("1", i%7))
		wide.WriteString(string(rune(0x4e00+i%20000)) + string(rune('a'+i/20000)) + "\n")
	}
	for _, x := range []struct {
		file string
		o    tally.Options
		kind fault.Kind
		key  string
	}{
		{"", tally.Options{}, fault.Invalid, "tally.file"},
		{"\n\n", tally.Options{}, fault.Invalid, "tally.file"},
		{"a\"b\n", tally.Options{}, fault.Invalid, "tally.file"},
		{"a,b\n1,2\n", tally.Options{Columns: []string{"c"}}, fault.Invalid, "tally.column"},
		{"a,b\n1,2\n", tally.Options{Needs: []string{"c"}}, fault.Invalid, "tally.column"},
		{"a,b\n1,2\n", tally.Options{Weight: "c"}, fault.Invalid, "tally.column"},
		{"a,a\n1,2\n", tally.Options{}, fault.Invalid, "tally.twice"},
		{"a,b\n1,2\n", tally.Options{Columns: []string{"a", "a"}}, fault.Invalid, "tally.twice"},
		{many, tally.Options{}, fault.TooLarge, "sheet.large"},
		{"a\n\"" + many, tally.Options{}, fault.TooLarge, "sheet.large"},
		{wide.String(), tally.Options{}, fault.Invalid, "tally.values"},
	} {
		_, _, err := tally.Read(t.Context(), strings.NewReader(x.file), x.o)
		if _, key, _ := fault.Public(err); fault.KindOf(err) != x.kind || key != x.key {
			t.Errorf("%.20q: %v, want %s", x.file, err, x.key)
		}
	}
	if _, _, err := tally.Read(t.Context(), iotest.ErrReader(errors.New("torn out")), tally.Options{}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

// reference reads by encoding/csv, as package sheet does.
func reference(b []byte) (rows [][]string, broken []int64) {
	in := sheet.CSV(bytes.NewReader(b), ',')
	for {
		row, err := in.Next()
		if err != nil {
			return rows, broken
		}
		if row.Broken != "" && row.Broken != "sheet.row.encoding" {
			broken = append(broken, row.Number)
		}
		rows = append(rows, row.Cells)
	}
}

// FuzzRead: whatever the bytes and however they come, the rows are those that encoding/csv finds.
func FuzzRead(f *testing.F) {
	for _, x := range []string{"a,b\n1,2\n", "a\n\"x\"\"y\r\n\"\r\n", "a\r\n\r\n\r", "a,b\n\"", "a\n\"x\"y\nz", "a\n\"x\"\r", "\xef\xbb\xbfa\nx\"", "a,b\n,\n\"\",\"\"\n"} {
		f.Add([]byte(x))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		table, report, err := tally.Read(t.Context(), iotest.OneByteReader(bytes.NewReader(b)), tally.Options{})
		again, second, fails := tally.Read(t.Context(), iotest.DataErrReader(bytes.NewReader(b)), tally.Options{})
		if (err == nil) != (fails == nil) || !cmp.Equal(report, second) || err == nil && !cmp.Equal(said(table), said(again)) {
			t.Fatalf("%q: it matters how it comes: %v, %v, %+v, %+v", b, err, fails, report, second)
		}
		if err != nil || report.Broken > int64(len(report.First)) {
			return
		}
		rows, _ := reference(b)
		var want [][]string
		var broken int64
		for _, r := range rows[1:] {
			if len(r) == len(table.Columns()) {
				want = append(want, r)
			} else {
				broken++
			}
		}
		if broken != report.Broken || !cmp.Equal(want, said(table)) {
			t.Fatalf("%q: %q and %d broken, want %q and %d", b, said(table), report.Broken, want, broken)
		}
	})
}
