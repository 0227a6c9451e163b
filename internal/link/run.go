package link

import (
	"cmp"
	"context"
	"math"
	"runtime"
	"slices"
)

// Progress is told how far the work has come: what is done, and of how many steps how many are over.
type Progress func(stage string, done, all int)

// Result is what a comparison found.
type Result struct {
	Pairs    []Pair // that somebody should look at, the surest first
	Cluster  []int  // of each record, the group that it belongs to: the number of its first record
	Compared int    // pairs, those that several rules bring as often
	Prior    float64
	compare  *compare
	persons  persons
}

// Least are the probabilities from which on a pair is shown for review, and from which on it joins a group.
type Least struct {
	Review, Join float64
	Keep         Keep // what was done before it was broken off; may be nil
}

// Run compares the records of a table. It fails only with the error of ctx.
func Run(ctx context.Context, t *Table, least Least, tell Progress) (*Result, error) {
	tell("read", 0, 1)
	c := t.compare()
	tell("learn", 0, 1)
	c.learn()
	c.ready()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := &Result{compare: c}
	found, err := c.search(ctx, least, r, tell)
	if err != nil {
		return nil, err
	}
	r.Prior = c.prior(found)
	var all []Pair
	for _, x := range found {
		b := float64(x.bits) + r.Prior
		if p := probability(b); p >= least.Review {
			all = append(all, Pair{A: int(x.pair >> 32), B: int(uint32(x.pair)), Bits: b, P: p})
		}
	}
	slices.SortFunc(all, surest)
	tell("group", 0, 1)
	places := c.clusters(all, r.Prior, least.Join)
	r.persons = personsOf(found, places, r.Prior, least.Join)
	r.name(places, all)
	tell("group", 1, 1)
	return r, nil
}

// search compares the pairs of all rules and returns, each once, those that may have enough evidence for a look.
func (c *compare) search(ctx context.Context, least Least, r *Result, tell Progress) ([]scored, error) {
	// Evidence that is too little even if every record had two others of its person, and four bits to spare for the prior.
	enough := math.Log2(least.Review/(1-least.Review)) + math.Log2(float64(c.t.n)/4) - 4
	workers := make([]*worker, runtime.GOMAXPROCS(0))
	for k := range workers {
		workers[k] = newWorker()
	}
	rules := c.rules()
	var found []scored
	for k, rule := range rules {
		tell("compare", k, len(rules))
		one, known := load(least.Keep, rule.name)
		if !known || slices.ContainsFunc(one.found, func(x scored) bool { return x.pair>>32 >= uint64(c.t.n) || x.pair&math.MaxUint32 >= uint64(c.t.n) }) {
			var err error
			if one, err = c.one(ctx, rule, workers, enough); err != nil {
				return nil, err
			}
			if least.Keep != nil {
				if err := least.Keep.Save(rule.name, one.bytes()); err != nil {
					return nil, err
				}
			}
		}
		for x := range one.found {
			one.found[x].rules = 1 << min(k, 31)
		}
		r.Compared += one.compared
		found = append(found, one.found...)
	}
	slices.SortFunc(found, func(a, b scored) int { return cmp.Compare(a.pair, b.pair) })
	n := 0
	for _, x := range found {
		if n > 0 && found[n-1].pair == x.pair {
			found[n-1].rules |= x.rules
			continue
		}
		found[n] = x
		n++
	}
	return found[:n], nil
}

// one compares the pairs of one rule.
func (c *compare) one(ctx context.Context, rule rule, workers []*worker, enough float64) (stage, error) {
	keys := c.keys(rule)
	width := c.widthOf(keys)
	inBlocks(ctx, keys, workers, func(w *worker, b []uint64) {
		pairs(b, width, func(i, j int) { c.weigh(w, i, j, enough) })
	})
	if err := ctx.Err(); err != nil {
		return stage{}, err
	}
	var s stage
	for _, w := range workers {
		s.found = append(s.found, w.found...)
		s.compared += w.done
		w.found, w.done = nil, 0
	}
	slices.SortFunc(s.found, func(a, b scored) int { return cmp.Compare(a.pair, b.pair) })
	s.found = slices.CompactFunc(s.found, func(a, b scored) bool { return a.pair == b.pair })
	return s, nil
}

// name gives places back the numbers of their records: a group is named after the first of its records, and the first record of a pair is the
// smaller one.
func (r *Result) name(places []int, all []Pair) {
	order := r.compare.order
	first := make([]int, len(places))
	for i := range first {
		first[i] = len(places)
	}
	for i, g := range places {
		first[g] = min(first[g], int(order[i]))
	}
	r.Cluster = make([]int, len(places))
	for i, g := range places {
		r.Cluster[order[i]] = first[g]
	}
	for k := range all {
		a, b := int(order[all[k].A]), int(order[all[k].B])
		all[k].A, all[k].B = min(a, b), max(a, b)
	}
	slices.SortStableFunc(all, surest)
	r.Pairs = all
}

// sure is the probability from which on a pair is shown as sure. It is merged by nobody but a person all the same.
const sure = .99

// Sure reports whether a pair is of one person with a probability of at least .99.
func (p Pair) Sure() bool { return p.P >= sure }

// Groups returns how many groups there are.
func (r *Result) Groups() int {
	n := 0
	for i, g := range r.Cluster {
		if i == g {
			n++
		}
	}
	return n
}

// Judge returns what groups are worth where it is known which records are of one person: which share of the pairs that share a group are
// right (precision), which share of the pairs that are of one person share a group (recall), and the harmonic mean of both. A record without truth
// is of nobody else.
func Judge(groups []int, truth []string) (precision, recall, f1 float64) {
	type cell struct {
		group int
		who   string
	}
	pairs := func(n int) float64 { return float64(n) * float64(n-1) / 2 }
	group, person, both := map[int]int{}, map[string]int{}, map[cell]int{}
	for i, g := range groups {
		group[g]++
		if truth[i] != "" {
			person[truth[i]]++
			both[cell{g, truth[i]}]++
		}
	}
	found, there, right := 0.0, 0.0, 0.0
	for _, n := range group {
		found += pairs(n)
	}
	for _, n := range person {
		there += pairs(n)
	}
	for _, n := range both {
		right += pairs(n)
	}
	precision, recall = right/max(found, 1), right/max(there, 1)
	return precision, recall, 2 * precision * recall / max(precision+recall, 1e-9)
}
