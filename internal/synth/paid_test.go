package synth

import (
	"math"
	"testing"

	"github.com/opentrm/opentrm/internal/chance"
	"github.com/opentrm/opentrm/internal/tally"
)

// TestWhatIsToldHasTheNoiseItPaysFor: what leaves the records differs from what they say by noise of the variance that is accounted for, in
// columns and in pairs, to five standard errors; and the choice of pairs is drawn with noise, too.
func TestWhatIsToldHasTheNoiseItPaysFor(t *testing.T) {
	data := load(t, nrm, tally.Options{Weight: "people"})
	noise := chance.Keyed([32]byte{6})
	columns := data.byColumn()
	var exact []measuredPair
	for j := range columns {
		for i := range j {
			exact = append(exact, measuredPair{i: i, j: j})
		}
	}
	count(exact, columns, data.Domain)
	var off [2]struct{ squares, n float64 }
	var spent []chance.Spent
	for range 60 {
		var keep int
		var err error
		if spent, keep, err = plan(data.Domain, 1, 1e-6, mostPairs); err != nil {
			t.Fatal(err)
		}
		m, err := measure(data, spent, keep, noise)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range m.singles {
			for a, n := range s {
				was := 0
				for _, c := range columns[i] {
					if int(c) == a {
						was++
					}
				}
				off[0].squares += math.Pow(float64(n)-float64(was), 2)
				off[0].n++
			}
		}
		for k, p := range m.pairs {
			for at, n := range p.cells {
				off[1].squares += math.Pow(float64(n-exact[k].cells[at]), 2)
				off[1].n++
			}
		}
	}
	for k, o := range off {
		if far := (o.squares/o.n/variance(spent[k]) - 1) / math.Sqrt(2/o.n); math.Abs(far) > 5 {
			t.Errorf("group %d: variance %.1f, paid for %.1f", k, o.squares/o.n, variance(spent[k]))
		}
	}
	g, err := chance.NewGaussian(chance.Variance{Num: 10_000_000, Den: 1})
	if err != nil {
		t.Fatal(err)
	}
	singles := make([][]int64, len(columns))
	for i := range columns {
		singles[i] = make([]int64, data.Domain.size(i))
		for _, c := range columns[i] {
			singles[i][c]++
		}
	}
	chosen := map[[2]int]bool{}
	for range 40 {
		p := choose(exact, singles, g, 1, noise)[0]
		chosen[[2]int{p.i, p.j}] = true
	}
	if len(chosen) < 3 {
		t.Errorf("with noise larger than the scores the same pairs are chosen: %v", chosen)
	}
}
