package nodetest_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/store"
)

const day = 24 * time.Hour

// intakeKeys returns how many private halves of intake keys the focal point of a node holds.
func intakeKeys(t *testing.T, x *nodetest.Node) (held int) {
	t.Helper()
	if err := store.Reader[keyring.Tx](x.DB)(t.Context(), func(tx keyring.Tx) error {
		pairs, err := tx.Pairs(t.Context(), "focal-point", keyring.Intake)
		held = 0
		for _, p := range pairs {
			if len(p.Private) > 0 {
				held++
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return held
}

// waiting returns the bytes of the messages that wait at a node for another, oldest first.
func waiting(t *testing.T, from *nodetest.Node) (all [][]byte) {
	t.Helper()
	if err := from.Exchange.Read(t.Context(), func(tx exchange.Tx) error {
		all = nil
		rows, err := tx.OutFor(t.Context(), "", "", 50)
		for _, o := range rows {
			if o.Kind == envelope.Message {
				all = append(all, o.Bytes)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestAnUnopenedEnvelopeKeepsItsKey: an old intake key is destroyed when its grace is over, but not while something that
// nobody has opened is sealed to it, taken by its noun or still waiting for what comes before it.
func TestAnUnopenedEnvelopeKeepsItsKey(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := n.Node("MD"), n.Node("MK")
	n.CutAll(true)
	if err := mk.Keyring.RotateIntake(t.Context(), mk.As("ana"), "focal-point"); err != nil {
		t.Fatal(err)
	}
	n.Clock.Advance(keyring.IntakeGrace + day)
	write(t, md, "MK") // to the key of the sheet that it holds
	threads, err := md.Messages.Threads(t.Context(), md.As("ana").Actor, message.Filter{})
	if err != nil || len(threads) != 1 {
		t.Fatal(err, threads)
	}
	n.Clock.Advance(time.Second)
	if _, err := md.Messages.Compose(t.Context(), md.As("ana"), message.Draft{
		Thread: threads[0].ID, Language: "en", Text: "and good evening", Basis: "cets-197-11",
	}); err != nil {
		t.Fatal(err)
	}
	all := waiting(t, md)
	take := func(b []byte) {
		t.Helper()
		if _, err := mk.Exchange.Receive(t.Context(), exchange.Carried, b); err != nil {
			t.Fatal(err)
		}
	}
	sweep := func() {
		t.Helper()
		n.Clock.Advance(day)
		if _, err := mk.Work.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	take(all[1])
	sweep()
	if got := intakeKeys(t, mk); got != 2 {
		t.Fatalf("%d keys are left, want 2: one is needed by what waits for its turn", got)
	}
	take(all[0])
	sweep()
	if got := intakeKeys(t, mk); got != 2 {
		t.Fatalf("%d keys are left, want 2: one is needed by what nobody has read", got)
	}
	if got := read(t, mk); got != 2 {
		t.Fatalf("%d messages, want 2", got)
	}
	n.Clock.Advance(keyring.IntakeGrace + day)
	sweep()
	if got := intakeKeys(t, mk); got != 1 {
		t.Errorf("%d keys are left, want 1: nothing needs the old one", got)
	}
}
