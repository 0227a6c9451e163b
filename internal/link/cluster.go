package link

import (
	"cmp"
	"slices"
)

// Pair is two records that may be of one person.
type Pair struct {
	A, B int
	Bits float64 // evidence, the prior included
	P    float64 // probability that they are of one person
}

// surest orders pairs by evidence, the most first, then by their records.
func surest(a, b Pair) int { return cmp.Or(-cmp.Compare(a.Bits, b.Bits), a.A-b.A, a.B-b.B) }

// contradiction is the evidence from which on two records are in no group together, whatever stands between them: a thousand to one that they are of
// two persons.
const contradiction = -10.0

// clusters groups records, the strongest pairs first: two groups become one when the pairs between them say so on the average and no two of their
// records contradict each other.
func (c *compare) clusters(pairs []Pair, prior, least float64) []int {
	of := make([]int, c.t.n)
	w := newWorker()
	members := make([][]int32, c.t.n)
	for i := range of {
		of[i] = i
	}
	for _, p := range pairs {
		if p.P < least {
			break
		}
		a, b := of[p.A], of[p.B]
		if a == b {
			continue
		}
		ma, mb := members[a], members[b]
		if ma == nil {
			ma = []int32{int32(a)}
		}
		if mb == nil {
			mb = []int32{int32(b)}
		}
		if len(ma)*len(mb) > 1 {
			sum, contradicted := 0.0, false
			for _, x := range ma {
				for _, y := range mb {
					b := c.bits(int(x), int(y), c.pair(w, int(x), int(y))) + prior
					sum += max(min(b, 12), -12)
					contradicted = contradicted || b <= contradiction
				}
			}
			if sum < 0 || contradicted {
				continue
			}
		}
		if len(ma) < len(mb) {
			a, b, ma, mb = b, a, mb, ma
		}
		for _, x := range mb {
			of[x] = a
		}
		members[a], members[b] = append(ma, mb...), nil
	}
	for _, m := range members { // each is named after its first record
		if len(m) > 0 {
			first := slices.Min(m)
			for _, x := range m {
				of[x] = int(first)
			}
		}
	}
	return of
}
