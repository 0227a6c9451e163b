package chart

import "strconv"

// Rung is one age of a pyramid: how many to the left and to the right, and how that is written.
type Rung struct {
	Name                string
	Left, Right         float64
	LeftSaid, RightSaid string
}

// Pyramid draws ages above one another, the oldest above, two groups to the left and to the right of one line. What has no number is written and not drawn.
func Pyramid(f Frame, left, right string, rungs []Rung) []byte {
	p := begin(f)
	most, name, said := 1.0, 0.0, 0.0
	for _, r := range rungs {
		most = max(most, r.Left, r.Right)
		name = max(name, wide(r.Name))
		said = max(said, wide(r.LeftSaid), wide(r.RightSaid))
	}
	middle := p.width / 2
	half := middle - edge - name/2 - 8 - said - 6
	p.bottom += line
	p.text(middle-name/2-8, p.bottom, "end", left, `font-weight="600"`)
	p.text(middle+name/2+8, p.bottom, "start", right, `font-weight="600"`)
	p.bottom += 8
	p.fill(0)
	hatched := p.fill(1)
	for i := range rungs {
		r := rungs[len(rungs)-1-i]
		y := p.bottom
		l, w := half*r.Left/most, half*r.Right/most
		p.text(middle, y+17, "middle", r.Name, "")
		p.put(`<rect class="s0" x="%s" y="%s" width="%s" height="22" fill="%s"/>`, num(middle-name/2-8-l), num(y), num(l), colours[0])
		p.put(`<rect class="l1" x="%s" y="%s" width="%s" height="22" fill="%s" stroke="%s"/>`, num(middle+name/2+8), num(y), num(w), hatched, colours[1])
		p.text(middle-name/2-8-l-5, y+16, "end", r.LeftSaid, "")
		p.text(middle+name/2+8+w+5, y+16, "start", r.RightSaid, "")
		p.bottom += 28
	}
	return p.end()
}

// Table draws the numbers of a table as lines, one for each column after the first, or as stacks where they are parts of a whole. A cell that is no number is a gap.
// Head has the name of the first column and then those of the lines; each row has a step of the axis and then its numbers, as [strconv.ParseFloat] reads them.
func Table(f Frame, head []string, rows [][]string, stacked bool) []byte {
	if len(head) < 2 {
		return Lines(f, nil, nil, 1, "")
	}
	names, most := head[1:], 0.0
	steps, stacks, lines := []string{}, []Stack{}, make([]Series, len(names))
	for i, n := range names {
		lines[i].Name = n
	}
	for _, row := range rows {
		s, sum := Stack{Parts: make([]float64, len(names))}, 0.0
		for i := range names {
			v, err := 0.0, error(strconv.ErrSyntax)
			if i+1 < len(row) {
				v, err = strconv.ParseFloat(row[i+1], 64)
			}
			if err != nil || v < 0 || v > 1e15 || v != v {
				lines[i].Points = append(lines[i].Points, Point{None: true})
				s.None = true
				continue
			}
			lines[i].Points = append(lines[i].Points, Point{Low: v, Mid: v, High: v})
			s.Parts[i], sum = v, sum+v
			if !stacked {
				most = max(most, v)
			}
		}
		if len(row) > 0 {
			s.Name = row[0]
		}
		if stacked && !s.None {
			most = max(most, sum)
		}
		steps, stacks = append(steps, s.Name), append(stacks, s)
	}
	most = Top(most)
	if stacked {
		return Stacks(f, names, stacks, most, "")
	}
	return Lines(f, steps, lines, most, "")
}

// Top is a round number that is not below most and can be cut into four: the end of an axis of whole numbers.
func Top(most float64) float64 {
	for unit := 4.0; unit < 1e16; unit *= 10 {
		for _, by := range []float64{1, 2, 3, 5} {
			if unit*by >= most {
				return unit * by
			}
		}
	}
	return most
}
