//go:build goexperiment.simd && amd64

package lanes

import (
	"encoding/binary"
	"simd/archsimd"
)

// limbs are four numbers modulo 2^255-19, side by side: each in ten limbs, of 26 and 25 bits in turns, as in the reference implementation of
// Curve25519 by Bernstein and others. A number that came from mul, square or carry is tight: limbs below 2^26 and 2^25 and a little. Sums and differences of
// two tight ones may be multiplied; whatever is wider has to be carried first.
type limbs [10]archsimd.Uint64x4

// number is one number modulo 2^255-19 in the same limbs.
type number [10]uint64

func wide(a, b archsimd.Uint64x4) archsimd.Uint64x4 {
	return a.AsUint32x8().MulEvenWiden(b.AsUint32x8())
}

func same(n number) (out limbs) {
	for i, x := range n {
		out[i] = archsimd.BroadcastUint64x4(x)
	}
	return out
}

func add(out, a, b *limbs) {
	for i := range out {
		out[i] = a[i].Add(b[i])
	}
}

// The limbs of twice the modulus, which keep a difference above zero.
const twice0, twiceEven, twiceOdd = 0x7ffffda, 0x7fffffe, 0x3fffffe

func sub(out, a, b *limbs) {
	p0, even, odd := archsimd.BroadcastUint64x4(twice0), archsimd.BroadcastUint64x4(twiceEven), archsimd.BroadcastUint64x4(twiceOdd)
	out[0], out[1] = a[0].Add(p0).Sub(b[0]), a[1].Add(odd).Sub(b[1])
	for i := 2; i < 10; i += 2 {
		out[i], out[i+1] = a[i].Add(even).Sub(b[i]), a[i+1].Add(odd).Sub(b[i+1])
	}
}

// mul sets out to a times b.
func mul(out, a, b *limbs) {
	f0 := a[0].AsUint32x8()
	f1 := a[1].AsUint32x8()
	f2 := a[2].AsUint32x8()
	f3 := a[3].AsUint32x8()
	f4 := a[4].AsUint32x8()
	f5 := a[5].AsUint32x8()
	f6 := a[6].AsUint32x8()
	f7 := a[7].AsUint32x8()
	f8 := a[8].AsUint32x8()
	f9 := a[9].AsUint32x8()
	g0 := b[0].AsUint32x8()
	g1 := b[1].AsUint32x8()
	g2 := b[2].AsUint32x8()
	g3 := b[3].AsUint32x8()
	g4 := b[4].AsUint32x8()
	g5 := b[5].AsUint32x8()
	g6 := b[6].AsUint32x8()
	g7 := b[7].AsUint32x8()
	g8 := b[8].AsUint32x8()
	g9 := b[9].AsUint32x8()
	by := archsimd.BroadcastUint32x8(19)
	t1 := f1.Add(f1)
	t3 := f3.Add(f3)
	t5 := f5.Add(f5)
	t7 := f7.Add(f7)
	t9 := f9.Add(f9)
	n1 := g1.MulEvenWiden(by).AsUint32x8()
	n2 := g2.MulEvenWiden(by).AsUint32x8()
	n3 := g3.MulEvenWiden(by).AsUint32x8()
	n4 := g4.MulEvenWiden(by).AsUint32x8()
	n5 := g5.MulEvenWiden(by).AsUint32x8()
	n6 := g6.MulEvenWiden(by).AsUint32x8()
	n7 := g7.MulEvenWiden(by).AsUint32x8()
	n8 := g8.MulEvenWiden(by).AsUint32x8()
	n9 := g9.MulEvenWiden(by).AsUint32x8()
	h0 := f0.MulEvenWiden(g0).Add(t1.MulEvenWiden(n9)).Add(f2.MulEvenWiden(n8)).Add(t3.MulEvenWiden(n7)).Add(f4.MulEvenWiden(n6)).Add(t5.MulEvenWiden(n5)).Add(f6.MulEvenWiden(n4)).Add(t7.MulEvenWiden(n3)).Add(f8.MulEvenWiden(n2)).Add(t9.MulEvenWiden(n1))
	h1 := f0.MulEvenWiden(g1).Add(f1.MulEvenWiden(g0)).Add(f2.MulEvenWiden(n9)).Add(f3.MulEvenWiden(n8)).Add(f4.MulEvenWiden(n7)).Add(f5.MulEvenWiden(n6)).Add(f6.MulEvenWiden(n5)).Add(f7.MulEvenWiden(n4)).Add(f8.MulEvenWiden(n3)).Add(f9.MulEvenWiden(n2))
	h2 := f0.MulEvenWiden(g2).Add(t1.MulEvenWiden(g1)).Add(f2.MulEvenWiden(g0)).Add(t3.MulEvenWiden(n9)).Add(f4.MulEvenWiden(n8)).Add(t5.MulEvenWiden(n7)).Add(f6.MulEvenWiden(n6)).Add(t7.MulEvenWiden(n5)).Add(f8.MulEvenWiden(n4)).Add(t9.MulEvenWiden(n3))
	h3 := f0.MulEvenWiden(g3).Add(f1.MulEvenWiden(g2)).Add(f2.MulEvenWiden(g1)).Add(f3.MulEvenWiden(g0)).Add(f4.MulEvenWiden(n9)).Add(f5.MulEvenWiden(n8)).Add(f6.MulEvenWiden(n7)).Add(f7.MulEvenWiden(n6)).Add(f8.MulEvenWiden(n5)).Add(f9.MulEvenWiden(n4))
	h4 := f0.MulEvenWiden(g4).Add(t1.MulEvenWiden(g3)).Add(f2.MulEvenWiden(g2)).Add(t3.MulEvenWiden(g1)).Add(f4.MulEvenWiden(g0)).Add(t5.MulEvenWiden(n9)).Add(f6.MulEvenWiden(n8)).Add(t7.MulEvenWiden(n7)).Add(f8.MulEvenWiden(n6)).Add(t9.MulEvenWiden(n5))
	h5 := f0.MulEvenWiden(g5).Add(f1.MulEvenWiden(g4)).Add(f2.MulEvenWiden(g3)).Add(f3.MulEvenWiden(g2)).Add(f4.MulEvenWiden(g1)).Add(f5.MulEvenWiden(g0)).Add(f6.MulEvenWiden(n9)).Add(f7.MulEvenWiden(n8)).Add(f8.MulEvenWiden(n7)).Add(f9.MulEvenWiden(n6))
	h6 := f0.MulEvenWiden(g6).Add(t1.MulEvenWiden(g5)).Add(f2.MulEvenWiden(g4)).Add(t3.MulEvenWiden(g3)).Add(f4.MulEvenWiden(g2)).Add(t5.MulEvenWiden(g1)).Add(f6.MulEvenWiden(g0)).Add(t7.MulEvenWiden(n9)).Add(f8.MulEvenWiden(n8)).Add(t9.MulEvenWiden(n7))
	h7 := f0.MulEvenWiden(g7).Add(f1.MulEvenWiden(g6)).Add(f2.MulEvenWiden(g5)).Add(f3.MulEvenWiden(g4)).Add(f4.MulEvenWiden(g3)).Add(f5.MulEvenWiden(g2)).Add(f6.MulEvenWiden(g1)).Add(f7.MulEvenWiden(g0)).Add(f8.MulEvenWiden(n9)).Add(f9.MulEvenWiden(n8))
	h8 := f0.MulEvenWiden(g8).Add(t1.MulEvenWiden(g7)).Add(f2.MulEvenWiden(g6)).Add(t3.MulEvenWiden(g5)).Add(f4.MulEvenWiden(g4)).Add(t5.MulEvenWiden(g3)).Add(f6.MulEvenWiden(g2)).Add(t7.MulEvenWiden(g1)).Add(f8.MulEvenWiden(g0)).Add(t9.MulEvenWiden(n9))
	h9 := f0.MulEvenWiden(g9).Add(f1.MulEvenWiden(g8)).Add(f2.MulEvenWiden(g7)).Add(f3.MulEvenWiden(g6)).Add(f4.MulEvenWiden(g5)).Add(f5.MulEvenWiden(g4)).Add(f6.MulEvenWiden(g3)).Add(f7.MulEvenWiden(g2)).Add(f8.MulEvenWiden(g1)).Add(f9.MulEvenWiden(g0))
	s26, s25 := archsimd.BroadcastUint64x4(26), archsimd.BroadcastUint64x4(25)
	m26, m25 := archsimd.BroadcastUint64x4(1<<26-1), archsimd.BroadcastUint64x4(1<<25-1)
	s1, s4 := archsimd.BroadcastUint64x4(1), archsimd.BroadcastUint64x4(4)
	h1, h5 = h1.Add(h0.ShiftRight(s26)), h5.Add(h4.ShiftRight(s26))
	h0, h4 = h0.And(m26), h4.And(m26)
	h2, h6 = h2.Add(h1.ShiftRight(s25)), h6.Add(h5.ShiftRight(s25))
	h1, h5 = h1.And(m25), h5.And(m25)
	h3, h7 = h3.Add(h2.ShiftRight(s26)), h7.Add(h6.ShiftRight(s26))
	h2, h6 = h2.And(m26), h6.And(m26)
	h4, h8 = h4.Add(h3.ShiftRight(s25)), h8.Add(h7.ShiftRight(s25))
	h3, h7 = h3.And(m25), h7.And(m25)
	h5, h9 = h5.Add(h4.ShiftRight(s26)), h9.Add(h8.ShiftRight(s26))
	h4, h8 = h4.And(m26), h8.And(m26)
	c := h9.ShiftRight(s25)
	h9 = h9.And(m25)
	h0 = h0.Add(c).Add(c.ShiftLeft(s1)).Add(c.ShiftLeft(s4)) // 19 times
	h6, h5 = h6.Add(h5.ShiftRight(s25)), h5.And(m25)
	h1, h0 = h1.Add(h0.ShiftRight(s26)), h0.And(m26)
	out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7], out[8], out[9] = h0, h1, h2, h3, h4, h5, h6, h7, h8, h9
}

// square sets out to a times a.
func square(out, a *limbs) {
	f0 := a[0].AsUint32x8()
	f1 := a[1].AsUint32x8()
	f2 := a[2].AsUint32x8()
	f3 := a[3].AsUint32x8()
	f4 := a[4].AsUint32x8()
	f5 := a[5].AsUint32x8()
	f6 := a[6].AsUint32x8()
	f7 := a[7].AsUint32x8()
	f8 := a[8].AsUint32x8()
	f9 := a[9].AsUint32x8()
	by := archsimd.BroadcastUint32x8(19)
	t0 := f0.Add(f0)
	t1 := f1.Add(f1)
	t2 := f2.Add(f2)
	t3 := f3.Add(f3)
	t4 := f4.Add(f4)
	t5 := f5.Add(f5)
	t6 := f6.Add(f6)
	t7 := f7.Add(f7)
	t8 := f8.Add(f8)
	t9 := f9.Add(f9)
	q1 := t1.Add(t1)
	q3 := t3.Add(t3)
	q5 := t5.Add(t5)
	q7 := t7.Add(t7)
	n5 := f5.MulEvenWiden(by).AsUint32x8()
	n6 := f6.MulEvenWiden(by).AsUint32x8()
	n7 := f7.MulEvenWiden(by).AsUint32x8()
	n8 := f8.MulEvenWiden(by).AsUint32x8()
	n9 := f9.MulEvenWiden(by).AsUint32x8()
	h0 := f0.MulEvenWiden(f0).Add(q1.MulEvenWiden(n9)).Add(t2.MulEvenWiden(n8)).Add(q3.MulEvenWiden(n7)).Add(t4.MulEvenWiden(n6)).Add(t5.MulEvenWiden(n5))
	h1 := t0.MulEvenWiden(f1).Add(t2.MulEvenWiden(n9)).Add(t3.MulEvenWiden(n8)).Add(t4.MulEvenWiden(n7)).Add(t5.MulEvenWiden(n6))
	h2 := t0.MulEvenWiden(f2).Add(t1.MulEvenWiden(f1)).Add(q3.MulEvenWiden(n9)).Add(t4.MulEvenWiden(n8)).Add(q5.MulEvenWiden(n7)).Add(f6.MulEvenWiden(n6))
	h3 := t0.MulEvenWiden(f3).Add(t1.MulEvenWiden(f2)).Add(t4.MulEvenWiden(n9)).Add(t5.MulEvenWiden(n8)).Add(t6.MulEvenWiden(n7))
	h4 := t0.MulEvenWiden(f4).Add(q1.MulEvenWiden(f3)).Add(f2.MulEvenWiden(f2)).Add(q5.MulEvenWiden(n9)).Add(t6.MulEvenWiden(n8)).Add(t7.MulEvenWiden(n7))
	h5 := t0.MulEvenWiden(f5).Add(t1.MulEvenWiden(f4)).Add(t2.MulEvenWiden(f3)).Add(t6.MulEvenWiden(n9)).Add(t7.MulEvenWiden(n8))
	h6 := t0.MulEvenWiden(f6).Add(q1.MulEvenWiden(f5)).Add(t2.MulEvenWiden(f4)).Add(t3.MulEvenWiden(f3)).Add(q7.MulEvenWiden(n9)).Add(f8.MulEvenWiden(n8))
	h7 := t0.MulEvenWiden(f7).Add(t1.MulEvenWiden(f6)).Add(t2.MulEvenWiden(f5)).Add(t3.MulEvenWiden(f4)).Add(t8.MulEvenWiden(n9))
	h8 := t0.MulEvenWiden(f8).Add(q1.MulEvenWiden(f7)).Add(t2.MulEvenWiden(f6)).Add(q3.MulEvenWiden(f5)).Add(f4.MulEvenWiden(f4)).Add(t9.MulEvenWiden(n9))
	h9 := t0.MulEvenWiden(f9).Add(t1.MulEvenWiden(f8)).Add(t2.MulEvenWiden(f7)).Add(t3.MulEvenWiden(f6)).Add(t4.MulEvenWiden(f5))
	s26, s25 := archsimd.BroadcastUint64x4(26), archsimd.BroadcastUint64x4(25)
	m26, m25 := archsimd.BroadcastUint64x4(1<<26-1), archsimd.BroadcastUint64x4(1<<25-1)
	s1, s4 := archsimd.BroadcastUint64x4(1), archsimd.BroadcastUint64x4(4)
	h1, h5 = h1.Add(h0.ShiftRight(s26)), h5.Add(h4.ShiftRight(s26))
	h0, h4 = h0.And(m26), h4.And(m26)
	h2, h6 = h2.Add(h1.ShiftRight(s25)), h6.Add(h5.ShiftRight(s25))
	h1, h5 = h1.And(m25), h5.And(m25)
	h3, h7 = h3.Add(h2.ShiftRight(s26)), h7.Add(h6.ShiftRight(s26))
	h2, h6 = h2.And(m26), h6.And(m26)
	h4, h8 = h4.Add(h3.ShiftRight(s25)), h8.Add(h7.ShiftRight(s25))
	h3, h7 = h3.And(m25), h7.And(m25)
	h5, h9 = h5.Add(h4.ShiftRight(s26)), h9.Add(h8.ShiftRight(s26))
	h4, h8 = h4.And(m26), h8.And(m26)
	c := h9.ShiftRight(s25)
	h9 = h9.And(m25)
	h0 = h0.Add(c).Add(c.ShiftLeft(s1)).Add(c.ShiftLeft(s4)) // 19 times
	h6, h5 = h6.Add(h5.ShiftRight(s25)), h5.And(m25)
	h1, h0 = h1.Add(h0.ShiftRight(s26)), h0.And(m26)
	out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7], out[8], out[9] = h0, h1, h2, h3, h4, h5, h6, h7, h8, h9
}

// squares squares a number n times.
func squares(out, a *limbs, n int) {
	square(out, a)
	for range n - 1 {
		square(out, out)
	}
}

// carry makes limbs below 2^32 tight.
func carry(a *limbs) {
	s26, s25 := archsimd.BroadcastUint64x4(26), archsimd.BroadcastUint64x4(25)
	m26, m25 := archsimd.BroadcastUint64x4(1<<26-1), archsimd.BroadcastUint64x4(1<<25-1)
	by := archsimd.BroadcastUint64x4(19)
	c := wide(a[9].ShiftRight(s25), by)
	for i := 0; i < 10; i += 2 {
		even, odd := a[i].ShiftRight(s26), a[i+1].ShiftRight(s25)
		a[i], a[i+1] = a[i].And(m26).Add(c), a[i+1].And(m25).Add(even)
		c = odd
	}
}

// pick sets out to a where the mask has ones, and leaves it otherwise.
func pick(out, a *limbs, mask archsimd.Uint64x4) {
	for i := range out {
		out[i] = out[i].Xor(out[i].Xor(a[i]).And(mask))
	}
}

// lane reads one of the four numbers.
func (a *limbs) lane(k int) (n number) {
	var all [4]uint64
	for i := range a {
		a[i].Store(&all)
		n[i] = all[k]
	}
	return n
}

// texts writes the four numbers as RFC 7748 does, each below the modulus.
func (a *limbs) texts() (out [4][32]byte) {
	var all [10][4]uint64
	for i := range a {
		a[i].Store(&all[i])
	}
	for k := range out {
		var n number
		for i := range n {
			n[i] = all[i][k]
		}
		n.put(&out[k])
	}
	return out
}

// fill reads four texts of 32 bytes; the highest bit of each is passed over.
func fill(texts *[4][32]byte) (out limbs) {
	var all [10][4]uint64
	for k := range texts {
		n := numberOf(&texts[k])
		for i := range n {
			all[i][k] = n[i]
		}
	}
	for i := range out {
		out[i] = archsimd.LoadUint64x4(&all[i])
	}
	return out
}

func numberOf(b *[32]byte) (n number) {
	w := [4]uint64{binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[16:]), binary.LittleEndian.Uint64(b[24:])}
	at := 0
	for i := range n {
		size := 26 - i&1
		x := w[at/64] >> (at % 64)
		if at%64+size > 64 {
			x |= w[at/64+1] << (64 - at%64)
		}
		n[i] = x & (1<<size - 1)
		at += size
	}
	return n
}

// put writes a number that is tight, below the modulus.
func (n *number) put(b *[32]byte) {
	h := *n
	round := func() {
		for i := range 9 {
			size := 26 - i&1
			h[i+1] += h[i] >> size
			h[i] &= 1<<size - 1
		}
		h[0] += 19 * (h[9] >> 25)
		h[9] &= 1<<25 - 1
	}
	round()
	round() // below 2^255 now, but perhaps not below the modulus
	q := (h[0] + 19) >> 26
	for i := 1; i < 10; i++ {
		q = (h[i] + q) >> (26 - i&1)
	}
	h[0] += 19 * q
	for i := range 9 {
		size := 26 - i&1
		h[i+1] += h[i] >> size
		h[i] &= 1<<size - 1
	}
	h[9] &= 1<<25 - 1
	var w [4]uint64
	at := 0
	for i, x := range h {
		w[at/64] |= x << (at % 64)
		if at%64+26 > 64 && at/64 < 3 {
			w[at/64+1] |= x >> (64 - at%64)
		}
		at += 26 - i&1
	}
	for i, x := range w {
		binary.LittleEndian.PutUint64(b[8*i:], x)
	}
}
