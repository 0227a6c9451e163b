package unseen

import "math"

// exists reports whether the estimate of the model laid out exists: whether some table without any zero has the same sums as
// the counts (Fienberg and Rinaldo 2012). A linear program finds the table whose smallest cell is largest: the largest s
// with A'y + s·A'1 = A'count and y of at least 0, where y is what each cell has above s. It exists if s can be above 0.
func (f *fitter) exists() bool {
	zero := false
	for _, h := range f.cells {
		if f.count[h] == 0 {
			zero = true
			break
		}
	}
	if !zero {
		return true
	}
	p, n := f.numbers, len(f.cells)
	// A simplex tableau of rows [y | s | sum], begun with artificial variables that are left out as soon as they leave the basis. The
	// last row is what is made least: first the artificial variables, then -s.
	w := n + 2
	a := f.rows[:(p+1)*w]
	clear(a)
	for c, h := range f.cells {
		for _, i := range f.on[h] {
			a[i*w+c] = 1
			a[i*w+n]++
			a[i*w+n+1] += f.count[h]
		}
	}
	cost := a[p*w:]
	for i := range p {
		f.basis[i] = -1
		for c := range w {
			cost[c] -= a[i*w+c]
		}
	}
	if !f.improve(w, n) || -cost[n+1] > 1e-6*(1+f.total) {
		return false // does not happen: the counts themselves are such a table
	}
	// An artificial variable that is still there has the value 0: put another in its place, or the row says nothing.
	for i := range p {
		if f.basis[i] >= 0 {
			continue
		}
		for c := range n + 1 {
			if math.Abs(a[i*w+c]) > 1e-9 {
				f.pivot(w, i, c)
				break
			}
		}
	}
	clear(cost)
	cost[n] = -1
	for i, b := range f.basis[:p] {
		if b == n {
			for c, v := range a[i*w : i*w+w] {
				cost[c] += v
			}
		}
	}
	bounded := f.improve(w, n)
	return !bounded || cost[n+1] > 1e-9*(1+f.total)
}

// improve makes the last row of the tableau least, by the rule of Bland, which does not go round in circles. It returns
// false if there is no least.
func (f *fitter) improve(w, n int) bool {
	p, a := f.numbers, f.rows
	cost := a[p*w : p*w+w]
	for range 10_000 {
		enter := -1
		for c := range n + 1 {
			if cost[c] < -1e-9 {
				enter = c
				break
			}
		}
		if enter < 0 {
			return true
		}
		leave, least := -1, math.Inf(1)
		for i := range p {
			if v := a[i*w+enter]; v > 1e-9 {
				ratio := a[i*w+n+1] / v
				if ratio < least-1e-12 || ratio <= least+1e-12 && leave >= 0 && f.basis[i] < f.basis[leave] {
					leave, least = i, min(ratio, least)
				}
			}
		}
		if leave < 0 {
			return false
		}
		f.pivot(w, leave, enter)
	}
	return true
}

// pivot puts a column into the basis in place of that of a row.
func (f *fitter) pivot(w, row, column int) {
	p, a := f.numbers, f.rows
	r := a[row*w : row*w+w]
	by := 1 / r[column]
	for c := range r {
		r[c] *= by
	}
	for i := range p + 1 {
		if i == row {
			continue
		}
		o := a[i*w : i*w+w]
		if by := o[column]; by != 0 {
			for c, v := range r {
				o[c] -= by * v
			}
			o[column] = 0
		}
	}
	f.basis[row] = column
}
