package search

import (
	"math/bits"
	"slices"
	"sort"

	"github.com/opentrm/opentrm/internal/id"
)

// marks says of each word of the vocabulary which words of a query it is near to, one bit for each, and how near.
type marks struct {
	any   []uint64 // one bit for each word of the vocabulary that is near to something: small enough to stay near the processor
	near  []uint8
	slips map[uint32][mostSought]uint8 // 255: not near
	need  uint8                        // fewer words than this in common are not enough
	size  [mostSought]int              // letters of each word that is sought
	n     int
}

// marksOf marks the vocabulary for a query. Spare is how much what is not the name can add to its evidence.
func (v *vocabulary) marksOf(words []Word, spare float64, nearTo func(Word) []near) *marks {
	m := &marks{any: make([]uint64, v.count()/64+1), near: make([]uint8, v.count()), slips: map[uint32][mostSought]uint8{}, n: len(words)}
	for i, w := range words {
		m.size[i] = len(w[0])
		for _, x := range nearTo(w) {
			s, ok := m.slips[x.word]
			if !ok {
				for k := range s {
					s[k] = 255
				}
			}
			s[i] = x.slips
			m.slips[x.word], m.near[x.word] = s, m.near[x.word]|1<<i
			m.any[x.word/64] |= 1 << (x.word % 64)
		}
	}
	for float64(m.need)*bitsWord+float64(m.n-int(m.need))*bitsMissing+spare < enough && int(m.need) <= m.n {
		m.need++
	}
	return m
}

// few reports whether a record has too few of the words to be found by its name.
func (m *marks) few(words []uint32) bool {
	var hit uint8
	for _, w := range words {
		if w &= markNone; m.any[w/64]>>(w%64)&1 > 0 {
			hit |= m.near[w]
		}
	}
	return uint8(bits.OnesCount8(hit)) < m.need || hit == 0
}

// says returns what the names of a record say, by levels.
func (m *marks) says(words []uint32) []Evidence {
	var best [mostSought]uint8
	for i := range best {
		best[i] = 255
	}
	for _, w := range words {
		if m.near[w&markNone] == 0 {
			continue
		}
		s := m.slips[w&markNone]
		for i := range m.n {
			best[i] = min(best[i], s[i])
		}
	}
	return levels(best[:m.n], m.size[:m.n])
}

// levels sums up how well each word of a name of some lengths was found.
func levels(best []uint8, size []int) []Evidence {
	var all []Evidence
	for k, level := range []string{wordSame, wordSlip, wordSlips, wordMissing} {
		e := Evidence{Field: FieldName, Level: level}
		for i := range best {
			switch {
			case k < 3 && int(best[i]) == k:
				e.N, e.Bits = e.N+1, e.Bits+wordBits(best[i], size[i])
			case k == 3 && best[i] == 255:
				e.N, e.Bits = e.N+1, e.Bits+bitsMissing
			}
		}
		if e.N > 0 {
			all = append(all, e)
		}
	}
	return all
}

// found is what is sought beside a name, ready to be compared.
type found struct {
	q                 sought
	countries         []uint16
	documents, phones map[spot]bool // records that have them
}

// spot is a record of a shard.
type spot struct {
	s *shard
	n int
}

// spare is how much what is not the name can add.
func (q sought) spare() float64 {
	sum := 0.0
	if q.born.Year > 0 {
		sum += 10
	}
	if q.sex != "" {
		sum++
	}
	if q.citizenship != "" {
		sum += bitsCitizenship
	}
	return sum
}

// says returns what a record says about what is sought, field by field, and by what it was found; empty: it was not.
func (f *found) says(m *marks, at spot) ([]Evidence, By) {
	var all []Evidence
	var by By
	if m.n > 0 {
		all = m.says(at.s.wordsOf(at.n))
	}
	add := func(field string, x *said) {
		if x != nil {
			all = append(all, Evidence{field, x.level, 1, x.bits})
		}
	}
	is := at.s.facts[at.n]
	add(FieldBirth, birthSays(f.q.born, is.birth()))
	add(FieldSex, sexSays(f.q.sex, sexes[is.sex]))
	add(FieldCitizenship, sharesSays(f.countries, is.citizenships(), bitsCitizenship, bitsForeign))
	if m.n > 0 && total(all) >= enough && !m.few(at.s.wordsOf(at.n)) {
		by = ByName
	}
	if f.phones[at] {
		add(FieldPhone, &said{"same", bitsPhone})
		by = ByPhone
	}
	if f.documents[at] { // decides alone, whatever the date
		add(FieldDocument, &said{"same", bitsDocument})
		by = ByDocument
	}
	return all, by
}

// find returns what fits: all of what is hers, and of what is not the first most in the order of [Match.before], each in that
// order. Each record is compared with what is sought as the version folds it that folded the record. Every record is looked at, whatever is
// sought and whoever may open it, so that neither what is hidden nor how much of it there is shows in how long it takes.
func (r *replica) find(by map[int64]sought, hers map[id.Case]bool, most int) (seen, hidden []Match) {
	all := r.all()
	ready := map[int64]*marks{}
	for _, s := range all {
		q := by[s.fold]
		m := ready[s.fold]
		if m == nil {
			m = r.words.marksOf(q.words, q.spare(), r.words.nearTo)
			ready[s.fold] = m
		}
		f := &found{q: q, countries: slices.DeleteFunc([]uint16{country(q.citizenship)}, func(c uint16) bool { return c == 0 })}
		f.documents, f.phones = s.numbered(r.words, q.document, true), s.numbered(r.words, q.phone, false)
		for _, n := range s.having(m, f) {
			at := spot{s, n}
			why, by := f.says(m, at)
			if by == "" {
				continue
			}
			x := Match{Case: id.Case(s.caseOf(n)), By: by, Why: why, Bits: total(why)}
			if hers[x.Case] {
				seen = append(seen, x)
				continue
			}
			if len(hidden) == most && !x.before(hidden[most-1]) {
				continue
			}
			i, _ := slices.BinarySearchFunc(hidden, x, Match.compare)
			hidden = slices.Insert(hidden, i, x)
			hidden = hidden[:min(len(hidden), most)]
		}
	}
	slices.SortFunc(seen, Match.compare)
	return seen, hidden
}

// having returns the records of a shard that have enough of the words that are sought, or a number. The words of all records are gone through in one
// row: whose a word is matters only where it is near to one that is sought.
func (s *shard) having(m *marks, f *found) []int {
	var out []int
	if m.n > 0 {
		past := uint32(0) // the first word of the next record
		for i, w := range s.words {
			if w &= markNone; m.any[w/64]>>(w%64)&1 == 0 || uint32(i) < past {
				continue
			}
			n := sort.Search(len(s.facts), func(n int) bool { return int(s.wordAt[n+1]) > i })
			if past = s.wordAt[n+1]; !m.few(s.wordsOf(n)) {
				out = append(out, n)
			}
		}
	}
	for _, all := range []map[spot]bool{f.documents, f.phones} {
		for at := range all {
			out = append(out, at.n)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// numbered returns the records of a shard that have a number.
func (s *shard) numbered(v *vocabulary, number string, document bool) map[spot]bool {
	if number == "" {
		return nil
	}
	out := map[spot]bool{}
	h := hashed(v.seed, document, []byte(number))
	for i, x := range s.numbers {
		if x == h && s.documents[i] == document {
			out[spot{s, int(s.numberOf[i])}] = true
		}
	}
	return out
}
