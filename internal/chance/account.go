package chance

import (
	"math"

	"github.com/opentrm/opentrm/internal/fault"
)

// Spent says what a number of answers cost that were protected with the same discrete Gaussian: each of them moves by at
// most 1 when one person is added or taken away, all of them at once at worst.
type Spent struct {
	Answers  int      `json:"answers"`
	Variance Variance `json:"variance"`
}

// Rho returns the cost as zero-concentrated differential privacy (Bun and Steinke 2016): answers/2σ².
func (s Spent) Rho() float64 {
	return float64(s.Answers) * float64(s.Variance.Den) / (2 * float64(s.Variance.Num))
}

// GaussianDelta returns the least δ for which a Gaussian with a cost of rho is (epsilon, δ)-private: the exact curve of
// Balle and Wang ("Improving the Gaussian Mechanism for Differential Privacy", ICML 2018, theorem 8), for noise without
// gaps. [Delta] accounts for the noise that is really drawn.
func GaussianDelta(rho, epsilon float64) float64 {
	if rho <= 0 {
		return 0
	}
	mu := math.Sqrt(2 * rho)
	return upper(epsilon/mu-mu/2) - math.Exp(epsilon)*upper(epsilon/mu+mu/2)
}

// GaussianRho returns the greatest rho whose [GaussianDelta] at epsilon is at most delta. It is 0 if either is not positive.
func GaussianRho(epsilon, delta float64) float64 {
	return greatest(func(rho float64) bool { return GaussianDelta(rho, epsilon) <= delta }, epsilon, delta)
}

// ConcentratedDelta returns a δ for which whatever costs rho is (epsilon, δ)-private, be its noise Gaussian or not
// (Canonne, Kamath and Steinke, corollary 13): the least over the order of exp((a-1)(a·rho-epsilon))/(a-1)·(1-1/a)^a.
func ConcentratedDelta(rho, epsilon float64) float64 {
	if rho <= 0 {
		return 0
	}
	logDelta := func(a float64) float64 {
		return (a-1)*(a*rho-epsilon) - math.Log(a-1) + a*math.Log1p(-1/a)
	}
	low, high := 1+1e-9, 2+(epsilon+1)/rho
	for range 200 { // it has one valley
		a, b := low+(high-low)/3, high-(high-low)/3
		if logDelta(a) < logDelta(b) {
			high = b
		} else {
			low = a
		}
	}
	return min(1, math.Exp(logDelta((low+high)/2)))
}

// ConcentratedRho returns the greatest rho whose [ConcentratedDelta] at epsilon is at most delta.
func ConcentratedRho(epsilon, delta float64) float64 {
	return greatest(func(rho float64) bool { return ConcentratedDelta(rho, epsilon) <= delta }, epsilon, delta)
}

// greatest returns the greatest cost that is still ok.
func greatest(ok func(float64) bool, epsilon, delta float64) float64 {
	if !(epsilon > 0) || !(delta > 0) || delta >= 1 {
		return 0
	}
	low, high := 0.0, 1.0
	for ok(high) && high < 1e6 {
		high *= 2
	}
	for range 100 {
		if middle := (low + high) / 2; ok(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// upper is the probability that a standard normal exceeds x.
func upper(x float64) float64 { return math.Erfc(x/math.Sqrt2) / 2 }

// gridReach is how many steps the grid of losses, on which costs are added up, has to either side.
const gridReach = 2560

// losses is how the logarithm of the odds that one person was there moves by what is published, when she was: mass at each
// multiple of a step, and what lies beyond.
type losses struct {
	step   float64
	mass   []float64 // at (i-gridReach)·step
	beyond float64
}

// Delta returns the least δ, and a little more, for which all that was spent is (epsilon, δ)-private together, also if later
// answers were chosen by what earlier ones said. It is worked out for the whole-number noise that is drawn, as a sum of
// distributions of loss (Koskela and others 2020), each replaced by one on a grid that is worse at no epsilon (Doroshenko and
// others, "Connect the Dots", PoPETs 2022). The surplus is below one in a thousand of ε as a rule. It is 1 if a variance is 0,
// a cost too large to make sense, or what was spent more than can be added up, which no [Gaussian] draws: a ledger is a file, and anybody may have written it.
func Delta(epsilon float64, spent ...Spent) float64 {
	if !(epsilon >= 0) {
		return 1
	}
	var sum *losses
	slack, rho := 0.0, 0.0
	for _, s := range spent {
		if s.Answers > 0 && s.Variance.Num > 0 {
			rho += s.Rho()
		}
	}
	step := min(1.0/64, math.Sqrt(2*rho)/32) // a small part of how far losses spread
	for _, s := range spent {
		if s.Answers <= 0 {
			continue
		}
		if s.Variance.Num == 0 || s.Variance.Den == 0 || s.Rho() > 8 || s.reach() > mostReach {
			return 1
		}
		one, more := s.losses(step)
		slack += more
		if sum == nil {
			sum = one
		} else {
			sum = sum.and(one)
		}
	}
	if sum == nil {
		return 0
	}
	return min(1, sum.delta(epsilon-slack)*math.Exp(slack)+1e-12)
}

// mostReach is the widest sum of draws whose distribution is added up: 256 MB.
const mostReach = 1 << 24

// reach is how far the sum of all draws reaches; the work is in proportion to it and to the number of answers.
func (s Spent) reach() float64 {
	return max(14*math.Sqrt(float64(s.Variance.Num)/float64(s.Variance.Den)*float64(s.Answers)), float64(s.Answers))
}

// losses returns the loss of s on the grid, and the ε by which the sum of its draws differs at most from one draw of their
// variance together: 10·Σ exp(-2π²σ²k/(k+1)) to either side (Kairouz, Liu and Steinke 2021, theorem 8).
func (s Spent) losses(step float64) (l *losses, slack float64) {
	variance := float64(s.Variance.Num) / float64(s.Variance.Den)
	answers := float64(s.Answers)
	for k := 1; k < s.Answers; k++ {
		slack += 20 * math.Exp(-2*math.Pi*math.Pi*variance*float64(k)/float64(k+1))
	}
	tail := newTail(variance * answers)
	curve := func(epsilon float64) float64 { // for epsilon of at least 0
		return max(0, tail.above(epsilon*variance-answers/2)-math.Exp(epsilon)*tail.above(epsilon*variance+answers/2))
	}
	// The curve of δ over γ = e^ε is convex. A line from grid point to grid point lies above it, and its bends are the masses.
	// Below γ = 1 it is 1 - γ + γ·δ(1/γ), for noise as likely to either side; the first two terms are straight and bend nothing.
	size := 2*gridReach + 1
	gamma, bend := make([]float64, size), make([]float64, size)
	for i := range gamma {
		epsilon := float64(i-gridReach) * step
		gamma[i] = math.Exp(epsilon)
		if epsilon >= 0 {
			bend[i] = curve(epsilon)
		} else {
			bend[i] = gamma[i] * curve(-epsilon)
		}
	}
	// The straight part 1-γ below 1 ends there: its own bend, of 1, at γ = 1.
	l = &losses{step: step, mass: make([]float64, size), beyond: bend[size-1]}
	for i := range size {
		var left, right float64
		if i > 0 {
			left = (bend[i] - bend[i-1]) / (gamma[i] - gamma[i-1])
		} else {
			left = bend[0] / gamma[0]
		}
		if i+1 < size {
			right = (bend[i+1] - bend[i]) / (gamma[i+1] - gamma[i])
		}
		mass := right - left
		if i == gridReach {
			mass++
		}
		l.mass[i] = max(0, mass) * gamma[i]
	}
	return l, slack
}

// and returns the loss of both together.
func (l *losses) and(m *losses) *losses {
	size := len(l.mass)
	out := &losses{step: l.step, mass: make([]float64, size), beyond: l.beyond + m.beyond}
	const least = 1e-18 // what is dropped below it is added to what lies beyond
	dropped := 0.0
	for i, a := range l.mass {
		if a < least {
			dropped += a
			continue
		}
		for j, b := range m.mass {
			if b < least {
				continue
			}
			switch at := i + j - gridReach; {
			case at >= size:
				out.beyond += a * b
			case at >= 0:
				out.mass[at] += a * b
			default:
				out.mass[0] += a * b
			}
		}
	}
	for _, b := range m.mass {
		if b < least {
			dropped += b
		}
	}
	out.beyond += dropped
	return out
}

// delta is Σ mass·(1 - e^(ε-loss)) over losses above epsilon.
func (l *losses) delta(epsilon float64) float64 {
	sum := l.beyond
	for i, m := range l.mass {
		if loss := float64(i-gridReach) * l.step; loss > epsilon {
			sum += m * -math.Expm1(epsilon-loss)
		}
	}
	return sum
}

// tail answers how likely a discrete Gaussian is to exceed a number.
type tail struct {
	reach int
	sum   []float64 // sum[i]: probability of at least i-reach
}

func newTail(variance float64) *tail {
	reach := int(14*math.Sqrt(variance)) + 14
	t := &tail{reach, make([]float64, 2*reach+2)}
	for i := 2 * reach; i >= 0; i-- {
		y := float64(i - reach)
		t.sum[i] = t.sum[i+1] + math.Exp(-y*y/(2*variance))
	}
	all := t.sum[0]
	for i := range t.sum {
		t.sum[i] /= all
	}
	return t
}

// above returns the probability of more than x.
func (t *tail) above(x float64) float64 {
	at := int(math.Floor(max(x, float64(-t.reach-2)))) + 1 + t.reach
	switch {
	case at < 0:
		return 1
	case at >= len(t.sum):
		return 0
	}
	return t.sum[at]
}

// Cost returns the fractions of which the variances of several groups of answers are made, so that all of them together
// are (epsilon, delta)-private and the share of each group in the cost is as given. Variances are rounded up, and raised
// further until [Delta] agrees. It fails with [fault.Invalid] if epsilon or delta are not above 0, delta is not below 1, or a share or a number of answers is not above 0.
func Cost(epsilon, delta float64, answers []int, shares []float64) ([]Spent, error) {
	bad := fault.New(fault.Invalid, "chance.budget")
	if !(epsilon > 0) || epsilon > 16 || !(delta > 0) || delta >= 1 || len(answers) == 0 || len(answers) != len(shares) {
		return nil, bad
	}
	total := 0.0
	for i, s := range shares {
		if !(s > 0) || answers[i] <= 0 {
			return nil, bad
		}
		total += s
	}
	rho := GaussianRho(epsilon, delta)
	for range 200 {
		out := make([]Spent, len(answers))
		for i, a := range answers {
			variance := float64(a) * total / (2 * rho * shares[i])
			den := uint64(64)
			for variance > 1<<20 && den > 1 {
				den /= 2
				variance = math.Nextafter(variance, math.Inf(1))
			}
			out[i] = Spent{a, Variance{uint64(math.Ceil(variance * float64(den))), den}}
		}
		if Delta(epsilon, out...) <= delta {
			return out, nil
		}
		rho *= 0.9995
	}
	return nil, bad
}
