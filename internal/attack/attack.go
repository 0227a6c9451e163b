// Package attack finds out what published tables tell about small counts that they do not show. It is the adversary of package disclosure and shares nothing
// with it but the words: what it is given are statements that anybody can read, "between 1 and 4", "exactly 17", about cells and sums of cells, of
// one release or of several over time, and it knows that persons are counted in whole numbers and that everything adds up.
//
// First bounds are carried from sums to parts and back until nothing moves. What is then still open goes to linear programs, of which each
// connected part of the tables is one: the least and the most that a cell can be. That a cell is safe is never taken from a program that computes
// with fractions: it is proved by two tables of whole numbers that satisfy every statement and differ in the cell. A cell that is neither proved
// open nor known is said to be unproved, and who guards a release treats it as given away.
package attack

import (
	"context"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
)

// Limits.
const (
	MaxCells  = 1 << 20 // cells with all sums
	maxMatrix = 1 << 24 // numbers in a linear program
)

// unbounded is a count that nobody reaches.
const unbounded = int64(1) << 40

// Dimension is one of the questions that tables answer together. Some of its answers are sums of others.
type Dimension struct {
	Name    string
	Answers []string
	parts   [][]int // of each answer, the elementary ones in it
	sums    [][]int // equations: the first is the sum of the others
	leaf    []int   // of each elementary answer, its place in Answers
	signed  bool    // its elementary answers are changes, which may be below zero, but for the first
}

// All returns a dimension of answers of which nobody gives two, and of their sum, which is called total.
func All(name, total string, answers ...string) Dimension {
	d := Dimension{Name: name, Answers: append([]string{total}, answers...), parts: [][]int{nil}}
	equation := []int{0}
	for i := range answers {
		d.parts[0] = append(d.parts[0], i)
		d.parts = append(d.parts, []int{i})
		d.leaf = append(d.leaf, i+1)
		equation = append(equation, i+1)
	}
	d.sums = [][]int{equation}
	return d
}

// Apart returns a dimension of one answer, of which there is no sum: the tables are attacked for each answer by itself.
func Apart(name, answer string) Dimension {
	return Dimension{Name: name, Answers: []string{answer}, parts: [][]int{{0}}, leaf: []int{0}}
}

// Over returns a dimension of releases over time, which count the same persons and those who came later: one answer for each release, called by its
// name, and one for each change from the release before to it, called change and its name. Corrected says that numbers may also have fallen.
func Over(name, change string, corrected bool, releases ...string) Dimension {
	d := Dimension{Name: name, signed: corrected}
	for i, r := range releases {
		d.Answers = append(d.Answers, r)
		var before []int
		for j := range i + 1 {
			before = append(before, j)
		}
		d.parts = append(d.parts, before)
	}
	d.leaf = append(d.leaf, 0)
	for i, r := range releases[1:] {
		d.Answers = append(d.Answers, change+r)
		d.parts = append(d.parts, []int{i + 1})
		d.leaf = append(d.leaf, len(releases)+i)
		d.sums = append(d.sums, []int{i + 1, i, len(releases) + i})
	}
	return d
}

// Statement is what is public about one cell: that its count is between two numbers, both included.
type Statement struct {
	Where []string // an answer for each dimension
	Low   int64
	High  int64 // below zero: nothing is said
}

// Exactly states a count.
func Exactly(n int64, where ...string) Statement { return Statement{where, n, n} }

// Between states bounds of a count.
func Between(low, high int64, where ...string) Statement { return Statement{where, low, high} }

// Finding is a small count that is known to whoever reads and computes.
type Finding struct {
	Where []string `json:"where"`
	Count int64    `json:"count"`
}

// Report says what was found out.
type Report struct {
	Cells     int       `json:"cells"`      // that there are, with all sums
	Open      int       `json:"open"`       // of those of which no number is published and which could be small
	Recovered []Finding `json:"recovered"`  // small counts of those that are known exactly
	Bounds    int       `json:"by_bounds"`  // how many of them without a linear program
	Unproved  []Finding `json:"unproved"`   // of which it is not proved that they can be two numbers; Count is the least
	Against   []string  `json:"against"`    // a cell at which the statements contradict each other; empty: they do not
	Programs  int       `json:"programs"`   // linear programs that were solved
	Width     float64   `json:"mean_width"` // mean distance of the two numbers that each open cell was proved to reach
}

// Safe reports whether no small count is known and every other is proved to be open.
func (r *Report) Safe() bool {
	return len(r.Recovered) == 0 && len(r.Unproved) == 0 && len(r.Against) == 0
}

// Tables is everything that is public.
type Tables struct {
	dims   []Dimension
	index  []map[string]int
	stride []int
	low    []int64
	high   []int64
	said   []bool // that something is stated of the cell
	number []bool // that a number is published of it
	absurd []string
}

// New begins with nothing stated. No count is below zero, but for changes that may be corrections.
//
// It fails with [fault.TooLarge] "attack.large" beyond [MaxCells], and with [fault.Invalid] "attack.answers" if there are no answers, or one twice.
func New(dims ...Dimension) (*Tables, error) {
	t := &Tables{dims: dims, stride: make([]int, len(dims))}
	n := 1
	for i := len(dims) - 1; i >= 0; i-- {
		t.stride[i] = n
		if n *= len(dims[i].Answers); n > MaxCells {
			return nil, fault.New(fault.TooLarge, "attack.large")
		}
	}
	if n == 0 || len(dims) == 0 {
		return nil, fault.New(fault.Invalid, "attack.answers")
	}
	for _, d := range dims {
		if len(d.leaf) == 0 {
			return nil, fault.New(fault.Invalid, "attack.answers")
		}
		index := map[string]int{}
		for i, a := range d.Answers {
			if _, twice := index[a]; twice {
				return nil, fault.New(fault.Invalid, "attack.answers")
			}
			index[a] = i
		}
		t.index = append(t.index, index)
	}
	t.low, t.high, t.said, t.number = make([]int64, n), make([]int64, n), make([]bool, n), make([]bool, n)
	for i := range t.high {
		t.high[i] = unbounded
		if t.change(i) {
			t.low[i] = -unbounded
		}
	}
	return t, nil
}

// change reports whether a cell may be below zero.
func (t *Tables) change(cell int) bool {
	for i, d := range t.dims {
		if d.signed && d.parts[cell/t.stride[i]%len(d.Answers)][0] > 0 {
			return true
		}
	}
	return false
}

// State adds a statement. Several about one cell all hold.
//
// It fails with [fault.Invalid] "attack.answers" if an answer is not one of its dimension.
func (t *Tables) State(s Statement) error {
	cell := 0
	if len(s.Where) != len(t.dims) {
		return fault.New(fault.Invalid, "attack.answers")
	}
	for i, a := range s.Where {
		at, ok := t.index[i][a]
		if !ok {
			return fault.New(fault.Invalid, "attack.answers")
		}
		cell += at * t.stride[i]
	}
	t.said[cell] = true
	t.low[cell] = max(t.low[cell], s.Low)
	if s.High >= 0 || t.change(cell) {
		t.high[cell] = min(t.high[cell], s.High)
	}
	if s.Low == s.High { // what two intervals leave of each other nobody published: it is found out
		t.number[cell] = true
	}
	return nil
}

// where writes a cell by its answers.
func (t *Tables) where(cell int) []string {
	out := make([]string, len(t.dims))
	for i, d := range t.dims {
		out[i] = d.Answers[cell/t.stride[i]%len(d.Answers)]
	}
	return out
}

// each calls do with every equation: a sum and its parts. The slice is used again.
func (t *Tables) each(do func(equation []int) bool) bool {
	cells := make([]int, 0, 64)
	for i, d := range t.dims {
		for _, sum := range d.sums {
			for base := range t.low {
				if base/t.stride[i]%len(d.Answers) != 0 {
					continue
				}
				cells = cells[:0]
				for _, a := range sum {
					cells = append(cells, base+a*t.stride[i])
				}
				if !do(cells) {
					return false
				}
			}
		}
	}
	return true
}

// propagate carries bounds from sums to parts and back until nothing moves, or so many rounds are over. It returns false at a contradiction.
func (t *Tables) propagate() bool {
	for range 1000 {
		moved := false
		ok := t.each(func(e []int) bool {
			low, high, lows, highs := int64(0), int64(0), 0, 0 // of the parts, and how many of them are without a bound
			for _, c := range e[1:] {
				if t.low[c] <= -unbounded {
					lows++
				} else {
					low += t.low[c]
				}
				if t.high[c] >= unbounded {
					highs++
				} else {
					high += t.high[c]
				}
			}
			tighten := func(c int, l, h int64, hasLow, hasHigh bool) bool {
				if hasLow && l > t.low[c] {
					t.low[c], moved = l, true
				}
				if hasHigh && h < t.high[c] {
					t.high[c], moved = h, true
				}
				if t.low[c] > t.high[c] {
					t.absurd = t.where(c)
					return false
				}
				return true
			}
			if !tighten(e[0], low, high, lows == 0, highs == 0) {
				return false
			}
			for _, c := range e[1:] {
				restLow, restHigh, l, h := low, high, lows, highs
				if t.low[c] <= -unbounded {
					l--
				} else {
					restLow -= t.low[c]
				}
				if t.high[c] >= unbounded {
					h--
				} else {
					restHigh -= t.high[c]
				}
				before := [2]int64{t.low[c], t.high[c]}
				if !tighten(c, t.low[e[0]]-restHigh, t.high[e[0]]-restLow, h == 0 && t.low[e[0]] > -unbounded, l == 0 && t.high[e[0]] < unbounded) {
					return false
				}
				if before[0] != t.low[c] { // what is known of the parts has changed
					if before[0] <= -unbounded {
						lows--
						low += t.low[c]
					} else {
						low += t.low[c] - before[0]
					}
				}
				if before[1] != t.high[c] {
					if before[1] >= unbounded {
						highs--
						high += t.high[c]
					} else {
						high += t.high[c] - before[1]
					}
				}
			}
			return true
		})
		if !ok {
			return false
		}
		if !moved {
			return true
		}
	}
	return true
}

// Run finds out what the statements tell about counts from 1 to one less than small, or changes by as much. Told, which may be nil, is told how far
// it has come. The tables are used up.
//
// It fails with [fault.TooLarge] "attack.large" if a linear program would not fit, and with the context's error.
func (t *Tables) Run(ctx context.Context, small int64, told func(done, all int)) (*Report, error) {
	r := &Report{Cells: len(t.low)}
	rows := t.rows()
	if !t.propagate() {
		r.Against = t.absurd
		return r, nil
	}
	var open []int
	for c := range t.low {
		if t.number[c] {
			continue
		}
		if t.low[c] == t.high[c] {
			if n := max(t.low[c], -t.low[c]); n > 0 && n < small {
				r.Recovered = append(r.Recovered, Finding{t.where(c), t.low[c]})
				r.Bounds++
				r.Open++
			}
			continue
		}
		if t.low[c] < small && t.high[c] > -small {
			open = append(open, c)
		}
	}
	r.Open += len(open)
	p := &siege{t: t, small: small, open: open, state: make([]known, len(open))}
	if err := p.run(ctx, rows, told); err != nil {
		return nil, err
	}
	r.Programs = p.programs
	if p.absurd {
		r.Against = t.where(0)
		return r, nil
	}
	widths := int64(0)
	proved := 0
	for i, c := range open {
		k := p.state[i]
		switch {
		case k.wide > 0:
			widths += k.wide
			proved++
		case k.fixed:
			if n := max(k.value, -k.value); n > 0 && n < small {
				r.Recovered = append(r.Recovered, Finding{t.where(c), k.value})
			}
		default:
			r.Unproved = append(r.Unproved, Finding{t.where(c), k.value})
		}
	}
	if proved > 0 {
		r.Width = float64(widths) / float64(proved)
	}
	return r, nil
}

// String writes where a finding is.
func (f Finding) String() string { return strings.Join(f.Where, ", ") }
