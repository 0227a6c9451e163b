package veil

import (
	"encoding/binary"
	"slices"
)

// padding is the template of keys that fill a query up. Their only part is drawn at random, so no record has one.
const padding Template = "padding"

// Opening shows what one element of a query was made from. Nobody can open an element as another key than the one that it was made from.
type Opening struct {
	Key   Key
	Blind Scalar
}

// Openings returns how each element of the query opens, in their order. It is for the data-protection officer's eyes alone.
func (a *Asking) Openings() []Opening {
	out := make([]Opening, len(a.keys))
	for i, k := range a.keys {
		out[i] = Opening{k, a.blinds[i]}
	}
	return out
}

// Opens reports whether the element was made from the key.
func (o *Opening) Opens(element *Point) bool {
	if o.Blind.IsZero() {
		return false
	}
	p := modeVOPRF.element(o.Key.Bytes())
	p = p.Mul(&o.Blind)
	return p.Equal(element)
}

// Padding reports whether the element only filled its query up.
func (o *Opening) Padding() bool { return o.Key.template == padding }

// Read returns what the key was made of, as spec/match-key.md says, for the eyes of whoever audits.
func (o *Opening) Read() []string {
	_, parts, _ := readKey([]byte(o.Key.bytes))
	return parts
}

// ParseKey reads a key as [Key.Bytes] wrote it. It fails with [fault.Invalid] if it is of another version or no template of this one, or has not
// as many parts as that.
func ParseKey(b []byte) (Key, error) {
	t, parts, ok := readKey(b)
	if !ok {
		return Key{}, malformed("key")
	}
	want := 3
	switch t {
	case PhoneNumber, padding:
		want = 1
	case PlateNumber, CompanyNumber, DocumentNumber, OnlineHandle:
		want = 2
	case NamesBirth:
		want = 4
	}
	if len(parts) != want || t != padding && !slices.Contains(PersonTemplates(), t) && !slices.Contains(ThingTemplates(), t) {
		return Key{}, malformed("key")
	}
	return Key{t, string(b)}, nil
}

func readKey(b []byte) (Template, []string, bool) {
	if len(b) < 1 || b[0] != KeyVersion || len(b) > 4000 {
		return "", nil, false
	}
	var parts []string
	for b = b[1:]; len(b) > 0; {
		if len(b) < 2 || len(b) < 2+int(binary.BigEndian.Uint16(b)) {
			return "", nil, false
		}
		n := 2 + int(binary.BigEndian.Uint16(b))
		parts = append(parts, string(b[2:n]))
		b = b[n:]
	}
	if len(parts) == 0 {
		return "", nil, false
	}
	return Template(parts[0]), parts[1:], true
}
