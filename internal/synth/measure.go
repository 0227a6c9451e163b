package synth

import (
	"runtime"
	"sync"

	"github.com/opentrm/opentrm/internal/chance"
	"github.com/opentrm/opentrm/internal/sorting"
)

// What is told of the records, with noise. There is no floating point in this file: TestNoFloatTouchesNoise.

// measured is all that leaves the records.
type measured struct {
	singles [][]int64 // by column: how many records have each code
	pairs   []measuredPair
}

// measuredPair is how many records have each two codes in two columns, by the code of the first, then of the second.
type measuredPair struct {
	i, j  int
	cells []int64
}

// measure counts and adds noise. spent are the costs of columns, of the choice where there is one, and of pairs.
func measure(data *Data, spent []chance.Spent, keep int, noise *chance.Source) (*measured, error) {
	var gaussians []chance.Gaussian
	for _, s := range spent {
		g, err := chance.NewGaussian(s.Variance)
		if err != nil {
			return nil, err
		}
		gaussians = append(gaussians, g)
	}
	n := len(data.Domain.Columns)
	m := &measured{}
	columns := data.byColumn()
	for i := range n {
		counts := make([]int64, data.Domain.size(i))
		for _, c := range columns[i] {
			counts[c]++
		}
		gaussians[0].Add(noise, counts)
		m.singles = append(m.singles, counts)
	}
	var all []measuredPair
	for j := range n {
		for i := range j {
			all = append(all, measuredPair{i, j, nil})
		}
	}
	count(all, columns, data.Domain)
	last := gaussians[len(gaussians)-1]
	if keep < len(all) {
		all = choose(all, m.singles, gaussians[1], keep, noise)
	}
	for _, p := range all {
		last.Add(noise, p.cells)
	}
	m.pairs = all
	return m, nil
}

// byColumn returns the codes column by column.
func (d *Data) byColumn() [][]uint16 {
	n := len(d.Domain.Columns)
	out := make([][]uint16, n)
	for i := range out {
		out[i] = make([]uint16, d.rows)
		at := i
		for row := range out[i] {
			out[i][row] = d.codes[at]
			at += n
		}
	}
	return out
}

// count counts all pairs.
func count(all []measuredPair, columns [][]uint16, d *Domain) {
	var wait sync.WaitGroup
	parts := runtime.GOMAXPROCS(0)
	for part := range parts {
		wait.Go(func() {
			for k := part; k < len(all); k += parts {
				p := &all[k]
				wide := d.size(p.j)
				p.cells = make([]int64, d.size(p.i)*wide)
				b := columns[p.j]
				for row, a := range columns[p.i] {
					p.cells[int(a)*wide+int(b[row])]++
				}
			}
		})
	}
	wait.Wait()
}

// choose keeps the pairs that differ most from what their columns alone would say. How much a pair differs is the sum, over its
// cells, of how far the count is from the product of the noisy counts of its columns: a whole number that one record more or
// less changes by at most 1. It is told with noise, and the choice is made by what was told.
func choose(all []measuredPair, singles [][]int64, g chance.Gaussian, keep int, noise *chance.Source) []measuredPair {
	total := int64(0)
	for _, s := range singles[0] {
		total += max(0, s)
	}
	total = max(1, total)
	type scored struct {
		at    int
		score int64
	}
	scores := make([]scored, len(all))
	for k, p := range all {
		scores[k] = scored{k, score(p, singles, total) + g.Draw(noise)}
	}
	sorting.Stable(scores, func(a, b scored) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	var out []measuredPair
	for _, s := range scores[:keep] {
		out = append(out, all[s.at])
	}
	return out
}

// score says how much the counts of a pair differ from what counts of its columns alone would say.
func score(p measuredPair, singles [][]int64, total int64) (sum int64) {
	wide := len(singles[p.j])
	for a, x := range singles[p.i] {
		for b, y := range singles[p.j] {
			off := p.cells[a*wide+b] - max(0, x)*max(0, y)/total
			sum += max(off, -off)
		}
	}
	return sum
}
