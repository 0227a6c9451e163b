package unseen

import (
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/opentrm/opentrm/internal/sorting"
)

// Way says how a model was chosen, or how several were put together.
type Way string

// The ways, in the order in which they are told.
const (
	Main     Way = "main"     // the lists find persons independently of each other
	Stepwise Way = "stepwise" // pairs are added while their overlap is unlikely without
	Akaike   Way = "aic"      // the model of the least AIC
	Schwarz  Way = "bic"      // the model of the least BIC
	Average  Way = "average"  // all models, each by its weight exp(-BIC/2)
	Classes  Way = "classes"  // latent classes
)

// Kind says where an interval comes from.
type Kind string

// The kinds of interval, all of 95 %.
const (
	Fixed     Kind = "fixed"     // of the model as if it had been known before: the normal one of the logarithm
	Resampled Kind = "resampled" // of a bootstrap that chooses the model anew each time (BCa)
	Mixed     Kind = "mixed"     // of all models together, by their weights
	Posterior Kind = "posterior" // of a posterior distribution
)

// Interval is where the number of persons lies.
type Interval struct {
	Kind Kind    `json:"kind"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Answer is what one way says.
type Answer struct {
	Way       Way         `json:"way"`
	People    float64     `json:"people"` // seen and unseen
	Intervals []Interval  `json:"intervals"`
	Pairs     [][2]string `json:"pairs,omitempty"` // that the model explains by something of their own
}

// Result is what all ways say.
type Result struct {
	Lists     []string    `json:"lists"`
	Seen      int         `json:"seen"`
	Apart     [][2]string `json:"apart,omitempty"` // lists that have nobody in common
	Answers   []Answer    `json:"answers"`
	Low       float64     `json:"low"`  // the least number that a way says
	High      float64     `json:"high"` // the greatest
	Models    int         `json:"models"`
	Fitted    int         `json:"fitted"`    // of the models, those whose estimate exists and follows from the counts
	Every     bool        `json:"every"`     // every model was tried, not only those on the way to the best
	Resamples int         `json:"resamples"` // samples of the bootstrap that gave an estimate
	Failed    int         `json:"failed"`    // and those that gave none
}

// exhaustive is for how many lists every model is tried.
const exhaustive = 6

// Estimate returns what every way says. samples is how often the bootstrap resamples, 1,000 as a rule; 0 leaves it out.
//
// It fails with [fault.Invalid] if there are fewer than three lists or more than eight, if a list shares nobody with all
// others together, or if not even the model without pairs has an estimate.
func (t *Table) Estimate(samples int) (*Result, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	d := newDesign(len(t.Lists))
	r := &Result{Lists: t.Lists, Seen: t.Total()}
	for _, p := range t.Apart() {
		r.Apart = append(r.Apart, [2]string{t.Lists[p[0]], t.Lists[p[1]]})
	}
	f := newFitter(d)
	f.take(t.Count)
	plain, ok := f.fit(0)
	if !ok {
		return nil, errNone()
	}
	stepped, _ := f.stepwise() // it begins with the model that was just fitted
	var median, low, high float64
	var wait sync.WaitGroup
	wait.Go(func() { median, low, high = t.latent(plain.unseen) })
	models := t.models(d, r)
	var resampled bca
	if samples > 0 {
		resampled = t.bootstrap(d, samples, stepped.unseen+f.total)
		r.Resamples, r.Failed = resampled.samples, resampled.failed
	}
	wait.Wait()

	akaike, schwarz := models[0], models[0]
	for _, m := range models[1:] {
		if m.aic() < akaike.aic() {
			akaike = m
		}
		if m.bic(f.total) < schwarz.bic(f.total) {
			schwarz = m
		}
	}
	one := func(w Way, m fitted) Answer {
		a := Answer{Way: w, People: f.total + m.unseen, Intervals: []Interval{{
			Fixed, f.total + m.unseen*math.Exp(-1.959964*m.spread), f.total + m.unseen*math.Exp(1.959964*m.spread),
		}}}
		for k, p := range d.pairs {
			if m.model>>k&1 == 1 {
				a.Pairs = append(a.Pairs, [2]string{t.Lists[p[0]], t.Lists[p[1]]})
			}
		}
		return a
	}
	chosen := one(Stepwise, stepped)
	if resampled.samples > 0 {
		chosen.Intervals = append(chosen.Intervals, Interval{Resampled, resampled.low, resampled.high})
	}
	r.Answers = []Answer{
		one(Main, plain), chosen, one(Akaike, akaike), one(Schwarz, schwarz), mixed(models, f.total),
		{Way: Classes, People: median, Intervals: []Interval{{Posterior, low, high}}},
	}
	r.Low, r.High = math.Inf(1), 0
	for _, a := range r.Answers {
		r.Low, r.High = min(r.Low, a.People), max(r.High, a.People)
	}
	return r, nil
}

// models fits every model, or those on the way to the best where they are too many.
func (t *Table) models(d *design, r *Result) []fitted {
	if len(t.Lists) > exhaustive {
		f := newFitter(d)
		f.take(t.Count)
		seen := map[model]fitted{}
		for _, score := range []func(*fitted) float64{(*fitted).aic, func(m *fitted) float64 { return m.bic(f.total) }} {
			f.climb(score, func(m fitted) { seen[m.model] = m })
		}
		out := make([]fitted, 0, len(seen))
		for _, m := range seen {
			out = append(out, m)
		}
		sorting.By(out, func(a, b fitted) int { return int(a.model) - int(b.model) })
		r.Models, r.Fitted = len(out), len(out)
		return out
	}
	r.Models, r.Every = 1<<len(d.pairs), true
	parts := max(1, min(runtime.GOMAXPROCS(0), 8))
	found := make([][]fitted, parts)
	var wait sync.WaitGroup
	for i := range parts {
		wait.Go(func() {
			f := newFitter(d)
			f.take(t.Count)
			f.all(model(r.Models*i/parts), model(r.Models*(i+1)/parts), func(m fitted) { found[i] = append(found[i], m) })
		})
	}
	wait.Wait()
	out := slices.Concat(found...)
	r.Fitted = len(out)
	return out
}

// mixed weighs all models by exp(-BIC/2). Its interval is that of the mixture of their distributions.
func mixed(models []fitted, total float64) Answer {
	best := math.Inf(1)
	for _, m := range models {
		best = min(best, m.bic(total))
	}
	weight, all, mean := make([]float64, len(models)), 0.0, 0.0
	for i, m := range models {
		weight[i] = math.Exp((best - m.bic(total)) / 2)
		all += weight[i]
		mean += weight[i] * (total + m.unseen)
	}
	at := func(p float64) float64 {
		low, high := -20.0, 30.0 // logarithms of the unseen
		for range 80 {
			middle, below := (low+high)/2, 0.0
			for i, m := range models {
				below += weight[i] / all * math.Erfc((math.Log(m.unseen)-middle)/(max(m.spread, 1e-9)*math.Sqrt2)) / 2
			}
			if below < p {
				low = middle
			} else {
				high = middle
			}
		}
		return total + math.Exp(low)
	}
	return Answer{Way: Average, People: mean / all, Intervals: []Interval{{Mixed, at(0.025), at(0.975)}}}
}
