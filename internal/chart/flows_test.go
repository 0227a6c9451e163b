package chart_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/opentrm/opentrm/internal/chart"
)

var members = []string{"AL", "BA", "BG", "HR", "MD", "ME", "MK", "RO", "RS", "SI", "XK"}

// The region shows the eleven members by their letters, is small, and what divides two of them without taking a side is a line of its own.
func TestTheRegion(t *testing.T) {
	info, err := os.Stat("data/region.json")
	if err != nil || info.Size() > 12<<10 {
		t.Errorf("the drawing is too large: %v %v", info, err)
	}
	var codes []string
	for _, s := range chart.Region().Shapes {
		if s.X != 0 {
			codes = append(codes, s.Code)
		}
	}
	if got := strings.Join(codes, " "); got != strings.Join(members, " ") || chart.Region().Neutral == "" {
		t.Errorf("it shows %s", got)
	}
}

// flowsOf draws many flows.
func flowsOf(r *rand.Rand, n int, inside bool) ([]byte, []chart.Flow) {
	places := map[string]chart.Place{}
	for _, m := range members {
		places[m] = chart.Place{Letters: m}
	}
	places["XK"] = chart.Place{Letters: "XK*"}
	var all []chart.Flow
	for range n {
		size := r.IntN(3000)
		all = append(all, chart.Flow{From: members[r.IntN(11)], To: append(members, "US")[r.IntN(12)], Kind: r.IntN(3), Size: float64(size), Said: strconv.Itoa(size)})
	}
	f := frame(0)
	f.Inside = inside
	return chart.Flows(f, all, places, []string{"Origin", "Exploitation", "Referral"}), all
}

// On a map of any flows no text lies on another, nothing lies outside, each flow between two members has an arrow, and the disputed line is dashed.
func TestFlowsAreDrawnAsTheyAre(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		picture, flows := flowsOf(r, r.IntN(25), true)
		want := 0
		for _, f := range flows {
			if f.From != f.To && f.To != "US" && f.Size > 0 {
				want++
			}
		}
		if got := bytes.Count(picture, []byte("<polygon")); got != want {
			t.Fatalf("%d arrows for %d flows", got, want)
		}
		if bytes.Count(picture, []byte(`stroke-dasharray="4 3"`)) != 1 {
			t.Fatal("the disputed line is not dashed")
		}
		type box struct {
			x0, y0, x1, y1 float64
			said           string
		}
		var boxes []box
		for _, e := range elements(t, picture) {
			inside(t, "flows", e, 600, 560)
			if e.name != "text" || e.attrs["class"] != "halo" {
				continue
			}
			x, _ := strconv.ParseFloat(e.attrs["x"], 64)
			y, _ := strconv.ParseFloat(e.attrs["y"], 64)
			high, _ := strconv.ParseFloat(e.attrs["font-size"], 64)
			w := float64(utf8.RuneCountInString(strings.TrimSpace(e.text))) * high * 0.5
			b := box{x - w/2, y - high*0.7, x + w/2, y, e.text}
			if b.x0 < 0 || b.x1 > 600 {
				t.Errorf("%q lies outside", e.text)
			}
			for _, o := range boxes {
				if b.x0 < o.x1 && o.x0 < b.x1 && b.y0 < o.y1 && o.y0 < b.y1 {
					t.Errorf("%q lies on %q", b.said, o.said)
				}
			}
			boxes = append(boxes, b)
		}
		if len(boxes) < 11 {
			t.Errorf("%d texts", len(boxes))
		}
	}
}

// A larger flow is never drawn narrower than a smaller one.
func TestALargerFlowIsBroader(t *testing.T) {
	widths := func(a, b float64) (float64, float64) {
		picture := chart.Flows(frame(0), []chart.Flow{{From: "MD", To: "MK", Size: a}, {From: "RO", To: "SI", Size: b, Kind: 1}}, nil, nil)
		m := regexp.MustCompile(`class="l([01])" d="M[^"]*Q[^"]*"[^>]*stroke-width="([0-9.]+)"`).FindAllStringSubmatch(string(picture), -1)
		if len(m) != 2 {
			t.Fatalf("%q", m)
		}
		got := map[string]float64{}
		for _, x := range m {
			got[x[1]], _ = strconv.ParseFloat(x[2], 64)
		}
		return got["0"], got["1"]
	}
	for _, x := range [][2]float64{{1, 2}, {5, 500}, {100, 101}, {0.5, 3000}} {
		if a, b := widths(x[0], x[1]); a >= b {
			t.Errorf("%v is as broad as %v: %v and %v", x[0], x[1], a, b)
		}
	}
}

// What a pyramid draws is what it is given, to both sides on one scale; text is escaped.
func TestAPyramidIsOnOneScale(t *testing.T) {
	for _, width := range []int{0, 320} {
		picture := chart.Pyramid(frame(width), "Female <x>", "Male", []chart.Rung{{"0–11", 40, 20, "40", "20"}, {"12–17", 0, 10, "0", "10"}, {"18+", 80, 60, "80", "60"}})
		want := []float64{80, 60, 0, 10, 40, 20}
		var got []float64
		for _, e := range elements(t, picture) {
			if e.name == "rect" && e.attrs["height"] == "22" {
				w, _ := strconv.ParseFloat(e.attrs["width"], 64)
				got = append(got, w)
			}
			inside(t, "pyramid", e, float64(max(width, 320)*3), 4000)
		}
		if len(got) != len(want) {
			t.Fatalf("%v", got)
		}
		for i := range want {
			if d := got[i]/got[0]*80 - want[i]; d > 0.1 || d < -0.1 {
				t.Errorf("%v is drawn as %v", want[i], got[i]/got[0]*80)
			}
		}
		if bytes.Contains(picture, []byte("<x>")) {
			t.Error("text is not escaped")
		}
	}
}

// A table that is drawn has a point for each of its numbers, a gap for what is none, and an axis that holds the largest.
func TestATableIsDrawnWhole(t *testing.T) {
	head, rows := []string{"Year", "a", "b"}, [][]string{{"2020", "5", "10"}, {"2021", "", "20"}, {"2022", "15", "x"}, {"2023", "NaN", "41"}}
	picture := chart.Table(frame(0), head, rows, false)
	if n := bytes.Count(picture, []byte("<circle")) + bytes.Count(picture, []byte(`width="7" height="7"`)); n != 5+2 { // and two names
		t.Errorf("%d points", n)
	}
	if !bytes.Contains(picture, []byte(">80<")) || bytes.Contains(picture, []byte(">160<")) {
		t.Errorf("the axis does not end at 80: %s", picture)
	}
	for _, most := range []float64{0, 3, 4, 41, 99, 1234567} {
		if top := chart.Top(most); top < most || top > max(4, 3*most) || top != float64(int(top/4)*4) {
			t.Errorf("%v ends at %v", most, top)
		}
	}
	all := elements(t, chart.Table(frame(320), head, [][]string{{"2020", "5", "10"}, {"2021", "7", "0"}}, true))
	var heights []float64
	for _, e := range all {
		if e.name == "rect" && e.attrs["stroke"] != "" && e.attrs["width"] != "12" {
			h, _ := strconv.ParseFloat(e.attrs["height"], 64)
			heights = append(heights, h)
		}
	}
	if len(heights) != 4 || heights[1] < 1.99*heights[0] || heights[1] > 2.01*heights[0] || heights[3] != 0 {
		t.Errorf("%v", heights)
	}
}
