package unseen_test

import (
	"embed"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/chance"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/unseen"
)

// The tables: counts by lists of potential victims in the United Kingdom in 2013 (Home Office 2014, as put together into
// five lists by Silverman 2020), and in New Orleans (Bales, Murphy and Silverman 2020, as put together into five lists).
//
//go:embed testdata/*.csv
var tables embed.FS

func table(t testing.TB, name string) *unseen.Table {
	t.Helper()
	f, err := tables.Open("testdata/" + name + ".csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out, err := unseen.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func answer(t testing.TB, r *unseen.Result, w unseen.Way) unseen.Answer {
	t.Helper()
	for _, a := range r.Answers {
		if a.Way == w {
			return a
		}
	}
	t.Fatalf("%s is not among the answers", w)
	return unseen.Answer{}
}

// TestPublishedEstimatesAreReproduced: what R gave for the same tables (package SparseMSE 2.0.1, and glm over all models), and what the
// Home Office published: 10,000 to 13,000.
func TestPublishedEstimatesAreReproduced(t *testing.T) {
	results := map[string]*unseen.Result{}
	for _, name := range []string{"UKdat_5", "UKdat", "NewOrl_5"} {
		r, err := table(t, name).Estimate(0)
		if err != nil {
			t.Fatal(err)
		}
		results[name] = r
	}
	for _, c := range []struct {
		table             string
		way               unseen.Way
		people, low, high float64
	}{
		{"UKdat_5", unseen.Stepwise, 11313, 9884, 13027},
		{"UKdat_5", unseen.Akaike, 11175, 0, 0},
		{"UKdat_5", unseen.Schwarz, 22991, 0, 0},
		{"UKdat_5", unseen.Average, 18020, 0, 0},
		{"UKdat", unseen.Stepwise, 11418, 9977, 13146},
		{"UKdat", unseen.Main, 12214, 10989, 13621},
		{"NewOrl_5", unseen.Main, 1034, 658, 1709},
		{"NewOrl_5", unseen.Stepwise, 1034, 658, 1709},
	} {
		r := results[c.table]
		a := answer(t, r, c.way)
		if math.Round(a.People) != c.people || c.low > 0 && (math.Abs(a.Intervals[0].Low-c.low) > 0.6 || math.Abs(a.Intervals[0].High-c.high) > 0.6) {
			t.Errorf("%s, %s: %.1f (%.1f to %.1f), R says %v (%v to %v)", c.table, c.way, a.People, a.Intervals[0].Low, a.Intervals[0].High, c.people, c.low, c.high)
		}
		if r.Low > a.People || r.High < a.People {
			t.Errorf("%s: the range %v to %v does not hold %v", c.table, r.Low, r.High, a.People)
		}
	}
}

// TestBootstrapOfTheUnitedKingdom: R gave 8,785 to 14,701 after 391 seconds. Both ends are far out in a distribution with a long tail, where
// 1,000 samples say little: a tenth to either side is allowed.
func TestBootstrapOfTheUnitedKingdom(t *testing.T) {
	start := time.Now()
	r, err := table(t, "UKdat_5").Estimate(1000)
	if err != nil {
		t.Fatal(err)
	}
	a := answer(t, r, unseen.Stepwise)
	i := a.Intervals[1]
	t.Logf("%.0f (%.0f to %.0f) of %d samples; all ways together in %v", a.People, i.Low, i.High, r.Resamples, time.Since(start))
	if i.Kind != unseen.Resampled || math.Abs(i.Low/8785-1) > 0.1 || math.Abs(i.High/14701-1) > 0.1 || r.Resamples != 1000 {
		t.Errorf("%+v of %d samples", i, r.Resamples)
	}
	if !r.Every || r.Models != 1024 || len(r.Apart) != 1 || r.Apart[0] != [2]string{"LA", "GP"} {
		t.Errorf("%+v", r)
	}
	again, err := table(t, "UKdat_5").Estimate(1000)
	if err != nil || !reflect.DeepEqual(r, again) {
		t.Errorf("the same table gave another result: %v", err)
	}
	t.Logf("range of all ways: %.0f to %.0f", r.Low, r.High)
}

// people returns a table of so many persons, each found by each list with the chance of her class.
func people(classes map[int][]uint64, lists string) (*unseen.Table, int) {
	s := chance.Keyed([chance.KeySize]byte{7})
	t := &unseen.Table{Lists: strings.Split(lists, ""), Count: make([]int, 1<<len(lists))}
	all := 0
	for n, finds := range classes {
		all += n
		for range n {
			h := 0
			for j, percent := range finds {
				if s.Bernoulli(percent, 100) {
					h |= 1 << j
				}
			}
			t.Count[h]++
		}
	}
	t.Count[0] = 0
	return t, all
}

// TestClassesFindWhatIsInvented: where everybody is found alike all ways agree with the truth. Where some are found more
// easily than others, the model without pairs says too few, and latent classes hold the truth.
func TestClassesFindWhatIsInvented(t *testing.T) {
	alike, all := people(map[int][]uint64{10_000: {10, 15, 20, 12, 8}}, "ABCDE")
	r, err := alike.Estimate(200)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range r.Answers {
		if math.Abs(a.People/float64(all)-1) > 0.08 {
			t.Errorf("alike: %s says %.0f of %d", a.Way, a.People, all)
		}
	}
	mixed, all := people(map[int][]uint64{6_000: {8, 10, 7, 9, 8}, 2_000: {60, 50, 55, 45, 60}}, "ABCDE")
	if r, err = mixed.Estimate(0); err != nil {
		t.Fatal(err)
	}
	c := answer(t, r, unseen.Classes)
	t.Logf("two classes: truth %d, main %.0f, latent classes %.0f (%.0f to %.0f)", all, answer(t, r, unseen.Main).People, c.People, c.Intervals[0].Low, c.Intervals[0].High)
	if i := c.Intervals[0]; i.Low > float64(all) || i.High < float64(all) || answer(t, r, unseen.Main).People > 0.8*float64(all) {
		t.Errorf("%+v; main %v", c, answer(t, r, unseen.Main).People)
	}
}

// TestRefusals: too few lists, a list that shares nobody, and files that are something else.
func TestRefusals(t *testing.T) {
	for _, c := range []struct{ what, text, key string }{
		{"two lists", "A,B,n\n1,0,5\n0,1,5\n1,1,2\n", "unseen.lists"},
		{"nine lists", "A,B,C,D,E,F,G,H,I,n\n", "unseen.lists"},
		{"a list apart", "A,B,C,n\n1,0,0,40\n0,1,0,30\n0,0,1,20\n1,1,0,6\n", "unseen.apart"},
		{"nothing overlaps", "A,B,C,n\n1,0,0,40\n0,1,0,30\n0,0,1,20\n", "unseen.apart"},
		{"nothing", "", "unseen.file"},
		{"on no list", "A,B,C,n\n0,0,0,4\n", "unseen.file"},
		{"twice", "A,B,C,n\n1,0,0,4\n1,0,0,4\n", "unseen.file"},
		{"two is no mark", "A,B,C,n\n1,2,0,4\n", "unseen.file"},
		{"fewer than nobody", "A,B,C,n\n1,0,0,-4\n", "unseen.file"},
		{"half a person", "A,B,C,n\n1,0,0,4.5\n", "unseen.file"},
		{"a list without a name", "A,,C,n\n1,0,0,4\n", "unseen.file"},
		{"a short line", "A,B,C,n\n1,0,4\n", "unseen.file"},
		{"more people than there are", "A,B,C,n\n1,0,0,9000000\n0,1,0,9000000\n", "unseen.file"},
	} {
		_, err := unseen.Parse(strings.NewReader(c.text))
		if _, key, _ := fault.Public(err); !fault.Is(err, fault.Invalid) || key != c.key {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// endless is a file of one line that does not end.
type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) {
	if e.read += len(b); e.read > 64<<20 {
		return 0, io.EOF
	}
	for i := range b {
		b[i] = 'a'
	}
	return len(b), nil
}

// TestNoMoreIsReadThanATableHas: a file without an end is not kept in memory, and of one that is too long the beginning is no table.
func TestNoMoreIsReadThanATableHas(t *testing.T) {
	e := &endless{}
	if _, err := unseen.Parse(e); !fault.Is(err, fault.Invalid) || e.read > 2*unseen.MostBytes {
		t.Errorf("%d bytes read: %v", e.read, err)
	}
	table := "A,B,C,n\n1,0,0,40\n0,1,0,30\n0,0,1,20\n1,1,0,6\n0,1,1,3\n1,0,1,2\n"
	if _, err := unseen.Parse(strings.NewReader(table + strings.Repeat("\n", unseen.MostBytes))); !fault.Is(err, fault.Invalid) {
		t.Errorf("the beginning of a longer file: %v", err)
	}
}

// FuzzParse: whatever is read can be estimated or is refused, and does not stop the program.
func FuzzParse(f *testing.F) {
	f.Add("A,B,C,n\n1,0,0,40\n0,1,0,30\n0,0,1,20\n1,1,0,6\n0,1,1,3\n1,0,1,2\n")
	f.Add("A,B,C,D,n\n1,0,0,0,4\n1,1,0,0,1\n0,0,1,1,1\n0,1,1,0,1\n")
	f.Add("\ufeffA,B,C,n\n\"1\",0,0,1\n")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := unseen.Parse(strings.NewReader(text))
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%v", err)
			}
			return
		}
		if table.Total() < 1 {
			t.Fatal("a table of nobody")
		}
		if table.Total() > 2000 || len(table.Lists) > 4 {
			return // no time
		}
		if r, err := table.Estimate(2); err == nil && (r.Low < float64(r.Seen) || math.IsNaN(r.High)) {
			t.Fatalf("%+v", r)
		}
	})
}

func BenchmarkBootstrap(b *testing.B) {
	for _, name := range []string{"UKdat_5", "UKdat"} {
		b.Run(name, func(b *testing.B) {
			t := table(b, name)
			for b.Loop() {
				if _, err := t.Estimate(1000); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
