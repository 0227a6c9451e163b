package nodetest_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
)

// TestDangerToLifeTravelsUnderItsOwnRow: where she cannot be asked, two people and the row of danger to life let a request
// and what was approved of her travel at once, and no other row of the profile does.
func TestDangerToLifeTravelsUnderItsOwnRow(t *testing.T) {
	n := nodetest.New(t, nodetest.At("RO"), nodetest.At("MK"))
	ro, mk := n.Node("RO"), n.Node("MK")
	ro.Join("focal-point", "vera", access.FocalPoint, "ana")
	ctx, ana, to := t.Context(), ro.As("ana"), id.Address{Member: "MK", Desk: "focal-point"}
	who := demo.Invented()
	file, err := ro.Cases.Open(ctx, ana, casefile.Opening{AgeClass: person.Adult, Person: &who})
	if err != nil {
		t.Fatal(err)
	}
	o, err := ro.Consents.Propose(ctx, ana, file.ID, consent.Reason{
		Basis: consent.VitalInterest, Recipient: to, Category: []consent.Code{"identity.names"},
		Text: "she was found unconscious and cannot be asked", Notice: "as soon as she is awake",
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ro.Consents.Approve(ctx, ro.As("vera"), o.ID); err != nil {
		t.Fatal(err)
	}
	draft := func(basis referral.Code) error {
		in := drafting(to, o.ID, frame.At(n.Clock.Now()))
		in.Basis, in.Override, in.Categories, in.Facts = basis, true, []consent.Code{"identity.names"}, consent.Facts{}
		in.Expires, in.Request.Urgency = frame.At(n.Clock.Now().Add(48*time.Hour)), referral.Urgent
		r, err := ro.Referrals.Draft(ctx, ana, file.ID, referral.At{}, in)
		if err != nil {
			return err
		}
		at := referral.At{Referral: r.ID}
		if _, err = ro.Referrals.Check(ctx, ana, at); err != nil {
			return err
		}
		_, err = ro.Referrals.Send(ctx, ana, at, true)
		return err
	}
	err = draft("arrangement") // which the row permits for an ordinary transfer
	if _, key, _ := fault.Public(err); err == nil || key != "referral.override.basis" {
		t.Errorf("under another ground: %v", err)
	}
	if err := draft(referral.Code(consent.VitalInterest)); err != nil {
		t.Fatal(err)
	}
	n.Run()
	rows, err := mk.Referrals.List(ctx, mk.As("ana").Actor, referral.Wanted{Limit: 10})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d referrals arrived, %v", len(rows), err)
	}
	open, err := mk.Referrals.Open(ctx, mk.As("ana"), referral.At{Referral: rows[0].ID})
	if err != nil || len(open.Bundle.Content.Names) != 2 || open.Bundle.Extract.Basis != consent.VitalInterest {
		t.Errorf("what arrived is %+v, %v", open.Bundle, err)
	}
}
