package search

import (
	"hash/maphash"
	"strings"

	"github.com/opentrm/opentrm/internal/link"
)

// vocabulary is the sounding words of all records in memory, each once, in the letters in which package link compares them. It grows, and is made
// anew when records leave ([replica.compact]).
type vocabulary struct {
	seed  maphash.Seed
	ids   map[uint64]uint32
	text  []byte
	at    []uint32 // where each begins; one more than there are
	marks []uint64 // of each, what tells most words apart at a glance
}

func newVocabulary() *vocabulary {
	return &vocabulary{seed: maphash.MakeSeed(), ids: map[uint64]uint32{}, at: []uint32{0}}
}

func (v *vocabulary) count() int { return len(v.at) - 1 }

func (v *vocabulary) letters(n uint32) []byte { return v.text[v.at[n]:v.at[n+1]] }

func (v *vocabulary) word(n uint32) string { return link.Sound(v.letters(n)) }

// known returns the number of a word in letters, and where it would stand if there is none.
func (v *vocabulary) known(letters []byte) (n uint32, place uint64, ok bool) {
	for h := maphash.Bytes(v.seed, letters); ; h++ {
		n, ok := v.ids[h]
		if !ok || string(v.letters(n)) == string(letters) {
			return n, h, ok
		}
	}
}

// add returns the number of a word, which is new or known.
func (v *vocabulary) add(sound string) uint32 {
	from := len(v.text)
	text, mark := link.Letters(v.text, sound)
	n, place, ok := v.known(text[from:])
	if ok {
		return n
	}
	n = uint32(v.count())
	v.text = text
	v.ids[place] = n
	v.at, v.marks = append(v.at, uint32(len(text))), append(v.marks, mark)
	return n
}

func (v *vocabulary) bytes() int { return cap(v.text) + 4*cap(v.at) + 8*cap(v.marks) + 24*len(v.ids) }

func (v *vocabulary) wipe() {
	clear(v.text[:cap(v.text)])
	clear(v.ids)
	clear(v.marks)
}

// near is a word of the vocabulary and in how many letters it differs from one that is sought.
type near struct {
	word  uint32
	slips uint8
}

// nearTo returns the words of which one reading of a word is at most two letters away, each with the fewest. A word with a digit is
// near to itself only: in a number every digit counts.
func (v *vocabulary) nearTo(w Word) []near {
	var out []near
	place := map[uint32]int{}
	for _, way := range w {
		p := link.NewProbe(way)
		for i, mark := range v.marks {
			if !p.May(mark) {
				continue
			}
			n := uint32(i)
			d, ok := v.slips(way, &p, n)
			if !ok {
				continue
			}
			if at, ok := place[n]; ok {
				out[at].slips = min(out[at].slips, d)
				continue
			}
			place[n] = len(out)
			out = append(out, near{n, d})
		}
	}
	return out
}

// slips returns by how many letters one reading of a word differs from a word of the vocabulary; false: it is another word.
func (v *vocabulary) slips(way string, p *link.Probe, n uint32) (uint8, bool) {
	letters := v.letters(n)
	d, ok := p.Edits(letters, v.marks[n])
	if !ok || d > 0 && (digit(way) || wordBits(uint8(d), min(len(way), len(letters))) <= 0 || digit(v.word(n))) {
		return 0, false
	}
	return uint8(d), true
}

func digit(w string) bool { return strings.ContainsAny(w, "0123456789") }
