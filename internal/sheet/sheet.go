// Package sheet reads tables that other programs wrote, row by row and within limits: CSV, and the first sheet of an Excel
// workbook. It knows cells of text and nothing of what they mean; a formula is never worked out.
//
// A file can be hostile: larger unpacked than packed, without an end, full of what is not said. No row, cell or table is read
// beyond the limits of this package, and a row that cannot be read is told as such while the reading goes on.
package sheet

// Limits of what is read.
const (
	MaxColumns = 500
	MaxCell    = 32 << 10 // bytes of a cell
	MaxRow     = 1 << 20  // bytes of a row
	MaxRows    = 1_000_000
)

// Row is one row of a table.
type Row struct {
	Number int64 // of the line on which it begins, or of the row in the sheet, from 1
	Cells  []string
	Broken string // message key of why it could not be read; empty: it was
}

// Rows is a table: its rows one after the other, then [io.EOF].
type Rows interface {
	Next() (Row, error)
}
