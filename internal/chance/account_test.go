package chance_test

import (
	"math"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/chance"
	"github.com/opentrm/opentrm/internal/fault"
)

// TestConversions: what a budget of (ε, δ) allows, as worked out elsewhere for the 47,102 records of the CTDC: by the
// conversion of Canonne, Kamath and Steinke, and by the exact curve of the Gaussian.
func TestConversions(t *testing.T) {
	n := 47102.0
	delta := 1 / (n * math.Log(n))
	for _, c := range []struct{ epsilon, concentrated, exact float64 }{
		{1, 0.0259, 0.0300},
		{4, 0.3272, 0.3708},
		{12, 2.173, 2.409},
	} {
		if got := chance.ConcentratedRho(c.epsilon, delta); math.Abs(got/c.concentrated-1) > 0.003 {
			t.Errorf("ε %v: %.4f, want %v", c.epsilon, got, c.concentrated)
		}
		if got := chance.GaussianRho(c.epsilon, delta); math.Abs(got/c.exact-1) > 0.003 {
			t.Errorf("ε %v: %.4f exactly, want %v", c.epsilon, got, c.exact)
		}
		start := time.Now()
		spent, err := chance.Cost(c.epsilon, delta, []int{35, 595, 80}, []float64{1, 1, 8})
		if err != nil {
			t.Fatal(err)
		}
		rho := 0.0
		for _, s := range spent {
			rho += s.Rho()
		}
		t.Logf("ε %v: %.4f concentrated, %.4f exact, %.4f spent with three groups of whole-number noise, found in %v", c.epsilon,
			chance.ConcentratedRho(c.epsilon, delta), chance.GaussianRho(c.epsilon, delta), rho, time.Since(start))
		if rho < 0.99*c.exact || rho > 1.001*c.exact {
			t.Errorf("ε %v: %.4f is spent of %.4f", c.epsilon, rho, c.exact)
		}
	}
}

// TestDeltaBoundsTheTruth: for one answer the δ of the discrete Gaussian is a finite sum. What Delta says is no less, and
// less than 2 % more in ε.
func TestDeltaBoundsTheTruth(t *testing.T) {
	for _, variance := range []uint64{1, 2, 5, 30, 400} {
		for _, epsilon := range []float64{0.05, 0.3, 1, 3} {
			truth := func(epsilon float64) float64 {
				p := func(y float64) float64 { return math.Exp(-y * y / (2 * float64(variance))) }
				var all, sum float64
				for y := -1000.0; y <= 1000; y++ {
					all += p(y)
					sum += max(0, p(y-1)-math.Exp(epsilon)*p(y))
				}
				return sum / all
			}
			got := chance.Delta(epsilon, chance.Spent{Answers: 1, Variance: chance.Variance{Num: variance, Den: 1}})
			if exact := truth(epsilon); got < exact || got > truth(epsilon*0.98-1e-4)+2e-12 {
				t.Errorf("σ² %d, ε %v: %.6g, the truth is %.6g", variance, epsilon, got, exact)
			}
		}
	}
}

// TestDeltaOfManyAgreesWithTheCurve: many answers with noise far wider than its steps cost what the Gaussian without steps costs.
func TestDeltaOfManyAgreesWithTheCurve(t *testing.T) {
	spent := []chance.Spent{
		{Answers: 35, Variance: chance.Variance{Num: 2000, Den: 1}},
		{Answers: 595, Variance: chance.Variance{Num: 10000, Den: 1}},
		{Answers: 60, Variance: chance.Variance{Num: 1300, Den: 8}},
	}
	rho := 0.0
	for _, s := range spent {
		rho += s.Rho()
	}
	for _, epsilon := range []float64{0.5, 2, 4} {
		curve, got := chance.GaussianDelta(rho, epsilon), chance.Delta(epsilon, spent...)
		if got < curve*(1-1e-6) || got > chance.GaussianDelta(rho, epsilon*0.997)+1e-11 {
			t.Errorf("ε %v: %.6g, the curve says %.6g", epsilon, got, curve)
		}
	}
	if got := chance.Delta(1); got != 0 {
		t.Errorf("nothing spent costs %v", got)
	}
	if got := chance.Delta(1, chance.Spent{Answers: 1}); got != 1 {
		t.Errorf("no noise costs %v", got)
	}
}

// TestLedgerRefusesWhatItCannotAfford: a second release about the same people fits if the first left room, and a third does not.
func TestLedgerRefusesWhatItCannotAfford(t *testing.T) {
	l := chance.Ledger{Epsilon: 2, Delta: 1e-6}
	half, err := chance.Cost(1.3, 1e-6, []int{10}, []float64{1})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, true, false} {
		err := l.Spend(chance.Entry{What: "a table", Day: "2026-11-30", Spent: half})
		if (err == nil) != want || err != nil && !fault.Is(err, fault.Conflict) {
			t.Fatalf("release %d: %v, δ %.3g", i+1, err, l.Used())
		}
	}
	if len(l.Entries) != 2 || l.Used() > l.Delta || l.Used(half...) <= l.Delta {
		t.Errorf("%d entries, δ %.3g", len(l.Entries), l.Used())
	}
	for _, e := range []chance.Entry{{}, {What: "x", Day: "2026-11-30"}, {What: "x", Day: "2026-11-30", Spent: []chance.Spent{{}}}} {
		if err := l.Spend(e); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", e, err)
		}
	}
}

// TestSmallBudgetsAreUsed: at a small ε, too, nearly all of what the exact curve allows is spent.
func TestSmallBudgetsAreUsed(t *testing.T) {
	for _, epsilon := range []float64{0.01, 0.1, 0.5, 16} {
		spent, err := chance.Cost(epsilon, 1e-6, []int{5, 10}, []float64{1, 9})
		if err != nil {
			t.Errorf("ε %v: %v", epsilon, err)
			continue
		}
		got, all := spent[0].Rho()+spent[1].Rho(), chance.GaussianRho(epsilon, 1e-6)
		if got < 0.99*all || chance.Delta(epsilon, spent...) > 1e-6 {
			t.Errorf("ε %v: %.4g of %.4g is spent", epsilon, got, all)
		}
	}
}

// TestCostRefusesNonsense: a budget that is none.
func TestCostRefusesNonsense(t *testing.T) {
	for _, c := range []struct {
		epsilon, delta float64
		answers        []int
		shares         []float64
	}{
		{0, 1e-6, []int{1}, []float64{1}},
		{math.NaN(), 1e-6, []int{1}, []float64{1}},
		{1, 0, []int{1}, []float64{1}},
		{1, 1, []int{1}, []float64{1}},
		{1, 1e-6, nil, nil},
		{1, 1e-6, []int{1}, []float64{0}},
		{1, 1e-6, []int{0}, []float64{1}},
		{1, 1e-6, []int{1, 2}, []float64{1}},
	} {
		if _, err := chance.Cost(c.epsilon, c.delta, c.answers, c.shares); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestALedgerThatNobodyCanAddUpIsSpent: a ledger comes from a file. What it says of a release may be more than memory holds or years compute; then
// nothing more may be released, and the program goes on.
func TestALedgerThatNobodyCanAddUpIsSpent(t *testing.T) {
	for what, s := range map[string]chance.Spent{
		"wider than memory":     {Answers: 3, Variance: chance.Variance{Num: math.MaxUint64, Den: 1}},
		"more answers than men": {Answers: math.MaxInt, Variance: chance.Variance{Num: math.MaxUint64, Den: 1}},
		"both":                  {Answers: 1 << 50, Variance: chance.Variance{Num: 1 << 60, Den: 1}},
	} {
		l := chance.Ledger{Epsilon: 2, Delta: 1e-6, Entries: []chance.Entry{{What: what, Day: "2026-01-01", Spent: []chance.Spent{s}}}}
		if used := l.Used(); used != 1 {
			t.Errorf("%s: %v is used, want all", what, used)
		}
		if err := l.Spend(chance.Entry{What: "next", Day: "2026-01-02", Spent: []chance.Spent{{Answers: 1, Variance: chance.Variance{Num: 1000, Den: 1}}}}); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: the next release: %v", what, err)
		}
	}
}
