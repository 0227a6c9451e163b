package chart

// Bar is a number from 0 to the top of its picture, and how far it is known.
type Bar struct {
	Name      string
	Low, High float64 // the two are one where it is known
	Said      string  // the number as it is written beside the bar
}

// Mark is a number that was published elsewhere, drawn through all bars.
type Mark struct {
	At   float64
	Said string
}

// Bars draws numbers under one another: solid as far as they are certain, hatched as far as they can reach. Most is the value at the right edge.
func Bars(f Frame, bars []Bar, most float64, marks []Mark) []byte {
	p := begin(f)
	end := edge
	for _, b := range bars {
		end = max(end, wide(b.Said))
	}
	left, right := edge, p.width-edge-end-8
	x := func(v float64) float64 { return left + (right-left)*min(max(v/most, 0), 1) }
	top := p.bottom
	if len(marks) > 0 {
		p.bottom += line
	}
	first := p.bottom
	for i, b := range bars {
		y := p.bottom + line
		p.put(`<rect class="rest" x="%s" y="%s" width="%s" height="22" fill="#eef2f4"/>`, num(left), num(y), num(right-left))
		if b.High > b.Low {
			p.put(`<rect x="%s" y="%s" width="%s" height="22" fill="%s"/>`, num(left), num(y), num(x(b.High)-left), p.hatch(i))
		}
		p.put(`<rect class="s%d" x="%s" y="%s" width="%s" height="22" fill="%s"/>`, i%len(colours), num(left), num(y), num(x(b.Low)-left), colours[i%len(colours)])
		p.text(right+8, y+16, "start", b.Said, `font-weight="600"`)
		p.bottom = y + 22 + 8
	}
	for _, m := range marks {
		p.put(`<path class="ink" d="M%s %sV%s" stroke="%s" stroke-width="2" stroke-dasharray="4 3" fill="none"/>`, num(x(m.At)), num(top+line-3), num(p.bottom), ink)
		anchor := "middle"
		if x(m.At) > p.width*0.7 {
			anchor = "end"
		}
		p.text(x(m.At), top+size-2, anchor, m.Said, `font-size="13"`)
	}
	for i, b := range bars { // over the marks, so that no line crosses a name
		p.text(edge, first+float64(i)*(line+30)+size, "start", b.Name, `class="over" paint-order="stroke" stroke="#fff" stroke-width="5" stroke-linejoin="round"`)
	}
	return p.end()
}
