package gallery_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/gallery"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/published"
)

// every makes one picture of each kind, with a name that is no text of ours.
func every(t *testing.T, p *lang.Printer) []gallery.Picture {
	t.Helper()
	g, err := published.NewGlotip(published.Extract())
	if err != nil {
		t.Fatal(err)
	}
	table, err := published.Load(g, nil)
	if err != nil {
		t.Fatal(err)
	}
	figure, err := gallery.Figure65(p, table)
	if err != nil {
		t.Fatal(err)
	}
	region, err := published.RegionCalled("network")
	if err != nil {
		t.Fatal(err)
	}
	trend, err := gallery.Trend(p, table, region, published.SplitAge)
	if err != nil {
		t.Fatal(err)
	}
	origin, err := gallery.Origins(p)
	if err != nil {
		t.Fatal(err)
	}
	bad := `=cmd|'<script>&"`
	return []gallery.Picture{
		figure, trend, origin,
		gallery.Flows(p, "flows", "Flows", []gallery.Flow{{From: "XK", To: "MK", Least: 1, Most: 4}, {From: "MD", To: "MK", Least: 7, Most: 7}, {From: "US", To: "MK", Least: 9, Most: 9}}, bad),
		gallery.Numbers(p, "numbers", bad, []string{"Year", bad}, []string{bad, "2"}, [][]float64{{7}, {-1}}, false, "not told", bad),
		gallery.Parts(p, "parts", "Parts", []string{"Year", "a", "b", "All"}, []string{"2024", "2025"}, [][]float64{{5, 10, 15}, {-1, -1, 5}}, "not told"),
		gallery.Parts(p, "whole", "Whole", []string{"Year", "All"}, []string{"2024", "2025"}, [][]float64{{15}, {5}}, "not told"),
		gallery.Pyramid(p, "pyramid", "Pyramid", "Age", "Female", "Male", []gallery.Rung{{Name: bad, Left: 10, Right: 5}}),
		gallery.Bars(p, "bars", "Bars", []string{"Class", "Number"}, []gallery.Count{{Name: bad, Least: 1, Most: 4}, {Name: "b", Least: 9, Most: 9}}),
	}
}

// In every language a picture can be read by a program, says in words what its table says, needs no style and no script, and its file has no formula.
func TestAPictureIsItsTable(t *testing.T) {
	c, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range c.Tags() {
		p := c.Printer(tag)
		for _, x := range every(t, p) {
			for _, b := range [][]byte{x.Inside(tag), x.SVG(tag)} {
				d := xml.NewDecoder(bytes.NewReader(b))
				var text strings.Builder
				for {
					tok, err := d.Token()
					if errors.Is(err, io.EOF) {
						break
					}
					if err != nil {
						t.Fatalf("%s %s: %v", tag, x.ID, err)
					}
					if data, ok := tok.(xml.CharData); ok {
						text.Write(data)
					}
				}
				if !strings.Contains(text.String(), x.Title) || !strings.Contains(text.String(), x.Said) || x.Said == "" || bytes.Contains(b, []byte("style=")) || bytes.Contains(b, []byte("<script")) {
					t.Errorf("%s %s: %s", tag, x.ID, b)
				}
				if n := len(x.Rows); x.ID != "trend-age" && n <= 12 {
					for _, row := range x.Rows {
						if last := row[len(row)-1]; !strings.Contains(text.String(), last) {
							t.Errorf("%s %s: the table says %q, the picture and its words do not", tag, x.ID, last)
						}
					}
				}
			}
			for _, row := range x.Rows {
				if len(row) != len(x.Head) {
					t.Errorf("%s: %d cells under %d heads", x.ID, len(row), len(x.Head))
				}
			}
			var file bytes.Buffer
			if err := x.CSV(&file); err != nil {
				t.Fatal(err)
			}
			rows, err := csv.NewReader(&file).ReadAll()
			if err != nil || len(rows) < 2 {
				t.Fatalf("%s: %v %q", x.ID, err, rows)
			}
			for _, row := range rows {
				for _, cell := range row {
					if regexp.MustCompile(`^[=+@\t\r]|^-[^0-9]`).MatchString(cell) {
						t.Errorf("%s: %q is a formula", x.ID, cell)
					}
				}
			}
		}
	}
}

// What was published of citizenship is told with its range: it says where Kosovo* is counted, and what a country calls its own stays out of it.
func TestOrigins(t *testing.T) {
	c, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	x, err := gallery.Origins(c.Printer("en"))
	if err != nil {
		t.Fatal(err)
	}
	if len(x.Rows) < 5 || !strings.Contains(strings.Join(x.Notes, " "), "Kosovo*") || !strings.Contains(x.Title, "2018") {
		t.Errorf("%s: %d flows, %q", x.Title, len(x.Rows), x.Notes)
	}
	ranges := 0
	for _, row := range x.Data[1:] {
		if row[0] == row[1] {
			t.Errorf("%q stays within one country", row)
		}
		if row[2] != row[3] {
			ranges++
		}
	}
	if ranges == 0 {
		t.Error("no number is a range, although the file hides those below five")
	}
}
