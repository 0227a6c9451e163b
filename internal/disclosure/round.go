package disclosure

import (
	"math"
	"strconv"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Rounding says how small counts are rounded.
type Rounding struct {
	Base int64     // 3 or 5: counts from 1 to one less become 0 or this
	Key  []byte    // at least [MinKey] bytes, never published
	Past *Released // what was released before of the same persons, and stands; nil: nothing was
}

// loose is the share of small cells, in 256ths, that are rounded by chance alone, whatever that does to the sums: without them a cell that stands alone
// would always go the shorter way, and who knows the rule would know which.
const loose = 28

// Quality is how far published numbers lie from the true ones, over all cells and margins. It is for the office: with the table it is safe to
// publish Mean, and not more.
type Quality struct {
	Cells   int     `json:"cells"`
	Mean    float64 `json:"mean_error"`       // mean of how far a cell is off
	Shown   float64 `json:"mean_error_shown"` // over cells with somebody in them
	Most    int64   `json:"largest_error"`
	Total   int64   `json:"error_of_total"`
	Changed int     `json:"inner_cells_changed"`
}

// Round rounds small inner cells to 0 or to the base, so that all margins together stay as near as they can, and sums every margin anew. What
// is not small stays exact. (Langsrud and Heldal, An algorithm for small count rounding of tabular data, 2018, is the idea; the search here is
// another.) Some cells are rounded by chance alone, the others by the best of several searches that begin by chance, all under the key.
//
// With a past release of the same persons it is the change since then that is rounded: a cell that has not changed stays as it was published, and a small
// change becomes none or one of the base, so that neither table nor their difference has a small count.
//
// It fails with [fault.Invalid] "disclosure.base" for another base, "disclosure.key" for a short key or one that is not that of the past release,
// "disclosure.counts" for a count below zero, and "disclosure.other" if the past release has other dimensions or another base.
func Round(c *Cube, r Rounding) (*Cube, Quality, error) {
	if r.Base != 3 && r.Base != 5 {
		return nil, Quality{}, fault.New(fault.Invalid, "disclosure.base")
	}
	if len(r.Key) < MinKey {
		return nil, Quality{}, fault.New(fault.Invalid, "disclosure.key")
	}
	for _, n := range c.Counts {
		if n < 0 {
			return nil, Quality{}, fault.New(fault.Invalid, "disclosure.counts")
		}
	}
	ways, err := r.ways(c)
	if err != nil {
		return nil, Quality{}, err
	}
	var best *search
	l := c.lattice()
	for start := range starts {
		s := begin(c, r, l, ways, start)
		for range 100 {
			if !s.flips() && !s.swaps() {
				break
			}
		}
		if best == nil || s.cost() < best.cost() {
			best = s
		}
	}
	return best.out, judge(c, best.out), nil
}

// way is the numbers that may be published of an inner cell: one, or two with the chance of the upper one in parts of the base.
type way struct {
	low, high int64
	up        int64
}

// ways says what may be published of each inner cell.
func (r Rounding) ways(c *Cube) ([]way, error) {
	out := make([]way, len(c.Counts))
	if r.Past == nil {
		for at, n := range c.Counts {
			out[at] = way{n, n, 0}
			if n > 0 && n < r.Base {
				out[at] = way{0, r.Base, n}
			}
		}
		return out, nil
	}
	past, err := r.Past.under(c, r)
	if err != nil {
		return nil, err
	}
	for at, n := range c.Counts {
		out[at] = r.change(past[at].published, n-past[at].count)
	}
	return out, nil
}

// change says what may be published of a cell that was published as was, after a change.
func (r Rounding) change(was, by int64) way {
	b := r.Base
	switch {
	case by == 0:
		return way{was, was, 0}
	case by > 0 && by < b:
		return way{was, was + b, by}
	case by >= b:
		return way{was + by, was + by, 0}
	case by > -b && (was == b || was >= 2*b):
		return way{was - b, was, b + by}
	case by > -b:
		return way{was, was, 0}
	case was+by >= b || was+by == 0:
		return way{was + by, was + by, 0}
	case was >= 2*b && was+by > 0:
		return way{0, b, was + by}
	}
	return way{0, 0, 0}
}

// starts is how many searches begin, each from another chance; the best counts.
const starts = 8

// search is a rounding on its way.
type search struct {
	out   *Cube
	ways  []way
	l     *lattice
	off   []int64 // of each cell of the lattice, published less true
	small []int   // inner cells that may go either way, in the order of the key
}

// begin rounds by chance: up as often as brings the right number on average. Cells that are rounded by chance alone are the same in every start.
func begin(c *Cube, r Rounding, l *lattice, ways []way, start int) *search {
	s := &search{out: c.like(), ways: ways, l: l, off: make([]int64, len(l.inner))}
	d := draws{r.Key}
	order := map[int]uint64{}
	for at, w := range ways {
		s.out.Counts[at] = w.low
		if w.low < w.high {
			chance := d.of(c, at, "alone")
			if d.of(c, at, "loose")>>56 >= loose {
				chance = d.of(c, at, "start "+strconv.Itoa(start))
				order[at] = d.of(c, at, "order "+strconv.Itoa(start))
				s.small = append(s.small, at)
			}
			if chance < uint64(w.up)*(math.MaxUint64/uint64(r.Base)) {
				s.out.Counts[at] = w.high
			}
		}
		if change := s.out.Counts[at] - c.Counts[at]; change != 0 {
			for _, cell := range l.over[at] {
				s.off[cell] += change
			}
		}
	}
	sorting.Stable(s.small, func(a, b int) int {
		if order[a] < order[b] {
			return -1
		}
		return 1
	})
	return s
}

func (s *search) cost() (sum int64) {
	for _, off := range s.off {
		sum += weigh(off)
	}
	return sum
}

// weigh is how bad it is that a cell is off by so much: being off once by two is a little worse than twice by one.
func weigh(off int64) int64 {
	if off < 0 {
		off = -off
	}
	return 8*off + off*off
}

// gain is what flipping a cell brings.
func (s *search) gain(at int) int64 {
	step := s.step(at)
	sum := int64(0)
	for _, cell := range s.l.over[at] {
		sum += weigh(s.off[cell]) - weigh(s.off[cell]+step)
	}
	return sum
}

func (s *search) step(at int) int64 {
	w := s.ways[at]
	if s.out.Counts[at] == w.low {
		return w.high - w.low
	}
	return w.low - w.high
}

func (s *search) flip(at int) {
	step := s.step(at)
	s.out.Counts[at] += step
	for _, cell := range s.l.over[at] {
		s.off[cell] += step
	}
}

func (s *search) flips() (better bool) {
	for _, at := range s.small {
		if s.gain(at) > 0 {
			s.flip(at)
			better = true
		}
	}
	return better
}

// partners is how many cells one is swapped with at most, so that large tables take time in proportion to their size.
const partners = 400

// swaps flips two cells at once, one up and one down, where that brings something and neither alone does.
func (s *search) swaps() (better bool) {
	n := len(s.small)
	for i, a := range s.small {
		for j := 1; j < min(n, partners); j++ {
			b := s.small[(i+j)%n]
			if s.step(a) > 0 == (s.step(b) > 0) {
				continue
			}
			before := s.gain(a)
			s.flip(a)
			if before+s.gain(b) > 0 {
				s.flip(b)
				better = true
				continue
			}
			s.flip(a)
		}
	}
	return better
}

// judge measures a table against the true one.
func judge(c, out *Cube) Quality {
	q := Quality{}
	is := c.Cells()
	sum, shown, filled := int64(0), int64(0), 0
	for i, cell := range out.Cells() {
		off := cell.Count - is[i].Count
		if i < len(c.Counts) && off != 0 {
			q.Changed++
		}
		if i == len(is)-1 {
			q.Total = off
		}
		off = max(off, -off)
		q.Most = max(q.Most, off)
		sum += off
		if is[i].Count > 0 {
			shown += off
			filled++
		}
	}
	q.Cells = len(is)
	q.Mean = float64(sum) / float64(len(is))
	if filled > 0 {
		q.Shown = float64(shown) / float64(filled)
	}
	return q
}
