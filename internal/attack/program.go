package attack

import "math"

// program is a linear program whose variables have bounds and whose rows are sums of them with bounds: the simplex method on a dictionary, in which every
// basic variable is a sum of the others. Goals follow each other from the point where the last one ended.
type program struct {
	n, m  int       // variables, rows: row i is variable n + i
	low   []float64 // of each variable
	high  []float64
	value []float64
	table [][]float64 // of each basic variable, its factors of the ones that are not basic
	basic []int       // by row of the table
	loose []int       // by column of the table
	place []int       // of each variable, its row, or -1 - its column
	costs []float64
	sums  [][]int32
	turns int // pivots since the table was made anew
}

const (
	tolerance = 1e-9
	farAway   = 1e7 // stands for what has no bound
)

func newProgram(p *part) *program {
	lp := &program{n: len(p.vars), m: len(p.sums)}
	all := lp.n + lp.m
	lp.low, lp.high, lp.value, lp.place = make([]float64, all), make([]float64, all), make([]float64, all), make([]int, all)
	bound := func(v int64) float64 { return math.Max(-farAway, math.Min(farAway, float64(v))) }
	for i, c := range p.vars {
		lp.low[i], lp.high[i] = bound(p.t.low[c]), bound(p.t.high[c])
		lp.value[i] = lp.low[i]
		if lp.low[i] == -farAway {
			lp.value[i] = math.Min(0, lp.high[i])
			if lp.value[i] != lp.high[i] {
				lp.value[i] = lp.low[i]
			}
		}
		lp.loose = append(lp.loose, i)
	}
	lp.sums = p.sums
	for i := range p.sums {
		v := lp.n + i
		lp.low[v], lp.high[v] = bound(p.low[i]), bound(p.high[i])
		lp.table = append(lp.table, make([]float64, lp.n))
		lp.basic = append(lp.basic, v)
	}
	lp.costs = make([]float64, lp.n)
	lp.begin()
	lp.settle()
	return lp
}

// begin makes the table in which the rows are basic.
func (lp *program) begin() {
	for i := range lp.n {
		lp.loose[i], lp.place[i] = i, -1-i
	}
	for i, sum := range lp.sums {
		clear(lp.table[i])
		for _, x := range sum {
			lp.table[i][x]++
		}
		lp.basic[i], lp.place[lp.n+i] = lp.n+i, i
	}
	lp.turns = 0
}

// renew makes the table anew for the variables that are basic, with the largest pivots that there are: what rounding has done to it is gone.
func (lp *program) renew() {
	want := make([]bool, lp.n+lp.m)
	for _, v := range lp.basic {
		want[v] = true
	}
	clear(lp.costs)
	lp.begin()
	for v := range lp.n {
		if !want[v] {
			continue
		}
		j, best, size := -1-lp.place[v], -1, 1e-7
		for r, b := range lp.basic {
			if x := math.Abs(lp.table[r][j]); !want[b] && x > size {
				best, size = r, x
			}
		}
		if best >= 0 {
			lp.pivot(best, j)
		}
	}
	lp.turns = 0
	for _, v := range lp.loose { // who is not basic stands at a bound
		if lp.value[v]-lp.low[v] < lp.high[v]-lp.value[v] {
			lp.value[v] = lp.low[v]
		} else {
			lp.value[v] = lp.high[v]
		}
	}
	lp.settle()
}

// at returns the value of a variable.
func (lp *program) at(i int) float64 { return lp.value[i] }

// settle works out the basic variables from the others.
func (lp *program) settle() {
	for r, v := range lp.basic {
		sum := 0.0
		for j, f := range lp.table[r] {
			if f != 0 {
				sum += f * lp.value[lp.loose[j]]
			}
		}
		if near := math.Round(sum); math.Abs(near-sum) < tolerance {
			sum = near
		}
		lp.value[v] = sum
	}
}

// feasible goes to a point that satisfies every bound, and reports whether there is one.
func (lp *program) feasible() bool {
	for step := range 50 * (lp.n + lp.m + 10) {
		if lp.turns > 50 {
			lp.renew()
		}
		outside := false
		clear(lp.costs)
		for r, v := range lp.basic {
			switch {
			case lp.value[v] < lp.low[v]-1e-7:
				outside = true
				for j, f := range lp.table[r] {
					lp.costs[j] += f
				}
			case lp.value[v] > lp.high[v]+1e-7:
				outside = true
				for j, f := range lp.table[r] {
					lp.costs[j] -= f
				}
			}
		}
		if !outside {
			return true
		}
		if !lp.step(step > 10*(lp.n+lp.m)) {
			return false
		}
	}
	return false
}

// maximise goes to a point at which a sum of variables with factors is largest, and returns it. It begins and ends at a point that satisfies
// every bound.
func (lp *program) maximise(goal []float64) float64 {
	lp.renew()
	if !lp.feasible() { // what rounding has moved
		return math.Inf(1)
	}
	clear(lp.costs)
	for v, g := range goal {
		if g == 0 {
			continue
		}
		if p := lp.place[v]; p < 0 {
			lp.costs[-1-p] += g
		} else {
			for j, f := range lp.table[p] {
				lp.costs[j] += g * f
			}
		}
	}
	for step := range 50 * (lp.n + lp.m + 10) {
		if !lp.step(step > 5*(lp.n+lp.m)) {
			break
		}
	}
	lp.renew()
	for v := range lp.value { // what has left its bounds was moved by rounding alone: the point is worth nothing
		if lp.value[v] < lp.low[v]-1e-6 || lp.value[v] > lp.high[v]+1e-6 {
			return math.Inf(1)
		}
	}
	sum := 0.0
	for v, g := range goal {
		sum += g * lp.value[v]
	}
	return sum
}

// step moves one variable as far as it brings something, and reports whether any does. Careful takes the first that does, which never goes in circles.
func (lp *program) step(careful bool) bool {
	enter, best, sign := -1, tolerance*10, 1.0
	for j, c := range lp.costs {
		v := lp.loose[j]
		up := c > best && lp.value[v] < lp.high[v]
		down := -c > best && lp.value[v] > lp.low[v]
		if !up && !down {
			continue
		}
		if careful {
			if enter >= 0 && lp.loose[enter] < v {
				continue
			}
		} else {
			best = math.Abs(c)
		}
		enter, sign = j, 1
		if down {
			sign = -1
		}
	}
	if enter < 0 {
		return false
	}
	v := lp.loose[enter]
	far := lp.high[v] - lp.low[v]
	leave, steep := -1, 0.0
	to := 0.0
	for r, b := range lp.basic {
		rate := lp.table[r][enter] * sign
		if math.Abs(rate) < 1e-7 {
			continue
		}
		// A variable that is out of its bounds may come back to the nearer one, and then no farther.
		x, stop := lp.value[b], 0.0
		switch {
		case rate > 0 && x < lp.low[b]-1e-7:
			stop = lp.low[b]
		case rate > 0 && x > lp.high[b]+1e-7, rate < 0 && x < lp.low[b]-1e-7:
			continue
		case rate > 0:
			stop = lp.high[b]
		case x > lp.high[b]+1e-7:
			stop = lp.high[b]
		default:
			stop = lp.low[b]
		}
		t := math.Max(0, (stop-x)/rate)
		better := t < far-tolerance || t < far+tolerance && leave >= 0 && (careful && b < lp.basic[leave] || !careful && math.Abs(rate) > steep)
		if leave < 0 && t <= far {
			better = true
		}
		if better {
			far, leave, steep, to = math.Min(t, far), r, math.Abs(rate), stop
		}
	}
	for r, b := range lp.basic {
		if f := lp.table[r][enter]; f != 0 {
			lp.value[b] += f * sign * far
		}
	}
	lp.value[v] += sign * far
	if leave < 0 {
		if sign > 0 {
			lp.value[v] = lp.high[v]
		} else {
			lp.value[v] = lp.low[v]
		}
		return true
	}
	lp.value[lp.basic[leave]] = to
	lp.pivot(leave, enter)
	return true
}

// pivot lets a basic variable and one that is not change places.
func (lp *program) pivot(r, j int) {
	lp.turns++
	line := lp.table[r]
	by := 1 / line[j]
	for k := range line {
		line[k] *= -by
	}
	line[j] = by
	add := func(other []float64) {
		f := other[j]
		if f == 0 {
			return
		}
		other[j] = 0
		for k, x := range line {
			if x != 0 {
				y := other[k] + f*x
				if math.Abs(y) < tolerance {
					y = 0
				}
				other[k] = y
			}
		}
	}
	for i, other := range lp.table {
		if i != r {
			add(other)
		}
	}
	add(lp.costs)
	lp.basic[r], lp.loose[j] = lp.loose[j], lp.basic[r]
	lp.place[lp.basic[r]], lp.place[lp.loose[j]] = r, -1-j
}
