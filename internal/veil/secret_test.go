package veil

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/id"
)

// thief has everything of a run that travels, and the secrets of some. It tries names: for each it computes the
// points that the name can have become with the factors and keys that the thief knows, and looks for them in everything it has.
type thief struct {
	w       *countWorld
	secrets map[id.Member]Secret // of the work
	inner   map[id.Member][]byte // of the records
}

// finds reports whether the thief sees that somebody's records have the key.
func (th *thief) finds(t *testing.T, key []byte) bool {
	t.Helper()
	w, r := th.w, th.w.run()
	roles, ok := r.Roles()
	if !ok {
		t.Fatal("nothing is drawn")
	}
	c, err := r.follow(w.source, r.Sheet.Mixers)
	if err != nil {
		t.Fatal(err)
	}
	m := keyPoint(w.sheet.Hash(), key, false)
	// The records as members held them, opened by what opens them.
	for who, secret := range th.inner {
		held := w.held[who]
		under := holding(&w.sheet)
		for i := range held.Cells.Records() {
			all, err := cells(held.Cells.record(i), held.Cells.Width)
			if err != nil {
				t.Fatal(err)
			}
			for k := range all {
				s := cellScalar(secret, i, k)
				d := under.Mul(&s)
				if p := all[k].V.Sub(&d); p.Equal(&m) {
					return true
				}
			}
		}
	}
	// The lists between hands: from each, all keys that are known are taken out, and what is left is compared with the
	// name times all factors that are known, alone and together.
	guesses := []Point{m}
	for at, list := range c.lists {
		if at > 0 {
			if s, ok := th.secrets[roles.Mixers[at-1]]; ok {
				a := HashToScalar("opentrm/count/1 factor", bind(s, r.hop(roles, at-1, c.marker[at-1]), c.lists[at-1]))
				for _, g := range slices.Clone(guesses) {
					guesses = append(guesses, g.Mul(&a))
				}
			}
		}
		var y Scalar
		for _, who := range append(slices.Clone(roles.Mixers[min(at, len(roles.Mixers)):]), roles.Tally) {
			if s, ok := th.secrets[who]; ok {
				k := MixerKey(s)
				y = y.Add(&k)
			}
		}
		for i := range list.Records() {
			all, err := cells(list.record(i), list.Width)
			if err != nil {
				t.Fatal(err)
			}
			for k := range all {
				share := all[k].U.Mul(&y)
				bare := all[k].V.Sub(&share)
				for g := range guesses {
					if all[k].U.Equal(&guesses[g]) || all[k].V.Equal(&guesses[g]) || bare.Equal(&guesses[g]) {
						return true
					}
				}
			}
		}
	}
	return false
}

// done is a small world whose run is over.
func done(t *testing.T) (*countWorld, Roles) {
	t.Helper()
	w := newCounting(t.Name(), 5, 2)
	w.plant(1, []int{0, 1})
	if err := w.play(t); err != nil {
		t.Fatal(err)
	}
	roles, _ := w.run().Roles()
	return w, roles
}

func mustNotFind(t *testing.T, who string, th thief) {
	t.Helper()
	if key := person(0).Strong[0]; th.finds(t, key) {
		t.Errorf("%s finds a name", who)
	}
}

func mustFind(t *testing.T, who string, th thief) {
	t.Helper()
	if key := person(0).Strong[0]; !th.finds(t, key) {
		t.Errorf("%s should find the name: this test could not fail", who)
	}
	if th.finds(t, []byte("nobody")) {
		t.Errorf("%s finds somebody who is not there", who)
	}
}

// secrets of all but some.
func (w *countWorld) secretsBut(but ...id.Member) map[id.Member]Secret {
	out := map[id.Member]Secret{}
	for m, s := range w.secret {
		if !slices.Contains(but, m) {
			out[m] = s
		}
	}
	return out
}

// No coalition that lacks one mixer can test a name: not all members together with all that travelled.
func TestACoalitionWithoutOneMixerTestsNoName(t *testing.T) {
	w, roles := done(t)
	mustFind(t, "everybody together", thief{w: w, secrets: w.secretsBut()})
	for _, honest := range roles.Mixers {
		mustNotFind(t, "everybody but "+string(honest), thief{w: w, secrets: w.secretsBut(honest)})
	}
}

// The tally alone, with all that travelled, cannot test a name, although it sees the last points bare.
func TestTheTallyAloneTestsNoName(t *testing.T) {
	w, roles := done(t)
	mustNotFind(t, "the tally", thief{w: w, secrets: map[id.Member]Secret{roles.Tally: w.secret[roles.Tally]}})
}

// All mixers together, without the tally, cannot: its key is in every cell until the end.
func TestMixersWithoutTheTallyTestNoName(t *testing.T) {
	w, roles := done(t)
	mustNotFind(t, "the mixers", thief{w: w, secrets: w.secretsBut(roles.Tally)})
}

// A stolen node, with its secrets of the run as it keeps them and all that travelled, cannot test whom it holds. The secret that
// could is sealed to people.
func TestAStolenNodeTestsNoName(t *testing.T) {
	w, _ := done(t)
	for m, s := range w.secret {
		mustNotFind(t, "who has stolen "+string(m), thief{w: w, secrets: map[id.Member]Secret{m: s}})
	}
	mustFind(t, "who has what is sealed", thief{w: w, inner: w.inner})
}

// The tally cannot trace a record to its member: of each record in the middle of a mixer's way one half is shown, and never both.
func TestOnlyHalfOfAWayIsShown(t *testing.T) {
	h, in, secret := hopOf(t, 64)
	bits := challenge(h.sheet, [][]byte{{1}}, nil, 0, 64)
	s, err := parseOpening(h.open(in, secret, bits), 64)
	if err != nil {
		t.Fatal(err)
	}
	r := routeOf(bind(secret, h, in), 64)
	var from, to int
	for i, last := range bits {
		seed, hidden := s.seeds[i*SeedSize:(i+1)*SeedSize], r.seed(sideTo, i)
		if last {
			to, hidden = to+1, r.seed(sideFrom, i)
		} else {
			from++
		}
		if bytes.Equal(seed, hidden) {
			t.Errorf("record %d: the other half is shown", i)
		}
	}
	if from < 16 || to < 16 || from+to != 64 {
		t.Errorf("%d from, %d to", from, to)
	}
}

// Nothing repeats: a person whom all members have makes no two equal points in anything that travels, and other points in
// another run.
func TestNoTwoPointsOfAPersonAreEqual(t *testing.T) {
	w, _ := done(t)
	seen := map[string]string{}
	look := func(where string, b []byte) {
		for i := 0; i+PointSize <= len(b); i += PointSize {
			p := string(b[i : i+PointSize])
			if before, ok := seen[p]; ok && before != where {
				t.Errorf("one point in %s and %s", before, where)
			} else if ok {
				t.Errorf("one point twice in %s", where)
			}
			seen[p] = where
		}
	}
	r := w.run()
	c, err := r.follow(w.source, r.Sheet.Mixers)
	if err != nil {
		t.Fatal(err)
	}
	look("input", c.lists[0].Bytes)
	for i := range c.mixes {
		look(fmt.Sprint("raised ", i), c.mixes[i].Raised.Bytes)
		look(fmt.Sprint("middle ", i), c.mixes[i].Middle.Bytes)
		look(fmt.Sprint("out ", i), c.mixes[i].Out.Bytes)
	}
	other := newCounting("another run", 5, 2)
	if a, b := keyPoint(w.sheet.Hash(), []byte("key"), false), keyPoint(other.sheet.Hash(), []byte("key"), false); a.Equal(&b) {
		t.Error("a key has one point in two runs")
	}
}

// From what a member sends nobody learns how many records it has, only which power of two holds them.
func TestSizesTellOnlyABucket(t *testing.T) {
	sizes := map[int]string{}
	for _, n := range []int{0, 1, 7, 8} {
		w := newCounting(t.Name(), 5, 2)
		for i := range n {
			w.people["AA"] = append(w.people["AA"], person(i))
		}
		var size strings.Builder
		w.lie = func(_ *Count, m *Message, data []byte) []byte {
			if m.From == "AA" && (m.Step == StepCommit || m.Step == StepBatch) {
				b, err := m.Encode()
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprint(&size, len(b), " ", len(data), " ")
			}
			return data
		}
		for w.run().Stage().Step != StepMix {
			if _, err := w.step(t); err != nil {
				t.Fatal(err)
			}
		}
		sizes[n] = size.String()
	}
	if sizes[0] != sizes[1] || sizes[1] != sizes[7] || sizes[7] != sizes[8] {
		t.Errorf("sizes tell: %v", sizes)
	}
}

// Whether the last to speak adds his seed or another, he cannot know before what will be drawn; and whoever draws is any member.
func TestTheDrawFollowsFromEverySeed(t *testing.T) {
	w := newCounting(t.Name(), 11, 4)
	tallies, mixers := map[id.Member]int{}, map[id.Member]int{}
	seeds := make([][]byte, 11)
	for i := range seeds {
		seeds[i] = make([]byte, SeedSize)
	}
	for i := range 1100 {
		seeds[i%11][i%7]++
		r := Draw(&w.sheet, seeds)
		tallies[r.Tally]++
		for _, m := range r.Mixers {
			mixers[m]++
		}
		if _, mixes := r.mixes(r.Tally); mixes || len(r.Mixers) != 4 || len(slices.Compact(slices.Sorted(slices.Values(r.Mixers)))) != 4 {
			t.Fatalf("%+v", r)
		}
	}
	for _, m := range w.sheet.Members {
		// 100 and 400 expected; five standard deviations
		if n := tallies[m]; n < 50 || n > 150 {
			t.Errorf("%s tallies %d times of 1100", m, n)
		}
		if n := mixers[m]; n < 320 || n > 480 {
			t.Errorf("%s mixes %d times of 1100", m, n)
		}
	}
}
