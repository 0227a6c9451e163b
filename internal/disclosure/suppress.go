package disclosure

import (
	"math"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Suppression says which counts are hidden.
type Suppression struct {
	Small int64  // counts from 1 to one less are hidden, and others with them
	Width int64  // how many numbers further a hidden small count can be, at least, for all that the table tells; it falls to 1 where there are no larger cells beside it
	Key   []byte // at least [MinKey] bytes, never published
}

// Suppress returns every cell with all its margins, small counts hidden, and beside them so many others that each small one can be another number, by at
// least the width where that is to be had. All are hidden in one way: whoever reads learns of no hidden cell whether it is small.
//
// Each small cell is protected by a box: as many persons as the width are put into it and taken out of others, corner by corner, so that everything adds up and
// every sum outside the box stays (Repsilber's hypercube method is the relative). What a box changes is hidden. So the box itself shows that the cell is open: every number that is
// shown fits the table with it and the table without it. It does not show that the other table would have been hidden in the same way: whoever knows the rule may ask why a cell is
// hidden, and nobody tries that here. [Round] has no such question. A count of 0 is shown, and never part of a box, and no count in a box falls to 0.
//
// It fails with [fault.Invalid] "disclosure.base" if nothing is small or the width below 1, "disclosure.key" for a short key, and "disclosure.counts" for a count below zero.
func Suppress(c *Cube, s Suppression) ([]Cell, error) {
	if s.Small < 2 || s.Width < 1 {
		return nil, fault.New(fault.Invalid, "disclosure.base")
	}
	if len(s.Key) < MinKey {
		return nil, fault.New(fault.Invalid, "disclosure.key")
	}
	for _, n := range c.Counts {
		if n < 0 {
			return nil, fault.New(fault.Invalid, "disclosure.counts")
		}
	}
	b := &boxes{c: c, cells: c.Cells(), place: map[string]int{}, key: draws{s.Key}}
	var small []int
	for i, cell := range b.cells {
		b.place[spell(cell.Values)] = i
		if cell.Count > 0 && cell.Count < s.Small {
			b.cells[i].Hidden = true
			small = append(small, i)
		}
	}
	// Sums of few cells have the fewest boxes: they are first, and the others lean on what they hid.
	sorting.Stable(small, func(x, y int) int { return b.free(x) - b.free(y) })
	b.uses = make([]int, len(b.cells))
	boxOf := map[int][]int{}
	take := func(cell int) {
		for width := s.Width; width > 0; width-- {
			if box := b.protect(cell, width); box != nil {
				boxOf[cell] = box
				break
			}
		}
		for _, i := range boxOf[cell] {
			b.cells[i].Hidden = true
			b.uses[i]++
		}
	}
	for _, cell := range small {
		take(cell)
	}
	// What was hidden later may serve earlier ones: each gives its box back, and takes the cheapest again.
	for range rounds {
		for _, cell := range small {
			for _, i := range boxOf[cell] {
				if b.uses[i]--; b.uses[i] == 0 && b.cells[i].Count >= s.Small {
					b.cells[i].Hidden = false
				}
			}
			delete(boxOf, cell)
			take(cell)
		}
	}
	return b.cells, nil
}

// rounds is how often every small cell looks for a cheaper box.
const rounds = 6

// boxes is a table in which cells are hidden.
type boxes struct {
	c     *Cube
	cells []Cell
	place map[string]int
	key   draws
	uses  []int // of each cell, by how many boxes it is changed
}

// free is how many dimensions a cell is a sum over.
func (b *boxes) free(cell int) (n int) {
	for _, v := range b.cells[cell].Values {
		if v == Total {
			n--
		}
	}
	return n
}

// protect returns what the cheapest box changes by which a cell can grow, or fall, by so much; nil if there is none.
func (b *boxes) protect(cell int, width int64) []int {
	at := b.cells[cell].Values
	best, least := []int(nil), math.Inf(1)
	var own []int // dimensions in which the cell has a value
	for i, v := range at {
		if v != Total {
			own = append(own, i)
		}
	}
	b.under(at, func(inner []int) {
		for mask := range 1 << len(own) { // in which of them the box has a second value
			var second []int
			for i, d := range own {
				if mask>>i&1 == 1 {
					second = append(second, d)
				}
			}
			b.seconds(inner, second, func(other []int) {
				for _, sign := range []int64{1, -1} {
					if changed, cost, ok := b.box(inner, other, second, sign, width); ok && cost < least {
						best, least = changed, cost
					}
				}
			})
		}
	})
	return best
}

// under calls do with the values of every inner cell of a cell in which there is somebody.
func (b *boxes) under(at []int, do func([]int)) {
	values := make([]int, len(at))
	var walk func(d int)
	walk = func(d int) {
		if d == len(at) {
			if b.c.Counts[b.c.Index(values...)] > 0 {
				do(values)
			}
			return
		}
		if at[d] != Total {
			values[d] = at[d]
			walk(d + 1)
			return
		}
		for v := range b.c.Dimensions[d].Values {
			values[d] = v
			walk(d + 1)
		}
	}
	walk(0)
}

// seconds calls do with every choice of another value in some dimensions.
func (b *boxes) seconds(inner, second []int, do func(other []int)) {
	other := append([]int(nil), inner...)
	var walk func(i int)
	walk = func(i int) {
		if i == len(second) {
			do(other)
			return
		}
		for v := range b.c.Dimensions[second[i]].Values {
			if v != inner[second[i]] {
				other[second[i]] = v
				walk(i + 1)
			}
		}
	}
	walk(0)
}

// box returns which cells a box changes and what hiding them costs, if its corners allow it.
func (b *boxes) box(inner, other, second []int, sign, width int64) (changed []int, cost float64, ok bool) {
	d := len(inner)
	corner := make([]int, d)
	twice := make([]bool, d)
	for _, i := range second {
		twice[i] = true
	}
	for mask := range 1 << len(second) {
		copy(corner, inner)
		move := sign * width
		for i, at := range second {
			if mask>>i&1 == 1 {
				corner[at] = other[at]
				move = -move
			}
		}
		if n := b.c.Counts[b.c.Index(corner...)]; n < 1 || n+move < 1 {
			return nil, 0, false
		}
	}
	// Sums over a dimension in which the box has two values do not change; all others do.
	values := make([]int, d)
	for sums := range 1 << d {
		skip := false
		for i := range d {
			skip = skip || sums>>i&1 == 1 && twice[i]
		}
		if skip {
			continue
		}
		for mask := range 1 << len(second) {
			copy(values, inner)
			for i, at := range second {
				if mask>>i&1 == 1 {
					values[at] = other[at]
				}
			}
			for i := range d {
				if sums>>i&1 == 1 {
					values[i] = Total
				}
			}
			cell := b.place[spell(values)]
			changed = append(changed, cell)
			if !b.cells[cell].Hidden {
				cost += 1 + math.Log2(float64(b.cells[cell].Count+1))
			}
		}
	}
	if cost > 0 {
		// Which of several boxes of much the same cost is taken, only who has the key can tell.
		cost *= 1 + float64(b.key.of(b.c, b.c.Index(other...), "box")>>40)/float64(1<<24)/4
	}
	return changed, cost, true
}
