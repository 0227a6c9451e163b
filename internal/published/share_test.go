package published_test

import (
	"bytes"
	"encoding/csv"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/published"
)

func load(t testing.TB, g *published.Glotip) published.Table {
	t.Helper()
	all, err := published.Load(g, nil)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func extract(t testing.TB) published.Table {
	t.Helper()
	g, err := published.NewGlotip(published.Extract())
	if err != nil {
		t.Fatal(err)
	}
	return load(t, g)
}

func region(t testing.TB, name string) published.Region {
	t.Helper()
	r, err := published.RegionCalled(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func tenth(x float64) float64 { return math.Round(x*10) / 10 }

func tenths(all []float64) (out []float64) {
	for _, x := range all {
		out = append(out, tenth(x))
	}
	return out
}

// The article's figure comes out of the published numbers, and only for these states and these years.
func TestFigure65(t *testing.T) {
	f, err := published.Figure65()
	if err != nil {
		t.Fatal(err)
	}
	states := region(t, f.Region)
	for name, table := range map[string]func(t testing.TB) published.Table{
		"extract": extract,
		"file":    func(t testing.TB) published.Table { t.Helper(); return load(t, whole(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			all := table(t)
			p := published.Pool(all, states, published.SplitForm, f.From, f.To)
			want := map[float64][]float64{0: {65.0, 23.3, 11.7}, 1: {64.8, 23.4, 11.8}, 2.5: {64.4, 23.6, 12.0}, 4: {64.0, 23.8, 12.2}}
			if len(p.Readings) != len(want) || p.Readings[0].Total != 5410 || p.Given != 33 || p.Possible != 39 {
				t.Errorf("%d readings, %v persons, %d of %d state-years", len(p.Readings), p.Readings[0].Total, p.Given, p.Possible)
			}
			for _, r := range p.Readings {
				if d := cmp.Diff(want[r.Few], tenths(r.Percents)); d != "" {
					t.Errorf("<5 as %v: %s", r.Few, d)
				}
			}
			if low, high := p.Range(published.Sexual); tenth(low) != 64.0 || tenth(high) != 65.0 || math.Round(high) != f.Percent {
				t.Errorf("between %v and %v", low, high)
			}
			if c := p.Classes[0]; float64(c.Low) > 64.0 || float64(c.High) < 65.0 || c.High-c.Low > 5 {
				t.Errorf("at the extremes between %v and %v", c.Low, c.High)
			}

			low, high := published.Pool(all, states, published.SplitForm, 2014, 2014).Range(published.Sexual)
			if tenth(low) != 68.0 || tenth(high) != 69.3 {
				t.Errorf("2014 alone: between %v and %v", low, high)
			}
			wrong := func(what string, p published.Pooled) {
				if low, high := p.Range(published.Sexual); tenth(high) == 65.0 && tenth(low) == 64.0 {
					t.Errorf("%s gives the same: between %v and %v", what, low, high)
				}
			}
			wrong("the network", published.Pool(all, region(t, "network"), published.SplitForm, f.From, f.To))
			for i, area := range states.Areas {
				without := states
				without.Areas = slices.Delete(slices.Clone(states.Areas), i, i+1)
				if n := published.Pool(all, without, published.SplitForm, f.From, f.To).Readings[0].Total; n > 0 && n < 5410 {
					wrong("without "+area, published.Pool(all, without, published.SplitForm, f.From, f.To))
				}
			}
			for _, years := range [][2]int{{2011, 2013}, {2013, 2015}, {2012, 2013}, {2013, 2014}, {2011, 2014}} {
				wrong("another span", published.Pool(all, states, published.SplitForm, years[0], years[1]))
			}
		})
	}
}

// From 2017 on the file gives some keys several times, a sum beside its parts: whoever adds them up counts people twice.
func TestASumBesideItsPartsIsNotAddedUp(t *testing.T) {
	all := extract(t)
	serbia := published.Region{Areas: []string{"SRB"}}
	p := published.Pool(all, serbia, published.SplitForm, 2017, 2017)
	var largest, added float64
	for _, r := range p.Readings {
		if r.Few == 2.5 && r.Double == published.Largest {
			largest = r.Persons[2]
		}
		if r.Few == 2.5 && r.Double == published.Added {
			added = r.Persons[2]
		}
	}
	if p.Classes[2].Twice != 1 || largest != 14 || added != 14+2.5+11 || len(p.Readings) != 8 { // the file: 14, <5, 11
		t.Errorf("largest %v, added %v, %+v", largest, added, p.Classes)
	}
}

func TestTheYearsOfTheSubRegion(t *testing.T) {
	all, states := extract(t), region(t, "central-south-eastern-europe-2016")
	for _, split := range published.Splits() {
		years := published.Trend(all, states, split)
		if len(years) < 16 || years[len(years)-1].To != 2022 {
			t.Fatalf("%s: %d years", split, len(years))
		}
		for _, y := range years {
			for i, class := range split.Classes() {
				low, high := y.Range(class)
				c := y.Classes[i]
				if low > high || y.Given > 0 && (float64(c.Low) > low+1e-9 || float64(c.High) < high-1e-9) {
					t.Errorf("%s %d %s: %v to %v, at the extremes %v to %v", split, y.From, class, low, high, c.Low, c.High)
				}
			}
			if y.Given+len(y.Missing) != 13 {
				t.Errorf("%s %d: %d of 13 and %d missing", split, y.From, y.Given, len(y.Missing))
			}
		}
	}
	none := published.Trend(published.Table{}, states, published.SplitForm)
	if len(none) != 0 {
		t.Errorf("of nothing: %v", none)
	}
}

// What is built in is what was published, row by row.
func TestTheExtractIsOfTheFile(t *testing.T) {
	dir := os.Getenv("OPENTRM_DATA")
	if dir == "" {
		t.Skip("OPENTRM_DATA is not set")
	}
	b, err := os.ReadFile(filepath.Join(dir, "glotip", "data_glotip.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows := func(r io.Reader) [][]string {
		all, err := csv.NewReader(r).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	states := append([]string{"MDA"}, region(t, "central-south-eastern-europe-2016").Areas...)
	var want [][]string
	for i, r := range rows(bytes.NewReader(b)) {
		dimension, sex, age := r[5], r[7], r[8]
		form := dimension == "by form of exploitation" && sex == "Total" && age == "Total"
		one := dimension == "Total" && (sex == "Total" || age == "Total" || sex == "Unknown")
		if i == 0 || slices.Contains(states, r[0]) && r[4] == "Detected trafficking victims" && (form || one) {
			want = append(want, []string{r[0], r[4], r[5], r[6], r[7], r[8], r[9], r[11]})
		}
	}
	if d := cmp.Diff(want, rows(published.Extract())); d != "" {
		t.Error(d[:min(len(d), 2000)])
	}
}

func TestTheDataIsWhole(t *testing.T) {
	a := published.AreasKnown()
	if len(a.Schemes) == 0 || len(a.Areas) < 16 || len(a.Regions) != 2 {
		t.Fatalf("%+v", a)
	}
	schemes := map[string]bool{}
	for _, s := range a.Schemes {
		schemes[s.ID] = true
		if s.Source == "" || s.Note == "" || s.Status != "verified" && s.Status != "unverified" {
			t.Errorf("%+v", s)
		}
	}
	for _, x := range a.Areas {
		for scheme, code := range x.Codes {
			if back, ok := published.AreaOf(scheme, code); !schemes[scheme] || !ok || back != x.Area {
				t.Errorf("%s %s: %s", scheme, code, back)
			}
		}
		for scheme := range x.Inside {
			if _, ok := x.Codes[scheme]; ok {
				t.Errorf("%s has a code of %s and is counted elsewhere", x.Area, scheme)
			}
		}
	}
	for _, r := range a.Regions {
		for _, code := range r.Areas {
			if _, ok := published.AreaOf(r.Scheme, code); !ok {
				t.Errorf("%s: no area %s", r.ID, code)
			}
		}
	}
	if in := published.Inside(published.SchemeGlotip, "SRB"); in != "XK" {
		t.Errorf("Serbia includes %q", in)
	}
	if code, ok := published.Code(published.SchemeEurostat, "GR"); code != "EL" || !ok {
		t.Errorf("Greece is %q", code)
	}
	if code, ok := published.Code(published.SchemeGlotip, "XK"); ok {
		t.Errorf("Kosovo* is %q", code)
	}
	for written, want := range map[string]string{"Kosovo under UNSCR 1244": "XK", "Rep\uFFFDblica Dominicana": "DO", "B & H": "BA", "Sin determinar": published.Unknown, "TOTAL": published.All, "Nationals": published.Own, "Former Yugoslavia": "YU-former"} {
		if got, ok := published.Origin(written); got != want || !ok {
			t.Errorf("%s: %s", written, got)
		}
	}
	for _, written := range []string{"", "Atlantis", "(specify the country)"} {
		if got, ok := published.Origin(written); ok {
			t.Errorf("%s: %s", written, got)
		}
	}
}

func BenchmarkThePublishedFile(b *testing.B) {
	dir := os.Getenv("OPENTRM_DATA")
	if dir == "" {
		b.Skip("OPENTRM_DATA is not set")
	}
	file, err := os.ReadFile(filepath.Join(dir, "glotip", "data_glotip.csv"))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		g, err := published.NewGlotip(bytes.NewReader(file))
		if err != nil {
			b.Fatal(err)
		}
		load(b, g)
	}
}
