package veil

import (
	"crypto/sha512"
	"encoding/binary"
	"io"
)

// mode is one of RFC 9497, 3.1: what is hashed in one mode means nothing in another.
type mode byte

const (
	modeOPRF  mode = 0 // not verifiable; for the vectors of the RFC alone
	modeVOPRF mode = 1 // what a lookup uses
)

// context is the context string of RFC 9497, 3.1, of the suite ristretto255-SHA512.
func (m mode) context() string { return "OPRFV1-" + string(rune(m)) + "-ristretto255-SHA512" }

// MostBlinded is how many elements one batch holds at most: so many are proved at once.
const MostBlinded = 900

// DLEQSize is the size of a [DLEQ] in bytes.
const DLEQSize = 2 * ScalarSize

// DLEQ shows that all elements of a batch were multiplied by the secret behind one public key (RFC 9497, 2.2).
type DLEQ struct{ c, s Scalar }

// Append appends the 64 bytes of p to b.
func (p *DLEQ) Append(b []byte) []byte { return p.s.Append(p.c.Append(b)) }

// parseDLEQ reads a proof. It fails with [fault.Invalid] unless b is two scalars.
func parseDLEQ(b []byte) (DLEQ, error) {
	var p DLEQ
	if len(b) != DLEQSize {
		return p, malformed("proof")
	}
	var err error
	if p.c, err = ParseScalar(b[:ScalarSize]); err != nil {
		return p, err
	}
	p.s, err = ParseScalar(b[ScalarSize:])
	return p, err
}

// DeriveKey makes a secret of a seed of 32 bytes (RFC 9497, 3.2.1). It fails with [fault.Internal] never: of 256 tries one gives a key, but
// for a chance of 2^-64000.
func DeriveKey(seed, info []byte) Scalar { return modeVOPRF.deriveKey(seed, info) }

func (m mode) deriveKey(seed, info []byte) Scalar {
	input := binary.BigEndian.AppendUint16(append([]byte{}, seed...), uint16(len(info)))
	input = append(input, info...)
	for counter := range 256 {
		if k := HashToScalar("DeriveKeyPair"+m.context(), input, []byte{byte(counter)}); !k.IsZero() {
			return k
		}
	}
	panic("veil: no seed gives 256 zeros")
}

// element is H1 of RFC 9497: the point of an input.
func (m mode) element(input []byte) Point { return HashToGroup("HashToGroup-"+m.context(), input) }

// finalize returns the output of the function for an input and its evaluated and unblinded element (RFC 9497, 3.3.1).
func finalize(input []byte, element *Point) [sha512.Size]byte {
	b := prefixed(nil, input)
	b = prefixed(b, element.Bytes())
	return sha512.Sum512(append(b, "Finalize"...))
}

// prefixed appends a text of at most 65,535 bytes with its length before it.
func prefixed(b, text []byte) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(text))), text...)
}

// weights returns the weights by which the elements of a batch are summed before they are proved: nobody knows them before the batch is fixed
// (ComputeComposites of RFC 9497, 2.2.1).
func (m mode) weights(key *Point, asked, given []Point) []Scalar {
	seed := sha512.Sum512(prefixed(prefixed(nil, key.Bytes()), []byte("Seed-"+m.context())))
	out := make([]Scalar, len(asked))
	buf := make([]byte, 0, 256)
	for i := range asked {
		buf = prefixed(buf[:0], seed[:])
		buf = binary.BigEndian.AppendUint16(buf, uint16(i))
		buf = prefixed(buf, asked[i].Bytes())
		buf = prefixed(buf, given[i].Bytes())
		out[i] = HashToScalar("HashToScalar-"+m.context(), append(buf, "Composite"...))
	}
	return out
}

// challenge binds a proof to all that it is about.
func (m mode) challenge(key, sum, multiplied, t2, t3 *Point) Scalar {
	var b []byte
	for _, p := range []*Point{key, sum, multiplied, t2, t3} {
		b = prefixed(b, p.Bytes())
	}
	return HashToScalar("HashToScalar-"+m.context(), append(b, "Challenge"...))
}

// prove is GenerateProof of RFC 9497, 2.2.1, with the number r that is drawn for it.
func (m mode) prove(secret *Scalar, key *Point, asked, given []Point, r *Scalar) DLEQ {
	sum := SumPublic(m.weights(key, asked, given), asked) // asked and given are what travels, so their sum may take its time
	multiplied, t2, t3 := sum.Mul(secret), MulBase(r), sum.Mul(r)
	var p DLEQ
	p.c = m.challenge(key, &sum, &multiplied, &t2, &t3)
	cx := p.c.Mul(secret)
	p.s = r.Sub(&cx)
	return p
}

// verifies is VerifyProof of RFC 9497, 2.2.2. Nothing in it is secret.
func (m mode) verifies(p *DLEQ, key *Point, asked, given []Point) bool {
	if len(asked) != len(given) || len(asked) == 0 || len(asked) > MostBlinded {
		return false
	}
	w := m.weights(key, asked, given)
	sum, multiplied := SumPublic(w, asked), SumPublic(w, given)
	base := Base()
	t2 := SumPublic([]Scalar{p.s, p.c}, []Point{base, *key})
	t3 := SumPublic([]Scalar{p.s, p.c}, []Point{sum, multiplied})
	c := m.challenge(key, &sum, &multiplied, &t2, &t3)
	return c.Equal(&p.c)
}

// evaluate multiplies every element of a batch by the secret and proves it.
func (m mode) evaluate(random io.Reader, secret *Scalar, key *Point, asked []Point) ([]Point, DLEQ, error) {
	r, err := NewScalar(random)
	if err != nil {
		return nil, DLEQ{}, err
	}
	given := make([]Point, len(asked))
	for i := range asked {
		given[i] = asked[i].Mul(secret)
	}
	return given, m.prove(secret, key, asked, given, &r), nil
}
