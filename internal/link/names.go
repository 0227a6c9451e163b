package link

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/fold"
)

// reach is the number of letters by which a name may differ from what is searched and is found for certain.
const reach = 2

// Names finds names that sound like what somebody types, in any script, with slips. It holds them in memory as they sound and in no other form,
// and looks at every one of them, so that nothing within two letters is missed. The zero value is an empty list. One goroutine adds;
// when nothing is added any more, many may search.
type Names struct {
	ids     []uint64
	first   []uint32  // of each name, its first word among parts
	parts   []reading // the words of all names
	whole   []spelt   // each name in each of its readings, without blanks
	known   map[string]int32
	words   []spelt // the words, each once
	post    []int32 // of each word, the last place in posts where it stands, or -1
	posts   []place
	letters []byte
}

// spelt is a sounding text: where its letters are, and its mark.
type spelt struct {
	mark uint64
	at   uint32
	of   int32 // the name, in whole
}

// place is where a word stands, and the place before it.
type place struct{ name, before int32 }

// mark tells two texts apart without reading them: one bit for each letter and digit that occurs, one for each letter that occurs twice, and
// above them the length. A letter that is put in, left out or written for another changes at most one bit that is there and one that is not.
func mark(letters []byte) uint64 {
	var m uint64
	for _, c := range letters {
		if bit := uint64(1) << c; m&bit == 0 {
			m |= bit
		} else if c <= 21 {
			m |= 1 << (c + 31)
		}
	}
	return m&(1<<markBits-1) | uint64(len(letters))<<markBits
}

// markBits are the bits of a mark below its length; longestName is the number of letters of a name that are seen.
const markBits, longestName = 54, 255

// coded appends the letters of a sounding word as small numbers: 1 to 21 for letters, 22 to 31 for digits. What is neither is left out.
func coded(to []byte, sound string) []byte {
	for i := range len(sound) {
		if c := strings.IndexByte(code, sound[i]); c > 0 {
			to = append(to, byte(c))
		}
	}
	return to
}

// Len returns how many names were added.
func (n *Names) Len() int { return len(n.ids) }

// Add adds a name: its parts in any order, each of one or more words. The number says whose it is, and may be given to several names. A name
// without a letter that sounds is counted and never found.
func (n *Names) Add(id uint64, parts ...string) {
	if n.known == nil {
		n.known, n.first = map[string]int32{}, []uint32{0}
	}
	me := int32(len(n.ids))
	n.ids = append(n.ids, id)
	words := sounding(parts...)
	for _, ways := range words {
		r := reading{n: uint8(len(ways))}
		for i, w := range ways {
			r.ways[i] = n.word(w)
			n.posts = append(n.posts, place{me, n.post[r.ways[i]]})
			n.post[r.ways[i]] = int32(len(n.posts) - 1)
		}
		n.parts = append(n.parts, r)
	}
	n.first = append(n.first, uint32(len(n.parts)))
	for _, w := range joined(words) {
		at := uint32(len(n.letters))
		n.letters = append(n.letters, w...)
		n.whole = append(n.whole, spelt{mark(w), at, me})
	}
}

func (n *Names) word(s string) int32 {
	i, ok := n.known[s]
	if !ok {
		at := len(n.letters)
		n.letters = coded(n.letters, s)
		i = int32(len(n.words))
		n.words = append(n.words, spelt{mark(n.letters[at:]), uint32(at), int32(len(n.letters) - at)})
		n.post = append(n.post, -1)
		n.known[strings.Clone(s)] = i
	}
	return i
}

// sounding returns the words of a name as they sound, without titles.
func sounding(parts ...string) [][]string {
	var words [][]string
	for _, p := range parts {
		for _, ways := range fold.SoundWords(p) {
			if !slices.Contains(titles[:], ways[0]) {
				words = append(words, ways)
			}
		}
	}
	return words
}

// joined returns the letters of a name in each of its readings, the words without blanks.
func joined(words [][]string) [][]byte {
	var out [][]byte
	for k := range fold.Readings {
		var b []byte
		for _, ways := range words {
			b = coded(b, ways[min(k, len(ways)-1)])
		}
		b = b[:min(len(b), longestName)]
		if len(b) > 0 && !slices.ContainsFunc(out, func(o []byte) bool { return string(o) == string(b) }) {
			out = append(out, b)
		}
	}
	return out
}

// Hit is a name that was found.
type Hit struct {
	ID    uint64
	Name  int     // which name: the number of those added before it
	Edits int     // by how many letters the whole name differs, 0 to 2; of a name found by its words, the sum of theirs
	Whole bool    // whether the whole name is what was searched, and not some of its words
	Like  float64 // how alike the names are, up to 1, by which hits are ordered
}

// Search returns at most limit names, the likest first, each person once: every name that in one of its readings differs from one of the
// readings of what is searched by at most two letters put in, left out or written for others, its first three words in any order and
// blanks not counted; and every name that has each of the words searched, where a word of up to three letters may not differ, one of up to five
// by one letter, a longer one by two. A short form of a name is a word that does not differ from it. Of nothing it finds nothing.
func (n *Names) Search(query string, limit int) []Hit {
	words := sounding(query)
	if len(words) == 0 || len(n.ids) == 0 || limit < 1 {
		return nil
	}
	found := map[int32]Hit{}
	n.wholes(words, found)
	n.byWords(words, found)
	return n.likest(words, found, limit)
}

// likest returns the likest of what was found.
func (n *Names) likest(query [][]string, found map[int32]Hit, limit int) []Hit {
	hits := make([]Hit, 0, len(found))
	for me, h := range found {
		h.ID, h.Name = n.ids[me], int(me)
		hits = append(hits, h)
	}
	slices.SortFunc(hits, func(a, b Hit) int { return cmp.Or(a.grade()-b.grade(), a.Name-b.Name) })
	desk := newDesk(n, query)
	seen := map[uint64]bool{}
	out := hits[:0]
	for from := 0; from < len(hits) && len(out) < limit; {
		to := from
		for ; to < len(hits) && hits[to].grade() == hits[from].grade(); to++ {
			hits[to].Like = desk.like(int32(hits[to].Name))
		}
		grade := hits[from:to]
		slices.SortFunc(grade, func(a, b Hit) int { return cmp.Or(-cmp.Compare(a.Like, b.Like), a.Name-b.Name) })
		for _, h := range grade {
			if !seen[h.ID] && len(out) < limit {
				seen[h.ID] = true
				out = append(out, h)
			}
		}
		from = to
	}
	return out
}

// grade orders hits before their likeness does: whole names before parts, and few letters before many.
func (h Hit) grade() int {
	if h.Whole {
		return h.Edits
	}
	return 1<<10 + h.Edits
}

// wholes finds whole names.
func (n *Names) wholes(words [][]string, found map[int32]Hit) {
	type asked struct {
		mark   uint64
		orders []probe
	}
	var asks []asked
	for _, order := range orders(words) {
		for _, w := range joined(order) {
			m := mark(w)
			i := slices.IndexFunc(asks, func(a asked) bool { return a.mark == m })
			if i < 0 {
				asks = append(asks, asked{mark: m})
				i = len(asks) - 1
			}
			asks[i].orders = append(asks[i].orders, probing(w))
		}
	}
	for _, a := range asks {
		long := int(a.mark >> markBits)
		for i := range n.whole {
			w := &n.whole[i]
			x := w.mark ^ a.mark
			if bits.OnesCount64(x<<(64-markBits)) > 2*reach {
				continue
			}
			size := int(w.mark >> markBits)
			if size-long > reach || long-size > reach || bits.OnesCount64(x&w.mark<<(64-markBits)) > reach || bits.OnesCount64(x&a.mark<<(64-markBits)) > reach {
				continue
			}
			for k := range a.orders {
				d := a.orders[k].edits(n.letters[w.at : int(w.at)+size])
				if h, ok := found[w.of]; d <= reach && (!ok || d < h.Edits) {
					found[w.of] = Hit{Edits: d, Whole: true}
				}
			}
		}
	}
}

// orders returns the words in every order of the first three, the order given first.
func orders(words [][]string) [][][]string {
	out := [][][]string{words}
	swap := func(order ...int) {
		var o [][]string
		for _, i := range order {
			o = append(o, words[i])
		}
		out = append(out, append(o, words[len(order):]...))
	}
	if len(words) > 1 {
		swap(1, 0)
	}
	if len(words) > 2 {
		swap(0, 2, 1)
		swap(1, 2, 0)
		swap(2, 0, 1)
		swap(2, 1, 0)
	}
	return out
}

// spare returns by how many letters a word of a length may differ.
func spare(letters int) int {
	switch {
	case letters <= 3:
		return 0
	case letters <= 5:
		return 1
	}
	return reach
}

// near returns the words that a word can stand for, and by how many letters each differs.
func (n *Names) near(ways []string) map[int32]int {
	out := map[int32]int{}
	for _, way := range ways {
		w := coded(nil, way)
		m, p, most := mark(w), probing(w), spare(len(w))
		for i := range n.words {
			v := &n.words[i]
			if bits.OnesCount64((v.mark^m)<<(64-markBits)) > 2*most || int(v.of)-len(w) > most || len(w)-int(v.of) > most {
				continue
			}
			d := p.edits(n.letters[v.at : int(v.at)+int(v.of)])
			if o, ok := out[int32(i)]; d <= most && (!ok || d < o) {
				out[int32(i)] = d
			}
		}
	}
	return out
}

// byWords finds names that have each of the words, in addition to what was found.
func (n *Names) byWords(words [][]string, found map[int32]Hit) {
	near := make([]map[int32]int, len(words))
	rarest, fewest := 0, -1
	for i, ways := range words {
		near[i] = n.near(ways)
		count := 0
		for w := range near[i] {
			for p := n.post[w]; p >= 0; p = n.posts[p].before {
				count++
			}
		}
		if fewest < 0 || count < fewest {
			rarest, fewest = i, count
		}
	}
	for w := range near[rarest] {
		for p := n.post[w]; p >= 0; p = n.posts[p].before {
			me := n.posts[p].name
			if _, ok := found[me]; ok {
				continue
			}
			if d, ok := n.has(me, near); ok {
				found[me] = Hit{Edits: d}
			}
		}
	}
}

// has reports whether a name has a word of its own for each of those asked, and by how many letters they differ in all: each of them, from the
// first, takes the nearest that is left.
func (n *Names) has(me int32, near []map[int32]int) (sum int, ok bool) {
	parts := n.parts[n.first[me]:n.first[me+1]]
	var used uint64
	for _, words := range near {
		best, at := -1, 0
		for i := range parts[:min(len(parts), 64)] {
			for _, w := range parts[i].ways[:parts[i].n] {
				if d, ok := words[w]; ok && used&(1<<i) == 0 && (best < 0 || d < best) {
					best, at = d, i
				}
			}
		}
		if best < 0 {
			return 0, false
		}
		used |= 1 << at
		sum += best
	}
	return sum, true
}

// desk holds a name that is compared with others of a list.
type desk struct {
	names *Names
	table *Table
	query name
	copy  map[int32]int32 // of words of the list, their number in the table
}

func newDesk(n *Names, query [][]string) *desk {
	d := &desk{names: n, table: New(nil), copy: map[int32]int32{}}
	d.query = d.table.name(query)
	return d
}

func (d *desk) like(me int32) float64 {
	x := d.name(me)
	s, _, _, _ := d.table.aligned(&d.query, &x)
	return s
}

func (d *desk) name(me int32) name {
	var x name
	for _, r := range d.names.parts[d.names.first[me]:d.names.first[me+1]] {
		if x.n == most {
			break
		}
		for i, w := range r.ways[:r.n] {
			c, ok := d.copy[w]
			if !ok {
				c = d.table.word(d.names.spell(w))
				d.copy[w] = c
			}
			r.ways[i] = c
		}
		x.words = append(x.words, r)
		x.letters += d.table.words[r.ways[0]].n
		x.n++
	}
	return x
}

const code = "?abcdefghiklmnoprstuvz0123456789"

func (n *Names) spell(word int32) string {
	w := &n.words[word]
	b := slices.Clone(n.letters[w.at : int(w.at)+int(w.of)])
	for i, c := range b {
		b[i] = code[c]
	}
	return string(b)
}

// Met says which word of what was searched met which word of a name, both as they sound, in the readings in which they are nearest.
type Met struct {
	Asked, Found string
	Edits        int // by how many letters they differ
}

// Explain returns of each word that was searched the nearest word of a name that was found; one for which no word is left is met by
// nothing, and differs by all its letters. Of a hit of another list it says nothing that is true.
func (n *Names) Explain(query string, h Hit) []Met {
	var out []Met
	if h.Name < 0 || h.Name >= len(n.ids) {
		return nil
	}
	parts := n.parts[n.first[h.Name]:n.first[h.Name+1]]
	used := make([]bool, len(parts))
	for _, ways := range sounding(query) {
		met, at := Met{Asked: ways[0], Edits: len(ways[0])}, -1
		for i := range parts {
			for _, w := range parts[i].ways[:parts[i].n] {
				for _, way := range ways {
					p := probing(coded(nil, way))
					v := &n.words[w]
					if d := p.edits(n.letters[v.at : int(v.at)+int(v.of)]); !used[i] && (d < met.Edits || at < 0 && d <= met.Edits) {
						met, at = Met{way, n.spell(w), d}, i
					}
				}
			}
		}
		if at >= 0 {
			used[at] = true
		}
		out = append(out, met)
	}
	return out
}
