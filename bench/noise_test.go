package main

import (
	"math"
	"slices"
	"testing"

	"github.com/google/differential-privacy/go/v3/noise"

	"github.com/opentrm/opentrm/internal/chance"
)

// apart is the largest distance of the distributions of two samples, in units in which a pair of samples of one distribution exceeds 2.69 once
// in a million times (Kolmogorov and Smirnov; less often for whole numbers).
func apart(a, b []int64) float64 {
	slices.Sort(a)
	slices.Sort(b)
	far, i, j := 0.0, 0, 0
	for i < len(a) && j < len(b) {
		at := min(a[i], b[j])
		for i < len(a) && a[i] == at {
			i++
		}
		for j < len(b) && b[j] == at {
			j++
		}
		far = max(far, math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b))))
	}
	return far * math.Sqrt(float64(len(a))*float64(len(b))/float64(len(a)+len(b)))
}

// TestNoiseIsDistributedAsGoogles: our draws and those of google/differential-privacy have one distribution. Theirs cannot be drawn from a key: a
// right sampler fails here once in a million runs.
func TestNoiseIsDistributedAsGoogles(t *testing.T) {
	const n, refuse = 200_000, 2.69
	sample := func(draw func() int64) []int64 {
		out := make([]int64, n)
		for i := range out {
			out[i] = draw()
		}
		return out
	}
	s := chance.Secret()
	for _, epsilon := range []float64{0.05, 0.2, 0.5} {
		const delta = 1e-5
		sigma := noise.SigmaForGaussian(1, 1, epsilon, delta)
		theirs := sample(func() int64 {
			v, err := noise.Gaussian().AddNoiseInt64(0, 1, 1, epsilon, delta)
			if err != nil {
				t.Fatal(err)
			}
			return v
		})
		for _, c := range []struct {
			by   float64
			same bool
		}{{1, true}, {1.1, false}} {
			g, err := chance.NewGaussian(chance.Variance{Num: uint64(math.Round(sigma * sigma * c.by * c.by * 4096)), Den: 4096})
			if err != nil {
				t.Fatal(err)
			}
			far := apart(sample(func() int64 { return g.Draw(s) }), theirs)
			t.Logf("Gaussian, σ %.2f, ours %.2f times as wide: %.2f", sigma, c.by, far)
			if far < refuse != c.same {
				t.Errorf("Gaussian, σ %.2f, ours %.2f times as wide: %.2f", sigma, c.by, far)
			}
		}
	}
	for _, scale := range []uint64{4, 10, 50} {
		theirs := sample(func() int64 {
			v, err := noise.Laplace().AddNoiseInt64(0, 1, 1, 1/float64(scale), 0)
			if err != nil {
				t.Fatal(err)
			}
			return v
		})
		for _, c := range []struct {
			num  uint64
			same bool
		}{{100, true}, {112, false}} {
			l, err := chance.NewLaplace(scale*c.num, 100)
			if err != nil {
				t.Fatal(err)
			}
			far := apart(sample(func() int64 { return l.Draw(s) }), theirs)
			t.Logf("Laplace, scale %d, ours %d %% of it: %.2f", scale, c.num, far)
			if far < refuse != c.same {
				t.Errorf("Laplace, scale %d, ours %d %% of it: %.2f", scale, c.num, far)
			}
		}
	}
}

// BenchmarkNoise puts a draw of ours beside one of google/differential-privacy, of the same width.
func BenchmarkNoise(b *testing.B) {
	sigma := noise.SigmaForGaussian(1, 1, 0.5, 1e-5)
	g, err := chance.NewGaussian(chance.Variance{Num: uint64(sigma * sigma * 64), Den: 64})
	if err != nil {
		b.Fatal(err)
	}
	l, err := chance.NewLaplace(10, 1)
	if err != nil {
		b.Fatal(err)
	}
	s := chance.Secret()
	b.Run("gaussian/ours", func(b *testing.B) {
		for b.Loop() {
			g.Draw(s)
		}
	})
	b.Run("gaussian/google", func(b *testing.B) {
		for b.Loop() {
			if _, err := noise.Gaussian().AddNoiseInt64(0, 1, 1, 0.5, 1e-5); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("laplace/ours", func(b *testing.B) {
		for b.Loop() {
			l.Draw(s)
		}
	})
	b.Run("laplace/google", func(b *testing.B) {
		for b.Loop() {
			if _, err := noise.Laplace().AddNoiseInt64(0, 1, 1, 0.1, 0); err != nil {
				b.Fatal(err)
			}
		}
	})
}
