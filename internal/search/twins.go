package search

import (
	"cmp"
	"context"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/link"
	"github.com/opentrm/opentrm/internal/person"
)

// Pair is two cases that may be of one person, the earlier first.
type Pair struct {
	A, B id.Case
	Why  []Evidence
	Bits float64
}

// Mark is the evidence of a pair as a short text that is another one when the evidence is; it says nothing about anybody.
func Mark(why []Evidence) string {
	h := fnv.New64a()
	for _, e := range why {
		_, _ = h.Write([]byte(e.Field + ":" + e.Level + ":" + strconv.Itoa(e.N) + ";")) // does not fail
	}
	return strconv.FormatUint(h.Sum64(), 16)
}

// alike is from how many bits on two records are proposed as of one person: two more than what a search shows, because every case of a desk is
// compared with every other.
const alike = 10.0

// What keeps a look short where very many cases sound alike: with how many each is compared at most, those that share a number first, and how many
// pairs of each are given at most, the likest. When a look has cost mostWork, in about millionths of a second, it ends with the case at which it is.
const (
	mostTried = 500
	mostAlike = 20
	mostWork  = 400_000
)

// Twins compares cases of the bearer's realm and organisation with each other: those after one, at most limit of them and fewer where very many are
// alike, with all that are given. It returns the pairs that are alike, those first of which most speaks for it, how many cases were compared with
// all, and the case to go on after; empty: none is left. What is not given is neither looked at nor counted. A case without a record in the index
// is in no pair.
//
// It fails as [Service.Find] fails to open the index.
func (s *Service) Twins(ctx context.Context, by keyring.Bearer, cases []id.Case, after id.Case, limit int) (all []Pair, compared int, next id.Case, err error) {
	cases = slices.Clone(cases)
	slices.Sort(cases)
	from, there := slices.BinarySearch(cases, after)
	if there {
		from++
	}
	ask := cases[from:min(from+limit, len(cases))]
	given := map[id.Case]bool{}
	for _, c := range cases {
		given[c] = true
	}
	err = s.inMemory(ctx, by, func(r *replica) { all, compared = r.twins(given, ask, mostWork) })
	if last := from + compared; err == nil && compared > 0 && last < len(cases) { // without an index nothing is compared, and nothing is left
		next = cases[last-1]
	}
	return all, compared, next, err
}

// twin is a record that is compared with others.
type twin struct {
	spot
	c       id.Case
	names   [][]*readings
	numbers map[uint64]bool // whether each is of a document
}

// comparing is one look at many records. How far a word of a name is from a word that another record has is found once.
type comparing struct {
	r     *replica
	words map[string]*readings // by their readings
	spent int
}

// readings is a word of a name that is compared.
type readings struct {
	word  Word
	ways  []link.Probe
	near  []near // once it was looked for
	found bool
	slips map[uint32]uint8 // letters away from a word of the vocabulary; 255: another word
}

// sounds makes the words of a name ready.
func (l *comparing) sounds(name []Word) []*readings {
	out := make([]*readings, 0, mostSought)
	for _, w := range name[:min(len(name), mostSought)] {
		key := strings.Join(w, " ")
		x := l.words[key]
		if x == nil {
			x = &readings{word: w, slips: map[uint32]uint8{}}
			l.words[key] = x
		}
		out = append(out, x)
	}
	return out
}

// nearTo is [vocabulary.nearTo], once for each word.
func (l *comparing) nearTo(x *readings) []near {
	if !x.found {
		const each = 400 // words of the vocabulary in a millionth of a second
		x.near, x.found = l.r.words.nearTo(x.word), true
		l.spent += len(x.word) * l.r.words.count() / each
	}
	return x.near
}

// away is how many letters a word is from one of the vocabulary, as [vocabulary.nearTo] has it; 255: it is another word.
func (l *comparing) away(x *readings, n uint32) uint8 {
	d, ok := x.slips[n]
	if !ok {
		if x.ways == nil {
			for _, way := range x.word {
				x.ways = append(x.ways, link.NewProbe(way))
			}
		}
		d = 255
		for i := range x.ways {
			if slips, ok := l.r.words.slips(x.word[i], &x.ways[i], n); ok {
				d = min(d, slips)
			}
		}
		x.slips[n] = d
		l.spent++
	}
	return d
}

// says is [marks.says] of a name and the words of a record.
func (l *comparing) says(name []*readings, words []uint32) []Evidence {
	var best [mostSought]uint8
	var size [mostSought]int
	for i, x := range name {
		best[i], size[i] = 255, len(x.word[0])
		for _, w := range words {
			best[i] = min(best[i], l.away(x, w&markNone))
		}
	}
	return levels(best[:len(name)], size[:len(name)])
}

// records returns the records of cases.
func (l *comparing) records(of map[id.Case]bool) []twin {
	var out []twin
	for _, s := range l.r.all() {
		numbers := map[int]map[uint64]bool{}
		for i, n := range s.numbers {
			of := int(s.numberOf[i])
			if numbers[of] == nil {
				numbers[of] = map[uint64]bool{}
			}
			numbers[of][n] = s.documents[i]
		}
		for n := range s.facts {
			if c := id.Case(s.caseOf(n)); of[c] {
				t := twin{spot: spot{s, n}, c: c, numbers: numbers[n]}
				for _, name := range s.namesOf(l.r.words, n) {
					t.names = append(t.names, l.sounds(name))
				}
				out = append(out, t)
			}
		}
	}
	return out
}

// twins compares the records of cases that are asked about, one case after another, with all that are given, until it has cost so much. It returns
// with how many cases it came to an end, one at least.
func (r *replica) twins(given map[id.Case]bool, ask []id.Case, work int) (pairs []Pair, compared int) {
	l := &comparing{r: r, words: map[string]*readings{}}
	all := l.records(given)
	best := map[[2]id.Case]Pair{}
	of := map[id.Case][]int{}
	with, having := map[uint64][]int{}, make([][]int32, r.words.count()) // who has a number, and who a word
	for i, t := range all {
		of[t.c] = append(of[t.c], i)
		for n := range t.numbers {
			with[n] = append(with[n], i)
		}
		for _, w := range t.s.wordsOf(t.n) {
			having[w&markNone] = append(having[w&markNone], int32(i))
		}
	}
	tried, maybe := make([]bool, len(all)), make([]bool, len(all))
	for _, c := range ask {
		for _, i := range of[c] {
			for _, p := range l.twinsOf(all, i, with, having, tried, maybe) {
				best[[2]id.Case{p.A, p.B}] = p
			}
		}
		if compared++; l.spent >= work {
			break
		}
	}
	return slices.SortedFunc(maps.Values(best), likest), compared
}

// twinsOf returns the likest of one record. Tried and maybe are room for it.
func (l *comparing) twinsOf(all []twin, i int, with map[uint64][]int, having [][]int32, tried, maybe []bool) []Pair {
	const each = 2 // what comparing two records costs
	a, n := &all[i], 0
	clear(tried)
	var found []Pair
	try := func(k int) {
		b := &all[k]
		if tried[k] || n == mostTried || a.c == b.c {
			return
		}
		tried[k], n = true, n+1
		l.spent += each
		if why := l.compare(a, b); total(why) >= alike {
			found = append(found, Pair{min(a.c, b.c), max(a.c, b.c), why, total(why)})
		}
	}
	for number := range a.numbers {
		for _, k := range with[number] {
			try(k)
		}
	}
	for _, name := range a.names {
		words := make([]Word, len(name))
		at := 0
		for k, x := range name {
			words[k] = x.word
		}
		m := l.r.words.marksOf(words, 13, func(Word) []near { at++; return l.nearTo(name[at-1]) }) // 13: what birth, sex and citizenship can add
		clear(maybe)
		for w := range m.slips {
			for _, k := range having[w] {
				maybe[k] = true
			}
		}
		for k := 0; k < len(all) && n < mostTried; k++ {
			if b := &all[k]; maybe[k] && !m.few(b.s.wordsOf(b.n)) {
				try(k)
			}
		}
	}
	slices.SortFunc(found, likest)
	return found[:min(len(found), mostAlike)]
}

// likest orders pairs by what speaks for them, the most first, then by their cases.
func likest(x, y Pair) int {
	return cmp.Or(cmp.Compare(y.Bits, x.Bits), cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
}

// compare says field by field what two records say, the same in either order: of the names, what the likest name of one finds in the other.
func (l *comparing) compare(a, b *twin) []Evidence {
	var why []Evidence
	top := math.Inf(-1)
	for _, side := range [2][2]*twin{{a, b}, {b, a}} {
		x, y := side[0], side[1]
		for _, name := range x.names {
			if says := l.says(name, y.s.wordsOf(y.n)); len(says) > 0 && (total(says) > top || total(says) == top && Mark(says) < Mark(why)) {
				why, top = says, total(says)
			}
		}
	}
	if len(a.names) == 0 || len(b.names) == 0 {
		why = nil
	}
	add := func(field string, x *said) {
		if x != nil {
			why = append(why, Evidence{field, x.level, 1, x.bits})
		}
	}
	is, its := a.s.facts[a.n], b.s.facts[b.n]
	add(FieldBirth, birthSays(is.birth(), its.birth()))
	add(FieldSex, sexSays(sexes[is.sex], sexes[its.sex]))
	add(FieldCitizenship, sharesSays(is.citizenships(), its.citizenships(), bitsCitizenship, bitsForeign))
	phone, document := false, false
	for n, isDocument := range a.numbers {
		if _, ok := b.numbers[n]; ok {
			document, phone = document || isDocument, phone || !isDocument
		}
	}
	if phone {
		add(FieldPhone, &said{"same", bitsPhone})
	}
	if document {
		add(FieldDocument, &said{"same", bitsDocument})
	}
	return why
}

// Compare says field by field what speaks for two persons being one, and what against, as [Service.Twins] does of their records.
func Compare(a, b person.Person) []Evidence {
	r := newReplica()
	s := &shard{fold: fold.Newest().Version}
	for c, p := range map[id.Case]person.Person{"a": a, "b": b} {
		x := RecordOf(fold.Newest(), c, p)
		if err := s.add(r.words, x.Encode()); err != nil {
			return nil // what was just written is well formed
		}
	}
	r.loose = []*shard{s.done()}
	l := &comparing{r: r, words: map[string]*readings{}}
	all := l.records(map[id.Case]bool{"a": true, "b": true})
	defer r.wipe()
	return l.compare(&all[0], &all[1])
}

// Persons returns of how many persons so many cases are, at least and at most, by the pairs among them that were found and that nobody has kept
// apart: pairs with an even chance or more count as one person, fewer by what the others would join by their probability, more by what
// those may be wrong in. It is no interval of confidence.
func Persons(cases int, pairs []Pair) (low, high int) {
	prior := math.Log2(.2 / float64(max(cases, 2))) // one case in ten has another one of the same person
	group := map[id.Case]id.Case{}
	root := func(c id.Case) id.Case {
		for group[c] != "" {
			c = group[c]
		}
		return c
	}
	n, less, more := cases, 0.0, 0.0
	for _, p := range pairs { // the surest first
		a, b := root(p.A), root(p.B)
		if a == b {
			continue
		}
		chance := 1 / (1 + math.Exp2(-(p.Bits + prior)))
		if chance < .5 {
			less += chance
			continue
		}
		group[b] = a
		more += 1 - chance
		n--
	}
	return max(n-int(math.Ceil(less-1e-9)), min(cases, 1)), min(n+int(math.Ceil(more-.01)), cases)
}
