package ask

import (
	"errors"
	"io"
	"os"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sheet"
)

// tableFile is a table in a file, CSV or an Excel workbook, and how much of it was read.
type tableFile struct {
	*os.File
	size int64
	read int64
}

// openTable opens a table.
//
// It fails with [fault.Invalid] if it cannot be read.
func openTable(name string) (*tableFile, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "cli.file", err).With("file", name)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, fault.Wrap(fault.Invalid, "cli.file", err).With("file", name)
	}
	return &tableFile{File: f, size: info.Size()}, nil
}

// Read reads on and counts.
func (t *tableFile) Read(b []byte) (int, error) {
	n, err := t.File.Read(b)
	t.read += int64(n)
	return n, err
}

// ReadAt reads and counts how far it has come.
func (t *tableFile) ReadAt(b []byte, at int64) (int, error) {
	n, err := t.File.ReadAt(b, at)
	t.read += int64(n)
	return n, err
}

// rows reads the table as what it is: a workbook begins as every archive does, and CSV never.
func (t *tableFile) rows(comma rune) (sheet.Rows, error) {
	var mark [4]byte
	if n, _ := t.File.ReadAt(mark[:], 0); n == len(mark) && string(mark[:]) == "PK\x03\x04" {
		return sheet.XLSX(t, t.size)
	}
	return sheet.CSV(t, comma), nil
}

// early is how many rows are looked at for the heads.
const early = 10

// heads returns the row with the heads, and the rows behind it: the first row, or the last among the early ones of which fits
// says so. It returns none if there is no such row.
func heads(rows sheet.Rows, fits func([]string) bool) ([]string, sheet.Rows, error) {
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
