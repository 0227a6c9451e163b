package webnetwork

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/publication"
)

// A table of a spreadsheet becomes recommendations; what does not fit is told by its row and column.
func TestATableOfRecommendations(t *testing.T) {
	for name, c := range map[string]struct {
		table string
		want  []string
	}{
		"commas":         {"framework,title,countries,due\ngreta,Train the police,MK RS,2026-12-31\n", []string{"2 "}},
		"semicolons":     {"\ufeffTitle;Framework;Source\n\"One; two\";EU;https://example.org\n;;\nThree;eu;\n", []string{"2 ", "4 "}},
		"no framework":   {"framework,title\n,Train\n", []string{"2 framework"}},
		"another one":    {"framework,title\nun,Train\n", []string{"2 framework"}},
		"a day":          {"framework,title,due\ngreta,Train,31.12.2026\n", []string{"2 due"}},
		"a country":      {"framework,title,countries\ngreta,Train,Macedonia\n", []string{"2 countries"}},
		"unknown column": {"framework,title,person\ngreta,Train,Somebody\n", []string{"2 body"}},
		"nothing":        {"framework,title\n", nil},
	} {
		all, err := readTable("a.csv", []byte(c.table), "en")
		var got []string
		for _, x := range all {
			got = append(got, string(rune('0'+x.row))+" "+x.wrong)
		}
		if d := cmp.Diff(c.want, got); d != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", name, err, d)
		}
	}
	if _, err := readTable("a.csv", []byte("framework,title\n"+strings.Repeat("greta,x\n", mostRows+1)), "en"); err == nil {
		t.Error("a table without an end is taken")
	}
}

func FuzzReadTable(f *testing.F) {
	f.Add("a.csv", []byte("framework,title\ngreta,Train\n"))
	f.Add("a.xlsx", []byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		all, err := readTable(name, content, "en")
		for _, x := range all {
			if err == nil && x.wrong == "" && publication.CheckBody(publication.Recommendation, x.raw) != nil {
				t.Errorf("%q makes %s", content, x.raw)
			}
		}
	})
}
