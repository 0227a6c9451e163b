package sheet

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/opentrm/opentrm/internal/fault"
)

// CSV reads comma-separated values in UTF-8 (RFC 4180), with another separator if comma says so. A line with nothing on it is
// no row. Rows may have different numbers of cells.
//
// Next fails with [fault.TooLarge] "sheet.large" beyond a limit, and with [fault.Invalid] "sheet.file" if the file cannot be
// read on.
func CSV(r io.Reader, comma rune) Rows {
	return Long(r, comma, MaxRows)
}

// Long is [CSV] of at most so many rows.
func Long(r io.Reader, comma rune, rows int) Rows {
	b := bufio.NewReader(r)
	if mark, err := b.Peek(3); err == nil && string(mark) == "\xef\xbb\xbf" {
		_, _ = b.Discard(len(mark))
	}
	c := &csvRows{in: &bounded{r: b}, most: rows}
	c.csv = csv.NewReader(c.in)
	c.csv.Comma, c.csv.FieldsPerRecord, c.csv.ReuseRecord = comma, -1, true
	return c
}

type csvRows struct {
	in   *bounded
	csv  *csv.Reader
	rows int
	most int
}

// bounded lets through so much between two rows and no more: a quotation that never ends must not fill the memory.
type bounded struct {
	r    io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fault.New(fault.TooLarge, "sheet.large")
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

func (c *csvRows) Next() (Row, error) {
	if c.rows++; c.rows > c.most {
		return Row{}, fault.New(fault.TooLarge, "sheet.large")
	}
	c.in.left = MaxRow + 8<<10 // what it has read ahead belongs to the rows after this one
	cells, err := c.csv.Read()
	var bad *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return Row{}, io.EOF
	case errors.As(err, &bad):
		return Row{Number: int64(bad.StartLine), Broken: "sheet.row.quotes"}, nil
	case fault.Is(err, fault.TooLarge):
		return Row{}, err
	case err != nil:
		return Row{}, fault.Wrap(fault.Invalid, "sheet.file", err)
	}
	line, _ := c.csv.FieldPos(0)
	row := Row{Number: int64(line)}
	if row.Broken = judge(cells); row.Broken == "" {
		row.Cells = append(row.Cells, cells...)
	}
	return row, nil
}

// judge says why cells cannot be taken; empty if they can.
func judge(cells []string) string {
	if len(cells) > MaxColumns {
		return "sheet.row.columns"
	}
	for _, s := range cells {
		if len(s) > MaxCell {
			return "sheet.row.cell"
		}
		if !utf8.ValidString(s) {
			return "sheet.row.encoding"
		}
	}
	return ""
}
