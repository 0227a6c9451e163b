package exchange_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
)

// carry lets n carry what it seals until stop is called, and returns what says that a row has come further.
func (n *node) carry() (moved <-chan exchange.Moved, stop func()) {
	n.w.t.Helper()
	steps := make(chan exchange.Moved, 100)
	before := n.Moved
	n.Moved = func(ctx context.Context, tx exchange.Tx, m exchange.Moved) error {
		tx.OnCommit(func() { steps <- m })
		return before(ctx, tx, m)
	}
	ctx, cancel := context.WithCancel(n.w.t.Context())
	wait := n.Carry(ctx, func(err error) { n.w.t.Errorf("carrying failed: %v", err) })
	return steps, func() { cancel(); wait() }
}

func TestWhatIsSealedIsCarriedAtOnce(t *testing.T) {
	_, md, mk := two(t)
	moved, stop := md.carry()
	defer stop()
	th := thread()
	for i := range 3 {
		e := md.seal(event("MK", th, envelope.Opener))
		if m := <-moved; m.Out.ID != e || m.Out.State != exchange.OutDelivered {
			t.Fatalf("%d: %s is %s", i, m.Out.ID, m.Out.State)
		}
		if got := md.out(e).State; got != exchange.OutDelivered {
			t.Fatalf("%d: told of before it was durable: %s", i, got)
		}
	}
	if got := mk.did(th, envelope.Opener); string(got) != "\x01\x02\x03" {
		t.Fatalf("effects %v", got)
	}
	err := md.try(func(ctx context.Context, tx exchange.Tx) error {
		if _, err := md.Seal(ctx, tx, event("MK", thread(), envelope.Opener)); err != nil {
			return err
		}
		return errors.New("the business was undone")
	})
	if err == nil {
		t.Fatal("not undone")
	}
	last := md.seal(event("MK", thread(), envelope.Opener))
	if m := <-moved; m.Out.ID != last {
		t.Fatal("what was undone was carried")
	}
}

// TestWhatIsReleasedIsCarriedAtOnce: a bundle that waited for an acceptance waits for no round of delivery.
func TestWhatIsReleasedIsCarriedAtOnce(t *testing.T) {
	_, md, mk := two(t)
	moved, stop := md.carry()
	defer stop()
	held := letter("MK", thread(), consent())
	held.Hold = true
	e := md.seal(held)
	if o := md.out(e); o.State != exchange.OutHeld || o.Lease != 0 {
		t.Fatalf("it is %s, in hand until %d", o.State, o.Lease)
	}
	md.write(func(ctx context.Context, tx exchange.Tx) error {
		n, err := md.Release(ctx, tx, held.Thread)
		if n != 1 {
			t.Errorf("%d went", n)
		}
		return err
	})
	if o := md.out(e); o.State == exchange.OutQueued && o.Lease == 0 {
		t.Fatal("it waits for a round of delivery")
	}
	if m := <-moved; m.Out.ID != e || m.Out.State != exchange.OutDelivered {
		t.Fatalf("%s is %s", m.Out.ID, m.Out.State)
	}
	mk.read(func(ctx context.Context, tx exchange.Tx) error {
		_, err := tx.In(ctx, e)
		return err
	})
}

// hold lets three pushes of n wait on the line, so that nothing more of it is carried, until release is called; they
// fail then.
func hold(t *testing.T, w *world, n *node) (release func()) {
	t.Helper()
	there, gate := make(chan struct{}, 3), make(chan struct{})
	w.wire = func(from, _ id.Member) error {
		if from == n.Self {
			there <- struct{}{}
			<-gate
		}
		return errDown
	}
	for range 3 {
		n.seal(event("MK", thread(), envelope.Opener))
		<-there
	}
	return sync.OnceFunc(func() { close(gate) })
}

func TestWhatIsWithdrawnBeforeItIsCarriedStays(t *testing.T) {
	w, md, mk := two(t)
	moved, stop := md.carry()
	defer stop()
	release := hold(t, w, md)
	defer release()
	c := consent()
	e := md.seal(letter("MK", thread(), c))
	if md.out(e).Lease == 0 {
		t.Fatal("it was not to be carried at once: this shows nothing")
	}
	md.write(func(ctx context.Context, tx exchange.Tx) error {
		_, err := md.Withdraw(ctx, tx, c, "MD")
		return err
	})
	after := md.seal(event("MK", thread(), envelope.Opener))
	w.wire = nil
	release()
	for m := range moved {
		if m.Out.ID == e {
			t.Fatalf("it went: %s", m.Out.State)
		}
		if m.Out.ID == after {
			break
		}
	}
	if o := md.out(e); o.State != exchange.OutDestroyed || o.Bytes != nil {
		t.Errorf("it is %s with %d bytes", o.State, len(o.Bytes))
	}
	mk.read(func(ctx context.Context, tx exchange.Tx) error {
		if _, err := tx.In(ctx, e); !fault.Is(err, fault.NotFound) {
			t.Errorf("it arrived: %v", err)
		}
		return nil
	})
}

func TestWhatAProcessDidNotCarryIsDueWhenItsLeaseHasRunOut(t *testing.T) {
	w, md, mk := two(t)
	_, stop := md.carry()
	release := hold(t, w, md)
	th := thread()
	md.seal(event("MK", th, envelope.Opener))
	go release()
	stop()
	w.wire = nil
	if n := md.deliver(); n != 0 {
		t.Fatalf("%d were taken out of the hands of their maker", n)
	}
	w.clock.pass(31 * time.Second)
	if n := md.deliver(); n != 4 {
		t.Fatalf("%d of 4 were delivered", n)
	}
	if got := mk.did(th, envelope.Opener); string(got) != "\x01" {
		t.Fatalf("effects %v", got)
	}
}

func TestNothingIsCarriedBeforeWhatItFollows(t *testing.T) {
	w, md, mk := two(t)
	_, stop := md.carry()
	release := hold(t, w, md)
	th := thread()
	first := md.seal(event("MK", th, envelope.Opener))
	second := md.seal(event("MK", th, envelope.Opener))
	if md.out(first).Lease == 0 || md.out(second).Lease != 0 {
		t.Fatal("the second was to be carried at once though the first had not gone")
	}
	go release()
	stop()
	w.wire = nil
	w.clock.pass(time.Minute)
	for range 2 {
		md.deliver()
	}
	if got := mk.did(th, envelope.Opener); string(got) != "\x01\x02" {
		t.Fatalf("effects %v", got)
	}
}

// Envelopes that arrive together are judged each for itself.
func TestWhatArrivesTogetherIsJudgedOneByOne(t *testing.T) {
	_, md, mk := two(t)
	th := thread()
	e := func(d exchange.Draft) envelope.Envelope {
		t.Helper()
		got, err := envelope.Parse(md.out(md.seal(d)).Bytes)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	bad := thread()
	mk.refuse = func(a exchange.Arrived) error {
		if a.Control.Thread == bad {
			return exchange.Refuse(envelope.NotPermitted)
		}
		return nil
	}
	first, second := e(event("MK", th, envelope.Opener)), e(event("MK", th, envelope.Opener))
	refused, elsewhere := e(event("MK", bad, envelope.Opener)), e(event("RS", thread(), envelope.Opener))
	forged := e(event("MK", thread(), envelope.Opener))
	forged.Signature = first.Signature
	for turn := range 2 { // the second time all are copies
		got := mk.ReceiveAll(t.Context(), exchange.Pushed, []envelope.Envelope{first, refused, forged, first, elsewhere, second})
		want := []string{"delivered", "refused not-permitted", "denied exchange.signature", "delivered", "invalid exchange.wrong-member", "delivered"}
		for i, a := range got {
			if is := saidOf(t, a); is != want[i] {
				t.Errorf("turn %d, %d: %q, want %q", turn, i, is, want[i])
			}
		}
		if string(got[0].Receipt) != string(got[3].Receipt) {
			t.Errorf("turn %d: a copy has another receipt", turn)
		}
	}
	if got := mk.did(th, envelope.Opener); string(got) != "\x01\x02" {
		t.Errorf("effects %v", got)
	}
	if got := mk.did(bad, envelope.Opener); len(got) != 0 {
		t.Errorf("what was refused took effect: %v", got)
	}
}

func saidOf(t *testing.T, a exchange.Answer) string {
	t.Helper()
	if a.Err != nil {
		kind, key, _ := fault.Public(a.Err)
		return kind.String() + " " + key
	}
	stage, refusal := stageOf(t, a.Receipt)
	if refusal == "" {
		return string(stage)
	}
	return string(stage) + " " + string(refusal)
}

// What is found good before the transaction is good only under the roster that is in force in it.
func TestAKeyThatTheRosterDroppedOpensNoDoor(t *testing.T) {
	drop := func(w *world, mk *node) {
		next := w.roster.Roster
		next.Members = append([]member.Member(nil), next.Members...)
		for i := range next.Members {
			if next.Members[i].ID == "MD" {
				next.Members[i].Keys.Envelope = []seal.SignPublic{seal.NewSign(nil).Public()}
			}
		}
		next, err := member.Propose(&w.roster.Roster, next, frame.At(w.clock.Now()))
		if err != nil {
			t.Fatal(err)
		}
		signed := w.sign(next)
		mk.write(func(ctx context.Context, tx exchange.Tx) error {
			_, _, err := member.Take(ctx, tx, signed, frame.At(w.clock.Now()))
			return err
		})
	}
	t.Run("envelope", func(t *testing.T) {
		w, md, mk := two(t)
		md.seal(event("MK", thread(), envelope.Opener))
		md.deliver() // MK has seen the first roster
		late := md.out(md.seal(event("MK", thread(), envelope.Opener)))
		drop(w, mk)
		if _, err := mk.Receive(t.Context(), exchange.Pushed, late.Bytes); !fault.Is(err, fault.Denied) {
			t.Errorf("taken: %v", err)
		}
	})
	t.Run("receipt", func(t *testing.T) {
		w, md, mk := two(t)
		mk.seal(event("MD", thread(), envelope.Opener))
		mk.deliver()
		asked := mk.out(mk.seal(event("MD", thread(), envelope.Opener)))
		receipt, err := md.Receive(t.Context(), exchange.Pushed, asked.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		drop(w, mk)
		mk.Carrier = answers{receipt}
		if n := mk.deliver(); n != 0 || mk.out(asked.ID).State != exchange.OutQueued {
			t.Errorf("taken: %d, %s", n, mk.out(asked.ID).State)
		}
	})
}

// answers is a line on which everything is answered with one receipt.
type answers struct{ receipt []byte }

func (a answers) Push(_ context.Context, _ member.Member, list [][]byte) ([]exchange.Answer, error) {
	out := make([]exchange.Answer, len(list))
	for i := range out {
		out[i].Receipt = a.receipt
	}
	return out, nil
}

func (answers) Deposit(context.Context, member.Member, []byte) ([]byte, error) { return nil, errDown }

func (answers) Pull(context.Context, member.Member, id.Envelope) (exchange.Parcel, error) {
	return exchange.Parcel{}, errDown
}

func (answers) Return(context.Context, member.Member, [][]byte) error { return errDown }

// A member that does not answer keeps nobody else waiting.
func TestAMemberThatDoesNotAnswerHoldsUpNobodyElse(t *testing.T) {
	w, md, _ := two(t)
	moved, stop := md.carry()
	defer stop()
	release := hold(t, w, md)
	defer release()
	for range 40 {
		md.seal(event("MK", thread(), envelope.Opener))
	}
	w.wire = nil // what is held has seen the line before
	e := md.seal(event("RS", thread(), envelope.Opener))
	if m := <-moved; m.Out.ID != e {
		t.Fatalf("%s to %s came first", m.Out.ID, m.Out.To)
	}
}

// What a round of delivery has in hand is looked at again just before it goes to its member.
func TestWhatIsWithdrawnWhileARoundRunsStays(t *testing.T) {
	w, md, mk := two(t)
	c := consent()
	e := md.seal(letter("MK", thread(), c))
	first := md.seal(event("RS", thread(), envelope.Opener))
	w.clock.pass(time.Second)
	var once sync.Once
	w.wire = func(_, to id.Member) error {
		if to == "RS" || to == "MK" {
			once.Do(func() {
				if to == "MK" {
					t.Error("the letter went first: this shows nothing")
				}
				md.write(func(ctx context.Context, tx exchange.Tx) error {
					_, err := md.Withdraw(ctx, tx, c, "MD")
					return err
				})
			})
		}
		return nil
	}
	// The event is older in the round: RS is called before MK is looked at.
	md.Parallel = 1
	md.write(func(ctx context.Context, tx exchange.Tx) error {
		o, err := tx.Out(ctx, e)
		if err != nil {
			return err
		}
		o.NextTry = frame.At(w.clock.Now())
		return tx.SetOut(ctx, o)
	})
	md.deliver()
	if md.out(first).State != exchange.OutDelivered || md.out(e).State != exchange.OutDestroyed {
		t.Errorf("%s and %s", md.out(first).State, md.out(e).State)
	}
	mk.read(func(ctx context.Context, tx exchange.Tx) error {
		if _, err := tx.In(ctx, e); !fault.Is(err, fault.NotFound) {
			t.Errorf("it arrived: %v", err)
		}
		return nil
	})
}

// A mailbox that does not answer is asked once in a round, and what others kept is not forgotten for it.
func TestASilentMailboxIsAskedOnce(t *testing.T) {
	w := newWorld(t, place{id: "MD"}, place{id: "MK", hidden: true}, place{id: "RS", mailbox: true}, place{id: "BG", mailbox: true})
	md := w.nodes["MD"]
	var sealed []id.Envelope
	for range 12 {
		sealed = append(sealed, md.seal(event("MK", thread(), envelope.Opener)))
	}
	asked := map[id.Member]int{}
	w.wire = func(_, to id.Member) error {
		if asked[to]++; to == "BG" {
			return errDown
		}
		return nil
	}
	if n := md.deliver(); n != len(sealed) {
		t.Fatalf("%d of %d are kept", n, len(sealed))
	}
	for _, e := range sealed {
		if got := md.out(e).State; got != exchange.OutRelayed {
			t.Errorf("%s is %s", e, got)
		}
	}
	if asked["BG"] > 1 {
		t.Errorf("the silent one was asked %d times", asked["BG"])
	}
}
