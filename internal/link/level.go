package link

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
	rank                []int32         // of each record, where it stands by its names
}

func (t *Table) compare() *compare {
	t.fold()
	c := &compare{t: t, given: -1, family: -1, swap: -1, birth: -1, group: -1, size: map[int32]int32{}}
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
			if n := add(col, true); n >= 0 && (c.group < 0 || len(col.known) < len(c.slots[c.group].col.known)) {
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
		for _, v := range c.slots[c.group].col.of {
			c.size[v]++
		}
	}
	for i := range c.slots {
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
	for i, v := range s.col.of {
		if v == missing {
			continue
		}
		s.col.count[s.col.class(v)]++
		total++
		if s.within {
			within[uint64(c.groupOf(i))<<32|uint64(s.col.class(v))]++
		}
	}
	for _, n := range s.col.count {
		s.mean[0] += float64(n) / total * float64(n) / total
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
		s.mean[1] += n * n / pairs
	}
}

// groupOf returns the group of a record.
func (c *compare) groupOf(i int) uint32 { return uint32(c.slots[c.group].col.of[i] + 1) }

func (c *column) class(v int32) int32 {
	if c.names != nil {
		return c.names[v].class
	}
	return c.texts[v].class
}

// pair compares two records and returns their pattern.
func (c *compare) pair(i, j int) pattern {
	var p pattern
	set := func(slot int, level uint8) { p |= pattern(level+1) << (4 * slot) }
	for k := range c.slots {
		s := &c.slots[k]
		if k == c.given && c.swap >= 0 || k == c.family && c.swap >= 0 || k == c.swap {
			continue
		}
		a, b := s.col.of[i], s.col.of[j]
		if a == missing || b == missing {
			continue
		}
		switch s.kind {
		case Given, Family, Name, Father:
			set(k, c.t.alike(&s.col.names[a], &s.col.names[b]))
		case Birth:
			set(k, days(s.col.days[a], s.col.days[b], c.estimated(i) || c.estimated(j)))
		default:
			set(k, c.texts(&s.col.texts[a], &s.col.texts[b], s.levels))
		}
	}
	if c.swap >= 0 {
		c.names(i, j, set)
	}
	return p
}

// estimate is how E rests in a column that says how far dates are known.
var estimate = uint32(hashed("E"))

func (c *compare) estimated(i int) bool {
	return c.exact != nil && c.exact.of[i] != missing && c.exact.texts[c.exact.of[i]].hash == estimate
}

// names compares given and family names as they stand and the other way round, and takes what is liker.
func (c *compare) names(i, j int, set func(int, uint8)) {
	g, f := c.slots[c.given].col, c.slots[c.family].col
	level := func(x *column, a int32, y *column, b int32) uint8 {
		if a == missing || b == missing {
			return 255
		}
		return c.t.alike(&x.names[a], &y.names[b])
	}
	cost := func(a, b uint8) int {
		price := func(l uint8) int {
			if l == 255 {
				return 3
			}
			return []int{0, 1, 2, 4, 6}[l]
		}
		return price(a) + price(b)
	}
	gg, ff := level(g, g.of[i], g, g.of[j]), level(f, f.of[i], f, f.of[j])
	swapped := uint8(0)
	if cost(gg, ff) > 2 {
		gf, fg := level(g, g.of[i], f, f.of[j]), level(f, f.of[i], g, g.of[j])
		if cost(gf, fg)+1 < cost(gg, ff) {
			gg, ff, swapped = gf, fg, 1
		}
	}
	if gg != 255 {
		set(c.given, gg)
	}
	if ff != 255 {
		set(c.family, ff)
	}
	if gg != 255 || ff != 255 {
		set(c.swap, swapped)
	}
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
