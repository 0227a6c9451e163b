package signin_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
)

const chosen = "nine brave herons walk north"

func TestAChangedPassphraseReplacesOneLock(t *testing.T) {
	o, d := withPasskeys(t)
	c, note := o.openCase(o.as("ana"), "she likes tea")
	who := o.add(d)
	elsewhere, err := o.users.SignIn(o.ctx, "ana", passphrase, here)
	o.must(err)
	change := func(old, now string) error {
		return o.users.ChangePassphrase(o.ctx, who, signin.Changing{Old: old, New: now, Address: here})
	}
	for _, x := range []struct{ old, now, want string }{
		{passphrase, "too short", "seal.passphrase.short"},
		{passphrase, passphrase, "signin.passphrase.same"},
		{"not her passphrase at all", chosen, "signin.wrong"},
		{passphrase, chosen, ""},
	} {
		if got := key(change(x.old, x.now)); got != x.want {
			t.Errorf("from %q to %q: %q, want %q", x.old, x.now, got, x.want)
		}
	}
	_, err = o.users.SignIn(o.ctx, "ana", passphrase, here)
	refused(t, err, fault.Denied, "the old passphrase")
	refused(t, change(passphrase, "ten loud storks fly far east"), fault.Denied, "changing it with the old one")
	_, _, err = o.users.Resume(o.ctx, elsewhere.Secret)
	refused(t, err, fault.Locked, "another session of before")
	in, err := o.users.SignIn(o.ctx, "ana", chosen, here)
	o.must(err)
	by, _, err := o.users.Resume(o.ctx, in.Secret)
	o.must(err)
	if text, err := o.reads(by, c, note); err != nil || text != "she likes tea" {
		t.Errorf("with the new passphrase ana reads %q, %v", text, err)
	}
	if _, err := o.enters(d); err != nil {
		t.Errorf("her passkey: %v", err)
	}
	if all, err := o.users.Sessions(o.ctx, who, who.User); err != nil || len(all) != 3 {
		t.Errorf("%d sessions, %v: want the one in which it was changed and two of after", len(all), err)
	}
}

// TestARestoreBringsTheOldPassphraseBack: an archive holds the lock of the day on which it was made.
func TestARestoreBringsTheOldPassphraseBack(t *testing.T) {
	o := born(t)
	ana := o.as("ana").Actor
	var before signin.User
	read, write := store.Reader[signin.Tx](o.db), store.Writer[signin.Tx](o.db)
	account := func(u *signin.User) {
		o.must(read(o.ctx, func(tx signin.Tx) (err error) { *u, err = tx.User(o.ctx, ana.User); return err }))
	}
	account(&before)
	o.must(o.users.ChangePassphrase(o.ctx, ana, signin.Changing{Old: passphrase, New: chosen, Address: here}))
	var after signin.User
	account(&after)
	after.Locks = before.Locks
	o.must(write(o.ctx, audit.Did(console, access.RestoreBackup, "node"), func(tx signin.Tx) error { return tx.SetUser(o.ctx, after) }))
	_, err := o.users.SignIn(o.ctx, "ana", chosen, here)
	refused(t, err, fault.Denied, "the new passphrase after a restore")
	ana = o.as("ana").Actor
	o.must(o.users.ChangePassphrase(o.ctx, ana, signin.Changing{Old: passphrase, New: chosen, Address: here}))
	_, err = o.users.SignIn(o.ctx, "ana", passphrase, here)
	refused(t, err, fault.Denied, "the old passphrase once it is changed again")
}

// TestAnOfficerWithANewPassphraseStillRecovers: her share is sealed to her keys, which stay.
func TestAnOfficerWithANewPassphraseStillRecovers(t *testing.T) {
	o := born(t)
	o.must(o.users.ChangePassphrase(o.ctx, o.as("ora").Actor, signin.Changing{Old: passphrase, New: chosen, Address: here}))
	in, err := o.users.SignIn(o.ctx, "ora", chosen, here)
	o.must(err)
	ora, _, err := o.users.Resume(o.ctx, in.Secret)
	o.must(err)
	o.must(o.keys.OfferShare(o.ctx, ora, o.ids["olga"]))
	o.must(o.keys.Drill(o.ctx, o.as("olga")))
}

func TestWithASecondStepAChangeNeedsACode(t *testing.T) {
	o := born(t)
	ana := o.as("ana").Actor
	a, codes := o.sharing("ana", ana)
	change := func(code string) string {
		return key(o.users.ChangePassphrase(o.ctx, ana, signin.Changing{Old: passphrase, New: chosen, Code: code, Address: here}))
	}
	for code, want := range map[string]string{"": "signin.code", "000000": "signin.code.wrong", a.at(o.now): "signin.code.wrong"} {
		if got := change(code); got != want {
			t.Errorf("with the code %q: %q, want %q", code, got, want)
		}
	}
	if got := change(codes[0]); got != "" {
		t.Fatalf("with a recovery code: %q", got)
	}
	come := func(code string) string {
		_, err := o.users.Come(o.ctx, signin.Entry{Login: "ana", Passphrase: chosen, Code: code, Address: here})
		return key(err)
	}
	if got := come(codes[0]); got != "signin.code.wrong" {
		t.Errorf("the recovery code again: %q", got)
	}
	if got := come(codes[1]); got != "" {
		t.Errorf("the new passphrase with a code: %q", got)
	}
}

func TestAPassphraseIsNotGuessedByChangingIt(t *testing.T) {
	o := born(t)
	ana := o.as("ana").Actor
	change := func(old string) error {
		return o.users.ChangePassphrase(o.ctx, ana, signin.Changing{Old: old, New: chosen, Address: here})
	}
	for range 4 {
		_ = change("not her passphrase at all")
	}
	refused(t, change(passphrase), fault.Unavailable, "the right passphrase after four wrong ones")
}
