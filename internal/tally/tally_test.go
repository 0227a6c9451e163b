package tally_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/tally"
)

// drawn is a table of some rows, equal ones among them, with columns of so many values.
func drawn(tb testing.TB, seed uint64, rows int, sizes ...int) (*tally.Table, [][]string) {
	tb.Helper()
	r := rand.New(rand.NewPCG(seed, 7))
	var names []string
	for i := range sizes {
		names = append(names, "c"+strconv.Itoa(i))
	}
	t, err := tally.New(names...)
	if err != nil {
		tb.Fatal(err)
	}
	var all [][]string
	for range rows {
		row := make([]string, len(sizes))
		for i, n := range sizes {
			if v := int(r.ExpFloat64() * float64(n) / 4); v > 0 && v <= n {
				row[i] = strconv.Itoa(v)
			}
		}
		n := uint32(1)
		if seed%2 == 1 {
			n = r.Uint32N(4)
		}
		if err := t.Add(n, row...); err != nil {
			tb.Fatal(err)
		}
		for range n {
			all = append(all, row)
		}
	}
	return t, all
}

// naive counts a table as nobody could count it wrong.
func naive(rows [][]string, columns []int) map[string]int64 {
	out := map[string]int64{}
	for _, row := range rows {
		var cell []string
		for _, c := range columns {
			cell = append(cell, row[c])
		}
		out[fmt.Sprintf("%q", cell)]++
	}
	return out
}

func spelled(t *tally.Table, columns []int, codes []uint16) string {
	var cell []string
	for i, c := range columns {
		cell = append(cell, t.Columns()[c].Values[codes[i]])
	}
	return fmt.Sprintf("%q", cell)
}

// TestMarginalsAreThoseOfANaiveCounter: narrow and wide columns, dense and sparse tables, weights, rows that are equal, all lengths.
func TestMarginalsAreThoseOfANaiveCounter(t *testing.T) {
	for i, sizes := range [][]int{{3, 3, 2, 5}, {2, 400, 3, 7, 2}, {1, 2, 3, 4, 5, 6, 7}, {3000, 4000, 2000}, {2}} {
		for seed := range uint64(4) {
			table, rows := drawn(t, seed+uint64(10*i), []int{1500, 40, 1, 3000}[seed], sizes...)
			for k := 1; k <= len(sizes); k++ {
				all, err := table.Marginals(t.Context(), k, nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range all {
					got := map[string]int64{}
					for codes, n := range m.Cells() {
						got[spelled(table, m.Columns, codes)] = n
						if m.At(codes...) != n {
							t.Fatalf("%v: %d at %v", m.Columns, m.At(codes...), codes)
						}
					}
					if d := cmp.Diff(naive(rows, m.Columns), got); d != "" || len(got) != m.Len() {
						t.Fatalf("%v of %v: %s", m.Columns, sizes, d)
					}
				}
				if want := subsets(len(sizes), k); len(all) != want {
					t.Fatalf("%d tables of %d columns, want %d", len(all), k, want)
				}
			}
		}
	}
}

func subsets(n, k int) int {
	if k == 0 || k == n {
		return 1
	}
	return subsets(n-1, k-1) + subsets(n-1, k)
}

// TestFrequentIsThatOfANaiveCounter: every combination that enough people have, once, and no other.
func TestFrequentIsThatOfANaiveCounter(t *testing.T) {
	for seed := range uint64(6) {
		table, rows := drawn(t, seed, 700, 3, 300, 4, 2, 5)
		for _, least := range []int64{1, 2, 10, 200} {
			for k := 1; k <= 5; k++ {
				want := map[string]int64{}
				for mask := 1; mask < 32; mask++ {
					var columns []int
					for c := range 5 {
						if mask>>c&1 == 1 {
							columns = append(columns, c)
						}
					}
					if len(columns) > k {
						continue
					}
					for _, row := range rows {
						cell := ""
						for _, c := range columns {
							if row[c] == "" {
								cell = ""
								break
							}
							cell += strconv.Itoa(c) + "=" + row[c] + " "
						}
						if cell != "" {
							want[cell]++
						}
					}
				}
				for cell, n := range want {
					if n < least {
						delete(want, cell)
					}
				}
				got := map[string]int64{}
				err := table.Frequent(t.Context(), k, least, func(c tally.Combination) error {
					cell := ""
					for i, at := range c.Columns {
						cell += strconv.Itoa(at) + "=" + table.Columns()[at].Values[c.Codes[i]] + " "
					}
					if _, twice := got[cell]; twice {
						t.Errorf("%s twice", cell)
					}
					got[cell] = c.People
					return nil
				})
				if d := cmp.Diff(want, got); err != nil || d != "" {
					t.Fatalf("seed %d, least %d, k %d: %v %s", seed, least, k, err, d)
				}
			}
		}
	}
}

// TestDistinctChangesNoNumber: rows that are equal are one, in the order in which they came first.
func TestDistinctChangesNoNumber(t *testing.T) {
	table, rows := drawn(t, 3, 100_000, 2, 3, 270)
	d := table.Distinct()
	if d.Rows() >= table.Rows()/2 || d.People() != int64(len(rows)) || d.Rows() != d.Marginal(0, 1, 2).Len()+zeros(d) {
		t.Errorf("%d rows of %d people, of %d rows of %d", d.Rows(), d.People(), table.Rows(), len(rows))
	}
	if got := table.Marginal(0, 1, 2); !cmp.Equal(cells(got), cells(d.Marginal(0, 1, 2))) {
		t.Error("other numbers")
	}
	if other, _ := drawn(t, 2, 2000, 900, 900, 900); other.Distinct() != other {
		t.Error("a table of different rows was copied")
	}
}

// zeros are rows that nobody stands behind.
func zeros(t *tally.Table) (n int) {
	for row := range t.Rows() {
		if t.Weight(row) == 0 {
			n++
		}
	}
	return n
}

func cells(m *tally.Marginal) (out []string) {
	for codes, n := range m.Cells() {
		out = append(out, fmt.Sprint(codes, n))
	}
	return out
}

func TestPick(t *testing.T) {
	table, rows := drawn(t, 2, 500, 3, 4, 5)
	p, err := table.Pick("c2", "c0")
	if err != nil || p.Marginal(0, 1).Len() != len(naive(rows, []int{2, 0})) || p.Marginal().At() != int64(len(rows)) {
		t.Error(err)
	}
	if _, err := table.Pick("c7"); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

func TestCountingFails(t *testing.T) {
	table, _ := drawn(t, 2, 500, 3, 4, 5)
	for _, k := range []int{0, 4, -1} {
		if _, err := table.Marginals(t.Context(), k, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("tables of %d columns: %v", k, err)
		}
	}
	if err := table.Frequent(t.Context(), 0, 1, nil); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	if err := table.Frequent(t.Context(), 2, 0, nil); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	wide, err := tally.New(slices.Collect(func(yield func(string) bool) {
		for i := range 60 {
			if !yield(strconv.Itoa(i)) {
				return
			}
		}
	})...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wide.Marginals(t.Context(), 5, nil); !fault.Is(err, fault.TooLarge) {
		t.Error(err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := table.Marginals(over, 2, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	enough := errors.New("enough")
	if err := table.Frequent(t.Context(), 2, 1, func(tally.Combination) error { return enough }); !errors.Is(err, enough) {
		t.Error(err)
	}
	if _, err := tally.New("a", "a"); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}
