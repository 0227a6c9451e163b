package link

import (
	"math"
	"math/bits"
)

// Persons returns how many persons the records are of: the number that is likeliest, and between which two numbers it lies with a
// probability of about .95 if the evidence is what it says it is. It is the number of groups, less what the pairs that join nothing would join by
// their probability, more what those that join may be wrong in, less the matches that no rule brought. These are reckoned as the species
// that nobody saw, from how many matches one rule alone brought and how many two (Chao 1987, "Estimating the Population Size for Capture-Recapture
// Data with Unequal Catchability", Biometrics 43). Rules that find the same are not independent, and so that is the least that was missed: the lower
// number allows for as many again.
func (r *Result) Persons() (low, likeliest, high int) {
	type groups struct{ a, b int }
	apart := map[groups]float64{} // of two groups the surest pair between them
	held := map[int]bool{}        // records that a pair holds in their group
	n, variance := float64(r.Groups()), 0.0
	var once, twice float64
	for _, p := range r.Pairs {
		a, b := r.Cluster[p.A], r.Cluster[p.B]
		switch {
		case a != b:
			k := groups{min(a, b), max(a, b)}
			apart[k] = max(apart[k], p.P)
		case !held[p.B]: // the surest pair of a record is what holds it
			held[p.B] = true
			n += 1 - p.P
			variance += p.P * (1 - p.P)
			switch bits.OnesCount32(p.rules) {
			case 1:
				once += p.P
			case 2:
				twice += p.P
			}
		}
	}
	for _, p := range apart {
		n -= p
		variance += p * (1 - p)
	}
	unseen := 0.0
	if once > 0 {
		twice = max(twice, 1)
		q := once / twice
		unseen = once * once / (2 * twice)
		n -= unseen
		variance += twice * (q*q/2 + q*q*q + q*q*q*q/4)
	}
	spread := 1.96 * math.Sqrt(variance)
	within := func(x float64) int { return min(max(int(math.Round(x)), 1), len(r.Cluster)) }
	return within(n - spread - unseen), within(n), within(n + spread)
}
