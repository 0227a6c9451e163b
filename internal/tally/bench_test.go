package tally

import (
	"math/rand/v2"
	"strconv"
	"testing"
)

// million is 1,000,000 rows of 12 columns with 3 to 60 values, some frequent and some rare, as the numbers of docs/statistics.md have them.
func million(tb testing.TB, rows int) *Table {
	tb.Helper()
	sizes := []int{3, 3, 4, 5, 8, 10, 12, 20, 25, 30, 45, 60}
	names := make([]string, len(sizes))
	for i := range names {
		names[i] = "c" + strconv.Itoa(i)
	}
	t, err := New(names...)
	if err != nil {
		tb.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i, n := range sizes {
		c := t.columns[i]
		for v := range n {
			if _, err := c.value("v" + strconv.Itoa(v)); err != nil {
				tb.Fatal(err)
			}
		}
		c.narrow = make([]uint8, rows)
		for j := range rows {
			x := r.Float64()
			c.narrow[j] = uint8(1 + int(x*x*float64(n)))
		}
	}
	t.rows, t.people = rows, int64(rows)
	return t
}

func BenchmarkMarginals(b *testing.B) {
	t := million(b, 1_000_000)
	for k := 1; k <= 3; k++ {
		b.Run(strconv.Itoa(k), func(b *testing.B) {
			cells := 0
			for b.Loop() {
				all, err := t.Marginals(b.Context(), k, nil)
				if err != nil {
					b.Fatal(err)
				}
				cells = 0
				for _, m := range all {
					cells += m.Len()
				}
			}
			b.ReportMetric(float64(cells), "cells")
		})
	}
}
