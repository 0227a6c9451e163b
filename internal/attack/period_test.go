package attack_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/attack"
)

// TestAPeriodInsideAnother: a quarter and the half-year around it, each safe alone, give away together how many came in the other quarter.
func TestAPeriodInsideAnother(t *testing.T) {
	quarter, half := attack.Span{Name: "Q1", From: 1, To: 3}, attack.Span{Name: "H1", From: 1, To: 6}
	try := func(spans []attack.Span, counts map[string][2]int64) *attack.Report {
		t.Helper()
		tables, err := attack.New(attack.All("sex", "Total", "f", "m"), attack.Periods("period", spans...))
		if err != nil {
			t.Fatal(err)
		}
		for name, n := range counts {
			for i, sex := range []string{"f", "m"} {
				low, high := attack.Rounded(n[i], 3)
				if err := tables.State(attack.Between(low, high, sex, name)); err != nil {
					t.Fatal(err)
				}
			}
		}
		r, err := tables.Run(t.Context(), 3, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	q, h := [2]int64{14, 0}, [2]int64{15, 8}
	if r := try([]attack.Span{quarter}, map[string][2]int64{"Q1": q}); !r.Safe() {
		t.Errorf("the quarter alone: %+v", r)
	}
	if r := try([]attack.Span{half}, map[string][2]int64{"H1": h}); !r.Safe() {
		t.Errorf("the half-year alone: %+v", r)
	}
	r := try([]attack.Span{quarter, half}, map[string][2]int64{"Q1": q, "H1": h})
	if r.Safe() || len(r.Recovered) != 1 || r.Recovered[0].Count != 1 || !slices.Equal(r.Recovered[0].Where, []string{"f", "·4–6"}) {
		t.Errorf("together: %+v", r)
	}
	if r := try([]attack.Span{quarter, half}, map[string][2]int64{"Q1": q, "H1": {18, 8}}); !r.Safe() {
		t.Errorf("together, with three more: %+v", r)
	}
}

// TestPeriodsAddUp: whatever the spans, each is the sum of the stretches in it, and of no others.
func TestPeriodsAddUp(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 1))
	for range 200 {
		var spans []attack.Span
		for i := range 1 + random.IntN(4) {
			from := random.IntN(12)
			spans = append(spans, attack.Span{Name: string(rune('A' + i)), From: from, To: from + random.IntN(12)})
		}
		spans = slices.CompactFunc(spans, func(a, b attack.Span) bool { return a.From == b.From && a.To == b.To })
		people := make([]int64, 24) // that came in each month
		for i := range people {
			people[i] = random.Int64N(4)
		}
		tables, err := attack.New(attack.Periods("period", spans...))
		if err != nil {
			t.Fatal(err)
		}
		sum := func(s attack.Span) (n int64) {
			for m := s.From; m <= s.To; m++ {
				n += people[m]
			}
			return n
		}
		for _, s := range spans {
			if err := tables.State(attack.Exactly(sum(s), s.Name)); err != nil {
				t.Fatal(err)
			}
		}
		r, err := tables.Run(t.Context(), 3, nil)
		if err != nil || r.Against != nil {
			t.Fatalf("%v: true counts contradict each other: %v %+v", spans, err, r)
		}
		for _, f := range r.Recovered {
			if !strings.HasPrefix(f.Where[0], "·") {
				t.Errorf("%v: %v was published and is no finding", spans, f)
			}
		}
	}
}
