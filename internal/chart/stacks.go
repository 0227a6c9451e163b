package chart

import "strconv"

// Stack is parts of one whole, one on the other: the forms of a year.
type Stack struct {
	Name  string    // below it
	Parts []float64 // one for each name of the parts
	None  bool      // missing
}

// Stacks draws wholes beside one another, each of its parts. Most is the value at the top.
func Stacks(f Frame, names []string, all []Stack, most float64, unit string) []byte {
	p := begin(f)
	for i, n := range names {
		p.bottom += line
		p.put(`<rect class="%s" x="%s" y="%s" width="12" height="12" fill="%s" stroke="%s"/>`, filledClass(i), num(edge), num(p.bottom-11), p.fill(i), colours[i%len(colours)])
		p.text(edge+18, p.bottom, "start", n, "")
	}
	left, right, top := edge+8+wide(strconv.FormatFloat(most, 'f', -1, 64)+unit), p.width-edge, p.bottom+14
	low := top + max(160, min(320, p.width*0.4))
	step := (right - left) / float64(max(len(all), 1))
	y := func(v float64) float64 { return low - (low-top)*min(max(v/most, 0), 1) }
	for i := range 5 {
		v := most * float64(i) / 4
		p.put(`<path class="faint" d="M%s %sH%s" stroke="%s"/>`, num(left), num(y(v)), num(right), faint)
		p.text(left-6, y(v)+5, "end", strconv.FormatFloat(v, 'f', -1, 64)+unit, `font-size="12"`)
	}
	each := 1
	for len(all) > 0 && each < len(all) && step*float64(each) < wide(all[0].Name)+6 {
		each++
	}
	for i, s := range all {
		x, at := left+step*float64(i)+step*0.15, 0.0
		if (len(all)-1-i)%each == 0 {
			p.text(x+step*0.35, low+16, "middle", s.Name, `font-size="12"`)
		}
		if s.None {
			p.text(x+step*0.35, low-4, "middle", "–", "")
			continue
		}
		for j, v := range s.Parts {
			p.put(`<rect class="%s" x="%s" y="%s" width="%s" height="%s" fill="%s" stroke="%s"/>`, filledClass(j), num(x), num(y(at+v)), num(step*0.7), num(y(at)-y(at+v)), p.filled(j), colours[j%len(colours)])
			at += v
		}
	}
	p.bottom = low + 20
	return p.end()
}

// fillings is how many ways there are to fill a part: with the colours, twelve parts differ, and six without any colour.
const fillings = 6

// fill defines how the part i is filled, and filled names it again: solid, or hatched in one of five ways.
func (p *picture) fill(i int) string {
	kind, c, k := i%fillings, colours[i%len(colours)], i%len(colours)
	if kind == 0 {
		return c
	}
	marks := [...]string{
		1: `<rect class="s%d" width="2.5" height="6" fill="%s"/>`,
		2: `<circle class="s%d" cx="3" cy="3" r="1.7" fill="%s"/>`,
		3: `<rect class="s%d" width="6" height="2.5" fill="%s"/>`,
		4: `<rect class="s%d" width="1.5" height="6" fill="%s"/>`,
		5: `<rect class="s%d" width="4.5" height="6" fill="%s"/>`,
	}
	turn := [...]int{1: 45, 4: 135, 5: 0}[kind]
	p.put(`<pattern id="%s-h%d" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(%d)"><rect class="ground" width="6" height="6" fill="#fff"/>`+marks[kind]+`</pattern>`, esc(p.f.ID), i, turn, k, c)
	return p.filled(i)
}

func (p *picture) filled(i int) string {
	if i%fillings != 0 {
		return "url(#" + esc(p.f.ID) + "-h" + strconv.Itoa(i) + ")"
	}
	return colours[i%len(colours)]
}

// filledClass is the class of the part i: its line always, its ground where it is solid.
func filledClass(i int) string {
	k := strconv.Itoa(i % len(colours))
	if i%fillings != 0 {
		return "l" + k
	}
	return "s" + k + " l" + k
}
