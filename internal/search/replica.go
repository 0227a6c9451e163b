package search

import (
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/id"
)

// shard is the records of one segment in clear, as they are searched. It does not change once it is built.
type shard struct {
	index   id.Index // in which the segment was
	seq     int64    // of the segment as it was loaded
	fold    int64    // version by which its records were folded
	records []byte   // one after another, without their filling
	at      []uint32 // where each begins; one more than there are
	posted  []uint64 // hash of a word and number of the record, sorted
}

// posting is the key of a word, or of a document, of record n.
func posting(seed maphash.Seed, kind byte, word []byte, n int) uint64 {
	return hashed(seed, kind, word) | uint64(n)
}

func hashed(seed maphash.Seed, kind byte, word []byte) uint64 {
	return (maphash.Bytes(seed, word) + uint64(kind)*0x9e3779b97f4a7c15) &^ (1<<placeBits - 1)
}

// placeBits is how many bits of a posting say which record of the shard is meant.
const placeBits = 24

const (
	kindWord     = 1
	kindDocument = 2
)

// add takes over a record. It fails as a record is malformed.
func (s *shard) add(seed maphash.Seed, record []byte) error {
	n := len(s.at)
	_, size, err := visit(record,
		func(_ int, w []byte) { s.posted = append(s.posted, posting(seed, kindWord, w, n)) },
		func(d []byte) { s.posted = append(s.posted, posting(seed, kindDocument, d, n)) })
	if err != nil {
		return err
	}
	s.at = append(s.at, uint32(len(s.records)))
	s.records = append(s.records, record[:size]...)
	return nil
}

// done ends the building and gives back the memory that is not used.
func (s *shard) done() *shard {
	s.at = append(s.at, uint32(len(s.records)))
	slices.Sort(s.posted)
	s.posted = slices.Clip(slices.Clone(slices.Compact(s.posted)))
	whole := make([]byte, len(s.records))
	copy(whole, s.records)
	clear(s.records)
	s.records, s.at = whole, slices.Clip(slices.Clone(s.at))
	return s
}

func (s *shard) count() int { return len(s.at) - 1 }

func (s *shard) bytes() int { return cap(s.records) + 4*cap(s.at) + 8*cap(s.posted) }

func (s *shard) record(n int) []byte { return s.records[s.at[n]:s.at[n+1]] }

// with returns the records that have a word or document, by its hash.
func (s *shard) with(h uint64) []uint64 {
	from, _ := slices.BinarySearch(s.posted, h)
	to, _ := slices.BinarySearch(s.posted[from:], h+1<<placeBits)
	return s.posted[from : from+to]
}

// Match is a record that is what was sought.
type Match struct {
	Case id.Case
	By   By
}

// replica is one index in the memory of this process, with the one of before as long as that is being emptied.
type replica struct {
	known  map[id.Index]int64 // up to which sequence
	seed   maphash.Seed
	shards map[id.Segment]*shard
	loose  []*shard // what no segment holds yet, by version of the fold
}

func newReplica() *replica {
	return &replica{known: map[id.Index]int64{}, seed: maphash.MakeSeed(), shards: map[id.Segment]*shard{}}
}

// find returns what fits: all of what is hers, and of what is not the first most in the order of [Match.before], each in that
// order. Each record is compared with what is sought as the version folds it that folded the record. A record that is not hers and would not be among those is not looked into, so that a word of very many costs little.
func (r *replica) find(by map[int64]sought, hers map[id.Case]bool, most int) (seen, hidden []Match) {
	take := func(s *shard, q sought, by By, places []uint64) {
		for _, p := range slices.Backward(places) { // the newest of a segment stand last in it, mostly
			record := s.record(int(p & (1<<placeBits - 1)))
			c := record[1 : 1+record[0]]
			mine := hers[id.Case(c)]
			if !mine && len(hidden) == most && !(Match{Case: id.Case(c), By: by}).before(hidden[most-1]) {
				continue
			}
			if q.fits(record) != by {
				continue
			}
			m := Match{Case: id.Case(c), By: by}
			if mine {
				seen = append(seen, m)
				continue
			}
			at, _ := slices.BinarySearchFunc(hidden, m, Match.compare)
			hidden = slices.Insert(hidden, at, m)
			hidden = hidden[:min(len(hidden), most)]
		}
	}
	all := append(r.inOrder(), r.loose...)
	slices.Reverse(all)
	for _, s := range all {
		if q := by[s.fold]; q.document != "" {
			take(s, q, ByDocument, s.with(hashed(r.seed, kindDocument, []byte(q.document))))
		}
	}
	for _, s := range all {
		q := by[s.fold]
		var rarest []uint64
		for i, w := range q.words {
			if with := s.with(hashed(r.seed, kindWord, []byte(w))); i == 0 || len(with) < len(rarest) {
				rarest = with
			}
		}
		take(s, q, ByName, rarest)
	}
	slices.SortFunc(seen, func(a, b Match) int { return strings.Compare(string(b.Case), string(a.Case)) })
	return seen, hidden
}

// inOrder returns the shards of segments, the oldest first.
func (r *replica) inOrder() []*shard {
	var out []*shard
	for _, name := range slices.Sorted(maps.Keys(r.shards)) {
		out = append(out, r.shards[name])
	}
	return out
}

// before reports whether m is told before o: a document says more than a name, and a newer case more than an older one.
func (m Match) before(o Match) bool { return m.compare(o) < 0 }

func (m Match) compare(o Match) int {
	if m.By != o.By {
		return strings.Compare(string(m.By), string(o.By)) // "document" stands before "name"
	}
	return strings.Compare(string(o.Case), string(m.Case))
}

// records returns how many there are, and how many bytes they take.
func (r *replica) size() (records, bytes int) {
	for _, s := range append(r.inOrder(), r.loose...) {
		records, bytes = records+s.count(), bytes+s.bytes()
	}
	return records, bytes
}

// wipe overwrites what is in memory.
func (r *replica) wipe() { r.wipeBut(nil) }

// wipeBut is wipe for what another replica has not taken over; nil: all of it.
func (r *replica) wipeBut(next *replica) {
	for name, s := range r.shards {
		if next == nil || next.shards[name] != s {
			s.wipe()
		}
	}
	for _, s := range r.loose {
		s.wipe()
	}
}

func (s *shard) wipe() {
	clear(s.records)
	clear(s.posted)
}
