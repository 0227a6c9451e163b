package link

import (
	"fmt"
	"math/rand/v2"
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
