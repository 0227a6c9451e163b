package link_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/link"
)

var draw = flag.Bool("draw", false, "draw docs/linkage.svg anew")

// point is precision and recall of the pairs that have at least some evidence.
type point struct{ precision, recall float64 }

// curve returns a point for every pair of a file, the surest first; pairs that were never compared are missed by all of them.
func curve(r *link.Result, truth []string) (points []point, best, sure float64) {
	there := 0.0
	count := map[string]float64{}
	for _, w := range truth {
		there += count[w]
		count[w]++
	}
	right := 0.0
	for k, p := range r.Pairs {
		if truth[p.A] == truth[p.B] {
			right++
		}
		x := point{right / float64(k+1), right / there}
		points = append(points, x)
		if x.precision+x.recall > 0 {
			best = max(best, 2*x.precision*x.recall/(x.precision+x.recall))
		}
		if x.precision >= .99 {
			sure = max(sure, x.recall)
		}
	}
	return points, best, sure
}

// How many of the pairs that are of one person are found, and how many that are found are of one person, from the surest pair to the least sure, before
// anything is grouped. With -draw the curves are drawn.
func TestCurves(t *testing.T) {
	files := []struct {
		file, name, colour string
		sure               float64
	}{
		{"dataset2.csv", "FEBRL 2", "#1b6ca8", .99}, {"dataset3.csv", "FEBRL 3", "#2f7d32", .98}, {"see_multi_12k.csv", "South-Eastern Europe, invented", "#a63d00", .71},
	}
	const left, top, side = 60.0, 20.0, 360.0
	var svg strings.Builder
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 460 470" font-family="sans-serif" font-size="13" role="img" aria-label="Precision against recall of pairs on three labelled files">`+"\n")
	fmt.Fprintf(&svg, `<rect width="460" height="470" fill="#ffffff"/><path d="M%g %gv%gh%g" fill="none" stroke="#333333"/>`+"\n", left, top, side, side)
	for k := range 6 {
		v := .5 + .1*float64(k)
		at := side * 2 * (v - .5)
		fmt.Fprintf(&svg, `<text x="%g" y="%g" text-anchor="end">%.1f</text><text x="%g" y="%g" text-anchor="middle">%.1f</text>`+"\n", left-6, top+side-at+4, v, left+at, top+side+18, v)
	}
	fmt.Fprintf(&svg, `<text x="%g" y="%g" text-anchor="middle">recall</text><text x="14" y="%g" transform="rotate(-90 14 %g)" text-anchor="middle">precision</text>`+"\n", left+side/2, top+side+36, top+side/2, top+side/2)
	for k, x := range files {
		columns, rows, truth := labelled(t, x.file)
		points, best, sure := curve(compared(t, columns, rows), truth)
		t.Logf("%s: best F1 of pairs %.4f, recall at precision .99 %.4f", x.file, best, sure)
		if sure < x.sure {
			t.Errorf("%s: recall at precision .99 %.4f, want at least %.2f", x.file, sure, x.sure)
		}
		var path strings.Builder
		for n := 0; n < len(points); n += 1 + len(points)/300 {
			if p := points[n]; p.precision >= .5 && p.recall >= .5 {
				fmt.Fprintf(&path, "%.1f,%.1f ", left+side*2*(p.recall-.5), top+side-side*2*(p.precision-.5))
			}
		}
		fmt.Fprintf(&svg, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/><text x="%g" y="%g" fill="%s">%s</text>`+"\n", strings.TrimSpace(path.String()), x.colour, left+14, top+side-60+18*float64(k), x.colour, x.name)
	}
	svg.WriteString("</svg>\n")
	if *draw {
		if err := os.WriteFile("../../docs/linkage.svg", []byte(svg.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
