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
// pairs of each are given at most, the likest.
const (
	mostTried = 500
	mostAlike = 20
)

// Twins compares cases of the bearer's realm and organisation with each other: those after one, at most limit of them, with all that are given. It
// returns the pairs that are alike, those first of which most speaks for it, and the case to go on after; empty: none is left. What is not given is
// neither looked at nor counted. A case without a record in the index is in no pair.
//
// It fails as [Service.Find] fails to open the index.
func (s *Service) Twins(ctx context.Context, by keyring.Bearer, cases []id.Case, after id.Case, limit int) (all []Pair, next id.Case, err error) {
	cases = slices.Clone(cases)
	slices.Sort(cases)
	from, there := slices.BinarySearch(cases, after)
	if there {
		from++
	}
	to := min(from+limit, len(cases))
	if to < len(cases) {
		next = cases[to-1]
	}
	ask := map[id.Case]bool{}
	for _, c := range cases[from:to] {
		ask[c] = true
	}
	given := map[id.Case]bool{}
	for _, c := range cases {
		given[c] = true
	}
	err = s.inMemory(ctx, by, func(r *replica) { all = r.twins(given, ask) })
	return all, next, err
}

// twin is a record that is compared with others.
type twin struct {
	spot
	c       id.Case
	names   [][]Word
	numbers map[uint64]bool // whether each is of a document
}

// records returns the records of cases.
func (r *replica) records(of map[id.Case]bool) []twin {
	var out []twin
	for _, s := range r.all() {
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
				out = append(out, twin{spot{s, n}, c, s.namesOf(r.words, n), numbers[n]})
			}
		}
	}
	return out
}

// twins compares the records that are asked about with all that are given.
func (r *replica) twins(given, ask map[id.Case]bool) []Pair {
	all := r.records(given)
	near := r.nearOnce()
	best := map[[2]id.Case]Pair{}
	with := map[uint64][]int{} // a number, and who has it
	for i, t := range all {
		for n := range t.numbers {
			with[n] = append(with[n], i)
		}
	}
	tried := map[int]bool{}
	for i := range all {
		a := &all[i]
		if !ask[a.c] {
			continue
		}
		clear(tried)
		var found []Pair
		try := func(k int) {
			b := &all[k]
			if tried[k] || len(tried) == mostTried || a.c == b.c {
				return
			}
			tried[k] = true
			if why := r.compare(a, b, near); total(why) >= alike {
				found = append(found, Pair{min(a.c, b.c), max(a.c, b.c), why, total(why)})
			}
		}
		for n := range a.numbers {
			for _, k := range with[n] {
				try(k)
			}
		}
		for _, name := range a.names {
			m := r.words.marksOf(name[:min(len(name), mostSought)], 13, near) // 13: what birth, sex and citizenship can add
			for k := 0; k < len(all) && len(tried) < mostTried; k++ {
				if b := &all[k]; !m.few(b.s.wordsOf(b.n)) {
					try(k)
				}
			}
		}
		slices.SortFunc(found, likest)
		for _, p := range found[:min(len(found), mostAlike)] {
			best[[2]id.Case{p.A, p.B}] = p
		}
	}
	return slices.SortedFunc(maps.Values(best), likest)
}

// likest orders pairs by what speaks for them, the most first, then by their cases.
func likest(x, y Pair) int {
	return cmp.Or(cmp.Compare(y.Bits, x.Bits), strings.Compare(string(x.A+x.B), string(y.A+y.B)))
}

// nearOnce is [vocabulary.nearTo] that looks for each word once.
func (r *replica) nearOnce() func(Word) []near {
	known := map[string][]near{}
	return func(w Word) []near {
		key := strings.Join(w, " ")
		all, ok := known[key]
		if !ok {
			all = r.words.nearTo(w)
			known[key] = all
		}
		return all
	}
}

// compare says field by field what two records say, the same in either order: of the names, what the likest name of one finds in the other.
func (r *replica) compare(a, b *twin, near func(Word) []near) []Evidence {
	var why []Evidence
	top := math.Inf(-1)
	for _, side := range [2][2]*twin{{a, b}, {b, a}} {
		x, y := side[0], side[1]
		for _, name := range x.names {
			m := r.words.marksOf(name[:min(len(name), mostSought)], 0, near)
			if says := m.says(y.s.wordsOf(y.n)); len(says) > 0 && (total(says) > top || total(says) == top && Mark(says) < Mark(why)) {
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
	all := r.records(map[id.Case]bool{"a": true, "b": true})
	defer r.wipe()
	return r.compare(&all[0], &all[1], r.nearOnce())
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
