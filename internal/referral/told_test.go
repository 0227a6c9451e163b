package referral_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// TestHowSheIsSpokenToStandsInTheReceivingCase: with the bundle the receiving desk has what she needs in order to be understood in her case, is
// warned of who must not interpret, writes down what she says herself in its place, and keeps that when she takes her consent back.
func TestHowSheIsSpokenToStandsInTheReceivingCase(t *testing.T) {
	x := tell(t, "RS")
	ctx, ok := t.Context(), did(t)
	var err error
	x.consent, err = x.from.consents.Give(ctx, x.ana, consent.Giving{Case: x.file.ID, Record: consent.Record{
		GivenBy: consent.ByHerself, Capable: true, Purposes: []consent.Purpose{consent.ForReferral},
		Recipients: []id.Address{{Member: "RS", Desk: x.desk}}, Categories: []consent.Code{"identity.names", "languages", "risk.summary"},
		Explained: consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
		Language:  "ro", Interpreter: "I. Fictitious", ReadBack: true, How: consent.Written,
	}})
	x.must(err)
	told := casefile.Interpreting{
		Languages: []string{"ro"}, Needed: "yes", Sex: "female", Remote: "no", NotFrom: "DEMO village", Unsafe: []casefile.Unsafe{{Name: "Zlatko Izmislen", Why: "DEMO"}},
	}
	_, err = x.from.cases.Interpret(ctx, x.ana, x.file.ID, 0, told)
	x.must(err)
	in := x.drafting()
	in.Spoken, in.Categories = true, x.consent.Categories
	r, err := x.from.Draft(ctx, x.ana, x.file.ID, x.at, in)
	x.must(err)
	x.at.Referral = r.ID
	_, err = x.from.Check(ctx, x.ana, x.at)
	x.must(err)
	_, err = x.from.Send(ctx, x.ana, x.at, false)
	x.must(err)
	x.deliver()
	ok(x.to.Acknowledge(ctx, x.sara, x.at))
	ok(x.to.Accept(ctx, x.sara, x.at))
	x.deliver()
	seen, err := x.to.Open(ctx, x.sara, x.at)
	x.must(err)

	is, err := x.to.cases.Spoken(ctx, x.sara, seen.Case)
	x.must(err)
	if got := is.Value; is.Version != 1 || got.Needed != "yes" || got.Sex != "female" || got.Remote != "no" || len(got.Languages) != 1 || got.NotFrom != told.NotFrom || len(got.Unsafe) != 1 {
		t.Fatalf("the receiving case has %+v", is)
	}
	by := casefile.Mediation{Text: "interview", On: "2026-03-01", Language: "ro", Mediator: "professional", Name: "Златко Измислен", Agreed: "yes", Understood: "fully"}
	_, _, err = x.to.cases.Mediate(ctx, x.sara, seen.Case, by)
	if _, key, args := fault.Public(err); key != "case.mediate.why" || args["concern"] != "unsafe" {
		t.Errorf("who must not interpret is not noticed: %v", err)
	}
	hers := casefile.Interpreting{Languages: []string{"ru"}, Needed: "yes", Sex: "female", Remote: "yes"}
	own, err := x.to.cases.Interpret(ctx, x.sara, seen.Case, is.Version, hers)
	x.must(err)
	if _, err := x.to.cases.Interpret(ctx, x.sara, seen.Case, is.Version, told); !fault.Is(err, fault.Stale) {
		t.Errorf("who read what was told overwrites what she said since: %v", err)
	}
	if _, err = x.to.cases.Interpret(ctx, x.sara, seen.Case, own.Version, hers); err != nil {
		t.Error(err)
	}
	ok(x.from.Withdraw(ctx, x.ana.Actor, x.at))
	x.deliver()
	left, err := x.to.cases.Spoken(ctx, x.sara, seen.Case)
	x.must(err)
	if left.Record != own.Record || left.Value.Languages[0] != "ru" {
		t.Errorf("what she said here is %+v", left)
	}
}

// TestWhatWasToldEndsWithTheConsent: where this desk has asked her nothing, nothing is left of it.
func TestWhatWasToldEndsWithTheConsent(t *testing.T) {
	x := tell(t, "RS")
	ctx, ok := t.Context(), did(t)
	_, err := x.from.cases.Interpret(ctx, x.ana, x.file.ID, 0, casefile.Interpreting{Languages: []string{"ro"}, Needed: "yes", Sex: "female", Remote: "no"})
	x.must(err)
	in := x.drafting()
	in.Spoken = true
	r, err := x.from.Draft(ctx, x.ana, x.file.ID, x.at, in)
	x.must(err)
	x.at.Referral = r.ID
	_, err = x.from.Check(ctx, x.ana, x.at)
	x.must(err)
	_, err = x.from.Send(ctx, x.ana, x.at, false)
	x.must(err)
	x.deliver()
	ok(x.to.Acknowledge(ctx, x.sara, x.at))
	ok(x.to.Accept(ctx, x.sara, x.at))
	x.deliver()
	seen, err := x.to.Open(ctx, x.sara, x.at)
	x.must(err)
	if is, err := x.to.cases.Spoken(ctx, x.sara, seen.Case); err != nil || is.Version != 1 {
		t.Fatalf("before: %+v, %v", is, err)
	}
	ok(x.from.Withdraw(ctx, x.ana.Actor, x.at))
	x.deliver()
	if is, err := x.to.cases.Spoken(ctx, x.sara, seen.Case); err != nil || is.Version != 0 {
		t.Errorf("after she took her consent back the case says %+v, %v", is, err)
	}
}
