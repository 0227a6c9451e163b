package tally

import (
	"context"
	"iter"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sorting"
)

// maxCells is how many cells a table may have to be counted into an array; larger ones are counted by their cells that are not empty.
const maxCells = 1 << 24

// Marginal is how many people have each combination of values in some columns, "nothing was said" among them.
type Marginal struct {
	Columns []int // places of the columns, rising
	Sizes   []int // values of each, with "nothing was said"

	dense  []uint32          // by the codes, the last column fastest; nil if sparse is there
	sparse map[uint64]uint32 // the same numbers of cells
}

// At returns the people of one cell, given by the codes of its columns.
func (m *Marginal) At(codes ...uint16) int64 {
	at := uint64(0)
	for i, code := range codes {
		if int(code) >= m.Sizes[i] {
			return 0
		}
		at = at*uint64(m.Sizes[i]) + uint64(code)
	}
	if m.dense == nil {
		return int64(m.sparse[at])
	}
	return int64(m.dense[at])
}

// Cells yields the cells that are not empty, in the order of their codes. The codes are changed afterwards: who keeps them copies them.
func (m *Marginal) Cells() iter.Seq2[[]uint16, int64] {
	return func(yield func([]uint16, int64) bool) {
		codes := make([]uint16, len(m.Sizes))
		tell := func(at uint64, n uint32) bool {
			for i := len(codes) - 1; i >= 0; i-- {
				codes[i] = uint16(at % uint64(m.Sizes[i]))
				at /= uint64(m.Sizes[i])
			}
			return yield(codes, int64(n))
		}
		if m.dense != nil {
			for at, n := range m.dense {
				if n > 0 && !tell(uint64(at), n) {
					return
				}
			}
			return
		}
		keys := make([]uint64, 0, len(m.sparse))
		for at := range m.sparse {
			keys = append(keys, at)
		}
		sorting.By(keys, func(a, b uint64) int {
			if a < b {
				return -1
			}
			return 1
		})
		for _, at := range keys {
			if !tell(at, m.sparse[at]) {
				return
			}
		}
	}
}

// Len returns how many cells are not empty.
func (m *Marginal) Len() int {
	if m.dense == nil {
		return len(m.sparse)
	}
	n := 0
	for _, x := range m.dense {
		if x > 0 {
			n++
		}
	}
	return n
}

// Marginal counts the table of some columns, given by their places; of none, its one cell is everybody.
func (t *Table) Marginal(columns ...int) *Marginal {
	m := &Marginal{Columns: append([]int(nil), columns...)}
	cells := uint64(1)
	large := false
	for _, c := range columns {
		size := uint64(len(t.columns[c].Values))
		m.Sizes = append(m.Sizes, int(size))
		if cells *= size; cells > maxCells {
			large = true
		}
	}
	if large {
		m.sparse = map[uint64]uint32{}
		for row := range t.rows {
			at := uint64(0)
			for i, c := range columns {
				at = at*uint64(m.Sizes[i]) + uint64(t.columns[c].At(row))
			}
			if n := t.Weight(row); n > 0 {
				m.sparse[at] += n
			}
		}
		return m
	}
	w := &walker{t: t}
	m.dense = w.fill(columns, cells)
	return m
}

// Marginals counts all tables of exactly k columns, in the order of their columns: 220 tables for three of twelve. Told, which may be nil,
// is told how many are done.
//
// It fails with [fault.Invalid] "tally.length" if k is not in 1 to the number of columns, with [fault.TooLarge] "tally.tables" if there would
// be more than [MaxTables], and with the context's error.
func (t *Table) Marginals(ctx context.Context, k int, told func(done, all int)) ([]*Marginal, error) {
	if k < 1 || k > len(t.columns) || k > MaxLength {
		return nil, fault.New(fault.Invalid, "tally.length")
	}
	if choose(len(t.columns), k) > MaxTables {
		return nil, fault.New(fault.TooLarge, "tally.tables")
	}
	d := t.Distinct()
	sets := subsets(len(d.columns), k)
	out := make([]*Marginal, len(sets))
	place := make(map[string]int, len(sets))
	for i, s := range sets {
		place[key(s)] = i
	}
	done := 0
	set := func(m *Marginal) {
		if i := place[key(m.Columns)]; out[i] == nil {
			out[i] = m
			done++
		}
	}
	for _, parent := range d.cover(sets) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m := d.Marginal(parent...)
		m.below(k, 0, func(columns []int) bool { i, ok := place[key(columns)]; return ok && out[i] == nil }, set)
		if told != nil {
			told(done, len(sets))
		}
	}
	return out, nil
}

// MaxTables is how many tables [Table.Marginals] counts at most.
const MaxTables = 200_000

func choose(n, k int) int {
	out := 1
	for i := range k {
		if out = out * (n - i) / (i + 1); out > 1<<40 {
			return out
		}
	}
	return out
}

// subsets are all choices of k of n places, in order.
func subsets(n, k int) [][]int {
	var out [][]int
	at := make([]int, k)
	for i := range at {
		at[i] = i
	}
	for {
		out = append(out, append([]int(nil), at...))
		i := k - 1
		for i >= 0 && at[i] == n-k+i {
			i--
		}
		if i < 0 {
			return out
		}
		at[i]++
		for j := i + 1; j < k; j++ {
			at[j] = at[j-1] + 1
		}
	}
}

func key(columns []int) string {
	b := make([]byte, 0, 2*len(columns))
	for _, c := range columns {
		b = append(b, byte(c>>8), byte(c))
	}
	return string(b)
}

// below sums columns out of a table until k are left, each choice once: only columns from a place on are summed out, so that no choice is
// reached in two orders. A branch in which nothing is wanted is not gone into.
func (m *Marginal) below(k, from int, wanted func([]int) bool, tell func(*Marginal)) {
	if len(m.Columns) == k {
		if wanted(m.Columns) {
			tell(m)
		}
		return
	}
	for i := len(m.Columns) - 1; i >= from; i-- {
		rest := append(append([]int(nil), m.Columns[:i]...), m.Columns[i+1:]...)
		if !within(rest, k, i, wanted) {
			continue
		}
		m.without(i).below(k, i, wanted, tell)
	}
}

// within reports whether a wanted choice of k columns is left if only columns from a place on are summed out.
func within(columns []int, k, from int, wanted func([]int) bool) bool {
	if len(columns) == k {
		return wanted(columns)
	}
	for i := from; i < len(columns); i++ {
		if within(append(append([]int(nil), columns[:i]...), columns[i+1:]...), k, i, wanted) {
			return true
		}
	}
	return false
}

// without sums one column out.
func (m *Marginal) without(i int) *Marginal {
	out := &Marginal{Columns: append(append([]int(nil), m.Columns[:i]...), m.Columns[i+1:]...), Sizes: append(append([]int(nil), m.Sizes[:i]...), m.Sizes[i+1:]...)}
	if m.dense == nil {
		inner := uint64(1)
		for _, s := range m.Sizes[i+1:] {
			inner *= uint64(s)
		}
		out.sparse = map[uint64]uint32{}
		for at, n := range m.sparse {
			out.sparse[at/(inner*uint64(m.Sizes[i]))*inner+at%inner] += n
		}
		return out
	}
	inner := 1
	for _, s := range m.Sizes[i+1:] {
		inner *= s
	}
	out.dense = make([]uint32, len(m.dense)/m.Sizes[i])
	if inner == 1 { // the last column: its cells lie beside each other
		size := m.Sizes[i]
		for j := range out.dense {
			n := uint32(0)
			for _, x := range m.dense[j*size : (j+1)*size] {
				n += x
			}
			out.dense[j] = n
		}
		return out
	}
	for from, to := 0, 0; from < len(m.dense); to += inner {
		into := out.dense[to : to+inner]
		for range m.Sizes[i] {
			for j, x := range m.dense[from : from+inner] {
				into[j] += x
			}
			from += inner
		}
	}
	return out
}
