package signin_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/signin"
)

// invited makes an account with the link of who, and keys with that link.
func (o *office) invited(who access.Actor, login string, offices ...access.Role) (id.User, id.Key) {
	o.t.Helper()
	user, link, err := o.users.Invite(o.ctx, who, signin.Invitee{Login: login, Name: "Demo " + login, Office: offices, Language: "en", Zone: "Europe/Skopje", Demo: true})
	o.must(err)
	_, print, err := o.users.Enrol(o.ctx, link, passphrase)
	o.must(err)
	o.ids[login] = user
	return user, print
}

func (o *office) fails(err error, kind fault.Kind, key string) {
	o.t.Helper()
	if _, got, _ := fault.Public(err); !fault.Is(err, kind) || got != key {
		o.t.Errorf("%v, not %s %s", err, kind, key)
	}
}

// Whoever runs the accounts could make a second person of her own out of a link that she uses herself. Its office opens nothing until somebody
// else of the office has compared the keys, a new link for an old account included.
func TestAnOfficeIsLetInBySomebodyElse(t *testing.T) {
	o := born(t)
	boss := o.as("admin")
	admin := boss.Actor
	own, print := o.invited(admin, "sham", access.DataProtectionOfficer, access.NationalCoordinator)
	signs := func(login string) error {
		_, err := o.users.SignIn(o.ctx, login, passphrase, "192.0.2.1")
		return err
	}
	o.fails(signs("sham"), fault.Conflict, "signin.office.waits")

	o.fails(o.users.LetIn(o.ctx, boss, own, print), fault.Denied, "access.denied") // who made the link
	sham := keyring.Bearer{Actor: access.Actor{User: own, Role: access.NationalCoordinator, Realm: access.Office, Member: "MK"}}
	o.fails(o.users.LetIn(o.ctx, sham, own, print), fault.Denied, "access.denied")        // she herself
	o.fails(o.users.LetIn(o.ctx, o.as("ana"), own, print), fault.Denied, "access.denied") // who helps and watches nobody
	oto := o.as("oto")
	o.fails(o.users.LetIn(o.ctx, oto, own, o.prints["oto"]), fault.Invalid, "signin.office.fingerprint")
	o.fails(o.users.LetIn(o.ctx, oto, own, ""), fault.Invalid, "signin.office.fingerprint")
	o.fails(signs("sham"), fault.Conflict, "signin.office.waits")
	for who, n := range map[string]int{"oto": 1, "ora": 1, "olga": 1, "admin": 0, "ana": 0} {
		if all, err := o.users.Waiting(o.ctx, o.as(who).Actor); err != nil || len(all) != n {
			t.Errorf("%s could let in %v %v", who, all, err)
		}
	}
	o.must(o.users.LetIn(o.ctx, oto, own, print))
	o.must(signs("sham"))
	o.fails(o.users.LetIn(o.ctx, oto, own, print), fault.Conflict, "signin.office.not-now")

	// A new link for the account of the auditor makes others keys: it waits again.
	link, err := o.users.Reinvite(o.ctx, admin, o.ids["oto"])
	o.must(err)
	_, _, err = o.users.Enrol(o.ctx, link, passphrase)
	o.must(err)
	o.fails(signs("oto"), fault.Conflict, "signin.office.waits")

	// Who has left could have compared too: to disable the others lets nobody in. Whoever has the machine does.
	for _, login := range []string{"oto", "ora", "olga", "sham"} {
		o.must(o.users.Disable(o.ctx, admin, o.ids[login]))
	}
	// and the last who can let anybody in stays
	o.fails(o.users.Disable(o.ctx, admin, o.ids["admin"]), fault.Conflict, "signin.disable.last")
	alone, print := o.invited(admin, "alone", access.Auditor)
	o.fails(signs("alone"), fault.Conflict, "signin.office.waits")
	o.must(o.users.LetIn(o.ctx, keyring.Bearer{Actor: console}, alone, print))
	o.must(signs("alone"))
}

// The first account beside the first administrator waits for nobody, because there is nobody; nor do those who serve a desk only.
func TestTheFirstOfficeWaitsForNobody(t *testing.T) {
	o := open(t)
	o.hire("admin", access.Administrator)
	admin := o.as("admin").Actor
	o.invited(admin, "ana")
	o.invited(admin, "ora", access.NationalCoordinator)
	if _, err := o.users.SignIn(o.ctx, "ora", passphrase, "192.0.2.1"); err != nil {
		t.Error(err)
	}
	second, print := o.invited(admin, "olga", access.DataProtectionOfficer)
	if _, err := o.users.SignIn(o.ctx, "olga", passphrase, "192.0.2.1"); !fault.Is(err, fault.Conflict) {
		t.Errorf("the second is in: %v", err)
	}
	o.now = o.now.Add(time.Hour)
	o.must(o.users.LetIn(o.ctx, o.as("ora"), second, print))
}
