package attack

import (
	"context"
	"math"

	"github.com/opentrm/opentrm/internal/fault"
)

// row is a cell of which something is stated, as elementary cells.
type row struct {
	cell  int
	inner []int32
}

// members are the elementary cells of a cell, as cells.
func (t *Tables) members(cell int) []int32 {
	out := []int32{0}
	for i, d := range t.dims {
		parts := d.parts[cell/t.stride[i]%len(d.Answers)]
		next := make([]int32, 0, len(out)*len(parts))
		for _, at := range out {
			for _, p := range parts {
				next = append(next, at+int32(d.leaf[p]*t.stride[i]))
			}
		}
		out = next
	}
	return out
}

// rows are the cells of which something is stated that are not elementary: of those the bounds say all.
func (t *Tables) rows() (out []row) {
	for c, said := range t.said {
		if !said {
			continue
		}
		if m := t.members(c); len(m) > 1 || int(m[0]) != c {
			out = append(out, row{c, m})
		}
	}
	return out
}

// known is what is known of a cell: two whole numbers that it can be lie wide apart, or it can be one value only.
type known struct {
	wide  int64
	fixed bool
	value int64
}

// siege takes the tables apart into what hangs together, and each part by itself.
type siege struct {
	t        *Tables
	small    int64
	open     []int
	state    []known
	programs int
	absurd   bool
}

func (s *siege) run(ctx context.Context, rows []row, told func(done, all int)) error {
	t := s.t
	// Elementary cells that hang together by a row in which both are unknown.
	above := map[int32]int32{}
	var find func(int32) int32
	find = func(v int32) int32 {
		if above[v] != v {
			above[v] = find(above[v])
		}
		return above[v]
	}
	var vars []int32
	for _, v := range t.members0() {
		if t.low[v] < t.high[v] {
			above[v] = v
			vars = append(vars, v)
		}
	}
	for _, r := range rows {
		first := int32(-1)
		for _, v := range r.inner {
			if _, free := above[v]; !free {
				continue
			}
			if first < 0 {
				first = v
				continue
			}
			above[find(v)] = find(first)
		}
	}
	parts := map[int32]*part{}
	var order []*part
	place := make(map[int32]int, len(vars)) // in its part
	for _, v := range vars {
		p := parts[find(v)]
		if p == nil {
			p = &part{t: t}
			parts[find(v)] = p
			order = append(order, p)
		}
		place[v] = len(p.vars)
		p.vars = append(p.vars, v)
	}
	for _, r := range rows {
		var in []int32
		fixed := int64(0)
		var p *part
		for _, v := range r.inner {
			if _, free := above[v]; !free {
				fixed += t.low[v]
				continue
			}
			p = parts[find(v)]
			in = append(in, int32(place[v]))
		}
		if p == nil {
			if fixed < t.low[r.cell] || fixed > t.high[r.cell] {
				s.absurd = true
			}
			continue
		}
		p.sums = append(p.sums, in)
		p.low, p.high = append(p.low, less(t.low[r.cell], fixed)), append(p.high, less(t.high[r.cell], fixed))
	}
	if s.absurd {
		return nil
	}
	for i, c := range s.open {
		s.state[i].fixed = true
		in := map[*part][]int32{}
		var order []*part
		for _, v := range t.members(c) {
			if _, free := above[v]; !free {
				s.state[i].value += t.low[v]
				continue
			}
			p := parts[find(v)]
			if in[p] == nil {
				order = append(order, p)
			}
			in[p] = append(in[p], int32(place[v]))
		}
		for _, p := range order {
			p.asked = append(p.asked, i)
			p.of = append(p.of, in[p])
		}
	}
	for k, p := range order {
		if err := p.take(ctx, s); err != nil || s.absurd {
			return err
		}
		if told != nil {
			told(k+1, len(order))
		}
	}
	return nil
}

// less takes what is known away from a bound, if it is one.
func less(bound, known int64) int64 {
	if bound >= unbounded || bound <= -unbounded {
		return bound
	}
	return bound - known
}

// members0 are all elementary cells.
func (t *Tables) members0() []int32 {
	out := []int32{0}
	for i, d := range t.dims {
		next := make([]int32, 0, len(out)*len(d.leaf))
		for _, at := range out {
			for _, l := range d.leaf {
				next = append(next, at+int32(l*t.stride[i]))
			}
		}
		out = next
	}
	return out
}

// part is unknown elementary cells that hang together.
type part struct {
	t         *Tables
	vars      []int32   // cells
	sums      [][]int32 // of places in vars
	low, high []int64   // of the sums
	asked     []int     // which open cells lie in it, as places in siege.open
	of        [][]int32 // as places in vars

	least, most []int64 // of what is asked, in tables of whole numbers that satisfy all
	seen        int
}

// take finds out of each cell that is asked whether it can be two numbers.
func (p *part) take(ctx context.Context, s *siege) error {
	if len(p.asked) == 0 {
		return nil
	}
	if len(p.sums)*len(p.vars) > maxMatrix {
		return fault.New(fault.TooLarge, "attack.large")
	}
	p.least, p.most = make([]int64, len(p.asked)), make([]int64, len(p.asked))
	lp := newProgram(p)
	if !lp.feasible() {
		s.absurd = true
		return nil
	}
	p.witness(lp)
	// What is far from being found is often found beside something else: goals of chance first, always the same ones.
	dice := uint64(0x9e3779b97f4a7c15)
	goal := make([]float64, len(p.vars))
	for range 12 {
		if err := ctx.Err(); err != nil {
			return err
		}
		for i := range goal {
			dice ^= dice << 13
			dice ^= dice >> 7
			dice ^= dice << 17
			goal[i] = float64(int64(dice%2001)-1000) / 1000
		}
		lp.maximise(goal)
		s.programs++
		p.witness(lp)
	}
	for k, i := range p.asked {
		if err := ctx.Err(); err != nil {
			return err
		}
		if p.seen > 0 && p.most[k] > p.least[k] {
			s.state[i].wide += p.most[k] - p.least[k]
			s.state[i].fixed = false
			continue
		}
		clear(goal)
		bounds := [2]float64{}
		for side, sign := range []float64{1, -1} {
			for _, v := range p.of[k] {
				goal[v] = sign
			}
			bounds[side] = sign * lp.maximise(goal)
			s.programs++
			p.witness(lp)
		}
		high, low := math.Floor(bounds[0]+1e-6), math.Ceil(bounds[1]-1e-6)
		switch {
		case p.seen > 0 && p.most[k] > p.least[k]:
			s.state[i].wide += p.most[k] - p.least[k]
			s.state[i].fixed = false
		case high <= low: // one whole number is left, or less
			s.state[i].value += int64(low)
		default:
			s.state[i].fixed = false
			s.state[i].value += int64(low)
		}
	}
	return nil
}

// witness takes the point at which a program stands, if it is a table of whole numbers that satisfies every statement exactly.
func (p *part) witness(lp *program) {
	point := make([]int64, len(p.vars))
	for i := range p.vars {
		v := math.Round(lp.at(i))
		if math.Abs(v-lp.at(i)) > 1e-6 || math.IsNaN(v) {
			return
		}
		point[i] = int64(v)
		if c := p.vars[i]; point[i] < p.t.low[c] || point[i] > p.t.high[c] {
			return
		}
	}
	for i, sum := range p.sums {
		n := int64(0)
		for _, v := range sum {
			n += point[v]
		}
		if n < p.low[i] || n > p.high[i] {
			return
		}
	}
	for k, in := range p.of {
		n := int64(0)
		for _, v := range in {
			n += point[v]
		}
		if p.seen == 0 {
			p.least[k], p.most[k] = n, n
			continue
		}
		p.least[k], p.most[k] = min(p.least[k], n), max(p.most[k], n)
	}
	p.seen++
}
