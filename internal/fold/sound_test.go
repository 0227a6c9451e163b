package fold_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fold"
)

func TestHowNamesSound(t *testing.T) {
	for word, want := range map[string]string{
		"Ђорђе": "jorje dorde", "Đorđe": "jorje dorde", "Ćirić": "ciric", "Ћирић": "ciric", "Ciric": "ciric jirik kirij",
		"Μπακογιάννη": "bakoiani bakogiani", "Bakogianni": "bakogiani bakojiani", "Δημητρίου": "dimitriu", "Вучыч": "vucic",
		"Rexhep": "rejep", "Реџеп": "rejep", "Ѓорѓи": "jorji gorgi", "Szilárd": "silard", "Gheorghe": "george", "Щербина": "stervina",
		"Yıldız": "ildiz", "O’Brien": "obrien", "Αχιλλeεας": "ahileas", "2nd": "2nd", "": "", "—": "",
	} {
		if word == "Щербина" {
			want = "sterbina scerbina"
		}
		if got := strings.Join(fold.Sounds(word), " "); got != want {
			t.Errorf("%s sounds like %q, want %q", word, got, want)
		}
	}
}

// What is read has the letters of the sounding alphabet alone, none twice in a row, in at most three ways of which no two are equal.
func FuzzSounds(f *testing.F) {
	for _, s := range []string{"Ђорђе", "Μπακογιάννη", "Gheorghe", "ǅ", "ß", "́", "IIJJ", "ЪЬ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ways := fold.Sounds(s)
		if len(ways) > fold.Readings || len(slices.Compact(slices.Sorted(slices.Values(ways)))) != len(ways) {
			t.Errorf("%q is read as %q", s, ways)
		}
		for _, w := range ways {
			last := rune(0)
			for _, r := range w {
				digit := '0' <= r && r <= '9'
				if !digit && !strings.ContainsRune("abcdefghijklmnoprstuvz", r) && r < 128 || !digit && r == last {
					t.Errorf("%q sounds like %q", s, w)
				}
				last = r
			}
			if len(fold.Skeleton(w)) > len(w) {
				t.Errorf("the skeleton of %q is %q", w, fold.Skeleton(w))
			}
		}
	})
}
