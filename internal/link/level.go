package link

import "math"

// slot is one thing that is compared: its levels, how often each occurs among records of one person and of two, and whether a rare value
// says more than a common one.
type slot struct {
	name   string
	kind   Kind
	levels int
	m      []float64    // among records of one person
	u      [2][]float64 // among records of any two persons, and of two of the same group
	weight [2][]float64 // bits
	col    *column
	rare   bool
	mean   [2]float64 // how often two values are the same by chance: of any two persons, and of two of the same group
	often  []float32  // of each value, the binary logarithm of how many have one of its class
	size   [2]float64 // the binary logarithm of how often two of all are the same, times how many there are
	names  bool       // whether names are compared
	within bool       // whether chance is reckoned within the group, as names are those of a country
}

// pattern has four bits of each slot: zero if one of the two lacks the value, otherwise the level and one.
type pattern uint64

func (p pattern) at(i int) int { return int(p>>(4*i)) & 15 }

// mostSlots is how many columns are compared; those after them are carried along.
const mostSlots = 15

// compare holds what compares the records of a table.
type compare struct {
	t                   *Table
	slots               []slot
	given, family, swap int // slots, or -1
	birth               int
	exact               *column         // how far dates are known
	group               int             // the slot of the column that says which group somebody is of, or -1
	size                map[int32]int32 // of each group
	order, stands       []int32         // of each place the record that stands there, and of each record its place
	rows                []int32         // of each place the values, side by side
	width               int             // values of a place
	logOfAll            float64         // of how many records there are
	logOfGroup          map[int32]float64
}

func (t *Table) compare() *compare {
	t.fold()
	c := &compare{t: t, given: -1, family: -1, swap: -1, birth: -1, group: -1, size: map[int32]int32{}}
	c.lay()
	add := func(col *column, rare bool) int {
		if len(c.slots) == mostSlots {
			return -1
		}
		c.slots = append(c.slots, slot{name: col.Name, kind: col.Kind, levels: len(levels(col.Kind)), col: col, rare: rare})
		return len(c.slots) - 1
	}
	for _, col := range t.columns {
		switch col.Kind {
		case Given:
			c.given = add(col, true)
		case Family:
			c.family = add(col, true)
		case Name, Father:
			add(col, true)
		case Birth:
			c.birth = add(col, false)
		case Precise:
			c.exact = col
		case Sex:
			add(col, false)
		case Code:
			if n := add(col, true); n >= 0 && (c.group < 0 || len(col.texts) < len(c.slots[c.group].col.texts)) {
				c.group = n
			}
		case Place, Number, Text:
			add(col, true)
		}
	}
	if c.given >= 0 && c.family >= 0 {
		c.slots = append(c.slots, slot{kind: swapped, levels: 2})
		c.swap = len(c.slots) - 1
	}
	if c.group >= 0 {
		for i := range t.n {
			c.size[c.of(c.slots[c.group].col, i)]++
		}
	}
	for i := range c.slots {
		c.slots[i].names = c.slots[i].named()
		if s := &c.slots[i]; s.rare {
			s.within = c.group >= 0 && (s.levels == nameLevels || s.kind == Place)
			c.chance(s)
		}
	}
	return c
}

// chance counts the values of a slot, and how often two are the same by chance.
func (c *compare) chance(s *slot) {
	s.col.count = make([]int32, len(c.t.classes))
	within := map[uint64]float64{}
	total := 0.0
	for i := range c.t.n {
		v := c.of(s.col, i)
		if v == missing {
			continue
		}
		class := c.t.classOf(s.col, v)
		s.col.count[class]++
		total++
		if s.within {
			within[uint64(c.groupOf(i))<<32|uint64(class)]++
		}
	}
	for _, n := range s.col.count {
		s.mean[0] += float64(n) * float64(n)
	}
	values := len(s.col.texts)
	if s.named() {
		values = len(c.t.names)
	}
	s.often = make([]float32, values)
	for v := range s.often {
		// a value that only these two have is counted as if two others had it: it may be a slip that was copied
		s.often[v] = float32(math.Log2(float64(max(s.col.count[c.t.classOf(s.col, int32(v))], 2))))
	}
	sizes := map[uint64]float64{}
	for k, n := range within {
		sizes[k>>32] += n
	}
	pairs := 0.0
	for _, n := range sizes {
		pairs += n * n
	}
	for _, n := range within {
		s.mean[1] += n * n // whole numbers, so that the order in which they are added does not show
	}
	s.mean[0] /= max(total*total, 1)
	s.mean[1] /= max(pairs, 1)
}

// groupOf returns the group of a record.
func (c *compare) groupOf(i int) uint32 { return uint32(c.of(c.slots[c.group].col, i) + 1) }

// pair compares two records and returns their pattern.
func (c *compare) pair(w *worker, i, j int) pattern { return c.rest(i, j) | c.spoken(w, i, j) }

// rest is the pattern of everything but the names.
func (c *compare) rest(i, j int) (p pattern) {
	for k := range c.slots {
		s := &c.slots[k]
		if s.names {
			continue
		}
		a, b := c.of(s.col, i), c.of(s.col, j)
		switch {
		case a == missing || b == missing:
		case s.kind == Birth:
			p |= pattern(days(&s.col.days[a], &s.col.days[b], c.estimated(i) || c.estimated(j))+1) << (4 * k)
		default:
			p |= pattern(c.texts(&s.col.texts[a], &s.col.texts[b], s.levels)+1) << (4 * k)
		}
	}
	return p
}

// spoken is the pattern of the names.
func (c *compare) spoken(w *worker, i, j int) (p pattern) {
	set := func(slot int, level uint8) { p |= pattern(level+1) << (4 * slot) }
	for k := range c.slots {
		s := &c.slots[k]
		if !s.names || c.swap >= 0 && (k == c.given || k == c.family || k == c.swap) {
			continue
		}
		if a, b := c.of(s.col, i), c.of(s.col, j); a != missing && b != missing {
			set(k, w.alike(c.t, a, b))
		}
	}
	if c.swap >= 0 {
		given, family, turned := c.whole(w, i, j)
		if given != absent {
			set(c.given, given)
		}
		if family != absent {
			set(c.family, family)
		}
		if given != absent || family != absent {
			set(c.swap, turned)
		}
	}
	return p
}

// estimate is how E rests in a column that says how far dates are known.
var estimate = uint32(hashed("E"))

func (c *compare) estimated(i int) bool {
	if c.exact == nil {
		return false
	}
	v := c.of(c.exact, i)
	return v != missing && c.exact.texts[v].hash == estimate
}

// whole compares given and family names as they stand and the other way round, and takes what is liker; a level is absent if one of the two has
// no such name.
func (c *compare) whole(w *worker, i, j int) (given, family, swapped uint8) {
	g, f := c.slots[c.given].col, c.slots[c.family].col
	gi, fi, gj, fj := c.of(g, i), c.of(f, i), c.of(g, j), c.of(f, j)
	given, family = c.level(w, gi, gj), c.level(w, fi, fj)
	straight := prices[given] + prices[family]
	if straight <= 2 {
		return given, family, 0
	}
	gf := c.level(w, gi, fj)
	if prices[gf]+1 >= straight {
		return given, family, 0
	}
	if fg := c.level(w, fi, gj); prices[gf]+prices[fg]+1 < straight {
		return min(gf, fg), max(gf, fg), 1 // the same whichever of the two records comes first
	}
	return given, family, 0
}

// absent is the level of two names of which one is not there.
const absent = nameLevels

// prices are what levels of two names cost when straight and swapped are weighed against each other.
var prices = [nameLevels + 1]int{0, 1, 2, 4, 6, 3}

func (c *compare) level(w *worker, a, b int32) uint8 {
	if a == missing || b == missing {
		return absent
	}
	return w.alike(c.t, a, b)
}

func (c *compare) texts(a, b *text, levels int) uint8 {
	if a.class == b.class {
		return 0
	}
	if levels == 2 {
		return 1
	}
	l := likeness(&c.t.words[a.word], &c.t.words[b.word])
	switch {
	case l >= .92:
		return 1
	case l >= .82:
		return 2
	}
	return 3
}
