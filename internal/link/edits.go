package link

// probe is a text made ready to be compared with many.
type probe struct {
	text []byte
	at   [32]uint64 // of each letter, where it stands
}

func probing(text []byte) probe {
	p := probe{text: text}
	for i, c := range text[:min(len(text), 64)] {
		p.at[c] |= 1 << i
	}
	return p
}

// edits returns by how many letters put in, left out or written for others two texts differ (Levenshtein 1965). Up to 64 letters of the
// pattern a column of the table is one machine word (Myers 1999, "A Fast Bit-Vector Algorithm", J. ACM 46, in the form of
// Hyyrö 2003); beyond, the table is written out.
func (p *probe) edits(text []byte) int {
	m := len(p.text)
	if m == 0 {
		return len(text)
	}
	if m > 64 {
		return plainEdits(p.text, text)
	}
	up, down := ^uint64(0), uint64(0)
	d, last := m, uint64(1)<<(m-1)
	for _, c := range text {
		eq := p.at[c]
		x := eq | down
		h := (((eq & up) + up) ^ up) | x
		right, left := down|^(h|up), up&h
		if right&last != 0 {
			d++
		} else if left&last != 0 {
			d--
		}
		right = right<<1 | 1
		left <<= 1
		up = left | ^(h | right)
		down = right & h
	}
	return d
}

func plainEdits(a, b []byte) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		corner := row[0]
		row[0] = i + 1
		for j, y := range b {
			next := corner
			if x != y {
				next = 1 + min(corner, row[j], row[j+1])
			}
			corner, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
