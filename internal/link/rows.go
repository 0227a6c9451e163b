package link

import (
	"cmp"
	"slices"
)

// lay lays the values of a record side by side, the records ordered by how their family names are spoken, then their given names, then by
// all they hold: who stands near in a block that is too large to compare everybody with everybody is compared, and nothing that is found
// depends on the order in which the records came. Records are numbered by where they stand so; [compare.order] says which they were.
func (c *compare) lay() {
	t := c.t
	c.order, c.width = make([]int32, t.n), 0
	for _, x := range t.columns {
		if x.Kind != None {
			x.pos = c.width
			c.width++
		}
	}
	// letters are the first twelve of how a name is read first.
	letters := func(x *column, i int32) (packed uint64) {
		if x == nil || x.of[i] == missing {
			return 0
		}
		w := &t.words[t.names[x.of[i]].words[0].ways[0]]
		for k, l := range w.letters[:min(w.n, 12)] {
			packed |= uint64(min(l, 31)) << (55 - 5*k)
		}
		return packed
	}
	type place struct {
		family, given, all uint64 // the last a hash of all it holds
		record             int32
	}
	places := make([]place, t.n)
	g, f := c.column(Given), c.column(Family)
	share(t.n, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			p := &places[i]
			p.family, p.given, p.record = letters(f, int32(i)), letters(g, int32(i)), int32(i)
			for _, x := range t.columns {
				if x.Kind != None && x.of[i] != missing {
					p.all = mix(p.all, t.held(x, x.of[i])+uint64(x.pos))
				}
			}
		}
	})
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.family, b.family), cmp.Compare(a.given, b.given), cmp.Compare(a.all, b.all), int(a.record-b.record))
	})
	for r, p := range places {
		c.order[r] = p.record
	}
	c.rows, c.stands = make([]int32, t.n*c.width), make([]int32, t.n)
	share(t.n, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			c.stands[c.order[r]] = int32(r)
			for _, x := range t.columns {
				if x.Kind != None {
					c.rows[r*c.width+x.pos] = x.of[c.order[r]]
				}
			}
		}
	})
}

// held is a hash of a value that does not depend on the records before it.
func (t *Table) held(x *column, v int32) uint64 {
	switch x.Kind {
	case Given, Family, Name, Father:
		return t.names[v].hash
	case Birth:
		d := x.days[v]
		if d.estimated {
			return d.number() + 1<<40
		}
		return d.number()
	}
	return uint64(x.texts[v].hash)
}

// of returns the number of the value that a record has in a column, or missing.
func (c *compare) of(x *column, i int) int32 { return c.rows[i*c.width+x.pos] }

// class returns the class of a value.
func (t *Table) classOf(x *column, v int32) int32 {
	switch x.Kind {
	case Given, Family, Name, Father:
		return t.names[v].class
	}
	return x.texts[v].class
}
