package link

import (
	"bytes"
	"cmp"
	"runtime"
	"slices"
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
		if birth.of[i] == missing {
			return d, false
		}
		return birth.days[birth.of[i]], true
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
				if h, ok := c.hash(x, i); ok && !x.texts[x.of[i]].short {
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
				if x.of[i] == missing {
					return
				}
				ws := x.names[x.of[i]].words
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
	switch {
	case x.of[i] == missing:
		return 0, false
	case x.names != nil:
		return uint64(x.names[x.of[i]].class) + 1<<40, true
	}
	return uint64(x.texts[x.of[i]].class) + 1, true
}

// stems gives the beginnings of the skeletons of the words of a name, of the length stems[n], or whole if n is -1; each once.
func (c *compare) stems(x *column, i, n int, give func(uint64)) {
	if x.of[i] == missing {
		return
	}
	var seen [most * 3]uint32
	k := 0
	for _, r := range x.names[x.of[i]].words {
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

// key is a key of a rule and the record that has it.
type key struct {
	hash   uint64
	record int32
	rank   int32
}

// ranks orders the records by how their family names are spoken, then their given names: in a block that is too large to compare
// everybody with everybody, each is compared with those who stand near.
func (c *compare) ranks() []int32 {
	if c.rank != nil {
		return c.rank
	}
	first := func(x *column, i int32) *word {
		if x == nil || x.of[i] == missing {
			return nil
		}
		return &c.t.words[x.names[x.of[i]].words[0].ways[0]]
	}
	letters := func(a, b *word) int {
		switch {
		case a == b:
			return 0
		case a == nil:
			return -1
		case b == nil:
			return 1
		}
		return bytes.Compare(a.letters[:a.n], b.letters[:b.n])
	}
	g, f := c.column(Given), c.column(Family)
	order := make([]int32, c.t.n)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int {
		if n := letters(first(f, i), first(f, j)); n != 0 {
			return n
		}
		return letters(first(g, i), first(g, j))
	})
	c.rank = make([]int32, c.t.n)
	for r, i := range order {
		c.rank[i] = int32(r)
	}
	return c.rank
}

// candidates returns the pairs that share a key of a rule, each once, as two record numbers in one, the smaller first.
func (c *compare) candidates(rules ...rule) []uint64 {
	var pairs []uint64
	c.ranks()
	parts := make([][]uint64, len(rules))
	var next atomic.Int32
	share(runtime.GOMAXPROCS(0), func(int, int) {
		for k := int(next.Add(1)) - 1; k < len(rules); k = int(next.Add(1)) - 1 {
			parts[k] = c.block(rules[k], nil)
		}
	})
	for k, p := range parts {
		pairs = append(pairs, p...)
		parts[k] = nil
	}
	sortPairs(pairs)
	return slices.Compact(pairs)
}

func (c *compare) block(r rule, pairs []uint64) []uint64 {
	var keys []key
	rank := c.ranks()
	for i := range c.t.n {
		r.keys(i, func(h uint64) { keys = append(keys, key{h, int32(i), rank[i]}) })
	}
	slices.SortFunc(keys, func(a, b key) int {
		if a.hash != b.hash {
			return cmp.Compare(a.hash, b.hash)
		}
		if a.rank != b.rank {
			return int(a.rank) - int(b.rank)
		}
		return int(a.record - b.record)
	})
	for i := 0; i < len(keys); {
		j := i + 1
		for j < len(keys) && keys[j].hash == keys[i].hash {
			j++
		}
		near := window
		if j-i > window {
			near = nearby
		}
		for a := i; a < j; a++ {
			for b := a + 1; b < j && b-a <= near; b++ {
				if x, y := keys[a].record, keys[b].record; x != y {
					pairs = append(pairs, uint64(min(x, y))<<32|uint64(max(x, y)))
				}
			}
		}
		i = j
	}
	return pairs
}

func sortPairs(p []uint64) { slices.Sort(p) }
