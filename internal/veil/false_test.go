package veil

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// small is a world of five with two mixers and a few people.
func small(t testing.TB) *countWorld {
	w := newCounting(t.Name(), 5, 2)
	w.plant(2, []int{0, 1}, []int{1, 2, 3}, []int{0, 1, 2, 3, 4})
	return w
}

// mustName fails unless the run was broken by m in step for why, and nothing was published.
func mustName(t *testing.T, w *countWorld, err error, m id.Member, step, why string) {
	t.Helper()
	var n *Named
	if !errors.As(err, &n) || *n != (Named{m, step, why}) {
		t.Errorf("%v, want %s named in %s for %s", err, m, step, why)
	}
	r := w.run()
	if roles, ok := r.Roles(); ok {
		if _, said := r.Said(StepResult, roles.Tally); said && step != StepResult {
			t.Error("a result was published")
		}
	}
}

// Whoever says nothing in its step is named when its time is over, and nothing partial is published.
func TestWhoStallsIsNamed(t *testing.T) {
	for _, step := range []string{StepJoin, StepCommit, StepDraw, StepBatch, StepMix, StepChallenge, StepUncover, StepResult} {
		w := newCounting(t.Name(), 5, 2)
		w.plant(2, []int{0, 1})
		var silent id.Member
		w.lie = func(r *Count, m *Message, data []byte) []byte {
			if m.Step == step && (silent == "" || silent == m.From) {
				silent = m.From
				m.Step = ""
				return nil
			}
			return data
		}
		_ = w.play(t)
		r := w.run()
		at := slices.Index(w.sheet.Steps(), step)
		if late := r.Late(w.sheet.Until[at]); len(late) != 0 {
			t.Errorf("%s: %v is named before the end of its time", step, late)
		}
		if late := r.Late(w.sheet.Until[at] + 1); !slices.Equal(late, []Named{{silent, step, Silent}}) {
			t.Errorf("%s: %v, want %s", step, late, silent)
		}
		if err := r.Verify(w.source); err == nil {
			t.Errorf("%s: a run without it is taken for whole", step)
		}
		if roles, ok := r.Roles(); ok {
			if _, said := r.Said(StepResult, roles.Tally); said {
				t.Errorf("%s: a result was published", step)
			}
		}
	}
}

// A member that sends other records than it has committed to is named.
func TestWhoChangesItsSetIsNamed(t *testing.T) {
	w := small(t)
	liar := w.sheet.Members[3]
	w.lie = func(r *Count, m *Message, data []byte) []byte {
		if m.Step == StepBatch && m.From == liar {
			other, err := Hold(&w.sheet, append(w.people[liar], person(77)), w.inner[liar])
			if err != nil {
				t.Fatal(err)
			}
			if data, _, err = r.Batch(liar, other, w.inner[liar]); err != nil {
				t.Fatal(err)
			}
		}
		return data
	}
	mustName(t, w, w.play(t), liar, StepBatch, Changed)
}

// A member that commits to one set and encrypts another is named: the proof holds for no other point.
func TestWhoEncryptsSomethingElseIsNamed(t *testing.T) {
	w := small(t)
	liar := w.sheet.Members[1]
	w.lie = func(r *Count, m *Message, data []byte) []byte {
		if m.Step == StepBatch && m.From == liar {
			b, err := ParseBatch(&w.sheet, SmallBatch, data)
			if err != nil {
				t.Fatal(err)
			}
			at := 7 * PointSize
			v, err := ParsePoint(b.Keyed[at : at+PointSize])
			if err != nil {
				t.Fatal(err)
			}
			g := Base()
			v = v.Add(&g)
			copy(b.Keyed[at:], v.Bytes())
		}
		return data
	}
	mustName(t, w, w.play(t), liar, StepBatch, Changed)
}

// A member that passes on the batch of another as its own is named, even if it has committed to it.
func TestWhoCopiesABatchIsNamed(t *testing.T) {
	w := small(t)
	from, liar := w.sheet.Members[0], w.sheet.Members[1]
	w.lie = func(r *Count, m *Message, data []byte) []byte {
		if m.From == liar && m.Step == StepCommit {
			h := w.held[from]
			m.Commit.Root, m.Commit.Records = h.Root(), h.Cells.Records()
			w.held[liar] = h
			w.inner[liar] = w.inner[from] // so that the harness goes on; the proof is replaced below
		}
		if m.From == liar && m.Step == StepBatch {
			b, _, err := r.Batch(from, w.held[from], w.inner[from])
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		return data
	}
	mustName(t, w, w.play(t), liar, StepBatch, Changed)
}

// A key that was made from those of others, so that they fall out of the sum, needs a proof that nobody can give.
func TestWhoCannotProveItsKeyIsNamed(t *testing.T) {
	w := small(t)
	liar := w.sheet.Members[4]
	w.lie = func(_ *Count, m *Message, data []byte) []byte {
		if m.From == liar && m.Step == StepCommit {
			y := MixerKey(w.secret[w.sheet.Members[0]])
			other, g := MulBase(&y), Base()
			rogue := g.Sub(&other)
			m.Commit.Key = rogue.Bytes()
		}
		return data
	}
	mustName(t, w, w.play(t), liar, StepCommit, Unheld)
}

// A seed that was chosen after others were seen is not the one committed to.
func TestWhoChangesItsSeedIsNamed(t *testing.T) {
	for _, step := range []string{StepDraw, StepChallenge} {
		w := small(t)
		liar := w.sheet.Members[2]
		w.lie = func(_ *Count, m *Message, data []byte) []byte {
			if m.From == liar && m.Step == step {
				m.Seed = bytes.Repeat([]byte{9}, SeedSize)
			}
			return data
		}
		mustName(t, w, w.play(t), liar, step, Unheld)
	}
}

// Whoever signs two things in one step is named, whichever came first.
func TestWhoSaysTwoThingsIsNamed(t *testing.T) {
	w := small(t)
	for range 2 { // join, commit
		if _, err := w.step(t); err != nil {
			t.Fatal(err)
		}
	}
	liar := w.sheet.Members[0]
	h, err := Hold(&w.sheet, []Entry{person(5)}, w.inner[liar])
	if err != nil {
		t.Fatal(err)
	}
	m, err := w.secret[liar].Committing(&w.sheet, liar, &h, Recall{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Sign(&m, w.keys[liar])
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range [][]Signed{append(slices.Clone(w.said), s), append([]Signed{s}, w.said...)} {
		if r := Gather(w.sheet, said, w.key); !slices.Equal(r.Named, []Named{{liar, StepCommit, Twofold}}) {
			t.Error(r.Named)
		}
	}
}

// Whoever speaks where it was not drawn is named.
func TestWhoMixesUnaskedIsNamed(t *testing.T) {
	w := small(t)
	for w.run().Stage().Step != StepBatch {
		if _, err := w.step(t); err != nil {
			t.Fatal(err)
		}
	}
	roles, _ := w.run().Roles()
	w.say(t, nil, Message{Sheet: w.sheet.Hash(), From: roles.Tally, Step: StepMix}, []byte("mine"))
	if r := w.run(); !slices.Equal(r.Named, []Named{{roles.Tally, StepMix, Unasked}}) {
		t.Error(r.Named)
	}
}

// A mixer that changes a cell when it multiplies is named every time: the proof is about all cells at once.
func TestWhoMultipliesACellOtherwiseIsNamed(t *testing.T) {
	for _, list := range []string{"raised", "marker", "middle", "out"} {
		w := small(t)
		var liar id.Member
		w.lie = func(r *Count, m *Message, data []byte) []byte {
			if m.Step != StepMix {
				return data
			}
			liar = m.From
			mix, err := ParseMix(&w.sheet, r.records(), data)
			if err != nil {
				t.Fatal(err)
			}
			g := Base()
			switch list {
			case "raised":
				c, err := ParseCell(mix.Raised.record(3)[:CellSize])
				if err != nil {
					t.Fatal(err)
				}
				c.V = c.V.Add(&g)
				c.Append(mix.Raised.record(3)[:0])
			case "marker":
				mix.Marker = mix.Marker.Add(&g)
			case "middle":
				copy(mix.Middle.record(3), bytes.Repeat([]byte{0xff}, PointSize))
			case "out":
				copy(mix.Out.record(3), bytes.Repeat([]byte{0xff}, PointSize))
			}
			return mix.Append(nil)
		}
		err := w.play(t)
		mustName(t, w, err, liar, StepMix, Altered)
	}
}

// forged is the mix of a mixer that puts something of its own in the place of one record, and commits as if it had not.
func forged(h *hop, in List, secret []byte, forge func(m *Mix, r route)) Mix {
	m, err := h.run(in, secret)
	if err != nil {
		panic(err)
	}
	forge(&m, routeOf(bind(secret, h, in), in.Records()))
	return m
}

// caught returns how often of so many challenges what h shows of m is refused.
func caught(t *testing.T, h *hop, in List, secret []byte, m Mix, times int, say func(bits []bool, s shown)) int {
	t.Helper()
	n := 0
	for i := range times {
		bits := challenge(h.sheet, [][]byte{{byte(i), byte(i >> 8)}}, nil, 0, in.Records())
		s, err := parseOpening(h.open(in, secret, bits), in.Records())
		if err != nil {
			t.Fatal(err)
		}
		say(bits, s)
		if ok, err := h.follows(&m, bits, s); err != nil || !ok {
			n++
		}
	}
	return n
}

// hopOf is a mixer alone, with so many records before it.
func hopOf(t testing.TB, records int) (*hop, List, []byte) {
	t.Helper()
	w := newCounting(t.Name(), 5, 2)
	random := &drawn{tag: t.Name()}
	in := List{Width: w.sheet.Width()}
	for range records * in.Width {
		s, err := NewScalar(random)
		if err != nil {
			t.Fatal(err)
		}
		u := MulBase(&s)
		v := u.Mul(&s)
		c := Cell{u, v}
		in.Bytes = c.Append(in.Bytes)
	}
	secret := expand("test", 32, []byte(t.Name()))
	y, z := MixerKey(secret), ScalarOf(5)
	return &hop{&w.sheet, "AA", MulBase(&y), MulBase(&z), marker(&w.sheet)}, in, secret
}

// A mixer that alters, drops or doubles one record between its lists is caught by at least one half of all challenges,
// and an honest one by none.
func TestWhoAltersARecordIsCaughtEverySecondTime(t *testing.T) {
	const times = 200
	h, in, secret := hopOf(t, 16)
	other := func(record []byte) { // another person in the place of this one
		c, err := ParseCell(record[:CellSize])
		if err != nil {
			t.Fatal(err)
		}
		g := Base()
		c.V = c.V.Add(&g)
		c.Append(record[:0])
	}
	for name, v := range map[string]struct {
		least, most int
		forge       func(m *Mix, r route)
	}{
		"honest":            {0, 0, func(*Mix, route) {}},
		"altered at first":  {times * 2 / 5, times, func(m *Mix, r route) { other(m.Middle.record(4)); renewOut(h, m, r, 4) }},
		"altered at last":   {times * 2 / 5, times, func(m *Mix, r route) { other(m.Out.record(r.to[4])) }},
		"doubled at first":  {times * 2 / 5, times, func(m *Mix, r route) { double(h, m, r, 4, 5); renewOut(h, m, r, 4) }},
		"doubled at last":   {times * 2 / 5, times, func(m *Mix, r route) { copy(m.Out.record(r.to[4]), m.Out.record(r.to[5])) }},
		"two altered":       {times * 13 / 20, times, func(m *Mix, r route) { other(m.Out.record(r.to[4])); other(m.Out.record(r.to[9])) }},
		"altered and seeds": {times * 2 / 5, times, func(m *Mix, r route) { m.To[4*32]++ }},
	} {
		m := forged(h, in, secret, v.forge)
		if ok, err := h.holds(in, &m); err != nil || !ok {
			t.Fatalf("%s: the first proof already fails", name)
		}
		n := caught(t, h, in, secret, m, times, func([]bool, shown) {})
		if n < v.least || n > v.most {
			t.Errorf("%s: caught by %d of %d challenges, want %d to %d", name, n, times, v.least, v.most)
		}
		t.Logf("%s: %d of %d", name, n, times)
	}
}

// A mixer that lets two records of its middle list come from one, and says so when asked, is caught as often: each record is
// bound to one place in the next list, and the other record cannot be shown to come from anywhere.
func TestWhoLetsTwoComeFromOneIsCaughtEverySecondTime(t *testing.T) {
	const times = 200
	h, in, secret := hopOf(t, 16)
	r := routeOf(bind(secret, h, in), 16)
	m := forged(h, in, secret, func(m *Mix, r route) { double(h, m, r, 4, 5); renewOut(h, m, r, 4) })
	n := caught(t, h, in, secret, m, times, func(bits []bool, s shown) {
		if !bits[4] {
			s.places[4] = r.from[5]
		}
	})
	if n < times*2/5 {
		t.Errorf("caught by %d of %d challenges", n, times)
	}
	t.Logf("%d of %d", n, times)
}

// renewOut makes the last list follow from the middle one for record i.
func renewOut(h *hop, m *Mix, r route, i int) {
	if err := renew(m.Middle.record(i), m.Out.record(r.to[i]), r.seed(sideTo, i), m.Middle.Width, &h.left); err != nil {
		panic(err)
	}
}

// double puts what belongs to record j of the middle list in the place of record i as well.
func double(h *hop, m *Mix, r route, i, j int) {
	if err := renew(m.Raised.record(r.from[j]), m.Middle.record(i), r.seed(sideFrom, i), m.Middle.Width, &h.left); err != nil {
		panic(err)
	}
}

// A mixer that is caught is named in the run, by everybody, and the tally counts nothing.
func TestWhoShowsAnotherWayIsNamed(t *testing.T) {
	w := small(t)
	var liar id.Member
	w.lie = func(_ *Count, m *Message, data []byte) []byte {
		if m.Step == StepUncover && (liar == "" || liar == m.From) {
			liar = m.From
			data[5]++
		}
		return data
	}
	mustName(t, w, w.play(t), liar, StepUncover, Altered)
	if w.found.Records != 0 {
		t.Error("something was counted")
	}
}

// A tally that publishes another number is named by whoever recounts with what it has opened, and one that has counted
// another list by everybody.
func TestWhoPublishesAnotherNumberIsNamed(t *testing.T) {
	for _, what := range []string{"number", "list", "recall", "noise"} {
		w := small(t)
		var tally id.Member
		w.lie = func(_ *Count, m *Message, data []byte) []byte {
			if m.Step == StepResult {
				tally = m.From
				switch what {
				case "number":
					m.Result.Published.High++
				case "list":
					m.Result.Last = bytes.Repeat([]byte{1}, 32)
				case "recall":
					m.Result.Published.Recall.Found--
				}
			}
			return data
		}
		if err := w.play(t); err != nil {
			t.Fatal(err)
		}
		r := w.run()
		opened := w.secret[tally].Recount()
		why := Wrong
		if what == "noise" {
			opened[40]++
			why = Unheld
		}
		if err := r.Verify(w.source); (what == "list" || what == "recall") != (err != nil) {
			t.Errorf("%s: verified: %v", what, err)
		}
		_, err := r.Recount(w.source, opened)
		mustName(t, w, err, tally, StepResult, why)
	}
}

// The same messages in any order, doubled and with strange ones between them, are the same run.
func TestARunIsItsSetOfMessages(t *testing.T) {
	w := small(t)
	if err := w.play(t); err != nil {
		t.Fatal(err)
	}
	strange := w.said[0]
	strange.Text = append(slices.Clone(strange.Text), ' ')
	other := newCounting("other", 5, 2)
	if _, err := other.step(t); err != nil {
		t.Fatal(err)
	}
	order := newStream("test", []byte(t.Name()))
	for range 5 {
		var all []Signed
		for _, i := range order.order(len(w.said)) {
			all = append(all, w.said[i], w.said[i], strange)
		}
		r := Gather(w.sheet, append(all, other.said...), w.key)
		if s := r.Stage(); s.Step != "" || len(r.Named) != 0 {
			t.Error(s, r.Named)
		}
		if len(r.Late(frame.Earliest*2)) != 0 {
			t.Error("somebody is late in a run that is done")
		}
	}
	if err := w.run().Verify(w.source); err != nil {
		t.Error(err)
	}
}
