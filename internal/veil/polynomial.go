package veil

import "io"

// polynomial holds coefficients, the constant first. What they are is secret.
type polynomial []Scalar

// newPolynomial draws a polynomial of t coefficients. It fails if random does.
func newPolynomial(random io.Reader, t int) (polynomial, error) {
	p := make(polynomial, t)
	for i := range p {
		var err error
		if p[i], err = NewScalar(random); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// at returns the value at x (Horner).
func (p polynomial) at(x uint64) Scalar {
	at := ScalarOf(x)
	var sum Scalar
	for i := len(p) - 1; i >= 0; i-- {
		sum = sum.Mul(&at)
		sum = sum.Add(&p[i])
	}
	return sum
}

// commit returns every coefficient as a point.
func (p polynomial) commit() []Point {
	out := make([]Point, len(p))
	for i := range p {
		out[i] = MulBase(&p[i])
	}
	return out
}

// powers returns 1, x, x² and so on.
func powers(x uint64, n int) []Scalar {
	at := ScalarOf(x)
	out := make([]Scalar, n)
	power := ScalarOf(1)
	for i := range out {
		out[i] = power
		power = power.Mul(&at)
	}
	return out
}

// committedAt returns the point of the value at x of a polynomial of which only the commitments are known. Nothing in it is secret.
func committedAt(commitments []Point, x uint64) Point {
	return SumPublic(powers(x, len(commitments)), commitments)
}

// lagrange returns the weights by which values at the places xs give the value at the place x. The places must differ.
func lagrange(xs []int, x uint64) []Scalar {
	out := make([]Scalar, len(xs))
	below := make([]Scalar, len(xs))
	at := ScalarOf(x)
	for i, xi := range xs {
		si := ScalarOf(uint64(xi))
		top, bottom := ScalarOf(1), ScalarOf(1)
		for j, xj := range xs {
			if i == j {
				continue
			}
			sj := ScalarOf(uint64(xj))
			d := at.Sub(&sj)
			top = top.Mul(&d)
			d = si.Sub(&sj)
			bottom = bottom.Mul(&d)
		}
		out[i], below[i] = top, bottom
	}
	InvertAll(below)
	for i := range out {
		out[i] = out[i].Mul(&below[i])
	}
	return out
}
