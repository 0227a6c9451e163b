package attack_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/attack"
)

func lines(tb testing.TB, path ...string) [][]string {
	tb.Helper()
	f, err := os.Open(filepath.Join(path...))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	return rows[1:]
}

// kingdom is the exact table of the first quarter of 2023, with every sum, counted by a map.
func kingdom(tb testing.TB) (dims []attack.Dimension, cells map[string]int64, keys [][]string) {
	tb.Helper()
	names := [4][]string{}
	cells = map[string]int64{}
	for _, r := range lines(tb, "testdata", "uk-nrm-2023q1.csv") {
		n, err := strconv.ParseInt(r[4], 10, 64)
		if err != nil {
			tb.Fatal(err)
		}
		for mask := range 16 {
			key := slices.Clone(r[:4])
			for i := range key {
				if mask>>i&1 == 1 {
					key[i] = "Total"
				}
			}
			cells[strings.Join(key, "|")] += n
		}
		for i, v := range r[:4] {
			if !slices.Contains(names[i], v) {
				names[i] = append(names[i], v)
			}
		}
	}
	for i, n := range []string{"responder", "exploitation", "age", "gender"} {
		dims = append(dims, attack.All(n, "Total", names[i]...))
	}
	var walk func(key []string)
	walk = func(key []string) {
		if len(key) == len(dims) {
			keys = append(keys, slices.Clone(key))
			return
		}
		for _, a := range dims[len(key)].Answers {
			walk(append(key, a))
		}
	}
	walk(nil)
	return dims, cells, keys
}

// TestAttackRecoversTheKingdomUnderLessThanFive: the table of the United Kingdom, had it been published with "<5" for small counts and nothing more, gives
// every one of them away.
func TestAttackRecoversTheKingdomUnderLessThanFive(t *testing.T) {
	dims, cells, keys := kingdom(t)
	for _, x := range []struct {
		what  string
		shown func(totals int) bool
		least float64
		most  float64
	}{
		{"all 16 margins", func(int) bool { return true }, 1, 1},
		{"tables of three questions and their sums", func(totals int) bool { return totals > 0 }, 1, 1},
		{"tables of three questions without sums", func(totals int) bool { return totals == 1 }, 0.5, 1},
		{"tables of two questions and their sums", func(totals int) bool { return totals > 1 }, 0.5, 1},
		{"tables of two questions without sums", func(totals int) bool { return totals == 2 }, 0.1, 1},
	} {
		tables, err := attack.New(dims...)
		if err != nil {
			t.Fatal(err)
		}
		hidden := map[string]int64{}
		for _, k := range keys {
			totals := 0
			for _, a := range k {
				if a == "Total" {
					totals++
				}
			}
			n := cells[strings.Join(k, "|")]
			if !x.shown(totals) {
				continue
			}
			s := attack.Exactly(n, k...)
			if n > 0 && n < 5 {
				s = attack.Between(1, 4, k...)
				hidden[strings.Join(k, "|")] = n
			}
			if err := tables.State(s); err != nil {
				t.Fatal(err)
			}
		}
		report, err := tables.Run(t.Context(), 5, nil)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, f := range report.Recovered {
			key := strings.Join(f.Where, "|")
			if cells[key] != f.Count {
				t.Errorf("%s: %v is said to be %d and is %d", x.what, f.Where, f.Count, cells[key])
			}
			if _, ok := hidden[key]; ok {
				found++
			}
		}
		share := float64(found) / float64(len(hidden))
		t.Logf("%s: %d of %d hidden cells recovered (%.1f %%), by bounds alone %d of %d, %d unproved, %d programs, mean width %.1f", x.what, found, len(hidden), 100*share, report.Bounds, len(report.Recovered), len(report.Unproved), report.Programs, report.Width)
		if share < x.least || share > x.most || report.Safe() {
			t.Errorf("%s: %.3f recovered", x.what, share)
		}
	}
}

// glotip attacks the rows of sex by age of published counts: total, under 18, over 18.
func glotip(t *testing.T, rows [][]string) (hidden, recovered, contradicting int) {
	t.Helper()
	said := map[string]map[string][]string{}
	var order []string
	for _, r := range rows {
		key := strings.Join(r[:3], " ")
		if said[key] == nil {
			said[key] = map[string][]string{}
			order = append(order, key)
		}
		said[key][r[3]] = append(said[key][r[3]], r[4])
	}
	for _, key := range order {
		row := said[key]
		if len(row) != 3 {
			continue // not all are published
		}
		if len(row["Total"]) != 1 { // there are two totals, and who reads does not know which is meant
			for _, values := range row {
				if slices.Contains(values, "<5") {
					hidden++
				}
			}
			continue
		}
		tables, err := attack.New(attack.All("age", "Total", "0 to 17 years", "18 years or over"))
		if err != nil {
			t.Fatal(err)
		}
		mine := 0
		for age, values := range row {
			s := attack.Between(1, 4, age)
			if values[0] == "<5" {
				mine++
			} else {
				n, err := strconv.ParseInt(strings.ReplaceAll(values[0], ",", ""), 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				s = attack.Exactly(n, age)
			}
			if err := tables.State(s); err != nil {
				t.Fatal(err)
			}
		}
		report, err := tables.Run(t.Context(), 5, nil)
		if err != nil {
			t.Fatal(err)
		}
		hidden += mine
		recovered += len(report.Recovered)
		if report.Against != nil {
			contradicting++
		}
	}
	return hidden, recovered, contradicting
}

// TestAttackRecoversPublishedRegionalCells: the figures of eleven countries in the data set of UNODC, where "<5" stands for small counts, from the
// equation total = under 18 + over 18 alone.
func TestAttackRecoversPublishedRegionalCells(t *testing.T) {
	hidden, recovered, contradicting := glotip(t, lines(t, "testdata", "glotip-see-sex-age.csv"))
	t.Logf("eleven countries: %d of %d recovered (%.1f %%), %d rows contradict themselves", recovered, hidden, 100*float64(recovered)/float64(hidden), contradicting)
	if recovered != 47 || hidden < 200 {
		t.Errorf("%d of %d", recovered, hidden)
	}
}

// TestAttackRecoversPublishedCellsOfTheWorld needs the whole file.
func TestAttackRecoversPublishedCellsOfTheWorld(t *testing.T) {
	dir := os.Getenv("OPENTRM_DATA")
	if dir == "" {
		t.Skip("OPENTRM_DATA names no directory of published data sets")
	}
	var rows [][]string
	for _, r := range lines(t, dir, "glotip", "data_glotip.csv") {
		if r[4] == "Detected trafficking victims" && r[5] == "Total" && (r[7] == "Female" || r[7] == "Male") && slices.Contains([]string{"Total", "0 to 17 years", "18 years or over"}, r[8]) {
			rows = append(rows, []string{r[0], r[9], r[7], r[8], r[11]})
		}
	}
	hidden, recovered, contradicting := glotip(t, rows)
	t.Logf("the world: %d of %d recovered (%.1f %%), %d rows contradict themselves", recovered, hidden, 100*float64(recovered)/float64(hidden), contradicting)
	if recovered != 458 || hidden < 3000 {
		t.Errorf("%d of %d", recovered, hidden)
	}
}
