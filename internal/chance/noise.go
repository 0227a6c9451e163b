package chance

import (
	"math/bits"

	"github.com/opentrm/opentrm/internal/fault"
)

// Decays returns true with probability exp(-a/b) exactly, for b of at least 1 (algorithm 1 of Canonne, Kamath and Steinke).
func (s *Source) Decays(a, b uint64) bool {
	for ; a > b; a -= b {
		if !s.decays(1, 1) {
			return false
		}
	}
	return s.decays(a, b)
}

// decays is Decays for a of at most b: how often in a row a draw of a/b, a/2b, a/3b succeeds is even with that probability.
func (s *Source) decays(a, b uint64) bool {
	for k := uint64(1); ; k++ {
		more, least := bits.Mul64(b, k)
		var on bool
		if more == 0 {
			on = s.Bernoulli(a, least)
		} else {
			on = s.Bernoulli(a, b) && s.Bernoulli(1, k)
		}
		if !on {
			return k%2 == 1
		}
	}
}

// Laplace is the discrete Laplace distribution: P(k) in proportion to exp(-|k|/scale), for every whole number k.
type Laplace struct{ num, den uint64 }

// NewLaplace returns the distribution of scale num/den. It fails with [fault.Invalid] if either is 0 or exceeds 2^31.
func NewLaplace(num, den uint64) (Laplace, error) {
	if num == 0 || den == 0 || num > 1<<31 || den > 1<<31 {
		return Laplace{}, fault.New(fault.Invalid, "chance.distribution")
	}
	return Laplace{num, den}, nil
}

// Draw returns one draw (algorithm 2).
func (l Laplace) Draw(s *Source) int64 {
	for {
		x := s.Below(l.num)
		if !s.decays(x, l.num) {
			continue
		}
		for s.decays(1, 1) {
			x += l.num
		}
		y := int64(x / l.den)
		if s.short()&1 == 0 {
			return y
		}
		if y != 0 { // a negative zero would count zero twice
			return -y
		}
	}
}

// Variance is a variance as a fraction of whole numbers, so that what is drawn and what is accounted for are the same
// number.
type Variance struct {
	Num uint64 `json:"num"`
	Den uint64 `json:"den"`
}

// Gaussian is the discrete Gaussian distribution: P(k) in proportion to exp(-k²/2σ²), for every whole number k.
type Gaussian struct {
	v     Variance
	wide  uint64 // scale of the Laplace that proposes: the whole part of σ, and one
	below uint64 // 2 σ² of the proposal's acceptance, in whole numbers: 2·num·den·wide²
}

// NewGaussian returns the distribution with σ² = v. The variance of the draws is v to within exp(-2π²σ²). It fails with
// [fault.Invalid] if a part of v is 0, or if v is so large or so finely divided that its arithmetic does not fit into 62 bits: 2·num·den·(⌊σ⌋+1)².
func NewGaussian(v Variance) (Gaussian, error) {
	bad := fault.New(fault.Invalid, "chance.distribution")
	if v.Num == 0 || v.Den == 0 || v.Num > 1<<45 || v.Den > 1<<45 {
		return Gaussian{}, bad
	}
	wide := root(v.Num/v.Den) + 1
	q := uint64(2)
	for _, f := range []uint64{v.Num, v.Den, wide, wide} {
		over, product := bits.Mul64(q, f)
		if over != 0 || product >= 1<<62 {
			return Gaussian{}, bad
		}
		q = product
	}
	return Gaussian{v, wide, q}, nil
}

// Draw returns one draw (algorithm 3): a discrete Laplace, kept with probability exp(-(|y| - σ²/t)²/2σ²). A proposal of more
// than 2^31 scales, which comes once in e^(2^31) times, is refused unseen.
func (g Gaussian) Draw(s *Source) int64 {
	step := g.v.Den * g.wide
	for {
		y := Laplace{g.wide, 1}.Draw(s)
		far := uint64(max(y, -y))
		over, at := bits.Mul64(far, step)
		if over != 0 || at >= 1<<62 {
			continue
		}
		if at >= g.v.Num {
			at -= g.v.Num
		} else {
			at = g.v.Num - at
		}
		hi, lo := bits.Mul64(at, at)
		if hi >= g.below { // an exponent of more than 2^64
			continue
		}
		whole, part := bits.Div64(hi, lo, g.below)
		if s.falls(whole) && s.decays(part, g.below) {
			return y
		}
	}
}

// falls returns true with probability exp(-n).
func (s *Source) falls(n uint64) bool {
	for ; n > 0; n-- {
		if !s.decays(1, 1) {
			return false
		}
	}
	return true
}

// Add adds a draw of its own to each count.
func (g Gaussian) Add(s *Source, counts []int64) {
	for i := range counts {
		counts[i] += g.Draw(s)
	}
}

// Variance returns σ².
func (g Gaussian) Variance() Variance { return g.v }

// root returns the whole part of the square root of n.
func root(n uint64) uint64 {
	if n == 0 {
		return 0
	}
	x := uint64(1) << ((bits.Len64(n) + 1) / 2)
	for {
		y := (x + n/x) / 2
		if y >= x {
			return x
		}
		x = y
	}
}
