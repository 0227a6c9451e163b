package link_test

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The number of persons lies where it is said to lie: of the invented persons of the region, of whom other shares are drawn each time, in at least
// nine of ten drawings; and the likeliest number is nearer than that of groups.
func TestHowManyPersons(t *testing.T) {
	columns, rows, truth := labelled(t, "see_multi_12k.csv")
	people := slices.Compact(slices.Sorted(slices.Values(truth)))
	r := rand.New(rand.NewPCG(31, 32))
	const drawings = 20
	inside, nearer := 0, 0
	for range drawings {
		share := .1 + .3*r.Float64()
		in := map[string]bool{}
		for _, p := range people {
			in[p] = r.Float64() < share
		}
		var some [][]string
		there := map[string]bool{}
		for i := range rows {
			if in[truth[i]] {
				some = append(some, rows[i])
				there[truth[i]] = true
			}
		}
		res := compared(t, columns, some)
		low, likeliest, high := res.Persons()
		n := len(there)
		if low <= n && n <= high {
			inside++
		}
		if max(n-likeliest, likeliest-n) <= max(n-res.Groups(), res.Groups()-n) {
			nearer++
		}
		t.Logf("%d records of %d persons: %d groups, likeliest %d, %d to %d", len(some), n, res.Groups(), likeliest, low, high)
		if high-low > n/8 {
			t.Errorf("%d to %d says little", low, high)
		}
	}
	t.Logf("inside in %d of %d drawings, nearer than the groups in %d", inside, drawings, nearer)
	if inside < drawings*9/10 || nearer < drawings*9/10 {
		t.Errorf("inside in %d of %d drawings, nearer in %d", inside, drawings, nearer)
	}
}

// So it does in the files that are used everywhere, of whose persons no share is drawn.
func TestHowManyPersonsInKnownFiles(t *testing.T) {
	for _, file := range []string{"dataset1.csv", "dataset2.csv", "dataset3.csv", "see_multi_12k.csv"} {
		columns, rows, truth := labelled(t, file)
		n := len(slices.Compact(slices.Sorted(slices.Values(truth))))
		low, likeliest, high := compared(t, columns, rows).Persons()
		t.Logf("%s: %d records of %d persons: about %d, %d to %d", file, len(rows), n, likeliest, low, high)
		if low > n || n > high || high-low > n/8 {
			t.Errorf("%s: %d persons, and %d to %d are said", file, n, low, high)
		}
	}
}
