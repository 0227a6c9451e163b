package signin_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

const passphrase = "seven quiet otters swim north"

// caseTx is what these tests need to keep the rows of a case.
type caseTx interface{ keyring.Tx }

// office is one node's accounts, desks and keys on a real database, with a clock that tests move.
type office struct {
	t      *testing.T
	ctx    context.Context
	now    time.Time
	db     *store.DB
	users  *signin.Service
	desks  *desk.Service
	keys   *keyring.Service
	write  func(context.Context, audit.Entry, func(caseTx) error) error
	read   func(context.Context, func(caseTx) error) error
	prints map[string]id.Key
	ids    map[string]id.User
}

func open(t *testing.T) *office {
	t.Helper()
	o := &office{
		t: t, ctx: t.Context(), now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC),
		prints: map[string]id.Key{}, ids: map[string]id.User{},
	}
	now := func() time.Time { return o.now }
	db := storetest.New(t, now)
	o.db = db
	ids := id.Maker{Now: now}
	cheap := func(r io.Reader) seal.Stretch {
		s := seal.NewStretch(r)
		s.Time, s.MemoryKiB, s.Threads = 1, 8<<10, 1
		return s
	}
	o.users = &signin.Service{
		Write: store.Writer[signin.Tx](db), Read: store.Reader[signin.Tx](db), Touch: store.Ephemeral[signin.TouchTx](db),
		Now: now, IDs: ids, Member: "MK", Pepper: seal.NewKey(nil), Stretch: cheap,
	}
	o.desks = &desk.Service{Write: store.Writer[desk.Tx](db), Read: store.Reader[desk.Tx](db), Now: now}
	o.keys = &keyring.Service{Secret: keyring.NewSecret(seal.NewKey(nil)), Write: store.Writer[keyring.Tx](db), Read: store.Reader[keyring.Tx](db), Now: now, IDs: ids, Node: "MK"}
	o.users.Keys = o.keys
	o.users.Marks = func(ctx context.Context, tx signin.Tx) (keyring.Marks, error) { return o.keys.MarksIn(ctx, tx) }
	o.write, o.read = store.Writer[caseTx](db), store.Reader[caseTx](db)
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

var console = access.Console("MK")

// hire gives somebody an account and keys.
func (o *office) hire(login string, office ...access.Role) id.User {
	o.t.Helper()
	user, link, err := o.users.Invite(o.ctx, console, signin.Invitee{Login: login, Name: "Demo " + login, Office: office, Language: "en", Zone: "Europe/Skopje", Demo: true})
	o.must(err)
	_, print, err := o.users.Enrol(o.ctx, link, passphrase)
	o.must(err)
	o.ids[login], o.prints[login] = user, print
	return user
}

// born founds a node: an administrator, three recovery officers, and the desks of a shelter.
func born(t *testing.T) *office {
	o := open(t)
	o.hire("admin", access.Administrator)
	officers := []id.User{o.hire("olga", access.DataProtectionOfficer), o.hire("oto", access.Auditor), o.hire("ora", access.NationalCoordinator)}
	o.must(o.keys.Enrol(o.ctx, console, officers))
	o.hire("erna")
	o.found("emergency", desk.Emergency, "erna", access.CaseManager)
	o.hire("ana")
	o.found("shelter", desk.Ordinary, "ana", access.CaseManager)
	o.hire("boris")
	o.found("clinic", desk.Ordinary, "boris", access.ServiceProvider)
	return o
}

func (o *office) found(slug id.Desk, purpose desk.Purpose, first string, role access.Role) {
	o.t.Helper()
	o.must(o.keys.Found(o.ctx, console, keyring.Founding{
		Desk: desk.Desk{
			ID: slug, Organisation: "demo", Kind: desk.AtNode, Realm: access.RealmOf(role), Sector: desk.Unsaid(access.RealmOf(role)), Purpose: purpose,
			Function: "desk.function.shelter", Zone: "Europe/Skopje",
		},
		First: o.ids[first], Role: role,
	}))
}

// as signs somebody in.
func (o *office) as(login string) keyring.Bearer {
	o.t.Helper()
	in, err := o.users.SignIn(o.ctx, login, passphrase, "192.0.2.1")
	o.must(err)
	by, _, err := o.users.Resume(o.ctx, in.Secret)
	o.must(err)
	return by
}

// openCase makes a case of the shelter with one note and returns it.
func (o *office) openCase(by keyring.Bearer, text string) (id.Case, id.Record) {
	o.t.Helper()
	c := id.Ordered[id.Case](id.Maker{})
	var r keyring.Record
	o.must(o.write(o.ctx, audit.Did(by.Actor, access.OpenCase, string(c)).In(c), func(tx caseTx) error {
		k, err := o.keys.NewCaseIn(o.ctx, tx, by, c, by.Desk, by.Realm)
		if err != nil {
			return err
		}
		r, err = k.PutIn(o.ctx, tx, keyring.Record{Kind: "note", Body: []byte(text)})
		return err
	}))
	return c, r.ID
}

// reads opens a note as by.
func (o *office) reads(by keyring.Bearer, c id.Case, r id.Record) (string, error) {
	var text string
	err := o.read(o.ctx, func(tx caseTx) error {
		k, err := o.keys.OpenCaseIn(o.ctx, tx, by, c)
		if err != nil {
			return err
		}
		rec, err := k.ReadIn(o.ctx, tx, r)
		text = string(rec.Body)
		return err
	})
	return text, err
}
