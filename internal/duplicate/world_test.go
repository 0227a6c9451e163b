package duplicate_test

import (
	"context"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/duplicate"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// shelter is a node on a real database with a few people, and a clock that tests move.
type shelter struct {
	t        *testing.T
	ctx      context.Context
	now      time.Time
	db       *store.DB
	keys     *keyring.Service
	cases    *casefile.Service
	twins    *duplicate.Service
	finds    *search.Service
	consents *consent.Service
	hidden   bool  // another desk was told of a search
	busy     error // what goes on in the case that would lead on
	told     []duplicate.State
	people   map[string]keyring.Bearer
	public   map[id.User][]byte
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
	o.finds = &search.Service{
		Write: store.Writer[search.Tx](o.db), Read: store.Reader[search.Tx](o.db), Now: now, IDs: ids, Member: "MK", Keys: o.keys,
		Persons: o.cases.Persons, Hourly: 1000,
		Wait:  func(context.Context, time.Time) error { return nil },
		After: func(time.Duration, func()) func() bool { return func() bool { return true } },
		Tell:  func(context.Context, search.Tx, search.Hit) error { return nil },
	}
	o.cases.Persons.Index = func(ctx context.Context, tx person.Tx, at person.Place, p person.Person) error {
		return o.finds.PutIn(ctx, tx.(search.Tx), at, p)
	}
	o.consents = &consent.Service{
		Write: store.Writer[consent.Tx](o.db), Read: store.Reader[consent.Tx](o.db), Now: now, IDs: ids, Member: "MK", Keys: o.keys, Law: o.cases.Law,
	}
	o.twins = &duplicate.Service{
		Cases:   o.cases,
		Hidden:  func(context.Context, duplicate.Tx, id.Case) (bool, error) { return o.hidden, nil },
		Offered: func(context.Context, duplicate.Tx, casefile.Case) error { return nil },
		Busy:    func(context.Context, duplicate.Tx, casefile.Case) error { return o.busy },
		Tell: func(_ context.Context, _ duplicate.Tx, m duplicate.Merge, _ casefile.Case) error {
			o.told = append(o.told, m.State)
			return nil
		},
		Find: o.finds.Find, Twins: o.finds.Twins,
	}
	t.Cleanup(o.finds.Close)
	o.cases.Tell = func(context.Context, casefile.Tx, notify.Notice) error { return nil }
	o.cases.Refusing = func(context.Context, casefile.Tx, casefile.Case, frame.Time) error { return nil }
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
	o.found("charity", desk.Ordinary, "clara", access.CaseManager)
	o.join("anja", access.CaseManager, "shelter", "ana")
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

// join lets somebody into a desk: proposed at the console, granted by a member.
func (o *shelter) join(name string, role access.Role, at id.Desk, by string) {
	o.t.Helper()
	b := o.hire(name, role, at)
	o.must(store.Writer[desk.Tx](o.db)(o.ctx, audit.Did(access.Console("MK"), access.ProposeMemberDesk, string(at)), func(tx desk.Tx) error {
		return tx.SetMembership(o.ctx, desk.Membership{Desk: at, User: id.User(name), Role: role, State: desk.Proposed, ProposedBy: "admin", Since: frame.At(o.now)})
	}))
	o.must(o.keys.Grant(o.ctx, o.people[by], at, id.User(name), b.Key()))
}

func (o *shelter) open(who string) casefile.Case {
	o.t.Helper()
	c, err := o.cases.Open(o.ctx, o.people[who], casefile.Opening{AgeClass: person.Adult})
	o.must(err)
	return c
}

// refused fails the test unless err is a fault of that kind, and of that key where one is given.
func (o *shelter) refused(err error, kind fault.Kind, key string) {
	o.t.Helper()
	if _, got, _ := fault.Public(err); !fault.Is(err, kind) || key != "" && got != key {
		o.t.Errorf("got %v, want %v %s", err, kind, key)
	}
}

// later lets a second pass, so that what is recorded next is younger.
func (o *shelter) later() { o.now = o.now.Add(time.Second) }
