package veil

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// countWorld is a count among members, each with all that it has, in one process. Whoever plays false does so by a hook.
type countWorld struct {
	sheet  Sheet
	keys   map[id.Member]seal.SignPrivate
	people map[id.Member][]Entry
	recall map[id.Member]Recall
	secret map[id.Member]Secret // of the work
	inner  map[id.Member][]byte // of the records
	held   map[id.Member]Held
	said   []Signed
	data   map[string][]byte
	found  Found

	// lie changes what a member says and sends in a step, before it is signed; nil sends nothing.
	lie func(r *Count, m *Message, data []byte) []byte
}

func member(i int) id.Member { return id.Member([]byte{'A' + byte(i/26), 'A' + byte(i%26)}) }

// newCounting makes n members that count with mixers among them.
func newCounting(tag string, n, mixers int) *countWorld {
	random := &drawn{tag: tag}
	w := &countWorld{
		keys: map[id.Member]seal.SignPrivate{}, people: map[id.Member][]Entry{}, recall: map[id.Member]Recall{}, secret: map[id.Member]Secret{},
		inner: map[id.Member][]byte{}, held: map[id.Member]Held{}, data: map[string][]byte{},
	}
	w.sheet = Sheet{
		Format: SheetFormat, Run: string(id.Random[id.Thread](id.Maker{Rand: random})), Population: "identified-2026", Keys: KeyVersion,
		Strong: 1, Weak: 2, Batch: SmallBatch, Mixers: mixers, Epsilon: 1000, Least: 10, Widest: 250,
	}
	for i := range n {
		m := member(i)
		w.sheet.Members = append(w.sheet.Members, m)
		w.keys[m] = seal.NewSign(random)
		w.secret[m], w.inner[m] = make(Secret, 32), make([]byte, 32)
		_, _ = random.Read(w.secret[m])
		_, _ = random.Read(w.inner[m])
		w.recall[m] = Recall{90, 100}
	}
	w.sheet.Proposer = w.sheet.Members[0]
	for i := range w.sheet.Steps() {
		w.sheet.Until = append(w.sheet.Until, frame.Earliest+frame.Time(i))
	}
	return w
}

// person is the keys of one who is known by n.
func person(n int) Entry {
	var e Entry
	for i := range 1 {
		e.Strong = append(e.Strong, fmt.Appendf(nil, "strong %d of %d", i, n))
	}
	for i := range 2 {
		e.Weak = append(e.Weak, fmt.Appendf(nil, "weak %d of %d", i, n))
	}
	return e
}

func (w *countWorld) key(m id.Member) []seal.SignPublic {
	k, ok := w.keys[m]
	if !ok {
		return nil
	}
	return []seal.SignPublic{k.Public()}
}

func (w *countWorld) source(d *Data) []byte { return w.data[hex.EncodeToString(d.Digest)] }

func (w *countWorld) run() *Count { return Gather(w.sheet, w.said, w.key) }

// say signs and spreads what a member says.
func (w *countWorld) say(t testing.TB, r *Count, m Message, data []byte) {
	t.Helper()
	if w.lie != nil {
		if data = w.lie(r, &m, data); data == nil && m.Data != nil {
			return
		}
	}
	if m.Step == "" {
		return
	}
	if data != nil {
		m.Data = DataOf(data)
		d := sha256.Sum256(data)
		w.data[hex.EncodeToString(d[:])] = data
	}
	s, err := Sign(&m, w.keys[m.From])
	if err != nil {
		t.Fatal(m.Step, err)
	}
	w.said = append(w.said, s)
}

// step lets all members do what is their turn, and returns who broke the run.
func (w *countWorld) step(t testing.TB) (done bool, err error) {
	t.Helper()
	r := w.run()
	if len(r.Named) > 0 {
		return true, &r.Named[0]
	}
	stage := r.Stage()
	for _, m := range stage.Waits {
		out := Message{Sheet: w.sheet.Hash(), From: m, Step: stage.Step}
		var data []byte
		var err error
		switch stage.Step {
		case StepCommit:
			var h Held
			if h, err = Hold(&w.sheet, w.people[m], w.inner[m]); err == nil {
				w.held[m] = h
				out, err = w.secret[m].Committing(&w.sheet, m, &h, w.recall[m])
			}
		case StepDraw, StepChallenge:
			out, err = w.secret[m].Opening(r, m, stage.Step)
		case StepBatch:
			data, out, err = r.Batch(m, w.held[m], w.inner[m])
		case StepMix:
			data, out, err = r.Mix(m, w.secret[m], w.source)
		case StepUncover:
			data, out, err = r.Open(m, w.secret[m], w.source)
		case StepResult:
			out, w.found, err = r.Tally(m, w.secret[m], w.source)
		}
		if err != nil {
			return true, err
		}
		w.say(t, r, out, data)
	}
	return stage.Step == "", nil
}

// play lets the run go until it is done, broken, or waits for somebody who says nothing.
func (w *countWorld) play(t testing.TB) error {
	t.Helper()
	for {
		before := len(w.said)
		if done, err := w.step(t); done || err != nil {
			return err
		}
		if len(w.said) == before {
			return missing()
		}
	}
}

// plant gives each member so many persons of its own, and so many that all of a few members share.
func (w *countWorld) plant(own int, shared ...[]int) (persons int) {
	for i, m := range w.sheet.Members {
		for j := range own {
			w.people[m] = append(w.people[m], person(1_000_000+i*10_000+j))
			persons++
		}
	}
	for n, who := range shared {
		for _, i := range who {
			w.people[w.sheet.Members[i]] = append(w.people[w.sheet.Members[i]], person(n))
		}
		persons++
	}
	return persons
}

func (w *countWorld) result(t testing.TB) Published {
	t.Helper()
	r := w.run()
	roles, _ := r.Roles()
	m, ok := r.Said(StepResult, roles.Tally)
	if !ok {
		t.Fatal("no result")
	}
	return m.Result.Published
}

// A count over five members is exact before noise, whoever mixes; everybody can check it, and with what the tally opens
// everybody can recount.
func TestCountIsExactBeforeNoise(t *testing.T) {
	w := newCounting(t.Name(), 5, 2)
	want := w.plant(6, []int{0, 1}, []int{1, 2, 3}, []int{0, 1, 2, 3, 4}, []int{2, 4})
	if err := w.play(t); err != nil {
		t.Fatal(err)
	}
	if w.found.Persons != want || w.found.Records != 5*6+2+3+5+2 || !slices.Equal(w.found.In, []int{30, 2, 1, 1}) {
		t.Errorf("%+v, want %d persons", w.found, want)
	}
	r := w.run()
	if err := r.Verify(w.source); err != nil {
		t.Error(err)
	}
	roles, _ := r.Roles()
	again, err := r.Recount(w.source, w.secret[roles.Tally].Recount())
	if err != nil || again.Persons != want {
		t.Error(again, err)
	}
	t.Logf("%+v", w.result(t))
}
