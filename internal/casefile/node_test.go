package casefile_test

import (
	"context"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// town is one node on a real database, with the people who work there and a clock that tests move.
type town struct {
	law      profile.Set
	t        *testing.T
	ctx      context.Context
	now      time.Time
	db       *store.DB
	keys     *keyring.Service
	persons  *person.Service
	consents *consent.Service
	cases    *casefile.Service
	people   map[string]keyring.Bearer
	public   map[id.User][]byte
	told     []notify.Notice

	reflected []casefile.Reflection
	askings   []frame.Time
	forwards  []consent.Consent
	notices   []consent.Override
}

// accounts gives the public keys of the people of the test, who have no accounts.
type accounts struct {
	keyring.Tx
	public map[id.User][]byte
}

func (a accounts) UserKEM(_ context.Context, u id.User) ([]byte, error) { return a.public[u], nil }

var (
	console  = access.Console("MK")
	abroad   = id.Address{Member: "MD", Desk: "shelter"}
	toPolice = id.Address{Member: "MK", Desk: "prosecution"}
)

func born(t *testing.T) *town {
	t.Helper()
	o := &town{
		t: t, ctx: t.Context(), now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC),
		people: map[string]keyring.Bearer{}, public: map[id.User][]byte{},
	}
	now := func() time.Time { return o.now }
	db := storetest.New(t, now)
	o.db = db
	ids := id.Maker{Now: now}
	write := store.Writer[keyring.Tx](db)
	o.keys = &keyring.Service{
		Secret: keyring.NewSecret(seal.NewKey(nil)), Write: func(ctx context.Context, e audit.Entry, fn func(keyring.Tx) error) error {
			return write(ctx, e, func(tx keyring.Tx) error { return fn(accounts{tx, o.public}) })
		},
		Read: store.Reader[keyring.Tx](db), Now: now, IDs: ids, Node: "MK",
	}
	o.persons = &person.Service{Write: store.Writer[person.Tx](db), Read: store.Reader[person.Tx](db), Now: now, IDs: ids, Keys: o.keys}
	node := seal.NewSign(nil)
	law, err := profile.Load()
	o.must(err)
	o.consents = &consent.Service{
		Write: store.Writer[consent.Tx](db), Read: store.Reader[consent.Tx](db), Now: now, IDs: ids, Member: "MK", Keys: o.keys,
		Sign: node.Sign,
		Forward: func(_ context.Context, _ consent.Tx, c consent.Consent) error {
			o.forwards = append(o.forwards, c)
			return nil
		},
		Law: func() profile.Set { return law },
		Follow: func(_ context.Context, _ consent.Tx, x consent.Override) error {
			o.notices = append(o.notices, x)
			return nil
		},
	}
	o.law = law
	o.cases = &casefile.Service{
		Write: store.Writer[casefile.Tx](db), Read: store.Reader[casefile.Tx](db), Now: now, IDs: ids, Member: "MK", Keys: o.keys,
		Persons: o.persons, Law: func() profile.Set { return o.law },
		Tell: func(_ context.Context, _ casefile.Tx, n notify.Notice) error {
			o.told = append(o.told, n)
			return nil
		},
		Reflecting: func(_ context.Context, _ casefile.Tx, _ casefile.Case, r casefile.Kept[casefile.Reflection]) error {
			o.reflected = append(o.reflected, r.Value)
			return nil
		},
		Refusing: func(_ context.Context, _ casefile.Tx, _ casefile.Case, due frame.Time) error {
			o.askings = append(o.askings, due)
			return nil
		},
	}
	var officers []id.User
	for _, name := range []string{"olga", "oto", "ora"} {
		officers = append(officers, o.hire(name, access.DataProtectionOfficer, "", access.Office).User)
	}
	o.must(o.keys.Enrol(o.ctx, console, officers))
	o.found("emergency", desk.Emergency, "erna", access.CaseManager)
	o.found("hold", desk.LegalHold, "hana", access.CaseManager)
	o.found("shelter", desk.Ordinary, "ana", access.CaseManager)
	o.found("clinic", desk.Ordinary, "boris", access.ServiceProvider)
	o.found("prosecution", desk.Ordinary, "petar", access.Prosecutor)
	o.join("mira", access.CaseManager, "shelter", "ana")
	return o
}

func (o *town) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// refused fails the test unless err is a fault of that kind, and of that key where one is given.
func (o *town) refused(err error, kind fault.Kind, key string) {
	o.t.Helper()
	if !fault.Is(err, kind) {
		o.t.Fatalf("got %v, want %v %s", err, kind, key)
	}
	if key != "" && err.(interface{ Error() string }).Error()[:len(kind.String()+": "+key)] != kind.String()+": "+key {
		o.t.Fatalf("got %v, want the key %s", err, key)
	}
}

func (o *town) hire(name string, role access.Role, at id.Desk, realm access.Realm) keyring.Bearer {
	k := &seal.UserKeys{KEM: seal.NewKEM(nil), Sign: seal.NewSign(nil)}
	by := keyring.NewBearer(access.Actor{User: id.User(name), Role: role, Desk: at, Realm: realm, Member: "MK"}, k)
	o.people[name], o.public[id.User(name)] = by, k.KEM.Public().Bytes()
	return by
}

func (o *town) found(at id.Desk, purpose desk.Purpose, first string, role access.Role) {
	o.t.Helper()
	o.hire(first, role, at, access.RealmOf(role))
	o.must(o.keys.Found(o.ctx, console, keyring.Founding{
		Desk: desk.Desk{
			ID: at, Organisation: "demo", Kind: desk.AtNode, Realm: access.RealmOf(role), Sector: desk.Unsaid(access.RealmOf(role)), Purpose: purpose,
			Function: "desk.function.shelter", Zone: "Europe/Skopje",
		},
		First: id.User(first), Role: role,
	}))
}

// join lets somebody into a desk: proposed at the console, granted by a member.
func (o *town) join(name string, role access.Role, at id.Desk, by string) {
	o.t.Helper()
	b := o.hire(name, role, at, access.RealmOf(role))
	o.must(store.Writer[desk.Tx](o.db)(o.ctx, audit.Did(console, access.ProposeMemberDesk, string(at)), func(tx desk.Tx) error {
		return tx.SetMembership(o.ctx, desk.Membership{Desk: at, User: id.User(name), Role: role, State: desk.Proposed, ProposedBy: "admin", Since: frame.At(o.now)})
	}))
	o.must(o.keys.Grant(o.ctx, o.people[by], at, id.User(name), b.Key()))
}

func (o *town) duty(name string, at id.Desk) {
	o.t.Helper()
	from := frame.At(o.now)
	o.must(store.Writer[desk.Tx](o.db)(o.ctx, audit.Did(console, access.DutyDesk, string(at)), func(tx desk.Tx) error {
		return tx.SetShifts(o.ctx, at, from, []desk.Shift{{Desk: at, User: id.User(name), From: from, To: from.Add(12 * time.Hour)}})
	}))
}

// somebody is a fictitious person with a safe and an unsafe way of reaching her.
func somebody() person.Person {
	return person.Person{
		ID: "p", Names: []person.Name{
			{Use: person.Registered, Script: "Latn", Parts: []person.NamePart{{Kind: person.GivenName, Text: "Demona"}, {Kind: person.Surname, Text: "Fiktiva"}}},
			{Use: person.Exploitation, Script: "Cyrl", Parts: []person.NamePart{{Kind: person.WholeName, Text: "Лажна"}}},
		},
		Birth: person.Say(person.Birth{Year: 1999, Month: 4}), Sex: person.Say(person.Female),
		Citizenships: person.Say([]string{"MD"}), Languages: person.Say([]person.Language{{Tag: "ro", Interpreter: true}}),
		Documents: person.Without[[]person.Document](person.UnsafeToAsk),
		Contacts: []person.Contact{
			{Way: person.Telephone, Address: "+373 00 000 001", Safety: person.Unsafe},
			{Way: person.Messenger, Address: "demona-safe", Safety: person.Safe, MaySay: "the library"},
		},
	}
}

// open opens a case of an adult at ana's desk.
func (o *town) open() casefile.Case {
	o.t.Helper()
	p := somebody()
	c, err := o.cases.Open(o.ctx, o.people["ana"], casefile.Opening{Person: &p})
	o.must(err)
	return c
}

func agreed(purposes []consent.Purpose, to []id.Address, codes ...consent.Code) consent.Record {
	return consent.Record{
		GivenBy: consent.ByHerself, Capable: true, Purposes: purposes, Recipients: to, Categories: codes,
		Explained: consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
		Language:  "ro", Interpreter: "I. Fictitious", ReadBack: true, How: consent.Written,
	}
}
