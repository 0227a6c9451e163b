package nodetest_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/ownview"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
)

// TestHerOwnPage: a desk in Chisinau gives her a code; a referral goes to Skopje, and she sees that a place to stay abroad was asked. On her
// telephone she takes the consent back: what was sent is frozen there, what was ready is not sent any more, and nothing is erased before the
// case worker has asked her, for which there are 72 hours. Somebody else who took a consent back erases nothing and loses the page. A page that is
// off, for whatever reason, is answered as a code that never was. What rests of a page opens with nothing but the code.
func TestHerOwnPage(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk, ctx := n.Node("MD"), n.Node("MK"), t.Context()
	k := newKeeping(t, md)
	mk.Desk(desk.Desk{ID: "shelter", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter", Public: true}, "sara", access.CaseManager)
	mk.PublishSheet()
	n.Run()
	ana, to := md.As("ana"), id.Address{Member: "MK", Desk: "shelter"}
	who := demo.Invented()
	file, err := md.Cases.Open(ctx, ana, opening(&who))
	k.must(err)
	first, err := md.Consents.Give(ctx, ana, giving(file.ID, to))
	k.must(err)
	n.Clock.Advance(time.Minute)
	second, err := md.Consents.Give(ctx, ana, giving(file.ID, id.Address{Member: "MK", Desk: "focal-point"}))
	k.must(err)

	for _, stranger := range []string{"mira", "petar", "nada"} {
		_, err := md.OwnViews.Issue(ctx, md.As(stranger), file.ID)
		k.refused(stranger+" gives a code", err, fault.Hidden, "")
	}
	wall, err := md.Cases.Open(ctx, md.As("petar"), opening(nil))
	k.must(err)
	_, err = md.OwnViews.Issue(ctx, md.As("petar"), wall.ID)
	k.refused("a page of a file of the prosecution", err, fault.Denied, "")

	given, err := md.OwnViews.Issue(ctx, ana, file.ID)
	k.must(err)
	if !given.Paper {
		t.Error("her card allows paper")
	}
	draft := func() referral.Row {
		t.Helper()
		row, err := md.Referrals.Draft(ctx, ana, file.ID, referral.At{}, drafting(to, first.ID, frame.At(n.Clock.Now())))
		k.must(err)
		_, err = md.Referrals.Check(ctx, ana, referral.At{Referral: row.ID})
		k.must(err)
		return row
	}
	sent, ready := draft(), draft()
	_, err = md.Referrals.Send(ctx, ana, referral.At{Referral: sent.ID}, false)
	k.must(err)
	n.Run()
	look := func(code string) ownview.Looked {
		t.Helper()
		_, err := md.OwnViews.Refresh(ctx, 50)
		k.must(err)
		l, err := md.OwnViews.Look(ctx, code)
		k.must(err)
		return l
	}
	seen := look(strings.ToUpper(given.Code))
	if s := seen.Capsule.Steps; len(s) != 1 || s[0].To != (ownview.Desk{Function: "shelter", Abroad: true}) || s[0].State != "asked" {
		t.Errorf("she sees %+v", s)
	}
	if c := seen.Capsule.Consents; len(c) != 2 || c[0].State != "given" || !c[0].Here || c[1].To[0].Function != ownview.Other {
		t.Errorf("she sees %+v", c)
	}
	thiefOfPage(t, md, given)

	k.must(md.OwnViews.Withdraw(ctx, seen.Ticket, first.ID))
	now, err := md.OwnViews.Look(ctx, given.Code) // in the same transaction
	k.must(err)
	if now.Capsule.Consents[0].State != "withdrawn" || now.Capsule.Consents[1].State != "given" {
		t.Errorf("after it she sees %+v", now.Capsule.Consents)
	}
	k.refused("twice", md.OwnViews.Withdraw(ctx, now.Ticket, first.ID), fault.Conflict, "")
	if _, err := md.Referrals.Send(ctx, ana, referral.At{Referral: ready.ID}, false); err == nil {
		t.Error("what was ready was sent")
	}
	n.Run()
	if _, err := mk.Referrals.Accept(ctx, mk.As("sara"), referral.At{Referral: sent.ID}); err == nil {
		t.Error("what was sent is accepted in Skopje")
	}
	k.must(store.Reader[referral.Tx](mk.DB)(ctx, func(tx referral.Tx) error {
		r, err := tx.Referral(ctx, sent.ID, "shelter")
		if r.Status != referral.WithdrawnByPerson {
			t.Errorf("in Skopje it is %s", r.Status)
		}
		return err
	}))
	asked := k.tasks(ana, "own.confirm")
	if len(asked) != 1 || asked[0].Due.Sub(now0(first, md, t)) != 72*time.Hour {
		t.Fatalf("the case worker has %+v", asked)
	}
	_, err = md.Consents.Reply(ctx, ana, first.ID, nil)
	k.refused("erased before she was asked", err, fault.Conflict, "ownview.unconfirmed")
	_, err = md.OwnViews.Confirm(ctx, ana, first.ID, "")
	k.refused("nothing was said", err, fault.Invalid, "ownview.outcome")
	_, err = md.OwnViews.Confirm(ctx, md.As("mira"), first.ID, ownview.Hers)
	k.refused("by another desk", err, fault.Hidden, "")
	_, err = md.OwnViews.Confirm(ctx, ana, first.ID, ownview.Hers)
	k.must(err)
	_, err = md.OwnViews.Confirm(ctx, ana, first.ID, ownview.Keep)
	k.refused("said twice", err, fault.Conflict, "ownview.confirmed")
	if c, err := md.Consents.Know(ctx, ana.Actor, first.ID); err != nil || c.Reply != consent.Erased || c.WithdrawnBy != "" {
		t.Errorf("after it: %+v, %v", c, err)
	}
	if left := k.tasks(ana, "own.confirm"); len(left) != 0 {
		t.Errorf("the case worker still has %+v", left)
	}
	if s := look(given.Code).Capsule.Consents[0].State; s != "erased" {
		t.Errorf("she sees %s", s)
	}

	k.must(md.OwnViews.Withdraw(ctx, now.Ticket, second.ID))
	_, err = md.OwnViews.Confirm(ctx, ana, second.ID, ownview.NotHers)
	k.must(err)
	if c, err := md.Consents.Know(ctx, ana.Actor, second.ID); err != nil || c.State != consent.Withdrawn || c.Reply != consent.Waiting {
		t.Errorf("somebody else erased: %+v, %v", c, err)
	}
	nothing := func(what, code string) {
		t.Helper()
		_, never := md.OwnViews.Look(ctx, seal.NewCode(nil).Text())
		if _, err := md.OwnViews.Look(ctx, code); !fault.Is(err, fault.Hidden) || err.Error() != never.Error() {
			t.Errorf("%s: %v, and a code that never was: %v", what, err, never)
		}
	}
	nothing("off because it was not she", given.Code)
	k.refused("a ticket of it", md.OwnViews.SwitchOff(ctx, now.Ticket), fault.Hidden, "")
	again, err := md.OwnViews.Issue(ctx, ana, file.ID)
	k.must(err)
	l := look(again.Code)
	n.Clock.Advance(16 * time.Minute)
	k.refused("a ticket after a quarter of an hour", md.OwnViews.SwitchOff(ctx, l.Ticket), fault.Hidden, "")
	k.must(md.OwnViews.SwitchOff(ctx, look(again.Code).Ticket))
	nothing("off by herself", again.Code)
	nothing("a slip of the pen", again.Code[1:])

	third, err := md.OwnViews.Issue(ctx, ana, file.ID)
	k.must(err)
	k.must(md.OwnViews.Revoke(ctx, ana.Actor, file.ID))
	nothing("off by the desk", third.Code)
	filesOfOnePerson(t, k)
	for _, secret := range []string{given.Code, again.Code, strings.ReplaceAll(given.Code, "-", "")} {
		if strings.Contains(md.Logs.String(), secret) {
			t.Error("a code stands in the log")
		}
	}
}

// now0 is when a consent was taken back.
func now0(c consent.Consent, x *nodetest.Node, t *testing.T) frame.Time {
	t.Helper()
	row, err := x.Consents.Know(t.Context(), x.As("ana").Actor, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	return row.Withdrawn
}

// thiefOfPage looks at every row of a page without the code.
func thiefOfPage(t *testing.T, x *nodetest.Node, given ownview.Issued) {
	t.Helper()
	err := store.Reader[ownview.Tx](x.DB)(t.Context(), func(tx ownview.Tx) error {
		v, err := tx.OwnView(t.Context(), given.Case)
		if err != nil {
			return err
		}
		row := []byte(string(v.ID) + v.Lookup + string(v.Public) + string(v.Capsule))
		for _, word := range []string{"shelter", "given", "consents", "openings", given.Code, strings.ReplaceAll(given.Code, "-", "")} {
			if bytes.Contains(row, []byte(word)) {
				t.Errorf("%q stands in the row", word)
			}
		}
		if _, err := ownview.ParseCapsule(v.Capsule); err == nil {
			t.Error("the capsule is read without a code")
		}
		if _, err := seal.NewCode(nil).KEM().Open(frame.JoinText("opentrm/own-view-capsule/1", string(x.Member), v.Lookup), nil, v.Capsule); err == nil {
			t.Error("the capsule opens with another code")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// filesOfOnePerson: of two files that are of one person one page is left; a page that went along comes back when they are not; the page of an erased file is off.
func filesOfOnePerson(t *testing.T, k keeping) {
	t.Helper()
	ctx, ana := t.Context(), k.As("ana")
	open := func() (id.Case, string) {
		t.Helper()
		c, err := k.Cases.Open(ctx, ana, opening(nil))
		k.must(err)
		v, err := k.OwnViews.Issue(ctx, ana, c.ID)
		k.must(err)
		return c.ID, v.Code
	}
	in := func(do func(tx ownview.Tx) error) {
		t.Helper()
		k.must(store.Writer[ownview.Tx](k.DB)(ctx, audit.Did(nodetest.Console(k.Member), access.InitNode, "x"), do))
	}
	of := func(code string) id.Case {
		t.Helper()
		c, err := seal.ParseCode(code)
		k.must(err)
		var at id.Case
		in(func(tx ownview.Tx) error {
			v, err := tx.OwnViewAt(ctx, c.Lookup())
			if at = v.Case; fault.Is(err, fault.NotFound) {
				return nil
			}
			return err
		})
		return at
	}
	a, codeA := open()
	b, codeB := open()
	in(func(tx ownview.Tx) error { return k.OwnViews.MergedIn(ctx, tx, a, b) })
	if of(codeA) != "" || of(codeB) != b {
		t.Error("two pages of one person")
	}
	c, codeC := open()
	d, err := k.Cases.Open(ctx, ana, opening(nil))
	k.must(err)
	in(func(tx ownview.Tx) error { return k.OwnViews.MergedIn(ctx, tx, c, d.ID) })
	if of(codeC) != d.ID {
		t.Error("her page did not go along")
	}
	in(func(tx ownview.Tx) error { return k.OwnViews.UnmergedIn(ctx, tx, c, d.ID) })
	if of(codeC) != c {
		t.Error("her page shows the file of somebody else")
	}
	in(func(tx ownview.Tx) error { return k.OwnViews.ErasedIn(ctx, tx, c) })
	if of(codeC) != "" {
		t.Error("the page of an erased file is on")
	}
	e, codeE := open()
	in(func(tx ownview.Tx) error {
		v, err := tx.OwnView(ctx, e)
		if err != nil {
			return err
		}
		return k.OwnViews.OffAgainIn(ctx, tx, string(v.ID)+"."+string(e))
	})
	if of(codeE) != "" {
		t.Error("a page that was off before a restore is on after it")
	}
}
