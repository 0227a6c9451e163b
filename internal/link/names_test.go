package link

import (
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// slipped returns a text with n letters put in, left out or written for others.
func slipped(r *rand.Rand, s string, n int) string {
	b := []byte(s)
	for range n {
		c := "abdeiklmnorstuvz"[r.IntN(16)]
		switch at := r.IntN(len(b)); r.IntN(3) {
		case 0:
			b[at] = c
		case 1:
			b = slices.Insert(b, at, c)
		default:
			if len(b) > 3 {
				b = slices.Delete(b, at, at+1)
			}
		}
	}
	return string(b)
}

func inventedName(r *rand.Rand) []string {
	word := func() string {
		var b strings.Builder
		for range 2 + r.IntN(3) {
			b.WriteByte("bdklmnprstvzg"[r.IntN(13)])
			b.WriteByte("aeiou"[r.IntN(5)])
		}
		return b.String()
	}
	var words []string
	for range 1 + r.IntN(4) {
		words = append(words, word())
	}
	return words
}

// Nothing within two letters is missed, whatever the order of the words and however they are parted, and nothing is found as a whole name that is
// farther: against the table written out for every name and order.
func TestNothingNearIsMissed(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	var names Names
	var all [][]string
	for i := range 700 {
		w := inventedName(r)
		if i%3 == 2 { // near another one
			w = slices.Clone(all[r.IntN(len(all))])
			k := r.IntN(len(w))
			w[k] = slipped(r, w[k], 1+r.IntN(2))
		}
		all = append(all, w)
		names.Add(uint64(i), w...)
	}
	found := 0
	for range 60 {
		w := slices.Clone(all[r.IntN(len(all))])
		k := r.IntN(len(w))
		w[k] = slipped(r, w[k], r.IntN(3))
		if len(w) <= 3 {
			r.Shuffle(len(w), func(i, j int) { w[i], w[j] = w[j], w[i] })
		}
		query := strings.Join(w, " ")
		got := map[uint64]int{}
		for _, h := range names.Search(query, len(all)) {
			if h.Whole {
				got[h.ID] = h.Edits
			}
		}
		for i := range all {
			want := reach + 1
			for _, order := range orders(sounding(query)) {
				for _, a := range joined(order) {
					for _, b := range joined(sounding(all[i]...)) {
						want = min(want, plainEdits(a, b))
					}
				}
			}
			d, ok := got[uint64(i)]
			if ok != (want <= reach) || ok && d != want {
				t.Fatalf("%q and %q: %d letters apart, found %v with %d", query, all[i], want, ok, d)
			}
			if ok {
				found++
			}
		}
	}
	if found < 120 {
		t.Errorf("%d found in all, so nothing is shown", found)
	}
}

// A mark never says of two texts within two letters that they are farther apart, and the bits of a machine word count as the table does.
func TestMarksAndColumns(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 11))
	for range 20_000 {
		s := strings.Join(inventedName(r), "")
		if r.IntN(10) == 0 {
			s = strings.Repeat(s, 5)
		}
		a, b := coded(nil, s), coded(nil, slipped(r, s, r.IntN(5)))
		p := probing(a)
		if got, want := p.edits(b), plainEdits(a, b); got != want {
			t.Fatalf("%v and %v: %d, want %d", a, b, got, want)
		} else if x := mark(a) ^ mark(b); want <= reach && popcount(x&mark(a)) > reach {
			t.Fatalf("%v and %v: marks %x and %x", a, b, mark(a), mark(b))
		}
	}
}

func popcount(x uint64) (n int) {
	for x <<= 64 - markBits; x != 0; x &= x - 1 {
		n++
	}
	return n
}

// A person is found by what people type.
func TestSearchOfNames(t *testing.T) {
	var names Names
	for i, w := range [][]string{
		{"Ђорђе", "Измишљеновић"},
		{"Marija Ana", "Fiktivoska"},
		{"Αλεξάνδρα", "Πλαστοπούλου"},
		{"Rexhep", "Trilluari"},
		{"Aleksandar", "Primer"},
		{"Александра", "Примерова"},
		{"", ""},
		{"Anamarija", "Fiktivoska"},
	} {
		names.Add(uint64(i), w...)
	}
	names.Add(0, "Đoka Izmišljenović") // another name of the first
	for query, want := range map[string]string{
		"djordje izmisljenovic": "0", "Izmišljenović": "0", "Izmisljenovic Djorde": "0", "fiktivoska": "1 7", "Plastopoulou Alexandra": "2", "Реџеп Трилуари": "3",
		"Primer Aleksander": "4", "Ana Fiktivoska": "1", "Marija Fiktivovska": "1", "Milena Fiktivoska": "", "": "", "?": "", "Fiktivoska Ana Marija": "1 7",
	} {
		var got []string
		for _, h := range names.Search(query, 10) {
			got = append(got, string(rune('0'+h.ID)))
			if h.Like < 0 || h.Like > 1 {
				t.Errorf("%s: %+v", query, h)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s finds %s, want %s", query, got, want)
		}
	}
	h := names.Search("Djorde Izmisljenovich", 1)[0]
	if got := names.Explain("Djorde Izmisljenovich", h); len(got) != 2 || got[0].Found != "dzordze" || got[1].Edits > 1 {
		t.Errorf("%+v", got)
	}
	if got := names.Search("fiktivoska", 1); len(got) != 1 {
		t.Errorf("%+v", got)
	}
}

// processor returns the seconds of processor time that this process has taken: beside others on the machine the clock says little.
func processor(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// One million names, what is typed two letters off: at most 15 ms of one processor.
func BenchmarkSearch(b *testing.B) {
	r := rand.New(rand.NewPCG(12, 13))
	var names Names
	var some []string
	for i := range 1_000_000 {
		w := inventedName(r)[:1]
		w = append(w, inventedName(r)[0])
		names.Add(uint64(i), w...)
		if i%1000 == 0 {
			some = append(some, slipped(r, w[0], 1)+" "+slipped(r, w[1], 1))
		}
	}
	before, n := processor(b), 0
	for b.Loop() {
		names.Search(some[n%len(some)], 20)
		n++
	}
	b.ReportMetric(1000*(processor(b)-before)/float64(n), "cpu-ms/op")
}
