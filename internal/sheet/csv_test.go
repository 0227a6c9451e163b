package sheet_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sheet"
)

// all reads a table to its end.
func all(r sheet.Rows) (rows []sheet.Row, err error) {
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
}

func TestCSV(t *testing.T) {
	text := "\ufeffname;note\nAna;\"two\nlines\"\n\nno;\"good\" quotes\n;\nЈана;é\nbad;\xff\n" +
		"long;" + strings.Repeat("x", sheet.MaxCell+1) + "\n" + strings.Repeat(";", sheet.MaxColumns) + "\nlast;row"
	got, err := all(sheet.CSV(strings.NewReader(text), ';'))
	want := []sheet.Row{
		{Number: 1, Cells: []string{"name", "note"}},
		{Number: 2, Cells: []string{"Ana", "two\nlines"}},
		{Number: 5, Broken: "sheet.row.quotes"},
		{Number: 6, Cells: []string{"", ""}},
		{Number: 7, Cells: []string{"Јана", "é"}},
		{Number: 8, Broken: "sheet.row.encoding"},
		{Number: 9, Broken: "sheet.row.cell"},
		{Number: 10, Broken: "sheet.row.columns"},
		{Number: 11, Cells: []string{"last", "row"}},
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
}

// endless is text without an end, which says how much of it was read.
type endless struct {
	text string
	read int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.text[(e.read+i)%len(e.text)]
	}
	e.read += len(p)
	return len(p), nil
}

func TestAQuotationThatNeverEnds(t *testing.T) {
	in := &endless{text: "x,\n"}
	got, err := all(sheet.CSV(io.MultiReader(strings.NewReader(`"`), in), ','))
	if !fault.Is(err, fault.TooLarge) || in.read > 2*sheet.MaxRow || len(got) > 0 {
		t.Errorf("%d rows, %d bytes read, %v", len(got), in.read, err)
	}
	rows := &endless{text: "a\n"}
	n, err := count(sheet.CSV(rows, ','))
	if !fault.Is(err, fault.TooLarge) || n != sheet.MaxRows {
		t.Errorf("%d rows, %v", n, err)
	}
}

func count(r sheet.Rows) (n int, err error) {
	for {
		if _, err := r.Next(); err != nil {
			return n, err
		}
		n++
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("a,b\n1,2\n", ',')
	f.Add("\ufeffa;\"b\nc\"\n\"", ';')
	f.Fuzz(func(t *testing.T, text string, comma rune) {
		if comma != ';' && comma != '\t' {
			comma = ','
		}
		rows, err := all(sheet.CSV(strings.NewReader(text), comma))
		if err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
			t.Fatal(err)
		}
		last := int64(0)
		for _, r := range rows {
			if r.Number <= last || r.Broken == "" && len(r.Cells) == 0 {
				t.Fatalf("row %+v after %d", r, last)
			}
			last = r.Number
			for _, c := range r.Cells {
				if len(c) > sheet.MaxCell || !utf8.ValidString(c) {
					t.Fatalf("cell %q", c)
				}
			}
		}
	})
}
