package course_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/fault"
)

// converse lets two honest nodes act and lose, delay and reorder each other's envelopes.
func converse(t *rapid.T) (a, b *party) {
	a, b = meet(t)
	for range rapid.IntRange(1, 40).Draw(t, "steps") {
		p, q := a, b
		if rapid.Bool().Draw(t, "receiver") {
			p, q = b, a
		}
		if waiting := missing(p, q); len(waiting) > 0 && rapid.Bool().Draw(t, "hear") {
			e := rapid.SampledFrom(waiting).Draw(t, "event")
			p.hears(e)
			continue
		}
		s := p.state()
		if s.Status == course.Draft && p.side == course.Sender {
			s, _ = s.Local(course.Checked)
		}
		next := slices.DeleteFunc(course.Next(s, p.side), course.Transition.Local)
		ends := func(x course.Transition) bool { return x.Ended() && x != course.Closed }
		if on := slices.DeleteFunc(slices.Clone(next), ends); len(on) > 0 && rapid.IntRange(0, 9).Draw(t, "end") > 0 {
			next = on
		}
		if len(next) == 0 {
			continue
		}
		p.takes(rapid.SampledFrom(next).Draw(t, "transition"), func(e *course.Event) {
			if n := len(s.Reports); e.Point != 0 && n > 0 {
				e.Point = s.Reports[n-1].Point + 30
			}
		})
	}
	return a, b
}

func shuffled(t *rapid.T, es []course.Event) []course.Event {
	out := slices.Clone(es)
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func equal(t *rapid.T, what string, a, b course.State) {
	t.Helper()
	if diff := cmp.Diff(a, b, cmp.AllowUnexported(course.State{})); diff != "" {
		t.Fatalf("%s:\n%s\n%s", what, diff, story(a))
	}
}

// Both nodes keep the same state, whatever order, repetition and delay the network makes.
func TestStateIsAFunctionOfTheSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := converse(t)
		part := a.state()
		equal(t, "order and repetition within a part matter", part, course.Fold(thread, shuffled(t, append(slices.Clone(a.held), a.held...))))
		talk(a, b)
		whole := a.state()
		equal(t, "the sides differ", whole, b.state())
		equal(t, "order matters", whole, course.Fold(thread, shuffled(t, append(slices.Clone(a.held), b.made...))))
		for _, e := range whole.History {
			if e.Standing != course.Counted && e.Standing != course.LostStands {
				t.Fatalf("an honest event stands as %s\n%s", e.Standing, story(whole))
			}
		}
		if whole.Frozen || len(whole.Missing) > 0 {
			t.Fatalf("frozen %v, missing %v", whole.Frozen, whole.Missing)
		}
	})
}

// Whoever learns more never sees a referral open again that was final, and sees one that was over open only
// because she was handed over.
func TestNothingResurrectsAClosedReferral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := converse(t)
		all := shuffled(t, append(slices.Clone(a.made), b.made...))
		var before course.State
		for n := range len(all) + 1 {
			now := course.Fold(thread, all[:n])
			if n > 0 && before.Status.Final() && !now.Status.Final() {
				t.Fatalf("%s became %s\n%s", before.Status, now.Status, story(now))
			}
			if n > 0 && before.Status.Ended() && !now.Status.Ended() && !now.Arrived {
				t.Fatalf("%s became %s without a handover\n%s", before.Status, now.Status, story(now))
			}
			before = now
		}
	})
}

// A side's history never shrinks: whatever was taken can be read in the state, ended or not.
func TestHistoryKeepsEveryEvent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := converse(t)
		talk(a, b)
		if got, want := len(a.state().History), len(a.made)+len(b.made); got != want {
			t.Fatalf("%d of %d events are in the history", got, want)
		}
	})
}

// Even events of dishonest nodes tell one state.
func TestStateIsAFunctionOfAnySet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digests := []course.Digest{""}
		var events []course.Event
		for range rapid.IntRange(1, 14).Draw(t, "events") {
			side := rapid.SampledFrom([]course.Side{course.Sender, course.Receiver}).Draw(t, "side")
			e := form(side, rapid.SampledFrom(course.Statuses()).Draw(t, "transition"))
			e.Referral, e.Side = thread.Referral, side
			e.Seq = rapid.IntRange(1, 5).Draw(t, "seq")
			if e.Seq > 1 {
				e.Prev = rapid.SampledFrom(digests).Draw(t, "prev")
			}
			if d := rapid.SampledFrom(digests).Draw(t, "seen"); d != "" {
				e.Seen = course.Mark{Seq: rapid.IntRange(1, 5).Draw(t, "seen seq"), Digest: d}
			}
			if d, err := e.Digest(); err == nil {
				digests = append(digests, d)
			}
			events = append(events, e)
		}
		equal(t, "order matters", course.Fold(thread, events), course.Fold(thread, shuffled(t, append(slices.Clone(events), events...))))
	})
}

// A long referral of a hostile peer stays cheap: the work is bounded by the largest number an event may have.
func TestTheLongestReferralIsStillFolded(t *testing.T) {
	a, b := upTo(t, course.Accepted)
	e := a.takes(course.HandoverPlanned)
	for e.Seq < course.MaxSeq {
		e = a.state().Stamp(course.Sender, e)
		e.Planned.At++
		a.held = append(a.held, e)
		if e.Seq%100 != 0 { // fold seldom: the chain is made by hand
			for range min(99, course.MaxSeq-e.Seq) {
				d, err := e.Digest()
				if err != nil {
					t.Fatal(err)
				}
				e.Prev, e.Seq, e.Planned.At = d, e.Seq+1, e.Planned.At+1
				a.held = append(a.held, e)
			}
		}
	}
	b.hears(a.held...)
	if s := b.state(); len(s.Missing) > 0 || s.Status != course.HandoverPlanned || s.Planned != e.Planned {
		t.Errorf("%s, missing %v", s.Status, s.Missing)
	}
	e.Seq++
	if err := e.Check(); !fault.Is(err, fault.Invalid) {
		t.Errorf("event %d: %v", e.Seq, err)
	}
}

func TestANodeThatLostItsOwnEventsMakesNoNewOnes(t *testing.T) {
	a, _ := upTo(t, course.HandoverPlanned)
	restored := course.Fold(thread, slices.DeleteFunc(slices.Clone(a.held), func(e course.Event) bool {
		return e.Side == course.Sender && e.Seq > 1
	}))
	if len(restored.Missing) == 0 {
		t.Fatal("nothing is missed although the receiver has seen it")
	}
	err := course.May(restored, course.Sender, course.HandoverPlanned)
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("got %v", err)
	}
	if err := course.May(restored, course.Sender, course.WithdrawnByPerson); err != nil {
		t.Errorf("she cannot withdraw: %v", err)
	}
}
