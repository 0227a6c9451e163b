package sheet

import (
	"encoding/xml"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// sheetRows reads the rows of one sheet.
type sheetRows struct {
	w    *workbook
	p    *part
	last int64 // number of the row before
	over bool
}

// cell is one cell on its way.
type cell struct {
	column  int
	kind    string // t
	style   int
	text    strings.Builder
	value   bool // it has one
	formula bool
}

// Next returns the next row that has a value.
func (r *sheetRows) Next() (Row, error) {
	for !r.over {
		t, err := r.p.next()
		if err != nil {
			return Row{}, err
		}
		switch t := t.(type) {
		case nil:
			r.over = true
		case xml.StartElement:
			if t.Name.Local != "row" {
				continue
			}
			row, err := r.row(element{t, r.p.depth})
			if err != nil {
				return Row{}, err
			}
			for len(row.Cells) > 0 && row.Cells[len(row.Cells)-1] == "" {
				row.Cells = row.Cells[:len(row.Cells)-1]
			}
			if row.Broken != "" || len(row.Cells) > 0 {
				return row, nil
			}
		}
	}
	_ = r.p.close()
	return Row{}, io.EOF
}

// row reads a row to its end.
func (r *sheetRows) row(e element) (Row, error) {
	row := Row{Number: r.last + 1}
	if s := e.attr("r"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n <= r.last {
			return Row{}, strange(err)
		}
		row.Number = n
	}
	if row.Number > MaxRows*2 { // Excel has no more
		return Row{}, large()
	}
	r.last = row.Number
	var c *cell
	column, size, taking := -1, 0, false
	for {
		t, err := r.p.next()
		if err != nil {
			return Row{}, err
		}
		switch t := t.(type) {
		case nil:
			return Row{}, strange(io.ErrUnexpectedEOF)
		case xml.StartElement:
			switch t.Name.Local {
			case "c":
				c = newCell(element{t, r.p.depth}, column)
				column = c.column
			case "v", "t":
				taking = c != nil
				if taking {
					c.value = true
				}
			case "f":
				if c != nil {
					c.formula = true
				}
			case "rPh":
				taking = false
			}
		case xml.CharData:
			if taking {
				if size += len(t); size > MaxRow {
					return Row{}, large()
				}
				c.text.Write(t)
			}
		case xml.EndElement:
			taking = false
			switch {
			case t.Name.Local == "c" && c != nil:
				r.put(&row, c)
				c = nil
			case t.Name.Local == "row":
				if row.Broken == "" {
					row.Broken = judge(row.Cells)
				}
				if row.Broken != "" {
					row.Cells = nil
				}
				return row, nil
			}
		}
	}
}

// newCell begins a cell, which stands behind the one before where nothing else is said.
func newCell(e element, before int) *cell {
	c := &cell{column: before + 1, kind: e.attr("t"), style: -1}
	if at := e.attr("r"); at != "" {
		c.column = columnOf(at)
	}
	if n, err := strconv.Atoi(e.attr("s")); err == nil {
		c.style = n
	}
	return c
}

// columnOf returns the column of a place like "AB12", from 0; beyond the limit where there is none.
func columnOf(at string) int {
	n := 0
	for i := 0; i < len(at) && at[i] >= 'A' && at[i] <= 'Z' && n <= MaxColumns; i++ {
		n = n*26 + int(at[i]-'A') + 1
	}
	if n == 0 {
		return MaxColumns
	}
	return n - 1
}

// put takes a cell into its row.
func (r *sheetRows) put(row *Row, c *cell) {
	s, broken := r.value(c)
	switch {
	case broken != "":
		row.Broken = broken
		return
	case s == "":
		return
	case c.column < 0 || c.column >= MaxColumns:
		row.Broken = "sheet.row.columns"
		return
	}
	for len(row.Cells) <= c.column {
		row.Cells = append(row.Cells, "")
	}
	row.Cells[c.column] = s
}

// value returns what a cell says, or the key of why that cannot be told.
func (r *sheetRows) value(c *cell) (s, broken string) {
	s = c.text.String()
	switch c.kind {
	case "s":
		if !c.value {
			return "", ""
		}
		i, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || i < 0 || i >= len(r.w.shared) {
			return "", "sheet.row.shared"
		}
		return r.w.shared[i], ""
	case "e":
		return "", "sheet.row.formula"
	}
	if c.formula && (!c.value || s == "" && c.kind != "str") {
		return "", "sheet.row.formula"
	}
	switch c.kind {
	case "b":
		return map[string]string{"1": "TRUE", "0": "FALSE"}[s], ""
	case "", "n":
		if s == "" {
			return "", ""
		}
		return r.number(s, c.style)
	}
	return s, "" // "str", "inlineStr", "d"
}

// number writes a number as it is shown: a date as yyyy-mm-dd, anything else with the 15 digits that a workbook knows.
func (r *sheetRows) number(s string, style int) (text, broken string) {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return "", "sheet.row.number"
	}
	if style >= 0 && style < len(r.w.dates) && r.w.dates[style] {
		return r.day(v)
	}
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', -1, 64), ""
	}
	return strconv.FormatFloat(v, 'g', 15, 64), ""
}

// day is the date of a number of days. The calendar of 1900 has a 29 February that never was, which is told as no date.
func (r *sheetRows) day(v float64) (text, broken string) {
	days := math.Floor(v)
	first := time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC)
	switch {
	case days < 0 || days > 2_958_465 || r.w.since == 0 && (days == 0 || days == 60):
		return "", "sheet.row.date"
	case r.w.since == 1904:
		first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days > 60:
		first = first.AddDate(0, 0, -1)
	}
	return first.AddDate(0, 0, int(days)).Format(time.DateOnly), ""
}
