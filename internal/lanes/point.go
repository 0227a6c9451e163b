//go:build goexperiment.simd && amd64

package lanes

import "simd/archsimd"

// The constants of RFC 9496, 4.1.
var (
	one       = number{1}
	d         = number{0x35978a3, 0xd37284, 0x3156ebd, 0x6a0a0e, 0x1c029, 0x179e898, 0x3a03cbb, 0x1ce7198, 0x2e2b6ff, 0x1480db3}
	d2        = number{0x2b2f159, 0x1a6e509, 0x22add7a, 0xd4141d, 0x38052, 0xf3d130, 0x3407977, 0x19ce331, 0x1c56dff, 0x901b67}
	root      = number{0x20ea0b0, 0x186c9d2, 0x8f189d, 0x35697f, 0xbd0c60, 0x1fbd7a7, 0x2804c9e, 0x1e16569, 0x4fc1d, 0xae0c92}     // SQRT_M1
	invSqrtAD = number{0x5d40ea, 0x3f6aa0, 0x257d339, 0xbad20b, 0x274bc58, 0x1d840, 0x13dc8ff, 0x19442d8, 0x5cfaff, 0x1e1b224}     // INVSQRT_A_MINUS_D
	sqrtAD    = number{0x17b2e1b, 0x1fda812, 0x297afd2, 0x60dbc2, 0x2be7638, 0x1f5d1fd, 0x27e6498, 0x11581e7, 0x3f2b834, 0xdda4c6} // SQRT_AD_MINUS_ONE
	oneD      = number{0x5fc176, 0x1027065, 0x2a1fc4f, 0x1c66af1, 0xb20684, 0x70dfe4, 0x255eedf, 0x1af332, 0x28b2b3e, 0xa41ca}     // ONE_MINUS_D_SQ
	dOne      = number{0xed4d20, 0x156aa91, 0x3332635, 0x16580f0, 0x34a7928, 0x9b4eeb, 0x26997a9, 0x48299b, 0x3af66c2, 0x165a2cd}  // D_MINUS_ONE_SQ
)

// point is four points of edwards25519 in extended coordinates: x = X/Z, y = Y/Z, xy = T/Z.
type point struct{ x, y, z, t limbs }

// cached is a point as it is added: Y+X, Y-X, 2Z, 2dT.
type cached [4]limbs

const plus, minus, twoZ, twoDT = 0, 1, 2, 3

// completed is what doubling and adding leave: x = X/Z, y = Y/T.
type completed struct{ x, y, z, t limbs }

// double doubles points; t is not needed (Hisil, Wong, Carter, Dawson 2008, "Twisted Edwards Curves Revisited", 4.4).
func (c *completed) double(p *point) {
	var a, b, s limbs
	square(&a, &p.x)
	square(&b, &p.y)
	add(&s, &p.x, &p.y)
	square(&s, &s)
	square(&c.t, &p.z)
	add(&c.t, &c.t, &c.t)
	add(&c.y, &b, &a)
	sub(&c.z, &b, &a)
	// s-(a+b), and 2z²-(b-a): each wider than may be multiplied
	sub(&c.x, &s, &a)
	carry(&c.x)
	sub(&c.x, &c.x, &b)
	add(&c.t, &c.t, &a)
	carry(&c.t)
	sub(&c.t, &c.t, &b)
}

// sum adds points.
func (c *completed) sum(p *point, q *cached) {
	var a, b, t, z limbs
	add(&a, &p.y, &p.x)
	mul(&a, &a, &q[plus])
	sub(&b, &p.y, &p.x)
	mul(&b, &b, &q[minus])
	mul(&t, &p.t, &q[twoDT])
	mul(&z, &p.z, &q[twoZ])
	sub(&c.x, &a, &b)
	add(&c.y, &a, &b)
	add(&c.z, &z, &t)
	sub(&c.t, &z, &t)
}

func (p *point) from(c *completed) {
	p.fromWithoutT(c)
	mul(&p.t, &c.x, &c.y)
}

func (p *point) fromWithoutT(c *completed) {
	mul(&p.x, &c.x, &c.t)
	mul(&p.y, &c.y, &c.z)
	mul(&p.z, &c.z, &c.t)
}

func (q *cached) from(p *point) {
	by := same(d2)
	add(&q[plus], &p.y, &p.x)
	sub(&q[minus], &p.y, &p.x)
	add(&q[twoZ], &p.z, &p.z)
	mul(&q[twoDT], &p.t, &by)
}

// multiply multiplies four points by one number, given as 64 digits from -8 to 8 to the base 16, the least first.
func (p *point) multiply(digits *[64]int8) {
	var table [8]cached
	var c completed
	table[0].from(p)
	q := *p
	for i := 1; i < 8; i++ {
		c.sum(&q, &table[0])
		q.from(&c)
		table[i].from(&q)
	}
	null := limbs{}
	*p = point{x: null, y: same(one), z: same(one), t: null}
	for i := 63; i >= 0; i-- {
		if i < 63 {
			for k := range 4 {
				c.double(p)
				if k < 3 {
					p.fromWithoutT(&c)
				} else {
					p.from(&c)
				}
			}
		}
		// the digit's multiple, whichever it is, by looking at all of them
		digit := int64(digits[i])
		sign := digit >> 63
		size := uint64((digit ^ sign) - sign)
		var masks [8]archsimd.Uint64x4
		for k := range masks {
			masks[k] = archsimd.BroadcastUint64x4(isZero(size ^ uint64(k+1)))
		}
		var n cached
		m := &masks
		for c := range n {
			for i := range n[c] {
				x := table[0][c][i].And(m[0]).Or(table[1][c][i].And(m[1])).Or(table[2][c][i].And(m[2])).Or(table[3][c][i].And(m[3]))
				n[c][i] = x.Or(table[4][c][i].And(m[4])).Or(table[5][c][i].And(m[5])).Or(table[6][c][i].And(m[6])).Or(table[7][c][i].And(m[7]))
			}
		}
		unit := archsimd.BroadcastUint64x4(isZero(size) & 1) // nothing is 1, 1, 2, 0
		n[plus][0], n[minus][0], n[twoZ][0] = n[plus][0].Or(unit), n[minus][0].Or(unit), n[twoZ][0].Or(unit.Add(unit))
		mask := archsimd.BroadcastUint64x4(uint64(sign))
		straight, negative := n[plus], limbs{}
		pick(&n[plus], &n[minus], mask)
		pick(&n[minus], &straight, mask)
		sub(&negative, &null, &n[twoDT])
		pick(&n[twoDT], &negative, mask)
		c.sum(p, &n)
		p.fromWithoutT(&c)
	}
	mul(&p.t, &c.x, &c.y)
}

// isZero has ones if x, which is small, is nothing.
func isZero(x uint64) uint64 { return -((x - 1) >> 63) }

// digits writes a number below 2^253 to the base 16 with digits from -8 to 7.
func digits(scalar *[32]byte) (out [64]int8) {
	for i, b := range scalar {
		out[2*i], out[2*i+1] = int8(b&15), int8(b>>4)
	}
	carry := int8(0)
	for i := range 63 {
		out[i] += carry
		carry = (out[i] + 8) >> 4
		out[i] -= carry << 4
	}
	out[63] += carry
	return out
}
