package nodetest_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/childhood"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
)

// TestNothingLeavesUnderSomebodyElsesConsentOnceSheIs18: a bundle that was sealed while a guardian decided for her lies in the outbox when
// she is 18. Once her file was opened, the answer of the other desk does not release it, nothing is checked under that consent, and her
// desk has the task to ask her; what she says lets it go.
func TestNothingLeavesUnderSomebodyElsesConsentOnceSheIs18(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	w := &doubt{&lateWords{t: t, net: n, md: n.Node("MD"), mk: n.Node("MK")}}
	ctx, ana, to := t.Context(), w.md.As("ana"), id.Address{Member: "MK", Desk: "focal-point"}
	who := demo.Invented()
	day := n.Clock.Now().UTC().AddDate(-18, 0, 2)
	who.Birth, who.Age = person.Say(person.Birth{Year: day.Year(), Month: int(day.Month()), Day: day.Day()}), person.Without[person.AgeClass](person.NotAsked)
	file, err := w.md.Cases.Open(ctx, ana, opening(&who))
	w.must(err)
	_, err = w.md.Childhoods.Appoint(ctx, ana, file.ID, childhood.Guardian{
		Name: "Demo Aunt", Relation: "relative", Authority: "Demo court", From: n.Clock.Now().UTC().Format(time.DateOnly),
	})
	w.must(err)
	give := giving(file.ID, to)
	give.Record.GivenBy, give.Record.Assent, give.Record.BestInterests = consent.ByGuardian, true, "DEMO"
	given, err := w.md.Consents.Give(ctx, ana, give)
	w.must(err)
	w.consent = given.ID
	draft := func() id.Referral {
		in := drafting(to, given.ID, frame.At(n.Clock.Now()))
		in.Request.AgeClass = person.Child
		row, err := w.md.Referrals.Draft(ctx, ana, file.ID, referral.At{}, in)
		w.must(err)
		return row.ID
	}
	w.ref = draft()
	_, err = w.md.Referrals.Check(ctx, ana, referral.At{Referral: w.ref})
	w.must(err)
	w.must(w.send(w.ref))
	n.Run()
	later := draft()

	n.Clock.Advance(3 * 24 * time.Hour)
	if row, err := w.md.Cases.Find(ctx, ana.Actor, string(file.Reference)); err != nil || row.AgeClass != person.Child {
		t.Fatalf("the node at rest has counted her age: %s, %v", row.AgeClass, err)
	}
	_, err = w.md.Referrals.Check(ctx, ana, referral.At{Referral: later})
	if _, key, _ := fault.Public(err); key != "consent.unconfirmed" {
		t.Errorf("checked under what somebody else agreed to: %v", err)
	}
	f, err := w.md.Childhoods.Show(ctx, ana, file.ID)
	w.must(err)
	if f.Class != person.Adult || len(f.Waiting) != 1 {
		t.Errorf("treated as %s, %d wait", f.Class, len(f.Waiting))
	}
	n.CutAll(true)
	w.accept(w.ref)
	n.CutAll(false)
	w.passes()
	w.personal("before she was asked", envelope.Identity, 0)
	one(t, w.md, "consent.confirm")
	w.confirm()
	w.passes()
	w.personal("after she has said it", envelope.Identity, 1)
}
