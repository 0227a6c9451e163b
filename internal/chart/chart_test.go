package chart_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/chart"
)

func frame(width int) chart.Frame {
	return chart.Frame{ID: "one", Lang: "en", Title: `Victims <by form> & "years"`, Description: "Sexual: 64 to 65 %.", Notes: []string{"Source: UNODC & others. " + strings.Repeat("A long note. ", 30)}, Width: width}
}

func bars(width int) []byte {
	return chart.Bars(frame(width), []chart.Bar{{"Sexual", 64, 65, "64–65 %"}, {"Labour", 23, 23, "23 %"}, {"Other", 0, 120, "0–120 %"}}, 100, []chart.Mark{{65, "65 %"}, {95, "95 % somewhere else"}})
}

func lines(width int) []byte {
	point := func(v float64) chart.Point { return chart.Point{Low: v - 5, Mid: v, High: v + 5} }
	return chart.Lines(frame(width), []string{"2010", "2011", "2012", "2013", "2014"}, []chart.Series{
		{"Sexual exploitation", []chart.Point{point(60), point(62), {None: true}, point(61), point(68)}},
		{"Forced labour", []chart.Point{point(20), point(20), {None: true}, point(20), point(21)}},
		{"Other <forms>", []chart.Point{point(20), point(18), {None: true}, point(19), point(20)}},
		{"Nothing", []chart.Point{{None: true}, {None: true}, {None: true}, {None: true}, {None: true}}},
	}, 100, " %")
}

func stacks(width int) []byte {
	return chart.Stacks(frame(width), []string{"Sexual", "Labour", "Other"}, []chart.Stack{{"2012", []float64{60, 30, 10}, false}, {"2013", nil, true}, {"2014", []float64{70, 20, 10}, false}}, 100, " %")
}

// element is one element of a picture.
type element struct {
	name, text string
	attrs      map[string]string
}

func elements(t testing.TB, b []byte) (all []element) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		switch x := tok.(type) {
		case xml.StartElement:
			e := element{name: x.Name.Local, attrs: map[string]string{}}
			for _, a := range x.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			all = append(all, e)
		case xml.CharData:
			if len(all) > 0 {
				all[len(all)-1].text += string(x)
			}
		}
	}
}

func TestAPictureStandsAlone(t *testing.T) {
	for name, draw := range map[string]func(int) []byte{"bars": bars, "lines": lines, "stacks": stacks} {
		for _, width := range []int{0, 320} {
			all := elements(t, draw(width))
			svg := all[0]
			if svg.attrs["role"] != "img" || svg.attrs["aria-labelledby"] != "one-title one-text" || svg.attrs["lang"] != "en" {
				t.Errorf("%s: %v", name, svg.attrs)
			}
			if all[1].name != "title" || all[1].attrs["id"] != "one-title" || strings.TrimSpace(all[1].text) != `Victims <by form> & "years"` || all[2].name != "desc" || all[2].attrs["id"] != "one-text" || all[2].text == "" {
				t.Errorf("%s: %+v", name, all[1:3])
			}
			box := strings.Fields(svg.attrs["viewBox"])
			w, _ := strconv.ParseFloat(box[2], 64)
			h, _ := strconv.ParseFloat(box[3], 64)
			ids := map[string]bool{}
			for _, e := range all {
				if id := e.attrs["id"]; id != "" {
					if ids[id] {
						t.Errorf("%s: %s stands twice", name, id)
					}
					ids[id] = true
				}
				for _, a := range []string{"href", "style", "onload", "src"} {
					if e.attrs[a] != "" {
						t.Errorf("%s: %s of %s", name, a, e.name)
					}
				}
				inside(t, name, e, w, h)
			}
			for _, e := range all {
				if ref, ok := strings.CutPrefix(e.attrs["fill"], "url(#"); ok && !ids[strings.TrimSuffix(ref, ")")] {
					t.Errorf("%s: nothing is called %s", name, ref)
				}
			}
		}
	}
}

// inside holds the points of an element against the picture.
func inside(t *testing.T, name string, e element, w, h float64) {
	t.Helper()
	at := func(text string, most float64) {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(v) || v < -0.01 || v > most+0.01 {
			t.Errorf("%s: %s at %q of %v", name, e.name, text, most)
		}
	}
	if e.name == "text" || e.name == "circle" {
		x, y := e.attrs["x"]+e.attrs["cx"], e.attrs["y"]+e.attrs["cy"]
		at(x, w)
		at(y, h)
		if e.attrs["text-anchor"] == "start" && e.name == "text" {
			v, _ := strconv.ParseFloat(x, 64)
			if end := v + float64(len([]rune(e.text)))*6; end > w+60 { // about as wide as the letters are
				t.Errorf("%s: %q goes to %v of %v", name, e.text, end, w)
			}
		}
	}
	if e.name == "polyline" || e.name == "polygon" {
		for p := range strings.FieldsSeq(e.attrs["points"]) {
			x, y, _ := strings.Cut(p, ",")
			at(x, w)
			at(y, h)
		}
	}
}

func TestWhatIsMissingIsAGap(t *testing.T) {
	var runs int
	for _, e := range elements(t, lines(0)) {
		if e.name == "polyline" {
			runs++
			if n := len(strings.Fields(e.attrs["points"])); n != 2 {
				t.Errorf("%d points: %s", n, e.attrs["points"])
			}
		}
	}
	if runs != 6 { // three lines, each broken once; the one without a number is not drawn
		t.Errorf("%d runs", runs)
	}
	if s := stacks(0); bytes.Count(s, []byte("<rect")) != 1+3+6+3 || !bytes.Contains(s, []byte(">–<")) { // ground, names, two stacks of three, the hatchings
		t.Errorf("%s", s)
	}
}

func TestAnIntervalIsDrawnAsOne(t *testing.T) {
	hatched := regexp.MustCompile(`width="([0-9.]+)" height="22" fill="url`).FindAllSubmatch(bars(0), -1)
	solid := regexp.MustCompile(`width="([0-9.]+)" height="22" fill="#(0b5f66|9a3412|4c1d95)"`).FindAllSubmatch(bars(0), -1)
	number := func(b []byte) float64 { v, _ := strconv.ParseFloat(string(b), 64); return v }
	if len(hatched) != 2 || len(solid) != 3 { // the one that is known is solid
		t.Fatalf("%d hatched, %d solid", len(hatched), len(solid))
	}
	if r := number(hatched[0][1]) / number(solid[0][1]); math.Abs(r-65.0/64) > 0.001 {
		t.Errorf("65 to 64 is drawn as %v", r)
	}
	if number(solid[2][1]) != 0 {
		t.Error("nothing is drawn as something")
	}
}

// Colours are told apart from white by 4.5 to 1 at least (WCAG 1.4.3, of letters).
func TestColoursCanBeSeen(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?:fill|stroke)="#([0-9a-f]{6})"`).FindAllStringSubmatch(string(lines(0)), -1) {
		if m[1] == "c4ccd4" || seen[m[1]] { // lines of the ground
			continue
		}
		seen[m[1]] = true
		var lum float64
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			v, _ := strconv.ParseUint(m[1][2*i:2*i+2], 16, 8)
			c := float64(v) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			lum += weight * c
		}
		if ratio := 1.05 / (lum + 0.05); ratio < 4.5 {
			t.Errorf("%s on white is %.1f to 1", m[1], ratio)
		}
	}
	if len(seen) < 4 {
		t.Errorf("%d colours", len(seen))
	}
}
