package veil

import (
	"io"
	"slices"
)

// Mending is how three holders give a fourth her share again, which she missed or lost. None of them learns it, and she learns nothing else: each
// of the three adds to her share a polynomial that is zero at the place of the fourth.
type Mending struct {
	Group   *Group
	Missed  uint8   // whose share is mended
	Helpers []uint8 // [Threshold] of the holders, rising, without her
}

// Mend is what a helper tells all: the points of the coefficients of her polynomial.
type Mend struct {
	Dealer      uint8
	Commitments []Point
}

// Value is what a helper tells the holder whose share is mended.
type Value struct {
	Helper uint8
	value  Scalar
}

func (m *Mending) valid() bool {
	if len(m.Helpers) != Threshold || m.Missed == 0 || m.Missed > MostHolders || slices.Contains(m.Helpers, m.Missed) {
		return false
	}
	before := uint8(0)
	for _, h := range m.Helpers {
		if h <= before || !m.Group.Has(h) {
			return false
		}
		before = h
	}
	return true
}

// Deal draws a helper's polynomial, and returns what all are told and what each helper is, she herself too.
//
// It fails with [fault.Invalid] if the mending is not well formed or she is no helper, and if random does.
func (m *Mending) Deal(random io.Reader, helper uint8) (Mend, []Part, error) {
	if !m.valid() || !slices.Contains(m.Helpers, helper) {
		return Mend{}, nil, malformed("mending")
	}
	q, err := newPolynomial(random, Threshold-1)
	if err != nil {
		return Mend{}, nil, err
	}
	// (z - missed) · q
	missed, p := ScalarOf(uint64(m.Missed)), make(polynomial, Threshold)
	for i := range q {
		low := q[i].Mul(&missed)
		p[i] = p[i].Sub(&low)
		p[i+1] = p[i+1].Add(&q[i])
	}
	var parts []Part
	for _, h := range m.Helpers {
		parts = append(parts, Part{Dealer: helper, Holder: h, value: p.at(uint64(h))})
	}
	return Mend{Dealer: helper, Commitments: p.commit()}, parts, nil
}

// Holds reports whether a mending is zero where it must be, and a part of it is what all were told.
func (m *Mending) Holds(d *Mend, p *Part) bool {
	if d.Dealer != p.Dealer || len(d.Commitments) != Threshold || !slices.Contains(m.Helpers, d.Dealer) || !slices.Contains(m.Helpers, p.Holder) {
		return false
	}
	zero, told, own := committedAt(d.Commitments, uint64(m.Missed)), committedAt(d.Commitments, uint64(p.Holder)), MulBase(&p.value)
	return zero.IsIdentity() && told.Equal(&own) && p.hiding.IsZero()
}

// Value returns what a helper tells the holder who missed her share, from her own share and what all helpers have dealt her. Whose part is not what all
// were told, or lacks, is named.
//
// It fails with [fault.Invalid] in that case, and if the mending is not well formed or the share is none of its group.
func (m *Mending) Value(s *Share, deals []Mend, parts []Part) (Value, []uint8, error) {
	if !m.valid() || !s.Fits(m.Group) || !slices.Contains(m.Helpers, s.Place) {
		return Value{}, nil, malformed("mending")
	}
	v := Value{Helper: s.Place, value: s.secret}
	var liars []uint8
	for _, h := range m.Helpers {
		found := false
		for i := range deals {
			for k := range parts {
				if !found && deals[i].Dealer == h && parts[k].Holder == s.Place && m.Holds(&deals[i], &parts[k]) {
					found = true
					v.value = v.value.Add(&parts[k].value)
				}
			}
		}
		if !found {
			liars = append(liars, h)
		}
	}
	if len(liars) > 0 {
		return Value{}, liars, malformed("part")
	}
	return v, nil, nil
}

// Share puts the missed share together from what the helpers have told. Whose value is not what it must be, or lacks, is named.
//
// It fails with [fault.Invalid] in that case, and if the mending is not well formed or a deal lacks.
func (m *Mending) Share(deals []Mend, values []Value) (*Share, []uint8, error) {
	if !m.valid() || len(deals) != Threshold {
		return nil, nil, malformed("mending")
	}
	sum := slices.Clone(m.Group.Commitments)
	var dealt []uint8
	for i := range deals {
		zero := Identity()
		if len(deals[i].Commitments) == Threshold {
			zero = committedAt(deals[i].Commitments, uint64(m.Missed))
		}
		if len(deals[i].Commitments) != Threshold || !zero.IsIdentity() || slices.Contains(dealt, deals[i].Dealer) || !slices.Contains(m.Helpers, deals[i].Dealer) {
			return nil, []uint8{deals[i].Dealer}, malformed("mending")
		}
		dealt = append(dealt, deals[i].Dealer)
		for k := range sum {
			sum[k] = sum[k].Add(&deals[i].Commitments[k])
		}
	}
	var liars []uint8
	var told []Scalar
	var places []int
	for _, h := range m.Helpers {
		found := false
		for _, v := range values {
			want, own := committedAt(sum, uint64(h)), MulBase(&v.value)
			if v.Helper == h && !found && own.Equal(&want) {
				found = true
				told, places = append(told, v.value), append(places, int(h))
			}
		}
		if !found {
			liars = append(liars, h)
		}
	}
	if len(liars) > 0 {
		return nil, liars, malformed("value")
	}
	s := &Share{Epoch: m.Group.Epoch, Round: m.Group.Round, Place: m.Missed}
	for i, w := range lagrange(places, uint64(m.Missed)) {
		x := w.Mul(&told[i])
		s.secret = s.secret.Add(&x)
	}
	own, known := MulBase(&s.secret), m.Group.ShareKey(m.Missed)
	if !own.Equal(&known) {
		return nil, nil, malformed("share")
	}
	return s, nil, nil
}
