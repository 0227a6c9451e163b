package link

import (
	"math/bits"

	"github.com/opentrm/opentrm/internal/fold"
)

// longest is the number of letters of a word that are compared: so many as one word of the processor holds. What a word has beyond
// them is not seen; of the names in the files that this was tried on none is as long.
const longest = 32

// word is a sounding word (package fold) made ready to be compared many times.
type word struct {
	n       uint8
	bone    uint8              // letters of its skeleton
	letters [longest]byte      // a to z as 1 to 26, digits as 27 to 36
	at      [symbols]uint32    // of each letter, where it stands
	holds   uint64             // which letters occur
	kinds   uint8              // how many different ones
	bones   uint32             // hash of its skeleton
	stems   [len(stems)]uint32 // of the beginnings of its skeleton
	called  *called            // whether it is a name that has short forms, or one of these; nil for most
}

// stems are the lengths of beginnings of skeletons by which records are found.
var stems = [...]int{3, 4, 5}

const symbols = 37

// symbol returns a letter of a sounding word as a small number, zero for what is none.
func symbol(c byte) byte {
	switch {
	case 'a' <= c && c <= 'z':
		return c - 'a' + 1
	case '0' <= c && c <= '9':
		return c - '0' + 27
	}
	return 0
}

// ready makes a sounding word ready. It does not fail: letters that are none are left out.
func ready(sound string) word {
	w := word{}
	for i := 0; i < len(sound) && w.n < longest; i++ {
		if s := symbol(sound[i]); s > 0 {
			w.letters[w.n] = s
			w.at[s] |= 1 << w.n
			w.holds |= 1 << s
			w.n++
		}
	}
	w.kinds = uint8(bits.OnesCount64(w.holds))
	bones := fold.Skeleton(sound)
	w.bone, w.bones = uint8(min(len(bones), 255)), uint32(hashed(bones))
	for i, n := range stems {
		w.stems[i] = uint32(hashed(bones[:min(n, len(bones))]))
	}
	return w
}

// atMost returns what the likeness of two words cannot exceed, from the letters that occur in both: as many letters of each as there are kinds
// that the other lacks find nothing.
func atMost(a, b *word) float64 {
	both := uint8(bits.OnesCount64(a.holds & b.holds))
	m := float64(min(a.n-(a.kinds-both), b.n-(b.kinds-both)))
	if both == 0 {
		return 0
	}
	j := (m/float64(a.n) + m/float64(b.n) + 1) / 3
	if a.letters[0] == b.letters[0] {
		j += .4 * (1 - j)
	}
	return j
}

// jaro returns how alike two words are by Jaro, between 0 and 1 (Jaro 1989, "Advances in Record-Linkage Methodology", J. Amer. Stat. Assoc.
// 84). The letters that agree are found with the bits of one machine word.
func jaro(a, b *word) float64 {
	if a.n == 0 || b.n == 0 {
		return 0
	}
	if a.n > b.n {
		a, b = b, a
	}
	window := max(int(b.n)/2-1, 0)
	var inA, inB uint32
	for i := range int(a.n) {
		low, high := max(i-window, 0), min(i+window+1, int(b.n))
		span := uint32(1)<<high - uint32(1)<<low
		if high == 32 {
			span = ^uint32(0) << low
		}
		if free := b.at[a.letters[i]] & span &^ inB; free != 0 {
			inB |= free & -free
			inA |= 1 << i
		}
	}
	same := bits.OnesCount32(inA)
	if same == 0 {
		return 0
	}
	moved := 0
	for x, y := inA, inB; x != 0; x, y = x&(x-1), y&(y-1) {
		if a.letters[bits.TrailingZeros32(x)] != b.letters[bits.TrailingZeros32(y)] {
			moved++
		}
	}
	m := float64(same)
	return (m/float64(a.n) + m/float64(b.n) + (m-float64(moved/2))/m) / 3
}

// likeness returns how alike two words are by Jaro and Winkler, between 0 and 1: that of [jaro], raised by a tenth of what it lacks for each of
// at most four letters at the beginning that are the same (Winkler 1990).
func likeness(a, b *word) float64 {
	j := jaro(a, b)
	same := 0
	for same < int(min(4, a.n, b.n)) && a.letters[same] == b.letters[same] {
		same++
	}
	return j + float64(same)*.1*(1-j)
}
