package tally

import "github.com/opentrm/opentrm/internal/sorting"

// What a table of more columns may cost before it is better to count its parts from the rows.
const (
	perRow    = 1 << 16 // cells that fit beside the codes into the cache of a processor, whatever the rows
	wideTable = 1 << 18 // cells of the largest table that others are summed out of
)

// cover chooses tables to be counted from the rows, so that each wanted one is a part of one of them: greedily the one that brings most
// new ones for its cells. A wanted table that is itself large is counted alone.
func (t *Table) cover(wanted [][]int) [][]int {
	most := min(max(t.rows/8, 1), wideTable)
	if t.rows > perRow {
		most = max(most, perRow)
	}
	open := make(map[string]bool, len(wanted))
	for _, s := range wanted {
		open[key(s)] = true
	}
	order := sorting.New(wanted, func(a, b []int) int { return cells(t, b) - cells(t, a) }) // large ones first: they have little room beside them
	var out [][]int
	for _, s := range order {
		if !open[key(s)] {
			continue
		}
		set := append([]int(nil), s...)
		size := cells(t, set)
		for len(set) < MaxLength {
			best, brings, at := -1, 0, 0
			for c := range t.columns {
				n := len(t.columns[c].Values)
				if has(set, c) || size > most/n {
					continue
				}
				fresh := news(set, c, len(s), open)
				if fresh > 0 && (best < 0 || fresh*at > brings*n) {
					best, brings, at = c, fresh, n
				}
			}
			if best < 0 {
				break
			}
			set = insert(set, best)
			size *= at
		}
		for _, part := range subsets(len(set), len(s)) {
			for i, p := range part {
				part[i] = set[p]
			}
			delete(open, key(part))
		}
		out = append(out, set)
	}
	return out
}

func cells(t *Table, set []int) int {
	n := 1
	for _, c := range set {
		if n *= len(t.columns[c].Values); n > maxCells {
			return maxCells + 1
		}
	}
	return n
}

func has(set []int, c int) bool {
	for _, x := range set {
		if x == c {
			return true
		}
	}
	return false
}

func insert(set []int, c int) []int {
	out := make([]int, 0, len(set)+1)
	for _, x := range set {
		if x > c && !has(out, c) {
			out = append(out, c)
		}
		out = append(out, x)
	}
	if !has(out, c) {
		out = append(out, c)
	}
	return out
}

// news counts the open tables of k columns that a set has with one column more.
func news(set []int, c, k int, open map[string]bool) int {
	n := 0
	part := make([]int, k-1)
	for _, places := range subsets(len(set), k-1) {
		for i, p := range places {
			part[i] = set[p]
		}
		if open[key(insert(part, c))] {
			n++
		}
	}
	return n
}

// walker counts tables from the rows.
type walker struct{ t *Table }

// fill counts one table into an array, a block of rows at a time: the place of each row is made column by column, which keeps the loops small, and the
// block stays in the nearest cache.
func (w *walker) fill(columns []int, cells uint64) []uint32 {
	const block = 4096
	out := make([]uint32, cells)
	if len(columns) == 0 {
		out[0] = uint32(w.t.people)
		return out
	}
	var at [block]uint32
	for from := 0; from < w.t.rows; from += block {
		to := min(from+block, w.t.rows)
		places := at[:to-from]
		clear(places)
		for _, i := range columns {
			c := w.t.columns[i]
			size := uint32(len(c.Values))
			if c.wide != nil {
				for j, code := range c.wide[from:to] {
					places[j] = places[j]*size + uint32(code)
				}
				continue
			}
			codes := c.narrow[from:to]
			codes = codes[:len(places)]
			for j, code := range codes {
				places[j] = places[j]*size + uint32(code)
			}
		}
		if w.t.weights == nil {
			for _, p := range places {
				out[p]++
			}
			continue
		}
		weights := w.t.weights[from:to]
		for j, p := range places {
			out[p] += weights[j]
		}
	}
	return out
}
