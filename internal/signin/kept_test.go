package signin_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
)

func TestWhatWasTypedIsKeptForItsAuthorOnly(t *testing.T) {
	o := born(t)
	in, err := o.users.SignIn(o.ctx, "ana", passphrase, here)
	o.must(err)
	typed := signin.Typed{Path: "/cases/x/notes", Fields: "text=PLANTED+words"}
	o.now = o.now.Add(signin.IdleLimit)
	if _, err := o.users.Sweep(o.ctx); err != nil {
		t.Fatal(err)
	}
	_, _, err = o.users.Resume(o.ctx, in.Secret)
	refused(t, err, fault.Locked, "a session that was idle")
	under, err := o.users.KeepFor(o.ctx, in.Whose, in.Secret, typed)
	o.must(err)
	ana, boris := o.as("ana"), o.as("boris")
	if got, err := o.users.Kept(o.ctx, ana, under); err != nil || got != typed {
		t.Errorf("ana gets %+v, %v", got, err)
	}
	_, err = o.users.Kept(o.ctx, boris, under)
	refused(t, err, fault.NotFound, "boris with the cookie of ana")
	if waits, err := o.users.Waits(o.ctx, o.ids["boris"], under); err != nil || waits {
		t.Errorf("it waits for boris: %v, %v", waits, err)
	}
	o.must(o.users.ForgetKept(o.ctx, boris.Actor, under))
	row := o.kept(under)
	if row.User != o.ids["ana"] || bytes.Contains(row.Sealed, []byte("PLANTED")) || strings.Contains(string(row.Hash), under) {
		t.Errorf("it rests as %q", row.Sealed)
	}
	// Under another owner's name the row opens nothing, to him or to her.
	row.User = o.ids["boris"]
	o.plant(row)
	_, err = o.users.Kept(o.ctx, boris, under)
	refused(t, err, fault.NotFound, "boris with a row in his name")
	row.User = o.ids["ana"]
	o.plant(row)

	o.now = o.now.Add(signin.KeptLimit - time.Second)
	ana = o.as("ana")
	_, err = o.users.Kept(o.ctx, ana, under)
	o.must(err)
	o.now = o.now.Add(time.Second)
	_, err = o.users.Kept(o.ctx, ana, under)
	refused(t, err, fault.NotFound, "after an hour")
	_, err = o.users.Sweep(o.ctx)
	o.must(err)
	o.gone(under)
}

// kept reads what lies under a secret.
func (o *office) kept(under string) (f signin.KeptForm) {
	o.t.Helper()
	o.must(store.Reader[signin.Tx](o.db)(o.ctx, func(tx signin.Tx) (err error) {
		f, err = tx.KeptForm(o.ctx, signin.HashOf(under))
		return err
	}))
	return f
}

func (o *office) gone(under string) {
	o.t.Helper()
	err := store.Reader[signin.Tx](o.db)(o.ctx, func(tx signin.Tx) error {
		_, err := tx.KeptForm(o.ctx, signin.HashOf(under))
		return err
	})
	refused(o.t, err, fault.NotFound, "the row of "+under)
}

// plant writes a row as somebody with the database would.
func (o *office) plant(f signin.KeptForm) {
	o.t.Helper()
	o.must(store.Ephemeral[signin.TouchTx](o.db)(o.ctx, func(tx signin.TouchTx) error {
		if err := tx.DropKeptForm(o.ctx, f.Hash); err != nil {
			return err
		}
		return tx.AddKeptForm(o.ctx, f, 2)
	}))
}

func TestWhoseSessionItWasIsNotForged(t *testing.T) {
	o := born(t)
	ana, err := o.users.SignIn(o.ctx, "ana", passphrase, here)
	o.must(err)
	boris, err := o.users.SignIn(o.ctx, "boris", passphrase, here)
	o.must(err)
	keep := func(whose, session string) error {
		_, err := o.users.KeepFor(o.ctx, whose, session, signin.Typed{Path: "/", Fields: "a=b"})
		return err
	}
	o.must(keep(ana.Whose, ana.Secret))
	for what, c := range map[string][2]string{
		"that of ana beside the session of boris": {ana.Whose, boris.Secret},
		"nothing":          {"", ana.Secret},
		"no session":       {ana.Whose, ""},
		"something":        {"AAAA", ana.Secret},
		"one bit of it":    {ana.Whose[:20] + string(ana.Whose[20]^1) + ana.Whose[21:], ana.Secret},
		"much too much":    {strings.Repeat("A", 10000), ana.Secret},
		"her name instead": {string(o.ids["ana"]), ana.Secret},
	} {
		refused(t, keep(c[0], c[1]), fault.NotFound, what)
	}
	o.must(o.users.Disable(o.ctx, o.as("admin").Actor, o.ids["boris"]))
	refused(t, keep(boris.Whose, boris.Secret), fault.NotFound, "an account that is switched off")
	o.now = o.now.Add(signin.TotalLimit + signin.KeptLimit)
	refused(t, keep(ana.Whose, ana.Secret), fault.NotFound, "the day after")
}

func TestWhatIsKeptIsLittle(t *testing.T) {
	o := born(t)
	in, err := o.users.SignIn(o.ctx, "ana", passphrase, here)
	o.must(err)
	keep := func(fields string) (string, error) {
		return o.users.KeepFor(o.ctx, in.Whose, in.Secret, signin.Typed{Path: "/", Fields: fields})
	}
	_, err = keep(strings.Repeat("a", signin.KeptSize+1))
	refused(t, err, fault.TooLarge, "one byte too many")
	var all []string
	for range 4 {
		under, err := keep(strings.Repeat("a", signin.KeptSize))
		o.must(err)
		all = append(all, under)
		o.now = o.now.Add(time.Second)
	}
	o.gone(all[0])
	for _, under := range all[1:] {
		if _, err := o.users.Kept(o.ctx, o.as("ana"), under); err != nil {
			t.Errorf("one of the last three: %v", err)
		}
	}
	o.must(o.users.ForgetKept(o.ctx, o.as("ana").Actor, all[3]))
	o.gone(all[3])
}
