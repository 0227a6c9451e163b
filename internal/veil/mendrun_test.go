package veil

import (
	"crypto/rand"
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/seal"
)

// TestWhatTravelsWhenAShareIsMended: carried by the member that lacks its share, as bytes, the words of three helpers give it the share, and nobody else anything. What it changes on the
// way is noticed, what a helper changes is named, and of two helpers who contradict each other none is.
func TestWhatTravelsWhenAShareIsMended(t *testing.T) {
	w := newWorld(t)
	keys := map[uint8]PartyKeys{}
	parties := map[uint8]*Party{}
	for _, place := range []uint8{1, 2, 4, 6} {
		sign, kem := seal.NewSign(nil), seal.NewKEM(nil)
		keys[place] = PartyKeys{Sign: []seal.SignPublic{sign.Public()}, Seal: kem.Public()}
		parties[place] = &Party{Place: place, Sign: sign, Open: []seal.KEMPrivate{kem}, Others: keys}
	}
	run := &MendRun{ID: [16]byte{7}, Mending: Mending{Group: w.group, Missed: 4, Helpers: []uint8{1, 2, 6}}}
	travelled := func(x Words) Words {
		t.Helper()
		y, err := ParseWords(x.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		return y
	}
	begun := func() (deals []Words) {
		for _, h := range run.Helpers {
			x, err := run.Begin(rand.Reader, parties[h])
			if err != nil {
				t.Fatal(err)
			}
			deals = append(deals, travelled(x))
		}
		return deals
	}
	told := func(deals []Words, share func(uint8) *Share) (out []Words) {
		for _, h := range run.Helpers {
			x, err := run.Tell(parties[h], share(h), deals)
			if err != nil {
				t.Fatal(err)
			}
			if x = travelled(x); !run.Told(&x, keys, deals) {
				t.Errorf("what %d told is not hers", h)
			}
			out = append(out, x)
		}
		return out
	}
	right := func(h uint8) *Share { return w.shares[h] }
	deals := begun()
	values := told(deals, right)
	s, liars, disputed, err := run.End(parties[4], deals, values)
	if err != nil || len(liars)+len(disputed) > 0 || !s.secret.Equal(&w.shares[4].secret) {
		t.Fatalf("%v %v %v", liars, disputed, err)
	}
	if _, _, _, err := run.End(parties[6], deals, values); err == nil {
		t.Error("a helper gets the share")
	}

	// What one dealt in another mending does not count in this one, nor does what was changed on the way.
	other := *run
	other.ID = [16]byte{8}
	stray, err := other.Begin(rand.Reader, parties[2])
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][]Words{{deals[0], stray, deals[2]}, {deals[0], deals[2]}, {deals[1], deals[0], deals[2]}} {
		if _, err := run.Tell(parties[1], w.shares[1], bad); err == nil {
			t.Error("a helper speaks to what was not dealt")
		}
	}
	swapped := begun()
	mixed := []Words{deals[0], swapped[1], deals[2]} // each right, and not heard by all
	if _, _, _, err := run.End(parties[4], mixed, values); err == nil {
		t.Error("sums over other deals are taken")
	}

	// A helper who adds to her sum is named.
	one := ScalarOf(1)
	values = told(deals, right)
	bad := Value{Helper: 2, value: w.shares[2].secret.Add(&one)}
	sealed, err := keys[4].Seal.Seal(run.info(2, 4), nil, bad.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	values[1] = Words{2, sealed, parties[2].Sign.Sign(seal.DomainVeilRun, run.said(2, sealed, deals))}
	if _, liars, _, err := run.End(parties[4], deals, values); err == nil || !slices.Equal(liars, []uint8{2}) {
		t.Errorf("named %v: %v", liars, err)
	}

	// One who seals something else to another than to all: they contradict each other.
	d, parts, err := run.Deal(rand.Reader, 2)
	if err != nil {
		t.Fatal(err)
	}
	parts[0].value = parts[0].value.Add(&one)
	text := prefixed(nil, d.Append(nil))
	for _, part := range parts {
		sealed, err := keys[part.Holder].Seal.Seal(run.info(2, part.Holder), nil, part.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		text = prefixed(text, sealed)
	}
	deals[1] = Words{2, text, parties[2].Sign.Sign(seal.DomainVeilRun, run.said(2, text, nil))}
	values = told(deals, right)
	if _, liars, disputed, err := run.End(parties[4], deals, values); err == nil || len(liars) > 0 || !slices.Equal(disputed, []uint8{1, 2}) {
		t.Errorf("named %v, disputed %v: %v", liars, disputed, err)
	}
}
