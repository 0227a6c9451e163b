package exchange_test

import (
	"context"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// What a member tells this node that it had said and lost is believed only of a time that it can have lost: else any
// member could make it withdraw a consent.
func TestNobodyIsToldOfWordsThatCannotBeLost(t *testing.T) {
	_, md, mk := two(t)
	heard := 0
	md.Late = func(context.Context, exchange.Tx, exchange.Late) error { heard++; return nil }
	c := consent()
	tell := func(seq int64) exchange.Stage {
		t.Helper()
		body, err := exchange.EncodeBody(exchange.WithdrawalBody{Consent: c, At: at(md.Now())})
		if err != nil {
			t.Fatal(err)
		}
		control, err := frame.Encode(exchange.Control{
			Kind: exchange.Withdrawal, FromDesk: "focal-point", ToDesk: "focal-point", Realm: access.Assistance, Thread: thread(),
			Side: exchange.Opener, Seq: seq, Immediate: true, Consent: c, Categories: []string{}, Body: body,
		})
		if err != nil {
			t.Fatal(err)
		}
		e := id.Envelope(exchange.Digest(control))
		receipt, err := exchange.Receipt{
			Envelope: e, From: "MD", By: "MK", Stage: exchange.Delivered, At: at(md.Now()), Leaf: exchange.Digest(nil),
			Roster: exchange.Version{Version: 1, Hash: exchange.Digest(nil)},
		}.Sign(mk.envelope)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := exchange.ParseReceipt(receipt)
		if err != nil {
			t.Fatal(err)
		}
		if body, err = exchange.EncodeBody(exchange.ResyncBody{
			Epoch: 2, Known: []id.Envelope{}, Items: []exchange.Lost{{Envelope: e, Control: control, Receipt: signed}},
		}); err != nil {
			t.Fatal(err)
		}
		said := mk.seal(exchange.Draft{Kind: exchange.Resync, To: "MD", Body: body})
		mk.deliver()
		stage, _ := stageOf(t, md.in(said).Receipt)
		return stage
	}
	if got := tell(1); got != exchange.Refused || heard != 0 {
		t.Errorf("by a node that lost nothing: %s, heard %d", got, heard)
	}
	if err := md.Restored(t.Context(), access.Console("MD"), 2, at(md.Now())); err != nil {
		t.Fatal(err)
	}
	if got := tell(1<<20 + 1); got != exchange.Refused || heard != 0 {
		t.Errorf("of the present epoch: %s, heard %d", got, heard)
	}
	if got := tell(1); got != exchange.Delivered || heard != 1 {
		t.Errorf("of the lost time: %s, heard %d", got, heard)
	}
}
