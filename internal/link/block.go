package link

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// rule makes the keys of a record: what two records must share to be compared at all. Keys of one rule are only compared with keys of
// the same.
type rule struct {
	name string
	keys func(i int, add func(uint64))
}

// window is the number of records of one block that each is compared with at most on either side.
const (
	window = 100
	nearby = 12 // in a block with more records than that
)

// rules returns the rules of blocking that the columns of the table allow.
func (c *compare) rules() []rule {
	var rs []rule
	add := func(name string, keys func(i int, add func(uint64))) { rs = append(rs, rule{name, keys}) }
	g, f, birth := c.column(Given), c.column(Family), c.column(Birth)
	both := []*column{}
	for _, x := range []*column{g, f} {
		if x != nil {
			both = append(both, x)
		}
	}
	day := func(i int) (d day, ok bool) {
		if c.of(birth, i) == missing {
			return d, false
		}
		return birth.days[c.of(birth, i)], true
	}
	if birth != nil {
		add("birth", func(i int, add func(uint64)) {
			if d, ok := day(i); ok && d.whole() {
				add(d.number())
			}
		})
		add("name, year", func(i int, add func(uint64)) {
			if d, ok := day(i); ok {
				for _, x := range both {
					c.stems(x, i, 2, func(h uint64) { add(mix(h, uint64(d.year))) })
				}
			}
		})
		add("name, day and month", func(i int, add func(uint64)) {
			if d, ok := day(i); ok && d.whole() {
				for _, x := range both {
					c.stems(x, i, 0, func(h uint64) { add(mix(h, uint64(d.month)*100+uint64(d.day))) })
				}
			}
		})
	}
	if birth != nil && len(both) == 2 {
		add("names, years", func(i int, add func(uint64)) {
			d, ok := day(i)
			if !ok {
				return
			}
			c.stems(g, i, 0, func(x uint64) {
				c.stems(f, i, 0, func(y uint64) {
					for o := range 3 {
						add(mix(mix(min(x, y), max(x, y)), uint64((int(d.year)+o)/3*3+o)))
					}
				})
			})
		})
	}
	if len(both) == 2 {
		add("both names", func(i int, add func(uint64)) {
			c.stems(g, i, -1, func(x uint64) {
				c.stems(f, i, -1, func(y uint64) { add(mix(min(x, y), max(x, y))) })
			})
		})
	}
	for _, x := range c.t.columns {
		switch x.Kind {
		case Number:
			add(x.Name, func(i int, add func(uint64)) {
				if h, ok := c.hash(x, i); ok && !x.texts[c.of(x, i)].short {
					add(h)
				}
			})
			fallthrough
		case Place, Text, Father, Code:
			n := 1
			if x.Kind == Code {
				n = -1
			}
			add(x.Name+", name", func(i int, add func(uint64)) {
				h, ok := c.hash(x, i)
				if !ok {
					return
				}
				for _, y := range both {
					c.stems(y, i, n, func(s uint64) { add(mix(h, s)) })
				}
			})
		case Name:
			add(x.Name, func(i int, add func(uint64)) {
				if c.of(x, i) == missing {
					return
				}
				ws := c.t.names[c.of(x, i)].words
				for a := range ws {
					for b := range ws[:a] {
						p, q := uint64(c.t.words[ws[a].ways[0]].bones), uint64(c.t.words[ws[b].ways[0]].bones)
						add(mix(min(p, q), max(p, q)))
					}
				}
			})
		}
	}
	return rs
}

func (c *compare) column(k Kind) *column {
	for _, x := range c.t.columns {
		if x.Kind == k {
			return x
		}
	}
	return nil
}

// hash returns what a record has in a column as a number: of a name how it sounds.
func (c *compare) hash(x *column, i int) (uint64, bool) {
	v := c.of(x, i)
	if v == missing {
		return 0, false
	}
	return mix(uint64(c.t.classOf(x, v)), 1), true
}

// stems gives the beginnings of the skeletons of the words of a name, of the length stems[n], or whole if n is -1; each once.
func (c *compare) stems(x *column, i, n int, give func(uint64)) {
	v := c.of(x, i)
	if v == missing {
		return
	}
	var seen [most * 3]uint32
	k := 0
	for _, r := range c.t.names[v].words {
		for _, w := range r.ways[:r.n] {
			h := c.t.words[w].bones
			if n >= 0 {
				h = c.t.words[w].stems[n]
			}
			if !slices.Contains(seen[:k], h) {
				seen[k] = h
				k++
				give(uint64(h))
			}
		}
	}
}

// keys returns the keys of a rule in order: in the upper half a hash of what is shared, in the lower the place that has it.
func (c *compare) keys(r rule) []uint64 {
	parts := make([][]uint64, runtime.GOMAXPROCS(0))
	n := c.t.n
	share(len(parts), func(lo, hi int) {
		for p := lo; p < hi; p++ {
			var keys []uint64
			for i := n * p / len(parts); i < n*(p+1)/len(parts); i++ {
				from := len(keys)
				r.keys(i, func(h uint64) {
					if k := mix(h, 0)&^math.MaxUint32 | uint64(i); !slices.Contains(keys[from:], k) {
						keys = append(keys, k)
					}
				})
			}
			parts[p] = keys
		}
	})
	return sorted(slices.Concat(parts...))
}

// sorted orders keys by their upper half; those of one hash stay in the order of their places (a radix sort by eleven bits at a time).
func sorted(keys []uint64) []uint64 {
	other := make([]uint64, len(keys))
	for shift := 32; shift < 64; shift += 11 {
		var at [1 << 11]int
		for _, k := range keys {
			at[k>>shift&(1<<11-1)]++
		}
		sum := 0
		for d, n := range at {
			at[d] = sum
			sum += n
		}
		for _, k := range keys {
			d := k >> shift & (1<<11 - 1)
			other[at[d]] = k
			at[d]++
		}
		keys, other = other, keys
	}
	return keys
}

// width says how many of a block are compared: up to whole each with each, and in a larger one each with so many on either side.
type width struct{ whole, near int }

// widths are tried from the widest, until a rule makes no more than budget pairs for each record.
var widths = [...]width{{window, nearby}, {50, 10}, {25, 8}, {15, 6}, {10, 4}, {6, 3}}

// budget is how many pairs one rule may make for each record; small lists may have as many as thousands of records would.
const budget, thousands = 4, 100_000

// blocks calls do for each block of keys in a range that begins and ends between two blocks.
func blocks(keys []uint64, do func(block []uint64)) {
	for i := 0; i < len(keys); {
		j := i + 1
		for j < len(keys) && keys[j]>>32 == keys[i]>>32 {
			j++
		}
		do(keys[i:j])
		i = j
	}
}

func (c *compare) widthOf(keys []uint64) width {
	var made [len(widths)]int
	blocks(keys, func(b []uint64) {
		for k, w := range widths {
			if m := len(b); m <= w.whole {
				made[k] += m * (m - 1) / 2
			} else {
				made[k] += m * w.near
			}
		}
	})
	for k, w := range widths {
		if made[k] <= budget*max(c.t.n, thousands) {
			return w
		}
	}
	return widths[len(widths)-1]
}

// pairs gives the pairs of a block, the smaller place first.
func pairs(b []uint64, w width, give func(i, j int)) {
	near := len(b)
	if near > w.whole {
		near = w.near
	}
	for x := range b {
		for y := x + 1; y < len(b) && y-x <= near; y++ {
			give(int(uint32(b[x])), int(uint32(b[y])))
		}
	}
}

// part is how many keys are compared between two looks at the context.
const part = 1 << 13

// inBlocks gives every worker parts of the keys, until there is none left or the context ends.
func inBlocks(ctx context.Context, keys []uint64, workers []*worker, do func(w *worker, block []uint64)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for _, w := range workers {
		all.Go(func() {
			for ctx.Err() == nil {
				from := int(next.Add(part)) - part
				if from >= len(keys) {
					return
				}
				blocks(keys[edge(keys, from):edge(keys, from+part)], func(b []uint64) { do(w, b) })
			}
		})
	}
	all.Wait()
}

// edge is the first place from at on at which a block begins.
func edge(keys []uint64, at int) int {
	for at = min(at, len(keys)); at > 0 && at < len(keys) && keys[at]>>32 == keys[at-1]>>32; at++ {
	}
	return at
}

// drawn compares pairs of the blocks of a rule, evenly drawn, and returns how many have each pattern.
func (c *compare) drawn(r rule) map[pattern]float64 {
	keys, w := c.keys(r), newWorker()
	width := c.widthOf(keys)
	n := 0
	blocks(keys, func(b []uint64) { pairs(b, width, func(int, int) { n++ }) })
	every, seen, k := 1+n/sample, map[pattern]float64{}, 0
	blocks(keys, func(b []uint64) {
		pairs(b, width, func(i, j int) {
			if k++; k%every == 0 {
				seen[c.pair(w, i, j)]++
			}
		})
	})
	return seen
}
