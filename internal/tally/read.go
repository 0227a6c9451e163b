package tally

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sheet"
)

// Options say what of a file becomes a [Table].
type Options struct {
	Columns []string // names of the columns that are counted, in their order in the table; empty: all of the file
	Missing []string // cells that say nothing, beside the empty one: "Unknown", "-99"
	Needs   []string // columns in which each record says something: a row without is reported and is not counted
	Weight  string   // column of whole numbers that says for how many people a row counts; empty: for one
	Comma   byte     // separator; 0: a comma
}

// Broken is a row that was not counted.
type Broken struct {
	Line int64  `json:"line"` // on which it begins, from 1
	Key  string `json:"why"`  // message key
}

// mostBroken is how many rows a [Report] names; it counts all.
const mostBroken = 20

// Report says what became of the rows of a file.
type Report struct {
	Rows   int64    `json:"rows"`        // that were counted
	Broken int64    `json:"not_read"`    // that were not
	First  []Broken `json:"broken_rows"` // of those, the first
}

func (r *Report) broken(line int64, key string) {
	if r.Broken++; len(r.First) < mostBroken {
		r.First = append(r.First, Broken{line, key})
	}
}

// Read makes a table of comma-separated values in UTF-8 (RFC 4180), whose first line names the columns. It reads as the file comes: held in memory are
// the codes, each different value once, and one row. A line with nothing on it is no row. A row that cannot be read, has another number of cells than
// the first line, or lacks what every record needs is reported and not counted.
//
// It fails with [fault.Invalid] "tally.file" if there is no first line or r fails, "tally.column" if a column is not there, "tally.twice" if one is there or
// asked for twice, and "tally.values" if one has more than [MaxValues] values; with [fault.TooLarge] "sheet.large" beyond a limit; and with the context's error.
func Read(ctx context.Context, r io.Reader, o Options) (*Table, Report, error) {
	in := &reader{r: r, comma: ',', buf: make([]byte, 1<<16), line: 1}
	if o.Comma != 0 {
		in.comma = o.Comma
	}
	var report Report
	head, err := in.head()
	if err != nil {
		return nil, report, err
	}
	f, err := plan(head, o)
	if err != nil {
		return nil, report, err
	}
	in.mark()
	for n := 0; ; n++ {
		if n&0xfff == 0 {
			if err := ctx.Err(); err != nil {
				return nil, report, err
			}
		}
		line, why, err := in.next()
		if errors.Is(err, io.EOF) {
			f.end()
			return f.table, report, nil
		}
		if err != nil {
			return nil, report, err
		}
		if why == "" {
			if why, err = f.take(in); err != nil {
				return nil, report, err
			}
		}
		if why != "" {
			report.broken(line, why)
			continue
		}
		report.Rows++
	}
}

// filling puts the cells of a file into a table.
type filling struct {
	table   *Table
	width   int
	from    []int // place in the file of each column of the table
	needs   []int
	weight  int // place in the file, or -1
	missing []string
	last    []uint16
	codes   []uint16
	bytes   int64
}

// head reads the first line.
func (in *reader) head() ([]string, error) {
	if err := in.skipMark(); err != nil {
		return nil, err
	}
	_, why, err := in.next()
	if errors.Is(err, io.EOF) || err == nil && why != "" {
		return nil, fault.New(fault.Invalid, "tally.file")
	}
	if err != nil {
		return nil, err
	}
	head := make([]string, len(in.cells))
	for i := range in.cells {
		name := bytes.TrimSpace(in.cell(i))
		if !utf8.Valid(name) || len(name) > sheet.MaxCell {
			return nil, fault.New(fault.Invalid, "tally.file")
		}
		head[i] = string(name)
	}
	return head, nil
}

// plan finds the columns.
func plan(head []string, o Options) (*filling, error) {
	if len(head) > MaxColumns {
		return nil, fault.New(fault.TooLarge, "sheet.row.columns")
	}
	f := &filling{width: len(head), weight: -1, missing: o.Missing}
	find := func(name string) (int, error) {
		at := slices.Index(head, name)
		if at < 0 {
			return 0, fault.New(fault.Invalid, "tally.column").With("column", name)
		}
		if slices.Contains(head[at+1:], name) {
			return 0, fault.New(fault.Invalid, "tally.twice").With("column", name)
		}
		return at, nil
	}
	if o.Weight != "" {
		at, err := find(o.Weight)
		if err != nil {
			return nil, err
		}
		f.weight = at
	}
	names := o.Columns
	if len(names) == 0 {
		for i, name := range head {
			if i != f.weight {
				names = append(names, name)
			}
		}
	}
	var err error
	if f.table, err = New(names...); err != nil {
		return nil, err
	}
	for _, name := range names {
		at, err := find(name)
		if err != nil {
			return nil, err
		}
		f.from = append(f.from, at)
	}
	for _, name := range o.Needs {
		at, err := find(name)
		if err != nil {
			return nil, err
		}
		f.needs = append(f.needs, at)
	}
	f.last, f.codes = make([]uint16, len(names)), make([]uint16, len(names))
	return f, nil
}

// take adds a row, or says why it is none.
func (f *filling) take(in *reader) (why string, err error) {
	t := f.table
	if len(in.cells) != f.width {
		return "tally.row.cells", nil
	}
	for _, at := range f.needs {
		if b := in.cell(at); len(b) == 0 || f.says(b) == "" {
			return "tally.row.empty", nil
		}
	}
	weight := uint32(1)
	if f.weight >= 0 {
		var ok bool
		if weight, ok = number(in.cell(f.weight)); !ok {
			return "tally.row.number", nil
		}
	}
	size := int64(0)
	for i, at := range f.from {
		c := t.columns[i]
		b := in.cell(at)
		code := f.last[i]
		if string(b) != c.Values[code] || code == 0 && len(b) > 0 {
			var ok bool
			if code, ok = c.codes[string(b)]; !ok {
				if len(b) > sheet.MaxCell {
					return "sheet.row.cell", nil
				}
				if !utf8.Valid(b) {
					return "sheet.row.encoding", nil
				}
				if v := f.says(b); v == "" {
					c.codes[string(b)], code = 0, 0
				} else if code, err = c.value(v); err != nil {
					return "", err
				}
			}
			f.last[i] = code
		}
		f.codes[i] = code
		if size++; c.wide != nil {
			size++
		}
	}
	if f.bytes += size; f.bytes > MaxBytes || t.rows >= MaxRows || t.people+int64(weight) > MaxPeople {
		return "", fault.New(fault.TooLarge, "sheet.large")
	}
	for i, c := range t.columns {
		c.push(f.codes[i])
	}
	if f.weight >= 0 {
		t.weights = append(t.weights, weight)
	}
	t.rows++
	t.people += int64(weight)
	return "", nil
}

// says returns what a cell says: nothing if it is one of those that are as good as empty.
func (f *filling) says(b []byte) string {
	for _, m := range f.missing {
		if string(b) == m {
			return ""
		}
	}
	return string(b)
}

// end gives back what the columns have too much.
func (f *filling) end() {
	for _, c := range f.table.columns {
		if cap(c.narrow) > len(c.narrow)+len(c.narrow)/4 {
			c.narrow = slices.Clip(slices.Clone(c.narrow))
		}
		if cap(c.wide) > len(c.wide)+len(c.wide)/4 {
			c.wide = slices.Clip(slices.Clone(c.wide))
		}
	}
}

// number reads a whole number that is not negative and fits.
func number(b []byte) (uint32, bool) {
	if len(b) == 0 || len(b) > 10 {
		return 0, false
	}
	n := uint64(0)
	for _, d := range b {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = n*10 + uint64(d-'0')
	}
	return uint32(n), n <= MaxPeople
}
