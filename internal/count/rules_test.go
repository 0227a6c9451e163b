package count

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/veil"
)

func members(all ...id.Member) []id.Member { return all }

// Two different people are needed for a yes; one no decides.
func TestTwoSayYesAndOneSaysNo(t *testing.T) {
	for _, c := range []struct {
		voices  []Voice
		yes, no bool
	}{
		{nil, false, false},
		{[]Voice{{"a", true, 1}}, false, false},
		{[]Voice{{"a", true, 1}, {"a", true, 2}}, false, false},
		{[]Voice{{"a", true, 1}, {"b", true, 2}}, true, false},
		{[]Voice{{"a", true, 1}, {"b", true, 2}, {"c", false, 3}}, false, true},
		{[]Voice{{"a", false, 1}}, false, true},
	} {
		if yes, no := agreed(c.voices); yes != c.yes || no != c.no {
			t.Errorf("%v: %t %t", c.voices, yes, no)
		}
	}
}

// What is counted is one code on the sheet, and is read again from it; anything else is refused.
func TestAScopeIsOneCode(t *testing.T) {
	s := Scope{Special, Identified, "2026-01-01", "2026-12-31"}
	code, err := s.Code()
	if err != nil || code != "special-identified-20260101-20261231" {
		t.Fatal(code, err)
	}
	if again, err := ScopeOf(code); err != nil || again != s {
		t.Error(again, err)
	}
	for _, bad := range []string{"", "annual", "annual-registered-20260101", "other-registered-20260101-20261231", "annual-other-20260101-20261231", "annual-registered-20261231-20260101", "annual-registered-20260231-20261231", "annual-registered-20260101-20261231-1"} {
		if _, err := ScopeOf(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	in := func(day string) bool {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		return s.Within(frame.At(at))
	}
	if !in("2026-01-01") || !in("2026-12-31") || in("2025-12-31") || in("2027-01-01") {
		t.Error("the first and the last day count, and no other")
	}
}

// At home persons are counted once: by what people have merged and by keys, whatever the order; and how well keys find what people found is measured.
func TestPersonsAreCountedOnceAtHome(t *testing.T) {
	keys := func(given, family string, year int) []veil.Mark {
		return (&veil.Sheet{}).Marks(veil.OfPerson(veil.Person{Given: given, Family: family, Birth: veil.Birth{Year: year, Month: 5, Day: 17}}))
	}
	files := []file{
		{of: "a", in: true, keys: keys("Jana", "Izmislena", 1990)},
		{of: "b", in: true, keys: keys("Јана", "Измислена", 1990)}, // the same, in another script
		{of: "c", in: true, keys: keys("Mara", "Fiktivna", 1985)},
		{of: "c", in: false, keys: keys("Marija", "Druga", 1971)}, // merged by people, and not alike
		{of: "d", in: true}, // nothing is known of her
		{of: "e", in: false, keys: keys("Elira", "Tjeter", 2001)},
		{of: "f", in: true, keys: keys("Zoja", "Treta", 1999)},
		{of: "f", in: false, keys: keys("Zoja", "Treta", 1999)}, // merged, and alike
	}
	for range len(files) {
		files = append(files[1:], files[0])
		got, recall := atHome(slices.Clone(files), 3, 6)
		if len(got) != 4 {
			t.Errorf("%d persons, want Jana, Mara, Zoja and one of whom nothing is known", len(got))
		}
		if recall != (veil.Recall{Found: 1, Of: 2}) {
			t.Errorf("recall %+v", recall)
		}
		for _, e := range got {
			if len(e.Strong) > 3 || len(e.Weak) > 6 {
				t.Errorf("a record has more keys than cells: %d and %d", len(e.Strong), len(e.Weak))
			}
		}
	}
}

// A name that nobody has taken apart has the same keys in either order, and an estimated year no day.
func TestKeysOfAPersonAsSheIsWritten(t *testing.T) {
	name := func(text string) person.Person {
		return person.Person{Names: []person.Name{{Use: person.Registered, Parts: []person.NamePart{{Kind: person.WholeName, Text: text}}}}, Birth: person.Say(person.Birth{Year: 1990, Month: 5, Day: 17})}
	}
	a, b := keysOf(name("Jana Izmislena")), keysOf(name("Izmislena Jana"))
	if sheet := (&veil.Sheet{}); len(a) == 0 || !alike(sheet.Marks(a), sheet.Marks(b)) {
		t.Errorf("%d keys and %d, not alike", len(a), len(b))
	}
	guess := name("Jana Izmislena")
	guess.Birth = person.Say(person.Birth{Year: 1990, Month: 5, Day: 17, Margin: 3})
	for _, k := range keysOf(guess) {
		if k.Template().Strong() {
			t.Errorf("an estimate makes a strong key: %s", k)
		}
	}
	if len(keysOf(person.Person{})) != 0 {
		t.Error("who has no name has keys")
	}
}

// What a desk makes of its cases rests as it was made, and nothing in it can be read; anything else is refused, whatever it is.
func TestSharesRestAsTheyWereMade(t *testing.T) {
	keys := veil.OfPerson(veil.Person{Given: "Jana", Family: "Izmislena", Birth: veil.Birth{Year: 1990, Month: 5, Day: 17}, Place: "Nigdegrad", Nationality: "MK"})
	files := []file{{of: "a", in: true, keys: (&veil.Sheet{}).Marks(keys)}, {of: "b"}, {of: "c", in: true}}
	b := write(nil, files)
	got, err := parseFiles(b)
	if d := cmp.Diff(files, got, cmp.AllowUnexported(file{})); err != nil || d != "" {
		t.Errorf("%v %s", err, d)
	}
	for _, k := range keys {
		if bytes.Contains(b, k.Bytes()) {
			t.Errorf("a key of %s can be read", k)
		}
	}
	for n := range b {
		if cut, err := parseFiles(b[:n]); err == nil && len(cut) == len(files) {
			t.Errorf("cut to %d bytes it is whole", n)
		}
	}
}

func FuzzParseFiles(f *testing.F) {
	f.Add(write(nil, []file{{of: "a", in: true, keys: (&veil.Sheet{}).Marks(veil.OfPerson(veil.Person{Given: "A", Family: "B", Birth: veil.Birth{Year: 1990, Month: 5, Day: 17}}))}, {of: "b"}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if files, err := parseFiles(b); err == nil && !bytes.Equal(write(nil, files), b) {
			t.Errorf("%x is read as what is written otherwise", b)
		}
	})
}
