package published_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/published"
)

const head = "Iso3_code,Country,Region,Subregion,Indicator,Dimension,Category,Sex,Age,Year,Unit of measurement,txtVALUE,Source\n"

// row writes a row as UNODC does.
func row(area, indicator, dimension, category, sex, age, year, value string) string {
	return area + `,Country,Europe,Southern Europe,` + indicator + `,` + dimension + `,"` + category + `",` + sex + `,` + age + `,` + year + `,Counts,"` + value + "\",GLOTIP\n"
}

func glotip(t testing.TB, text string) *published.Glotip {
	t.Helper()
	g, err := published.NewGlotip(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// values reads a file to its end.
func values(t testing.TB, g *published.Glotip) (all []published.Value) {
	t.Helper()
	for {
		v, err := g.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
}

// whole opens the file that UNODC published.
func whole(t testing.TB) *published.Glotip {
	t.Helper()
	dir := os.Getenv("OPENTRM_DATA")
	if dir == "" {
		t.Skip("OPENTRM_DATA is not set")
	}
	f, err := os.Open(filepath.Join(dir, "glotip", "data_glotip.csv"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	g, err := published.NewGlotip(f)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestEveryTrapIsHandledAndTold(t *testing.T) {
	const victims, convicted, citizen = "Detected trafficking victims", "Persons convicted", "by citizenship"
	for _, tt := range []struct {
		trap  published.Trap
		rows  string
		count int
		left  int // values
	}{
		{published.Few, row("ALB", victims, "Total", "Total", "Total", "Total", "2012", "<5"), 1, 1},
		{published.Separator, row("ROU", victims, "Total", "Total", "Total", "Total", "2011", "1,048"), 1, 1},
		{published.Spoilt, row("PAK", convicted, citizen, "Nationals", "Total", "Total", "2019", "6,112,019"), 1, 0},
		{published.Spoilt, row("PAK", convicted, citizen, "Nationals", "Total", "Total", "2019", "61212021"), 1, 0},
		{published.NoNumber, row("ALB", victims, "Total", "Total", "Total", "Total", "2012", "12,34") + row("ALB", victims, "Total", "Total", "Total", "Total", "2012", "") + row("ALB", victims, "Total", "Total", "Total", "Total", "2012", "-3"), 3, 0},
		{published.Placeholder, row("SLE", convicted, citizen, "Q6.1_10s_2019", "Total", "Total", "2019", "7"), 1, 0},
		{published.NumberAsName, row("MLT", victims, citizen, "0", "Total", "Total", "2017", "7") + row("ALB", victims, citizen, "", "Total", "Total", "2017", "60"), 2, 0},
		{published.Heading, row("MEX", victims, citizen, "(specify the country)", "Total", "Total", "2017", "7"), 1, 0},
		{published.Strange, row("MEX", victims, citizen, "Atlantis", "Total", "Total", "2017", "7"), 1, 0},
		{published.NoCode, row("", victims, "Total", "Total", "Total", "Total", "2017", "7"), 1, 1},
		{published.Spelling, row("AUT", victims, citizen, "RUMANÍA", "Total", "Total", "2017", "7") + row("AUT", victims, citizen, "Romania", "Total", "Total", "2017", "8"), 1, 2},
		{published.LostLetter, row("AUT", victims, citizen, "Espa\uFFFDa", "Total", "Total", "2017", "7"), 1, 1},
		{published.SumInList, row("BOL", victims, citizen, "TOTAL", "Total", "Total", "2017", "397"), 1, 1},
		{published.Several, row("BOL", victims, citizen, "Other Asia", "Total", "Total", "2017", "6"), 1, 1},
		{published.Former, row("AUT", victims, citizen, "Former Yugoslavia", "Total", "Total", "2007", "6"), 1, 1},
		{published.Twice, strings.Repeat(row("MKD", victims, "by form of exploitation", "Other forms of exploitation", "Total", "Total", "2017", "<5"), 3), 1, 3},
		{published.Contradicted, row("ROU", victims, "by form of exploitation", "Other forms of exploitation", "Total", "Total", "2017", "129") + row("ROU", victims, "by form of exploitation", "Other forms of exploitation", "Total", "Total", "2017", "43"), 1, 2},
		{published.UnknownAge, row("ROU", victims, "Total", "Total", "Female", "Total", "2013", "30") + row("ROU", victims, "Total", "Total", "Female", "0 to 17 years", "2013", "10") + row("ROU", victims, "Total", "Total", "Female", "18 years or over", "2013", "<5"), 1, 3},
		{published.AgesAbove, row("ROU", victims, "Total", "Total", "Female", "Total", "2013", "9") + row("ROU", victims, "Total", "Total", "Female", "0 to 17 years", "2013", "10") + row("ROU", victims, "Total", "Total", "Female", "18 years or over", "2013", "<5"), 1, 3},
		{published.KosovoInside, row("SRB", victims, "Total", "Total", "Total", "Total", "2012", "79"), 1, 1},
		{published.NotRead, row("ALB", "Victims", "Total", "Total", "Total", "Total", "2012", "9") + row("ALB", victims, "Total", "Total", "Total", "Total", "12", "9") + "ALB,Albania\n" + row("ALB", victims, "by form of exploitation", "Slavery", "Total", "Total", "2012", "9"), 4, 0},
	} {
		t.Run(string(tt.trap), func(t *testing.T) {
			g := glotip(t, head+tt.rows)
			got := len(values(t, g))
			r := g.Report()
			if r.Of(tt.trap) != tt.count || got != tt.left || r.Values != tt.left || r.Values+r.Refused != r.Rows || tt.trap.Refused() != (tt.left == 0) {
				t.Errorf("%d values, report %+v", got, r)
			}
			for _, f := range r.Fell {
				if len(f.Examples) == 0 || f.Examples[0].Line < 2 {
					t.Errorf("where? %+v", f)
				}
			}
		})
	}
}

func TestANumberIsAnInterval(t *testing.T) {
	g := glotip(t, head+row("ALB", "Detected trafficking victims", "by form of exploitation", "Sexual exploitation", "Female", "0 to 17 years", "2012", "<5"))
	want := []published.Value{{
		Key:  published.Key{Area: "ALB", Indicator: published.Victims, Dimension: published.ByForm, Category: published.Sexual, Sex: published.Female, Age: published.Child, Year: 2012},
		Line: 2, Written: "Sexual exploitation", Count: published.Count{Least: 0, Most: 4},
	}}
	if d := cmp.Diff(want, values(t, g)); d != "" {
		t.Error(d)
	}
}

func TestAnotherFileIsRefused(t *testing.T) {
	for _, text := range []string{"", "a,b\n1,2\n", strings.Replace(head, "txtVALUE", "VALUE", 1)} {
		if _, err := published.NewGlotip(strings.NewReader(text)); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// What the file of April 2025 holds was counted by another program (Python's csv), and the same comes out here.
func TestThePublishedFile(t *testing.T) {
	g := whole(t)
	all := values(t, g)
	r := g.Report()
	for i := range r.Fell {
		r.Fell[i].Examples = nil
	}
	want := published.Report{Rows: 58769, Values: 58486, Refused: 283, Names: 746, Areas: 199, From: 2003, To: 2022}
	counts := map[published.Trap]int{
		published.Few: 29558, published.Separator: 685, published.Spoilt: 128, published.Placeholder: 120, published.NumberAsName: 141, published.Heading: 14,
		published.NoCode: 26, published.LostLetter: 98, published.SumInList: 6, published.Twice: 208, published.Contradicted: 284,
		published.UnknownAge: 336, published.AgesAbove: 159, published.KosovoInside: 558, published.Strange: 0, published.NotRead: 0, published.NoNumber: 0,
	}
	got := r
	got.Fell = nil
	if d := cmp.Diff(want, got); d != "" || len(all) != want.Values {
		t.Errorf("%d values\n%s", len(all), d)
	}
	for trap, n := range counts {
		if r.Of(trap) != n {
			t.Errorf("%s: %d, want %d", trap, r.Of(trap), n)
		}
	}
	for _, v := range all {
		if v.Count.Most > 40_000 {
			t.Errorf("line %d of %s says %v", v.Line, v.Area, v.Count)
		}
	}
	t.Logf("%d rows, %d values, %d names; spelling %d, several %d, former %d", r.Rows, r.Values, r.Names, r.Of(published.Spelling), r.Of(published.Several), r.Of(published.Former))
}

func FuzzGlotip(f *testing.F) {
	f.Add(head + row("SRB", "Detected trafficking victims", "by citizenship", "Kosovo", "Total", "Total", "2012", "<5"))
	f.Add(head + row("PAK", "Persons convicted", "by citizenship", "Q6.1_1s_2019", "Total", "Total", "2019", "6,112,019"))
	f.Add(head + "\"")
	f.Fuzz(func(t *testing.T, text string) {
		g, err := published.NewGlotip(strings.NewReader(text))
		if err != nil {
			return
		}
		n := 0
		for {
			v, err := g.Next()
			if err != nil {
				break
			}
			n++
			if v.Count.Least < 0 || v.Count.Most < v.Count.Least || v.Year == 0 || v.Category == "" {
				t.Fatalf("%+v", v)
			}
		}
		if r := g.Report(); r.Values != n || r.Values+r.Refused != r.Rows {
			t.Fatalf("%d values, %+v", n, r)
		}
	})
}
