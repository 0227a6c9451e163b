package exchange_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// What a member tells this node that it had said and lost is believed only of a time that it can have lost: else any
// member could make it withdraw a consent.
func TestNobodyIsToldOfWordsThatCannotBeLost(t *testing.T) {
	_, md, mk := two(t)
	heard := 0
	var last id.Envelope
	md.Late = func(context.Context, exchange.Tx, exchange.Late) error { heard++; return nil }
	c := consent()
	tell := func(seq int64) envelope.Stage {
		t.Helper()
		body, err := envelope.EncodeBody(envelope.WithdrawalBody{Consent: c, At: at(md.Now())})
		if err != nil {
			t.Fatal(err)
		}
		item := mk.claims("MD", envelope.Control{
			Kind: envelope.Withdrawal, Thread: thread(), Side: envelope.Opener, Seq: seq, Immediate: true, Consent: c, Body: body,
		})
		last = item.Envelope
		return mk.answers(t, md, envelope.ResyncBody{Epoch: 2, Items: []envelope.Lost{item}})
	}
	if got := tell(1); got != envelope.Refused || heard != 0 {
		t.Errorf("by a node that lost nothing: %s, heard %d", got, heard)
	}
	if err := md.Restored(t.Context(), access.Console("MD"), 2, at(md.Now())); err != nil {
		t.Fatal(err)
	}
	if got := tell(1<<20 + 1); got != envelope.Refused || heard != 0 {
		t.Errorf("of the present epoch: %s, heard %d", got, heard)
	}
	if got := tell(1); got != envelope.Delivered || heard != 1 {
		t.Errorf("of the lost time: %s, heard %d", got, heard)
	}
	if o := md.out(last); o.State != exchange.OutDelivered || o.Seq != 1 {
		t.Errorf("what flows and was taken is %s on place %d", o.State, o.Seq)
	}
}

// claims returns what n says that another member had sent it.
func (n *node) claims(by id.Member, c envelope.Control) envelope.Lost {
	n.w.t.Helper()
	c.FromDesk, c.ToDesk, c.Realm, c.Categories = "focal-point", "focal-point", access.Assistance, []string{}
	control, err := frame.Encode(c)
	if err != nil {
		n.w.t.Fatal(err)
	}
	e := id.Envelope(envelope.Digest(control))
	receipt, err := envelope.Receipt{
		Envelope: e, From: by, By: n.Self, Stage: envelope.Delivered, At: at(n.Now()), Leaf: envelope.Digest(nil),
		Roster: envelope.Version{Version: 1, Hash: envelope.Digest(nil)},
	}.Sign(n.envelope)
	if err != nil {
		n.w.t.Fatal(err)
	}
	signed, err := envelope.ParseReceipt(receipt)
	if err != nil {
		n.w.t.Fatal(err)
	}
	return envelope.Lost{Envelope: e, Control: control, Receipt: signed}
}

// answers brings an answer of n to whoever was restored, and returns what is said to it there.
func (n *node) answers(t *testing.T, to *node, b envelope.ResyncBody) envelope.Stage {
	n.w.t.Helper()
	b.Known = []id.Envelope{}
	body, err := envelope.EncodeBody(b)
	if err != nil {
		n.w.t.Fatal(err)
	}
	said := n.seal(exchange.Draft{Kind: envelope.Resync, To: to.Self, Body: body})
	n.deliver()
	stage, _ := stageOf(t, to.in(said).Receipt)
	return stage
}

// What a member says of when this node had said something orders what it says next. A time that cannot be is not taken.
func TestATimeToldAfterARestoreIsBounded(t *testing.T) {
	for name, told := range map[string]frame.Time{"far ahead": 1 << 52, "as it was": at(time.Date(2026, 2, 1, 8, 0, 0, 0, time.UTC))} {
		_, md, mk := two(t)
		th := thread()
		if err := md.Restored(t.Context(), access.Console("MD"), 2, at(md.Now())); err != nil {
			t.Fatal(err)
		}
		item := mk.claims("MD", envelope.Control{
			Kind: envelope.Referral, Thread: th, Side: envelope.Opener, Seq: 1, Basis: "consent", Rule: "test-row", Body: []byte("{}"),
		})
		item.Created, item.Expires = told, told.Add(time.Hour)
		if got := mk.answers(t, md, envelope.ResyncBody{Epoch: 2, Page: 1, Done: true, Items: []envelope.Lost{item}}); got != envelope.Delivered {
			t.Fatalf("%s: the answer is %s", name, got)
		}
		most := at(md.Now()).Add(envelope.MaxAhead)
		if got := md.out(item.Envelope).Created; got != min(told, most) {
			t.Errorf("%s: it is kept as of %d, told as of %d", name, got, told)
		}
		cora := access.Actor{User: "cora", Role: access.NationalCoordinator, Realm: access.Office, Member: "MD"}
		if err := md.Reopen(t.Context(), cora); err != nil {
			t.Fatal(err)
		}
		if got := md.out(md.seal(event("MK", th, envelope.Opener))).Created; got > most+1 {
			t.Errorf("%s: what is said next is as of %d", name, got)
		}
	}
}

// Two members are restored one after the other. The second has forgotten that the first had asked it, and has lost what
// the first had said before her own backup: it takes that again, though it is of an epoch that is over, and still refuses
// what she has lost, in whatever order question and answer come.
func TestAMemberThatForgotTheQuestionStillTellsTheLostWordsFromTheKnown(t *testing.T) {
	for name, order := range map[string][]int{"question first": {0, 1, 2}, "answer first": {1, 2, 0}, "in between": {1, 0, 2}} {
		t.Run(name, func(t *testing.T) {
			w, md, mk := two(t)
			th := thread()
			opens := event("MK", th, envelope.Opener)
			opens.Opens = true
			theirs, since := clone(t, mk), w.clock.Now()
			w.clock.pass(time.Hour)
			known := md.seal(opens)
			md.deliver()
			stop := event("MK", th, envelope.Opener)
			stop.Immediate = true
			known2 := md.seal(stop)
			md.deliver()
			ours, later := clone(t, md), w.clock.Now()
			w.clock.pass(time.Hour)
			lost := md.out(md.seal(event("MK", th, envelope.Opener))).Bytes // nobody has got it
			restore(t, md, ours)
			if err := md.Restored(t.Context(), access.Console("MD"), 2, at(later)); err != nil {
				t.Fatal(err)
			}
			settle := func() {
				t.Helper()
				for range 4 {
					w.clock.pass(2 * time.Hour)
					for _, m := range w.names() {
						w.nodes[m].deliver()
					}
				}
			}
			settle()
			restore(t, mk, theirs)
			if err := mk.Restored(t.Context(), access.Console("MK"), 2, at(since)); err != nil {
				t.Fatal(err)
			}
			w.wire = func(from, _ id.Member) error { // MD answers, and nothing of it arrives by itself
				if from == "MD" {
					return errDown
				}
				return nil
			}
			mk.deliver()
			var resync [][]byte
			again := map[id.Envelope][]byte{}
			md.read(func(ctx context.Context, tx exchange.Tx) error {
				rows, err := tx.OutFor(ctx, "MK", "", 100)
				for _, o := range rows {
					if o.Kind == envelope.Resync {
						resync = append(resync, o.Bytes)
					} else {
						again[o.ID] = o.Bytes
					}
				}
				return err
			})
			if len(resync) != 3 || again[known] == nil || again[known2] == nil {
				t.Fatalf("%d of resync, %d others", len(resync), len(again))
			}
			take := func(b []byte) (envelope.Stage, envelope.Refusal, error) {
				t.Helper()
				receipt, err := mk.Receive(t.Context(), exchange.Carried, b)
				if err != nil {
					return "", "", err
				}
				stage, code := stageOf(t, receipt)
				return stage, code, nil
			}
			next := func(n int) {
				t.Helper()
				_, _, err := take(resync[n])
				if fault.Is(err, fault.Unavailable) && n > 0 { // it was the last page; they have no order at the sender
					resync[1], resync[2] = resync[2], resync[1]
					_, _, err = take(resync[n])
				}
				if err != nil {
					t.Fatalf("resync %d: %v", n, err)
				}
			}
			for _, n := range order {
				if stage, _, err := take(lost); stage == envelope.Delivered || err != nil && !fault.Is(err, fault.Unavailable) {
					t.Fatalf("what was lost, before %d: %s, %v", n, stage, err)
				}
				for _, e := range []id.Envelope{known, known2} {
					if stage, code, err := take(again[e]); stage == envelope.Refused || err != nil && !fault.Is(err, fault.Unavailable) {
						t.Fatalf("what was said, before %d: %s %s, %v", n, stage, code, err)
					}
				}
				next(n)
			}
			if stage, code, err := take(lost); stage != envelope.Refused || code != envelope.LostTime {
				t.Errorf("what was lost: %s %s, %v", stage, code, err)
			}
			w.wire = nil
			settle()
			if got := mk.did(th, envelope.Opener); len(got) != 2 || !bytes.Contains(got, []byte{1}) || !bytes.Contains(got, []byte{2}) {
				t.Errorf("effects %v", got)
			}
			for _, e := range []id.Envelope{known, known2} {
				if o := md.out(e); o.State != exchange.OutDelivered {
					t.Errorf("%d is %s", o.Seq, o.State)
				}
			}
			if md.closed() || mk.closed() {
				t.Error("closed")
			}
		})
	}
}

// epoch signs the state of the log of a node, in a new epoch if it is after a restore.
func (n *node) epoch(begin bool) {
	n.w.t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		n.w.t.Fatal(err)
	}
	n.write(func(ctx context.Context, tx exchange.Tx) error {
		log := tx.(interface {
			audit.Tx
			audit.Keeper
		})
		if begin {
			if _, err := audit.Begin(ctx, log, log, rand.Reader, key, n.Self, audit.State{}, at(n.Now())); err != nil {
				return err
			}
		}
		_, err := audit.Publish(ctx, log, log, rand.Reader, key, n.Self, at(n.Now()))
		return err
	})
}

// What was sealed anew for a refused envelope stays on its place. If that was in a time that a restore has lost, it is
// judged like everything of that time, and what is sealed anew after the restore has the place.
func TestWhatWasSealedAnewInALostTimeTakesNoEffect(t *testing.T) {
	w, md, mk := two(t)
	th := thread()
	md.epoch(false)
	stale := true
	mk.refuse = func(exchange.Arrived) error {
		if stale {
			return exchange.Refuse(envelope.StaleKey)
		}
		return nil
	}
	first := md.seal(event("MK", th, envelope.Opener))
	md.deliver()
	second := md.seal(event("MK", th, envelope.Opener)) // waits there for the place before it
	md.deliver()
	if o, in := md.out(first), mk.in(second); o.State != exchange.OutRefused || in.State != exchange.InParked {
		t.Fatalf("%s, %s", o.State, in.State)
	}
	stale = false
	again := event("MK", th, envelope.Opener)
	again.Replaces = first
	backup, since := clone(t, md), w.clock.Now()
	w.clock.pass(time.Hour)
	lost := md.out(md.seal(again)).Bytes // nobody has got it
	w.clock.pass(time.Hour)
	restore(t, md, backup)
	md.epoch(true)
	if err := md.Restored(t.Context(), access.Console("MD"), 2, at(since)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.clock.pass(2 * time.Hour)
		for _, m := range w.names() {
			w.nodes[m].deliver()
		}
	}
	receipt, err := mk.Receive(t.Context(), exchange.Carried, lost)
	if err != nil {
		t.Fatal(err)
	}
	if stage, code := stageOf(t, receipt); stage != envelope.Refused || code != envelope.LostTime {
		t.Errorf("what was lost: %s %s", stage, code)
	}
	if in := mk.in(second); in.State != exchange.InParked {
		t.Errorf("what waits is %s", in.State)
	}
	anew := md.seal(again)
	md.deliver()
	if o := md.out(anew); o.State != exchange.OutDelivered || o.Seq != 1 {
		t.Errorf("what was sealed anew is %s on place %d", o.State, o.Seq)
	}
	if got := mk.did(th, envelope.Opener); !bytes.Equal(got, []byte{1, 2}) {
		t.Errorf("effects %v", got)
	}
}
