package unseen

import (
	"math"
	"math/bits"
	"slices"
	"sync"

	"github.com/opentrm/opentrm/internal/chance"
)

// The model of latent classes: each person belongs to one of a few classes that nobody observes, and within a class the lists
// find persons independently of each other. The number of classes in use follows from the data: their shares break a
// stick (a truncated Dirichlet process), as in Manrique-Vallier, "Bayesian population size estimation using Dirichlet
// process mixtures", Biometrics 2016. It is worked out by Gibbs sampling; the draws follow from a fixed key.
const (
	classes = 10
	chains  = 4 // each from its own key, so that they can be made at once
	warming = 2_000
	rounds  = 10_000
	thin    = 4
)

// latent returns the median and the 95 % interval of the number of all persons under the model of latent classes. plain is the
// number of unseen persons where all are of one class: there the chains begin.
func (t *Table) latent(plain float64) (median, low, high float64) {
	found := make([][]float64, chains)
	var wait sync.WaitGroup
	for i := range chains {
		wait.Go(func() {
			g := t.begin(key("classes", i), plain)
			for round := range warming + rounds {
				g.step()
				if round >= warming && round%thin == 0 {
					found[i] = append(found[i], float64(g.seen+g.unseen))
				}
			}
		})
	}
	wait.Wait()
	people := slices.Concat(found...)
	slices.Sort(people)
	return quantile(people, 0.5), quantile(people, 0.025), quantile(people, 0.975)
}

// begin returns the state in which a chain begins: nearly all persons in the first class.
func (t *Table) begin(from [chance.KeySize]byte, plain float64) *gibbs {
	g := &gibbs{s: chance.Keyed(from), lists: len(t.Lists), alpha: 0.2}
	on := make([]float64, g.lists)
	for h, c := range t.Count {
		if c == 0 {
			continue
		}
		g.history, g.count = append(g.history, h), append(g.count, c)
		g.seen += c
		for j := range on {
			on[j] += float64(c * (h >> j & 1))
		}
	}
	g.unseen = int(min(plain, 1000*float64(g.seen)))
	for k := range classes {
		g.share[k] = 0.005
		for j := range g.lists {
			g.finds[k][j] = 0.05 + 0.4*g.uniform()
		}
	}
	g.share[0] = 1 - 0.005*(classes-1)
	for j, n := range on {
		g.finds[0][j] = min(0.95, max(0.001, n/float64(g.seen+g.unseen)))
	}
	return g
}

// gibbs is the state of the sampler.
type gibbs struct {
	s       *chance.Source
	lists   int
	history []int
	count   []int
	seen    int

	unseen int
	alpha  float64 // the smaller, the fewer classes
	share  [classes]float64
	finds  [classes][MostLists]float64 // how likely a list finds a person of a class
	spare  float64
	kept   bool
}

// step draws everything anew, each given the rest.
func (g *gibbs) step() {
	var members [classes]int          // persons of each class
	var found [classes][MostLists]int // of them, those on each list
	// To which class the persons of each history belong.
	var odds [classes]float64
	for i, h := range g.history {
		for k := range classes {
			p := g.share[k]
			for j := range g.lists {
				if h>>j&1 == 1 {
					p *= g.finds[k][j]
				} else {
					p *= 1 - g.finds[k][j]
				}
			}
			odds[k] = p
		}
		g.split(g.count[i], &odds, func(k, n int) {
			members[k] += n
			for rest := uint(h); rest != 0; rest &= rest - 1 {
				found[k][bits.TrailingZeros(rest)] += n
			}
		})
	}
	// How many were seen by nobody, and to which class they belong.
	missed := 0.0
	for k := range classes {
		p := g.share[k]
		for j := range g.lists {
			p *= 1 - g.finds[k][j]
		}
		odds[k] = p
		missed += p
	}
	missed = min(max(missed, 1e-12), 1-1e-9)
	g.unseen = g.poisson(g.gamma(float64(g.seen)) * missed / (1 - missed))
	g.split(g.unseen, &odds, func(k, n int) { members[k] += n })
	// What the lists find in each class.
	for k := range classes {
		for j := range g.lists {
			g.finds[k][j] = g.beta(1+float64(found[k][j]), 1+float64(members[k]-found[k][j]))
		}
	}
	// The shares, and how evenly the stick breaks.
	later := 0
	for _, m := range members {
		later += m
	}
	left, logLeft := 1.0, 0.0
	var v [classes]float64
	for k := range classes {
		later -= members[k]
		v[k] = 1
		if k < classes-1 {
			v[k] = min(g.beta(1+float64(members[k]), g.alpha+float64(later)), 1-1e-9)
			logLeft += math.Log1p(-v[k])
		}
		g.share[k] = left * v[k]
		left *= 1 - v[k]
	}
	g.relabel(&members, &v)
	g.alpha = max(1e-6, g.gamma(0.25+classes-1)/(0.25-logLeft))
}

// relabel proposes that two classes change places, once keeping the pieces of the stick where they are and once taking those of
// neighbours along (Papaspiliopoulos and Roberts 2008). Without, a large class stays for long where the prior wants a small one.
func (g *gibbs) relabel(members *[classes]int, v *[classes]float64) {
	i, j := int(g.s.Below(classes)), int(g.s.Below(classes))
	if odds := float64(members[j]-members[i]) * (math.Log(g.share[i]+1e-300) - math.Log(g.share[j]+1e-300)); i != j && math.Log(g.uniform()) < odds {
		members[i], members[j] = members[j], members[i]
		g.finds[i], g.finds[j] = g.finds[j], g.finds[i]
	}
	i = int(g.s.Below(classes - 2))
	if odds := float64(members[i])*math.Log1p(-v[i+1]) - float64(members[i+1])*math.Log1p(-v[i]); math.Log(g.uniform()) < odds {
		v[i], v[i+1] = v[i+1], v[i]
		g.finds[i], g.finds[i+1] = g.finds[i+1], g.finds[i]
		left := 1.0
		for k := range classes {
			g.share[k] = left * v[k]
			left *= 1 - v[k]
		}
	}
}

// split divides n persons among the classes by their odds.
func (g *gibbs) split(n int, odds *[classes]float64, put func(k, n int)) {
	rest := 0.0
	for _, o := range odds {
		rest += o
	}
	for k := 0; k < classes && n > 0; k++ {
		got := n
		if k < classes-1 && rest > 0 {
			got = g.binomial(n, min(1, odds[k]/rest))
		}
		if got > 0 {
			put(k, got)
		}
		n -= got
		rest -= odds[k]
	}
}

func (g *gibbs) uniform() float64 { return (float64(g.s.Uint64()>>11) + 0.5) / (1 << 53) }

// normal draws by the polar method of Marsaglia.
func (g *gibbs) normal() float64 {
	if g.kept {
		g.kept = false
		return g.spare
	}
	for {
		u, v := 2*g.uniform()-1, 2*g.uniform()-1
		if q := u*u + v*v; q > 0 && q < 1 {
			f := math.Sqrt(-2 * math.Log(q) / q)
			g.spare, g.kept = v*f, true
			return u * f
		}
	}
}

// gamma draws by the method of Marsaglia and Tsang (2000).
func (g *gibbs) gamma(shape float64) float64 {
	if shape < 1 {
		return g.gamma(shape+1) * math.Pow(g.uniform(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := g.normal()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		if u := g.uniform(); u < 1-0.0331*x*x*x*x || math.Log(u) < x*x/2+d*(1-v+math.Log(v)) {
			return d * v
		}
	}
}

func (g *gibbs) beta(a, b float64) float64 {
	x, y := g.gamma(a), g.gamma(b)
	if x+y == 0 {
		return a / (a + b)
	}
	return min(max(x/(x+y), 1e-12), 1-1e-12)
}

// binomial draws how many of n succeed: where n is large, it first draws where the middle one of n even numbers lies, and goes on
// with those on one side of it (Devroye 1986, X.4).
func (g *gibbs) binomial(n int, p float64) (hits int) {
	for n > 40 {
		if p <= 0 {
			return hits
		}
		if p >= 1 {
			return hits + n
		}
		if float64(n)*min(p, 1-p) < 10 {
			break
		}
		middle := n/2 + 1
		at := g.beta(float64(middle), float64(n+1-middle))
		if at <= p {
			hits += middle
			n -= middle
			p = (p - at) / (1 - at)
		} else {
			n = middle - 1
			p /= at
		}
	}
	if p > 0.5 {
		return hits + n - g.few(n, 1-p)
	}
	return hits + g.few(n, p)
}

// few draws for few expected successes, by how many fail before the next one.
func (g *gibbs) few(n int, p float64) (hits int) {
	if p <= 0 {
		return 0
	}
	by := math.Log1p(-p)
	for at := 0.0; ; hits++ {
		at += math.Floor(math.Log(g.uniform())/by) + 1
		if at > float64(n) {
			return hits
		}
	}
}

// poisson draws for a mean of any size: where it is large, it first draws when a number of events has come.
func (g *gibbs) poisson(mean float64) (n int) {
	for mean > 30 {
		events := int(mean * 7 / 8)
		when := g.gamma(float64(events))
		if when > mean {
			return n + g.binomial(events-1, mean/when)
		}
		n += events
		mean -= when
	}
	for at := -math.Log(g.uniform()); at < mean; at -= math.Log(g.uniform()) {
		n++
	}
	return n
}
