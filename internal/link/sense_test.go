package link

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// registers invents records of n persons, some of them in two registers, with slips.
func registers(r *rand.Rand, n int) (columns []Column, rows [][]string, who []int) {
	columns = []Column{{"g", Given}, {"f", Family}, {"p", Father}, {"b", Birth}, {"s", Sex}, {"c", Code}, {"t", Place}, {"d", Number}}
	for person := range n {
		x := inventedName(r)
		row := []string{
			x[0], strings.Join(inventedName(r)[:1], ""), inventedName(r)[0], fmt.Sprintf("%d-%02d-%02d", 1970+r.IntN(45), 1+r.IntN(12), 1+r.IntN(28)),
			"mf"[r.IntN(2):][:1], []string{"RS", "MK", "AL"}[r.IntN(3)], inventedName(r)[0], fmt.Sprint(100000 + r.IntN(900000)),
		}
		for range 1 + r.IntN(2) {
			again := append([]string(nil), row...)
			for k := range again {
				switch {
				case r.IntN(6) == 0:
					again[k] = ""
				case r.IntN(6) == 0 && (k < 3 || k == 6):
					again[k] = slipped(r, again[k], 1)
				}
			}
			if r.IntN(12) == 0 {
				again[0], again[1] = again[1], again[0]
			}
			rows, who = append(rows, again), append(who, person)
		}
	}
	return columns, rows, who
}

func trained(t *testing.T, columns []Column, rows [][]string) *compare {
	t.Helper()
	table := New(columns)
	for _, r := range rows {
		table.Add(r)
	}
	c := table.compare()
	c.learn()
	c.ready()
	return c
}

// Two records are as alike as they are the other way round, bit by bit.
func TestComparingIsSymmetric(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	columns, rows, _ := registers(r, 600)
	c := trained(t, columns, rows)
	w := newWorker()
	for range 200_000 {
		i, j := r.IntN(len(rows)), r.IntN(len(rows))
		if i == j {
			continue
		}
		p, q := c.pair(w, i, j), c.pair(w, j, i)
		if a, b := c.bits(i, j, p), c.bits(j, i, q); p != q || a != b {
			t.Fatalf("%q and %q: %x %v, and %x %v the other way round", rows[c.order[i]], rows[c.order[j]], p, a, q, b)
		}
	}
}

// More likeness never says less: of every pair, every name, text and code that is made liker by one level leaves the evidence as it is or
// raises it, also where the values are frequent, and where what siblings share is bounded.
func TestEvidenceRisesWithLikeness(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 24))
	columns, rows, _ := registers(r, 600)
	c := trained(t, columns, rows)
	w, shown := newWorker(), 0
	for range 50_000 {
		i, j := r.IntN(len(rows)), r.IntN(len(rows))
		p := c.pair(w, i, j)
		for k := range c.slots {
			l := p.at(k)
			if l < 2 || c.slots[k].kind == Birth || c.slots[k].kind == swapped || k == c.group {
				continue
			}
			liker := p - pattern(1)<<(4*k)
			if a, b := c.bits(i, j, p), c.bits(i, j, liker); b < a-1e-9 {
				t.Fatalf("%s level %d: %v bits, and %v one level liker", c.slots[k].name, l, a, b)
			}
			shown++
		}
	}
	if shown < 50_000 {
		t.Errorf("%d steps shown", shown)
	}
}

// Weights that rise where they should fall are given the mean of their neighbours, and the rest stay.
func TestWeightsFall(t *testing.T) {
	for _, c := range [][2][]float64{
		{{5, 3, 1, -2}, {5, 3, 1, -2}},
		{{5, 1, 3, -2}, {5, 2, 2, -2}},
		{{1, 2, 3, 4}, {2.5, 2.5, 2.5, 2.5}},
		{{4, 6, 1, 3}, {5, 5, 2, 2}},
	} {
		got := append([]float64(nil), c[0]...)
		falling(got, []float64{.25, .25, .25, .25})
		for k := range got {
			if d := got[k] - c[1][k]; d > 1e-12 || d < -1e-12 {
				t.Errorf("%v falls as %v, want %v", c[0], got, c[1])
				break
			}
		}
	}
	got := []float64{5, 1, 3}
	if falling(got, []float64{.2, .6, .2}); got[1] < 1.49 || got[1] > 1.51 || got[2] != got[1] {
		t.Errorf("%v: a level that chance brings more often counts more", got)
	}
}

// In a block that is too large to compare everybody with everybody, it does not matter either who came first.
func TestLargeBlocksDoNotDependOnTheOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(27, 28))
	var rows [][]string
	for range 900 { // half of the family names are the same, and there are three dates
		row := []string{inventedName(r)[0], []string{"Primer", inventedName(r)[0]}[r.IntN(2)], fmt.Sprintf("199%d-01-01", r.IntN(3)), inventedName(r)[0]}
		rows = append(rows, row, slices.Clone(row))
		if r.IntN(2) == 0 {
			rows[len(rows)-1][3] = slipped(r, row[3], 1)
		}
	}
	columns := []Column{{"g", Given}, {"f", Family}, {"b", Birth}, {"t", Place}}
	run := func(order []int) map[[2]int]float64 {
		table := New(columns)
		for _, i := range order {
			table.Add(rows[i])
		}
		res, err := Run(t.Context(), table, Least{Review: .01, Join: .5}, func(string, int, int) {})
		if err != nil {
			t.Fatal(err)
		}
		found := map[[2]int]float64{}
		for _, p := range res.Pairs {
			a, b := order[p.A], order[p.B]
			found[[2]int{min(a, b), max(a, b)}] = p.Bits
		}
		return found
	}
	straight := make([]int, len(rows))
	for i := range straight {
		straight[i] = i
	}
	first, second := run(straight), run(r.Perm(len(rows)))
	// Records that hold the same may stand in for each other, so pairs are counted by what they hold.
	held := func(found map[[2]int]float64) map[string]int {
		n := map[string]int{}
		for p, bits := range found {
			a, b := strings.Join(rows[p[0]], "|"), strings.Join(rows[p[1]], "|")
			n[fmt.Sprint(min(a, b), max(a, b), bits)]++
		}
		return n
	}
	if a, b := held(first), held(second); !maps.Equal(a, b) || len(a) < 100 {
		t.Errorf("%d and %d kinds of pairs, and not the same", len(a), len(b))
	}
}

// Brothers and sisters share a family name, a father and a place, however rare these are, and are not taken for one person by that: what the three
// say together is bounded, and the explanation has a line for it.
func TestSiblingsAreNotOnePerson(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 26))
	columns, rows, _ := registers(r, 1500)
	n := len(rows)
	rows = append(rows,
		[]string{"Milunka", "Vrzogrljanski", "Skorodumije", "1991-02-03", "f", "RS", "Zabrdžani Donji", ""},
		[]string{"Radosava", "Vrzogrljanski", "Skorodumije", "1994-10-21", "f", "RS", "Zabrdžani Donji", ""})
	table := New(columns)
	for _, row := range rows {
		table.Add(row)
	}
	res, err := Run(t.Context(), table, Least{Review: .01, Join: .5}, func(string, int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	if res.Cluster[n] == res.Cluster[n+1] {
		t.Error("sisters share a group")
	}
	shared, bounded := 0.0, 0.0
	for _, e := range res.Explain(n, n+1) {
		switch {
		case e.Kind == "bounded":
			bounded = e.Bits
		case e.Kind == Family || e.Kind == Father || e.Kind == Place:
			shared += e.Bits
		}
	}
	if shared <= siblings || shared+bounded > siblings+1e-9 || bounded >= 0 {
		t.Errorf("what sisters share says %.1f bits, %.1f taken off", shared, bounded)
	}
}
