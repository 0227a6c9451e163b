package exchange_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

func TestRestoredNodeLearnsWhatItSentAndGetsWhatItLost(t *testing.T) {
	w, md, mk := two(t)
	rs := w.nodes["RS"]
	th := thread()
	backup := clone(t, md)
	since := w.clock.Now()
	w.clock.pass(time.Hour)
	lost := md.seal(event("MK", th, envelope.Opener))
	md.deliver()
	mk.seal(event("MD", th, envelope.Answerer))
	mk.deliver()
	if got := md.did(th, envelope.Answerer); len(got) != 1 {
		t.Fatalf("before: %v", got)
	}
	w.clock.pass(time.Hour)
	restore(t, md, backup)
	if got := md.did(th, envelope.Answerer); len(got) != 0 {
		t.Fatalf("not restored: %v", got)
	}
	if err := md.Restored(t.Context(), access.Console("MD"), 2, at(since)); err != nil {
		t.Fatal(err)
	}
	opens := event("MK", thread(), envelope.Opener)
	opens.Opens = true
	blocked := md.seal(opens)
	for range 3 {
		md.deliver()
		if o := md.out(blocked); o.State != exchange.OutQueued && md.closed() {
			t.Fatalf("sent while closed: %s", o.State)
		}
		mk.deliver()
		rs.deliver()
		w.clock.pass(2 * time.Hour)
	}
	if md.closed() {
		t.Fatal("still closed although all have answered")
	}
	if got := md.did(th, envelope.Answerer); !bytes.Equal(got, []byte{1}) {
		t.Fatalf("what was lost did not come again: %v", got)
	}
	if o := md.out(lost); o.State != exchange.OutDelivered || o.Seq != 1 {
		t.Fatalf("what was sent is not known again: %s %d", o.State, o.Seq)
	}
	if len(md.lost) != 1 || md.lost[0].Thread != th {
		t.Fatalf("the noun was not told: %v", md.lost)
	}
	if e := md.seal(event("MK", th, envelope.Opener)); md.out(e).Seq != 1<<20+1 {
		t.Fatalf("a number may have been used: %d", md.out(e).Seq)
	}
	md.deliver()
	if got := mk.did(th, envelope.Opener); !bytes.Equal(got, []byte{1, 1}) { // the last byte of each
		t.Fatalf("effects at the other side: %v", got)
	}
	if o := md.out(blocked); o.State != exchange.OutDelivered {
		t.Fatalf("what waited did not go: %s", o.State)
	}
}

// A restored node does not go on in a thread before it knows what it had said there. What must not wait goes on a place
// that cannot have been taken, and takes effect at once.
func TestARestoredNodeDoesNotSpeakInAThreadThatItHasForgotten(t *testing.T) {
	w, md, mk := two(t)
	th := thread()
	first := md.seal(event("MK", th, envelope.Opener))
	md.deliver()
	backup, since := clone(t, md), w.clock.Now()
	w.clock.pass(time.Hour)
	lost := md.seal(event("MK", th, envelope.Opener))
	md.deliver()
	mk.seal(event("MD", th, envelope.Answerer))
	w.clock.pass(time.Hour)
	restore(t, md, backup)
	if err := md.Restored(t.Context(), access.Console("MD"), 2, at(since)); err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]exchange.Draft{
		"a thread of before":             event("MK", th, envelope.Opener),
		"a thread that may be of before": event("MK", thread(), envelope.Opener),
	} {
		if _, err := md.trySeal(d); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := consent()
	take := event("MK", th, envelope.Opener)
	take.Kind, take.Immediate, take.Consent, take.Basis = envelope.Withdrawal, true, c, ""
	take.Body, _ = envelope.EncodeBody(envelope.WithdrawalBody{Consent: c, At: 1772352000000000})
	urgent := md.seal(take)
	if o := md.out(urgent); o.Seq != 1<<20+1 {
		t.Errorf("the withdrawal is on place %d", o.Seq)
	}
	mk.deliver() // its answer waits outside
	if got := md.did(th, envelope.Answerer); len(got) != 0 {
		t.Errorf("it takes %v of a thread that it has forgotten", got)
	}
	md.deliver()
	mk.read(func(ctx context.Context, tx exchange.Tx) error {
		gone, err := tx.Withdrawn(ctx, c, "MD")
		if err == nil && !gone {
			t.Error("the withdrawal waits")
		}
		return err
	})
	for range 4 {
		for _, m := range w.names() {
			w.nodes[m].deliver()
		}
		w.clock.pass(2 * time.Hour)
	}
	if md.closed() {
		t.Fatal("still closed although all have answered")
	}
	if o := md.out(lost); o.Seq != 2 {
		t.Errorf("what was lost is on place %d", o.Seq)
	}
	if got := md.did(th, envelope.Answerer); !bytes.Equal(got, []byte{1}) {
		t.Errorf("the answer did not come again: %v", got)
	}
	next := md.seal(event("MK", th, envelope.Opener))
	md.deliver()
	if o := md.out(next); o.State != exchange.OutDelivered || o.Seq != 1<<20+2 {
		t.Errorf("the next is %s on place %d", o.State, o.Seq)
	}
	if o := md.out(first); o.State != exchange.OutDelivered {
		t.Errorf("the first is %s", o.State)
	}
	if len(md.alarms)+len(mk.alarms) > 0 {
		t.Errorf("alarms: %v, %v", md.alarms, mk.alarms)
	}
}

// A stick brings what was said in a thread that this node has forgotten, and behind it the answer that tells what it had
// said there: both are taken from one file.
func TestACourierFileBringsWhatItsOwnRecordsWaitFor(t *testing.T) {
	w, md, mk := two(t)
	w.wire = func(_, _ id.Member) error { return errDown }
	th := thread()
	mk.seal(event("MD", th, envelope.Opener))
	if err := md.Restored(t.Context(), access.Console("MD"), 2, at(w.clock.Now())); err != nil {
		t.Fatal(err)
	}
	carry := func(from, to *node) (did exchange.Imported) {
		t.Helper()
		var stick bytes.Buffer
		if _, err := from.Export(t.Context(), console(from.Self), to.Self, &stick); err != nil {
			t.Fatal(err)
		}
		did, err := to.Import(t.Context(), console(to.Self), &stick)
		if err != nil {
			t.Fatal(err)
		}
		return did
	}
	if did := carry(mk, md); len(did.Failed) != 1 || did.Failed[0] != "exchange.catching-up" {
		t.Fatalf("before it knows what it had said: %+v", did)
	}
	carry(md, mk) // the question
	if did := carry(mk, md); len(did.Failed) != 0 {
		t.Fatalf("with the answer in the file: %+v", did)
	}
	if got := md.did(th, envelope.Opener); len(got) != 1 {
		t.Errorf("effects %v", got)
	}
}

// Pages of an answer after a restore may overtake each other on the line; they are taken in their order.
func TestPagesAfterARestoreAreTakenInOrder(t *testing.T) {
	w, md, mk := two(t)
	rs := w.nodes["RS"]
	since := at(w.clock.Now())
	if err := md.Restored(t.Context(), access.Console("MD"), 2, since); err != nil {
		t.Fatal(err)
	}
	page := func(of *node, number int64, done bool) []byte {
		body, err := envelope.EncodeBody(envelope.ResyncBody{Epoch: 2, Since: since, Known: []id.Envelope{}, Page: number, Items: []envelope.Lost{}, Done: done})
		if err != nil {
			t.Fatal(err)
		}
		return of.out(of.seal(exchange.Draft{Kind: envelope.Resync, To: "MD", Body: body})).Bytes
	}
	take := func(b []byte) error {
		_, err := md.Receive(t.Context(), exchange.Pushed, b)
		return err
	}
	first, last := page(mk, 1, false), page(mk, 2, true)
	if err := take(last); !fault.Is(err, fault.Unavailable) {
		t.Errorf("the last page before the first: %v", err)
	}
	for _, b := range [][]byte{page(rs, 1, true), first, first} {
		if err := take(b); err != nil {
			t.Fatal(err)
		}
	}
	if !md.closed() {
		t.Error("open before everything is known")
	}
	if err := take(last); err != nil || md.closed() {
		t.Errorf("still closed: %v", err)
	}
}

// What a node said in the time that a restore has lost may lie in a mailbox until after its question was answered. It
// takes no effect then: the node goes on without it, and what it says anew has its place. What it still knew of arrives.
func TestWhatComesLateOfALostTimeTakesNoEffect(t *testing.T) {
	w := newWorld(t, place{id: "AL", hidden: true}, place{id: "MD"}, place{id: "RS", mailbox: true})
	al, md, rs := w.nodes["AL"], w.nodes["MD"], w.nodes["RS"]
	th, other := thread(), thread()
	down := map[id.Member]bool{}
	w.wire = func(from, to id.Member) error {
		if down[from] || down[to] {
			return errDown
		}
		return nil
	}
	opens := func(th id.Thread) exchange.Draft {
		d := event("AL", th, envelope.Opener)
		d.Opens = true
		return d
	}
	known := md.seal(opens(other))
	backup, since := clone(t, md), w.clock.Now()
	w.clock.pass(time.Hour)
	lost := []id.Envelope{md.seal(opens(th)), md.seal(event("AL", th, envelope.Opener))}
	md.deliver() // all three lie in the mailbox now
	w.clock.pass(time.Hour)
	restore(t, md, backup)
	if err := md.Restored(t.Context(), access.Console("MD"), 2, at(since)); err != nil {
		t.Fatal(err)
	}
	// AL cannot reach the mailbox, and gets the question from MD herself.
	down["RS"] = true
	al.collect()
	al.deliver()
	down["RS"] = false
	rs.deliver()
	for range 3 {
		w.clock.pass(2 * time.Hour)
		md.deliver()
		al.deliver()
		rs.deliver()
	}
	if md.closed() {
		t.Fatal("still closed although all have answered")
	}
	again := md.seal(opens(th))
	next := md.seal(event("AL", th, envelope.Opener))
	for range 3 {
		w.clock.pass(13 * time.Hour)
		md.deliver()
		al.collect()
		al.deliver()
		md.collect()
	}
	for _, e := range lost {
		if in := al.in(e); in.State != exchange.InRefused {
			t.Errorf("what was lost is %s", in.State)
		} else if stage, code := stageOf(t, in.Last); stage != envelope.Refused || code != envelope.LostTime {
			t.Errorf("what was lost: %s %s", stage, code)
		}
	}
	if in := al.in(known); in.State != exchange.InDone {
		t.Errorf("what was on its way is %s", in.State)
	}
	for _, e := range []id.Envelope{known, again, next} {
		if o := md.out(e); o.State != exchange.OutDelivered {
			t.Errorf("%d is %s", o.Seq, o.State)
		}
	}
	if got := al.did(th, envelope.Opener); !bytes.Equal(got, []byte{1, 2}) { // the last byte of 2^20 + 1, 2^20 + 2
		t.Errorf("effects %v", got)
	}
	if !slices.Contains(al.alarms, "exchange.resync.late") || !slices.Contains(md.alarms, "exchange.resync.unsaid") {
		t.Errorf("nobody is told: %v, %v", al.alarms, md.alarms)
	}
}

// A receipt of the lost time may lie in a mailbox too. What it says was got is no longer there: it is sent again.
func TestAReceiptOfALostTimeDoesNotCount(t *testing.T) {
	w := newWorld(t, place{id: "AL", hidden: true}, place{id: "MD"}, place{id: "RS", mailbox: true})
	al, md, rs := w.nodes["AL"], w.nodes["MD"], w.nodes["RS"]
	th := thread()
	down := map[id.Member]bool{"MD": true}
	w.wire = func(from, to id.Member) error {
		if down[from] || down[to] {
			return errDown
		}
		return nil
	}
	d := event("MD", th, envelope.Opener)
	d.Opens = true
	sent := al.seal(d)
	for range 4 {
		al.deliver() // MD does not answer: at last it lies in the mailbox
		w.clock.pass(2 * time.Hour)
	}
	if o := al.out(sent); o.State != exchange.OutRelayed {
		t.Fatalf("%s", o.State)
	}
	down["MD"] = false
	backup, since := clone(t, md), w.clock.Now()
	w.clock.pass(time.Hour)
	md.collect()
	md.deliver() // the receipt lies in the mailbox
	if got := md.did(th, envelope.Opener); len(got) != 1 {
		t.Fatalf("not collected: %v", got)
	}
	w.clock.pass(time.Hour)
	restore(t, md, backup)
	if err := md.Restored(t.Context(), access.Console("MD"), 2, at(since)); err != nil {
		t.Fatal(err)
	}
	down["RS"] = true
	al.collect() // the question, of MD herself
	down["RS"] = false
	for range 4 {
		al.collect()
		for _, n := range []*node{al, rs, md} {
			n.deliver()
		}
		w.clock.pass(time.Hour)
	}
	if got := md.did(th, envelope.Opener); len(got) != 1 {
		t.Errorf("what was lost did not come again: %v", got)
	}
	if o := al.out(sent); o.State != exchange.OutDelivered {
		t.Errorf("%s", o.State)
	}
}
