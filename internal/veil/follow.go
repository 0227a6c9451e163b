package veil

import (
	"bytes"
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Source gives the bytes that a message names, or nil while they are not there.
type Source func(*Data) []byte

// missing is what is not there yet; it is no fault of anybody.
func missing() error { return fault.New(fault.Unavailable, "veil.missing") }

// take returns the data of a member in a step.
func (r *Count) take(from Source, step string, m id.Member) ([]byte, error) {
	s, ok := r.said[step][m]
	if !ok {
		return nil, missing()
	}
	b := from(s.Data)
	if b == nil || !s.Data.names(b) {
		return nil, missing()
	}
	return b, nil
}

// records returns how many records are mixed.
func (r *Count) records() int {
	n := 0
	for _, m := range r.Sheet.Members {
		n += r.said[StepCommit][m].Commit.Records
	}
	return n
}

// chain is what has been checked of a run: the lists as they went from hand to hand.
type chain struct {
	roles  Roles
	lists  []List // what each mixer was given; the last is what came out last
	marker []Point
	mixes  []Mix
}

// follow checks the batches of all members and the work of the first so many mixers.
//
// It returns who broke the run as a [*Named]; any other error is [fault.Unavailable] while something is not there.
func (r *Count) follow(from Source, mixers int) (chain, error) {
	roles, ok := r.Roles()
	if !ok {
		return chain{}, missing()
	}
	if len(r.Named) > 0 {
		return chain{}, &r.Named[0]
	}
	in, err := r.input(from)
	if err != nil {
		return chain{}, err
	}
	c := chain{roles: roles, lists: []List{in}, marker: []Point{marker(&r.Sheet)}}
	for at := range mixers {
		who := roles.Mixers[at]
		b, err := r.take(from, StepMix, who)
		if err != nil {
			return chain{}, err
		}
		bad := &Named{who, StepMix, Altered}
		m, err := ParseMix(&r.Sheet, r.records(), b)
		if err != nil {
			return chain{}, bad
		}
		h := r.hop(roles, at, c.marker[at])
		if ok, err := h.holds(c.lists[at], &m); err != nil || !ok || m.Middle.check() != nil || m.Out.check() != nil {
			return chain{}, bad
		}
		c.lists, c.marker, c.mixes = append(c.lists, m.Out), append(c.marker, m.Marker), append(c.mixes, m)
	}
	return c, nil
}

// check reads all cells.
func (l List) check() error {
	return each(l.Records(), func(i int) error {
		_, err := cells(l.record(i), l.Width)
		return err
	})
}

// input checks every batch and returns all of them in the order of members.
func (r *Count) input(from Source) (List, error) {
	key, ok := r.Key()
	if !ok {
		return List{}, missing()
	}
	all := List{Width: r.Sheet.Width()}
	for _, m := range r.Sheet.Members {
		b, err := r.take(from, StepBatch, m)
		if err != nil {
			return List{}, err
		}
		c := r.said[StepCommit][m].Commit
		batch, err := ParseBatch(&r.Sheet, c.Records, b)
		if err != nil || batch.Check(&r.Sheet, m, c.Root, &key) != nil {
			return List{}, &Named{m, StepBatch, Changed}
		}
		all.Bytes = append(all.Bytes, batch.Input().Bytes...)
	}
	return all, nil
}

// shows checks what all mixers have shown.
func (r *Count) shows(from Source, c chain) error {
	seeds, ok := r.seeds(StepChallenge)
	if !ok {
		return missing()
	}
	for at, who := range c.roles.Mixers {
		b, err := r.take(from, StepUncover, who)
		if err != nil {
			return err
		}
		s, err := parseOpening(b, r.records())
		if err != nil {
			return &Named{who, StepUncover, Altered}
		}
		h := r.hop(c.roles, at, c.marker[at])
		if ok, err := h.follows(&c.mixes[at], challenge(&r.Sheet, seeds, r.mixed(c.roles), at, r.records()), s); err != nil || !ok {
			return &Named{who, StepUncover, Altered}
		}
	}
	return nil
}

// mixed returns what all mixers had said before they were asked to show anything.
func (r *Count) mixed(roles Roles) [][]byte {
	var out [][]byte
	for _, m := range roles.Mixers {
		out = append(out, r.texts[StepMix][m])
	}
	return out
}

// Verify checks a whole run, as anybody can who has the messages and what they name: the commitments, the draw, every
// batch, every mix, every opening, and that the result is about the list that came out last. What it does not see is
// whether the tally has counted rightly: see [Count.Recount].
//
// It returns who broke the run as a [*Named]; any other error is [fault.Unavailable] while something is not there, and [fault.Conflict] of a run
// that ended without a result.
func (r *Count) Verify(from Source) error {
	c, err := r.follow(from, r.Sheet.Mixers)
	if err != nil {
		return err
	}
	if err := r.shows(from, c); err != nil {
		return err
	}
	if len(r.Named) == 0 && r.Ended() {
		return fault.New(fault.Conflict, "veil.ended")
	}
	return r.result(c)
}

// result checks that what the tally said is about the list that came out last.
func (r *Count) result(c chain) error {
	m, ok := r.said[StepResult][c.roles.Tally]
	if !ok {
		return missing()
	}
	if !bytes.Equal(m.Result.Last, c.lists[len(c.mixes)].digest()) || m.Result.Published.Recall != r.recall() {
		return &Named{c.roles.Tally, StepResult, Wrong}
	}
	return nil
}

// recall is that of all members together.
func (r *Count) recall() Recall {
	var sum Recall
	for _, m := range r.Sheet.Members {
		c := r.said[StepCommit][m].Commit
		sum.Found, sum.Of = sum.Found+c.Recall.Found, sum.Of+c.Recall.Of
	}
	return sum
}

// Batch returns what a member sends in [StepBatch], and says. It needs the secret with which the member held its
// records, and no key of a record.
//
// It fails with [fault.Unavailable] while the mixers are not drawn, with [*Named] if the run is broken, and with
// [fault.Invalid] if held or secret are others.
func (r *Count) Batch(of id.Member, held Held, secret []byte) ([]byte, Message, error) {
	key, ok := r.Key()
	if !ok {
		return nil, Message{}, missing()
	}
	if len(r.Named) > 0 {
		return nil, Message{}, &r.Named[0]
	}
	b, err := Encrypt(&r.Sheet, of, held, secret, &key)
	if err != nil {
		return nil, Message{}, err
	}
	out := b.Append(nil)
	return out, Message{Sheet: r.Sheet.Hash(), From: of, Step: StepBatch, Data: DataOf(out)}, nil
}

// Mix returns what a mixer sends in [StepMix], and says, after checking all that came before it.
//
// It fails with [fault.Unavailable] while it is not its turn, and with [*Named] if somebody before it broke the run.
func (r *Count) Mix(of id.Member, secret Secret, from Source) ([]byte, Message, error) {
	roles, _ := r.Roles()
	at, ok := roles.mixes(of)
	if !ok {
		return nil, Message{}, missing()
	}
	c, err := r.follow(from, at)
	if err != nil {
		return nil, Message{}, err
	}
	m, err := r.hop(roles, at, c.marker[at]).run(c.lists[at], secret)
	if err != nil {
		return nil, Message{}, err
	}
	out := m.Append(make([]byte, 0, MixSize(&r.Sheet, r.records())))
	return out, Message{Sheet: r.Sheet.Hash(), From: of, Step: StepMix, Data: DataOf(out)}, nil
}

// Open returns what a mixer sends in [StepUncover], and says.
//
// It fails with [fault.Unavailable] while not every member has opened its second seed, and with [*Named] if somebody
// broke the run.
func (r *Count) Open(of id.Member, secret Secret, from Source) ([]byte, Message, error) {
	roles, _ := r.Roles()
	at, mixes := roles.mixes(of)
	seeds, ok := r.seeds(StepChallenge)
	if !ok || !mixes || len(r.said[StepMix]) != len(roles.Mixers) {
		return nil, Message{}, missing()
	}
	c, err := r.follow(from, at)
	if err != nil {
		return nil, Message{}, err
	}
	bits := challenge(&r.Sheet, seeds, r.mixed(roles), at, r.records())
	out := r.hop(roles, at, c.marker[at]).open(c.lists[at], secret, bits)
	return out, Message{Sheet: r.Sheet.Hash(), From: of, Step: StepUncover, Data: DataOf(out)}, nil
}

// Tally checks the whole run and returns what the tally says in [StepResult], with what it has found before noise,
// which it keeps to itself.
//
// It fails with [fault.Unavailable] while something is not there, and with [*Named] if somebody broke the run: then
// nothing is counted.
func (r *Count) Tally(of id.Member, secret Secret, from Source) (Message, Found, error) {
	roles, ok := r.Roles()
	if !ok || roles.Tally != of {
		return Message{}, Found{}, missing()
	}
	return r.tally(from, MixerKey(secret), secret.seed(noiseStep))
}

func (r *Count) tally(from Source, y Scalar, noise []byte) (Message, Found, error) {
	c, err := r.follow(from, r.Sheet.Mixers)
	if err != nil {
		return Message{}, Found{}, err
	}
	if err := r.shows(from, c); err != nil {
		return Message{}, Found{}, err
	}
	last := len(c.mixes)
	found, err := count(&r.Sheet, c.lists[last], &y, &c.marker[last])
	if err != nil {
		return Message{}, Found{}, err
	}
	seeds, _ := r.seeds(StepChallenge)
	p := found.publish(&r.Sheet, r.recall(), beacon(&r.Sheet, noiseStep, noise, seeds))
	return Message{Sheet: r.Sheet.Hash(), From: c.roles.Tally, Step: StepResult, Result: &Result{c.lists[last].digest(), p}}, found, nil
}

// Recount is what a tally opens to whoever may recount: its key and the seed of its noise, 64 bytes. Who has it sees what the tally saw.
func (s Secret) Recount() []byte {
	y := MixerKey(s)
	return append(y.Append(nil), s.seed(noiseStep)...)
}

// Recount checks a whole run as [Count.Verify] does, and with what the tally has opened counts again: the number with its
// noise must be the one that was published.
//
// It fails as [Count.Verify] does, with the tally as [*Named] if its opening is not what it had committed to or its
// number is another, and with [fault.Invalid] if opened has another form.
func (r *Count) Recount(from Source, opened []byte) (Found, error) {
	if err := r.Verify(from); err != nil {
		return Found{}, err
	}
	if len(opened) != ScalarSize+SeedSize {
		return Found{}, malformed("recount")
	}
	y, err := ParseScalar(opened[:ScalarSize])
	if err != nil {
		return Found{}, err
	}
	roles, _ := r.Roles()
	key, own := MulBase(&y), r.keyOf(roles.Tally)
	noise := opened[ScalarSize:]
	if !key.Equal(&own) || !bytes.Equal(Committed(&r.Sheet, roles.Tally, noiseStep, noise), r.said[StepCommit][roles.Tally].Commit.Noise) {
		return Found{}, &Named{roles.Tally, StepResult, Unheld}
	}
	again, found, err := r.tally(from, y, noise)
	if err != nil {
		return Found{}, err
	}
	was := r.said[StepResult][roles.Tally].Result.Published
	now := again.Result.Published
	if !slices.Equal(was.In, now.In) || was.Publishable != now.Publishable || was.Why != now.Why || was.Records != now.Records || was.Persons != now.Persons || was.Low != now.Low || was.High != now.High {
		return found, &Named{roles.Tally, StepResult, Wrong}
	}
	return found, nil
}
