package veil

import (
	"crypto/sha512"

	"github.com/gtank/ristretto255"
)

// expand is expand_message_xmd of RFC 9380, 5.3.1, with SHA-512, for at most 255 times 64 bytes. A tag of more than 255
// bytes is hashed first (5.3.3).
func expand(tag string, n int, message ...[]byte) []byte {
	if len(tag) > 255 {
		short := sha512.Sum512(append([]byte("H2C-OVERSIZE-DST-"), tag...))
		tag = string(short[:])
	}
	blocks := (n + sha512.Size - 1) / sha512.Size
	if blocks > 255 {
		panic("veil: no more than 255 blocks")
	}
	prime := append([]byte(tag), byte(len(tag)))
	h := sha512.New()
	h.Write(make([]byte, sha512.BlockSize))
	for _, m := range message {
		h.Write(m)
	}
	h.Write([]byte{byte(n >> 8), byte(n), 0})
	h.Write(prime)
	first := h.Sum(nil)
	out := make([]byte, 0, blocks*sha512.Size)
	block := make([]byte, sha512.Size)
	for i := 1; i <= blocks; i++ {
		for j := range block {
			block[j] ^= first[j]
		}
		h.Reset()
		h.Write(block)
		h.Write([]byte{byte(i)})
		h.Write(prime)
		block = h.Sum(block[:0])
		out = append(out, block...)
	}
	return out[:n]
}

// HashToGroup maps the message, which is the concatenation of its parts, to a point of which nobody knows the logarithm:
// HashToGroup of the suite ristretto255-SHA512 of RFC 9497, 4.1, which is hash_to_ristretto255 of RFC 9380, appendix B.
// The tag separates one use from another. It takes the same time for all messages of one length.
func HashToGroup(tag string, message ...[]byte) Point {
	return uniformPoint(expand(tag, 64, message...))
}

// uniformPoint is the one-way map of RFC 9496, 4.3.4.
func uniformPoint(b []byte) Point {
	var p Point
	p.e.Set(ristretto255.NewIdentityElement())
	if _, err := p.e.SetUniformBytes(b); err != nil {
		panic("veil: 64 bytes make a point")
	}
	return p
}

// HashToScalar maps the message, which is the concatenation of its parts, to a scalar: HashToScalar of the suite
// ristretto255-SHA512 of RFC 9497, 4.1.
func HashToScalar(tag string, message ...[]byte) Scalar {
	return wideScalar(expand(tag, 64, message...))
}
