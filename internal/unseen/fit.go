package unseen

import (
	"math"
	"math/bits"
)

// A model is a set of pairs of lists whose overlap it explains by something of their own: bit k is the k-th pair, in the
// order (0,1), (0,2), (1,2), (0,3) … Every model has a number of its own for each list.
type model uint32

// design is what does not change from one sample of a table to the next.
type design struct {
	lists int
	pairs [][2]int
	both  []int // for each pair, the bits of both lists
}

func newDesign(lists int) *design {
	d := &design{lists: lists}
	for j := range lists {
		for i := range j {
			d.pairs = append(d.pairs, [2]int{i, j})
			d.both = append(d.both, 1<<i|1<<j)
		}
	}
	return d
}

// fitted is a model with its numbers.
type fitted struct {
	model
	unseen  float64 // persons on no list
	spread  float64 // standard error of the logarithm of unseen
	log     float64 // logarithm of the likelihood
	numbers int     // how many the model has
}

// aic and bic are the criteria of Akaike and Schwarz; the less the better.
func (f *fitted) aic() float64 { return 2*float64(f.numbers) - 2*f.log }

func (f *fitted) bic(total float64) float64 { return math.Log(total)*float64(f.numbers) - 2*f.log }

// fitter fits models to one table after another. It is not safe for several goroutines.
type fitter struct {
	*design
	count   []float64
	overlap []float64 // by pair
	total   float64

	// of the model being fitted
	cells   []int   // which histories can occur
	on      [][]int // for each of them, which numbers of the model apply
	numbers int
	mean    []float64 // by history; 0 where none can occur
	mass    []float64 // X'WX, and its Cholesky factor
	right   []float64
	beta    []float64
	rows    []float64 // of the linear program, and of the rank
	basis   []int
}

func newFitter(d *design) *fitter {
	most := 1 + d.lists + len(d.pairs)
	size := 1 << d.lists
	f := &fitter{
		design: d, count: make([]float64, size), overlap: make([]float64, len(d.pairs)),
		mean: make([]float64, size), mass: make([]float64, most*most), right: make([]float64, most), beta: make([]float64, most),
		on: make([][]int, size), rows: make([]float64, (most+1)*(size+2)), basis: make([]int, most),
	}
	return f
}

// take takes a table.
func (f *fitter) take(count []int) {
	f.total = 0
	clear(f.overlap)
	for h, c := range count {
		f.count[h] = float64(c)
		f.total += float64(c)
		if c == 0 {
			continue
		}
		for k, both := range f.both {
			if h&both == both {
				f.overlap[k] += float64(c)
			}
		}
	}
}

// lay lays out the numbers of a model. A pair that has nobody in common gets no number: the likelihood grows without end as
// its number falls, and in the limit nobody can be on both. Histories with both cannot occur.
func (f *fitter) lay(m model) {
	never := 0
	f.numbers = 1 + f.lists
	var at [32]int
	for k := range f.pairs {
		if m>>k&1 == 0 {
			continue
		}
		if f.overlap[k] == 0 {
			never++
			at[k] = -1
			continue
		}
		at[k] = f.numbers
		f.numbers++
	}
	f.cells = f.cells[:0]
histories:
	for h := 1; h < len(f.count); h++ {
		on := append(f.on[h][:0], 0)
		for i := range f.lists {
			if h>>i&1 == 1 {
				on = append(on, 1+i)
			}
		}
		for rest := uint32(m); rest != 0; rest &= rest - 1 {
			k := bits.TrailingZeros32(rest)
			if h&f.both[k] != f.both[k] {
				continue
			}
			if at[k] < 0 {
				continue histories
			}
			on = append(on, at[k])
		}
		f.on[h] = on
		f.cells = append(f.cells, h)
	}
}

// fit fits a model by iteratively reweighted least squares. ok is false if the estimate does not exist or does not follow
// from the counts.
func (f *fitter) fit(m model) (out fitted, ok bool) {
	f.lay(m)
	if !f.follows() || !f.exists() {
		return out, false
	}
	p := f.numbers
	clear(f.mean)
	for _, h := range f.cells {
		f.mean[h] = f.count[h] + 0.1
	}
	first, last := true, math.Inf(1)
	for range 100 {
		clear(f.mass[:p*p])
		clear(f.right[:p])
		for _, h := range f.cells {
			w := f.mean[h]
			eta := math.Log(w)
			z := w*eta + f.count[h] - w
			on := f.on[h]
			for i, a := range on {
				row := f.mass[a*p:]
				for _, b := range on[:i+1] {
					row[b] += w
				}
				f.right[a] += z
			}
		}
		if !f.factor() {
			return out, false
		}
		f.solve(f.right)
		copy(f.beta, f.right[:p])
		off := 0.0
		for _, h := range f.cells {
			eta := 0.0
			for _, a := range f.on[h] {
				eta += f.beta[a]
			}
			eta = min(eta, 40)
			mean := max(math.Exp(eta), 1e-12)
			f.mean[h] = mean
			off += mean
			if c := f.count[h]; c > 0 {
				off -= c * eta
			}
		}
		if !first && math.Abs(last-off) <= 1e-10*(math.Abs(off)+0.1) {
			break
		}
		first, last = false, off
	}
	out.model = m
	out.unseen = math.Exp(f.beta[0])
	out.numbers = 1 + f.lists + bits.OnesCount32(uint32(m))
	for _, h := range f.cells {
		c := f.count[h]
		out.log += c*math.Log(f.mean[h]) - f.mean[h] - logFactorial(c)
	}
	clear(f.right[:p])
	f.right[0] = 1
	f.solve(f.right)
	out.spread = math.Sqrt(max(0, f.right[0]))
	if math.IsNaN(out.unseen) || math.IsInf(out.unseen, 0) || out.unseen > 1e12 {
		return out, false
	}
	return out, true
}

// factor replaces mass by its Cholesky factor. It returns false if mass is not positive.
func (f *fitter) factor() bool {
	p, m := f.numbers, f.mass
	for j := range p {
		row := m[j*p : j*p+p]
		for i := range j {
			other := m[i*p : i*p+p]
			s := row[i]
			for k := range i {
				s -= row[k] * other[k]
			}
			row[i] = s / other[i]
		}
		s := row[j]
		least := s * 1e-13
		for _, v := range row[:j] {
			s -= v * v
		}
		if !(s > least) {
			return false
		}
		row[j] = math.Sqrt(s)
	}
	return true
}

// solve solves mass·x = b for the factor, in place.
func (f *fitter) solve(b []float64) {
	p, m := f.numbers, f.mass
	for i := range p {
		for k := range i {
			b[i] -= m[i*p+k] * b[k]
		}
		b[i] /= m[i*p+i]
	}
	for i := p - 1; i >= 0; i-- {
		for k := i + 1; k < p; k++ {
			b[i] -= m[k*p+i] * b[k]
		}
		b[i] /= m[i*p+i]
	}
}

// follows reports whether the numbers of the model follow from the means: whether its columns are independent over
// the histories that can occur.
func (f *fitter) follows() bool {
	p, n := f.numbers, len(f.cells)
	if n < p {
		return false
	}
	a := f.rows[:p*n] // a row for each number
	clear(a)
	for c, h := range f.cells {
		for _, i := range f.on[h] {
			a[i*n+c] = 1
		}
	}
	for i := range p {
		row := a[i*n : i*n+n]
		pivot := 0
		for c := range row {
			if math.Abs(row[c]) > math.Abs(row[pivot]) {
				pivot = c
			}
		}
		if math.Abs(row[pivot]) < 1e-9 {
			return false
		}
		for j := i + 1; j < p; j++ {
			other := a[j*n : j*n+n]
			if other[pivot] == 0 {
				continue
			}
			by := other[pivot] / row[pivot]
			for c, v := range row {
				if v != 0 {
					other[c] -= by * v
				}
			}
			other[pivot] = 0
		}
	}
	return true
}

func logFactorial(n float64) float64 {
	v, _ := math.Lgamma(n + 1)
	return v
}
