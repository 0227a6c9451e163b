package link

import "math"

// siblings is the most, in bits, that family name, parent and place together say for two records whose given names or dates of birth
// contradict each other: brothers and sisters share all three.
const siblings = 6.0

// rarest is the most that a value which two records share says beyond a value on the average, and the most that it says less: bits.
const rarest = 8.0

// bits returns the evidence of a pair, without the prior.
func (c *compare) bits(i, j int, p pattern) float64 {
	sum, shared, apart := 0.0, 0.0, false
	for k := range c.slots {
		l := p.at(k)
		if l == 0 {
			continue
		}
		w := c.says(k, i, j, p)
		switch kind := c.slots[k].kind; {
		case kind == Given && l-1 == differ, kind == Birth && l-1 >= dayMonthAndDay:
			apart = true
			sum += w
		case (kind == Family || kind == Father || kind == Place) && w > 0:
			shared += w
		default:
			sum += w
		}
	}
	if apart {
		shared = min(shared, siblings)
	}
	return sum + shared
}

// says returns what one slot says about a pair: bits.
func (c *compare) says(k, i, j int, p pattern) float64 {
	group, l := c.sameGroup(p), p.at(k)
	s := &c.slots[k]
	w := s.weight[group][l-1]
	if l == 1 && s.rare {
		return max(w+c.rarity(s, i, j, group), s.weight[group][1])
	}
	return w
}

// rarity returns what a value that two records share says more than a value on the average: bits. It is reckoned by the one that more people
// have, if they are written in two ways; of two names that stand the other way round that is the one in its own column.
func (c *compare) rarity(s *slot, i, j, group int) float64 {
	v, o := c.of(s.col, i), c.of(s.col, j)
	if v == missing || o == missing {
		return 0
	}
	size := s.size[0]
	if group == 1 && s.within {
		size = s.size[1] + c.logOfGroup[c.of(c.slots[c.group].col, i)]
	} else if group == 1 {
		size = s.size[1] + c.logOfAll
	}
	return max(min(size-float64(max(s.often[v], s.often[o])), rarest), -rarest)
}

// mostOfNames returns what the names of two records can say at most: bits.
func (c *compare) mostOfNames(i, j, group int) float64 {
	sum := 0.0
	for k := range c.slots {
		s := &c.slots[k]
		switch {
		case k == c.swap:
			sum += max(s.weight[group][0], s.weight[group][1])
		case s.names:
			sum += max(s.weight[group][0]+c.rarity(s, i, j, group), s.weight[group][1], 0)
		}
	}
	return sum
}

// worker is what one goroutine compares with: it remembers levels of names, as the same names meet often.
type worker struct {
	met   []uint64 // by a hash of two names, their numbers, and the level in the lowest three bits
	found []scored
	done  int
}

// scored is a pair of places, the smaller first, and its evidence without the prior.
type scored struct {
	pair  uint64
	bits  float32
	rules uint32 // which rules brought it
}

const memory = 1 << 17

func newWorker() *worker { return &worker{met: make([]uint64, memory)} }

// alike is [Table.alike] of two names by number.
func (w *worker) alike(t *Table, a, b int32) uint8 {
	if a == b {
		return same
	}
	if a > b {
		a, b = b, a
	}
	key := uint64(a)<<34 | uint64(b)<<3
	at := key * 0x9e3779b97f4a7c15 >> (64 - 17)
	if known := w.met[at]; known&^7 == key {
		return uint8(known & 7)
	}
	l := t.alike(&t.names[a], &t.names[b])
	w.met[at] = key | uint64(l)
	return l
}

// weigh compares two places, and keeps what has at least so many bits of evidence.
func (c *compare) weigh(w *worker, i, j int, least float64) {
	w.done++
	p := c.rest(i, j)
	sum := 0.0
	for k := range c.slots {
		if p.at(k) > 0 {
			sum += c.says(k, i, j, p)
		}
	}
	if sum+c.mostOfNames(i, j, c.sameGroup(p)) < least {
		return
	}
	p |= c.spoken(w, i, j)
	if b := c.bits(i, j, p); b >= least {
		w.found = append(w.found, scored{uint64(i)<<32 | uint64(j), float32(b), 0})
	}
}

// ready reckons what is needed of every pair.
func (c *compare) ready() {
	c.logOfAll = math.Log2(float64(c.t.n))
	c.logOfGroup = map[int32]float64{}
	for v, n := range c.size {
		c.logOfGroup[v] = math.Log2(float64(n))
	}
}

// named reports whether a slot compares names.
func (s *slot) named() bool {
	switch s.kind {
	case Given, Family, Name, Father, swapped:
		return true
	}
	return false
}
