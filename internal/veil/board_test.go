package veil

import (
	"bytes"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/seal"
)

// office is a member's node: what rests there while it is off, as bytes.
type office struct {
	party   Party
	dealing []byte
	said    Step
	board   Board
	waiting map[Step]Page // pages that came before those before them
	before  *world
	crime   func(w *Words, b *Board) // changes what it says
}

// letters on the way: to whom, what, and when they arrive at the earliest.
type letter struct {
	to    uint8
	words []byte
	page  []byte
	at    int
}

// region is a network of offices, each of which is on one hour a day.
type region struct {
	t       *testing.T
	random  *mathrand.Rand
	offices map[uint8]*office
	keys    map[uint8]PartyKeys
	letters []letter
	heard   map[Step][]Words // by who called for the run, place 1
	since   int
	hour    int
	hours   map[uint8]int
}

func newRegion(t *testing.T, seed uint64, r Run, before *world) *region {
	t.Helper()
	g := &region{
		t: t, random: mathrand.New(mathrand.NewPCG(seed, 1)), offices: map[uint8]*office{}, keys: map[uint8]PartyKeys{}, heard: map[Step][]Words{}, hours: map[uint8]int{},
	}
	for _, place := range r.Holders {
		sign, kem := seal.NewSign(nil), seal.NewKEM(nil)
		d, err := NewDealing(rand.Reader, r, place)
		if err != nil {
			t.Fatal(err)
		}
		g.keys[place] = PartyKeys{Sign: []seal.SignPublic{sign.Public()}, Seal: kem.Public()}
		g.offices[place] = &office{
			party: Party{Place: place, Sign: sign, Open: []seal.KEMPrivate{seal.NewKEM(nil), kem}, Others: g.keys}, dealing: d.Append(nil), board: Board{Run: r}, before: before, waiting: map[Step]Page{},
		}
		g.hours[place] = g.random.IntN(24)
	}
	return g
}

// send posts a letter, once or twice, which takes up to a day and a half.
func (g *region) send(l letter) {
	for range 1 + g.random.IntN(2) {
		l.at = g.hour + 1 + g.random.IntN(36)
		g.letters = append(g.letters, l)
	}
}

func (o *office) group() (*Group, *Share) {
	if o.before == nil {
		return nil, nil
	}
	return o.before.group, o.before.shares[o.party.Place]
}

// on is what an office does in the hour in which it is on.
func (g *region) on(place uint8) {
	o := g.offices[place]
	g.letters = slices.DeleteFunc(g.letters, func(l letter) bool {
		if l.to != place || l.at > g.hour {
			return false
		}
		if l.words != nil {
			w, err := ParseWords(l.words)
			if err != nil {
				g.t.Fatal(err)
			}
			g.heard[o.board.Step()] = append(g.heard[o.board.Step()], w)
			return true
		}
		p, err := ParsePage(l.page)
		if err != nil {
			g.t.Fatal(err)
		}
		o.waiting[p.Step] = p
		return true
	})
	for o.board.Step() != StepOver {
		p, ok := o.waiting[o.board.Step()]
		if !ok {
			break
		}
		if err := o.board.Turn(p, g.keys); err != nil {
			g.t.Fatalf("place %d: %v", place, err)
		}
	}
	step := o.board.Step()
	if step == StepOver {
		return
	}
	if o.said != step {
		d, err := ParseDealing(o.dealing)
		if err != nil {
			g.t.Fatal(err)
		}
		before, share := o.group()
		w, err := o.party.Speak(&o.board, d, before, share)
		if err != nil {
			return
		}
		o.said = step
		if o.crime != nil {
			o.crime(&w, &o.board)
		}
		if w.Text == nil && w.Place == 0 {
			return // it says nothing
		}
		g.send(letter{to: 1, words: w.Append(nil)})
	}
	if place == 1 {
		g.close(o, step)
	}
}

// close ends a step when all have spoken, or after five days.
func (g *region) close(o *office, step Step) {
	p := o.board.Close(g.heard[step], g.keys)
	if len(p.Words) < len(o.board.Run.Holders) && g.hour-g.since < 24*5 {
		return
	}
	g.since = g.hour
	for place := range g.offices {
		if place != 1 {
			g.send(letter{to: place, page: p.Append(nil)})
		}
	}
	if err := o.board.Turn(p, g.keys); err != nil {
		g.t.Fatal(err)
	}
}

// over lets hours pass until the run is over everywhere, and returns how many.
func (g *region) over() int {
	g.t.Helper()
	for g.hour = 0; g.hour < 24*90; g.hour++ {
		done := true
		for _, place := range slices.Sorted(slices.Values(g.offices[1].board.Run.Holders)) {
			if g.hour%24 == g.hours[place] {
				g.on(place)
			}
			done = done && g.offices[place].board.Step() == StepOver
		}
		if done {
			return g.hour
		}
	}
	g.t.Fatal("the run is not over after ninety days")
	return 0
}

// ended returns what the offices have made of the run, all the same.
func (g *region) ended() *world {
	g.t.Helper()
	w := &world{shares: map[uint8]*Share{}}
	told := ""
	for place, o := range g.offices {
		before, share := o.group()
		group, s, cheats, err := o.party.Conclude(&o.board, before, share)
		if err != nil {
			g.t.Fatalf("place %d: %v", place, err)
		}
		if says := fmt.Sprintf("%x %v", group.Append(nil), cheats); told == "" {
			told = says
		} else if says != told {
			g.t.Errorf("place %d has made something else of it", place)
		}
		w.group, w.cheats = group, cheats
		if s != nil {
			w.shares[place] = s
		}
	}
	for _, place := range w.group.Holders {
		if w.shares[place] == nil || !w.shares[place].Fits(w.group) {
			g.t.Errorf("place %d has no share that fits", place)
		}
	}
	return w
}

// With nodes that are on one hour a day, and letters that are late, come twice and overtake each other, members make a secret, refresh it, and
// answer with it.
func TestARunOfNodesThatAreOnOneHourADay(t *testing.T) {
	for seed := range uint64(2) {
		g := newRegion(t, seed, Run{ID: [16]byte{1}, Epoch: 1, Holders: holders}, nil)
		hours := g.over()
		first := g.ended()
		again := newRegion(t, seed+10, Run{ID: [16]byte{2}, Epoch: 1, Round: 1, Holders: holders}, first)
		more := again.over()
		second := again.ended()
		if len(first.group.Holders) != 7 || len(second.group.Holders) != 7 || len(first.cheats)+len(second.cheats) > 0 {
			t.Errorf("holders %v and %v, cheats %v and %v", first.group.Holders, second.group.Holders, first.cheats, second.cheats)
		}
		a, _, err1 := asked(t, first, jana(), 1, 2, 3)
		b, _, err2 := asked(t, second, jana(), 7, 5, 2)
		if err1 != nil || err2 != nil || !same(a, b) {
			t.Errorf("%v %v", err1, err2)
		}
		t.Logf("a secret in %d days, a refresh in %d", hours/24+1, more/24+1)
	}
}

// What a member says falsely, or does not say, over the way that everything goes: all others end with the same group, and name her.
func TestACheatInARunIsNamedByAll(t *testing.T) {
	silent := func(at Step) func(w *Words, b *Board) {
		return func(w *Words, b *Board) {
			if b.Step() == at {
				*w = Words{}
			}
		}
	}
	for what, c := range map[string]struct {
		crime func(o *office, g *region) func(w *Words, b *Board)
		cheat []Cheat
		holds bool
	}{
		"deals nothing":   {func(*office, *region) func(w *Words, b *Board) { return silent(StepDeal) }, []Cheat{{6, DealtNothing}}, true},
		"reveals nothing": {func(*office, *region) func(w *Words, b *Board) { return silent(StepReveal) }, []Cheat{{6, RevealedOther}}, false},
		"signs nothing":   {func(*office, *region) func(w *Words, b *Board) { return silent(StepSign) }, nil, false},
		"complains of all": {func(o *office, _ *region) func(w *Words, b *Board) {
			return func(w *Words, b *Board) {
				if b.Step() == StepComplain {
					w.Text = []byte{1, 2, 3, 4, 5, 7, 200}
					w.Signature = o.party.Sign.Sign(seal.DomainVeilRun, b.said(6, w.Text))
				}
			}
		}, nil, true},
		"seals the parts to herself": {func(o *office, g *region) func(w *Words, b *Board) {
			return func(w *Words, b *Board) {
				if b.Step() != StepDeal && b.Step() != StepShow {
					return
				}
				all := split(w.Text)
				w.Text = nil
				for i, text := range all {
					if i > 0 || b.Step() == StepShow {
						text = []byte("nothing")
					}
					w.Text = prefixed(w.Text, text)
				}
				w.Signature = o.party.Sign.Sign(seal.DomainVeilRun, b.said(6, w.Text))
			}
		}, []Cheat{{6, DealtFalsely}}, false},
		"does not sign her words": {func(*office, *region) func(w *Words, b *Board) {
			return func(w *Words, b *Board) {
				if b.Step() == StepDeal {
					w.Text = append(slices.Clone(w.Text), 0)
				}
			}
		}, []Cheat{{6, DealtNothing}}, true},
	} {
		g := newRegion(t, 5, Run{ID: [16]byte{3}, Epoch: 1, Holders: holders}, nil)
		g.offices[6].crime = c.crime(g.offices[6], g)
		g.over()
		w := g.ended()
		if !slices.Equal(w.cheats, c.cheat) || w.group.Has(6) != c.holds {
			t.Errorf("%s: named %v, holders %v", what, w.cheats, w.group.Holders)
		}
	}
}

// Whoever calls for a run cannot tell two members different things: what the one says next is not heard by the other.
func TestWhoCallsForARunCannotTellTwoThings(t *testing.T) {
	g := newRegion(t, 7, Run{ID: [16]byte{4}, Epoch: 1, Holders: holders}, nil)
	board := Board{Run: Run{ID: [16]byte{4}, Epoch: 1, Holders: holders}}
	var said []Words
	speak := func(place uint8, b *Board) Words {
		o := g.offices[place]
		d, err := ParseDealing(o.dealing)
		if err != nil {
			t.Fatal(err)
		}
		w, err := o.party.Speak(b, d, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	for _, place := range holders {
		said = append(said, speak(place, &board))
	}
	all, fewer := board.Close(said, g.keys), board.Close(said[:6], g.keys)
	one, other := Board{Run: board.Run}, Board{Run: board.Run}
	if one.Turn(all, g.keys) != nil || other.Turn(fewer, g.keys) != nil {
		t.Fatal("a page is refused")
	}
	w := speak(2, &one)
	if !one.Heard(&w, g.keys) || other.Heard(&w, g.keys) {
		t.Error("what was said on one board is heard on another")
	}
	if one.Turn(all, g.keys) == nil {
		t.Error("a page is taken twice")
	}
	forged := fewer
	forged.Words = slices.Clone(fewer.Words)
	forged.Words[2].Text = forged.Words[1].Text
	turned := Board{Run: board.Run}
	if turned.Turn(forged, g.keys) == nil {
		t.Error("words that nobody said are taken")
	}
	if err := turned.Turn(Page{Step: StepReveal}, g.keys); err == nil {
		t.Error("a step was left out")
	}
	// A part opens for its holder, of its dealer, in its run, and nowhere else.
	if got := g.offices[3].party.told(&one); len(got) != 7 {
		t.Errorf("%d parts", len(got))
	}
	elsewhere := Board{Run: board.Run, Pages: one.Pages}
	elsewhere.Run.ID[0]++
	if got := g.offices[3].party.told(&elsewhere); len(got) != 0 {
		t.Error("parts open in another run")
	}
	if b := all.Append(nil); len(b) > 200_000 {
		t.Errorf("a page of %d bytes", len(b))
	} else if p, err := ParsePage(b); err != nil || !bytes.Equal(p.Append(nil), b) {
		t.Error(err)
	}
}
