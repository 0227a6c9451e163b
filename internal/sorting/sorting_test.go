package sorting_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/sorting"
)

// Both do what package slices does.
func TestSortsAsSlices(t *testing.T) {
	type pair struct{ key, n int }
	by := func(a, b pair) int { return cmp.Compare(a.key, b.key) }
	r := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		var all []pair
		for i := range r.IntN(60) {
			all = append(all, pair{r.IntN(9), i})
		}
		want, stable, any := slices.Clone(all), slices.Clone(all), slices.Clone(all)
		slices.SortStableFunc(want, by)
		sorting.Stable(stable, by)
		sorting.By(any, by)
		if !slices.Equal(stable, want) {
			t.Fatalf("%v, want %v", stable, want)
		}
		if !slices.IsSortedFunc(any, by) {
			t.Fatalf("%v", any)
		}
		sorting.Stable(any, func(a, b pair) int { return cmp.Or(by(a, b), cmp.Compare(a.n, b.n)) })
		if !slices.Equal(any, want) {
			t.Fatalf("%v is another list than %v", any, want)
		}
	}
}
