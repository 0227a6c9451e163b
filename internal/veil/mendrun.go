package veil

import (
	"crypto/sha512"
	"io"
	"slices"

	"github.com/opentrm/opentrm/internal/seal"
)

// MendRun is a mending as it travels. The member whose share is mended carries what the helpers say from one to the others; each signs over the run and over what it has
// heard, and seals what is for one alone. A helper keeps nothing between its two words: its own part comes back to it, sealed to itself.
type MendRun struct {
	ID [16]byte // drawn by the member whose share is mended
	Mending
}

// begun returns what all words and seals of a mending stand on.
func (m *MendRun) begun(label string) []byte {
	b := m.Group.Append(append([]byte(label), m.ID[:]...))
	return append(append(b, m.Missed), m.Helpers...)
}

// said returns what a helper signs: in her first words over the mending alone, in her second over the first words of all three.
func (m *MendRun) said(place uint8, text []byte, deals []Words) []byte {
	heard := m.begun("opentrm/veil-mending/1")
	for i := range deals {
		heard = deals[i].Append(heard)
	}
	d := sha512.Sum512(heard)
	return append(append(d[:], uint8(len(deals)), place), text...)
}

func (m *MendRun) info(from, to uint8) []byte {
	return append(m.begun("opentrm/veil-mend/1"), from, to)
}

func (m *MendRun) verified(w *Words, keys map[uint8]PartyKeys, deals []Words) bool {
	return slices.Contains(m.Helpers, w.Place) && slices.ContainsFunc(keys[w.Place].Sign, func(k seal.SignPublic) bool {
		return k.Verify(seal.DomainVeilRun, m.said(w.Place, w.Text, deals), w.Signature) == nil
	})
}

// Dealt reports whether words are the first of a helper in this mending.
func (m *MendRun) Dealt(w *Words, keys map[uint8]PartyKeys) bool {
	_, _, err := m.parse(w)
	return err == nil && m.verified(w, keys, nil)
}

func (m *MendRun) parse(w *Words) (Mend, [][]byte, error) {
	all := split(w.Text)
	if len(all) != 1+len(m.Helpers) {
		return Mend{}, nil, malformed("mending")
	}
	d, err := ParseMend(all[0])
	if err == nil && d.Dealer != w.Place {
		err = malformed("mending")
	}
	return d, all[1:], err
}

// Begin returns the first words of a helper: her points, and her parts, each sealed to its helper.
//
// It fails with [fault.Invalid] if she is no helper of a well-formed mending, and if random does.
func (m *MendRun) Begin(random io.Reader, p *Party) (Words, error) {
	d, parts, err := m.Deal(random, p.Place)
	if err != nil {
		return Words{}, err
	}
	text := prefixed(nil, d.Append(nil))
	for _, part := range parts {
		sealed, err := p.Others[part.Holder].Seal.Seal(m.info(p.Place, part.Holder), nil, part.Append(nil))
		if err != nil {
			return Words{}, err
		}
		text = prefixed(text, sealed)
	}
	return Words{p.Place, text, p.Sign.Sign(seal.DomainVeilRun, m.said(p.Place, text, nil))}, nil
}

// whole reports whether there are the first words of each helper, in their order.
func (m *MendRun) whole(deals []Words, keys map[uint8]PartyKeys) bool {
	if len(deals) != len(m.Helpers) {
		return false
	}
	for i := range deals {
		if deals[i].Place != m.Helpers[i] || !m.Dealt(&deals[i], keys) {
			return false
		}
	}
	return true
}

// Tell returns the second words of a helper, from her share and the first words of all: the sum for the member whose share is mended, sealed to her. Of whom she has no
// right part she names the places instead; then the mending is over, and another is made without them.
//
// It fails with [fault.Invalid] if the first words are not those of all three, or her share is none of the group.
func (m *MendRun) Tell(p *Party, share *Share, deals []Words) (Words, error) {
	if !m.valid() || !m.whole(deals, p.Others) {
		return Words{}, malformed("mending")
	}
	var mends []Mend
	var parts []Part
	own := slices.Index(m.Helpers, p.Place)
	for i := range deals {
		d, sealed, err := m.parse(&deals[i])
		if err != nil || own < 0 {
			return Words{}, malformed("mending")
		}
		mends = append(mends, d)
		for _, key := range p.Open {
			plain, err := key.Open(m.info(d.Dealer, p.Place), nil, sealed[own])
			if err != nil {
				continue
			}
			if part, err := ParsePart(plain); err == nil {
				parts = append(parts, part)
				break
			}
		}
	}
	v, liars, err := m.Value(share, mends, parts)
	text := liars
	if err != nil && len(liars) == 0 {
		return Words{}, err
	}
	if err == nil {
		if text, err = p.Others[m.Missed].Seal.Seal(m.info(p.Place, m.Missed), nil, v.Append(nil)); err != nil {
			return Words{}, err
		}
	}
	return Words{p.Place, text, p.Sign.Sign(seal.DomainVeilRun, m.said(p.Place, text, deals))}, nil
}

// Told reports whether words are the second of a helper.
func (m *MendRun) Told(w *Words, keys map[uint8]PartyKeys, deals []Words) bool {
	return m.whole(deals, keys) && m.verified(w, keys, deals)
}

// End returns the share, from the second words of all helpers. It names who told something else than all have dealt, and those between whom it is not known who
// dealt or spoke falsely: whom a helper has named, and that helper.
//
// It fails with [fault.Invalid] in these cases.
func (m *MendRun) End(p *Party, deals, told []Words) (s *Share, liars, disputed []uint8, err error) {
	if p.Place != m.Missed || !m.valid() || !m.whole(deals, p.Others) || len(told) != len(m.Helpers) {
		return nil, nil, nil, malformed("mending")
	}
	var mends []Mend
	for i := range deals {
		d, _, err := m.parse(&deals[i])
		if err != nil {
			return nil, nil, nil, err
		}
		mends = append(mends, d)
	}
	var values []Value
	for i := range told {
		w := &told[i]
		if !m.verified(w, p.Others, deals) {
			return nil, nil, nil, malformed("words")
		}
		if len(w.Text) <= len(m.Helpers) {
			disputed = append(append(disputed, w.Place), w.Text...)
			continue
		}
		for _, key := range p.Open {
			if plain, err := key.Open(m.info(w.Place, m.Missed), nil, w.Text); err == nil {
				if v, err := ParseValue(plain); err == nil && v.Helper == w.Place {
					values = append(values, v)
				}
				break
			}
		}
	}
	if len(disputed) > 0 {
		slices.Sort(disputed)
		return nil, nil, slices.Compact(disputed), malformed("part")
	}
	s, liars, err = m.Share(mends, values)
	return s, liars, nil, err
}
