package nodetest_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/ownview"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/transfer"
)

// paged is a case with consents and a page of hers.
type paged struct {
	casefile.Case
	given []consent.Consent
	code  string
}

// paged opens one; each consent is to a desk of the same member.
func (k keeping) paged(consents int) paged {
	k.t.Helper()
	ctx, ana := k.t.Context(), k.As("ana")
	file, err := k.Cases.Open(ctx, ana, opening(nil))
	k.must(err)
	p := paged{Case: file}
	for range consents {
		k.Net.Clock.Advance(time.Minute)
		c, err := k.Consents.Give(ctx, ana, giving(file.ID, id.Address{Member: k.Member, Desk: "charity"}))
		k.must(err)
		p.given = append(p.given, c)
	}
	v, err := k.OwnViews.Issue(ctx, ana, file.ID)
	k.must(err)
	p.code = v.Code
	return p
}

// looks opens a page after what has changed was sealed, and holds the words for her consents against what they should be.
func (k keeping) looks(when string, p paged, want ...string) ownview.Looked {
	k.t.Helper()
	_, err := k.OwnViews.Refresh(k.t.Context(), 50)
	k.must(err)
	l, err := k.OwnViews.Look(k.t.Context(), p.code)
	if err != nil {
		k.t.Fatalf("%s: %v", when, err)
	}
	var got []string
	for _, c := range l.Capsule.Consents {
		got = append(got, c.State)
	}
	if len(got) != len(want) {
		k.t.Fatalf("%s she sees %v, want %v", when, got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			k.t.Errorf("%s she sees %v, want %v", when, got, want)
		}
	}
	return l
}

func (k keeping) compartment(c consent.Consent) keyring.Compartment {
	k.t.Helper()
	var out keyring.Compartment
	k.must(store.Reader[keyring.Tx](k.DB)(k.t.Context(), func(tx keyring.Tx) (err error) {
		out, err = tx.Compartment(k.t.Context(), c.Compartment)
		return err
	}))
	return out
}

func newPages(t *testing.T) keeping {
	t.Helper()
	k := newKeeping(t, nodetest.New(t, nodetest.At("MD")).Node("MD"))
	k.Desk(desk.Desk{ID: "charity", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.legal-aid"}, "clara", access.CaseManager)
	return k
}

// TestHerPageOfAHeldCase: while a case is on hold, kept and not used at her wish, or given to another desk, she sees what she saw, is told
// nothing of the hold, and takes consents back; what a hold keeps is not erased by her word, and is when the hold is over. Who had the case
// cannot answer for her, give out a code or switch her page off any more; who has it now can, and is asked to.
func TestHerPageOfAHeldCase(t *testing.T) {
	k := newPages(t)
	ctx, ana, dora, mira := t.Context(), k.As("ana"), k.As("dora"), k.As("mira")
	p := k.paged(3)
	before := k.looks("before", p, "given", "given", "given")

	hold, err := k.Retention.Hold(ctx, dora.Actor, string(p.Reference), because())
	k.must(err)
	kept := k.restrict(p.Case)
	l := k.looks("on hold and not used", p, "given", "given", "given")
	a, err := before.Capsule.Encode()
	k.must(err)
	b, err := l.Capsule.Encode()
	k.must(err)
	if !bytes.Equal(a, b) {
		t.Errorf("a hold is told to her: %s, and before %s", b, a)
	}
	_, err = k.OwnViews.Issue(ctx, ana, p.ID)
	k.refused("another code without a reason to open", err, fault.Conflict, "restriction.reason")

	k.must(k.OwnViews.Withdraw(ctx, l.Ticket, p.given[0].ID))
	k.looks("taken back", p, "withdrawn", "given", "given")
	if s := k.compartment(p.given[0]).State; s != keyring.Frozen {
		t.Errorf("what lies under it is %s", s)
	}
	_, err = k.OwnViews.Confirm(ctx, ana, p.given[0].ID, ownview.Hers)
	k.must(err)
	k.looks("on hold after her word", p, "withdrawn", "given", "given")
	_, err = k.Consents.Reply(ctx, ana, p.given[0].ID, nil)
	k.refused("erased on hold", err, fault.Conflict, "retention.held.complaint")
	_, err = k.Retention.Lift(ctx, dora.Actor, hold.ID, retention.Holding{Ground: "settled", Words: "it was settled"})
	k.must(err)
	_, err = k.Consents.Reply(ctx, ana, p.given[0].ID, nil)
	k.must(err)
	k.looks("after the hold", p, "erased", "given", "given")
	k.lift(kept)

	// She takes another back, nobody has asked her yet, and the case goes to the shelter.
	k.must(k.OwnViews.Withdraw(ctx, l.Ticket, p.given[1].ID))
	all, err := k.Cases.List(ctx, ana.Actor, casefile.Filter{Limit: 9})
	k.must(err)
	off, err := k.Transfers.Offer(ctx, ana, p.ID, all[0].Version, transfer.Offer{
		To: "shelter", Basis: transfer.ByAgreement, Note: "DEMO",
		Agreement: &transfer.Agreement{On: k.Net.Clock.Now().Format(time.DateOnly), GivenBy: consent.ByHerself, Told: true, How: consent.Written, Language: "ro"},
	})
	k.must(err)
	k.looks("while it is offered", p, "erased", "withdrawn", "given")
	_, err = k.Transfers.Accept(ctx, mira, off.ID, off.Version)
	k.must(err)
	l = k.looks("at the shelter", p, "erased", "withdrawn", "given")
	if asked := k.tasks(mira, "own.confirm"); len(asked) != 1 || asked[0].Desk != "shelter" {
		t.Errorf("the shelter has %+v", asked)
	}
	for _, c := range p.given[1:] {
		if s := k.compartment(c).State; (s == keyring.Frozen) != (c.ID == p.given[1].ID) {
			t.Errorf("at the shelter what lies under %s is %s", c.ID, s)
		}
	}
	_, err = k.OwnViews.Confirm(ctx, ana, p.given[1].ID, ownview.Hers)
	k.refused("answered by who had it", err, fault.Hidden, "")
	_, err = k.OwnViews.Issue(ctx, ana, p.ID)
	k.refused("a code by who had it", err, fault.Hidden, "")
	k.refused("switched off by who had it", k.OwnViews.Revoke(ctx, ana.Actor, p.ID), fault.Hidden, "")
	_, err = k.Consents.Reply(ctx, mira, p.given[1].ID, nil)
	k.refused("erased at the shelter before she was asked", err, fault.Conflict, "ownview.unconfirmed")
	_, err = k.OwnViews.Confirm(ctx, mira, p.given[1].ID, ownview.Hers)
	k.must(err)
	k.must(k.OwnViews.Withdraw(ctx, l.Ticket, p.given[2].ID))
	k.looks("at last", p, "erased", "erased", "withdrawn")
	if asked := k.tasks(mira, "own.confirm"); len(asked) != 1 || asked[0].Object != string(p.given[2].ID) || asked[0].Desk != "shelter" {
		t.Errorf("the shelter has %+v", asked)
	}
	k.must(k.OwnViews.Revoke(ctx, mira.Actor, p.ID))
	_, err = k.OwnViews.Look(ctx, p.code)
	k.refused("switched off by the shelter", err, fault.Hidden, "")
}

// TestHerPageAfterARestore: a node is restored from a backup with the newest list. What she took back on her page since is taken back, what was
// erased is erased, and who had to ask her is asked again. What she took back at the desk is paused, with everything of before, until she is
// asked. A page that was off is off, and what was taken back on it is; a code that was given since is one that never was.
func TestHerPageAfterARestore(t *testing.T) {
	k := newPages(t)
	ctx, ana := t.Context(), k.As("ana")
	p, off := k.paged(4), k.paged(1)
	k.looks("before", p, "given", "given", "given", "given")
	var content, keys, list bytes.Buffer
	_, err := k.Backups.Make(ctx, nodetest.Console("MD"), &content, &keys)
	k.must(err)
	k.Net.Clock.Advance(time.Hour)

	l := k.looks("after it", p, "given", "given", "given", "given")
	k.must(k.OwnViews.Withdraw(ctx, l.Ticket, p.given[0].ID))
	k.must(k.OwnViews.Withdraw(ctx, l.Ticket, p.given[1].ID))
	_, err = k.OwnViews.Confirm(ctx, ana, p.given[1].ID, ownview.Hers)
	k.must(err)
	_, err = k.Consents.Withdraw(ctx, ana.Actor, p.given[2].ID, "")
	k.must(err)
	k.looks("taken back", p, "withdrawn", "erased", "withdrawn", "given")
	l = k.looks("the other page", off, "given")
	k.must(k.OwnViews.Withdraw(ctx, l.Ticket, off.given[0].ID))
	k.must(k.OwnViews.SwitchOff(ctx, l.Ticket))
	later := k.paged(1)
	k.must(k.Backups.WriteErasures(ctx, nodetest.Console("MD"), &list))
	k.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes()), Lists: [][]byte{list.Bytes()}})
	ana = k.As("ana")

	for what, code := range map[string]string{"a page that was off": off.code, "a code that was given since": later.code} {
		_, err = k.OwnViews.Look(ctx, code)
		k.refused(what, err, fault.Hidden, "")
	}
	l = k.looks("after the restore", p, "withdrawn", "withdrawn", "paused", "paused")
	for i, want := range []keyring.CompartmentState{keyring.Frozen, keyring.Erased, keyring.Open, keyring.Open} {
		if s := k.compartment(p.given[i]).State; s != want {
			t.Errorf("what lies under consent %d is %s, want %s", i+1, s, want)
		}
	}
	if asked := k.tasks(ana, "own.confirm"); len(asked) != 3 {
		t.Errorf("the case worker has %+v", asked)
	}
	k.refused("taken back twice", k.OwnViews.Withdraw(ctx, l.Ticket, p.given[0].ID), fault.Conflict, "")
	_, err = k.Consents.Reply(ctx, ana, p.given[0].ID, nil)
	k.refused("erased before she was asked", err, fault.Conflict, "ownview.unconfirmed")
	for _, c := range []consent.Consent{p.given[0], p.given[1], off.given[0]} {
		_, err = k.OwnViews.Confirm(ctx, ana, c.ID, ownview.Hers)
		k.must(err)
	}
	if c, err := k.Consents.Know(ctx, ana.Actor, off.given[0].ID); err != nil || c.Reply != consent.Erased || k.compartment(off.given[0]).State != keyring.Erased {
		t.Errorf("what was taken back on a page that is off: %+v, %v", c, err)
	}
	k.must(k.OwnViews.Withdraw(ctx, l.Ticket, p.given[3].ID))
	k.looks("at last", p, "erased", "erased", "paused", "withdrawn")
}
