package link

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math"
)

// Keep keeps what stages of a comparison found, so that one that was broken off goes on where it was. Whoever makes one sees to it that the
// records, the columns and [Least] are the same; what it holds are numbers of records and evidence, and nothing that was written.
type Keep interface {
	// Load returns what was saved of a stage, or nil.
	Load(stage string) []byte
	// Save keeps what a stage found. [Run] fails with its error.
	Save(stage string, found []byte) error
}

// stage is what one rule found.
type stage struct {
	compared int
	found    []scored
}

const scoredBytes = 12

// bytes writes a stage down: the number of pairs compared, then of each pair both places and its evidence, then the SHA-256 of all that.
func (s stage) bytes() []byte {
	b := make([]byte, 0, 8+len(s.found)*scoredBytes+sha256.Size)
	b = binary.BigEndian.AppendUint64(b, uint64(s.compared))
	for _, x := range s.found {
		b = binary.BigEndian.AppendUint64(b, x.pair)
		b = binary.BigEndian.AppendUint32(b, math.Float32bits(x.bits))
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// load reads a stage that was kept; what was not written to its end counts as not kept.
func load(k Keep, name string) (s stage, ok bool) {
	if k == nil {
		return s, false
	}
	b := k.Load(name)
	if len(b) < 8+sha256.Size || (len(b)-8-sha256.Size)%scoredBytes != 0 {
		return s, false
	}
	b, end := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	if sum := sha256.Sum256(b); !bytes.Equal(sum[:], end) {
		return s, false
	}
	s.compared = int(binary.BigEndian.Uint64(b))
	for b = b[8:]; len(b) > 0; b = b[scoredBytes:] {
		s.found = append(s.found, scored{pair: binary.BigEndian.Uint64(b), bits: math.Float32frombits(binary.BigEndian.Uint32(b[8:]))})
	}
	return s, true
}
