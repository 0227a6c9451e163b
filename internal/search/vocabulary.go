package search

import (
	"hash/maphash"
	"math/bits"
	"strings"
)

// vocabulary is the sounding words of all records in memory, each once. It grows, and is made anew when records leave ([replica.compact]).
type vocabulary struct {
	seed maphash.Seed
	ids  map[uint64]uint32
	text []byte
	at   []uint32 // where each begins; one more than there are
	look []look   // of each, what tells most words apart at a glance
}

// look is which letters occur in a word, as one bit for each, the highest if there is a digit, and how many letters it has.
type look struct {
	holds uint32
	n     uint8
}

func lookOf(w string) look {
	l := look{n: uint8(min(len(w), 255))}
	for i := range len(w) {
		if c := w[i]; '0' <= c && c <= '9' {
			l.holds |= 1 << 31
		} else {
			l.holds |= 1 << (c & 31 % 31)
		}
	}
	return l
}

func newVocabulary() *vocabulary {
	return &vocabulary{seed: maphash.MakeSeed(), ids: map[uint64]uint32{}, at: []uint32{0}}
}

func (v *vocabulary) count() int { return len(v.at) - 1 }

func (v *vocabulary) word(n uint32) []byte { return v.text[v.at[n]:v.at[n+1]] }

// known returns the number of a word.
func (v *vocabulary) known(w []byte) (uint32, bool) {
	for h := maphash.Bytes(v.seed, w); ; h++ {
		n, ok := v.ids[h]
		if !ok || string(v.word(n)) == string(w) {
			return n, ok
		}
	}
}

// add returns the number of a word, which is new or known.
func (v *vocabulary) add(w []byte) uint32 {
	h := maphash.Bytes(v.seed, w)
	for {
		n, ok := v.ids[h]
		if ok && string(v.word(n)) == string(w) {
			return n
		}
		if !ok {
			break
		}
		h++
	}
	n := uint32(v.count())
	v.ids[h] = n
	v.text = append(v.text, w...)
	v.at = append(v.at, uint32(len(v.text)))
	v.look = append(v.look, lookOf(string(w)))
	return n
}

func (v *vocabulary) bytes() int { return cap(v.text) + 4*cap(v.at) + 8*cap(v.look) + 24*len(v.ids) }

func (v *vocabulary) wipe() {
	clear(v.text[:cap(v.text)])
	clear(v.ids)
	clear(v.look)
}

// near is a word of the vocabulary and in how many letters it differs from one that is sought.
type near struct {
	word  uint32
	slips uint8
}

// mostSlips is how many letters of a word may be wrong, missing or too many.
const mostSlips = 2

// nearTo returns the words of which one reading of a word is at most [mostSlips] letters away, each with the fewest. A word with a digit is
// near to itself only: in a number every digit counts.
func (v *vocabulary) nearTo(w Word) []near {
	var out []near
	place := map[uint32]int{}
	for _, way := range w {
		if digit(way) || len(way) > longest {
			if n, ok := v.known([]byte(way)); ok {
				out = append(out, near{n, 0})
			}
			continue
		}
		p, mine := patternOf(way), lookOf(way)
		for i, its := range v.look {
			// Each slip takes at most one letter out of those that occur and puts one in.
			if its.n-mine.n+mostSlips > 2*mostSlips || bits.OnesCount32(its.holds^mine.holds) > 2*mostSlips {
				continue
			}
			n := uint32(i)
			other := v.word(n)
			slips := p.slips(other)
			if slips > mostSlips || slips > 0 && (wordBits(slips, min(len(way), len(other))) <= 0 || its.holds>>31 > 0) {
				continue
			}
			if at, ok := place[n]; ok {
				out[at].slips = min(out[at].slips, slips)
				continue
			}
			place[n] = len(out)
			out = append(out, near{n, slips})
		}
	}
	return out
}

func digit(w string) bool { return strings.ContainsAny(w, "0123456789") }

// longest is how many letters of a word fit into one word of the processor.
const longest = 64

// pattern is a word made ready to be compared with many.
type pattern struct {
	at [256]uint64 // of each letter, where it stands
	n  int
}

func patternOf(w string) *pattern {
	p := &pattern{n: len(w)}
	for i := range len(w) {
		p.at[w[i]] |= 1 << i
	}
	return p
}

// slips returns in how many letters a word differs: letters that are other, missing or too many (Hyyrö 2003, "A Bit-Vector Algorithm for
// Computing Levenshtein and Damerau Edit Distances", after Myers 1999).
func (p *pattern) slips(w []byte) uint8 {
	up, down, score, last := ^uint64(0), uint64(0), p.n, uint64(1)<<(p.n-1)
	for _, c := range w {
		eq := p.at[c]
		diagonal := (((eq & up) + up) ^ up) | eq | down
		plus := down | ^(diagonal | up)
		minus := up & diagonal
		if plus&last != 0 {
			score++
		}
		if minus&last != 0 {
			score--
		}
		plus = plus<<1 | 1
		up = minus<<1 | ^(diagonal | plus)
		down = plus & diagonal
	}
	return uint8(min(score, 255))
}
