package link

import (
	"context"
	"math"
	"slices"
	"sync"
)

// Progress is told how far the work has come: what is done, and of how many steps how many are over.
type Progress func(stage string, done, all int)

// Result is what a comparison found.
type Result struct {
	Pairs    []Pair // that somebody should look at, the surest first
	Cluster  []int  // of each record, the group that it belongs to: the number of its first record
	Compared int    // pairs
	Prior    float64
	compare  *compare
}

// Least are the probabilities from which on a pair is shown for review, and from which on it joins a group.
type Least struct {
	Review, Join float64
}

// batch is the number of pairs that are scored between two looks at the context.
const batch = 1 << 14

// Run compares the records of a table. It fails only with the error of ctx.
func Run(ctx context.Context, t *Table, least Least, tell Progress) (*Result, error) {
	tell("read", 0, 1)
	c := t.compare()
	tell("learn", 0, 1)
	c.learn()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	tell("block", 0, 1)
	found := c.candidates(c.rules()...)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := &Result{Compared: len(found), compare: c}
	bits := make([]float32, len(found))
	var mu sync.Mutex
	done := 0
	share(len(found), func(lo, hi int) {
		for lo < hi && ctx.Err() == nil {
			end := min(lo+batch, hi)
			for k := lo; k < end; k++ {
				i, j := int(found[k]>>32), int(uint32(found[k]))
				bits[k] = float32(c.bits(i, j, c.pair(i, j)))
			}
			mu.Lock()
			done += end - lo
			tell("score", done, len(found))
			mu.Unlock()
			lo = end
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.Prior = c.prior(bits)
	for k, w := range bits {
		if p := probability(float64(w) + r.Prior); p >= least.Review {
			r.Pairs = append(r.Pairs, Pair{A: int(found[k] >> 32), B: int(uint32(found[k])), Bits: float64(w) + r.Prior, P: p})
		}
	}
	slices.SortFunc(r.Pairs, surest)
	tell("group", 0, 1)
	r.Cluster = c.clusters(r.Pairs, r.Prior, least.Join)
	tell("group", 1, 1)
	return r, nil
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

// Persons returns how many persons the records are of at least and at most: as many as there are groups, fewer by what the pairs that join
// nothing would join by their probability, more by what those that join a group may be wrong in. It is no interval of confidence.
func (r *Result) Persons() (low, high int) {
	less, more := 0.0, 0.0
	joined := map[int]float64{} // of each group, the doubt of its surest pairs
	for _, p := range r.Pairs {
		if g := r.Cluster[p.A]; g == r.Cluster[p.B] {
			if _, known := joined[p.B]; !known { // the surest pair of a record is what holds it
				joined[p.B] = 1 - p.P
			}
			continue
		}
		less += p.P
	}
	for _, doubt := range joined {
		more += doubt
	}
	n := r.Groups()
	return max(n-int(math.Ceil(less)), 1), min(n+int(math.Ceil(more)), len(r.Cluster))
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
