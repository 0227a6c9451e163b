// Package tally counts combinations of values in wide tables of categories: which rows say A in one column and B in another, for all pairs, triples
// and longer combinations of columns at once. It knows columns and codes and nothing of what they mean.
//
// A [Table] holds one code for each cell: a byte where a column has up to 255 values, else two. [Read] fills it from CSV as the file comes, in
// memory that depends on rows times columns and on the different values, never on the length of the file. Code 0 of every column is "nothing was
// said": it is counted in a [Marginal], where an empty cell is a value of its own (unknown is not zero), and never in a [Combination].
//
// Three ideas make it fast. Equal rows are counted once with their number ([Table.Distinct]). Tables of few columns are summed out of tables of
// more columns, as long as those are small against the rows ([Table.Marginals]; "smallest parent" of Agarwal and others, On the computation of
// multidimensional aggregates, 1996). Combinations that are frequent are looked for only among rows of combinations that are
// ([Table.Frequent]; bottom-up cubes of Beyer and Ramakrishnan, 1999).
package tally

import (
	"math"

	"github.com/opentrm/opentrm/internal/fault"
)

// Limits of a table.
const (
	MaxColumns = 500
	MaxValues  = 65_535         // different values of a column
	MaxRows    = 100_000_000    // rows of a table
	MaxBytes   = 4 << 30        // memory of its codes
	MaxPeople  = math.MaxUint32 // sum of what its rows count for
)

// Table is rows of codes, column by column. Its zero value has no columns; [New] makes one to be filled by hand.
type Table struct {
	columns []*Column
	rows    int
	weights []uint32 // how often each row was there; nil: once
	people  int64
}

// Column is one column of a [Table].
type Column struct {
	Name   string
	Values []string // by their codes; the first is empty: nothing was said

	narrow []uint8  // codes of the rows, if there are up to 256 values
	wide   []uint16 // else
	codes  map[string]uint16
}

// New makes a table without rows.
//
// It fails with [fault.TooLarge] "sheet.row.columns" beyond [MaxColumns], and with [fault.Invalid] "tally.twice" if two columns have one name.
func New(names ...string) (*Table, error) {
	if len(names) > MaxColumns {
		return nil, fault.New(fault.TooLarge, "sheet.row.columns")
	}
	t := &Table{}
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			return nil, fault.New(fault.Invalid, "tally.twice").With("column", name)
		}
		seen[name] = true
		t.columns = append(t.columns, &Column{Name: name, Values: []string{""}, codes: map[string]uint16{"": 0}})
	}
	return t, nil
}

// Add appends a row that counts for n people; an empty value says nothing. The table must have no more and no fewer columns than there are values.
//
// It fails with [fault.TooLarge] "sheet.large" beyond a limit, and with [fault.Invalid] "tally.values" if a column has too many values.
func (t *Table) Add(n uint32, values ...string) error {
	if t.rows >= MaxRows || t.people+int64(n) > MaxPeople {
		return fault.New(fault.TooLarge, "sheet.large")
	}
	for i, v := range values {
		c := t.columns[i]
		code, ok := c.codes[v]
		if !ok {
			var err error
			if code, err = c.value(v); err != nil {
				return err
			}
		}
		c.push(code)
	}
	if n != 1 && t.weights == nil {
		t.weights = make([]uint32, t.rows, t.rows+1)
		for i := range t.weights {
			t.weights[i] = 1
		}
	}
	if t.weights != nil {
		t.weights = append(t.weights, n)
	}
	t.rows++
	t.people += int64(n)
	return nil
}

// value gives a value its code.
func (c *Column) value(v string) (uint16, error) {
	if len(c.Values) > MaxValues {
		return 0, fault.New(fault.Invalid, "tally.values").With("column", c.Name)
	}
	if len(c.Values) == 256 {
		c.wide = make([]uint16, len(c.narrow), cap(c.narrow))
		for i, x := range c.narrow {
			c.wide[i] = uint16(x)
		}
		c.narrow = nil
	}
	code := uint16(len(c.Values))
	c.Values = append(c.Values, v)
	c.codes[v] = code
	return code, nil
}

func (c *Column) push(code uint16) {
	if c.wide != nil {
		c.wide = append(c.wide, code)
		return
	}
	c.narrow = append(c.narrow, uint8(code))
}

// Code returns the code of a value in a column; 0 if nobody said it.
func (c *Column) Code(value string) uint16 { return c.codes[value] }

// At returns the code of a row.
func (c *Column) At(row int) uint16 {
	if c.wide != nil {
		return c.wide[row]
	}
	return uint16(c.narrow[row])
}

// Rows returns how many rows are held: fewer than people if equal rows are held once.
func (t *Table) Rows() int { return t.rows }

// People returns how many rows there were before equal ones were put together.
func (t *Table) People() int64 { return t.people }

// Weight returns for how many people a row counts.
func (t *Table) Weight(row int) uint32 {
	if t.weights == nil {
		return 1
	}
	return t.weights[row]
}

// Columns returns the columns in their order. They must not be written to.
func (t *Table) Columns() []*Column { return t.columns }

// Index returns the place of a column, and -1 if there is none of that name.
func (t *Table) Index(name string) int {
	for i, c := range t.columns {
		if c.Name == name {
			return i
		}
	}
	return -1
}

// Pick returns a table of some of the columns, which shares their memory and must not be added to.
//
// It fails with [fault.Invalid] "tally.column" if a name is of none.
func (t *Table) Pick(names ...string) (*Table, error) {
	out := &Table{rows: t.rows, weights: t.weights, people: t.people}
	for _, name := range names {
		i := t.Index(name)
		if i < 0 {
			return nil, fault.New(fault.Invalid, "tally.column").With("column", name)
		}
		out.columns = append(out.columns, t.columns[i])
	}
	return out, nil
}
