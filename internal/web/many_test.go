package web_test

import (
	"cmp"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

var among = flag.Int("among", 1000, "how many more cases the desk has whose screens a benchmark asks for")

// BenchmarkScreens asks for every screen of a desk that has -among more cases, and BenchmarkRareScreens for those that few see: each once in
// a round, one after the other, as whoever sees it. They are the pages that axe looks at, so that no page of the map is left out; forms that lead to a screen
// by being sent are not sent again. The table says how long the node took for each, in ms, from the request to the last byte, and how many bytes came, before they
// are compressed. Few rounds say nothing about the slowest of a hundred: -benchtime 100x.
func BenchmarkScreens(b *testing.B) {
	w := webtest.Pair(b)
	all := screens(w, webtest.Opened(b, w.As("ana")))
	crowd(w, *among)
	measured(b, w, all, nil)
}

func BenchmarkRareScreens(b *testing.B) {
	w := webtest.Pair(b)
	all, sent := rare(w, webtest.Opened(b, w.As("ana")))
	crowd(w, *among)
	measured(b, w, all, sent)
}

// crowd opens so many cases of invented people at the desk of ana, by the use-case that people use; every twentieth with a decision.
func crowd(w *webtest.World, cases int) {
	w.T.Helper()
	by, ctx, begin := w.Node.As("ana"), w.T.Context(), time.Now()
	var begun atomic.Int64
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for n := begun.Add(1); n <= int64(cases) && !w.T.Failed(); n = begun.Add(1) {
				who := nobody(n)
				file, err := w.Node.Cases.Open(ctx, by, casefile.Opening{AgeClass: person.Adult, Person: &who})
				if err == nil && n%20 == 0 {
					_, err = w.Node.Cases.Decide(ctx, by, file.ID, casefile.Decision{
						Status: "presumed", Body: "police", Name: "Invented body", Country: "MD", Basis: "Invented act, article 1", Date: "2026-03-02", Informed: true,
					})
				}
				if err != nil {
					w.T.Error(err)
				}
			}
		})
	}
	all.Wait()
	if w.T.Failed() {
		w.T.FailNow()
	}
	// As every day: what was opened since the last search goes into the index with the next one, 0.1 ms a case.
	if _, err := w.Node.Searches.Find(ctx, by, search.Query{Name: "Marija Fiktivna"}); err != nil {
		w.T.Fatal(err)
	}
	w.T.Logf("%d cases opened in %.1f s", cases, time.Since(begin).Seconds())
}

// nobody is an invented person: of thirty given names and nine hundred family names, each made of syllables, in two scripts, born in one of forty years.
func nobody(n int64) person.Person {
	latin, cyrillic := []string{"pro", "ba", "mi", "sli", "ta"}, []string{"про", "ба", "ми", "сли", "та"}
	word := func(of []string, n int64, syllables int) string {
		out := ""
		for range syllables {
			out, n = out+of[n%5], n/5
		}
		return strings.ToUpper(out[:len(of[0])/3]) + out[len(of[0])/3:]
	}
	name := func(script, language string, of []string) person.Name {
		return person.Name{
			Use: person.Registered, Script: script, Language: language,
			Parts: []person.NamePart{{Kind: person.GivenName, Text: word(of, n%30, 3)}, {Kind: person.Surname, Text: word(of, n/30%900, 5)}},
		}
	}
	return person.Person{
		Names: []person.Name{name("Latn", "ro", latin), name("Cyrl", "mk", cyrillic)},
		Birth: person.Say(person.Birth{Year: 1960 + int(n*7%40), Margin: 1}), Age: person.Say(person.Adult), Sex: person.Say(person.Female),
		Citizenships: person.Say([]string{"MD"}),
		Contacts:     []person.Contact{{Way: person.Telephone, Address: fmt.Sprintf("+1555%07d", n), Safety: person.Safe}},
	}
}

// seen is how long one screen took each time.
type seen struct {
	screen

	took  []time.Duration
	bytes int
}

// measured asks for all screens, once in a round, and prints the table.
func measured(b *testing.B, w *webtest.World, all []screen, sent map[string]after) {
	b.Helper()
	people := map[string]*webtest.Somebody{"": w.Stranger()}
	var table []seen
	for _, s := range all {
		if _, form := sent[s.name]; form {
			continue
		}
		if people[s.login] == nil {
			people[s.login] = w.As(s.login)
		}
		table = append(table, seen{screen: s})
	}
	round := 0
	for b.Loop() {
		round++
		for i := range table {
			p := people[table[i].login]
			p.From = fmt.Sprintf("10.%d.%d.1:4000", 100+round%100, i%250)
			begin := time.Now()
			a := p.Do(http.MethodGet, table[i].path, nil)
			table[i].took = append(table[i].took, time.Since(begin))
			table[i].bytes = max(table[i].bytes, len(a.Body))
			if a.Status >= http.StatusInternalServerError || a.Status == http.StatusTooManyRequests {
				b.Fatalf("%s: %d", table[i].name, a.Status)
			}
		}
	}
	late := func(x seen, percent int) float64 {
		slices.Sort(x.took)
		return float64(x.took[min(len(x.took)*percent/100, len(x.took)-1)]) / 1e6
	}
	slices.SortFunc(table, func(x, y seen) int { return cmp.Compare(late(y, 95), late(x, 95)) })
	var text strings.Builder
	fmt.Fprintf(&text, "%d screens, %d times each\n| screen | seen by | median | 95 %% | 99 %% | bytes |\n|---|---|--:|--:|--:|--:|\n", len(table), round)
	for _, x := range table {
		fmt.Fprintf(&text, "| `%s` | %s | %.1f | %.1f | %.1f | %d |\n", x.name, cmp.Or(x.login, "anybody"), late(x, 50), late(x, 95), late(x, 99), x.bytes)
	}
	fmt.Print(text.String()) // whole: what a benchmark logs is cut after ten lines
	b.ReportMetric(late(table[0], 95), "ms-slowest")
	b.ReportMetric(late(table[len(table)/2], 95), "ms-middle")
	b.ReportMetric(float64(len(table)), "screens")
}
