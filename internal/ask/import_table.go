package ask

import (
	"os"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/intake"
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

// ReadAt reads and counts how far it has come.
func (t *tableFile) ReadAt(b []byte, at int64) (int, error) {
	n, err := t.File.ReadAt(b, at)
	t.read += int64(n)
	return n, err
}

// rows reads the table as what it is.
func (t *tableFile) rows(comma rune) (sheet.Rows, error) { return intake.Table(t, t.size, comma) }
