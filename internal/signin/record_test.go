package signin_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
)

// stolen changes the row of an account as whoever can write to the database could.
func (o *office) stolen(user id.User, what func(u *signin.User)) {
	o.t.Helper()
	o.must(store.Writer[signin.Tx](o.db)(o.ctx, audit.Did(console, access.SendNotice, "theft"), func(tx signin.Tx) error {
		u, err := tx.User(o.ctx, user)
		if err != nil {
			return err
		}
		what(&u)
		return tx.SetUser(o.ctx, u)
	}))
}

func (o *office) account(login string) (u signin.User) {
	o.t.Helper()
	o.must(store.Reader[signin.Tx](o.db)(o.ctx, func(tx signin.Tx) (err error) {
		u, err = tx.User(o.ctx, o.ids[login])
		return err
	}))
	return u
}

// Whoever writes to the database makes no second person of his own: an office is open where a record says so that the node has written, for
// these keys and these roles. Not the flag, not a signature of his own, not the record of another account, not one that was widened.
func TestAThiefOpensNoOffice(t *testing.T) {
	o := born(t)
	admin := o.as("admin").Actor
	sham, print := o.invited(admin, "sham", access.DataProtectionOfficer)
	was := o.account("sham")
	signs := func() error {
		_, err := o.users.SignIn(o.ctx, "sham", passphrase, "192.0.2.1")
		return err
	}
	thief := seal.NewSign(nil)
	own := func() string { // the record as it would be, signed with a key of his own in the name of the auditor
		r, err := signin.ParseRecord([]byte(was.LetIn))
		o.must(err)
		r.Grounds, r.By, r.Role, r.Signer = signin.Compared, o.ids["oto"], access.Auditor, thief.Public()
		msg, err := frame.Encode(r)
		o.must(err)
		text, err := frame.Encode(map[string]any{"record": r, "signature": thief.Sign(seal.DomainLetIn, msg)})
		o.must(err)
		if _, err := signin.ParseRecord(text); err != nil {
			t.Fatalf("his record is not even well formed: %v", err)
		}
		return string(text)
	}()
	other := o.account("olga")
	for what, do := range map[string]func(u *signin.User){
		"the flag":                    func(u *signin.User) { u.Waits, u.LetInBy = false, o.ids["oto"] },
		"no record at all":            func(u *signin.User) { u.Waits, u.LetIn, u.LetInProof = false, "", "" },
		"the record of another":       func(u *signin.User) { u.Waits, u.LetIn, u.LetInProof = false, other.LetIn, other.LetInProof },
		"a record with other grounds": func(u *signin.User) { u.LetIn = strings.Replace(u.LetIn, `"asked"`, `"machine"`, 1) },
		"a signature of his own":      func(u *signin.User) { u.Waits, u.LetIn = false, own },
	} {
		o.stolen(sham, do)
		o.fails(signs(), fault.Conflict, "signin.office.waits")
		if all, err := o.users.Waiting(o.ctx, o.as("admin").Actor); err != nil || len(all) != 0 { // her own link is no less hers
			t.Errorf("%s: the administrator could let in %v, %v", what, all, err)
		}
		o.stolen(sham, func(u *signin.User) {
			u.Waits, u.LetInBy, u.LetIn, u.LetInProof = was.Waits, was.LetInBy, was.LetIn, was.LetInProof
		})
	}
	o.stolen(sham, func(u *signin.User) { u.Linker = o.ids["ora"] }) // so that the administrator seems to have made no link
	o.fails(o.users.LetIn(o.ctx, o.as("admin"), sham, print), fault.Denied, "access.denied")
	o.must(o.users.LetIn(o.ctx, o.as("oto"), sham, print))
	if err := signs(); err != nil {
		t.Fatal(err)
	}

	// The record says who compared, signed by her, and is of these keys and roles only.
	now := o.account("sham")
	r, err := signin.ParseRecord([]byte(now.LetIn))
	o.must(err)
	oto := o.account("oto")
	if r.By != o.ids["oto"] || r.Role != access.Auditor || r.Key != print || !bytes.Equal(r.Signer.Bytes(), oto.Sign) || r.Linker != o.ids["admin"] {
		t.Errorf("the record says %+v", r)
	}
	in, err := o.users.SignIn(o.ctx, "sham", passphrase, "192.0.2.1")
	o.must(err)
	o.stolen(sham, func(u *signin.User) { u.Office = append(u.Office, access.NationalCoordinator) })
	o.fails(signs(), fault.Conflict, "signin.office.waits")
	_, _, err = o.users.Resume(o.ctx, in.Secret)
	o.fails(err, fault.Locked, "signin.over") // in a session that is open as well
	o.stolen(sham, func(u *signin.User) { u.Office = u.Office[:1] })
	_, _, err = o.users.Resume(o.ctx, in.Secret)
	o.must(err)
	o.stolen(sham, func(u *signin.User) { u.Sign = thief.Public().Bytes() })
	o.fails(signs(), fault.Conflict, "signin.office.waits")
}

// A link that nobody has made makes no keys: with one that seems to come from the machine, an office would wait for nobody.
func TestAThiefMakesNoLink(t *testing.T) {
	o := born(t)
	admin := o.as("admin").Actor
	user, link, err := o.users.Invite(o.ctx, admin, signin.Invitee{Login: "sham", Name: "Demo sham", Office: []access.Role{access.Auditor}, Language: "en", Demo: true})
	o.must(err)
	hash := signin.HashOf(link)
	o.must(store.Writer[signin.Tx](o.db)(o.ctx, audit.Did(console, access.SendNotice, "theft"), func(tx signin.Tx) error {
		i, err := tx.TakeInvitation(o.ctx, hash)
		if err != nil {
			return err
		}
		i.Maker = ""
		return tx.AddInvitation(o.ctx, i)
	}))
	_, _, err = o.users.Enrol(o.ctx, link, passphrase)
	o.fails(err, fault.Denied, "signin.link")
	o.ids["sham"] = user
	if u := o.account("sham"); len(u.KEM) != 0 {
		t.Error("it has made keys")
	}
}

// What is from before there were records waits for whoever has the machine, and for nobody else.
func TestAnOfficeWithoutARecordIsLetInAtTheMachine(t *testing.T) {
	o := born(t)
	o.stolen(o.ids["admin"], func(u *signin.User) { u.LetIn, u.LetInProof = "", "" })
	_, err := o.users.SignIn(o.ctx, "admin", passphrase, "192.0.2.1")
	o.fails(err, fault.Conflict, "signin.office.waits")
	o.fails(o.users.LetIn(o.ctx, o.as("oto"), o.ids["admin"], o.prints["admin"]), fault.Denied, "access.denied")
	o.must(o.users.LetIn(o.ctx, keyring.Bearer{Actor: console}, o.ids["admin"], o.prints["admin"]))
	o.as("admin")
}

// Whatever rests as a record is refused, or is one: unsigned on its grounds, or signed by who compared.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"record":{"form":"opentrm/let-in/1","member":"MK","user":"u","office":["auditor"],"key":"","sign":"","linker":"","grounds":"machine","by":"","role":"","at":1,"signer":""},"signature":""}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := signin.ParseRecord(b)
		if err == nil && (r.Grounds == signin.Compared) == r.Signer.IsZero() {
			t.Fatalf("%q", b)
		}
	})
}
