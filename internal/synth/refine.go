package synth

import "github.com/opentrm/opentrm/internal/chance"

// refiner moves values of records so that what records count comes nearer to what they should, over all pairs at once.
type refiner struct {
	n     int
	rows  int
	codes []uint16
	size  []int
	off   [][]float32 // off[i*n+j][b*size(i)+a]: what the records count too much where i has a and j has b; both ways round
	with  [][]int     // with[i]: the columns that i was counted with
	score []float32
}

func newRefiner(f *fit, out *Data) *refiner {
	n := len(f.size)
	r := &refiner{n: n, rows: out.rows, codes: out.codes, size: f.size, off: make([][]float32, n*n), with: make([][]int, n)}
	for _, p := range f.pairs {
		wide, high := f.size[p.j], f.size[p.i]
		there, back := make([]float32, wide*high), make([]float32, wide*high)
		for a := range high {
			for b := range wide {
				v := float32(-p.cells[a*wide+b])
				if v == 0 {
					v = float32(empty * f.noise)
				}
				there[b*high+a], back[a*wide+b] = v, v
			}
		}
		for row := range out.rows {
			x := out.codes[row*n:]
			a, b := int(x[p.i]), int(x[p.j])
			there[b*high+a]++
			back[a*wide+b]++
		}
		r.off[p.i*n+p.j], r.off[p.j*n+p.i] = there, back
		r.with[p.i], r.with[p.j] = append(r.with[p.i], p.j), append(r.with[p.j], p.i)
	}
	most := 0
	for _, s := range f.size {
		most = max(most, s)
	}
	r.score = make([]float32, most)
	return r
}

// sweep looks at each value of each record once, and moves it to where the sum of squares falls most.
func (r *refiner) sweep(s *chance.Source) (moved int) {
	order := make([]int, r.rows)
	for i := range order {
		order[i] = i
	}
	for k := len(order) - 1; k > 0; k-- {
		o := int(s.Below(uint64(k + 1)))
		order[k], order[o] = order[o], order[k]
	}
	for _, row := range order {
		x := r.codes[row*r.n : row*r.n+r.n]
		for i := range r.n {
			with := r.with[i]
			if len(with) == 0 {
				continue
			}
			size, was := r.size[i], int(x[i])
			off := r.off[i*r.n : i*r.n+r.n]
			score := r.score[:size]
			clear(score)
			for _, j := range with {
				line := off[j][int(x[j])*size:][:size]
				for a, v := range line {
					score[a] += v
				}
			}
			// Moving one record from was to a changes the sum of squares by twice this and the number of pairs.
			best, least := was, score[was]-float32(len(with))
			for a, v := range score {
				if v < least {
					best, least = a, v
				}
			}
			if best == was {
				continue
			}
			moved++
			x[i] = uint16(best)
			for _, j := range with {
				b := int(x[j])
				line := off[j][b*size:]
				line[was]--
				line[best]++
				back := r.off[j*r.n+i]
				back[was*r.size[j]+b]--
				back[best*r.size[j]+b]++
			}
		}
	}
	return moved
}
