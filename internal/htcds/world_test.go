package htcds_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/htcds"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// shelter is a node on a real database with a few people, and a clock that tests move.
type shelter struct {
	t      *testing.T
	ctx    context.Context
	now    time.Time
	db     *store.DB
	keys   *keyring.Service
	cases  *casefile.Service
	plans  *careplan.Service
	forms  *form.Service
	out    *htcds.Service
	people map[string]keyring.Bearer
	public map[id.User][]byte
}

// accounts gives the public keys of the people of the test, who have no accounts.
type accounts struct {
	keyring.Tx
	public map[id.User][]byte
}

func (a accounts) UserKEM(_ context.Context, u id.User) ([]byte, error) { return a.public[u], nil }

func born(t *testing.T) *shelter {
	t.Helper()
	o := &shelter{
		t: t, ctx: t.Context(), now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC),
		people: map[string]keyring.Bearer{}, public: map[id.User][]byte{},
	}
	now := func() time.Time { return o.now }
	o.db = storetest.New(t, now)
	ids := id.Maker{Now: now}
	write := store.Writer[keyring.Tx](o.db)
	o.keys = &keyring.Service{
		Secret: keyring.NewSecret(seal.NewKey(nil)), Write: func(ctx context.Context, e audit.Entry, fn func(keyring.Tx) error) error {
			return write(ctx, e, func(tx keyring.Tx) error { return fn(accounts{tx, o.public}) })
		},
		Read: store.Reader[keyring.Tx](o.db), Now: now, IDs: ids, Node: "MK",
	}
	law, err := profile.Load()
	o.must(err)
	o.cases = &casefile.Service{
		Write: store.Writer[casefile.Tx](o.db), Read: store.Reader[casefile.Tx](o.db), Now: now, IDs: ids, Member: "MK", Keys: o.keys,
		Persons: &person.Service{Write: store.Writer[person.Tx](o.db), Read: store.Reader[person.Tx](o.db), Now: now, IDs: ids, Keys: o.keys},
		Law:     func() profile.Set { return law },
	}
	o.cases.Tell = func(context.Context, casefile.Tx, notify.Notice) error { return nil }
	o.plans = &careplan.Service{
		Cases: o.cases, Directory: &directory.Service{},
		Reviewing: func(context.Context, casefile.Tx, casefile.Case, frame.Time, frame.Time) error { return nil },
	}
	set, err := form.Load()
	o.must(err)
	o.forms = &form.Service{Cases: o.cases, Forms: set}
	o.out = &htcds.Service{Cases: o.cases, Forms: o.forms, Plans: o.plans, Table: shipped(t)}
	var officers []id.User
	for _, name := range []string{"olga", "oto", "ora"} {
		officers = append(officers, o.hire(name, access.DataProtectionOfficer, "").User)
	}
	o.must(o.keys.Enrol(o.ctx, access.Console("MK"), officers))
	o.found("emergency", desk.Emergency, "erna", access.CaseManager)
	o.found("hold", desk.LegalHold, "hana", access.CaseManager)
	o.found("shelter", desk.Ordinary, "ana", access.CaseManager)
	o.found("clinic", desk.Ordinary, "boris", access.ServiceProvider)
	o.found("prosecution", desk.Ordinary, "petar", access.Prosecutor)
	o.join("sonja", access.ServiceProvider)
	return o
}

func (o *shelter) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *shelter) hire(name string, role access.Role, at id.Desk) keyring.Bearer {
	k := &seal.UserKeys{KEM: seal.NewKEM(nil), Sign: seal.NewSign(nil)}
	by := keyring.NewBearer(access.Actor{User: id.User(name), Role: role, Desk: at, Realm: access.RealmOf(role), Member: "MK"}, k)
	o.people[name], o.public[id.User(name)] = by, k.KEM.Public().Bytes()
	return by
}

func (o *shelter) found(at id.Desk, purpose desk.Purpose, first string, role access.Role) {
	o.t.Helper()
	o.hire(first, role, at)
	o.must(o.keys.Found(o.ctx, access.Console("MK"), keyring.Founding{
		Desk: desk.Desk{
			ID: at, Organisation: "demo", Kind: desk.AtNode, Realm: access.RealmOf(role), Sector: desk.Unsaid(access.RealmOf(role)), Purpose: purpose,
			Function: "desk.function.shelter", Zone: "Europe/Skopje",
		},
		First: id.User(first), Role: role,
	}))
}

// join lets somebody into the shelter: proposed by a colleague, granted by ana.
func (o *shelter) join(name string, role access.Role) {
	o.t.Helper()
	b := o.hire(name, role, "shelter")
	o.must(store.Writer[desk.Tx](o.db)(o.ctx, audit.Did(access.Console("MK"), access.ProposeMemberDesk, "shelter"), func(tx desk.Tx) error {
		return tx.SetMembership(o.ctx, desk.Membership{Desk: "shelter", User: id.User(name), Role: role, State: desk.Proposed, ProposedBy: "admin"})
	}))
	o.must(o.keys.Grant(o.ctx, o.people["ana"], "shelter", id.User(name), b.Key()))
}

// refused fails the test unless err is a fault of that kind, and of that key where one is given.
func (o *shelter) refused(err error, kind fault.Kind, key string) {
	o.t.Helper()
	if _, got, _ := fault.Public(err); !fault.Is(err, kind) || key != "" && got != key {
		o.t.Errorf("got %v, want %v %s", err, kind, key)
	}
}

// open opens a case of somebody at the shelter.
func (o *shelter) open(p *person.Person) casefile.Case {
	o.t.Helper()
	c, err := o.cases.Open(o.ctx, o.people["ana"], casefile.Opening{AgeClass: person.Adult, Person: p})
	o.must(err)
	return c
}

// export writes a case, as ana.
func (o *shelter) export(c casefile.Case, purpose htcds.Purpose) htcds.Record {
	o.t.Helper()
	r, err := o.out.Export(o.ctx, o.people["ana"], c.ID, purpose)
	o.must(err)
	return r
}

// values returns the values of a record by field.
func values(all []htcds.Answer) map[string]string {
	out := map[string]string{}
	for _, a := range all {
		out[a.Field] = strings.Join(a.Values, ";")
	}
	return out
}

// left returns what a record leaves out.
func left(r htcds.Record) map[string]int {
	out := map[string]int{}
	for _, l := range r.Left {
		out[l.What] = l.Count
	}
	return out
}
