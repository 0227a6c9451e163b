package chart

import (
	"math"

	"github.com/opentrm/opentrm/internal/sorting"
)

// Flow is how many went, or were sent, from one country to another.
type Flow struct {
	From, To string // codes of the map; equal: within one country
	Kind     int    // which series: flows of several kinds have a colour, a dash and a tip each
	Size     float64
	Said     string // the number as it is written beside the arrow
}

// Place is what is written on the map for a country: its letters, with a star where a note belongs to its name.
type Place struct {
	Letters string
	Strong  bool // has a part in what is shown
}

// letters of the map, in its units: it is shown at half its width on the narrowest telephone.
const onMap = 23.0

// box is where a text stands.
type box struct{ x0, y0, x1, y1 float64 }

func textBox(x, y float64, s string, high float64) box {
	w := wide(s) / size * high
	return box{x - w/2, y - high*0.85, x + w/2, y + high*0.25}
}

func (b box) meets(o box) bool { return b.x0 < o.x1 && o.x0 < b.x1 && b.y0 < o.y1 && o.y0 < b.y1 }

// Flows draws the region with an arrow for each flow between two countries that it shows, as wide as the flow is large, the largest last so that none lies
// under another unseen. A number for which there is no room is not written: the table has it. Countries outside of the region, and what stays within
// one, are not drawn: the table has them too. Borders that are disputed are dashed. Names are those of the kinds; one name or none draws no list of them.
func Flows(f Frame, flows []Flow, places map[string]Place, names []string) []byte {
	d := Region()
	f.Width = d.Width
	p := begin(f)
	top := p.bottom
	if f.Inside {
		top = 0
	}
	p.put(`<g transform="translate(0 %s)">`, num(top))
	p.put(`<rect class="sea" width="%d" height="%d" fill="#e3ecf0"/>`, d.Width, d.Height)
	for _, s := range d.Shapes {
		class, fill := "land", "#f2f1ec"
		if s.X != 0 {
			class, fill = "land member", "#dfe3d8"
		}
		if places[s.Code].Strong {
			class, fill = "land part", "#c3d3cf"
		}
		p.put(`<path class="%s" d="%s" fill="%s"/>`, class, s.D, fill)
	}
	p.put(`<path class="border" d="%s" fill="none" stroke="#8a949c" stroke-width="1.4"/>`, d.Borders)
	p.put(`<path class="border" d="%s" fill="none" stroke="#8a949c" stroke-width="1.4" stroke-dasharray="4 3"/>`, d.Neutral)
	at, taken := map[string]Shape{}, []box(nil)
	for _, s := range d.Shapes {
		if s.X == 0 {
			continue
		}
		at[s.Code] = s
		taken = append(taken, textBox(float64(s.X), float64(s.Y)+onMap*0.35, places[s.Code].Letters, onMap))
	}
	p.arrows(flows, at, taken)
	for _, s := range d.Shapes {
		if s.X != 0 {
			p.halo(float64(s.X), float64(s.Y)+onMap*0.35, places[s.Code].Letters, onMap)
		}
	}
	p.put(`</g>`)
	p.bottom = top + float64(d.Height)
	if len(names) > 1 {
		for i, n := range names {
			p.bottom += onMap + 8
			p.put(`<path class="l%d" d="M%s %sh46" fill="none" stroke="%s" stroke-width="6" stroke-dasharray="%s"/>`, i%len(colours), num(edge), num(p.bottom-7), colours[i%len(colours)], flowDash(i))
			p.text(edge+58, p.bottom, "start", n, `font-size="21"`)
		}
	}
	return p.end()
}

// flowDash is the dash of a kind, long enough for a broad line.
func flowDash(i int) string { return [...]string{"", "14 7", "4 6", "18 6 4 6"}[i%4] }

// halo writes a text that can be read on whatever lies under it.
func (p *picture) halo(x, y float64, s string, high float64) {
	p.put(`<text class="halo" x="%s" y="%s" text-anchor="middle" font-size="%s" font-weight="700" paint-order="stroke" stroke="#fff" stroke-width="5" stroke-linejoin="round">%s</text>`,
		num(x), num(y), num(high), esc(s))
}

// arrows draws flows as curves that bend to the left of their way, so that one there and one back lie apart.
func (p *picture) arrows(flows []Flow, at map[string]Shape, taken []box) {
	most := 0.0
	var shown []Flow
	for _, f := range flows {
		if _, from := at[f.From]; !from || f.From == f.To || f.Size <= 0 {
			continue
		}
		if _, to := at[f.To]; to {
			shown, most = append(shown, f), max(most, f.Size)
		}
	}
	sorting.Stable(shown, func(a, b Flow) int {
		if a.Size < b.Size {
			return -1
		}
		if a.Size > b.Size {
			return 1
		}
		return 0
	})
	d := Region()
	type label struct {
		x, y float64
		said string
	}
	var labels []label
	for i := range shown {
		f := shown[len(shown)-1-i] // the largest has its number first
		c := curveOf(at[f.From], at[f.To], f.Kind)
		for _, t := range []float64{0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74} {
			x, y := c.beside(t, breadth(f.Size, most)/2+onMap*0.35+wide(f.Said)*0.35)
			b := textBox(x, y+onMap*0.3, f.Said, onMap-3)
			free := b.x0 >= 2 && b.y0 >= 2 && b.x1 <= float64(d.Width)-2 && b.y1 <= float64(d.Height)-2
			for _, o := range taken {
				free = free && !b.meets(o)
			}
			if free && f.Said != "" {
				taken, labels = append(taken, b), append(labels, label{x, y + onMap*0.3, f.Said})
				break
			}
		}
	}
	for _, f := range shown {
		c := curveOf(at[f.From], at[f.To], f.Kind)
		w := breadth(f.Size, most)
		k := f.Kind % len(colours)
		x, y := c.point(1)
		bx, by := c.point(0.93)
		angle := math.Atan2(y-by, x-bx)
		tip := w*1.2 + 9
		ex, ey := x-tip*0.8*math.Cos(angle), y-tip*0.8*math.Sin(angle)
		p.put(`<path class="l%d" d="M%s %sQ%s %s %s %s" fill="none" stroke="%s" stroke-width="%s" stroke-dasharray="%s" stroke-opacity=".85"/>`, k, num(c.x0), num(c.y0), num(c.cx), num(c.cy), num(ex), num(ey), colours[k], num(w), flowDash(k))
		lx, ly := ex+tip*0.75*math.Cos(angle+math.Pi/2), ey+tip*0.75*math.Sin(angle+math.Pi/2)
		rx, ry := ex-tip*0.75*math.Cos(angle+math.Pi/2), ey-tip*0.75*math.Sin(angle+math.Pi/2)
		p.put(`<polygon class="s%d" points="%s,%s %s,%s %s,%s" fill="%s"/>`, k, num(x), num(y), num(lx), num(ly), num(rx), num(ry), colours[k])
	}
	for _, l := range labels {
		p.halo(l.x, l.y, l.said, onMap-3)
	}
}

// breadth of an arrow: its area grows with what it stands for. Where all are few, none is broad.
func breadth(size, most float64) float64 { return 2.5 + 8*math.Sqrt(size/max(most, 25)) }

// beside is a point so far from the line, on the side to which it bends.
func (c curve) beside(t, off float64) (x, y float64) {
	x, y = c.point(t)
	mx, my := c.cx-(c.x0+c.x1)/2, c.cy-(c.y0+c.y1)/2
	l := max(math.Hypot(mx, my), 1)
	return x + mx/l*off, y + my/l*off
}

// curve is a line with one bend.
type curve struct{ x0, y0, cx, cy, x1, y1 float64 }

// curveOf leads from beside the letters of one country to beside those of another.
func curveOf(from, to Shape, kind int) curve {
	ax, ay, bx, by := float64(from.X), float64(from.Y), float64(to.X), float64(to.Y)
	dx, dy := bx-ax, by-ay
	length := max(math.Hypot(dx, dy), 1)
	bend := 0.22 + 0.09*float64(kind%3)
	cx, cy := (ax+bx)/2+dy*bend, (ay+by)/2-dx*bend
	d := Region()
	cx, cy = min(max(cx, 8), float64(d.Width)-8), min(max(cy, 8), float64(d.Height)-8)
	gap := min(17, length*0.28)
	trim := func(x, y float64) (float64, float64) {
		l := max(math.Hypot(cx-x, cy-y), 1)
		return x + (cx-x)/l*gap, y + (cy-y)/l*gap
	}
	c := curve{cx: cx, cy: cy}
	c.x0, c.y0 = trim(ax, ay)
	c.x1, c.y1 = trim(bx, by)
	return c
}

func (c curve) point(t float64) (x, y float64) {
	u := 1 - t
	return u*u*c.x0 + 2*u*t*c.cx + t*t*c.x1, u*u*c.y0 + 2*u*t*c.cy + t*t*c.y1
}
