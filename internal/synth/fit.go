package synth

import (
	"math"
	"slices"

	"github.com/opentrm/opentrm/internal/chance"
	"github.com/opentrm/opentrm/internal/sorting"
)

// fit makes noisy counts consistent with each other, and records that fit them. It sees nothing of the real records.
type fit struct {
	domain  *Domain
	rows    int
	size    []int
	singles [][]float64
	pairs   []target
	noise   float64 // standard deviation of the noise of a pair's cells
}

// target is what a pair should count.
type target struct {
	i, j  int
	cells []float64
}

func variance(s chance.Spent) float64 { return float64(s.Variance.Num) / float64(s.Variance.Den) }

func newFit(d *Domain, m *measured, spent []chance.Spent) *fit {
	f := &fit{domain: d, noise: math.Sqrt(variance(spent[len(spent)-1]))}
	for i := range d.Columns {
		f.size = append(f.size, d.size(i))
	}
	single, pair := variance(spent[0]), variance(spent[len(spent)-1])
	// How many records there are: each table says so with an error that grows with its cells.
	var sum, weight float64
	for _, s := range m.singles {
		w := 1 / (single * float64(len(s)))
		sum, weight = sum+w*total(s), weight+w
	}
	for _, p := range m.pairs {
		w := 1 / (pair * float64(len(p.cells)))
		sum, weight = sum+w*total(p.cells), weight+w
	}
	f.rows = max(1, int(math.Round(sum/weight)))
	// Each column: what it says itself, and what the pairs it is in say.
	for i, s := range m.singles {
		v, w := make([]float64, len(s)), make([]float64, len(s))
		for a, c := range s {
			v[a], w[a] = float64(c)/single, 1/single
		}
		for _, p := range m.pairs {
			wide := f.size[p.j]
			switch i {
			case p.i:
				by := 1 / (pair * float64(wide))
				for a := range v {
					v[a], w[a] = v[a]+by*total(p.cells[a*wide:a*wide+wide]), w[a]+by
				}
			case p.j:
				by := 1 / (pair * float64(f.size[p.i]))
				for at, c := range p.cells {
					v[at%wide] += by * float64(c)
				}
				for b := range w {
					w[b] += by
				}
			}
		}
		for a := range v {
			v[a] /= w[a]
		}
		project(v, float64(f.rows))
		f.singles = append(f.singles, v)
	}
	for _, p := range m.pairs {
		cells := make([]float64, len(p.cells))
		for at, c := range p.cells {
			cells[at] = float64(c)
		}
		f.agree(p.i, p.j, cells)
		for at := range cells {
			if cells[at] < least*f.noise {
				cells[at] = 0
			}
		}
		f.pairs = append(f.pairs, target{p.i, p.j, cells})
	}
	return f
}

func total(v []int64) (sum float64) {
	for _, c := range v {
		sum += float64(c)
	}
	return sum
}

// project replaces v by the nearest numbers that are not negative and add up to sum.
func project(v []float64, sum float64) {
	sorted := slices.Clone(v)
	slices.Sort(sorted)
	above, shift := 0.0, 0.0
	for k := len(sorted) - 1; k >= 0; k-- {
		above += sorted[k]
		s := (above - sum) / float64(len(sorted)-k)
		if k == len(sorted)-1 || sorted[k] > s {
			shift = s
		} else {
			break
		}
	}
	for i := range v {
		v[i] = max(0, v[i]-shift)
	}
}

// agree replaces the cells of a pair by the nearest that are not negative and add up to the counts of both columns. A cell is what
// it was and a number for its row and one for its column, or 0: these numbers are found in turn.
func (f *fit) agree(i, j int, cells []float64) {
	high, wide := f.size[i], f.size[j]
	rows, columns := make([]float64, high), make([]float64, wide)
	line := make([]float64, max(high, wide))
	for range 12 {
		for a := range high {
			for b := range wide {
				line[b] = cells[a*wide+b] + columns[b]
			}
			rows[a] = -shift(line[:wide], f.singles[i][a])
		}
		for b := range wide {
			for a := range high {
				line[a] = cells[a*wide+b] + rows[a]
			}
			columns[b] = -shift(line[:high], f.singles[j][b])
		}
	}
	for a := range high {
		for b := range wide {
			cells[a*wide+b] = max(0, cells[a*wide+b]+rows[a]+columns[b])
		}
	}
}

// shift returns what must be taken from each number so that those above 0 add up to sum. It sorts v.
func shift(v []float64, sum float64) (s float64) {
	slices.Sort(v)
	if sum <= 0 {
		return v[len(v)-1]
	}
	above := 0.0
	for k := len(v) - 1; k >= 0; k-- {
		above += v[k]
		next := (above - sum) / float64(len(v)-k)
		if k < len(v)-1 && v[k] <= next {
			break
		}
		s = next
	}
	return s
}

// draw draws records along a tree of the strongest pairs, and moves them until they fit all pairs.
func (f *fit) draw(s *chance.Source) *Data {
	n := len(f.size)
	out := &Data{Domain: f.domain, rows: f.rows, codes: make([]uint16, f.rows*n)}
	f.plant(out, s)
	r := newRefiner(f, out)
	for range sweeps {
		r.sweep(s)
	}
	return out
}

// How records are moved. A cell that is to have fewer records than least standard deviations of its noise is to have none, and a
// record in such a cell counts as far too many: that keeps out combinations which only noise has made. The numbers were
// chosen by trial on one file (docs/statistics.md).
const (
	sweeps = 4
	least  = 0.25
	empty  = 4.0
)

// strength is the mutual information of a pair, in records.
func (f *fit) strength(p *target) (sum float64) {
	wide := f.size[p.j]
	for a, x := range f.singles[p.i] {
		for b, y := range f.singles[p.j] {
			if c := p.cells[a*wide+b]; c > 0 && x > 0 && y > 0 {
				sum += c * math.Log(c*float64(f.rows)/(x*y))
			}
		}
	}
	return sum
}

// plant fills in the records column by column: the first of each tree by its counts, every other by its counts beside the
// column that it hangs on. Shares are dealt out exactly, as far as whole records go.
func (f *fit) plant(out *Data, s *chance.Source) {
	n := len(f.size)
	order := make([]int, len(f.pairs))
	strength := make([]float64, len(f.pairs))
	for k := range order {
		order[k], strength[k] = k, f.strength(&f.pairs[k])
	}
	sorting.Stable(order, func(a, b int) int {
		switch {
		case strength[a] > strength[b]:
			return -1
		case strength[a] < strength[b]:
			return 1
		}
		return 0
	})
	tree := make([]int, n) // which tree a column is of
	for i := range tree {
		tree[i] = i
	}
	var edges []int
	for _, k := range order {
		p := &f.pairs[k]
		if a, b := tree[p.i], tree[p.j]; a != b {
			edges = append(edges, k)
			for i := range tree {
				if tree[i] == b {
					tree[i] = a
				}
			}
		}
	}
	done := make([]bool, n)
	all := make([]int, f.rows)
	for i := range all {
		all[i] = i
	}
	for i := range n {
		if done[i] {
			continue
		}
		f.deal(out, i, all, f.singles[i], s)
		done[i] = true
		for found := true; found; {
			found = false
			for _, k := range edges {
				p := &f.pairs[k]
				if done[p.i] == done[p.j] {
					continue
				}
				from, to := p.i, p.j
				if done[to] {
					from, to = to, from
				}
				groups := make([][]int, f.size[from])
				for row := range f.rows {
					c := out.codes[row*n+from]
					groups[c] = append(groups[c], row)
				}
				weights := make([]float64, f.size[to])
				for c, rows := range groups {
					for v := range weights {
						if from == p.i {
							weights[v] = p.cells[c*f.size[to]+v]
						} else {
							weights[v] = p.cells[v*f.size[from]+c]
						}
					}
					f.deal(out, to, rows, weights, s)
				}
				done[to], found = true, true
			}
		}
	}
}

// deal gives rows values of a column in proportion to weights, in an order drawn. It changes the order of rows.
func (f *fit) deal(out *Data, column int, rows []int, weights []float64, s *chance.Source) {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	if sum <= 0 {
		weights, sum = f.singles[column], float64(f.rows)
	}
	for k := len(rows) - 1; k > 0; k-- {
		o := int(s.Below(uint64(k + 1)))
		rows[k], rows[o] = rows[o], rows[k]
	}
	n, at := len(f.size), 0.0
	u := float64(s.Uint64()>>11) / (1 << 53)
	next := 0
	for v, w := range weights {
		at += w / sum * float64(len(rows))
		for next < len(rows) && float64(next)+u < at {
			out.codes[rows[next]*n+column] = uint16(v)
			next++
		}
	}
	for ; next < len(rows); next++ { // of what rounding left
		out.codes[rows[next]*n+column] = uint16(slices.Index(weights, slices.Max(weights)))
	}
}
