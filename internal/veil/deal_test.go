package veil

import (
	"crypto/rand"
	"slices"
	"testing"
)

// What a dealer does falsely is found, she is named, and the run ends with a secret that everybody else shares, or with none.
func TestACheatingDealerIsNamed(t *testing.T) {
	one := ScalarOf(1)
	wrong := func(to ...uint8) func(Part) *Part {
		return func(p Part) *Part {
			if slices.Contains(to, p.Holder) {
				p.value = p.value.Add(&one)
			}
			return &p
		}
	}
	for what, c := range map[string]struct {
		round uint32
		crime crime
		how   string
		holds bool // she is a holder all the same
	}{
		"deals nothing":                   {0, crime{deal: func(*Dealing, Deal) *Deal { return nil }}, DealtNothing, true},
		"deals a longer polynomial":       {0, crime{deal: func(_ *Dealing, d Deal) *Deal { d.Commitments = append(d.Commitments, Base()); return &d }}, DealtNothing, true},
		"deals in another's name":         {0, crime{deal: func(_ *Dealing, d Deal) *Deal { d.Dealer = 5; return &d }}, DealtNothing, true},
		"tells one something else":        {0, crime{part: wrong(2), show: wrong(2)}, DealtFalsely, false},
		"tells one nothing":               {0, crime{part: func(p Part) *Part { return nil }, show: func(p Part) *Part { return nil }}, DealtFalsely, false},
		"tells three and then shows it":   {0, crime{part: wrong(2, 3, 4)}, DealtFalsely, false},
		"makes a mistake and shows it":    {0, crime{part: wrong(2)}, "", true},
		"reveals another":                 {0, crime{reveal: func(v Reveal) *Reveal { b := Base(); v.Commitments[0] = v.Commitments[0].Add(&b); return &v }}, RevealedOther, false},
		"reveals nothing":                 {0, crime{reveal: func(v Reveal) *Reveal { return nil }}, RevealedOther, false},
		"refreshes with something else":   {1, crime{part: wrong(2), show: wrong(2)}, DealtFalsely, false},
		"refreshes and shifts the secret": {1, crime{part: func(p Part) *Part { p.value = p.value.Add(&one); return &p }, show: func(p Part) *Part { p.value = p.value.Add(&one); return &p }}, DealtFalsely, false},
		"refreshes without dealing":       {1, crime{deal: func(*Dealing, Deal) *Deal { return nil }}, DealtNothing, true},
	} {
		var before *world
		if c.round > 0 {
			before = newWorld(t)
		}
		w, err := run(t, Run{ID: [16]byte{7}, Epoch: 1, Round: c.round, Holders: holders}, before, map[uint8]crime{6: c.crime})
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		var want []Cheat
		if c.how != "" {
			want = []Cheat{{6, c.how}}
		}
		if !slices.Equal(w.cheats, want) || w.group.Has(6) != c.holds {
			t.Errorf("%s: named %v, holds %v", what, w.cheats, w.group.Has(6))
		}
		if before != nil {
			if a, b := before.group.Key(), w.group.Key(); !a.Equal(&b) {
				t.Errorf("%s: the secret has changed", what)
			}
		}
		if a, b := secret(w.shares, 1, 2, 3), secret(w.shares, 4, 5, 7); !a.Equal(&b) {
			t.Errorf("%s: the holders have no secret in common", what)
		}
	}
}

// Three cheats of seven leave too few holders: there is no secret, and all three are named.
func TestTooFewHoldersMakeNoSecret(t *testing.T) {
	c := crime{deal: func(*Dealing, Deal) *Deal { return nil }}
	w, err := run(t, Run{Epoch: 1, Holders: holders}, nil, map[uint8]crime{1: c, 2: c, 3: c})
	if err == nil || len(w.cheats) != 3 {
		t.Errorf("%v %v", w.cheats, err)
	}
	for _, places := range [][]uint8{{1, 2, 3, 4}, {1, 2, 3, 4, 4}, {0, 1, 2, 3, 4}, {2, 1, 3, 4, 5}, {1, 2, 3, 4, 12}, nil} {
		if _, err := NewDealing(rand.Reader, Run{Holders: places}, 1); err == nil {
			t.Errorf("a run of %v", places)
		}
	}
}
