package unseen

import (
	"math"
	"testing"

	"github.com/opentrm/opentrm/internal/chance"
)

// TestExistenceOfThreeLists: of two lists that share nobody, the pair gets no number. Of lists where one shares nobody with two others, a
// model with one of these pairs alone has no estimate, and with all pairs the numbers do not follow from the counts: the three
// cases of Chan, Silverman and Vincent.
func TestExistenceOfThreeLists(t *testing.T) {
	f := newFitter(newDesign(3))
	count := make([]int, 8)
	count[1], count[2], count[4], count[3] = 40, 30, 20, 6 // A, B, C, and A with B
	f.take(count)
	for m, want := range map[model][2]bool{ // pairs in the order AB, AC, BC: follows, exists
		0b000: {true, true},
		0b001: {true, false},
		0b110: {true, true},
		0b111: {false, true},
	} {
		f.lay(m)
		if follows := f.follows(); follows != want[0] {
			t.Errorf("model %03b: follows is %v", m, follows)
		}
		if want[0] {
			if exists := f.exists(); exists != want[1] {
				t.Errorf("model %03b: exists is %v", m, exists)
			}
		}
		if _, ok := f.fit(m); ok != (want[0] && want[1]) {
			t.Errorf("model %03b: fitted is %v", m, ok)
		}
	}
}

// TestExistenceAgreesWithWhatFittingDoes: over many small tables, a model whose estimate the linear program says exists is fitted with
// numbers that stay where they are, and one that does not exist has a number that runs away.
func TestExistenceAgreesWithWhatFittingDoes(t *testing.T) {
	s := chance.Keyed(key("test", 0))
	d := newDesign(4)
	f := newFitter(d)
	exist, runaway := 0, 0
	for range 500 {
		count := make([]int, 16)
		for h := 1; h < 16; h++ {
			if s.Bernoulli(1, 2) {
				count[h] = int(s.Below(6))
			}
		}
		f.take(count)
		m := model(s.Below(1 << 6))
		f.lay(m)
		if f.total < 10 || !f.follows() {
			continue
		}
		there := f.exists()
		f.lay(m)
		// A mean that runs away goes to nothing as one over the number of rounds; one that does not settles.
		early, late := f.ascend(300), f.ascend(3000)
		if there {
			exist++
			if late < 0.7*early {
				t.Errorf("%v, model %06b: said to exist, and a mean runs from %g to %g", count, m, early, late)
			}
		} else {
			runaway++
			if late > 0.5*early {
				t.Errorf("%v, model %06b: said not to exist, and all means settle, the least from %g to %g", count, m, early, late)
			}
		}
	}
	if exist < 50 || runaway < 50 {
		t.Errorf("%d exist and %d do not: too few to tell", exist, runaway)
	}
}

// ascend fits the model laid out by proportional scaling to its sums, which needs no inverse, and returns the least mean.
func (f *fitter) ascend(rounds int) float64 {
	for _, h := range f.cells {
		f.mean[h] = 1
	}
	for range rounds {
		for i := range f.numbers {
			var want, got float64
			for _, h := range f.cells {
				for _, on := range f.on[h] {
					if on == i {
						want, got = want+f.count[h], got+f.mean[h]
					}
				}
			}
			if got == 0 {
				continue
			}
			for _, h := range f.cells {
				for _, on := range f.on[h] {
					if on == i {
						f.mean[h] *= want / got
					}
				}
			}
		}
	}
	least := math.Inf(1)
	for _, h := range f.cells {
		least = min(least, f.mean[h])
	}
	return least
}

// TestChainsAgree: chains of the model of latent classes that begin elsewhere come to the same.
func TestChainsAgree(t *testing.T) {
	table := &Table{Lists: []string{"A", "B", "C", "D", "E"}, Count: make([]int, 32)}
	for h, n := range map[int]int{1: 54, 2: 463, 4: 995, 8: 695, 16: 316, 3: 15, 5: 19, 9: 3, 6: 62, 10: 19, 18: 1, 12: 76, 20: 11, 24: 8, 7: 1, 11: 1, 14: 4, 15: 1} {
		table.Count[h] = n
	}
	var medians []float64
	for i, plain := range []float64{2_000, 10_000, 60_000} {
		g := table.begin(key("elsewhere", i), plain)
		var people []float64
		for round := range 24_000 {
			g.step()
			if round > 6_000 {
				people = append(people, float64(g.seen+g.unseen))
			}
		}
		medians = append(medians, quantile(sorted(people), 0.5))
	}
	t.Logf("medians %.0f", medians)
	for _, m := range medians {
		if math.Abs(m/22_500-1) > 0.2 {
			t.Errorf("medians %.0f", medians)
		}
	}
}

func sorted(v []float64) []float64 {
	out := append([]float64(nil), v...)
	for i := 1; i < len(out); i++ {
		for j := i; j > 0 && out[j] < out[j-1]; j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}

// TestDrawsOfTheSampler: binomial, Poisson, gamma and beta draws have their mean and variance, to five standard errors.
func TestDrawsOfTheSampler(t *testing.T) {
	g := &gibbs{s: chance.Keyed(key("test", 1))}
	const n = 100_000
	check := func(what string, mean, variance float64, draw func() float64) {
		var sum, squares float64
		for range n {
			v := draw()
			sum, squares = sum+v, squares+(v-mean)*(v-mean)
		}
		if off := math.Abs(sum/n-mean) / math.Sqrt(variance/n); off > 5 {
			t.Errorf("%s: the mean is off by %.1f standard errors", what, off)
		}
		if off := math.Abs(squares/n/variance - 1); off > 0.06 {
			t.Errorf("%s: the variance is off by %.3f of itself", what, off)
		}
	}
	for _, c := range []struct {
		n int
		p float64
	}{{1, 0.3}, {30, 0.02}, {30, 0.9}, {1000, 0.4}, {5000, 0.001}, {5000, 0.999}, {100_000, 0.25}} {
		check("binomial", float64(c.n)*c.p, float64(c.n)*c.p*(1-c.p), func() float64 { return float64(g.binomial(c.n, c.p)) })
	}
	for _, mean := range []float64{0.2, 5, 29, 200, 12345} {
		check("poisson", mean, mean, func() float64 { return float64(g.poisson(mean)) })
	}
	for _, shape := range []float64{0.3, 1, 7, 3000} {
		check("gamma", shape, shape, func() float64 { return g.gamma(shape) })
	}
	check("beta", 2.0/7, 10.0/(49*8), func() float64 { return g.beta(2, 5) })
}

// TestTheOrderOfListsIsNoChoice: in a large table several overlaps have a probability that is no number above 0, and still one of them is the least
// likely, whichever list comes first.
func TestTheOrderOfListsIsNoChoice(t *testing.T) {
	// Persons on each combination of four lists A to D: B with C and C with D overlap far more often than chance has it, B with C the more.
	count := map[int]int{
		0b0001: 40_000, 0b0010: 50_000, 0b0100: 60_000, 0b1000: 45_000,
		0b0011: 4_000, 0b0101: 5_500, 0b1001: 3_500, 0b0110: 26_000, 0b1010: 4_800, 0b1100: 21_000,
		0b0111: 1_300, 0b1011: 420, 0b1101: 900, 0b1110: 2_700, 0b1111: 110,
	}
	pair := func(order [4]int) (first [2]int, unseen float64) {
		d := newDesign(4)
		f := newFitter(d)
		turned := make([]int, 16)
		for h, n := range count {
			to := 0
			for at, list := range order {
				to |= h >> list & 1 << at
			}
			turned[to] = n
		}
		f.take(turned)
		if _, ok := f.fit(0); !ok {
			t.Fatal("not even the model without pairs")
		}
		least := math.Inf(1)
		for k, both := range f.both {
			mean := 0.0
			for h := range f.mean {
				if h&both == both {
					mean += f.mean[h]
				}
			}
			if p := tail(f.overlap[k], mean); p < least {
				a, b := order[d.pairs[k][0]], order[d.pairs[k][1]]
				least, first = p, [2]int{min(a, b), max(a, b)}
			}
		}
		best, ok := f.stepwise()
		if !ok {
			t.Fatal("no estimate")
		}
		return first, best.unseen
	}
	first, unseen := pair([4]int{0, 1, 2, 3})
	t.Logf("the first pair is %v, and %.0f persons are on no list", first, unseen)
	for _, order := range [][4]int{{3, 2, 1, 0}, {1, 0, 3, 2}, {2, 3, 0, 1}, {0, 2, 1, 3}} {
		if f, u := pair(order); f != first || math.Abs(u/unseen-1) > 1e-6 {
			t.Errorf("lists in the order %v: the first pair is %v, and %.0f persons are on no list; it was %v and %.0f", order, f, u, first, unseen)
		}
	}
}

// TestTailsOfThePoissonDistribution: the tails that any table has, and one that no float64 can be.
func TestTailsOfThePoissonDistribution(t *testing.T) {
	for _, c := range []struct{ n, mean, want float64 }{
		{0, 3, -3},
		{2, 1, math.Log(1 - 2*math.Exp(-1))},
		{1, 5, math.Log(6 * math.Exp(-5))},
		{0, 10_000, -10_000},
	} {
		if got := tail(c.n, c.mean); math.Abs(got-c.want) > 1e-9*math.Abs(c.want) {
			t.Errorf("%v where %v are expected: %v, want %v", c.n, c.mean, got, c.want)
		}
	}
}
