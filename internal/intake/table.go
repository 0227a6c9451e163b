package intake

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sheet"
)

// Limits of a table that is taken as a whole, from a page. Larger ones are taken by the command line, row by row.
const (
	MostFile  = 2 << 20 // bytes
	MostWhole = 1000    // rows with something in them
)

// Table reads a table as what it is: a workbook begins as every archive does, and CSV never.
//
// It fails as [sheet.XLSX].
func Table(r io.ReaderAt, size int64, comma rune) (sheet.Rows, error) {
	var mark [4]byte
	if n, _ := r.ReadAt(mark[:], 0); n == len(mark) && string(mark[:]) == "PK\x03\x04" {
		return sheet.XLSX(r, size)
	}
	return sheet.CSV(io.NewSectionReader(r, 0, size), comma), nil
}

// early is how many rows are looked at for the heads.
const early = 10

// Heads returns the row with the heads, and the rows behind it: the first row, or the last among the early ones of which fits
// says so. It returns none if there is no such row.
func Heads(rows sheet.Rows, fits func([]string) bool) ([]string, sheet.Rows, error) {
	var seen []sheet.Row
	at := -1
	for len(seen) < early {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		seen = append(seen, row)
		if row.Broken == "" && (fits == nil || fits(row.Cells)) {
			at = len(seen) - 1
		}
		if fits == nil {
			break
		}
	}
	if at < 0 {
		return nil, nil, nil
	}
	return seen[at].Cells, &again{seen[at+1:], rows}, nil
}

// again is rows of which some were read before.
type again struct {
	seen []sheet.Row
	rest sheet.Rows
}

// Next returns those first.
func (a *again) Next() (sheet.Row, error) {
	if len(a.seen) > 0 {
		row := a.seen[0]
		a.seen = a.seen[1:]
		return row, nil
	}
	return a.rest.Next()
}

// Heads reports whether a row can be the heads of a table in the form of HTCDS. IOM's spreadsheet has identifiers, hidden, above the
// labels that people see. Those of addresses do not fit each other; what people saw when they typed counts.
func (m Mapping) Heads(cells []string) bool {
	there := 0
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			there++
		}
	}
	n := m.Fits(cells)
	return n >= 2 && 2*n >= there
}

// Separator is what stands between the cells of a table in CSV.
func (m Mapping) Separator() rune {
	if m.Comma == "" {
		return ','
	}
	return rune(m.Comma[0])
}

// Nothing reports whether a row has nothing under any head: a running number in a column without one, say.
func Nothing(head []string, r sheet.Row) bool {
	for i, cell := range r.Cells {
		if strings.TrimSpace(cell) != "" && (i >= len(head) || strings.TrimSpace(head[i]) != "") {
			return false
		}
	}
	return r.Broken == ""
}

// Upload is a table as a whole, and what its columns mean; no mapping: they are those of HTCDS.
type Upload struct {
	File    []byte `json:"file,omitempty"`
	Mapping []byte `json:"mapping,omitempty"`
}

// whole reads all of a table: heads, rows, and how many have nothing under any head.
//
// It fails with [fault.TooLarge] "intake.upload.large" beyond [MostFile] or [MostWhole], and with [fault.Invalid] "intake.upload.head" if
// there is no row of heads, as the mapping does, and as package sheet.
func (u Upload) whole() (head []string, rows []Row, empty int64, err error) {
	if len(u.File) > MostFile {
		return nil, nil, 0, fault.New(fault.TooLarge, "intake.upload.large")
	}
	m, err := HTCDS()
	fits := m.Heads
	if len(u.Mapping) > 0 {
		m, err = ParseMapping(u.Mapping)
		fits = nil
	}
	if err != nil {
		return nil, nil, 0, err
	}
	all, err := Table(bytes.NewReader(u.File), int64(len(u.File)), m.Separator())
	if err != nil {
		return nil, nil, 0, err
	}
	if head, all, err = Heads(all, fits); err != nil {
		return nil, nil, 0, err
	}
	if len(head) == 0 {
		return nil, nil, 0, fault.New(fault.Invalid, "intake.upload.head")
	}
	seen := map[string]int64{}
	for {
		r, err := all.Next()
		if errors.Is(err, io.EOF) {
			return head, rows, empty, nil
		}
		if err != nil {
			return nil, nil, 0, err
		}
		if Nothing(head, r) {
			empty++
			continue
		}
		if len(rows) == MostWhole {
			return nil, nil, 0, fault.New(fault.TooLarge, "intake.upload.large")
		}
		key := strings.Join(r.Cells, "\x00")
		row := Row{Number: r.Number, Nth: seen[key], Cells: r.Cells}
		if seen[key]++; r.Broken != "" {
			row = Row{Number: r.Number, Broken: true, why: r.Broken}
		}
		rows = append(rows, row)
	}
}
