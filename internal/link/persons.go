package link

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// doubt is by how many bits the evidence of all pairs may be wrong in the same direction. What is learned from a file without labels was within so
// much of the truth on every labelled file, at each height of the evidence (docs/linkage.md).
const doubt = 1.0

// persons is how many persons the records of a table are of.
type persons struct{ low, likeliest, high int }

// Persons returns how many persons the records are of: the number that is likeliest, and the least and the most. The likeliest is the number of
// groups, less what the pairs that join nothing would join by their probability, more what those that join may be wrong in, less the
// matches that no rule brought. These are reckoned as the species that nobody saw, from how many matches one rule alone brought and
// how many two (Chao 1987, "Estimating the Population Size for Capture-Recapture Data with Unequal Catchability", Biometrics 43). Rules that find the
// same are not independent, and so that is the least that was missed: the least number of persons allows for as many again. Least and most
// allow for chance, by 1.96 standard deviations, and for evidence that is wrong by one bit in all pairs alike. Where
// columns are wrong in the same way, or hold next to nothing, the truth may lie outside.
func (r *Result) Persons() (low, likeliest, high int) {
	return r.persons.low, r.persons.likeliest, r.persons.high
}

// personsOf counts the persons of records that are in groups, from all pairs that were weighed and not only from those that are shown.
func personsOf(found []scored, group []int, prior, join float64) persons {
	type between struct {
		groups uint64
		bits   float32
		rules  uint32
	}
	var apart []between         // the pairs of two groups
	held := map[uint32]scored{} // the surest pair that holds a record in its group
	for _, x := range found {
		i, j := uint32(x.pair>>32), uint32(x.pair)
		a, b := uint64(group[i]), uint64(group[j])
		switch {
		case a != b:
			apart = append(apart, between{min(a, b)<<32 | max(a, b), x.bits, x.rules})
		case probability(float64(x.bits)+prior) >= join && (held[j].pair == 0 || held[j].bits < x.bits):
			held[j] = x
		}
	}
	slices.SortFunc(apart, func(a, b between) int { return cmp.Or(cmp.Compare(a.groups, b.groups), -cmp.Compare(a.bits, b.bits)) })
	apart = slices.CompactFunc(apart, func(a, b between) bool { return a.groups == b.groups })
	groups := 0
	for i, g := range group {
		if i == g {
			groups++
		}
	}
	count := func(shift float64) (n, spread, unseen float64) {
		n = float64(groups)
		variance, once, twice := 0.0, 0.0, 0.0
		for _, x := range held {
			p := probability(float64(x.bits) + prior + shift)
			n += 1 - p
			variance += p * (1 - p)
			switch bits.OnesCount32(x.rules) {
			case 1:
				once += p
			case 2:
				twice += p
			}
		}
		for _, x := range apart {
			p := probability(float64(x.bits) + prior + shift)
			n -= p
			variance += p * (1 - p)
		}
		if once > 0 {
			twice = max(twice, 1)
			q := once / twice
			unseen = once * once / (2 * twice)
			variance += twice * (q*q/2 + q*q*q + q*q*q*q/4)
		}
		return n - unseen, 1.96 * math.Sqrt(variance), unseen
	}
	within := func(x float64) int { return min(max(int(math.Round(x)), 1), len(group)) }
	n, _, _ := count(0)
	least, below, unseen := count(doubt)
	most, above, _ := count(-doubt)
	return persons{within(least - below - unseen), within(n), within(most + above)}
}
