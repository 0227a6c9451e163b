package veil

import "github.com/opentrm/opentrm/internal/lanes"

// uniformSize is the length of a uniform string that is mapped to a point: bytes.
const uniformSize = 64

// together is how many records are worked on at once: with nine points each, nine times four.
const together = 4

// multiplyAll multiplies points by a number, all as they are written and in their place. Four at a time where package lanes can, to the same bytes.
//
// It fails as [ParsePoint] does.
func multiplyAll(texts []byte, by *Scalar) error {
	four := lanes.Ready()
	secret := [ScalarSize]byte(by.Bytes())
	for len(texts) >= 4*PointSize && four {
		var some [4][PointSize]byte
		for k := range some {
			some[k] = [PointSize]byte(texts[k*PointSize:])
			if some[k] == [PointSize]byte{} {
				return malformed("identity")
			}
		}
		for _, ok := range lanes.Multiply(&some, &secret) {
			if !ok {
				return malformed("point")
			}
		}
		for k := range some {
			copy(texts[k*PointSize:], some[k][:])
		}
		texts = texts[4*PointSize:]
	}
	for ; len(texts) > 0; texts = texts[PointSize:] {
		p, err := ParsePoint(texts[:PointSize])
		if err != nil {
			return err
		}
		p = p.Mul(by)
		copy(texts, p.Bytes())
	}
	return nil
}

// mapAll maps uniform strings to points, multiplies them by a number and writes them.
func mapAll(texts, uniform []byte, by *Scalar) {
	four := lanes.Ready()
	secret := [ScalarSize]byte(by.Bytes())
	for len(uniform) >= 4*uniformSize && four {
		var some [4][uniformSize]byte
		for k := range some {
			some[k] = [uniformSize]byte(uniform[k*uniformSize:])
		}
		for k, t := range lanes.MapAndMultiply(&some, &secret) {
			copy(texts[k*PointSize:], t[:])
		}
		texts, uniform = texts[4*PointSize:], uniform[4*uniformSize:]
	}
	for ; len(uniform) > 0; texts, uniform = texts[PointSize:], uniform[uniformSize:] {
		p := uniformPoint(uniform[:uniformSize])
		p = p.Mul(by)
		copy(texts, p.Bytes())
	}
}
