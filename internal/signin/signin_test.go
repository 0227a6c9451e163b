package signin_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
)

func refused(t *testing.T, err error, kind fault.Kind, what string) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("%s: got %v, want %v", what, err, kind)
	}
}

func TestOnlyThePassphraseOpens(t *testing.T) {
	o := born(t)
	for _, c := range []struct{ login, phrase string }{{"ana", "seven quiet otters swim south"}, {"nobody", passphrase}, {"", ""}} {
		_, err := o.users.SignIn(o.ctx, c.login, c.phrase, "192.0.2.9")
		refused(t, err, fault.Denied, "signing in as "+c.login)
		if _, key, _ := fault.Public(err); key != "signin.wrong" {
			t.Errorf("%q learns %q", c.login, key)
		}
	}
	if by := o.as("ana"); by.Desk != "shelter" || by.Role != access.CaseManager || by.Locked() {
		t.Errorf("ana came in as %v", by)
	}
}

func TestALinkWorksOnceAndForADay(t *testing.T) {
	o := born(t)
	invite := func(login string) string {
		_, link, err := o.users.Invite(o.ctx, console, signin.Invitee{Login: login, Name: login, Language: "mk", Zone: "Europe/Skopje"})
		o.must(err)
		return link
	}
	link := invite("nina")
	_, _, err := o.users.Enrol(o.ctx, link, "too short")
	refused(t, err, fault.Invalid, "a short passphrase")
	_, _, err = o.users.Enrol(o.ctx, link, passphrase)
	o.must(err)
	_, _, err = o.users.Enrol(o.ctx, link, passphrase)
	refused(t, err, fault.Denied, "a used link")
	late := invite("mira")
	o.now = o.now.Add(signin.LinkLimit)
	_, _, err = o.users.Enrol(o.ctx, late, passphrase)
	refused(t, err, fault.Denied, "a link after a day")
	_, _, err = o.users.Invite(o.ctx, console, signin.Invitee{Login: "ANA", Name: "x", Language: "mk", Zone: "Europe/Skopje"})
	refused(t, err, fault.Conflict, "a login that is taken")
}

func TestWaitingBeginsBeforeStretching(t *testing.T) {
	o := born(t)
	try := func(address string) error {
		_, err := o.users.SignIn(o.ctx, "ana", "this is not her passphrase", address)
		return err
	}
	for range 4 {
		_ = try("198.51.100.7")
	}
	refused(t, try("198.51.100.7"), fault.Unavailable, "the attempt after four wrong ones")
	_, err := o.users.SignIn(o.ctx, "ana", passphrase, "198.51.100.7")
	refused(t, err, fault.Unavailable, "even the right passphrase from there")
	if o.as("ana").User != o.ids["ana"] {
		t.Error("a stranger elsewhere keeps ana out")
	}
	o.now = o.now.Add(time.Hour)
	refused(t, try("198.51.100.7"), fault.Denied, "an attempt after the wait")
}

func TestASessionEndsIdleOrOldOrRevoked(t *testing.T) {
	o := born(t)
	in, err := o.users.SignIn(o.ctx, "ana", passphrase, "192.0.2.1")
	o.must(err)
	for range 40 {
		o.now = o.now.Add(14 * time.Minute)
		_, _, err = o.users.Resume(o.ctx, in.Secret)
		o.must(err)
	}
	o.now = o.now.Add(signin.IdleLimit)
	_, _, err = o.users.Resume(o.ctx, in.Secret)
	refused(t, err, fault.Locked, "after a quarter of an hour")
	in, err = o.users.SignIn(o.ctx, "ana", passphrase, "192.0.2.1")
	o.must(err)
	for range 12 * 6 {
		o.now = o.now.Add(10 * time.Minute)
		_, _, err = o.users.Resume(o.ctx, in.Secret)
	}
	refused(t, err, fault.Locked, "after twelve hours")
	in, err = o.users.SignIn(o.ctx, "ana", passphrase, "192.0.2.1")
	o.must(err)
	o.must(o.users.Revoke(o.ctx, o.as("admin").Actor, o.ids["ana"], in.Session.ID))
	_, _, err = o.users.Resume(o.ctx, in.Secret)
	refused(t, err, fault.Locked, "after the administrator ended it")
	if n, err := o.users.Sweep(o.ctx); err != nil || n == 0 {
		t.Errorf("swept %d sessions, %v", n, err)
	}
}

func TestASessionRowCopiedFromTheDatabaseOpensNothing(t *testing.T) {
	o := born(t)
	in, err := o.users.SignIn(o.ctx, "ana", passphrase, "192.0.2.1")
	o.must(err)
	stolen := in.Session
	mallory, err := o.users.SignIn(o.ctx, "boris", passphrase, "192.0.2.1")
	o.must(err)
	copied := mallory.Session
	copied.ID, copied.User, copied.Sealed, copied.Role, copied.Desk = "copied", stolen.User, stolen.Sealed, stolen.Role, stolen.Desk
	write := store.Writer[signin.Tx](o.db)
	o.must(write(o.ctx, audit.Did(console, access.SignInSession, "theft"), func(tx signin.Tx) error {
		if err := tx.DropSession(o.ctx, mallory.Session.ID); err != nil {
			return err
		}
		return tx.AddSession(o.ctx, copied)
	}))
	_, _, err = o.users.Resume(o.ctx, mallory.Secret)
	refused(t, err, fault.Locked, "a row of ana under the cookie of boris")
}

func TestHiddenFromOtherDesksAndOpenToGrantedColleagues(t *testing.T) {
	o := born(t)
	c, note := o.openCase(o.as("ana"), "she likes tea")
	if text, err := o.reads(o.as("ana"), c, note); err != nil || text != "she likes tea" {
		t.Fatalf("ana reads %q, %v", text, err)
	}
	_, err := o.reads(o.as("boris"), c, note)
	refused(t, err, fault.Hidden, "boris of the clinic")

	nina := o.hire("nina", access.ChildGuardian)
	o.must(o.desks.Propose(o.ctx, o.as("admin").Actor, "shelter", nina, access.CaseManager))
	refused(t, o.keys.Grant(o.ctx, o.as("admin"), "shelter", nina, o.prints["nina"]), fault.Denied, "the administrator granting what she proposed")
	refused(t, o.keys.Grant(o.ctx, o.as("ana"), "shelter", nina, o.prints["boris"]), fault.Invalid, "another fingerprint")
	o.must(o.keys.Grant(o.ctx, o.as("ana"), "shelter", nina, o.prints["nina"]))
	if text, err := o.reads(o.as("nina"), c, note); err != nil || text != "she likes tea" {
		t.Errorf("nina reads %q, %v", text, err)
	}
}

func TestALeaverOpensNothingNewAndTheRestOpenEverything(t *testing.T) {
	o := born(t)
	nina := o.hire("nina", access.ChildGuardian)
	o.must(o.desks.Propose(o.ctx, o.as("admin").Actor, "shelter", nina, access.CaseManager))
	o.must(o.keys.Grant(o.ctx, o.as("ana"), "shelter", nina, o.prints["nina"]))
	before, first := o.openCase(o.as("ana"), "before")
	gone := o.as("nina")
	o.must(o.keys.Remove(o.ctx, o.as("ana"), "shelter", nina))
	after, second := o.openCase(o.as("ana"), "after")
	for c, r := range map[id.Case]id.Record{before: first, after: second} {
		if _, err := o.reads(o.as("ana"), c, r); err != nil {
			t.Errorf("ana no longer opens %s: %v", c, err)
		}
		_, err := o.reads(gone, c, r)
		refused(t, err, fault.Hidden, "nina after leaving")
	}
	for left := 1; left > 0; {
		var err error
		left, err = o.keys.Rewrap(o.ctx, o.as("ana"), "shelter", 1)
		o.must(err)
	}
	if _, err := o.reads(o.as("ana"), before, first); err != nil {
		t.Errorf("after re-wrapping: %v", err)
	}
	refused(t, o.keys.Remove(o.ctx, o.as("ana"), "shelter", o.ids["ana"]), fault.Conflict, "the last member leaving")
}

func TestBreakGlassReadsAndCannotWrite(t *testing.T) {
	o := born(t)
	c, note := o.openCase(o.as("ana"), "she likes tea")
	erna := o.as("erna")
	_, err := o.reads(erna, c, note)
	refused(t, err, fault.Hidden, "the emergency desk without breaking the glass")
	err = o.write(o.ctx, audit.Saw(erna.Actor, access.EmergencyOpenCase, string(c)).In(c), func(tx caseTx) error {
		k, err := o.keys.BreakGlassIn(o.ctx, tx, erna, c)
		if err != nil {
			return err
		}
		if r, err := k.ReadIn(o.ctx, tx, note); err != nil || string(r.Body) != "she likes tea" {
			t.Errorf("under glass: %q, %v", r.Body, err)
		}
		_, err = k.PutIn(o.ctx, tx, keyring.Record{Kind: "note", Body: []byte("x")})
		return err
	})
	refused(t, err, fault.Denied, "writing under glass")
}

func TestRecoveryNeedsTwoOfThreeAndExportsNothing(t *testing.T) {
	o := born(t)
	if ready, err := o.keys.Ready(o.ctx); err != nil || ready {
		t.Fatalf("ready before the drill: %v, %v", ready, err)
	}
	refused(t, o.keys.Drill(o.ctx, o.as("olga")), fault.Conflict, "a drill alone")
	refused(t, o.keys.OfferShare(o.ctx, o.as("ana"), o.ids["olga"]), fault.Denied, "a share of somebody who is no officer")
	o.must(o.keys.OfferShare(o.ctx, o.as("ora"), o.ids["olga"]))
	o.must(o.keys.Drill(o.ctx, o.as("olga")))
	if ready, err := o.keys.Ready(o.ctx); err != nil || !ready {
		t.Fatalf("not ready after the drill: %v, %v", ready, err)
	}

	c, note := o.openCase(o.as("ana"), "she likes tea")
	link, err := o.users.Reinvite(o.ctx, o.as("admin").Actor, o.ids["ana"])
	o.must(err)
	_, _, err = o.users.Enrol(o.ctx, link, passphrase)
	o.must(err)
	if _, err := o.users.SignIn(o.ctx, "ana", passphrase, "192.0.2.1"); !fault.Is(err, fault.Conflict) {
		t.Errorf("with new keys she has a place before anybody granted one: %v", err)
	}
	// Nobody is left at the shelter, so two officers re-grant her.
	o.must(o.keys.OfferShare(o.ctx, o.as("oto"), o.ids["olga"]))
	o.must(o.keys.Recover(o.ctx, o.as("olga"), "shelter", o.ids["ana"]))
	if text, err := o.reads(o.as("ana"), c, note); err != nil || text != "she likes tea" {
		t.Errorf("after recovery ana reads %q, %v", text, err)
	}
	if desks, err := o.keys.Unrecoverable(o.ctx); err != nil || len(desks) != 0 {
		t.Errorf("not recoverable: %v, %v", desks, err)
	}
	o.must(o.keys.OfferShare(o.ctx, o.as("ora"), o.ids["olga"]))
	o.now = o.now.Add(2 * time.Hour)
	refused(t, o.keys.Drill(o.ctx, o.as("olga")), fault.Conflict, "an offer of two hours ago")
}

func TestFrozenErasedAndKeptCompartments(t *testing.T) {
	o := born(t)
	ana := o.as("ana")
	o.hire("hana")
	o.found("archive", desk.LegalHold, "hana", access.CaseManager)
	c, _ := o.openCase(ana, "home")
	put := func(consent id.Consent, text string) (comp id.Compartment, r keyring.Record) {
		o.must(o.write(o.ctx, audit.Did(ana.Actor, access.GiveConsent, string(consent)).In(c), func(tx caseTx) error {
			k, err := o.keys.OpenCaseIn(o.ctx, tx, ana, c)
			if err != nil {
				return err
			}
			if comp, err = k.NewCompartmentIn(o.ctx, tx, consent); err != nil {
				return err
			}
			r, err = k.PutIn(o.ctx, tx, keyring.Record{Kind: "note", Compartment: comp, Body: []byte(text)})
			return err
		}))
		return comp, r
	}
	one, first := put("consent-1", "under one")
	_, second := put("consent-2", "under two")
	freeze := func(consent id.Consent) {
		o.must(o.write(o.ctx, audit.Did(access.Node("MK"), access.FreezeConsent, string(consent)), func(tx caseTx) error {
			_, err := o.keys.FreezeIn(o.ctx, tx, consent)
			return err
		}))
	}
	freeze("consent-1")
	_, err := o.reads(ana, c, first.ID)
	refused(t, err, fault.Conflict, "a frozen compartment")
	if text, err := o.reads(ana, c, second.ID); err != nil || text != "under two" {
		t.Errorf("the other consent: %q, %v", text, err)
	}
	o.must(o.write(o.ctx, audit.Did(ana.Actor, access.EraseCase, string(c)).In(c), func(tx caseTx) error {
		return o.keys.EraseCompartmentIn(o.ctx, tx, one)
	}))
	_, err = o.reads(ana, c, first.ID)
	refused(t, err, fault.NotFound, "an erased row")

	freeze("consent-2")
	o.must(o.write(o.ctx, audit.Did(ana.Actor, access.EraseCase, string(c)).In(c).For("kept"), func(tx caseTx) error {
		k, err := o.keys.OpenCaseIn(o.ctx, tx, ana, c)
		if err != nil {
			return err
		}
		return k.KeepIn(o.ctx, tx, second.Compartment, "archive")
	}))
	_, err = o.reads(ana, c, second.ID)
	refused(t, err, fault.Hidden, "what only the legal hold keeps")
	if text, err := o.reads(o.as("hana"), c, second.ID); err != nil || text != "under two" {
		t.Errorf("the legal-hold desk reads %q, %v", text, err)
	}
}

func TestTheAuthorityKeyNeedsItsOfficer(t *testing.T) {
	o := born(t)
	public, err := o.keys.NewAuthority(o.ctx, console, []id.User{o.ids["ora"]})
	o.must(err)
	listed := []id.Key{public.ID()}
	var sig seal.Signature
	sign := func(k seal.SignPrivate) error { sig = k.Sign(seal.DomainDeskSheet, []byte("sheet")); return nil }
	o.must(o.keys.WithAuthority(o.ctx, o.as("ora"), listed, sign))
	o.must(public.Verify(seal.DomainDeskSheet, []byte("sheet"), sig))
	refused(t, o.keys.WithAuthority(o.ctx, o.as("admin"), listed, sign), fault.Denied, "the administrator, who is no key officer")
	refused(t, o.keys.WithAuthority(o.ctx, o.as("ora"), []id.Key{"another"}, sign), fault.Denied, "a key that the roster does not list")
}
