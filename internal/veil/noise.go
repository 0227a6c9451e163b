package veil

import "math/bits"

// Noise here is two-sided geometric: a whole number k with a probability in proportion to exp(-|k|/scale). It is drawn
// exactly, with whole numbers only, as Canonne, Kamath and Steinke do ("The Discrete Gaussian for Differential
// Privacy", NeurIPS 2020, algorithms 1 and 2), so that no rounding of a logarithm tells anything about what it is added to.

// bernoulli returns true with probability a/b, for 0 ≤ a ≤ b and b from 1 to 2^63.
func (s *stream) bernoulli(a, b uint64) bool { return s.below(b) < a }

// decays returns true with probability exp(-a/b), for 0 ≤ a ≤ b.
func (s *stream) decays(a, b uint64) bool {
	k := uint64(1)
	for s.bernoulli(a, b*k) {
		k++
	}
	return k%2 == 1
}

// geometric returns a draw with scale t/u: P(k) in proportion to exp(-|k|·u/t).
func (s *stream) geometric(t, u uint64) int64 {
	for {
		x := s.below(t)
		if !s.decays(x, t) {
			continue
		}
		for s.decays(1, 1) {
			x += t
		}
		y := int64(x / u)
		if minus := s.bernoulli(1, 2); !minus {
			return y
		} else if y != 0 {
			return -y
		}
	}
}

// noise returns a draw for a number that one record more or less moves by at most sensitivity, at a loss of epsilon thousandths.
func (s *stream) noise(sensitivity, epsilon int) int64 {
	return s.geometric(uint64(sensitivity)*1000, uint64(epsilon))
}

// reach returns a number that such noise exceeds, on either side, with a probability of at most 5 %: 3.689 is a little
// more than the logarithm of 40.
func reach(sensitivity, epsilon int) int64 {
	return int64((3689*sensitivity + epsilon - 1) / epsilon)
}

// wilson returns, in millionths, the bounds of the share of which found out of of were seen, at 95 % (Wilson 1927). It is
// worked out with whole numbers, so that everybody who recounts comes to the same. With nothing seen it is 0 to 1.
func wilson(found, of int64) (low, high int64) {
	const million, z2 = 1_000_000, 38_416 // 1.96 squared, in ten-thousandths
	if of <= 0 {
		return 0, million
	}
	middle := 20_000*found + z2
	spread := root(uint64(z2*z2 + found*(of-found)*40_000/of*z2))
	whole := 2 * (10_000*of + z2)
	return max(0, (middle-spread)*million/whole), min(million, (middle+spread)*million/whole)
}

// root returns the square root of n, cut to a whole number.
func root(n uint64) int64 {
	if n == 0 {
		return 0
	}
	x := uint64(1) << ((bits.Len64(n) + 1) / 2)
	for {
		y := (x + n/x) / 2
		if y >= x {
			return int64(x)
		}
		x = y
	}
}
