package link

import (
	"math/rand/v2"
	"testing"

	"github.com/opentrm/opentrm/internal/fold"
)

// One name in the scripts and spellings in which it is met is one name; names of other people are not.
func TestNamesAcrossScripts(t *testing.T) {
	table := New(nil)
	named := func(s string) name { return table.name(fold.SoundWords(s)) }
	for _, c := range []struct {
		a, b string
		most uint8
		want bool // at most that level, or above it
	}{
		{"Ђорђе Ћирић", "Djordje Ciric", same, true},
		{"Đorđe Ćirić", "Ђорђе Ћирић", same, true},
		{"Ciric Djordje", "Ђорђе Ћирић", same, true},
		{"Вучиќ", "Vučić", same, true},
		{"Redžep", "Rexhep", same, true},
		{"Гоце Николовски", "Goce Nikolovski", same, true},
		{"Εμίλ Ντιμιτρίεφ", "Emil Dimitriev", close93, true},
		{"Μπακογιάννη", "Bakogianni", same, true},
		{"Георги Георгиев", "Georgi Georgiev", same, true},
		{"Олександр", "Oleksandr", same, true},
		{"Gheorghe Ștefănescu", "Георге Штефанеску", close93, true},
		{"Ahmet Şahin", "Ахмет Шахин", same, true},
		{"Marija Ana Novak", "Marija Novak", close86, true},
		{"Jovan Jovanović", "Marko Petrović", close75, false},
		{"Ivan", "Elena", close75, false},
	} {
		a, b := named(c.a), named(c.b)
		got, back := table.alike(&a, &b), table.alike(&b, &a)
		if got <= c.most != c.want || got != back {
			t.Errorf("%s and %s: level %d, and %d the other way round", c.a, c.b, got, back)
		}
	}
}

// plainJaro is the definition, letter by letter.
func plainJaro(a, b string) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	window := max(len(b)/2-1, 0)
	used := make([]bool, len(b))
	var x, y []byte
	for i := range len(a) {
		for j := max(0, i-window); j < min(len(b), i+window+1); j++ {
			if !used[j] && a[i] == b[j] {
				used[j] = true
				x = append(x, a[i])
				break
			}
		}
	}
	for j, u := range used {
		if u {
			y = append(y, b[j])
		}
	}
	if len(x) == 0 {
		return 0
	}
	moved := 0
	for i := range x {
		if x[i] != y[i] {
			moved++
		}
	}
	m := float64(len(x))
	return (m/float64(len(a)) + m/float64(len(b)) + (m-float64(moved/2))/m) / 3
}

// The measure by bits is that of the definition, the same both ways, and never above its bound.
func TestLikenessIsThatOfTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	word := func() string {
		b := make([]byte, 1+r.IntN(longest))
		for i := range b {
			b[i] = "abcdefgo1"[r.IntN(9)]
		}
		return string(b)
	}
	for range 20_000 {
		s, u := word(), word()
		a, b := ready(s), ready(u)
		got, want := jaro(&a, &b), plainJaro(s, u)
		if d := got - want; d > 1e-12 || d < -1e-12 {
			t.Fatalf("%s and %s: %v, want %v", s, u, got, want)
		}
		like, back := likeness(&a, &b), likeness(&b, &a)
		if d := like - back; d > 1e-12 || d < -1e-12 || like > atMost(&a, &b)+1e-12 || like > 1 {
			t.Fatalf("%s and %s: %v, back %v, at most %v", s, u, like, back, atMost(&a, &b))
		}
	}
}

func TestDatesOfBirth(t *testing.T) {
	at := func(s string) *day {
		d, ok := parseDay(s)
		if !ok {
			t.Fatalf("%s is no date", s)
		}
		return &d
	}
	for _, s := range []string{"", "x", "31.12.", "1.2.3.4", "1700-01-01", "99999999999"} {
		if d, ok := parseDay(s); ok {
			t.Errorf("%q is read as %v", s, d)
		}
	}
	for _, c := range []struct {
		a, b      string
		estimated bool
		want      uint8
	}{
		{"2001-02-03", "20010203", false, daySame},
		{"2001-02-03", "3.2.2001", false, daySame},
		{"2001-02-03", "2001-03-02", false, daySwapped},
		{"2001-02-03", "2001-02-08", false, dayDigit},
		{"2001-02-03", "2001-02-18", false, dayYearAndOne},
		{"2001-02-03", "1994-02-03", false, dayMonthAndDay},
		{"2001-02-03", "2001", false, dayYearPart},
		{"2001-02-03", "2001-11-28", false, dayYear},
		{"2001", "2002", false, dayNextYear},
		{"2001", "2003", true, dayNearYear},
		{"2001", "2003", false, dayDiffer},
		{"2001-02-03", "1987-11-28", false, dayDiffer},
	} {
		if got, back := days(at(c.a), at(c.b), c.estimated), days(at(c.b), at(c.a), c.estimated); got != c.want || back != got {
			t.Errorf("%s and %s: %d, and %d the other way round, want %d", c.a, c.b, got, back, c.want)
		}
	}
}

func FuzzParseDay(f *testing.F) {
	f.Add("2001-02-03")
	f.Add("~1999")
	f.Fuzz(func(t *testing.T, s string) {
		if d, ok := parseDay(s); ok && (d.year < 1850 || d.year > 2100 || days(&d, &d, false) > dayYearPart) {
			t.Errorf("%q: %v", s, d)
		}
	})
}
