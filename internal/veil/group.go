package veil

import (
	"io"

	"github.com/gtank/ristretto255"

	"github.com/opentrm/opentrm/internal/fault"
)

// Sizes of encodings, in bytes.
const (
	PointSize  = 32
	ScalarSize = 32
)

// Point is an element of ristretto255. Its zero value is not a point: one comes from [ParsePoint], [HashToGroup], [Base]
// or from other points.
type Point struct{ e ristretto255.Element }

// Scalar is an integer modulo the order of the group. Its zero value is 0.
type Scalar struct{ s ristretto255.Scalar }

// malformed says which part of what was sent is not in the form that its specification has.
func malformed(field string) error { return fault.New(fault.Invalid, "veil.form").With("field", field) }

// Base returns the generator of RFC 9496.
func Base() Point {
	var p Point
	p.e.Set(ristretto255.NewGeneratorElement())
	return p
}

// Identity returns the neutral point, which sums begin with. It never travels: [ParsePoint] refuses it.
func Identity() Point {
	var p Point
	p.e.Set(ristretto255.NewIdentityElement())
	return p
}

// ParsePoint reads one point.
//
// It fails with [fault.Invalid] unless b has 32 bytes and is the one encoding of a point (RFC 9496, 4.3.1), and if the
// point is the identity, which no protocol here sends (RFC 9497, 2.1).
func ParsePoint(b []byte) (Point, error) {
	var p Point
	if len(b) != PointSize {
		return p, malformed("point")
	}
	if _, err := p.e.SetCanonicalBytes(b); err != nil {
		return p, malformed("point")
	}
	if p.IsIdentity() {
		return p, malformed("identity")
	}
	return p, nil
}

// Append appends the 32 bytes of p to b.
func (p *Point) Append(b []byte) []byte { return append(b, p.e.Bytes()...) }

// Bytes returns the 32 bytes of p.
func (p *Point) Bytes() []byte { return p.e.Bytes() }

// Equal reports whether p and q are the same element.
func (p *Point) Equal(q *Point) bool { return p.e.Equal(&q.e) == 1 }

// IsIdentity reports whether p is the neutral element.
func (p *Point) IsIdentity() bool { return p.e.Equal(ristretto255.NewIdentityElement()) == 1 }

// Add returns p + q.
func (p *Point) Add(q *Point) Point {
	var r Point
	r.e.Add(&p.e, &q.e)
	return r
}

// Sub returns p - q.
func (p *Point) Sub(q *Point) Point {
	var r Point
	r.e.Subtract(&p.e, &q.e)
	return r
}

// Mul returns s·p.
func (p *Point) Mul(s *Scalar) Point {
	var r Point
	r.e.ScalarMult(&s.s, &p.e)
	return r
}

// MulBase returns s·G.
func MulBase(s *Scalar) Point {
	var r Point
	r.e.ScalarBaseMult(&s.s)
	return r
}

// MulTwo returns s·p + t·q, in less time than two products.
func MulTwo(s *Scalar, p *Point, t *Scalar, q *Point) Point {
	var r Point
	r.e.MultiScalarMult([]*ristretto255.Scalar{&s.s, &t.s}, []*ristretto255.Element{&p.e, &q.e})
	return r
}

// chunk is how many points are summed at once: each needs a table of half a kilobyte or more.
const chunk = 256

// SumPublic returns the sum of s[i]·p[i]. How long it takes depends on both, so they must be public.
// It panics if their lengths differ.
func SumPublic(s []Scalar, p []Point) Point {
	sum := Identity()
	ss, pp := make([]*ristretto255.Scalar, 0, chunk), make([]*ristretto255.Element, 0, chunk)
	for from := 0; from < len(p); from += chunk {
		ss, pp = ss[:0], pp[:0]
		for i := from; i < min(from+chunk, len(p)); i++ {
			ss, pp = append(ss, &s[i].s), append(pp, &p[i].e)
		}
		var part Point
		part.e.VarTimeMultiScalarMult(ss, pp)
		sum = sum.Add(&part)
	}
	if len(s) != len(p) {
		panic("veil: as many scalars as points")
	}
	return sum
}

// ScalarOf returns n as a scalar.
func ScalarOf(n uint64) Scalar {
	var b [ScalarSize]byte
	for i := range 8 {
		b[i] = byte(n >> (8 * i))
	}
	var s Scalar
	if _, err := s.s.SetCanonicalBytes(b[:]); err != nil {
		panic("veil: 64 bits are below the order")
	}
	return s
}

// NewScalar draws a scalar evenly from 1 to the order less one.
// It fails if random does.
func NewScalar(random io.Reader) (Scalar, error) {
	var b [64]byte
	for {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return Scalar{}, err
		}
		if s := wideScalar(b[:]); !s.IsZero() {
			return s, nil
		}
	}
}

// wideScalar reduces 64 bytes modulo the order.
func wideScalar(b []byte) Scalar {
	var s Scalar
	if _, err := s.s.SetUniformBytes(b); err != nil {
		panic("veil: 64 bytes make a scalar")
	}
	return s
}

// ParseScalar reads one scalar.
//
// It fails with [fault.Invalid] unless b has 32 bytes that stand, least significant first, for a number below the order.
func ParseScalar(b []byte) (Scalar, error) {
	var s Scalar
	if len(b) != ScalarSize {
		return s, malformed("scalar")
	}
	if _, err := s.s.SetCanonicalBytes(b); err != nil {
		return s, malformed("scalar")
	}
	return s, nil
}

// Append appends the 32 bytes of s to b.
func (s *Scalar) Append(b []byte) []byte { return append(b, s.s.Bytes()...) }

// Bytes returns the 32 bytes of s.
func (s *Scalar) Bytes() []byte { return s.s.Bytes() }

// Equal reports whether s and t are the same number.
func (s *Scalar) Equal(t *Scalar) bool { return s.s.Equal(&t.s) == 1 }

// IsZero reports whether s is 0.
func (s *Scalar) IsZero() bool { return s.s.Equal(ristretto255.NewScalar()) == 1 }

// Add returns s + t.
func (s *Scalar) Add(t *Scalar) Scalar {
	var r Scalar
	r.s.Add(&s.s, &t.s)
	return r
}

// Sub returns s - t.
func (s *Scalar) Sub(t *Scalar) Scalar {
	var r Scalar
	r.s.Subtract(&s.s, &t.s)
	return r
}

// Mul returns s·t.
func (s *Scalar) Mul(t *Scalar) Scalar {
	var r Scalar
	r.s.Multiply(&s.s, &t.s)
	return r
}

// Neg returns -s.
func (s *Scalar) Neg() Scalar {
	var r Scalar
	r.s.Negate(&s.s)
	return r
}

// Invert returns 1/s; s must not be 0.
func (s *Scalar) Invert() Scalar {
	var r Scalar
	r.s.Invert(&s.s)
	return r
}

// InvertAll inverts every scalar of s in place with a single inversion (Montgomery's trick); none may be 0.
func InvertAll(s []Scalar) {
	if len(s) == 0 {
		return
	}
	before := make([]Scalar, len(s))
	product := ScalarOf(1)
	for i := range s {
		before[i] = product
		product = product.Mul(&s[i])
	}
	inverse := product.Invert()
	for i := len(s) - 1; i >= 0; i-- {
		was := s[i]
		s[i] = inverse.Mul(&before[i])
		inverse = inverse.Mul(&was)
	}
}
