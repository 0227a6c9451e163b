package link

import "math"

// siblings is the most, in bits, that family name, parent and place together say for two records whose given names or dates of birth
// contradict each other: brothers and sisters share all three.
const siblings = 6.0

// rarest is the most that a value which two records share says beyond a value on the average, and the most that it says less: bits.
const rarest = 8.0

// bits returns the evidence of a pair, without the prior.
func (c *compare) bits(i, _ int, p pattern) float64 {
	sum, shared, apart := 0.0, 0.0, false
	for k := range c.slots {
		l := p.at(k)
		if l == 0 {
			continue
		}
		w := c.says(k, i, p)
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

// says returns what one slot says about a pair whose first record is i: bits.
func (c *compare) says(k, i int, p pattern) float64 {
	group, l := c.sameGroup(p), p.at(k)
	w := c.slots[k].weight[group][l-1]
	if l == 1 && c.slots[k].rare {
		w += c.rarity(k, i, group)
	}
	return w
}

// rarity returns what a value that two records share says more than a value on the average: bits. It is reckoned by the value of the first.
func (c *compare) rarity(k, i, group int) float64 {
	s := &c.slots[k]
	v := s.col.of[i]
	if v == missing {
		return 0
	}
	total := float64(c.t.n)
	if group == 1 && s.within {
		total = float64(c.size[c.slots[c.group].col.of[i]])
	}
	// a value that only these two have is counted as if two others had it: it may be a slip that was copied
	return max(min(math.Log2(s.u[group][0]*total/float64(max(s.col.count[s.col.class(v)], 2))), rarest), -rarest)
}
