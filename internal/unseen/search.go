package unseen

import "math"

// threshold is how unlikely the overlap of a pair must be under a model before the pair is put into it.
const threshold = 0.02

// stepwise begins with the model without pairs, and adds, as long as there is one, the pair whose overlap is least likely
// under the model so far, if that is below the threshold and the estimate exists and follows from the counts. The overlap has a Poisson
// distribution there; the smaller of its two tails counts (Chan, Silverman and Vincent 2021).
func (f *fitter) stepwise() (best fitted, ok bool) {
	best, ok = f.fit(0)
	if !ok {
		return best, false
	}
	refused := model(0)
	for {
		next, least := -1, math.Log(threshold)
		for k, both := range f.both {
			if (best.model|refused)>>k&1 == 1 {
				continue
			}
			mean := 0.0
			for h := both; h < len(f.mean); h++ {
				if h&both == both {
					mean += f.mean[h]
				}
			}
			if p := tail(f.overlap[k], mean); p < least {
				next, least = k, p
			}
		}
		if next < 0 {
			return best, true
		}
		kept := append([]float64(nil), f.mean...)
		if wider, fits := f.fit(best.model | 1<<next); fits {
			best, refused = wider, 0
		} else {
			copy(f.mean, kept)
			refused |= 1 << next
		}
	}
}

// tail returns the logarithm of the smaller of the probabilities of at least and at most n where mean is expected. It is the logarithm because in
// large tables several pairs are less likely than the least number above 0, and of those the first would be taken for the least likely.
func tail(n, mean float64) float64 {
	if mean <= 0 {
		return 0
	}
	sum, term := 1.0, 1.0 // in parts of the probability of just n
	if n < mean {
		for k := n; k > 0 && term > sum*1e-16; k-- {
			term *= k / mean
			sum += term
		}
	} else {
		for k := n + 1; term > sum*1e-16; k++ {
			term *= mean / k
			sum += term
		}
	}
	return min(0, n*math.Log(mean)-mean-logFactorial(n)+math.Log(sum))
}

// all fits every model and passes each that can be fitted to yield. It is for lists of at most six: 2^15 models.
func (f *fitter) all(from, to model, yield func(fitted)) {
	for m := from; m < to; m++ {
		if one, ok := f.fit(m); ok {
			yield(one)
		}
	}
}

// climb looks for the model with the least score: from the best so far it adds or takes away the pair that makes the
// score least, until none does. It passes every model that it fits to yield.
func (f *fitter) climb(score func(*fitted) float64, yield func(fitted)) {
	best, ok := f.fit(0)
	if !ok {
		return
	}
	yield(best)
	for {
		here := best
		for k := range f.pairs {
			if one, ok := f.fit(here.model ^ 1<<k); ok {
				yield(one)
				if score(&one) < score(&best) {
					best = one
				}
			}
		}
		if best.model == here.model {
			return
		}
	}
}
