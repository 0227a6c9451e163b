package attack

import (
	"slices"
	"strconv"
)

// Span is a stretch of months that a table counts, both ends in it, called by its name.
type Span struct {
	Name     string
	From, To int
}

// Overlaps reports whether a month is in both.
func (s Span) Overlaps(o Span) bool { return s.From <= o.To && o.From <= s.To }

// Periods returns a dimension of spans that overlap, such as a quarter inside a half-year: one answer for each span, and one for each stretch that no
// border of a span cuts, of which the spans are sums. So what the difference of two tables tells is a cell of its own. It takes for granted that tables
// whose months overlap count the same persons in the months that they share.
func Periods(name string, spans ...Span) Dimension {
	d := Dimension{Name: name}
	var cuts []int
	for _, s := range spans {
		cuts = append(cuts, s.From, s.To+1)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var atoms []Span
	for i := range len(cuts) - 1 {
		a := Span{From: cuts[i], To: cuts[i+1] - 1}
		if !slices.ContainsFunc(spans, a.Overlaps) {
			continue // nobody counts these
		}
		if is := slices.IndexFunc(spans, func(s Span) bool { return s.From == a.From && s.To == a.To }); is >= 0 {
			a.Name = spans[is].Name
		} else {
			a.Name = "·" + strconv.Itoa(a.From) + "–" + strconv.Itoa(a.To)
		}
		d.Answers = append(d.Answers, a.Name)
		d.parts = append(d.parts, []int{len(atoms)})
		d.leaf = append(d.leaf, len(atoms))
		atoms = append(atoms, a)
	}
	for _, s := range spans {
		if slices.Contains(d.Answers, s.Name) {
			continue
		}
		equation, parts := []int{len(d.Answers)}, []int(nil)
		for i, a := range atoms {
			if a.Overlaps(s) {
				equation = append(equation, i)
				parts = append(parts, i)
			}
		}
		d.Answers = append(d.Answers, s.Name)
		d.parts = append(d.parts, parts)
		d.sums = append(d.sums, equation)
	}
	return d
}

// Rounded says between which numbers a count is of which a table that rounds counts below base to 0 or to base shows n.
func Rounded(n, base int64) (low, high int64) {
	switch n {
	case 0:
		return 0, base - 1
	case base:
		return 1, base
	}
	return n, n
}

// Changed says between which numbers the change of a count is of which a table that rounds small changes to none or one of base shows a change by so much,
// to so much.
func Changed(by, to, base int64) (low, high int64) {
	switch {
	case by == 0:
		return 1 - base, base - 1
	case by == base:
		return 1, base
	case by > 0 || by < -base && to > base:
		return by, by
	case by == -base && to > base:
		return -base, -1
	}
	return by - 2*base, min(by+2*base, -1) // down to a count that is small or none
}

// Since says between which numbers a count is of which such tables, the oldest first, show these numbers.
func Since(base int64, shown ...int64) (low, high int64) {
	for i, n := range shown {
		if i == 0 {
			low, high = Rounded(n, base)
			continue
		}
		l, h := Changed(n-shown[i-1], n, base)
		low, high = max(low+l, 0), high+h
	}
	return low, high
}
