package exchange_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// three are two members and a hostile one; MK notes who took the consents that it knows.
func three(t *testing.T) (w *world, md, mk, rs *node, issuers map[id.Consent]id.Member) {
	w = newWorld(t, place{id: "MD"}, place{id: "MK"}, place{id: "RS"})
	md, mk, rs = w.nodes["MD"], w.nodes["MK"], w.nodes["RS"]
	issuers = map[id.Consent]id.Member{}
	mk.Issuer = func(_ context.Context, _ exchange.Tx, c id.Consent) (id.Member, error) {
		if m, ok := issuers[c]; ok {
			return m, nil
		}
		return "", fault.New(fault.NotFound, "test.consent")
	}
	return w, md, mk, rs, issuers
}

// says carries one envelope and returns what became of it.
func (n *node) says(d exchange.Draft) string {
	n.w.t.Helper()
	b := n.out(n.seal(d)).Bytes
	r, err := n.w.nodes[d.To].Receive(n.w.t.Context(), exchange.Pushed, b)
	if err != nil {
		n.w.t.Fatal(err)
	}
	s, err := envelope.ParseReceipt(r)
	if err != nil {
		n.w.t.Fatal(err)
	}
	return string(s.Receipt.Stage) + " " + string(s.Receipt.Refusal)
}

func (n *node) gone(c id.Consent, by id.Member) (gone bool) {
	n.w.t.Helper()
	n.read(func(ctx context.Context, tx exchange.Tx) (err error) {
		gone, err = tx.Withdrawn(ctx, c, by)
		return err
	})
	return gone
}

// TestAWithdrawalIsForWhoeverMaySayIt: whoever knows the number of a consent and neither took it nor passed anything on
// under it withdraws nothing.
func TestAWithdrawalIsForWhoeverMaySayIt(t *testing.T) {
	w, md, mk, rs, issuers := three(t)
	at := frame.At(w.clock.Now())

	opened := consent() // taken by MD, and opened at MK
	issuers[opened] = "MD"
	if got := md.says(letter("MK", thread(), opened)); got != "delivered " {
		t.Fatal(got)
	}
	if got := rs.says(withdrawal("MK", thread(), opened, at)); got != "refused not-permitted" {
		t.Errorf("a third member withdrew: %s", got)
	}
	if mk.gone(opened, "MD") || mk.gone(opened, "RS") {
		t.Error("there is a tombstone")
	}
	if got := md.says(letter("MK", thread(), opened)); got != "delivered " {
		t.Errorf("after it MD may not send: %s", got)
	}
	if got := md.says(withdrawal("MK", thread(), opened, at)); got != "delivered " {
		t.Errorf("whoever took it cannot withdraw: %s", got)
	}
	if got := md.seals(letter("MK", thread(), opened)); got != "" {
		t.Errorf("MD seals: %s", got) // it was MD's door that said it, not its desk: nothing is noted there
	}

	own := consent() // taken by MK itself
	issuers[own] = "MK"
	mk.seal(letter("RS", thread(), own))
	mk.deliver()
	rs.says(letter("MK", thread(), own)) // a recipient sends something back under it, to look as if it passed on
	if got := rs.says(withdrawal("MK", thread(), own, at)); got != "refused not-permitted" {
		t.Errorf("a recipient withdrew the consent of whoever took it: %s", got)
	}
	if err := mk.seals(letter("RS", thread(), own)); err != "" {
		t.Errorf("MK may not use its own consent any more: %s", err)
	}

	passed := consent() // taken by MD, passed on to MK by RS
	issuers[passed] = "MD"
	rs.says(letter("MK", thread(), passed))
	if got := rs.says(withdrawal("MK", thread(), passed, at)); got != "delivered " {
		t.Errorf("whoever passed something on cannot pass the withdrawal on: %s", got)
	}
	if mk.gone(passed, "MD") || !mk.gone(passed, "RS") {
		t.Error("it does not stop what RS sent, or stops what MD sends")
	}
}

func (n *node) seals(d exchange.Draft) string {
	if _, err := n.trySeal(d); err != nil {
		return err.Error()
	}
	return ""
}

// TestATombstoneStopsOnlyWhoSaidIt: a withdrawal before the bundle is remembered, and remembered as hers.
func TestATombstoneStopsOnlyWhoSaidIt(t *testing.T) {
	w, md, mk, rs, _ := three(t)
	c, at := consent(), frame.At(w.clock.Now())
	early, mine := md.out(md.seal(letter("MK", thread(), c))).Bytes, thread()
	if got := rs.says(withdrawal("MK", thread(), c, at)); got != "delivered " {
		t.Fatal(got)
	}
	r, err := mk.Receive(t.Context(), exchange.Pushed, early)
	if err != nil {
		t.Fatal(err)
	}
	if stage, why := stageOf(t, r); stage != envelope.Delivered {
		t.Errorf("a stranger stopped the bundle of MD: %s %s", stage, why)
	}
	if got := rs.says(letter("MK", thread(), c)); got != "refused consent-withdrawn" {
		t.Errorf("RS sends under what it withdrew: %s", got)
	}
	if got := md.says(withdrawal("MK", mine, c, at)); got != "delivered " {
		t.Fatal(got)
	}
	if got := md.says(letter("MK", thread(), c)); got != "refused consent-withdrawn" {
		t.Errorf("MD sends under what it withdrew: %s", got)
	}
	if got := mk.did(mine, envelope.Opener); !bytes.Equal(got, []byte{1}) {
		t.Errorf("effects %v", got)
	}
}

// TestAnAnswerToAWithdrawalIsForWhoHoldsSomething: nobody says that what another member holds was erased.
func TestAnAnswerToAWithdrawalIsForWhoHoldsSomething(t *testing.T) {
	w, md, mk, rs, _ := three(t)
	c, th := consent(), thread()
	md.seal(letter("MK", th, c))
	md.deliver()
	answer := func(side envelope.Side, th id.Thread) exchange.Draft {
		d := withdrawal("MD", th, c, 0)
		d.Kind, d.Side = envelope.WithdrawalAnswer, side
		d.Body, _ = envelope.EncodeBody(envelope.WithdrawalAnswerBody{Consent: c, Answer: "erased", Until: frame.At(w.clock.Now())})
		return d
	}
	if got := rs.says(answer(envelope.Opener, thread())); got != "refused not-permitted" {
		t.Errorf("a stranger answered: %s", got)
	}
	if got := mk.says(answer(envelope.Answerer, th)); got != "delivered " {
		t.Errorf("the holder cannot answer: %s", got)
	}
}

// A withdrawal reaches the node although the desk that it names has left the sheet.
func TestAWithdrawalReachesANodeWhoseDeskIsGone(t *testing.T) {
	_, md, mk := two(t)
	c := consent()
	d := event("MK", thread(), envelope.Opener)
	d.ToDesk = "closed-long-ago"
	if _, err := md.trySeal(d); !fault.Is(err, fault.NotFound) {
		t.Errorf("a step for a desk that is gone: %v", err)
	}
	d.Kind, d.Immediate, d.Consent, d.Basis = envelope.Withdrawal, true, c, ""
	d.Body, _ = envelope.EncodeBody(envelope.WithdrawalBody{Consent: c, At: 1772352000000000})
	e := md.seal(d)
	md.deliver()
	if o := md.out(e); o.State != exchange.OutDelivered {
		t.Errorf("the withdrawal is %s", o.State)
	}
	mk.read(func(ctx context.Context, tx exchange.Tx) error {
		gone, err := tx.Withdrawn(ctx, c, "MD")
		if err == nil && !gone {
			t.Error("nothing was withdrawn")
		}
		return err
	})
}
