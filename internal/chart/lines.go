package chart

import (
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/sorting"
)

// Series is one line.
type Series struct {
	Name   string
	Points []Point // one for each step of the axis
}

// Point is a number with what it can be at least and at most.
type Point struct {
	None           bool // missing: the line is broken here
	Low, Mid, High float64
}

// Lines draws series over the steps of an axis, such as years: a band from the least to the greatest, a line between, a mark at each number.
// Most is the value at the top, unit stands behind the numbers of the axis.
func Lines(f Frame, steps []string, all []Series, most float64, unit string) []byte {
	p := begin(f)
	right := p.width - edge
	for _, s := range all {
		right = min(right, p.width-edge-14-wide(s.Name))
	}
	narrow := right < p.width*0.6 // names below the picture, not beside it
	if narrow {
		right = p.width - edge - 8
	}
	left, top := edge+8+wide(strconv.FormatFloat(most, 'f', -1, 64)+unit), p.bottom+6
	low := top + max(160, min(320, p.width*0.4))
	x := func(i int) float64 {
		if len(steps) < 2 {
			return (left + right) / 2
		}
		return left + 8 + (right-left-16)*float64(i)/float64(len(steps)-1)
	}
	y := func(v float64) float64 { return low - (low-top)*min(max(v/most, 0), 1) }
	for i := range 5 {
		v := most * float64(i) / 4
		p.put(`<path class="faint" d="M%s %sH%s" stroke="%s"/>`, num(left), num(y(v)), num(right), faint)
		p.text(left-6, y(v)+5, "end", strconv.FormatFloat(v, 'f', -1, 64)+unit, `font-size="12"`)
	}
	each := 1
	for len(steps) > 1 && each < len(steps) && (x(each)-x(0)) < wide(steps[0])+6 {
		each++
	}
	for i, s := range steps {
		if (len(steps)-1-i)%each == 0 {
			p.text(x(i), low+16, "middle", s, `font-size="12"`)
		}
	}
	p.bottom = low + 20
	for i, s := range all {
		for _, run := range runs(s.Points) {
			p.band(i, s.Points, run, x, y)
		}
	}
	for i, s := range all {
		p.line(i, s.Points, x, y)
	}
	p.names(all, narrow, right, top, low, y)
	return p.end()
}

// runs returns from where to where a line goes without a gap.
func runs(all []Point) (out [][2]int) {
	for i, pt := range all {
		switch {
		case pt.None:
		case i > 0 && !all[i-1].None:
			out[len(out)-1][1] = i + 1
		default:
			out = append(out, [2]int{i, i + 1})
		}
	}
	return out
}

func (p *picture) band(i int, all []Point, run [2]int, x func(int) float64, y func(float64) float64) {
	var d strings.Builder
	for j := run[0]; j < run[1]; j++ {
		d.WriteString(num(x(j)) + "," + num(y(all[j].High)) + " ")
	}
	for j := run[1] - 1; j >= run[0]; j-- {
		d.WriteString(num(x(j)) + "," + num(y(all[j].Low)) + " ")
	}
	p.put(`<polygon class="s%d" points="%s" fill="%s" fill-opacity=".18"/>`, i%len(colours), strings.TrimSpace(d.String()), colours[i%len(colours)])
}

func (p *picture) line(i int, all []Point, x func(int) float64, y func(float64) float64) {
	for _, run := range runs(all) {
		var d []string
		for j := run[0]; j < run[1]; j++ {
			d = append(d, num(x(j))+","+num(y(all[j].Mid)))
		}
		p.put(`<polyline class="l%d" points="%s" fill="none" stroke="%s" stroke-width="2" stroke-dasharray="%s"/>`, i%len(colours), strings.Join(d, " "), colours[i%len(colours)], dashes[i%len(dashes)])
	}
	for j, pt := range all {
		if !pt.None {
			p.mark(i, x(j), y(pt.Mid))
		}
	}
}

// names writes what the lines are called: at their ends, apart from one another, or one under the other below the picture.
func (p *picture) names(all []Series, narrow bool, right, top, low float64, y func(float64) float64) {
	if narrow {
		for i, s := range all {
			p.bottom += line
			p.mark(i, edge+5, p.bottom-5)
			p.text(edge+16, p.bottom, "start", s.Name, "")
		}
		return
	}
	type name struct {
		series int
		at     float64
	}
	var ends []name
	for i, s := range all {
		for j := len(s.Points) - 1; j >= 0; j-- {
			if !s.Points[j].None {
				ends = append(ends, name{i, y(s.Points[j].Mid)})
				break
			}
		}
	}
	sorting.Stable(ends, func(a, b name) int { return int(a.at - b.at) })
	for i := range ends {
		if i > 0 {
			ends[i].at = max(ends[i].at, ends[i-1].at+line)
		}
	}
	for i := len(ends) - 1; i >= 0; i-- {
		limit := low
		if i+1 < len(ends) {
			limit = ends[i+1].at - line
		}
		ends[i].at = max(top, min(ends[i].at, limit))
		p.mark(ends[i].series, right+6, ends[i].at)
		p.text(right+14, ends[i].at+5, "start", all[ends[i].series].Name, `class="s`+strconv.Itoa(ends[i].series%len(colours))+`" fill="`+colours[ends[i].series%len(colours)]+`" font-weight="600"`)
	}
}
