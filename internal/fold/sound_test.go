package fold_test

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fold"
)

var writeVectors = flag.Bool("vectors", false, "write the readings of spec/testdata/fold anew")

const vectors = "../../spec/testdata/fold"

// frozen are the digests of the tables of version 1.0. They never change: what rests or travels was made by them (spec/fold.md 6).
var frozen = map[string]string{
	"data/sound-1.tsv":  "6699538f8f14db209ce472450ab4f78be981b56a541700619a0e739634b4d44b",
	"data/ending-1.tsv": "d849de957aba352ca0966783305bf03ce7ed3ec14c17be29d403dcc3a3bbf068",
}

func TestTheTablesAreFrozen(t *testing.T) {
	for file, want := range frozen {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("%s has the digest %s, and not that of version 1.0: what was made by it would not be found again; write version 2 beside it", file, got)
		}
	}
}

// lines returns the lines of a file of vectors, parted at tabs.
func lines(t *testing.T, file string) [][]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(vectors, file))
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for line := range strings.Lines(string(b)) {
		if !strings.HasPrefix(line, "#") {
			out = append(out, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
		}
	}
	return out
}

// TestVectorsOfReadings runs spec/testdata/fold/readings.tsv: language, word, its readings, the root and the skeleton of the first.
func TestVectorsOfReadings(t *testing.T) {
	var again strings.Builder
	again.WriteString("# language\tword\treadings\troot and skeleton of the first\n")
	for _, l := range lines(t, "readings.tsv") {
		ways := fold.Sounds(l[1])
		first := ""
		if len(ways) > 0 {
			first = ways[0]
		}
		now := strings.Join([]string{l[0], l[1], strings.Join(ways, " "), fold.Root(first), fold.Skeleton(first)}, "\t")
		again.WriteString(now + "\n")
		if !*writeVectors && now != strings.Join(l, "\t") {
			t.Errorf("%s, want %s", now, strings.Join(l, "\t"))
		}
	}
	if *writeVectors {
		if err := os.WriteFile(filepath.Join(vectors, "readings.tsv"), []byte(again.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// share reports whether two names have as many words, and each a reading in common with the other's.
func share(a, b [][]string) bool {
	if len(a) != len(b) || len(a) == 0 {
		return false
	}
	for i := range a {
		if !slices.ContainsFunc(a[i], func(s string) bool { return slices.Contains(b[i], s) }) {
			return false
		}
	}
	return true
}

// A name and its romanisation by the rules of its country sound alike, in one of their readings.
func TestVectorsOfRomanisation(t *testing.T) {
	for _, l := range lines(t, "romanised.tsv") {
		if a, b := fold.SoundWords(l[2]), fold.SoundWords(l[3]); !share(a, b) {
			t.Errorf("%s by %s: %s %q, %s %q", l[0], l[1], l[2], a, l[3], b)
		}
	}
}

// Frequent names of countries, as they are written there and as somebody else romanised them: none of them was looked at one by one when the
// table was written, but for those that this printed.
func TestFrequentNamesAndTheirRomanisation(t *testing.T) {
	dir := os.Getenv("OPENTRM_DATA")
	if dir == "" {
		t.Skip("OPENTRM_DATA is not set")
	}
	alike, all := 0, 0
	for file, at := range map[string]int{"common-forenames-by-country.csv": 10, "common-surnames-by-country.csv": 4} {
		f, err := os.Open(filepath.Join(dir, "gazetteer", file))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if r[at+1] == "" || r[at] == r[at+1] || !slices.Contains(strings.Fields("GR CY BG RU BY MK RS ME KZ KG"), r[0]) {
				continue
			}
			all++
			if share(fold.SoundWords(r[at]), fold.SoundWords(r[at+1])) {
				alike++
			} else {
				t.Log(r[0], r[at], r[at+1])
			}
		}
	}
	t.Logf("%d of %d share a reading", alike, all)
	if float64(alike) < .93*float64(all) || all < 200 {
		t.Errorf("%d of %d share a reading", alike, all)
	}
}

// What was read, read again, is read as itself first; so is the root of it.
func settled(t *testing.T, s string) {
	t.Helper()
	for _, w := range fold.Sounds(s) {
		if again := fold.Sounds(w); len(again) == 0 || again[0] != w {
			t.Errorf("%q is read as %q, and that as %q", s, w, again)
		}
		if root := fold.Root(w); fold.Root(root) != root {
			t.Errorf("the root of %q is %q, and of that %q", w, root, fold.Root(root))
		}
	}
}

func TestWhatWasReadIsReadAsItself(t *testing.T) {
	for _, l := range lines(t, "readings.tsv") {
		settled(t, l[1])
	}
	for _, l := range lines(t, "romanised.tsv") {
		settled(t, l[2])
		settled(t, l[3])
	}
}

// TestTheTableOfSounds holds what spec/fold.md 3 says of every line, so that reading again ends and rule 5 is not needed by most.
func TestTheTableOfSounds(t *testing.T) {
	b, err := os.ReadFile("data/sound-1.tsv")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		from, to, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok || seen[from] {
			t.Errorf("%q has no two parts or stands twice", line)
		}
		seen[from] = true
		ways := strings.Split(to, "|")
		if len(ways) > fold.Readings {
			t.Errorf("%s is read in %d ways", from, len(ways))
		}
		for _, w := range ways {
			if strings.Trim(w, "abcdefghiklmnoprstuvz") != "" {
				t.Errorf("%s is read as %q", from, w)
			}
		}
		if group := strings.TrimPrefix(from, "^"); strings.Trim(group, "abcdefghiklmnoprstuvz") == "" && ways[0] != group && len(ways[0]) >= len(group) {
			t.Errorf("%s is read as %q, which is no shorter", from, ways[0])
		}
	}
}

// What is read has the letters of the sounding alphabet alone, none twice in a row, in at most three ways of which no two are equal, and what
// was read is read as itself.
func FuzzSounds(f *testing.F) {
	for _, s := range []string{"Ђорђе", "Μπακογιάννη", "Gheorghe", "ǅ", "ß", "́", "IIJJ", "ЪЬ", "kkhh", "τσχ", "tsch"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ways := fold.Sounds(s)
		if len(ways) > fold.Readings || len(slices.Compact(slices.Sorted(slices.Values(ways)))) != len(ways) {
			t.Errorf("%q is read as %q", s, ways)
		}
		settled(t, s)
		for _, w := range ways {
			last := rune(0)
			for _, r := range w {
				digit := '0' <= r && r <= '9'
				if !digit && !strings.ContainsRune("abcdefghiklmnoprstuvz", r) && r < 128 || !digit && r == last {
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

// What spec/fold.md leaves to whoever compares is not alike word by word; that the names are found to be of one person all the same is shown
// in package link.
func TestVectorsOfWhatStaysApart(t *testing.T) {
	for _, l := range lines(t, "apart.tsv") {
		if a, b := fold.SoundWords(l[1]), fold.SoundWords(l[2]); share(a, b) {
			t.Errorf("%s: %s and %s sound alike", l[0], l[1], l[2])
		}
	}
}
