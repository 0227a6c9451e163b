package childhood_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/childhood"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
	"github.com/opentrm/opentrm/internal/task"
)

// shelter is a node on a real database with a few people, and a clock that tests move.
type shelter struct {
	t        *testing.T
	ctx      context.Context
	now      time.Time
	member   id.Member
	db       *store.DB
	keys     *keyring.Service
	cases    *casefile.Service
	consents *consent.Service
	kids     *childhood.Service
	people   map[string]keyring.Bearer
	public   map[id.User][]byte
}

// accounts gives the public keys of the people of the test, who have no accounts.
type accounts struct {
	keyring.Tx
	public map[id.User][]byte
}

func (a accounts) UserKEM(_ context.Context, u id.User) ([]byte, error) { return a.public[u], nil }

func born(t *testing.T, member id.Member) *shelter {
	t.Helper()
	o := &shelter{
		t: t, ctx: t.Context(), now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), member: member,
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
		Read: store.Reader[keyring.Tx](o.db), Now: now, IDs: ids, Node: member,
	}
	shipped, err := profile.Load()
	o.must(err)
	law := func() profile.Set { return shipped }
	persons := &person.Service{Write: store.Writer[person.Tx](o.db), Read: store.Reader[person.Tx](o.db), Now: now, IDs: ids, Keys: o.keys}
	o.cases = &casefile.Service{
		Write: store.Writer[casefile.Tx](o.db), Read: store.Reader[casefile.Tx](o.db), Now: now, IDs: ids, Member: member, Keys: o.keys,
		Persons: persons, Law: law,
	}
	o.consents = &consent.Service{
		Write: store.Writer[consent.Tx](o.db), Read: store.Reader[consent.Tx](o.db), Now: now, IDs: ids, Member: member, Keys: o.keys, Law: law,
		Sign: seal.NewSign(nil).Sign, Forward: func(context.Context, consent.Tx, consent.Consent) error { return nil },
	}
	o.kids = &childhood.Service{
		Cases: o.cases, Consents: o.consents, Law: law,
		Tasks: &task.Service{
			Write: store.Writer[task.Tx](o.db), Read: store.Reader[task.Tx](o.db), Now: now, IDs: ids, Member: member,
			Tell: func(context.Context, task.Tx, task.Tell) error { return nil },
		},
	}
	persons.Written, o.consents.Guarded = o.kids.Written, o.kids.Guarded
	o.keys.Admits = o.kids.Admits
	o.cases.Begun, o.cases.Counted = o.kids.BegunIn, o.kids.Counted
	var officers []id.User
	for _, name := range []string{"olga", "oto", "ora"} {
		officers = append(officers, o.hire(name, access.DataProtectionOfficer, "").User)
	}
	o.must(o.keys.Enrol(o.ctx, access.Console(member), officers))
	o.found("emergency", desk.Emergency, "erna", access.CaseManager)
	o.found("hold", desk.LegalHold, "hana", access.CaseManager)
	o.found("shelter", desk.Ordinary, "ana", access.CaseManager)
	o.found("clinic", desk.Ordinary, "boris", access.ServiceProvider)
	gita := o.hire("gita", access.ChildGuardian, "shelter")
	o.must(store.Writer[desk.Tx](o.db)(o.ctx, audit.Did(access.Console(member), access.ProposeMemberDesk, "shelter"), func(tx desk.Tx) error {
		return tx.SetMembership(o.ctx, desk.Membership{
			Desk: "shelter", User: gita.User, Role: access.ChildGuardian, State: desk.Proposed, ProposedBy: "admin", Since: frame.At(o.now),
		})
	}))
	o.must(o.keys.Grant(o.ctx, o.people["ana"], "shelter", gita.User, gita.Key()))
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
	by := keyring.NewBearer(access.Actor{User: id.User(name), Role: role, Desk: at, Realm: access.RealmOf(role), Member: o.member}, k)
	o.people[name], o.public[id.User(name)] = by, k.KEM.Public().Bytes()
	return by
}

func (o *shelter) found(at id.Desk, purpose desk.Purpose, first string, role access.Role) {
	o.t.Helper()
	o.hire(first, role, at)
	o.must(o.keys.Found(o.ctx, access.Console(o.member), keyring.Founding{
		Desk: desk.Desk{
			ID: at, Organisation: "demo", Kind: desk.AtNode, Realm: access.RealmOf(role), Sector: desk.Unsaid(access.RealmOf(role)), Purpose: purpose,
			Function: "desk.function.shelter", Zone: "Europe/Skopje",
		},
		First: id.User(first), Role: role,
	}))
}

func (o *shelter) open(in casefile.Opening) casefile.Case {
	o.t.Helper()
	c, err := o.cases.Open(o.ctx, o.people["ana"], in)
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

// on moves the clock to the morning of a day.
func (o *shelter) on(day string) {
	t, err := time.Parse(time.DateOnly, day)
	o.must(err)
	o.now = t.Add(8 * time.Hour)
}

// later lets a second pass, so that what is recorded next is younger.
func (o *shelter) later() { o.now = o.now.Add(time.Second) }

// show opens the path of a child.
func (o *shelter) show(c casefile.Case) childhood.File {
	o.t.Helper()
	f, err := o.kids.Show(o.ctx, o.people["ana"], c.ID)
	o.must(err)
	return f
}

// kept is a record that was kept, or the test fails; the next one is younger.
func kept[T any](o *shelter, x outcome[T]) casefile.Kept[T] {
	o.t.Helper()
	o.must(x.err)
	o.later()
	return x.k
}

// row is what the node knows of a case at rest.
func (o *shelter) row(c casefile.Case) (out casefile.Case) {
	o.t.Helper()
	o.must(store.Reader[casefile.Tx](o.db)(o.ctx, func(tx casefile.Tx) (err error) {
		out, err = tx.Case(o.ctx, c.ID)
		return err
	}))
	return out
}

// tasks are the open tasks about a case, by kind and when they are due.
func (o *shelter) tasks(c casefile.Case) map[string]frame.Time {
	o.t.Helper()
	out := map[string]frame.Time{}
	o.must(store.Reader[task.Tx](o.db)(o.ctx, func(tx task.Tx) error {
		all, err := tx.OpenTasks(o.ctx, string(c.ID), "")
		for _, t := range all {
			if _, twice := out[t.Kind]; twice {
				o.t.Errorf("%s is open twice", t.Kind)
			}
			out[t.Kind] = t.Due
		}
		return err
	}))
	return out
}

func (o *shelter) kinds(c casefile.Case) string {
	var all []string
	for k := range o.tasks(c) {
		all = append(all, strings.TrimPrefix(k, "child."))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// said is a record about an age, with what every one needs.
func said(turn childhood.Turn, on string) childhood.Age {
	return childhood.Age{Turn: turn, On: on, Who: "DEMO social worker", Why: "DEMO"}
}

// girl is somebody with a birth date.
func girl(b person.Birth) *person.Person {
	return &person.Person{Names: []person.Name{}, Contacts: []person.Contact{}, Birth: person.Say(b)}
}

// aunt is a guardian, with the words of a consent.
func aunt() childhood.Guardian {
	return childhood.Guardian{Name: "Demo Aunt", Relation: "relative", Authority: "Demo court", Document: "12/2026", From: "2026-11-20"}
}

// agrees is a consent that somebody else gives for a child.
func agrees(to id.Address) consent.Record {
	return consent.Record{
		GivenBy: consent.ByGuardian, Assent: true, BestInterests: "DEMO", Capable: true, Purposes: []consent.Purpose{consent.ForReferral},
		Recipients: []id.Address{to}, Categories: []consent.Code{"risk.summary"},
		Explained: consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
		Language:  "ro", Interpreter: "Demo Interpreter", ReadBack: true, How: consent.Written,
	}
}

func (o *shelter) given(c casefile.Case) []consent.Consent {
	o.t.Helper()
	all, err := o.consents.List(o.ctx, o.people["ana"].Actor, c.ID)
	o.must(err)
	return all
}

// determination is what a body found, signed for it and, if named, by a guardian.
func determination(guardian string) childhood.Interest {
	return childhood.Interest{
		Weight: childhood.Determined, About: "placement", On: "2026-11-23", Body: "panel", Name: "DEMO panel", Part: []string{"DEMO social worker"},
		Heard: "in-her-words", Views: "DEMO: with her sister", Weighed: []string{"views", "safety"}, Grounds: "DEMO", Result: "DEMO: with her sister",
		Signers: []childhood.Signer{{Name: "DEMO chair", As: childhood.AsBody, On: "2026-11-23"}, {Name: guardian, As: childhood.AsGuardian, On: "2026-11-23"}},
		Review:  "2027-01-15",
	}
}

// told is what was explained to her.
func told(about string, a childhood.Answer) childhood.Told {
	return childhood.Told{About: about, On: "2026-11-23", Language: "ro", Interpreter: "Demo Interpreter", How: "spoken", Answer: a, Words: "DEMO"}
}

// outcome is what a use-case returned.
type outcome[T any] struct {
	k   casefile.Kept[T]
	err error
}

func of[T any](k casefile.Kept[T], err error) outcome[T] { return outcome[T]{k, err} }

func second[T any](_ T, err error) error { return err }

func rungs(t task.Task) (all []frame.Time) {
	for _, r := range t.Chain {
		all = append(all, r.At)
	}
	return all
}

// restored is what a restore does.
type restored interface {
	UnconfirmConsents(ctx context.Context, epoch int64) error
}
