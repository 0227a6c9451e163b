package peer_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/store"
)

// TestAStrangerWithdrawsNothing: a member with good keys knows the number of a consent that MD took and MK holds
// data under. It says that it was withdrawn, and that MK erased everything; neither is believed.
func TestAStrangerWithdrawsNothing(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"), nodetest.At("RS"))
	md, mk, rs := n.Node("MD"), n.Node("MK"), n.Node("RS")
	now := frame.At(n.Clock.Now())
	row := consent.Consent{
		ID: id.Random[id.Consent](id.Maker{}), Case: "case-1", Origin: consent.Received, State: consent.Given, Issuer: "MD",
		Purposes: []consent.Purpose{consent.ForReferral}, Categories: []consent.Code{"identity.name"}, ValidFrom: now, ValidTo: now.Add(hour),
		Given: now, Version: 1,
	}
	entry := audit.Did(nodetest.Console("MK"), access.FreezeConsent, string(row.ID))
	if err := store.Writer[consent.Tx](mk.DB)(t.Context(), entry, func(tx consent.Tx) error { return tx.AddConsent(t.Context(), row) }); err != nil {
		t.Fatal(err)
	}
	state := func() (c consent.Consent) {
		t.Helper()
		if err := store.Reader[consent.Tx](mk.DB)(t.Context(), func(tx consent.Tx) (err error) {
			c, err = tx.Consent(t.Context(), row.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return c
	}
	said := func(from, to id.Member, kind envelope.Kind, body any) []byte {
		s := sealing(t, n, from, to)
		s.Content, s.Header.Sheet = nil, 0
		s.Control.Kind, s.Control.Immediate, s.Control.Consent = kind, true, row.ID
		s.Control.Basis, s.Control.Rule = "", ""
		b, err := envelope.EncodeBody(body)
		if err != nil {
			t.Fatal(err)
		}
		s.Control.Body = b
		return sealed(t, s)
	}
	withdrawn := envelope.WithdrawalBody{Consent: row.ID, At: now}
	if got, b := as(t, rs, mk).push(said("RS", "MK", envelope.Withdrawal, withdrawn)); got != "receipt refused not-permitted" {
		t.Errorf("a stranger withdrew: %s %s", got, b)
	}
	if c := state(); c.State != consent.Given {
		t.Errorf("it is %s now", c.State)
	}
	erased := envelope.WithdrawalAnswerBody{Consent: row.ID, Answer: "erased", Until: now.Add(hour)}
	if got, b := as(t, rs, md).push(said("RS", "MD", envelope.WithdrawalAnswer, erased)); got != "receipt refused not-permitted" {
		t.Errorf("a stranger answered: %s %s", got, b)
	}
	if got, b := as(t, md, mk).push(said("MD", "MK", envelope.Withdrawal, withdrawn)); got != "receipt delivered" {
		t.Errorf("who took it may not say so: %s %s", got, b)
	}
	if c := state(); c.State != consent.Withdrawn {
		t.Errorf("it is still %s", c.State)
	}
	n.Run()
}
