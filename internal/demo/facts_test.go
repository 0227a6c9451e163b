package demo_test

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/stats"
)

func members() []id.Member {
	return []id.Member{"AL", "BA", "BG", "HR", "MD", "ME", "MK", "RO", "RS", "SI", "XK"}
}

func draw(t *testing.T, m id.Member, seed byte) []stats.Fact {
	t.Helper()
	facts, err := demo.Facts(m, rand.NewChaCha8([32]byte{seed}))
	if err != nil {
		t.Fatalf("%s: %v", m, err)
	}
	return facts
}

func rows(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[1:]
}

// The published file is read here once more, in another way than the program reads it: every row of sex and
// age, but for those set aside, is counted again in the facts.
func TestFactsReproduceTheFigures(t *testing.T) {
	aside := map[[4]string]bool{}
	for _, r := range rows(t, "data/set_aside.csv") {
		aside[[4]string{r[0], r[1], r[2], r[3]}] = true
	}
	published := append(rows(t, "data/glotip_2017.csv"), rows(t, "data/invented_xk.csv")...)
	for _, m := range members() {
		for seed := range byte(5) {
			facts := draw(t, m, seed)
			checked := 0
			for _, r := range published {
				if id.Member(r[0]) != m || r[1] != "Total" || aside[[4]string{r[0], r[3], r[4], r[5]}] {
					continue
				}
				checked++
				n := 0
				for _, f := range facts {
					sex := map[string]bool{"Total": true, "Female": f.Sex == stats.Female, "Male": f.Sex == stats.Male, "Other": f.Sex == stats.OtherSex, "Unknown": f.Sex == stats.Unknown}
					age := map[string]bool{"Total": true, "0 to 17 years": f.Age == stats.Child, "18 years or over": f.Age == stats.Adult, "Unknown": f.Age == stats.Unknown}
					if sex[r[3]] && age[r[4]] {
						n++
					}
				}
				if r[5] == "<5" && n <= 4 {
					continue
				}
				if strconv.Itoa(n) != r[5] {
					t.Errorf("%s: %s, %s: %d facts, published %s", m, r[3], r[4], n, r[5])
				}
			}
			if checked < 5 {
				t.Errorf("%s: only %d figures checked", m, checked)
			}
		}
	}
}

func TestFactsReproduceTheForms(t *testing.T) {
	published := append(rows(t, "data/glotip_2017.csv"), rows(t, "data/invented_xk.csv")...)
	for _, m := range members() {
		facts := draw(t, m, 1)
		got := map[stats.Form]int{}
		for _, f := range facts {
			for _, form := range f.Forms {
				got[form]++
			}
		}
		others := []stats.Form{stats.Other, stats.Other2, stats.Other3, stats.Other4}
		sum, open := 0, false
		for _, r := range published {
			if id.Member(r[0]) != m || r[1] == "Total" {
				continue
			}
			form := map[string]stats.Form{"Sexual exploitation": stats.Sexual, "Forced labour": stats.Labour}[r[2]]
			if form == "" {
				form, others = others[0], others[1:]
			}
			n := got[form]
			sum += n
			open = open || r[5] == "<5" && n < 4
			if r[5] == "<5" && (n >= 1 && n <= 4) {
				continue
			}
			if strconv.Itoa(n) != r[5] {
				t.Errorf("%s: %s: %d facts, published %s", m, r[2], n, r[5])
			}
		}
		if want := max(0, len(facts)-sum); got[stats.Unknown] != want || want > 0 && open {
			t.Errorf("%s: %d facts without a known form, want %d (more could be given: %v)", m, got[stats.Unknown], want, open)
		}
	}
}

// Totals that anybody can look up in the publication, so that the file and the test cannot be wrong together.
func TestTotals(t *testing.T) {
	want := map[id.Member]int{"AL": 95, "BA": 83, "BG": 505, "HR": 29, "MD": 249, "ME": 10, "RO": 662, "RS": 21, "SI": 66, "XK": 28}
	for _, m := range members() {
		n := len(draw(t, m, 0))
		if m == "MK" && (n < 1 || n > 4) || m != "MK" && n != want[m] {
			t.Errorf("%s: %d facts, want %d", m, n, want[m])
		}
	}
}

func TestFactsAreComplete(t *testing.T) {
	seen := map[id.Fact]bool{}
	for i, m := range members() {
		for _, f := range draw(t, m, byte(i)) {
			if err := f.Check(); err != nil {
				t.Fatalf("%s: %+v: %v", m, f, err)
			}
			if f.Month.Year() != demo.FiguresYear || seen[f.ID] {
				t.Fatalf("%s: %+v: wrong year, or an identifier that stands twice", m, f)
			}
			seen[f.ID] = true
		}
	}
}

func TestSeedDecides(t *testing.T) {
	a, b, c := draw(t, "RO", 7), draw(t, "RO", 7), draw(t, "RO", 8)
	if d := cmp.Diff(a, b); d != "" {
		t.Error("the same seed gives other facts")
	}
	if cmp.Equal(a, c) {
		t.Error("another seed gives the same facts")
	}
	// The order tells nothing: neighbours differ about as often as chance has it.
	changes := 0
	for i := range a[1:] {
		if a[i].Sex != a[i+1].Sex || a[i].Age != a[i+1].Age {
			changes++
		}
	}
	if changes < len(a)/2 {
		t.Errorf("only %d of %d neighbours differ: facts come in the order in which they were made", changes, len(a))
	}
}

func TestOnlyKosovoIsInvented(t *testing.T) {
	for _, m := range members() {
		f, err := demo.ReadFigures(m)
		if err != nil {
			t.Fatal(err)
		}
		if f.Invented != (m == "XK") {
			t.Errorf("%s: invented is %v", m, f.Invented)
		}
	}
	if _, err := demo.ReadFigures("GR"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a country without figures: %v", err)
	}
}

// Where the publication itself is at hand, the extract is compared with it row by row.
func TestExtractIsAsPublished(t *testing.T) {
	dir := os.Getenv("OPENTRM_DATA")
	if dir == "" {
		t.Skip("OPENTRM_DATA is not set")
	}
	f, err := os.Open(filepath.Join(dir, "glotip", "data_glotip.csv"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the publication is not there")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]string{"ALB": "AL", "BIH": "BA", "BGR": "BG", "HRV": "HR", "MDA": "MD", "MNE": "ME", "MKD": "MK", "ROU": "RO", "SRB": "RS", "SVN": "SI"}
	count := map[[6]string]int{}
	for _, r := range all[1:] {
		form := r[5] == "by form of exploitation" && r[7] == "Total" && r[8] == "Total"
		if m := codes[r[0]]; m != "" && r[4] == "Detected trafficking victims" && r[9] == strconv.Itoa(demo.FiguresYear) && (r[5] == "Total" || form) {
			count[[6]string{m, r[5], r[6], r[7], r[8], r[11]}]++
		}
	}
	for _, r := range rows(t, "data/glotip_2017.csv") {
		count[[6]string(r)]--
	}
	for row, n := range count {
		if n != 0 {
			t.Errorf("%v stands %d times too few in the extract", row, n)
		}
	}
}
