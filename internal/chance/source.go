// Package chance draws the noise that protects people in published numbers, and accounts for what each draw tells about
// them.
//
// Draws are exact: whole numbers go in, whole numbers come out, and between them there are only whole numbers. A draw made
// with floating point has gaps and rounding from which the number beneath has been recovered (Mironov, "On Significance of
// the Least Significant Bits", CCS 2012; Haney and others, "Precision-based attacks", 2022). TestNoFloatTouchesNoise reads
// the source and fails if that changes. The distributions are the discrete Laplace and the discrete Gaussian of Canonne,
// Kamath and Steinke ("The Discrete Gaussian for Differential Privacy", NeurIPS 2020, algorithms 1 to 3).
//
// Accounting uses floating point, rounds against whoever publishes, and never touches a draw. A [Ledger] adds up what
// several releases about the same people tell together.
//
// The time that a draw takes depends on it. Draw where nobody can measure single draws: in a program that writes a file, not
// in one that answers a question.
package chance

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"math/bits"
)

// KeySize is the size of the key of a [Keyed] source in bytes.
const KeySize = 32

// Source is a source of even bits. It reads ahead, so that a draw costs few calls. It is not safe for several goroutines;
// the zero value is not usable.
type Source struct {
	fill func([]byte)
	buf  [2048]byte
	at   int
}

// Secret returns a source that nobody can repeat: the system's own (crypto/rand, which ends the program where the system
// has none). Noise of a release is drawn from it and from nothing else.
func Secret() *Source {
	return newSource(func(b []byte) { _, _ = rand.Read(b) })
}

// Keyed returns a source whose draws follow from a key: AES-256 in counter mode, from counter 0. It is for tests, and for
// what comes after the noise: whoever has the key knows every draw.
func Keyed(key [KeySize]byte) *Source {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // the key has the right size
	}
	stream := cipher.NewCTR(block, make([]byte, aes.BlockSize))
	return newSource(func(b []byte) {
		clear(b)
		stream.XORKeyStream(b, b)
	})
}

func newSource(fill func([]byte)) *Source {
	s := &Source{fill: fill}
	s.at = len(s.buf)
	return s
}

// Uint64 returns 64 even bits.
func (s *Source) Uint64() uint64 {
	if s.at+8 > len(s.buf) {
		s.more()
	}
	v := binary.LittleEndian.Uint64(s.buf[s.at:])
	s.at += 8
	return v
}

// short returns 16 even bits.
func (s *Source) short() uint64 {
	if s.at+2 > len(s.buf) {
		s.more()
	}
	v := binary.LittleEndian.Uint16(s.buf[s.at:])
	s.at += 2
	return uint64(v)
}

// more fills the buffer again. What was left of it, fewer than 8 bytes, is dropped: no bit is used twice.
func (s *Source) more() {
	s.fill(s.buf[:])
	s.at = 0
}

// Below returns an even draw of 0 to n-1. It takes as many bits as n needs and draws again when they are too many: no
// remainder is taken, which would favour small numbers. It panics if n is 0.
func (s *Source) Below(n uint64) uint64 {
	if n == 0 {
		panic("chance: nothing is below 0")
	}
	size := bits.Len64(n - 1)
	mask := uint64(1)<<size - 1
	for {
		var v uint64
		if size <= 16 {
			v = s.short() & mask
		} else {
			v = s.Uint64() & mask
		}
		if v < n {
			return v
		}
	}
}

// Bernoulli returns true with probability a/b exactly, for 0 ≤ a ≤ b and b of at least 1.
//
// It compares an even number U from 0 to 1 with a/b, some bits of U at a time, and stops where the bits drawn decide: one
// word nearly always. Where they do not, what is left is the same question with another a.
func (s *Source) Bernoulli(a, b uint64) bool {
	for b < 1<<48 {
		drawn, goal := s.short()*b, a<<16
		if drawn >= goal {
			return false
		}
		if drawn+b <= goal {
			return true
		}
		a = goal - drawn // from 1 to b-1
	}
	for {
		hi, lo := bits.Mul64(s.Uint64(), b)
		if hi >= a {
			return false
		}
		restLow, borrow := bits.Sub64(0, lo, 0)
		rest, _ := bits.Sub64(a, hi, borrow)
		if rest > 0 || restLow >= b {
			return true
		}
		a = restLow
	}
}
