package chance_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"math"
	"strconv"
	"testing"

	"github.com/opentrm/opentrm/internal/chance"
	"github.com/opentrm/opentrm/internal/fault"
)

// Every test of a distribution here refuses a right sampler once in a million times (a chi-square test at 1e-6). Its
// draws come from a fixed key, so it says the same every time. refused are wrong samplers that it must refuse.
const draws = 400_000

func key(n byte) (k [chance.KeySize]byte) { k[0] = n; return k }

// upperChi is the probability of a chi-square of more than x with k degrees of freedom, by the cube of Wilson and Hilferty
// (1931), good to a few percent of itself where it is 1e-6 and k at least 10.
func upperChi(x float64, k int) float64 {
	d := 2 / (9 * float64(k))
	z := (math.Cbrt(x/float64(k)) - (1 - d)) / math.Sqrt(d)
	return math.Erfc(z/math.Sqrt2) / 2
}

// misfit returns how likely a right sampler is to fit worse than draw does. p need not add up to 1; it is that of whole
// numbers from -reach to reach, and all others are put together.
func misfit(draw func() int64, p func(k float64) float64, reach int) float64 {
	expected := make([]float64, 2*reach+1)
	all := 0.0
	for i := range expected {
		expected[i] = p(float64(i - reach))
		all += expected[i]
	}
	seen := make([]float64, len(expected))
	outside := 0.0
	for range draws {
		if k := int(draw()) + reach; k >= 0 && k < len(seen) {
			seen[k]++
		} else {
			outside++
		}
	}
	chi, cells := 0.0, -1
	restSeen, rest := outside, 0.0
	for i := range expected {
		e := expected[i] / all * draws
		if e < 10 {
			restSeen, rest = restSeen+seen[i], rest+e
			continue
		}
		chi, cells = chi+(seen[i]-e)*(seen[i]-e)/e, cells+1
	}
	if rest > 1 {
		chi, cells = chi+(restSeen-rest)*(restSeen-rest)/rest, cells+1
	}
	return upperChi(chi, cells)
}

func laplace(scale float64) func(float64) float64 {
	return func(k float64) float64 { return math.Exp(-math.Abs(k) / scale) }
}

func gaussian(variance float64) func(float64) float64 {
	return func(k float64) float64 { return math.Exp(-k * k / (2 * variance)) }
}

const refusal = 1e-6

func TestLaplaceIsDistributedAsItSays(t *testing.T) {
	for i, c := range []struct{ num, den uint64 }{{10, 1}, {7, 2}, {100, 3}, {5, 1}, {12345, 1000}} {
		l, err := chance.NewLaplace(c.num, c.den)
		if err != nil {
			t.Fatal(err)
		}
		s, scale := chance.Keyed(key(byte(i))), float64(c.num)/float64(c.den)
		if p := misfit(func() int64 { return l.Draw(s) }, laplace(scale), int(30*scale)); p < refusal {
			t.Errorf("scale %v: %v", scale, p)
		}
		if p := misfit(func() int64 { return l.Draw(s) }, laplace(scale*1.03), int(30*scale)); p >= refusal {
			t.Errorf("scale %v passes for %v: the test could not fail", scale, scale*1.03)
		}
	}
}

func TestGaussianIsDistributedAsItSays(t *testing.T) {
	for i, v := range []chance.Variance{{100, 1}, {5, 1}, {9, 2}, {12345, 64}, {1, 1}, {1600, 1}, {6_400_001, 64_000}} {
		g, err := chance.NewGaussian(v)
		if err != nil {
			t.Fatal(err)
		}
		s, variance := chance.Keyed(key(100+byte(i))), float64(v.Num)/float64(v.Den)
		reach := int(12*math.Sqrt(variance)) + 2
		if variance >= 4 {
			if p := misfit(func() int64 { return g.Draw(s) }, gaussian(variance), reach); p < refusal {
				t.Errorf("%v: %v", v, p)
			}
			if p := misfit(func() int64 { return g.Draw(s) }, gaussian(variance*1.03), reach); p >= refusal {
				t.Errorf("%v passes for 3 %% more: the test could not fail", v)
			}
		}
		var sum, squares float64
		for range draws {
			y := float64(g.Draw(s))
			sum, squares = sum+y, squares+y*y
		}
		// Five standard errors: a right sampler fails each of the two once in 1.7 million times.
		if off := sum / draws / math.Sqrt(variance/draws); math.Abs(off) > 5 {
			t.Errorf("%v: mean is off by %.1f standard errors", v, off)
		}
		if off := (squares/draws/variance - 1) / math.Sqrt(2.0/draws); math.Abs(off) > 5 {
			t.Errorf("%v: variance is off by %.1f standard errors", v, off)
		}
	}
}

// TestDecaysAndBernoulliHaveTheirProbability: also where the words drawn do not decide, and where a product would overflow.
func TestDecaysAndBernoulliHaveTheirProbability(t *testing.T) {
	s := chance.Keyed(key(1))
	check := func(what string, p float64, draw func() bool) {
		hits := 0.0
		for range draws {
			if draw() {
				hits++
			}
		}
		if off := (hits - p*draws) / math.Sqrt(p*(1-p)*draws+1e-9); math.Abs(off) > 5 {
			t.Errorf("%s: %v of %d, want a share of %v", what, hits, draws, p)
		}
	}
	for _, c := range []struct{ a, b uint64 }{{1, 3}, {1, 2}, {65535, 65536}, {1, 1 << 20}, {1<<47 + 1, 1<<48 - 1}, {1 << 61, 1<<62 + 1}, {3, 1 << 63}, {1<<63 - 1, 1 << 63}} {
		check("bernoulli", float64(c.a)/float64(c.b), func() bool { return s.Bernoulli(c.a, c.b) })
	}
	for _, c := range []struct{ a, b uint64 }{{1, 2}, {1, 1}, {7, 2}, {0, 5}, {1 << 60, 1<<62 + 7}, {1<<63 - 5, 1 << 63}} {
		check("decays", math.Exp(-float64(c.a)/float64(c.b)), func() bool { return s.Decays(c.a, c.b) })
	}
	for _, sure := range []bool{s.Bernoulli(5, 5), !s.Bernoulli(0, 5), s.Bernoulli(1<<63, 1<<63), !s.Bernoulli(0, 1<<63)} {
		if !sure {
			t.Error("what is sure did not happen")
		}
	}
}

// TestBelowIsEven: no remainder favours small numbers, and the smallest and the largest are reached.
func TestBelowIsEven(t *testing.T) {
	s := chance.Keyed(key(2))
	for _, n := range []uint64{11, 12, 16, 100, 3 << 14} {
		if p := misfit(func() int64 { return int64(s.Below(n)) }, func(k float64) float64 {
			if k < 0 || k >= float64(n) {
				return 0
			}
			return 1
		}, int(n)); n < 1000 && p < refusal {
			t.Errorf("below %d: %v", n, p)
		}
	}
	high := 0
	for range draws {
		if s.Below(3<<61) >= 1<<62 { // a third
			high++
		}
	}
	if off := (float64(high) - draws/3.0) / math.Sqrt(draws*2/9.0); math.Abs(off) > 5 {
		t.Errorf("%d of %d lie in the upper third", high, draws)
	}
	if s.Below(1) != 0 {
		t.Error("below 1 is 0")
	}
}

// TestKeyedRepeatsAndSecretDoesNot: one stream for a key, whoever draws; and no two secret ones alike.
func TestKeyedRepeatsAndSecretDoesNot(t *testing.T) {
	g, err := chance.NewGaussian(chance.Variance{Num: 1_000_000, Den: 1})
	if err != nil {
		t.Fatal(err)
	}
	row := func(s *chance.Source) (out [64]int64) { g.Add(s, out[:]); return out }
	nine, again := row(chance.Keyed(key(9))), row(chance.Keyed(key(9)))
	if nine != again || nine == row(chance.Keyed(key(8))) {
		t.Error("a keyed source does not follow from its key")
	}
	one, other := row(chance.Secret()), row(chance.Secret())
	if one == other {
		t.Error("two secret sources are alike")
	}
	first := row(chance.Keyed([32]byte{}))
	if want, got := [4]int64{-1394, -1328, -55, -738}, [4]int64(first[:4]); got != want {
		t.Errorf("the draws of key 0 have changed: %v, were %v", got, want)
	}
}

func TestDistributionsRefuseWhatTheyCannotDrawExactly(t *testing.T) {
	for _, v := range []chance.Variance{{}, {1, 0}, {0, 1}, {1 << 46, 1}, {1 << 45, 1}, {1 << 44, 1 << 20}} {
		if _, err := chance.NewGaussian(v); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", v, err)
		}
	}
	for _, v := range []chance.Variance{{}, {1, 0}, {0, 1}, {1 << 32, 1}} {
		if _, err := chance.NewLaplace(v.Num, v.Den); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", v, err)
		}
	}
	if _, err := chance.NewGaussian(chance.Variance{Num: 1 << 28, Den: 8}); err != nil {
		t.Errorf("σ of 5,793: %v", err)
	}
}

// floats returns where the files use floating point: a type, a literal, an expression whose type it is, or package math.
func floats(t *testing.T, files map[string]any) (found []string) {
	t.Helper()
	set := token.NewFileSet()
	var all []*ast.File
	for name, source := range files {
		f, err := parser.ParseFile(set, name, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			if path, _ := strconv.Unquote(i.Path.Value); path == "math" || path == "math/cmplx" || path == "math/rand" || path == "math/rand/v2" || path == "math/big" {
				found = append(found, name+": imports "+path)
			}
		}
		all = append(all, f)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	// What other packages export is not looked up; what is here is typed all the same.
	config := types.Config{Error: func(error) {}, Importer: nil, FakeImportC: true}
	_, _ = config.Check("chance", set, all, info)
	for e, v := range info.Types {
		if b, ok := v.Type.Underlying().(*types.Basic); ok && b.Info()&(types.IsFloat|types.IsComplex) != 0 {
			found = append(found, set.Position(e.Pos()).String()+": "+b.Name())
		}
	}
	return found
}

// TestNoFloatTouchesNoise: nothing between the system's random bytes and a draw is floating point. The same look finds it
// where somebody puts it in.
func TestNoFloatTouchesNoise(t *testing.T) {
	if found := floats(t, map[string]any{"source.go": nil, "noise.go": nil}); len(found) > 0 {
		t.Errorf("floating point in noise: %v", found)
	}
	for _, wrong := range []string{
		"package chance\nfunc f() int64 { return int64(2.5 * float64(3)) }",
		"package chance\nimport \"math\"\nfunc f() int64 { return int64(math.Log(2)) }",
		"package chance\ntype g struct{ sigma float64 }\nfunc (x g) f() int64 { return int64(x.sigma) }",
	} {
		if len(floats(t, map[string]any{"wrong.go": wrong})) == 0 {
			t.Errorf("not found in %q", wrong)
		}
	}
}

func BenchmarkGaussian(b *testing.B) {
	for _, variance := range []uint64{100, 2500, 100_000} {
		b.Run(strconv.Itoa(int(variance)), func(b *testing.B) {
			g, err := chance.NewGaussian(chance.Variance{Num: variance, Den: 1})
			if err != nil {
				b.Fatal(err)
			}
			s := chance.Secret()
			for b.Loop() {
				g.Draw(s)
			}
		})
	}
}

func BenchmarkLaplace(b *testing.B) {
	l, err := chance.NewLaplace(10, 1)
	if err != nil {
		b.Fatal(err)
	}
	s := chance.Secret()
	for b.Loop() {
		l.Draw(s)
	}
}
