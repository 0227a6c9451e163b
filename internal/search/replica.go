package search

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// shard is the records of one segment in clear, as they are searched. It does not change once it is built, but for the numbers of its words.
type shard struct {
	index     id.Index // in which the segment was
	seq       int64    // of the segment as it was loaded
	fold      int64    // version by which its records were folded
	cases     []byte   // one after another
	caseAt    []uint32 // where each begins; one more than there are
	words     []uint32 // of each record, the words of its names in all of their readings: numbers of the vocabulary, with the marks below
	wordAt    []uint32
	facts     []facts
	numbers   []uint64 // hashes of documents and telephones, in the order of the records
	numberOf  []uint32 // whose each is
	documents []bool   // whether each is that of a document
}

// Marks of a word of a record.
const (
	markName = 1 << 31 // a name begins with it
	markWay  = 1 << 30 // another reading of the word before
	markNone = markWay - 1
)

// facts is what else is known of somebody. Of her citizenships two are compared.
type facts struct {
	year               uint16
	month, day, margin uint8
	sex                uint8
	countries          [2]uint16
}

func (f facts) birth() person.Birth {
	return person.Birth{Year: int(f.year), Month: int(f.month), Day: int(f.day), Margin: int(f.margin)}
}

func (f facts) citizenships() []uint16 {
	return slices.DeleteFunc([]uint16{f.countries[0], f.countries[1]}, func(c uint16) bool { return c == 0 })
}

// country is the code of a country as a number.
func country(code string) uint16 {
	if code == person.Stateless {
		return 1
	}
	if len(code) != 2 {
		return 0
	}
	return binary.BigEndian.Uint16([]byte(code))
}

// add takes over a record. It fails as a record is malformed.
func (s *shard) add(v *vocabulary, record []byte) error {
	var f facts
	from, numbers, name, last := len(s.words), len(s.numbers), -1, -1
	put := func(way string, mark uint32) { s.words = append(s.words, v.add(way)|mark) }
	number := func(document bool) func([]byte) {
		return func(n []byte) {
			s.numbers, s.documents = append(s.numbers, hashed(v.seed, document, n)), append(s.documents, document)
		}
	}
	c, _, sex, err := visit(s.fold, record, pieces{
		word: func(n, w int, way []byte) {
			mark := uint32(0)
			switch {
			case n != name:
				mark = markName
			case w == last:
				mark = markWay
			}
			name, last = n, w
			if s.fold >= sounding {
				put(string(way), mark)
				return
			}
			for i, way := range soundOf(s.fold, Word{string(way)}) {
				if i > 0 {
					mark = markWay
				}
				put(way, mark)
			}
		},
		document: number(true), phone: number(false),
		citizenship: func(c []byte) {
			if at := slices.Index(f.countries[:], 0); at >= 0 {
				f.countries[at] = country(string(c))
			}
		},
	})
	if err != nil {
		s.words, s.numbers, s.documents = s.words[:from], s.numbers[:numbers], s.documents[:numbers]
		return err
	}
	b := birth(record, len(c))
	f.year, f.month, f.day, f.margin, f.sex = uint16(b.Year), uint8(b.Month), uint8(b.Day), uint8(b.Margin), sex
	for range len(s.numbers) - numbers {
		s.numberOf = append(s.numberOf, uint32(len(s.facts)))
	}
	s.caseAt, s.wordAt, s.facts = append(s.caseAt, uint32(len(s.cases))), append(s.wordAt, uint32(from)), append(s.facts, f)
	s.cases = append(s.cases, c...)
	return nil
}

// hashed is a number of a document or a telephone as it is looked for.
func hashed(seed maphash.Seed, document bool, number []byte) uint64 {
	h := maphash.Bytes(seed, number)
	if document {
		h ^= 0x9e3779b97f4a7c15
	}
	return h
}

// done ends the building and gives back the memory that is not used.
func (s *shard) done() *shard {
	s.caseAt, s.wordAt = append(s.caseAt, uint32(len(s.cases))), append(s.wordAt, uint32(len(s.words)))
	s.cases, s.caseAt, s.words, s.wordAt = trim(s.cases), trim(s.caseAt), trim(s.words), trim(s.wordAt)
	s.facts, s.numbers, s.numberOf, s.documents = trim(s.facts), trim(s.numbers), trim(s.numberOf), trim(s.documents)
	return s
}

// trim moves a list to as much memory as it needs, and leaves nothing where it was.
func trim[T any](all []T) []T {
	out := make([]T, len(all))
	copy(out, all)
	clear(all)
	return out
}

func (s *shard) count() int { return len(s.facts) }

func (s *shard) bytes() int {
	return cap(s.cases) + 4*(cap(s.caseAt)+cap(s.words)+cap(s.wordAt)+cap(s.numberOf)) + 10*cap(s.facts) + 8*cap(s.numbers) + cap(s.documents)
}

func (s *shard) caseOf(n int) []byte { return s.cases[s.caseAt[n]:s.caseAt[n+1]] }

func (s *shard) wordsOf(n int) []uint32 { return s.words[s.wordAt[n]:s.wordAt[n+1]] }

// namesOf returns the names of a record as they would be sought.
func (s *shard) namesOf(v *vocabulary, n int) [][]Word {
	var out [][]Word
	for _, w := range s.wordsOf(n) {
		way := v.word(w & markNone)
		switch {
		case w&markName != 0:
			out = append(out, []Word{{way}})
		case w&markWay != 0:
			last := out[len(out)-1]
			last[len(last)-1] = append(last[len(last)-1], way)
		default:
			out[len(out)-1] = append(out[len(out)-1], Word{way})
		}
	}
	return out
}

// Match is a record that is what was sought.
type Match struct {
	Case id.Case
	By   By
	Why  []Evidence
	Bits float64
}

// replica is one index in the memory of this process, with the one of before as long as that is being emptied.
type replica struct {
	known  map[id.Index]int64 // up to which sequence
	words  *vocabulary
	shards map[id.Segment]*shard
	loose  []*shard // what no segment holds yet, by version of the fold
}

func newReplica() *replica {
	return &replica{known: map[id.Index]int64{}, words: newVocabulary(), shards: map[id.Segment]*shard{}}
}

// all returns the shards, the newest first.
func (r *replica) all() []*shard {
	var out []*shard
	for _, name := range slices.Sorted(maps.Keys(r.shards)) {
		out = append(out, r.shards[name])
	}
	out = append(out, r.loose...)
	slices.Reverse(out)
	return out
}

// into gives the words of a shard the numbers that they have in another vocabulary, and wipes its own.
func (s *shard) into(own, all *vocabulary) {
	to := make([]uint32, own.count())
	for i := range to {
		to[i] = all.add(own.word(uint32(i)))
	}
	for i, w := range s.words {
		s.words[i] = to[w&markNone] | w&^markNone
	}
	own.wipe()
}

// compact makes the vocabulary anew of the words that records have, so that what has left is in memory no more.
func (r *replica) compact() {
	const unused = ^uint32(0)
	was, next := r.words, newVocabulary()
	next.seed = was.seed // of the numbers of documents
	to := make([]uint32, was.count())
	for i := range to {
		to[i] = unused
	}
	for _, s := range r.all() {
		for i, w := range s.words {
			n := w & markNone
			if to[n] == unused {
				to[n] = next.add(was.word(n))
			}
			s.words[i] = to[n] | w&^markNone
		}
	}
	was.wipe()
	r.words = next
}

// before reports whether m is told before o: a document says more than a telephone and that more than a name, more evidence more than
// less, and a newer case more than an older one.
func (m Match) before(o Match) bool { return m.compare(o) < 0 }

func (m Match) compare(o Match) int {
	rank := func(b By) int { return slices.Index([]By{ByDocument, ByPhone, ByName}, b) }
	return cmp.Or(cmp.Compare(rank(m.By), rank(o.By)), cmp.Compare(o.Bits, m.Bits), strings.Compare(string(o.Case), string(m.Case)))
}

// size returns how many records there are, and how many bytes they take.
func (r *replica) size() (records, bytes int) {
	for _, s := range r.all() {
		records, bytes = records+s.count(), bytes+s.bytes()
	}
	return records, bytes + r.words.bytes()
}

// wipe overwrites what is in memory.
func (r *replica) wipe() {
	r.wipeBut(nil)
	r.words.wipe()
}

// wipeBut overwrites the shards that another replica has not taken over; nil: all of them. It reports whether the vocabulary may have words
// that no record has any more.
func (r *replica) wipeBut(next *replica) (left bool) {
	for name, s := range r.shards {
		if next == nil || next.shards[name] != s {
			s.wipe()
			left = true
		}
	}
	lies := map[uint32]bool{}
	if next != nil {
		for _, s := range next.loose {
			for _, w := range s.words {
				lies[w&markNone] = true
			}
		}
	}
	for _, s := range r.loose {
		left = left || slices.ContainsFunc(s.words, func(w uint32) bool { return !lies[w&markNone] })
		s.wipe()
	}
	return left
}

func (s *shard) wipe() {
	clear(s.cases)
	clear(s.words)
	clear(s.facts)
	clear(s.numbers)
}
