package fold_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/opentrm/opentrm/internal/fold"
)

func TestOneNameHasOneForm(t *testing.T) {
	for _, spellings := range [][]string{
		{"Ѓорѓи Димитриев", "Gjorgji Dimitriev", "GJORGJI DIMITRIEV", "gjorǵi  dimitriev", "Gjorgji-Dimitriev"},
		{"Антонио Милошоски", "Antonio Milošoski", "Antonio Miłoszoski", "Antonio Miloshoski", "ANTONIO MILLOSHOSKI"},
		{"Стеванџија", "Stevandžija", "Stevandzija", "Stevanxhija"},
		{"Балша Божовић", "Balša Božović", "BALSA BOZOVIC", "Balsha Bozhovich"},
		{"Ђорђе", "Đorđe", "Djordje"},
		{"Илия Янев", "Iliya Yanev", "Ilija Janev"},
		{"Цветан", "Tsvetan", "Cvetan"},
		{"Şerban Țepeș", "Serban Tepes", "Şerban Ţepeş"},
		{"İbrahim Yıldız", "Ibrahim Yildiz", "IBRAHIM YILDIZ"},
		{"O’Brien", "O'Brien", "OBrien"},
		{"Khrystyna", "Христина", "Hristina"},
	} {
		want := fold.Words(spellings[0])
		for _, s := range spellings {
			for _, form := range []string{s, norm.NFD.String(s)} {
				if got := fold.Words(form); !slices.Equal(got, want) {
					t.Errorf("%q is folded to %q, and %q to %q", s, got, spellings[0], want)
				}
			}
		}
	}
}

func TestOtherNamesHaveOtherForms(t *testing.T) {
	for _, p := range [][2]string{{"Ана", "Ена"}, {"Petrova", "Petrov"}, {"Marija", "Mara"}, {"Иван", "Јован"}, {"Ana Maria", "Anamaria"}} {
		if slices.Equal(fold.Words(p[0]), fold.Words(p[1])) {
			t.Errorf("%q and %q are one name", p[0], p[1])
		}
	}
	for _, s := range []string{"", " ", "-", "ʼ", "…"} {
		if got := fold.Words(s); len(got) != 0 {
			t.Errorf("%q has the words %q", s, got)
		}
	}
}

func TestDocumentsAreFolded(t *testing.T) {
	for _, s := range []string{"AB 123-456", "ab123456", "АВ 123456", "а.в.123456", "ＡＢ123456"} {
		if got := fold.Document(s); got != "AB123456" {
			t.Errorf("%q is folded to %q", s, got)
		}
	}
	if got := fold.Document("№ -/"); got != "NO" {
		t.Errorf("№ is folded to %q", got)
	}
	if fold.Document("A1") == fold.Document("A2") || fold.Document(" - ") != "" {
		t.Error("two numbers are one, or none is one")
	}
}

// Spellings of members of two parliaments, as one list of names has them: how many pairs of spellings of one person have
// the same words, and whether two people are taken for one.
func TestRealSpellings(t *testing.T) {
	dir := os.Getenv("OPENTRM_DATA")
	if dir == "" {
		t.Skip("OPENTRM_DATA is not set")
	}
	for _, c := range []struct {
		file  string
		least float64 // of the pairs of one person's spellings
		wrong int     // pairs of people with the same words, at most
	}{{"ep_mk.tsv", leastMK, 0}, {"ep_rs.tsv", leastRS, 0}} {
		b, err := os.ReadFile(filepath.Join(dir, "linkage", c.file))
		if err != nil {
			t.Fatal(err)
		}
		people := map[string][]string{}
		owners := map[string]map[string]bool{}
		for line := range strings.Lines(string(b)) {
			who, name, ok := strings.Cut(strings.TrimSpace(line), "\t")
			if !ok {
				continue
			}
			words := fold.Words(name)
			slices.Sort(words)
			key := strings.Join(words, " ")
			people[who] = append(people[who], key)
			if owners[key] == nil {
				owners[key] = map[string]bool{}
			}
			owners[key][who] = true
		}
		pairs, same, wrong := 0, 0, 0
		for _, keys := range people {
			for i := range keys {
				for j := range i {
					pairs++
					if keys[i] == keys[j] {
						same++
					}
				}
			}
		}
		for key, who := range owners {
			if len(who) > 1 {
				wrong++
				t.Logf("%s: %q is %d people", c.file, key, len(who))
			}
		}
		share := float64(same) / float64(max(pairs, 1))
		t.Logf("%s: %d people, %d of %d pairs of spellings (%.3f)", c.file, len(people), same, pairs, share)
		if pairs < 50 || share < c.least || wrong > c.wrong {
			t.Errorf("%s: %.3f of %d pairs, want %.2f; %d pairs of people are one", c.file, share, pairs, c.least, wrong)
		}
	}
}

const (
	leastMK = 0.69
	leastRS = 0.63
)

func FuzzWords(f *testing.F) {
	for _, s := range []string{"Ѓорѓи", "a\xffb", "İ", "xxhh", "1122"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		words := fold.Words(s)
		for _, w := range words {
			if w == "" || !utf8.ValidString(w) || strings.ContainsAny(w, " \n\t") {
				t.Errorf("%q has the word %q", s, w)
			}
		}
		if again := fold.Words(strings.ToUpper(s)); utf8.ValidString(s) && ascii(s) && !slices.Equal(again, words) {
			t.Errorf("%q is %q, in capitals %q", s, words, again)
		}
		_ = fold.Document(s)
	})
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

// What rests in search indexes was folded by these bytes. Whoever wants another result adds a version.
func TestAVersionIsFrozen(t *testing.T) {
	want := map[int64]string{1: "4215a506ff1c8b37fcc04445b483156a27458c88e44e361ece62db14fb0f7c93"}
	for i, f := range fold.All()[:1] { // version 2 has the words of the first, and sounds (TestTheTablesAreFrozen)
		b, err := os.ReadFile(fmt.Sprintf("data/%d.tsv", f.Version))
		if err != nil || f.Version != int64(i+1) {
			t.Fatalf("version %d stands at place %d: %v", f.Version, i, err)
		}
		h := sha256.New()
		for line := range strings.Lines(string(b)) {
			if !strings.HasPrefix(line, "#") {
				h.Write([]byte(line))
			}
		}
		for _, name := range []string{"Ѓорѓи ДИМИТРИЕВ", "Miłosz  O’Brien-İlk", "Анна-Marie Łukasz III", "a1122bb É̱é", "Κώστας Űß", "日本 №5"} {
			h.Write([]byte(strings.Join(f.Words(name), " ") + "\n" + f.Document(name) + "\n"))
		}
		if got := fmt.Sprintf("%x", h.Sum(nil)); got != want[f.Version] {
			t.Errorf("the table or rules of version %d have become %s", f.Version, got)
		}
		if g := fold.New(f.Version, string(b)).Words("Ѓорѓи Šuto"); !slices.Equal(g, f.Words("Ѓорѓи Šuto")) {
			t.Errorf("version %d is not what stands in its table: %q", f.Version, g)
		}
	}
	if n := fold.Newest().Version; n != int64(len(want))+1 {
		t.Errorf("the newest is %d", n)
	}
}

func TestAnotherTableIsAnotherVersion(t *testing.T) {
	next := fold.New(2, "letter\ty\ti\nletter\tw\tv\ngroup\tph\tf\n# no line\nletter\tq\n")
	if got := next.Words("Sophy Wylde-Aqua"); !slices.Equal(got, []string{"sofi", "vilde", "aqua"}) || next.Version != 2 || next.Document("a-1") != "A1" {
		t.Errorf("folded to %q by version %d", got, next.Version)
	}
}
