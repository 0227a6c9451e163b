package veil

import (
	"crypto/sha512"
	"encoding/binary"
	"io"
)

// A proof here is of the kind of Chaum and Pedersen, made without a partner by the way of Fiat and Shamir: the
// challenge is a hash of everything that is claimed. A claim about a whole list is proven once, about a sum in which
// each line has a weight of 128 bits that follows from the list: a line that is not as claimed passes with a
// probability of 2^-128.

// weigher gives the weights of the lines of a claim.
type weigher struct{ seed [sha512.Size]byte }

func newWeigher(tag string, parts ...[]byte) *weigher {
	var w weigher
	h := sha512.New()
	h.Write([]byte(tag))
	for _, p := range parts {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write(p)
	}
	h.Sum(w.seed[:0])
	return &w
}

// four returns the weights of lines 4·i to 4·i+3.
func (w *weigher) four(i int) [4]Scalar {
	b := sha512.Sum512(binary.BigEndian.AppendUint64(w.seed[:len(w.seed):len(w.seed)], uint64(i)))
	var out [4]Scalar
	for j := range out {
		var wide [ScalarSize]byte
		copy(wide[:16], b[16*j:])
		s, err := ParseScalar(wide[:])
		if err != nil {
			panic("veil: 128 bits are below the order")
		}
		out[j] = s
	}
	return out
}

// first returns the weights of n lines from line from on, of which from is a multiple of four.
func (w *weigher) first(from, n int) []Scalar {
	out := make([]Scalar, 0, n+3)
	for i := from / 4; len(out) < n; i++ {
		four := w.four(i)
		out = append(out, four[:]...)
	}
	return out[:n]
}

// points writes several points one after the other.
func points(p ...*Point) []byte {
	out := make([]byte, 0, len(p)*PointSize)
	for _, q := range p {
		out = append(out, q.Bytes()...)
	}
	return out
}

// Proof shows that one secret scalar leads from G to A and from another base to B. It is 64 bytes.
type Proof struct{ c, z Scalar }

// ProofSize is the size of a [Proof] in bytes.
const ProofSize = 2 * ScalarSize

// Append appends the 64 bytes of p to b.
func (p *Proof) Append(b []byte) []byte { return p.z.Append(p.c.Append(b)) }

// ParseProof reads a proof.
//
// It fails with [fault.Invalid] unless b has 64 bytes that are two scalars.
func ParseProof(b []byte) (Proof, error) {
	if len(b) != ProofSize {
		return Proof{}, malformed("proof")
	}
	c, err := ParseScalar(b[:ScalarSize])
	if err != nil {
		return Proof{}, err
	}
	z, err := ParseScalar(b[ScalarSize:])
	return Proof{c, z}, err
}

const tagSame = "opentrm/count/1 same"

// proveSame proves A = s·G and B = s·base, where context says what the claim is part of.
// It fails if random does.
func proveSame(random io.Reader, context []byte, s *Scalar, a, base, b *Point) (Proof, error) {
	k, err := NewScalar(random)
	if err != nil {
		return Proof{}, err
	}
	t, u := MulBase(&k), base.Mul(&k)
	c := HashToScalar(tagSame, context, points(a, base, b, &t, &u))
	cs := c.Mul(s)
	return Proof{c, k.Add(&cs)}, nil
}

// holdsSame reports whether p proves A = s·G and B = s·base for some s.
func holdsSame(p Proof, context []byte, a, base, b *Point) bool {
	n, g := p.c.Neg(), Base()
	t := SumPublic([]Scalar{p.z, n}, []Point{g, *a})
	u := SumPublic([]Scalar{p.z, n}, []Point{*base, *b})
	c := HashToScalar(tagSame, context, points(a, base, b, &t, &u))
	return c.Equal(&p.c)
}

const tagKnows = "opentrm/count/1 knows"

// proveKnown proves that its maker knows y of Y = y·G, where context names the maker and the run (Schnorr). Without
// it a member could choose its key so that those of the others fall out of the sum.
// It fails if random does.
func proveKnown(random io.Reader, context []byte, y *Scalar, key *Point) (Proof, error) {
	k, err := NewScalar(random)
	if err != nil {
		return Proof{}, err
	}
	t := MulBase(&k)
	c := HashToScalar(tagKnows, context, points(key, &t))
	cy := c.Mul(y)
	return Proof{c, k.Add(&cy)}, nil
}

// holdsKnown reports whether p proves knowledge of the logarithm of key.
func holdsKnown(p Proof, context []byte, key *Point) bool {
	n := p.c.Neg()
	t := SumPublic([]Scalar{p.z, n}, []Point{Base(), *key})
	c := HashToScalar(tagKnows, context, points(key, &t))
	return c.Equal(&p.c)
}
