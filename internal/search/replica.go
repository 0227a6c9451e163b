package search

import (
	"hash/maphash"
	"slices"

	"github.com/opentrm/opentrm/internal/id"
)

// shard is the records of one segment in clear, as they are searched. It does not change once it is built.
type shard struct {
	seq     int64    // of the segment as it was loaded
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

// replica is one index in the memory of this process.
type replica struct {
	index  id.Index
	seq    int64 // up to which it is known
	seed   maphash.Seed
	shards map[id.Segment]*shard
	loose  *shard // what no segment holds yet
}

func newReplica(index id.Index) *replica {
	return &replica{index: index, seed: maphash.MakeSeed(), shards: map[id.Segment]*shard{}, loose: (&shard{}).done()}
}

// find returns what fits, the newest cases first, at most limit of those.
func (r *replica) find(q sought, limit int) []Match {
	var out []Match
	look := func(s *shard) {
		var places []uint64
		if q.document != "" {
			places = append(places, s.with(hashed(r.seed, kindDocument, []byte(q.document)))...)
		}
		var rarest []uint64
		for i, w := range q.words {
			if with := s.with(hashed(r.seed, kindWord, []byte(w))); i == 0 || len(with) < len(rarest) {
				rarest = with
			}
		}
		seen := map[uint64]bool{}
		for _, p := range append(places, rarest...) {
			n := p & (1<<placeBits - 1)
			if seen[n] {
				continue
			}
			seen[n] = true
			record := s.record(int(n))
			if by := q.fits(record); by != "" {
				out = append(out, Match{Case: id.Case(record[1 : 1+record[0]]), By: by})
			}
		}
	}
	for _, s := range r.shards {
		look(s)
	}
	look(r.loose)
	slices.SortFunc(out, func(a, b Match) int {
		switch {
		case a.Case > b.Case:
			return -1
		case a.Case < b.Case:
			return 1
		}
		return 0
	})
	return out[:min(len(out), limit)]
}

// records returns how many there are, and how many bytes they take.
func (r *replica) size() (records, bytes int) {
	records, bytes = r.loose.count(), r.loose.bytes()
	for _, s := range r.shards {
		records, bytes = records+s.count(), bytes+s.bytes()
	}
	return records, bytes
}

// wipe overwrites what is in memory.
func (r *replica) wipe() { r.wipeBut(&replica{}) }

// wipeBut is wipe for what another replica has not taken over.
func (r *replica) wipeBut(next *replica) {
	for name, s := range r.shards {
		if next.shards[name] != s {
			s.wipe()
		}
	}
	r.loose.wipe()
}

func (s *shard) wipe() {
	clear(s.records)
	clear(s.posted)
}
