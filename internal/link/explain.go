package link

import "fmt"

// Evidence is what one column says about a pair.
type Evidence struct {
	Column string
	Kind   Kind
	Level  string  // a code such as "same" or "one-digit": those of its kind, from the likest to "differ", are listed by levels
	Bits   float64 // for the pair if positive, against it if negative; a bit doubles or halves the odds
}

// swapped is the kind of the evidence that given and family names stand the other way round.
const swapped Kind = "swapped"

// levels names the levels of each kind, in their order.
func levels(k Kind) []string {
	switch k {
	case Given, Family, Name, Father:
		return []string{"same", "close", "near", "akin", "differ"}
	case Birth:
		return []string{"same", "day-and-month-swapped", "one-digit", "year-and-one", "year-in-part", "day-and-month", "year", "next-year", "near-year", "differ"}
	case Sex, Code:
		return []string{"same", "differ"}
	case swapped:
		return []string{"straight", "swapped"}
	}
	return []string{"same", "close", "near", "differ"}
}

// Explain returns what each column says about two records, in the order of the columns; a column in which one of them has nothing says
// nothing and is left out. Together with [Result.Prior] it adds up to the bits of the pair, but for what is bounded because siblings share it:
// that is taken off in a line of its own, named "bounded".
func (r *Result) Explain(a, b int) []Evidence {
	c := r.compare
	i, j := int(c.stands[a]), int(c.stands[b])
	p := c.pair(newWorker(), i, j)
	var all []Evidence
	sum := 0.0
	for k := range c.slots {
		if p.at(k) == 0 {
			continue
		}
		e := Evidence{Column: c.slots[k].name, Kind: c.slots[k].kind, Level: levels(c.slots[k].kind)[p.at(k)-1], Bits: c.says(k, i, j, p)}
		sum += e.Bits
		all = append(all, e)
	}
	if over := sum - c.bits(i, j, p); over > 1e-9 {
		all = append(all, Evidence{Kind: "bounded", Bits: -over})
	}
	return all
}

// Says returns what each level of each column says about a pair on the average, where the two are of one country if a column of countries is there:
// in the order of the columns, the likest first. A value that is rare says more than its level does here, and a frequent one less.
func (r *Result) Says() []Evidence {
	var all []Evidence
	for _, s := range r.compare.slots {
		group := 0
		if s.within {
			group = 1
		}
		for l, level := range levels(s.kind) {
			all = append(all, Evidence{Column: s.name, Kind: s.kind, Level: level, Bits: s.weight[group][l]})
		}
	}
	return all
}

func (e Evidence) String() string { return fmt.Sprintf("%s %s %+.1f", e.Column, e.Level, e.Bits) }
