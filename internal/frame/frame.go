// Package frame gives everything that is signed, hashed or sent exactly one form in bytes.
//
// Two forms exist. Bodies are canonical JSON: the subset of RFC 8785 with integers only, so that two
// implementations in two languages cannot disagree ([Encode], [Decode], [Check]). Binary records are
// a sequence of parts, each preceded by its length ([Join], [Split]). Both refuse whatever they would
// not have written themselves, so a signature covers one meaning and a hash names one thing.
//
// The form is specified in spec/frame.md.
package frame

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"github.com/opentrm/opentrm/internal/fault"
)

// Limits of a canonical JSON text.
const (
	MaxDepth = 16      // nested arrays and objects
	MaxInt   = 1 << 53 // exclusive, both signs: what every JSON reader keeps exactly
)

// Time is a moment on the wire and in the database: microseconds since 1970-01-01 UTC.
type Time int64

// Earliest is a moment, 1970-01-13, before which no true one lies.
const Earliest = Time(1 << 40)

// At returns the wire form of t, cut to microseconds. The zero time becomes 0, which means "none".
func At(t time.Time) Time {
	if t.IsZero() {
		return 0
	}
	return Time(t.UnixMicro())
}

// Time returns t in UTC, and the zero time for 0.
func (t Time) Time() time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(t)).UTC()
}

// Add returns t moved by d.
func (t Time) Add(d time.Duration) Time { return t + Time(d.Microseconds()) }

// Sub returns the duration from u to t.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t-u) * time.Microsecond }

// Encode returns v as canonical JSON.
//
// It fails with [fault.Invalid] if v holds a fraction, a number beyond 2^53, text that is not UTF-8,
// or more than [MaxDepth] levels, and with [fault.Internal] if v cannot be written as JSON at all.
func Encode(v any) ([]byte, error) {
	loose, err := json.Marshal(v, library)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "frame.encode", err)
	}
	return Canonical(loose)
}

// library has the meaning of tags and methods that encoding/json gives them, in half its time: everything that is signed,
// sent or kept passes here several times.
var library = json.JoinOptions(jsonv1.DefaultOptionsV1(), jsontext.EscapeForHTML(false), jsontext.EscapeForJS(false))

// Decode reads the canonical JSON b into v, which must point to a zero value, strictly: b must be no
// longer than limit bytes and be exactly what [Encode] writes for the value read. So an unknown field,
// a name in other case, a field left out that is always written, and any other spelling are refused.
//
// It fails with [fault.TooLarge] beyond limit, and with [fault.Invalid] otherwise.
func Decode(b []byte, limit int, v any) error {
	if len(b) > limit {
		return fault.New(fault.TooLarge, "frame.too-large")
	}
	err := json.Unmarshal(b, v, library) // loosely: whatever it passes over is not written again
	if err == nil {
		var again []byte
		if again, err = Encode(v); err == nil && bytes.Equal(again, b) {
			return nil
		}
	}
	if err := Check(b); err != nil { // what is not canonical says so
		return err
	}
	return fault.Wrap(fault.Invalid, "frame.fields", err)
}

// Check reports whether b is one canonical JSON text.
//
// It fails with [fault.Invalid] if b is not JSON or not in the canonical form.
func Check(b []byte) error {
	c, err := Canonical(b)
	if err != nil {
		return err
	}
	if !bytes.Equal(b, c) {
		return fault.New(fault.Invalid, "frame.not-canonical")
	}
	return nil
}

// Join writes the parts one after the other, each preceded by its length as four bytes, big endian.
// Parts of 4 GiB and more cannot exist here: everything that is joined was bounded before.
func Join(parts ...[]byte) []byte { return JoinBehind("", parts...) }

// JoinBehind is [Join] behind a mark, which has no length before it.
func JoinBehind(mark string, parts ...[]byte) []byte {
	n := len(mark)
	for _, p := range parts {
		n += 4 + len(p)
	}
	out := append(make([]byte, 0, n), mark...)
	for _, p := range parts {
		out = binary.BigEndian.AppendUint32(out, uint32(len(p)))
		out = append(out, p...)
	}
	return out
}

// JoinText is [Join] for strings.
func JoinText(parts ...string) []byte {
	raw := make([][]byte, len(parts))
	for i, p := range parts {
		raw[i] = []byte(p)
	}
	return Join(raw...)
}

// Split reads exactly n parts that [Join] wrote. The parts share b's memory.
//
// It fails with [fault.Invalid] if b ends early or goes on after the last part.
func Split(b []byte, n int) ([][]byte, error) {
	parts := make([][]byte, 0, n)
	for range n {
		if len(b) < 4 {
			return nil, fault.New(fault.Invalid, "frame.truncated")
		}
		size := binary.BigEndian.Uint32(b)
		b = b[4:]
		if uint64(size) > uint64(len(b)) {
			return nil, fault.New(fault.Invalid, "frame.truncated")
		}
		parts = append(parts, b[:size:size])
		b = b[size:]
	}
	if len(b) != 0 {
		return nil, fault.New(fault.Invalid, "frame.trailing")
	}
	return parts, nil
}
