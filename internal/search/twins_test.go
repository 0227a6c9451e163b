package search

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// What two records say is the same in either order, and a pair is found whichever of the two is asked about, in one go or in steps.
func TestTwinsAreFoundFromEitherSide(t *testing.T) {
	given := map[id.Case]bool{"a": true, "b": true, "c": true, "d": true, "e": true}
	r := inMemory(
		t,
		named("a", person.Birth{Year: 1999, Month: 5, Day: 17}, "", "Демона Измислена", "Demona Petrova"),
		named("b", person.Birth{Year: 1999, Month: 5, Day: 11}, "", "Petrva Demona Stojanova"),
		namedBy(fold.All()[0], "c", person.Birth{Year: 1978}, "ZZ99999", "Nekoja Druga"),
		named("d", person.Birth{Year: 1978}, "ZZ 99999", "Sosema Poinaku"),
		named("e", person.Birth{Year: 2010}, "", "Demona Petrova"),
		named("hers-not", person.Birth{Year: 1999, Month: 5, Day: 17}, "ZZ99999", "Demona Petrova"),
	)
	want := "[a b 18] [c d 14]"
	show := func(all []Pair) (out string) {
		for _, p := range all {
			out += fmt.Sprintf(" [%s %s %v]", p.A, p.B, p.Bits)
		}
		return out
	}
	order := slices.Sorted(maps.Keys(given))
	if got, n := r.twins(given, order, mostWork); show(got) != " "+want || n != len(order) {
		t.Errorf("%s of %d, want %s", show(got), n, want)
	}
	for _, c := range []id.Case{"a", "b"} {
		if got, _ := r.twins(given, []id.Case{c}, mostWork); show(got) != " [a b 18]" {
			t.Errorf("from %s: %s", c, show(got))
		}
	}
	l := &comparing{r: r, words: map[string]*readings{}}
	all := l.records(given)
	for i := range all {
		for j := range all {
			x, y := l.compare(&all[i], &all[j]), l.compare(&all[j], &all[i])
			if Mark(x) != Mark(y) {
				t.Errorf("%s and %s: %v, the other way round %v", all[i].c, all[j].c, x, y)
			}
		}
	}
}

// However many sound alike, a look gives the twenty likest of each, and the one who has the same document is among them although hundreds stand
// before her.
func TestALookIsShortHoweverManySoundAlike(t *testing.T) {
	given := map[id.Case]bool{}
	var all []Record
	for n := range 700 {
		c := id.Case(fmt.Sprintf("c%03d", n))
		number := ""
		if n == 0 || n == 699 {
			number = "ZZ99999"
		}
		given[c] = true
		all = append(all, named(c, person.Birth{Year: 1999}, number, "Demona Petrova Izmislena"))
	}
	r := inMemory(t, all...)
	got, _ := r.twins(given, []id.Case{"c000"}, mostWork)
	if len(got) != mostAlike || got[0].A != "c000" || got[0].B != "c699" {
		t.Errorf("%d pairs, the first %+v", len(got), got[0])
	}
	// It ends with the case at which it is when it has cost enough, and gives of each case that it came to what a look at that case alone gives.
	order := slices.Sorted(maps.Keys(given))
	some, n := r.twins(given, order, 20_000)
	if n < 5 || n > 50 {
		t.Errorf("it came to %d cases", n)
	}
	apart := map[[2]id.Case]Pair{}
	for _, c := range order[:n] {
		one, _ := r.twins(given, []id.Case{c}, mostWork)
		for _, p := range one {
			apart[[2]id.Case{p.A, p.B}] = p
		}
	}
	if len(apart) != len(some) {
		t.Errorf("%d pairs in one go, %d one by one", len(some), len(apart))
	}
	if _, n := r.twins(given, order, 0); n != 1 {
		t.Errorf("it came to %d cases, and must come to one", n)
	}
}

// Evidence is the same in either order, whoever the two are.
func TestEvidenceIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		anybody := func(label string) person.Person {
			p := person.Person{}
			for _, n := range rapid.SliceOfN(rapid.StringMatching(`[abdš]{1,5} [abdš]{1,5}( [abd]{1,4})?`), 0, 3).Draw(t, label) {
				p.Names = append(p.Names, person.Name{Parts: []person.NamePart{{Kind: person.WholeName, Text: n}}})
			}
			if rapid.Bool().Draw(t, label+" born") {
				p.Birth = person.Say(person.Birth{Year: rapid.IntRange(1998, 2001).Draw(t, label+" year"), Month: rapid.IntRange(0, 2).Draw(t, label+" month"), Margin: rapid.IntRange(0, 2).Draw(t, label+" margin")})
			}
			return p
		}
		a, b := anybody("a"), anybody("b")
		if x, y := Compare(a, b), Compare(b, a); total(x) != total(y) || Mark(x) != Mark(y) {
			t.Fatalf("%v and %v", x, y)
		}
	})
}

func TestPersons(t *testing.T) {
	for _, c := range []struct {
		cases     int
		pairs     []Pair
		low, high int
	}{
		{0, nil, 0, 0},
		{5, nil, 5, 5},
		{5, []Pair{{A: "a", B: "b", Bits: 40}}, 4, 4},
		{5, []Pair{{A: "a", B: "b", Bits: 10}}, 4, 5},
		{5000, []Pair{{A: "a", B: "b", Bits: 40}, {A: "b", B: "c", Bits: 39}, {A: "a", B: "c", Bits: 38}, {A: "d", B: "e", Bits: 10}}, 4997, 4998},
	} {
		if low, high := Persons(c.cases, c.pairs); low != c.low || high != c.high {
			t.Errorf("%d cases, %v: %d to %d, want %d to %d", c.cases, c.pairs, low, high, c.low, c.high)
		}
	}
}

// BenchmarkTwins is one look at a thousand of twenty thousand cases: all of one invented name and telephone, which is the worst case, or of a thousand
// names in a vocabulary of many more. It says with how many cases it came to an end.
func BenchmarkTwins(b *testing.B) {
	for _, x := range []struct {
		name         string
		first, other int
	}{{"one name", 1, 1}, {"a thousand names", 40, 1000}, {"as many names as cases", 2000, 20_000}} {
		b.Run(x.name, func(b *testing.B) {
			given, all := map[id.Case]bool{}, []Record{}
			for n := range 20_000 {
				c, number := id.Case(fmt.Sprintf("c%05d", n)), ""
				if x.other == 1 {
					number = "ZZ99999"
				}
				given[c] = true
				all = append(all, named(c, person.Birth{Year: 1970 + n%30}, number, syllables(n%x.first, 2)+" "+syllables(n%x.other*7919, 4)))
			}
			r := inMemory(b, all...)
			order := slices.Sorted(maps.Keys(given))[:1000]
			n := 0
			for b.Loop() {
				_, n = r.twins(given, order, mostWork)
			}
			b.ReportMetric(float64(n), "cases")
		})
	}
}

func syllables(n, many int) (w string) {
	for range many {
		w += string("bdfgklmnprstvz"[n%14]) + string("aeiou"[n/14%5])
		n = n/70 + n%70*31
	}
	return w
}
