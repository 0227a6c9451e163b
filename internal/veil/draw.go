package veil

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// SeedSize is the size of a seed in bytes.
const SeedSize = 32

// Committed returns the commitment to a seed of a member for one step of one run.
func Committed(sheet *Sheet, of id.Member, step string, seed []byte) seal.Blob {
	h := sha256.Sum256(frame.Join([]byte("opentrm/count/1 seed"), sheet.Hash(), []byte(of), []byte(step), seed))
	return h[:]
}

// stream is a source of bytes that follow from a secret and from what they are for. It is not safe for several
// goroutines.
type stream struct {
	tag  string
	from []byte
	n    uint64
	rest []byte
}

func newStream(tag string, from ...[]byte) *stream {
	return &stream{tag: tag, from: frame.Join(from...)}
}

// Read fills b. It does not fail.
func (s *stream) Read(b []byte) (int, error) {
	for at := 0; at < len(b); {
		if len(s.rest) == 0 {
			s.rest = expand(s.tag, 64, s.from, binary.BigEndian.AppendUint64(nil, s.n))
			s.n++
		}
		n := copy(b[at:], s.rest)
		s.rest, at = s.rest[n:], at+n
	}
	return len(b), nil
}

// below returns an even draw of 0 to n-1, for n from 1 to 2^63.
func (s *stream) below(n uint64) uint64 {
	limit := ^uint64(0) - ^uint64(0)%n // a multiple of n
	for {
		var b [8]byte
		_, _ = s.Read(b[:])
		if v := binary.BigEndian.Uint64(b[:]); v < limit {
			return v % n
		}
	}
}

// order returns an even draw among the orders of 0 to n-1.
func (s *stream) order(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j := int(s.below(uint64(i) + 1))
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// Roles says who does what in a run.
type Roles struct {
	Mixers []id.Member // in the order in which they mix
	Tally  id.Member   // does not mix
}

// beacon is what follows from the seeds of all members for one step, given in the order of the sheet's members, and
// from what was fixed before they were opened.
func beacon(sheet *Sheet, step string, fixed []byte, seeds [][]byte) []byte {
	h := sha256.Sum256(frame.Join([]byte("opentrm/count/1 beacon"), sheet.Hash(), []byte(step), fixed, frame.Join(seeds...)))
	return h[:]
}

// Draw returns the roles that follow from the first seeds of all members, given in the order of the sheet's members.
// Every seed was committed to before any was opened, and after every member had committed to its records: whoever adds
// one that nobody else knows makes the draw even.
func Draw(sheet *Sheet, seeds [][]byte) Roles {
	order := newStream("opentrm/count/1 draw", beacon(sheet, StepDraw, nil, seeds)).order(len(sheet.Members))
	var r Roles
	for _, i := range order[:sheet.Mixers] {
		r.Mixers = append(r.Mixers, sheet.Members[i])
	}
	r.Tally = sheet.Members[order[sheet.Mixers]]
	return r
}

// mixes reports whether m is one of the mixers, and as which.
func (r *Roles) mixes(m id.Member) (int, bool) {
	i := slices.Index(r.Mixers, m)
	return i, i >= 0
}

// challenge returns for each record of the middle list of the mixer at position at whether it has to show where the
// record went (true) or where it came from. It follows from the second seeds of all members and from what all mixers
// had committed to before.
func challenge(sheet *Sheet, seeds [][]byte, mixes [][]byte, at, records int) []bool {
	s := newStream("opentrm/count/1 challenge", beacon(sheet, StepChallenge, frame.Join(mixes...), seeds), []byte{byte(at)})
	packed := make([]byte, (records+7)/8)
	_, _ = s.Read(packed)
	out := make([]bool, records)
	for i := range out {
		out[i] = packed[i/8]>>(i%8)&1 == 1
	}
	return out
}
