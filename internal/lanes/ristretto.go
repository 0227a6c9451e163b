//go:build goexperiment.simd && amd64

package lanes

import (
	"encoding/binary"
	"simd/archsimd"
)

// Ready reports whether this program and this processor can do it.
func Ready() bool { return archsimd.X86.AVX2() }

// Multiply multiplies four points of ristretto255 by one number, both as they are written in RFC 9496, 4.3: the number must be below the order of the
// group. In place of a text that is no point stands nothing that means anything, and ok is false.
func Multiply(texts *[4][32]byte, scalar *[32]byte) (ok [4]bool) {
	var p point
	ok = p.decode(texts)
	by := digits(scalar)
	p.multiply(&by)
	*texts = p.encode()
	archsimd.ClearAVXUpperBits()
	return ok
}

// MapAndMultiply maps four uniform strings to points (RFC 9496, 4.3.4), multiplies them by one number and writes them.
func MapAndMultiply(uniform *[4][64]byte, scalar *[32]byte) [4][32]byte {
	var a, b [4][32]byte
	for k := range uniform {
		a[k], b[k] = [32]byte(uniform[k][:32]), [32]byte(uniform[k][32:])
	}
	var p, q point
	p.place(&a)
	q.place(&b)
	var c completed
	var add cached
	add.from(&q)
	c.sum(&p, &add)
	p.from(&c)
	by := digits(scalar)
	p.multiply(&by)
	out := p.encode()
	archsimd.ClearAVXUpperBits()
	return out
}

// ones has, for each of four, ones where it is so.
func ones(is [4]uint64) archsimd.Uint64x4 {
	for i := range is {
		is[i] = -is[i]
	}
	return archsimd.LoadUint64x4(&is)
}

// odd says which of four numbers are negative in the sense of RFC 9496, 3.1.
func (a *limbs) odd() (out [4]uint64) {
	for k, t := range a.texts() {
		out[k] = uint64(t[0] & 1)
	}
	return out
}

// nothing says whether a text has only zeros.
func nothing(t *[32]byte) uint64 {
	var x uint64
	for i := 0; i < 32; i += 8 {
		x |= binary.LittleEndian.Uint64(t[i:])
	}
	return (x|-x)>>63 ^ 1
}

// equal says which of four numbers are the same.
func equal(a, b *limbs) (out [4]uint64) {
	var diff limbs
	sub(&diff, a, b)
	carry(&diff)
	for k, t := range diff.texts() {
		out[k] = nothing(&t)
	}
	return out
}

func negate(out, a *limbs) {
	var null limbs
	sub(out, &null, a)
	carry(out)
}

// absolute makes negative numbers positive.
func absolute(a *limbs) {
	var n limbs
	mask := ones(a.odd())
	negate(&n, a)
	pick(a, &n, mask)
}

// ratio sets out to the square root of u/v, or of SQRT_M1 times that, and says which of four had a root (SQRT_RATIO_M1, RFC 9496, 3.1.3).
func ratio(out, u, v *limbs) (was [4]uint64) {
	var v3, v7, r, t limbs
	square(&v3, v)
	mul(&v3, &v3, v)
	square(&v7, &v3)
	mul(&v7, &v7, v)
	mul(&t, u, &v7)
	power(&r, &t)
	mul(&r, &r, &v3)
	mul(&r, &r, u)
	check := t
	square(&check, &r)
	mul(&check, &check, v)
	i := same(root)
	var minus, minusI limbs
	negate(&minus, u)
	mul(&minusI, &minus, &i)
	right, flipped, flippedI := equal(&check, u), equal(&check, &minus), equal(&check, &minusI)
	mul(&t, &r, &i)
	for k := range was {
		was[k] = right[k] | flipped[k]
		flipped[k] |= flippedI[k]
	}
	pick(&r, &t, ones(flipped))
	absolute(&r)
	*out = r
	return was
}

// power sets out to a to the power of (2^255-24)/8.
func power(out, a *limbs) {
	var x, y, z limbs
	square(&x, a)      // 2
	squares(&y, &x, 2) // 8
	mul(&y, &y, a)     // 9
	mul(&x, &x, &y)    // 11
	square(&x, &x)     // 22
	mul(&x, &x, &y)    // 2^5-1
	squares(&y, &x, 5)
	mul(&x, &y, &x) // 2^10-1
	squares(&y, &x, 10)
	mul(&y, &y, &x) // 2^20-1
	squares(&z, &y, 20)
	mul(&y, &z, &y) // 2^40-1
	squares(&y, &y, 10)
	mul(&x, &y, &x) // 2^50-1
	squares(&y, &x, 50)
	mul(&y, &y, &x) // 2^100-1
	squares(&z, &y, 100)
	mul(&y, &z, &y) // 2^200-1
	squares(&y, &y, 50)
	mul(&x, &y, &x) // 2^250-1
	squares(&x, &x, 2)
	mul(out, &x, a) // 2^252-3
}

// decode reads points (RFC 9496, 4.3.1).
func (p *point) decode(texts *[4][32]byte) (ok [4]bool) {
	s := fill(texts)
	canonical := s.texts()
	var ss, u1, u2, u2s, v, t, i limbs
	one := same(one)
	square(&ss, &s)
	sub(&u1, &one, &ss)
	carry(&u1)
	add(&u2, &one, &ss)
	square(&u2s, &u2)
	square(&v, &u1)
	by := same(d)
	mul(&v, &v, &by)
	negate(&v, &v)
	sub(&v, &v, &u2s)
	carry(&v)
	mul(&t, &v, &u2s)
	was := ratio(&i, &one, &t)
	var x, y limbs
	mul(&x, &i, &u2)
	mul(&y, &i, &x)
	mul(&y, &y, &v)
	add(&t, &s, &s)
	mul(&x, &x, &t)
	absolute(&x)
	mul(&y, &y, &u1)
	mul(&t, &x, &y)
	negative, ys := t.odd(), y.texts()
	for k := range ok {
		ok[k] = canonical[k] == texts[k] && texts[k][0]&1 == 0 && was[k] == 1 && negative[k] == 0 && nothing(&ys[k]) == 0
	}
	*p = point{x, y, one, t}
	return ok
}

// encode writes points (RFC 9496, 4.3.2).
func (p *point) encode() [4][32]byte {
	var u1, u2, t, i limbs
	add(&u1, &p.z, &p.y)
	sub(&t, &p.z, &p.y)
	mul(&u1, &u1, &t)
	mul(&u2, &p.x, &p.y)
	square(&t, &u2)
	mul(&t, &t, &u1)
	one := same(one)
	ratio(&i, &one, &t)
	var den1, den2, z, ix, iy, x, y, inv limbs
	mul(&den1, &i, &u1)
	mul(&den2, &i, &u2)
	mul(&z, &den1, &den2)
	mul(&z, &z, &p.t)
	r, a := same(root), same(invSqrtAD)
	mul(&ix, &p.x, &r)
	mul(&iy, &p.y, &r)
	mul(&den1, &den1, &a)
	mul(&t, &p.t, &z)
	turn := ones(t.odd())
	x, y, inv = p.x, p.y, den2
	pick(&x, &iy, turn)
	pick(&y, &ix, turn)
	pick(&inv, &den1, turn)
	mul(&t, &x, &z)
	var minus limbs
	negate(&minus, &y)
	pick(&y, &minus, ones(t.odd()))
	sub(&t, &p.z, &y)
	mul(&t, &t, &inv)
	absolute(&t)
	return t.texts()
}

// place maps half of a uniform string to a point (MAP, RFC 9496, 4.3.4).
func (p *point) place(halves *[4][32]byte) {
	t := fill(halves)
	one, d, r1 := same(one), same(d), same(root)
	var r, u, v, s, w, prime, n limbs
	square(&r, &t)
	mul(&r, &r, &r1)
	add(&u, &r, &one)
	oneD := same(oneD)
	mul(&u, &u, &oneD)
	mul(&w, &r, &d)
	var minusOne limbs
	negate(&minusOne, &one)
	sub(&w, &minusOne, &w)
	carry(&w)
	add(&v, &r, &d)
	mul(&v, &w, &v)
	was := ratio(&s, &u, &v)
	for k := range was {
		was[k] ^= 1
	}
	not := ones(was)
	mul(&prime, &s, &t)
	absolute(&prime)
	negate(&prime, &prime)
	pick(&s, &prime, not)
	c := minusOne
	pick(&c, &r, not)
	dOne := same(dOne)
	sub(&n, &r, &one)
	carry(&n)
	mul(&n, &n, &c)
	mul(&n, &n, &dOne)
	sub(&n, &n, &v)
	carry(&n)
	var w0, w1, w2, w3 limbs
	mul(&w0, &s, &v)
	add(&w0, &w0, &w0)
	root := same(sqrtAD)
	mul(&w1, &n, &root)
	square(&t, &s)
	sub(&w2, &one, &t)
	add(&w3, &one, &t)
	mul(&p.x, &w0, &w3)
	mul(&p.y, &w2, &w1)
	mul(&p.z, &w1, &w3)
	mul(&p.t, &w0, &w2)
}
