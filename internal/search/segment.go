package search

import (
	"encoding/binary"
	"io"
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// formatSegment is the first byte of both parts of a segment.
const formatSegment = 1

// MaxSegment is the number of records up to which one segment is packed. A correction rewrites the masks of one segment.
const MaxSegment = 4096

// Pack puts records that were folded by a version into the two parts of a segment (spec/search.md 3): body, which is sealed, holds each record masked;
// masks says whose record stands where and holds the mask. Either part alone is random bytes. The masks are of random; nil:
// of the system's source.
func Pack(fold int64, records [][]byte, random io.Reader) (body, masks []byte, err error) {
	if len(records) > MaxSegment {
		return nil, nil, fault.New(fault.Internal, "search.segment.full")
	}
	body = binary.BigEndian.AppendUint32([]byte{formatSegment}, uint32(len(records)))
	masks = slices.Clone(body)
	for _, r := range records {
		c, _, _, err := visit(fold, r, pieces{})
		if err != nil {
			return nil, nil, err
		}
		masks = text(masks, string(c))
		masks = binary.BigEndian.AppendUint32(masks, uint32(len(r)))
		at := len(masks)
		masks = append(masks, seal.Draw(random, len(r))...)
		body = binary.BigEndian.AppendUint32(body, uint32(len(r)))
		for i, x := range r {
			body = append(body, x^masks[at+i])
		}
	}
	return body, masks, nil
}

func damaged() error { return fault.New(fault.Internal, "search.segment") }

// head reads format and count.
func head(b []byte) (*reader, int, error) {
	r := &reader{b: b, ok: true}
	format, n := r.byte(), r.number()
	if !r.ok || format != formatSegment || n > MaxSegment {
		return nil, 0, damaged()
	}
	return r, int(n), nil
}

// Unpack gives each record of a segment of a version of the fold that was not erased to use, in a buffer that the next one overwrites.
//
// It fails with [fault.Internal] "search.segment" if the parts are not what [Pack] and [Blank] write or do not belong
// together, and as use fails.
func Unpack(fold int64, body, masks []byte, use func(record []byte) error) error {
	b, n, err := head(body)
	if err != nil {
		return err
	}
	m, other, err := head(masks)
	if err != nil {
		return err
	}
	if n != other {
		return damaged()
	}
	var record []byte
	for range n {
		c := m.take(m.byte())
		size := m.number()
		if size > maxRecord || size%step != 0 || size != b.number() || len(c) > maxCase {
			return damaged()
		}
		mask, masked := m.take(int(size)), b.take(int(size))
		if !m.ok || !b.ok {
			return damaged()
		}
		if len(c) == 0 {
			continue // erased
		}
		record = append(record[:0], masked...)
		for i := range record {
			record[i] ^= mask[i]
		}
		if of, _, _, err := visit(fold, record, pieces{}); err != nil || string(of) != string(c) {
			return damaged()
		}
		if err := use(record); err != nil {
			return err
		}
	}
	if m.at != len(masks) || b.at != len(body) {
		return damaged()
	}
	return nil
}

// Blank returns the masks without those of a case, and whether there were any: what is left of its record in the body
// is random bytes, for whoever has every key too. Left is how many records the segment still has.
//
// It fails with [fault.Internal] "search.segment" for what are no masks.
func Blank(masks []byte, c id.Case) (out []byte, left int, found bool, err error) {
	out, left, gone, err := blank(masks, map[id.Case]bool{c: true})
	return out, left, gone > 0, err
}

// blank is [Blank] for several cases; gone is of how many there were masks.
func blank(masks []byte, cases map[id.Case]bool) (out []byte, left, gone int, err error) {
	m, n, err := head(masks)
	if err != nil {
		return nil, 0, 0, err
	}
	out = slices.Clone(masks[:m.at])
	for range n {
		of := m.take(m.byte())
		size := m.number()
		if size > maxRecord {
			return nil, 0, 0, damaged()
		}
		mask := m.take(int(size))
		if !m.ok {
			return nil, 0, 0, damaged()
		}
		if cases[id.Case(of)] && len(of) > 0 {
			gone++
			of, mask = nil, make([]byte, size)
		} else if len(of) > 0 {
			left++
		}
		out = text(out, string(of))
		out = append(binary.BigEndian.AppendUint32(out, size), mask...)
	}
	if m.at != len(masks) {
		return nil, 0, 0, damaged()
	}
	return out, left, gone, nil
}
