package tally

import "math/bits"

// worthwhile is the share of rows that must fall away, in a first sample, before equal rows are put together.
const (
	sample     = 1 << 15
	worthwhile = 2
)

// Distinct returns a table in which rows that are equal are one, with the number of people that it stands for; the table itself if that would save
// less than half of the rows. Every marginal and combination of both is the same. Rows stay in the order in which each was met first.
func (t *Table) Distinct() *Table {
	if t.rows == 0 || len(t.columns) == 0 {
		return t
	}
	hashes := make([]uint64, t.rows)
	if t.rows > 2*sample {
		if _, n := t.group(hashes[:sample]); n > sample/worthwhile {
			return t
		}
	}
	first, n := t.group(hashes)
	if n > t.rows/worthwhile {
		return t
	}
	out := &Table{rows: n, people: t.people, weights: make([]uint32, n)}
	at := make([]int32, 0, n) // the row that each stands for
	for i, g := range first {
		if int(g) == len(at) {
			at = append(at, int32(i))
		}
		out.weights[g] += t.Weight(i)
	}
	for _, c := range t.columns {
		d := &Column{Name: c.Name, Values: c.Values, codes: c.codes}
		if c.wide != nil {
			d.wide = make([]uint16, n)
			for j, i := range at {
				d.wide[j] = c.wide[i]
			}
		} else {
			d.narrow = make([]uint8, n)
			for j, i := range at {
				d.narrow[j] = c.narrow[i]
			}
		}
		out.columns = append(out.columns, d)
	}
	return out
}

// group numbers the different rows among the first in the order in which they are met, and returns how many there are.
func (t *Table) group(hashes []uint64) (groups []int32, n int) {
	clear(hashes)
	for _, c := range t.columns {
		if c.wide != nil {
			for i, code := range c.wide[:len(hashes)] {
				hashes[i] = mix(hashes[i], uint64(code))
			}
			continue
		}
		for i, code := range c.narrow[:len(hashes)] {
			hashes[i] = mix(hashes[i], uint64(code))
		}
	}
	size := 1 << bits.Len(uint(2*len(hashes)))
	slots := make([]int32, size) // row + 1 that holds the place
	groups = make([]int32, len(hashes))
	for i, h := range hashes {
		for at := int(h>>32) & (size - 1); ; at = (at + 1) & (size - 1) {
			held := slots[at]
			if held == 0 {
				slots[at] = int32(i) + 1
				groups[i] = int32(n)
				n++
				break
			}
			if hashes[held-1] == h && t.equal(int(held-1), i) {
				groups[i] = groups[held-1]
				break
			}
		}
	}
	return groups, n
}

func mix(h, code uint64) uint64 {
	hi, lo := bits.Mul64(h^(code+0x9e3779b97f4a7c15), 0xd6e8feb86659fd93)
	return hi ^ lo
}

// equal compares all codes of two rows: a digest says where to look and decides nothing.
func (t *Table) equal(i, j int) bool {
	for _, c := range t.columns {
		if c.wide != nil {
			if c.wide[i] != c.wide[j] {
				return false
			}
		} else if c.narrow[i] != c.narrow[j] {
			return false
		}
	}
	return true
}
