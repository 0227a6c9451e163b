package nodetest_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/htcds"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/store"
)

func saying(code string) restriction.Saying {
	return restriction.Saying{Code: code, Words: "an invented reason"}
}

// restrict restricts a case as the officer, and lift ends that as she must.
func (k keeping) restrict(c casefile.Case) restriction.Restriction {
	k.t.Helper()
	r, err := k.Restrictions.Place(k.t.Context(), k.As("dora").Actor, string(c.Reference), saying("accuracy"))
	k.must(err)
	return r
}

func (k keeping) lift(r restriction.Restriction) {
	k.t.Helper()
	_, err := k.Restrictions.Tell(k.t.Context(), k.As("dora").Actor, r.ID, saying("safe-way"))
	k.must(err)
	_, err = k.Restrictions.Lift(k.t.Context(), k.As("dora").Actor, r.ID, saying("confirmed"))
	k.must(err)
}

// TestRestrictedCaseIsOpenedForAReason: while she wants it, whoever opens her case says why, for herself and for a while, whatever she opens
// it by; break-glass asks nothing. Who placed a restriction at the desk does not end it, nobody ends it before she was told, and only the officer says
// that nobody can reach her. She has a task meanwhile.
func TestRestrictedCaseIsOpenedForAReason(t *testing.T) {
	k := newKeeping(t, nodetest.New(t, nodetest.At("MK")).Node("MK"))
	ctx, ana := t.Context(), k.As("ana")
	k.Join("focal-point", "vera", access.CaseManager, "ana")
	k.Desk(desk.Desk{ID: "emergency", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter", Purpose: desk.Emergency}, "erna", access.CaseManager)
	who := demo.Invented()
	c, err := k.Cases.Open(ctx, ana, opening(&who))
	k.must(err)
	wall, err := k.Cases.Open(ctx, k.As("petar"), casefile.Opening{AgeClass: person.Adult})
	k.must(err)

	for name, bad := range map[string]restriction.Saying{"no code": {Words: "an invented reason"}, "no words": {Code: "accuracy"}, "a code of no list": saying("curiosity")} {
		_, err := k.Restrictions.Place(ctx, ana.Actor, string(c.Reference), bad)
		k.refused(name, err, fault.Invalid, "restriction.field")
	}
	for _, stranger := range []string{"mira", "petar", "ada", "nada"} {
		_, err := k.Restrictions.Place(ctx, k.As(stranger).Actor, string(c.Reference), saying("accuracy"))
		k.refused(stranger+" restricts it", err, fault.Hidden, "")
	}
	_, err = k.Restrictions.Place(ctx, k.As("dora").Actor, string(wall.Reference), saying("accuracy"))
	k.refused("the office restricts a file of the prosecution", err, fault.Hidden, "")
	_, err = k.Restrictions.State(ctx, ana.Actor, c.ID, saying("keeping"))
	k.refused("a reason for nothing", err, fault.Conflict, "restriction.none")
	r, err := k.Restrictions.Place(ctx, ana.Actor, string(c.Reference), saying("accuracy"))
	k.must(err)
	_, err = k.Restrictions.Place(ctx, k.As("dora").Actor, string(c.Reference), saying("claims"))
	k.refused("twice", err, fault.Conflict, "restriction.already")
	if asked := k.tasks(k.As("dora"), "restriction.review"); len(asked) != 1 || asked[0].Reference != string(c.Reference) {
		t.Errorf("the officer has %+v", asked)
	}

	opens := func(by string) []error {
		at := k.As(by)
		_, show := k.Cases.Show(ctx, at, c.ID)
		_, card := k.Persons.SafeContact(ctx, at, c.ID)
		_, note := k.Cases.Note(ctx, at, c.ID, casefile.Note{Language: "en", Text: "an invented note"})
		_, _, forms := k.Forms.List(ctx, at, c.ID)
		_, copied := k.Subjects.Copy(ctx, at, c.ID, nil)
		_, give := k.Consents.Give(ctx, at, giving(c.ID, id.Address{Member: "MK", Desk: "shelter"}))
		return []error{show, card, note, forms, copied, give}
	}
	shut := func(when, by string) {
		t.Helper()
		for i, err := range opens(by) {
			if _, key, args := fault.Public(err); key != "restriction.reason" || args["case"] != string(c.ID) {
				t.Errorf("%s, by %d: %v", when, i, err)
			}
		}
	}
	shut("without a reason", "ana")
	_, err = k.Restrictions.State(ctx, k.As("mira").Actor, c.ID, saying("keeping"))
	k.refused("a reason of another desk", err, fault.Hidden, "")
	_, err = k.Restrictions.State(ctx, ana.Actor, c.ID, saying("curiosity"))
	k.refused("a reason of no list", err, fault.Invalid, "restriction.field")
	until, err := k.Restrictions.State(ctx, ana.Actor, c.ID, saying("claims"))
	k.must(err)
	for i, err := range opens("ana") {
		if err != nil {
			t.Errorf("with a reason, by %d: %v", i, err)
		}
	}
	shut("by a colleague who said nothing", "vera")
	k.Net.Clock.Advance(until.Time().Sub(k.Net.Clock.Now()))
	shut("when what she said is over", "ana")
	k.glass(c)
	k.must(k.rekeyed(c)) // new keys show nothing

	_, err = k.Restrictions.Lift(ctx, ana.Actor, r.ID, saying("confirmed"))
	k.refused("lifted by the desk", err, fault.Denied, "")
	_, err = k.Restrictions.Lift(ctx, k.As("dora").Actor, r.ID, saying("confirmed"))
	k.refused("before she was told", err, fault.Conflict, "restriction.untold")
	_, err = k.Restrictions.Tell(ctx, ana.Actor, r.ID, saying("unreachable"))
	k.refused("the desk says that nobody can reach her", err, fault.Denied, "restriction.unreachable")
	_, err = k.Restrictions.Tell(ctx, k.As("mira").Actor, r.ID, saying("in-person"))
	k.refused("told by another desk", err, fault.Hidden, "")
	_, err = k.Restrictions.Tell(ctx, ana.Actor, r.ID, saying("in-person"))
	k.must(err)
	_, err = k.Restrictions.Tell(ctx, ana.Actor, r.ID, saying("in-person"))
	k.refused("told twice", err, fault.Conflict, "restriction.told")
	shut("told, and not lifted yet", "ana")
	_, err = k.Restrictions.Lift(ctx, k.As("dora").Actor, r.ID, saying("confirmed"))
	k.must(err)
	_, err = k.Cases.Show(ctx, ana, c.ID)
	k.must(err)
	if asked := k.tasks(k.As("dora"), "restriction.review"); len(asked) != 0 {
		t.Errorf("after the end she has %+v", asked)
	}

	own, err := k.Restrictions.Place(ctx, k.As("petar").Actor, string(wall.Reference), saying("objection"))
	k.must(err)
	if seen, err := k.Restrictions.List(ctx, k.As("dora").Actor, "", 50); err != nil || len(seen) != 0 {
		t.Errorf("the office sees %+v, %v", seen, err)
	}
	_, err = k.Restrictions.Tell(ctx, k.As("petar").Actor, own.ID, saying("in-person"))
	k.must(err)
	_, err = k.Restrictions.Lift(ctx, k.As("petar").Actor, own.ID, saying("decided"))
	k.refused("who placed it lifts it", err, fault.Denied, "")
	_, err = k.Restrictions.Lift(ctx, k.As("pero").Actor, own.ID, saying("decided"))
	k.must(err)
	if logs := k.Logs.String(); strings.Contains(logs, "invented reason") {
		t.Error("the words of a reason stand in the log of the program")
	}
	k.said(r)
}

// glass opens a case under break-glass.
func (k keeping) glass(c casefile.Case) {
	k.t.Helper()
	ctx, erna, now := k.t.Context(), k.As("erna"), k.Net.Now()
	_, read, err := k.Desks.Duty(ctx, erna.Actor, "emergency", now)
	k.must(err)
	_, err = k.Desks.Schedule(ctx, erna.Actor, "emergency", read, now, []desk.Shift{{Desk: "emergency", User: erna.User, From: now, To: now.Add(8 * time.Hour)}})
	k.must(err)
	_, err = k.Cases.EmergencyOpen(ctx, erna, c.ID, "missing-person", "an invented danger")
	k.must(err)
	_, err = k.Cases.Show(ctx, erna, c.ID)
	k.must(err)
}

func (k keeping) rekeyed(c casefile.Case) error {
	_, err := k.Cases.Rekey(k.t.Context(), k.As("ana"), c.ID, 1000)
	return err
}

// said holds that each step of a restriction stands in the log by its code, and the words are sealed.
func (k keeping) said(r restriction.Restriction) {
	k.t.Helper()
	entries, _, err := k.Audit.Entries(k.t.Context(), k.As("oto").Actor, 0, 1000)
	k.must(err)
	var said []string
	for _, e := range entries {
		if e.Entry.Object == string(r.ID) {
			said = append(said, string(e.Entry.Action)+" "+e.Entry.Purpose)
		}
	}
	if want := "case.restrict accuracy, case.reason claims, case.restrict in-person, case.unrestrict confirmed"; strings.Join(said, ", ") != want {
		k.t.Errorf("the log says %q, want %q", said, want)
	}
}

// TestNothingOfARestrictedCaseLeaves: no request, no bundle that waits for an acceptance, no words and no release leave on what she had agreed to
// before; what she agrees to after it leaves, and so does what danger to life or an order asks for. What waited goes when it is lifted.
func TestNothingOfARestrictedCaseLeaves(t *testing.T) {
	w := newLateWords(t, func(w *lateWords) {
		w.md.Desk(desk.Desk{ID: "occpo", Kind: desk.AtNode, Realm: access.Prosecution, Function: "desk.function.prosecutor"}, "petar", access.Prosecutor)
		w.md.Join("focal-point", "vera", access.FocalPoint, "ana")
	})
	k := keeping{w.md, t}
	ctx, ana, to := t.Context(), k.As("ana"), id.Address{Member: "MK", Desk: "focal-point"}
	refer := func(c casefile.Case, given id.Consent) (referral.At, error) {
		t.Helper()
		row, err := k.Referrals.Draft(ctx, ana, c.ID, referral.At{}, drafting(to, given, frame.At(w.net.Clock.Now())))
		k.must(err)
		at := referral.At{Referral: row.ID}
		if _, err = k.Referrals.Check(ctx, ana, at); err != nil {
			return at, err
		}
		_, err = k.Referrals.Send(ctx, ana, at, false)
		return at, err
	}
	who := demo.Invented()
	c, err := k.Cases.Open(ctx, ana, opening(&who))
	k.must(err)
	given, err := k.Consents.Give(ctx, ana, giving(c.ID, to))
	k.must(err)
	in := giving(c.ID, id.Address{Member: "MD", Desk: "occpo"})
	in.Record.Purposes, in.Record.Categories = []consent.Purpose{consent.ForCriminal}, []consent.Code{"identity.names"}
	criminal, err := k.Consents.Give(ctx, ana, in)
	k.must(err)
	releasing := casefile.Releasing{Case: c.ID, To: "occpo", Consent: criminal.ID, Category: "victim", Handling: "evidence-allowed"}
	released, err := k.Cases.ByConsent(ctx, ana, releasing)
	k.must(err)
	sent, err := refer(c, given.ID)
	k.must(err)
	w.net.Run()
	w.net.Clock.Advance(time.Minute)

	r := k.restrict(c)
	_, err = k.Restrictions.State(ctx, ana.Actor, c.ID, saying("keeping"))
	k.must(err)
	_, err = refer(c, given.ID)
	k.refused("a request", err, fault.Conflict, "restriction.in-force")
	_, err = k.Cases.ByConsent(ctx, ana, releasing)
	k.refused("a release", err, fault.Conflict, "restriction.in-force")
	_, _, err = k.Cases.ShowRelease(ctx, k.As("petar"), released.ID)
	k.refused("what was released is read", err, fault.Conflict, "restriction.in-force")
	_, err = k.HTCDS.Export(ctx, ana, c.ID, htcds.OwnSystem)
	k.refused("an export to another system", err, fault.Conflict, "restriction.in-force")
	_, err = k.HTCDS.Export(ctx, ana, c.ID, htcds.ForHer)
	k.must(err)
	_, err = k.Messages.Compose(ctx, ana, message.Draft{To: to, Referral: sent.Referral, Language: "en", Text: "an invented word", Basis: "cets-197-11"})
	k.refused("words about it", err, fault.Conflict, "restriction.in-force")
	_, err = k.Messages.Compose(ctx, ana, message.Draft{To: to, Language: "en", Text: "an invented word about nobody", Basis: "cets-197-11"})
	k.must(err)

	held := func(when string, want exchange.OutState) {
		t.Helper()
		k.must(store.Reader[referral.Tx](k.DB)(ctx, func(tx referral.Tx) error {
			row, err := tx.Referral(ctx, sent.Referral, "focal-point")
			if err != nil {
				return err
			}
			all, err := tx.OutOf(ctx, row.Bundle)
			if len(all) != 1 || all[0].State != want {
				t.Errorf("%s: her bundle: %+v", when, all)
			}
			return err
		}))
	}
	mk := w.mk
	_, err = mk.Referrals.Open(ctx, mk.As("ana"), sent)
	k.must(err)
	_, err = mk.Referrals.Acknowledge(ctx, mk.As("ana"), sent)
	k.must(err)
	_, err = mk.Referrals.Accept(ctx, mk.As("ana"), sent)
	k.must(err)
	w.net.Run()
	held("accepted while it is restricted", exchange.OutHeld)

	w.net.Clock.Advance(time.Minute)
	_, err = k.Restrictions.State(ctx, ana.Actor, c.ID, saying("her-consent"))
	k.must(err)
	fresh, err := k.Consents.Give(ctx, ana, giving(c.ID, to))
	k.must(err)
	_, err = refer(c, fresh.ID)
	k.must(err)
	order := releasing
	order.Consent, order.Order, order.Categories = "", "an invented court, 11/2026", []consent.Code{"identity.names"}
	waiting, err := k.Cases.ByOrder(ctx, ana, order)
	k.must(err)
	_, err = k.Restrictions.State(ctx, k.As("vera").Actor, c.ID, saying("public-interest"))
	k.must(err)
	_, err = k.Cases.ApproveRelease(ctx, k.As("vera"), waiting.ID)
	k.must(err)
	_, _, err = k.Cases.ShowRelease(ctx, k.As("petar"), waiting.ID)
	k.must(err)
	k.danger(c, to)

	k.lift(r)
	w.net.Clock.Advance(time.Hour)
	w.net.Run()
	held("after it was lifted", exchange.OutDelivered)
	_, _, err = k.Cases.ShowRelease(ctx, k.As("petar"), released.ID)
	k.must(err)
}

// danger sends what two people approved in danger to life.
func (k keeping) danger(c casefile.Case, to id.Address) {
	k.t.Helper()
	ctx, ana, now := k.t.Context(), k.As("ana"), k.Net.Now()
	o, err := k.Consents.Propose(ctx, ana, c.ID, consent.Reason{
		Basis: consent.VitalInterest, Recipient: to, Category: []consent.Code{"identity.names"}, Text: "an invented danger to her life", Notice: "as soon as she is awake",
	})
	k.must(err)
	_, err = k.Consents.Approve(ctx, k.As("vera"), o.ID)
	k.must(err)
	in := drafting(to, o.ID, now)
	in.Basis, in.Override, in.Categories, in.Facts = referral.Code(consent.VitalInterest), true, []consent.Code{"identity.names"}, consent.Facts{}
	in.Expires, in.Request.Urgency = now.Add(48*time.Hour), referral.Urgent
	row, err := k.Referrals.Draft(ctx, ana, c.ID, referral.At{}, in)
	k.must(err)
	at := referral.At{Referral: row.ID}
	_, err = k.Referrals.Check(ctx, ana, at)
	k.must(err)
	_, err = k.Referrals.Send(ctx, ana, at, true)
	k.must(err)
}

// TestRestrictionOutlivesARestore: what she asked for after a backup holds after a restore of it, and what was lifted is lifted.
func TestRestrictionOutlivesARestore(t *testing.T) {
	k := newKeeping(t, nodetest.New(t, nodetest.At("MK")).Node("MK"))
	ctx := t.Context()
	late, early := k.closed("ana"), k.closed("mira")
	before := k.restrict(early)
	var content, keys, list bytes.Buffer
	_, err := k.Backups.Make(ctx, nodetest.Console("MK"), &content, &keys)
	k.must(err)
	k.Net.Clock.Advance(time.Hour)
	after := k.restrict(late)
	k.lift(before)
	k.must(k.Backups.WriteErasures(ctx, nodetest.Console("MK"), &list))
	k.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes()), Lists: [][]byte{list.Bytes()}})
	all, err := k.Restrictions.List(ctx, k.As("dora").Actor, "", 50)
	k.must(err)
	if len(all) != 1 || all[0].ID != after.ID || all[0].Reference != late.Reference || all[0].Ground != "restored" {
		t.Errorf("in force: %+v", all)
	}
	_, err = k.Cases.Show(ctx, k.As("ana"), late.ID)
	k.refused("opened", err, fault.Conflict, "restriction.reason")
	_, err = k.Cases.Show(ctx, k.As("mira"), early.ID)
	k.must(err)
	if asked := k.tasks(k.As("dora"), "restriction.review"); len(asked) != 1 || asked[0].Object != string(after.ID) {
		t.Errorf("the officer has %+v", asked)
	}
}
