package veil

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"slices"
	"testing"
)

var holders = []uint8{1, 2, 3, 4, 5, 6, 7}

// world is a group of holders, with all that was told to all when it was made.
type world struct {
	record *Record
	group  *Group
	shares map[uint8]*Share
	cheats []Cheat
}

// crime changes what a dealer does in a run.
type crime struct {
	deal   func(d *Dealing, out Deal) *Deal // nil: as it is; a function that gives nil: none is told
	part   func(p Part) *Part
	show   func(p Part) *Part // what she shows when somebody complains
	reveal func(v Reveal) *Reveal
}

// run makes or refreshes a group as spec/veil-lookup.md 3 says, with everything sent as bytes.
func run(t testing.TB, r Run, before *world, crimes map[uint8]crime) (*world, error) {
	t.Helper()
	w := &world{record: &Record{Run: r, Deals: map[uint8]Deal{}, Reveals: map[uint8]Reveal{}}, shares: map[uint8]*Share{}}
	dealings, told := map[uint8]*Dealing{}, map[uint8][]Part{}
	for _, place := range r.Holders {
		d, err := NewDealing(rand.Reader, r, place)
		if err != nil {
			t.Fatal(err)
		}
		if d, err = ParseDealing(d.Append(nil)); err != nil { // the node was off in between
			t.Fatal(err)
		}
		dealings[place] = d
		out := d.Deal()
		sent := &out
		if f := crimes[place].deal; f != nil {
			sent = f(d, out)
		}
		if sent == nil {
			continue
		}
		got, err := r.ParseDeal(sent.Append(nil))
		if err != nil {
			continue // as if none had come
		}
		w.record.Deals[place] = got
		for _, holder := range r.Holders {
			p := d.Part(holder)
			sent := &p
			if f := crimes[place].part; f != nil {
				sent = f(p)
			}
			if sent == nil {
				continue
			}
			got, err := ParsePart(sent.Append(nil))
			if err != nil {
				t.Fatal(err)
			}
			told[holder] = append(told[holder], got)
		}
	}
	for _, holder := range r.Holders {
		for _, dealer := range r.Holders {
			d, ok := w.record.Deals[dealer]
			if ok && !slices.ContainsFunc(told[holder], func(p Part) bool { return r.Holds(&d, &p) }) {
				w.record.Complaints = append(w.record.Complaints, Complaint{Dealer: dealer, By: holder})
			}
		}
	}
	for _, c := range w.record.Complaints {
		p := dealings[c.Dealer].Part(c.By)
		shown := &p
		if f := crimes[c.Dealer].show; f != nil {
			shown = f(p)
		}
		if shown != nil {
			w.record.Shown = append(w.record.Shown, *shown)
		}
	}
	well, _ := w.record.Settle()
	if !r.refreshes() {
		for _, dealer := range well {
			v := dealings[dealer].Reveal()
			sent := &v
			if f := crimes[dealer].reveal; f != nil {
				sent = f(v)
			}
			if sent == nil {
				continue
			}
			got, err := ParseReveal(sent.Append(nil))
			if err != nil {
				t.Fatal(err)
			}
			w.record.Reveals[dealer] = got
			for _, holder := range r.Holders {
				for _, p := range told[holder] {
					if p.Dealer == dealer && !r.reveals(&got, &p) {
						w.record.Accused = append(w.record.Accused, p)
					}
				}
			}
		}
		for _, dealer := range w.record.Unrevealed() {
			for _, holder := range r.Holders[:4] {
				for _, p := range told[holder] {
					if p.Dealer == dealer {
						w.record.Opened = append(w.record.Opened, p)
					}
				}
			}
		}
	}
	var old *Group
	if before != nil {
		old = before.group
	}
	g, cheats, err := w.record.Conclude(old)
	w.cheats = cheats
	if err != nil {
		return w, err
	}
	if w.group, err = ParseGroup(g.Append(nil)); err != nil {
		t.Fatal(err)
	}
	for _, place := range g.Holders {
		var own *Share
		if before != nil {
			own = before.shares[place]
		}
		s, err := w.record.Share(w.group, place, told[place], own)
		if err != nil {
			t.Fatalf("holder %d: %v", place, err)
		}
		if w.shares[place], err = ParseShare(s.Append(nil)); err != nil {
			t.Fatal(err)
		}
	}
	return w, nil
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w, err := run(t, Run{ID: [16]byte{1}, Epoch: 1, Holders: holders}, nil, nil)
	if err != nil || len(w.cheats) > 0 {
		t.Fatal(err, w.cheats)
	}
	return w
}

// secret puts the shares of three holders together.
func secret(shares map[uint8]*Share, places ...int) Scalar {
	var sum Scalar
	for i, l := range lagrange(places, 0) {
		x := l.Mul(&shares[uint8(places[i])].secret)
		sum = sum.Add(&x)
	}
	return sum
}

func jana() []Key {
	return OfPerson(Person{Given: "Јана", Family: "Ђорђевић", Birth: Birth{Year: 2001, Month: 3, Day: 11}, Nationality: "RS"})
}

// asked runs one query with the holders that are named, everything sent as bytes.
func asked(t testing.TB, w *world, keys []Key, places ...uint8) ([]Output, []uint8, error) {
	t.Helper()
	q, a, err := Ask(rand.Reader, w.group.Epoch, keys)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := ParseQuery(q.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := ParseAsking(a.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	var answers []Answer
	for _, p := range places {
		made, err := w.shares[p].Answer(rand.Reader, &sent)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseAnswer(made.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, got)
	}
	return kept.Finish(w.group, &q, answers)
}

func same(a, b []Output) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// Whichever three holders answer, the outputs are those of RFC 9497 under the one secret that nobody has.
func TestAnyThreeHoldersGiveTheOutputsOfOneSecret(t *testing.T) {
	w := newWorld(t)
	k := secret(w.shares, 1, 2, 3)
	if key, known := MulBase(&k), w.group.Key(); !key.Equal(&known) {
		t.Fatal("the shares are not those of the group")
	}
	var want []Output
	for _, key := range jana() {
		p := modeVOPRF.element(key.Bytes())
		p = p.Mul(&k)
		want = append(want, Output{key.template, finalize(key.Bytes(), &p)})
	}
	if len(want) != 7 {
		t.Fatalf("%d keys", len(want))
	}
	for a := uint8(1); a <= 7; a++ {
		for b := a + 1; b <= 7; b++ {
			for c := b + 1; c <= 7; c++ {
				if (a+b+c)%3 != 0 { // a third of the 35, in turning order
					continue
				}
				got, liars, err := asked(t, w, jana(), c, a, b)
				if err != nil || len(liars) > 0 || !same(got, want) {
					t.Errorf("holders %d %d %d: %v %v", a, b, c, liars, err)
				}
			}
		}
	}
	if _, _, err := asked(t, w, jana(), 4, 6); err == nil {
		t.Error("two holders were enough")
	}
}

// The first three that prove themselves are used; whoever answers with another share, or alters one element, is named.
func TestAHolderWhoAnswersFalselyIsNamed(t *testing.T) {
	w := newWorld(t)
	q, a, err := Ask(rand.Reader, 1, jana())
	if err != nil {
		t.Fatal(err)
	}
	answer := func(place uint8) Answer {
		out, err := w.shares[place].Answer(rand.Reader, &q)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	altered, swapped, other, twice := answer(1), answer(2), answer(3), answer(4)
	altered.Elements[8] = altered.Elements[8].Add(&altered.Elements[0])
	swapped.Elements[0], swapped.Elements[1] = swapped.Elements[1], swapped.Elements[0]
	other.Place = 7 // true, but not hers
	got, liars, err := a.Finish(w.group, &q, []Answer{altered, swapped, other, twice, twice, answer(5), answer(6)})
	if err != nil || !slices.Equal(liars, []uint8{1, 2, 7}) {
		t.Errorf("named %v, %v", liars, err)
	}
	if want, _, err := asked(t, w, jana(), 1, 2, 3); err != nil || !same(got, want) {
		t.Errorf("another output: %v", err)
	}
	if _, _, err := a.Finish(w.group, &q, []Answer{twice, twice, twice}); err == nil {
		t.Error("one holder was taken for three")
	}
}

func TestRefreshedSharesAreOfTheSameSecret(t *testing.T) {
	first := newWorld(t)
	second, err := run(t, Run{ID: [16]byte{2}, Epoch: 1, Round: 1, Holders: holders}, first, nil)
	if err != nil {
		t.Fatal(err)
	}
	was, is := first.group.Key(), second.group.Key()
	if !was.Equal(&is) {
		t.Error("the secret is another one")
	}
	a, _, err1 := asked(t, first, jana(), 1, 2, 3)
	b, _, err2 := asked(t, second, jana(), 5, 6, 7)
	if err1 != nil || err2 != nil || !same(a, b) {
		t.Errorf("%v, %v", err1, err2)
	}
	for place, s := range second.shares {
		if s.secret.Equal(&first.shares[place].secret) {
			t.Errorf("holder %d has the same share", place)
		}
		if s.Fits(first.group) || first.shares[place].Fits(second.group) {
			t.Errorf("the share of holder %d fits two rounds", place)
		}
	}
	// What was stolen before the refresh and what is stolen after it do not add up.
	mixed := map[uint8]*Share{1: first.shares[1], 2: first.shares[2], 3: second.shares[3]}
	if k := secret(mixed, 1, 2, 3); func() bool { p := MulBase(&k); return p.Equal(&is) }() {
		t.Error("shares of two rounds make the secret")
	}
}

// A new secret is another epoch: no output and no tag is as before.
func TestANewSecretIsAnotherEpoch(t *testing.T) {
	first := newWorld(t)
	second, err := run(t, Run{ID: [16]byte{3}, Epoch: 2, Holders: holders}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, _, _ := asked(t, first, jana(), 1, 2, 3)
	b, _, _ := asked(t, second, jana(), 1, 2, 3)
	for i := range a {
		if a[i].hash == b[i].hash || a[i].Tag("MK", 1) == b[i].Tag("MK", 2) {
			t.Error("two epochs have an output in common")
		}
	}
	q, _, _ := Ask(rand.Reader, 1, jana())
	if _, err := second.shares[1].Answer(rand.Reader, &q); err == nil {
		t.Error("a query of the epoch before was answered")
	}
}

// Helpers refuse a polynomial that is not zero at the place that is mended, however well it fits what they were told: their shares would be found out by it.
func TestAMendingIsZeroWhereItMustBe(t *testing.T) {
	m := &Mending{Group: newWorld(t).group, Missed: 4, Helpers: []uint8{1, 2, 6}}
	p, err := newPolynomial(rand.Reader, Threshold)
	if err != nil {
		t.Fatal(err)
	}
	if m.Holds(&Mend{Dealer: 1, Commitments: p.commit()}, &Part{Dealer: 1, Holder: 2, value: p.at(2)}) {
		t.Error("it is taken")
	}
	d, parts, err := m.Deal(rand.Reader, 1)
	if err != nil || !m.Holds(&d, &parts[1]) {
		t.Errorf("a true one is refused: %v", err)
	}
}

func TestAMissedShareIsMended(t *testing.T) {
	w := newWorld(t)
	for _, missed := range []uint8{4, 9} { // who lost hers, and a member who joined later
		m := &Mending{Group: w.group, Missed: missed, Helpers: []uint8{1, 2, 6}}
		mend := func(alter func(d []Mend, parts []Part, values []Value)) (*Share, []uint8, error) {
			var deals []Mend
			var parts []Part
			for _, h := range m.Helpers {
				d, p, err := m.Deal(rand.Reader, h)
				if err != nil {
					t.Fatal(err)
				}
				if d, err = ParseMend(d.Append(nil)); err != nil {
					t.Fatal(err)
				}
				deals, parts = append(deals, d), append(parts, p...)
			}
			alter(deals, parts, nil)
			var values []Value
			for _, h := range m.Helpers {
				v, liars, err := m.Value(w.shares[h], deals, parts)
				if err != nil {
					return nil, liars, err
				}
				if v, err = ParseValue(v.Append(nil)); err != nil {
					t.Fatal(err)
				}
				values = append(values, v)
			}
			alter(deals, parts, values)
			return m.Share(deals, values)
		}
		s, liars, err := mend(func([]Mend, []Part, []Value) {})
		if err != nil || len(liars) > 0 {
			t.Fatalf("%v %v", liars, err)
		}
		if more := w.group.With(missed); !s.Fits(more) {
			t.Errorf("the share of %d does not fit", missed)
		}
		if missed == 4 && !s.secret.Equal(&w.shares[4].secret) {
			t.Error("another share than was lost")
		}
		one := ScalarOf(1)
		for what, c := range map[string]struct {
			alter func(d []Mend, parts []Part, values []Value)
			liar  uint8
		}{
			"a part": {func(_ []Mend, parts []Part, values []Value) {
				if values == nil {
					parts[4].value = parts[4].value.Add(&one) // of the second helper
				}
			}, 2},
			"a value": {func(_ []Mend, _ []Part, values []Value) {
				if values != nil {
					values[2].value = values[2].value.Add(&one)
				}
			}, 6},
			"a polynomial that is not zero there": {func(d []Mend, _ []Part, values []Value) {
				if values == nil {
					base := Base()
					d[0].Commitments[0] = d[0].Commitments[0].Add(&base)
				}
			}, 1},
		} {
			if _, liars, err := mend(c.alter); err == nil || !slices.Equal(liars, []uint8{c.liar}) {
				t.Errorf("%s: named %v, %v", what, liars, err)
			}
		}
	}
}

func TestGroupsOfKeysAreFilledUp(t *testing.T) {
	q, a, err := Ask(rand.Reader, 1, jana(), nil, []Key{mustKey(OfPlate("CA1234AB", "BG"))})
	if err != nil || len(q.Elements) != 3*PersonKeys {
		t.Fatal(len(q.Elements), err)
	}
	filled := 0
	for _, o := range a.Openings() {
		if o.Padding() {
			filled++
		}
	}
	if filled != 27-7-1 {
		t.Errorf("%d were filled up", filled)
	}
	if _, _, err := Ask(rand.Reader, 1); err == nil {
		t.Error("nothing was asked")
	}
	if _, _, err := Ask(rand.Reader, 1, append(jana(), jana()...)); err == nil {
		t.Error("more keys than a person has")
	}
	if _, _, err := Ask(bytes.NewReader(nil), 1, jana()); err == nil {
		t.Error("nothing was drawn")
	}
}

func mustKey(k Key, ok bool) Key {
	if !ok {
		panic("no key")
	}
	return k
}
