package seal

import (
	"crypto/subtle"
	"encoding"
	"encoding/base64"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
)

// Same compares two texts in a time that does not tell where they differ.
func Same(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

// Blob is bytes that JSON shows as base64url without padding (RFC 4648 section 5), the one form of bytes
// in the bodies of spec/.
type Blob []byte

var (
	_ encoding.TextMarshaler   = Blob(nil)
	_ encoding.TextUnmarshaler = (*Blob)(nil)
)

// MarshalText returns the base64url form. It does not fail.
func (b Blob) MarshalText() ([]byte, error) {
	return []byte(base64.RawURLEncoding.EncodeToString(b)), nil
}

// UnmarshalText reads the base64url form.
//
// It fails with [fault.Invalid] for any other spelling, for example with padding, line ends or stray bits.
func (b *Blob) UnmarshalText(text []byte) error {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(string(text))
	if err != nil || base64.RawURLEncoding.EncodedLen(len(raw)) != len(text) {
		return fault.New(fault.Invalid, "seal.base64")
	}
	*b = raw
	return nil
}

// withPrefix writes "algorithm:base64url", the text form of public keys.
func withPrefix(algorithm, raw string) []byte {
	return []byte(algorithm + ":" + base64.RawURLEncoding.EncodeToString([]byte(raw)))
}

// cutPrefix reads what withPrefix wrote and returns the bytes, if the algorithm is the one expected.
func cutPrefix(algorithm string, text []byte) (Blob, error) {
	name, rest, ok := strings.Cut(string(text), ":")
	if !ok {
		return nil, fault.New(fault.Invalid, "seal.key.form")
	}
	if name != algorithm {
		return nil, fault.New(fault.Invalid, "seal.algorithm")
	}
	var raw Blob
	err := raw.UnmarshalText([]byte(rest))
	return raw, err
}
