package attack_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/attack"
)

// prime is the field in which equations are solved here: exact, and independent of the programs of the attack.
const prime = 2_147_483_647

func inverse(x int64) int64 {
	out, e := int64(1), int64(prime-2)
	for x %= prime; e > 0; e >>= 1 {
		if e&1 == 1 {
			out = out * x % prime
		}
		x = x * x % prime
	}
	return out
}

// without takes a row, with its pivot, out of another.
func without(v, row []int64, pivot int) {
	if f := v[pivot]; f != 0 {
		for i, x := range row {
			if x != 0 {
				v[i] = (v[i] + (prime-f)*x) % prime
			}
		}
	}
}

// gauss hides cells beside small ones until no small one is a sum of what is shown: secondary suppression by elimination, as others do it (Langsrud).
// Larger cells are shown first.
func gauss(cells map[string]int64, keys [][]string) (hidden map[string]bool) {
	var inner [][]string
	for _, k := range keys {
		if !slices.Contains(k, "Total") && cells[strings.Join(k, "|")] > 0 {
			inner = append(inner, k)
		}
	}
	vector := func(k []string) []int64 {
		v := make([]int64, len(inner))
		for i, in := range inner {
			v[i] = 1
			for d, a := range k {
				if a != "Total" && a != in[d] {
					v[i] = 0
				}
			}
		}
		return v
	}
	hidden = map[string]bool{}
	var small, rest [][]string
	for _, k := range keys {
		switch n := cells[strings.Join(k, "|")]; {
		case n > 0 && n < 5:
			small = append(small, k)
			hidden[strings.Join(k, "|")] = true
		case n >= 5:
			rest = append(rest, k)
		}
	}
	slices.SortStableFunc(rest, func(a, b []string) int { return cmp.Compare(cells[strings.Join(b, "|")], cells[strings.Join(a, "|")]) })
	var secret [][]int64
	for _, k := range small {
		secret = append(secret, vector(k))
	}
	type known struct {
		row   []int64
		pivot int
	}
	var shown []known
	for _, k := range rest {
		v := vector(k)
		for _, s := range shown {
			without(v, s.row, s.pivot)
		}
		pivot := slices.IndexFunc(v, func(x int64) bool { return x != 0 })
		if pivot < 0 {
			continue // it follows from what is shown
		}
		by := inverse(v[pivot])
		for i := range v {
			v[i] = v[i] * by % prime
		}
		next := make([][]int64, len(secret))
		gives := false
		for i, s := range secret {
			next[i] = slices.Clone(s)
			without(next[i], v, pivot)
			gives = gives || !slices.ContainsFunc(next[i], func(x int64) bool { return x != 0 })
		}
		if gives {
			hidden[strings.Join(k, "|")] = true
			continue
		}
		secret = next
		shown = append(shown, known{v, pivot})
	}
	return hidden
}

// TestATellingMarkGivesAway: cells are hidden by elimination, so that no small one follows from what is shown by equations alone. Under one mark for all of
// them, and if a hidden cell could also be 0, the attack recovers none. Where zeros are shown, whoever reads knows that no hidden cell is 0, and
// recovers half; where the small ones are marked "<5", most.
func TestATellingMarkGivesAway(t *testing.T) {
	dims, cells, keys := kingdom(t)
	hidden := gauss(cells, keys)
	for _, x := range []struct {
		what        string
		small       [2]int64 // what the mark of a small cell tells
		other       [2]int64
		least, most float64
	}{
		{"one mark, which may be 0", [2]int64{0, -1}, [2]int64{0, -1}, 0, 0},
		{"one mark, zeros are shown", [2]int64{1, -1}, [2]int64{1, -1}, 0.5, 0.6},
		{"small cells are marked <5", [2]int64{1, 4}, [2]int64{0, -1}, 0.85, 0.95},
		{"small cells are marked <5, others as larger", [2]int64{1, 4}, [2]int64{5, -1}, 0.9, 1},
	} {
		tables, err := attack.New(dims...)
		if err != nil {
			t.Fatal(err)
		}
		small := 0
		for _, k := range keys {
			n := cells[strings.Join(k, "|")]
			s := attack.Exactly(n, k...)
			switch {
			case n > 0 && n < 5:
				small++
				s = attack.Between(x.small[0], x.small[1], k...)
			case hidden[strings.Join(k, "|")]:
				s = attack.Between(x.other[0], x.other[1], k...)
			}
			if err := tables.State(s); err != nil {
				t.Fatal(err)
			}
		}
		report, err := tables.Run(t.Context(), 5, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range report.Recovered {
			if cells[strings.Join(f.Where, "|")] != f.Count {
				t.Errorf("%s: %v is said to be %d", x.what, f.Where, f.Count)
			}
		}
		share := float64(len(report.Recovered)) / float64(small)
		t.Logf("%s: %d hidden beside %d small ones, %d recovered (%.1f %%), %d unproved, %d programs", x.what, len(hidden)-small, small, len(report.Recovered), 100*share, len(report.Unproved), report.Programs)
		if share < x.least || share > x.most {
			t.Errorf("%s: %.3f", x.what, share)
		}
	}
}
