package id

import (
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
)

// Reference is a neutral, speakable name of a case inside one node: eight base-32 characters and a
// check character in three groups, "k7m-4qt-2x9". It says nothing about the person, the place or the
// time, and a slip of one character or of two neighbours is noticed.
type Reference string

// NewReference makes a reference from 40 random bits.
func NewReference(m Maker) Reference {
	var b [5]byte
	m.read(b[:])
	s := base.EncodeToString(b[:])
	return group(s + string(checkCharacter(s)))
}

func group(s string) Reference { return Reference(s[:3] + "-" + s[3:6] + "-" + s[6:]) }

// checkCharacter evaluates the characters as a polynomial in the field of 32 elements. Every wrong
// character and every swap of two different neighbours changes it, which a sum modulo 32 cannot give.
func checkCharacter(s string) byte {
	var sum byte
	for i := range len(s) {
		sum = double(sum) ^ byte(strings.IndexByte(letters, s[i]))
	}
	return letters[double(sum)]
}

// double multiplies by x in GF(32) with the polynomial x^5+x^2+1.
func double(v byte) byte {
	v <<= 1
	if v&0x20 != 0 {
		v ^= 0x25
	}
	return v
}

// ParseReference reads a reference as people write it: any case, spaces or dashes anywhere, o for 0,
// i or l for 1.
//
// It fails with [fault.Invalid] and the key "id.reference.form" if characters are missing or foreign,
// and "id.reference.check" if the check character does not fit, which means a slip of the pen.
func ParseReference(s string) (Reference, error) {
	if len(s) > 64 {
		return "", fault.New(fault.Invalid, "id.reference.form")
	}
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch r {
		case ' ', '-', '\u2011', '\u2013':
			continue
		case 'o':
			r = '0'
		case 'i', 'l':
			r = '1'
		}
		if r > 127 || strings.IndexByte(letters, byte(r)) < 0 {
			return "", fault.New(fault.Invalid, "id.reference.form")
		}
		b.WriteByte(byte(r))
	}
	t := b.String()
	if len(t) != 9 {
		return "", fault.New(fault.Invalid, "id.reference.form")
	}
	if checkCharacter(t[:8]) != t[8] {
		return "", fault.New(fault.Invalid, "id.reference.check")
	}
	return group(t), nil
}
