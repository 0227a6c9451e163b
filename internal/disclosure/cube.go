// Package disclosure protects tables of small counts before anybody else sees them: it rounds small counts so that everything still adds up ([Round]), hides
// cells and enough others beside them ([Suppress]), shows of a country with few persons only how many there are ([Fold]), and keeps what was released in a
// [Ledger], so that what comes later gives nothing away beside it. It knows dimensions and counts, and nothing of what they mean.
//
// It never judges itself: what can be found out of a table is worked out by package attack, which shares nothing with this one.
//
// Invariants:
//   - a table is rounded or hidden in its inner cells, and every margin is summed from what is published, so that no margin tells more than they do;
//   - the same counts under the same key are protected in the same way, so that asking twice tells nothing;
//   - what a choice depends on beside the counts is a key that is never published, so that the rule cannot be run backwards.
//
// Cells perturbed by a key for each cell and margin (the cell key method) were tried and rejected: docs/statistics.md says why.
package disclosure

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"github.com/opentrm/opentrm/internal/fault"
)

// Limits.
const (
	MaxDimensions = 8
	MaxCells      = 1 << 20 // cells with all their margins
	MinKey        = 32      // bytes of a key
)

// Dimension is one of the questions that a table answers together: its name, and the answers that there are.
type Dimension struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// Cube is how many persons gave each combination of answers: the inner cells of a table, the last dimension fastest.
type Cube struct {
	Dimensions []Dimension
	Counts     []int64
}

// NewCube makes a table of zeros.
//
// It fails with [fault.Invalid] "disclosure.dimensions" if there is no dimension or one without values, or a name or value is there twice, and with
// [fault.TooLarge] "disclosure.cells" beyond [MaxDimensions] or [MaxCells].
func NewCube(dimensions ...Dimension) (*Cube, error) {
	if len(dimensions) > MaxDimensions {
		return nil, fault.New(fault.TooLarge, "disclosure.cells")
	}
	names := map[string]bool{}
	n, all := 1, 1 // inner cells, and those with all margins, of which there can be 256 times as many
	for _, d := range dimensions {
		values := map[string]bool{}
		for _, v := range d.Values {
			if values[v] {
				return nil, fault.New(fault.Invalid, "disclosure.dimensions")
			}
			values[v] = true
		}
		if len(values) == 0 || names[d.Name] {
			return nil, fault.New(fault.Invalid, "disclosure.dimensions")
		}
		names[d.Name] = true
		n *= len(d.Values)
		if all *= len(d.Values) + 1; all > MaxCells {
			return nil, fault.New(fault.TooLarge, "disclosure.cells")
		}
	}
	if len(dimensions) == 0 {
		return nil, fault.New(fault.Invalid, "disclosure.dimensions")
	}
	return &Cube{Dimensions: dimensions, Counts: make([]int64, n)}, nil
}

// Index returns the place of the inner cell with so many-th values.
func (c *Cube) Index(values ...int) int {
	at := 0
	for i, v := range values {
		at = at*len(c.Dimensions[i].Values) + v
	}
	return at
}

// values takes the place of an inner cell apart, into out.
func (c *Cube) values(at int, out []int) {
	for i := len(out) - 1; i >= 0; i-- {
		n := len(c.Dimensions[i].Values)
		out[i] = at % n
		at /= n
	}
}

// like makes a table of the same dimensions with zeros.
func (c *Cube) like() *Cube {
	return &Cube{Dimensions: c.Dimensions, Counts: make([]int64, len(c.Counts))}
}

// Total stands in a [Cell] for all values of a dimension.
const Total = -1

// Cell is a published cell: a value of each dimension, or [Total].
type Cell struct {
	Values []int
	Count  int64
	Hidden bool // Count is not published
}

// Cells returns every cell with all its margins, the inner ones first: of d dimensions there are 2 to the d tables.
func (c *Cube) Cells() []Cell {
	l := c.lattice()
	out := make([]Cell, len(l.inner))
	sums := make([]int64, len(l.inner))
	for at, n := range c.Counts {
		for _, cell := range l.over[at] {
			sums[cell] += n
		}
	}
	for i := range out {
		out[i] = Cell{Values: l.inner[i], Count: sums[i]}
	}
	return out
}

// lattice is the cells of a table with all its margins.
type lattice struct {
	inner [][]int   // values of each cell; the inner cells first, in their order
	over  [][]int32 // of each inner cell, the cells that it is counted in, itself first
}

func (c *Cube) lattice() *lattice {
	d := len(c.Dimensions)
	l := &lattice{over: make([][]int32, len(c.Counts))}
	values := make([]int, d)
	place := map[string]int32{}
	for mask := range 1 << d { // dimensions that are summed over
		for at := range c.Counts {
			c.values(at, values)
			for i := range values {
				if mask>>i&1 == 1 {
					values[i] = Total
				}
			}
			k := spell(values)
			cell, ok := place[k]
			if !ok {
				cell = int32(len(l.inner))
				place[k] = cell
				l.inner = append(l.inner, append([]int(nil), values...))
			}
			l.over[at] = append(l.over[at], cell)
		}
	}
	return l
}

func spell(values []int) string {
	b := make([]byte, 0, 4*len(values))
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, uint32(v+1))
	}
	return string(b)
}

// draws is what chance there is: a number for each cell that nobody knows who has not the key.
type draws struct{ key []byte }

// of returns 64 bits that belong to an inner cell, by the names of its values, for one purpose.
func (d draws) of(c *Cube, at int, purpose string) uint64 {
	return binary.BigEndian.Uint64(d.mark(c, at, purpose, 0))
}

// mark is a digest under the key of an inner cell, a purpose and a number.
func (d draws) mark(c *Cube, at int, purpose string, n int64) []byte {
	h := hmac.New(sha256.New, d.key)
	part := func(s string) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(s))))
		h.Write([]byte(s))
	}
	part("opentrm disclosure 1")
	part(purpose)
	values := make([]int, len(c.Dimensions))
	c.values(at, values)
	for i, v := range values {
		part(c.Dimensions[i].Name)
		part(c.Dimensions[i].Values[v])
	}
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
	return h.Sum(nil)
}

// Fold shows of every value of one dimension that fewer than least persons have, such as a small country, only how many there are: what else is known
// of them is said to be word, in every other dimension. Everything still adds up. It returns the values that it folded.
//
// It fails with [fault.Invalid] "disclosure.dimensions" if there is no such dimension or word is a value already.
func (c *Cube) Fold(dimension string, least int64, word string) (*Cube, []string, error) {
	which := -1
	dims := make([]Dimension, len(c.Dimensions))
	for i, d := range c.Dimensions {
		dims[i] = d
		if d.Name == dimension {
			which = i
			continue
		}
		dims[i].Values = append(append([]string(nil), d.Values...), word)
	}
	if which < 0 {
		return nil, nil, fault.New(fault.Invalid, "disclosure.dimensions")
	}
	out, err := NewCube(dims...)
	if err != nil {
		return nil, nil, err
	}
	people := make([]int64, len(c.Dimensions[which].Values))
	values := make([]int, len(dims))
	for at, n := range c.Counts {
		c.values(at, values)
		people[values[which]] += n
	}
	var folded []string
	for v, n := range people {
		if n > 0 && n < least {
			folded = append(folded, c.Dimensions[which].Values[v])
		}
	}
	for at, n := range c.Counts {
		c.values(at, values)
		if people[values[which]] < least {
			for i := range values {
				if i != which {
					values[i] = len(dims[i].Values) - 1
				}
			}
		}
		out.Counts[out.Index(values...)] += n
	}
	return out, folded, nil
}
