package link

import "math/bits"

// Probe is a sounding word made ready to be compared with many others that somebody else holds in memory ([Letters]).
type Probe struct {
	p    probe
	mark uint64
}

// Letters appends a sounding word (fold.Sounds) in the form in which a [Probe] reads it, one byte a letter, and returns it with its mark: what
// tells most words apart without reading them. What is neither a letter that sounds nor a digit is left out.
func Letters(to []byte, sound string) ([]byte, uint64) {
	from := len(to)
	to = coded(to, sound)
	return to, mark(to[from:])
}

// Sound is the word that [Letters] has written.
func Sound(letters []byte) string {
	out := make([]byte, len(letters))
	for i, c := range letters {
		out[i] = code[c]
	}
	return string(out)
}

// NewProbe makes a sounding word ready.
func NewProbe(sound string) Probe {
	w := coded(nil, sound)
	return Probe{probing(w), mark(w)}
}

// May reports whether a word with that mark may be within two letters: of most words it says that they are not, and of none that is.
func (p *Probe) May(mark uint64) bool {
	off := int(mark>>markBits) - len(p.p.text)
	return off+reach >= 0 && off <= reach && bits.OnesCount64((mark^p.mark)<<(64-markBits)) <= 2*reach
}

// Edits returns by how many letters put in, left out or written for others a word differs, and whether they are at most two: otherwise what it
// returns says nothing.
func (p *Probe) Edits(letters []byte, mark uint64) (int, bool) {
	if !p.May(mark) {
		return 0, false
	}
	d := p.p.edits(letters)
	return d, d <= reach
}
