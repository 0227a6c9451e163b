package link

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// learn finds, without a single labelled pair, how often each level occurs among records of two persons (from pairs drawn at random) and among
// records of one person (by expectation and maximisation over the pairs of two blocks: those that share a date of birth teach the names,
// those that share both names teach the date; Fellegi and Sunter 1969, Winkler 1988).
func (c *compare) learn() {
	c.byChance(0, c.anyPairs())
	c.byChance(1, c.groupPairs())
	sums := make([][]float64, len(c.slots))
	for k := range sums {
		sums[k] = make([]float64, c.slots[k].levels)
	}
	for _, r := range c.sessions() {
		c.session(r, sums)
	}
	for k := range c.slots {
		s := &c.slots[k]
		s.size[0] = math.Log2(float64(c.t.n)) + math.Log2(s.u[0][0])
		s.size[1] = math.Log2(s.u[1][0])
		total := 0.0
		for _, x := range sums[k] {
			total += x
		}
		s.m = make([]float64, s.levels)
		for l := range s.m {
			s.m[l] = (sums[k][l] + .5) / (total + .5*float64(s.levels))
		}
		for g := range s.weight {
			s.weight[g] = make([]float64, s.levels)
			for l := range s.m {
				s.weight[g][l] = math.Log2(s.m[l] / s.u[g][l])
			}
			if s.kind != Birth && s.kind != swapped {
				falling(s.weight[g], s.u[g])
			}
		}
	}
}

// sample is the number of pairs from which is learned what is the same by chance, and of those of a block from which is learned what is not.
const sample = 300_000

// tally is how many pairs have a pattern.
type tally struct {
	p pattern
	n float64
}

// counted returns tallies in an order of their own, so that sums do not depend on that of a map.
func counted(seen map[pattern]float64) []tally {
	all := make([]tally, 0, len(seen))
	for p, n := range seen {
		all = append(all, tally{p, n})
	}
	slices.SortFunc(all, func(a, b tally) int { return cmp.Compare(a.p, b.p) })
	return all
}

// anyPairs draws pairs of any two records.
func (c *compare) anyPairs() func(*rand.Rand) (int, int) {
	return func(r *rand.Rand) (int, int) { return r.IntN(c.t.n), r.IntN(c.t.n) }
}

// groupPairs draws pairs of the same group; of any, if there are no groups.
func (c *compare) groupPairs() func(*rand.Rand) (int, int) {
	if c.group < 0 {
		return c.anyPairs()
	}
	col := c.slots[c.group].col
	by := make([]int32, 0, c.t.n)
	for i := range c.t.n {
		if c.of(col, i) != missing {
			by = append(by, int32(i))
		}
	}
	if len(by) == 0 {
		return c.anyPairs()
	}
	held := func(i int32) uint64 { return c.t.held(col, c.of(col, int(i))) }
	slices.SortStableFunc(by, func(a, b int32) int { return cmp.Compare(held(a), held(b)) })
	first := map[uint32]int{}
	for x, i := range by {
		if _, ok := first[c.groupOf(int(i))]; !ok {
			first[c.groupOf(int(i))] = x
		}
	}
	return func(r *rand.Rand) (int, int) {
		i := int(by[r.IntN(len(by))])
		g := c.groupOf(i)
		return i, int(by[first[g]+r.IntN(int(c.size[int32(g)-1]))])
	}
}

// byChance learns from pairs that are drawn how often each level occurs among records of two persons.
func (c *compare) byChance(g int, draw func(*rand.Rand) (int, int)) {
	r := rand.New(rand.NewPCG(1, 2))
	w, seen := newWorker(), map[pattern]float64{}
	for range min(sample, c.t.n*(c.t.n-1)*2) {
		if i, j := draw(r); i != j {
			seen[c.pair(w, i, j)]++
		}
	}
	counts := counted(seen)
	for k := range c.slots {
		s := &c.slots[k]
		u, total := make([]float64, s.levels), 0.0
		for _, x := range counts {
			if l := x.p.at(k); l > 0 {
				u[l-1] += x.n
				total += x.n
			}
		}
		for l := range u {
			u[l] = (u[l] + .5) / (total + .5*float64(s.levels))
		}
		h := g
		if !s.within {
			h = 0
		}
		if s.rare && s.mean[h] > 0 { // better known from all values than from a sample of pairs
			rest := 1 - u[0]
			u[0] = max(s.mean[h], u[0])
			for l := 1; l < s.levels; l++ {
				u[l] *= (1 - u[0]) / rest
			}
		}
		s.u[g] = u
		if !s.within && g == 1 {
			s.u[1] = s.u[0]
		}
	}
}

// sameGroup returns 1 for the pattern of two records of the same group.
func (c *compare) sameGroup(p pattern) int {
	if c.group >= 0 && p.at(c.group) == 1 {
		return 1
	}
	return 0
}

// lesson is a block of pairs and what those who stand in it share already, so that it teaches nothing about that.
type lesson struct {
	rule  rule
	fixed map[int]bool
}

// sessions returns the lessons that the columns allow.
func (c *compare) sessions() []lesson {
	var out []lesson
	for _, r := range c.rules() {
		l := lesson{rule: r, fixed: map[int]bool{}}
		switch {
		case r.name == "birth":
			l.fixed[c.birth] = true
		case r.name == "both names":
			l.fixed[c.given], l.fixed[c.family], l.fixed[c.swap] = true, true, true
		default:
			found := false
			for k, s := range c.slots {
				if s.name == r.name && s.kind == Number {
					l.fixed[k], found = true, true
				}
			}
			if !found {
				continue
			}
		}
		out = append(out, l)
	}
	return out
}

// session teaches by the pairs of one block and adds the expected counts of levels among records of one person.
func (c *compare) session(l lesson, sums [][]float64) {
	counts := counted(c.drawn(l.rule))
	m := make([][]float64, len(c.slots))
	for k := range m {
		s := &c.slots[k]
		m[k] = make([]float64, s.levels)
		m[k][0] = .9
		for x := 1; x < s.levels; x++ {
			m[k][x] = .1 / float64(s.levels-1)
		}
	}
	share := .3
	var expected [][]float64
	for range 60 {
		expected = make([][]float64, len(c.slots))
		for k := range expected {
			expected[k] = make([]float64, c.slots[k].levels)
		}
		matches, total := 0.0, 0.0
		for _, x := range counts {
			p, n := x.p, x.n
			odds := share / (1 - share)
			for k := range c.slots {
				if x := p.at(k); x > 0 && !l.fixed[k] {
					odds *= m[k][x-1] / c.slots[k].u[c.sameGroup(p)][x-1]
				}
			}
			z := odds / (1 + odds)
			if math.IsInf(odds, 1) {
				z = 1
			}
			matches += z * n
			total += n
			for k := range c.slots {
				if x := p.at(k); x > 0 {
					expected[k][x-1] += z * n
				}
			}
		}
		if total == 0 {
			return
		}
		share = min(max(matches/total, 1e-6), 1-1e-6)
		for k := range m {
			sum := 0.0
			for _, x := range expected[k] {
				sum += x
			}
			for x := range m[k] {
				m[k][x] = (expected[k][x] + .1) / (sum + .1*float64(len(m[k])))
			}
		}
	}
	for k := range sums {
		if !l.fixed[k] {
			for x := range sums[k] {
				sums[k][x] += expected[k][x]
			}
		}
	}
}

// prior finds how many of all pairs are of one person, from the evidence of those that have enough of it to matter.
func (c *compare) prior(found []scored) float64 {
	all := float64(c.t.n) * float64(c.t.n-1) / 2
	// Evidence is counted in steps of a sixteenth of a bit: the sum is needed often and the rest does not matter.
	const steps, zero = 16, 200
	var count [2 * zero * steps]float64
	for _, x := range found {
		count[min(max(int((float64(x.bits)+zero)*steps), 0), len(count)-1)]++
	}
	share := float64(c.t.n) / 10 / all
	for range 60 {
		sum, o := 0.0, math.Log2(share/(1-share))
		for k, n := range count {
			if n > 0 {
				sum += n * probability((float64(k)+.5)/steps-zero+o)
			}
		}
		share = max(sum, .5) / all
	}
	return math.Log2(share / (1 - share))
}

// falling makes weights fall from the likest level to the unlikest: neighbours that do not are given their mean, each counted by how often chance
// brings it (pool adjacent violators), so that more likeness never says less.
func falling(weights, often []float64) {
	type pool struct {
		sum, n float64
		levels int
	}
	var pools []pool
	for l, w := range weights {
		pools = append(pools, pool{w * often[l], often[l], 1})
		for k := len(pools) - 1; k > 0 && pools[k].sum*pools[k-1].n > pools[k-1].sum*pools[k].n; k-- {
			pools[k-1] = pool{pools[k-1].sum + pools[k].sum, pools[k-1].n + pools[k].n, pools[k-1].levels + pools[k].levels}
			pools = pools[:k]
		}
	}
	l := 0
	for _, p := range pools {
		for range p.levels {
			weights[l] = p.sum / p.n
			l++
		}
	}
}

// probability turns bits of evidence into a probability.
func probability(bits float64) float64 { return 1 / (1 + math.Exp2(-bits)) }
