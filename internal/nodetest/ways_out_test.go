package nodetest_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/duplicate"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/transfer"
)

// TestEveryWayOutAsksWhetherSheWantsItUsed: while she wants what is kept of her kept and not used, no letter is printed for a desk without a node, no
// words follow a referral, no file of another system is made of it, the case is neither offered to another desk, by what she agreed to on a day before, nor taken over by one that was offered
// it before, and what she is given meanwhile is not counted. Each goes again when it is lifted; her copy says since when it was so.
func TestEveryWayOutAsksWhetherSheWantsItUsed(t *testing.T) {
	k := newKeeping(t, nodetest.New(t, nodetest.At("MK")).Node("MK"))
	k.User("stela", access.Statistician)
	k.Desk(desk.Desk{ID: "village", Kind: desk.Paper, Realm: access.Assistance, Function: "desk.function.shelter"}, "", "")
	k.PublishSheet()
	k.Net.Run()
	ctx, ana := t.Context(), k.As("ana")
	open := func() casefile.Case {
		who := demo.Invented()
		c, err := k.Cases.Open(ctx, ana, opening(&who))
		k.must(err)
		return c
	}
	send := func(c casefile.Case, to id.Desk) referral.At {
		t.Helper()
		at := id.Address{Member: "MK", Desk: to}
		given, err := k.Consents.Give(ctx, ana, giving(c.ID, at))
		k.must(err)
		in := drafting(at, given.ID, k.Net.Now())
		in.Basis = "consent"
		row, err := k.Referrals.Draft(ctx, ana, c.ID, referral.At{}, in)
		k.must(err)
		_, err = k.Referrals.Check(ctx, ana, referral.At{Referral: row.ID})
		k.must(err)
		_, err = k.Referrals.Send(ctx, ana, referral.At{Referral: row.ID}, false)
		k.must(err)
		k.Net.Run()
		return referral.At{Referral: row.ID}
	}
	day := k.Config.Now().Format(time.DateOnly)
	offering := transfer.Offer{
		To: "shelter", Basis: transfer.ByAgreement, Note: "an invented reason",
		Agreement: &transfer.Agreement{On: day, GivenBy: consent.ByHerself, Told: true, How: consent.Written, Language: "ro"},
	}
	dayBefore := k.Config.Now().AddDate(0, 0, -1).Format(time.DateOnly) // before she asks for anything
	offer := func(c casefile.Case) (transfer.Transfer, error) {
		before, said := offering, *offering.Agreement
		said.On, before.Agreement = dayBefore, &said
		return k.Transfers.Offer(ctx, ana, c.ID, c.Version, before)
	}
	served := func(c casefile.Case) int {
		t.Helper()
		_, err := k.Cases.Serve(ctx, ana, c.ID, "", 0, casefile.Delivery{Service: "medical", Provider: "an invented clinic", From: day})
		k.must(err)
		all, err := k.Facts.Totals(ctx, k.As("stela").Actor)
		k.must(err)
		return all.Help.All
	}
	referred, going, gone, agreed := open(), open(), open(), open()
	letter, asked := send(referred, "village"), send(referred, "shelter")
	_, err := k.Referrals.Open(ctx, k.As("mira"), asked)
	k.must(err)
	_, err = k.Referrals.Acknowledge(ctx, k.As("mira"), asked)
	k.must(err)
	_, err = k.Referrals.Ask(ctx, k.As("mira"), asked, "documents", "an invented question")
	k.must(err)
	k.Net.Run()
	offered, err := offer(gone)
	k.must(err)
	k.Net.Clock.Advance(time.Minute)

	ways := func(when string, want bool) {
		t.Helper()
		try := func(what string, err error) {
			t.Helper()
			if want {
				k.refused(when+": "+what, err, fault.Conflict, "restriction.in-force")
			} else if err != nil {
				t.Errorf("%s: %s: %v", when, what, err)
			}
		}
		_, err := k.Referrals.Print(ctx, ana, letter)
		try("a letter", err)
		try("a file of another system", k.Referrals.MayTell(ctx, ana.Actor, asked))
		_, err = k.Referrals.Supply(ctx, ana, asked, "an invented answer")
		try("words", err)
		_, err = offer(going)
		try("an offer", err)
		_, err = k.Transfers.Accept(ctx, k.As("mira"), offered.ID, offered.Version)
		try("an offer is taken", err)
	}
	rs := []casefile.Case{referred, going, gone, agreed}
	limits := map[id.Case]func(){}
	for _, c := range rs {
		r := k.restrict(c)
		_, err := k.Restrictions.State(ctx, ana.Actor, c.ID, saying("keeping"))
		k.must(err)
		limits[c.ID] = func() { k.lift(r) }
	}
	k.Net.Clock.Advance(time.Second) // what is said now is said after it
	ways("restricted", true)
	_, err = k.Duplicates.Merge(ctx, ana, referred.ID, referred.Version, duplicate.New{Other: string(going.Reference), Version: going.Version, Keep: "this", Reason: "an invented reason"})
	k.refused("restricted: one file in the place of another", err, fault.Conflict, "restriction.in-force")
	k.Net.Clock.Advance(time.Minute)
	since, err := k.Transfers.Offer(ctx, ana, agreed.ID, agreed.Version, offering) // she agrees to it after she asked for the restriction
	k.must(err)
	_, err = k.Transfers.Accept(ctx, k.As("mira"), since.ID, since.Version)
	k.must(err)
	if n := served(referred); n != 0 {
		t.Errorf("%d persons are counted who asked not to be used", n)
	}
	for _, lift := range limits {
		lift()
	}
	if n := served(referred); n != 1 {
		t.Errorf("%d persons are counted after it was lifted", n)
	}
	ways("lifted", false)
	out, err := k.Subjects.Copy(ctx, ana, referred.ID, nil)
	k.must(err)
	if len(out.Limits) != 1 || out.Limits[0].Ground != "accuracy" || out.Limits[0].Placed == 0 || out.Limits[0].Lifted == 0 || out.Limits[0].How != "safe-way" {
		t.Errorf("her copy says %+v", out.Limits)
	}
}
