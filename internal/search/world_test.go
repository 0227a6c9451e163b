package search_test

import (
	"context"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	desks "github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// world is one node with desks and people, and their searches.
type world struct {
	*search.Service
	t       testing.TB
	now     time.Time
	db      *store.DB
	keys    *keyring.Service
	persons *person.Service
	cases   *casefile.Service
	people  map[string]keyring.Bearer
	waited  []time.Time  // until when answers were kept back
	told    []search.Hit // what desks were told of
	drops   []func()     // what runs when an index has lain unused
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), people: map[string]keyring.Bearer{}}
	now := func() time.Time { return w.now }
	w.db = storetest.New(t, now)
	ids := id.Maker{Now: now}
	w.keys = &keyring.Service{
		Secret: keyring.NewSecret(seal.NewKey(nil)), Write: store.Writer[keyring.Tx](w.db), Read: store.Reader[keyring.Tx](w.db), Now: now, Node: "MK",
	}
	w.persons = &person.Service{Write: store.Writer[person.Tx](w.db), Read: store.Reader[person.Tx](w.db), Now: now, IDs: ids, Keys: w.keys}
	w.cases = &casefile.Service{
		Write: store.Writer[casefile.Tx](w.db), Read: store.Reader[casefile.Tx](w.db), Now: now, IDs: ids, Member: "MK", Keys: w.keys,
		Persons: w.persons, Law: func() profile.Set { return profile.Set{} },
		Erasing: func(ctx context.Context, tx casefile.Tx, c casefile.Case) error {
			return w.EraseIn(ctx, tx.(search.Tx), c.ID)
		},
	}
	w.Service = &search.Service{
		Write: store.Writer[search.Tx](w.db), Read: store.Reader[search.Tx](w.db), Now: now, IDs: ids, Member: "MK", Keys: w.keys, Persons: w.persons,
		Hourly: 1000, Claim: store.Ephemeral[search.ClaimTx](w.db),
		Wait: func(_ context.Context, until time.Time) error { w.waited = append(w.waited, until); return nil },
		After: func(d time.Duration, f func()) func() bool {
			if d != search.Stays {
				t.Errorf("an index stays %v", d)
			}
			w.drops = append(w.drops, f)
			return func() bool { return true }
		},
		Tell: func(_ context.Context, _ search.Tx, h search.Hit) error { w.told = append(w.told, h); return nil },
	}
	w.persons.Index = func(ctx context.Context, tx person.Tx, at person.Place, p person.Person) error {
		return w.PutIn(ctx, tx.(search.Tx), at, p)
	}
	for _, u := range []string{"officer-1", "officer-2", "officer-3"} {
		w.person(u, access.Administrator, "", access.Office)
	}
	w.must(w.keys.Write(t.Context(), audit.Did(access.Console("MK"), access.EnrolKey, "recovery"), func(tx keyring.Tx) error {
		return w.keys.EnrolIn(t.Context(), tx, []id.User{"officer-1", "officer-2", "officer-3"})
	}))
	w.found("shelter", "org", access.Assistance, "ana", access.CaseManager)
	w.found("clinic", "org", access.Assistance, "sara", access.CaseManager)
	w.found("charity", "other", access.Assistance, "olga", access.CaseManager)
	w.found("justice", "org", access.Prosecution, "vera", access.Prosecutor)
	w.colleague("bea", access.CaseManager, "clinic", "sara")
	w.person("nada", access.NationalCoordinator, "shelter", access.Office)
	w.person("fana", access.FirstResponder, "shelter", access.Assistance)
	return w
}

func (w *world) person(name string, role access.Role, at id.Desk, realm access.Realm) {
	w.t.Helper()
	keys := seal.NewUserKeys(nil)
	u := signin.User{
		ID: id.User(name), Login: name, Name: name, Language: "en", Zone: "UTC", State: signin.Active,
		KEM: keys.KEM.Public().Bytes(), Sign: keys.Sign.Public().Bytes(), Created: frame.At(w.now), Version: 1,
	}
	w.must(store.Writer[signin.Tx](w.db)(w.t.Context(), audit.Did(access.Console("MK"), access.CreateUser, name), func(tx signin.Tx) error {
		return tx.AddUser(w.t.Context(), u)
	}))
	w.people[name] = keyring.NewBearer(access.Actor{User: u.ID, Role: role, Desk: at, Realm: realm, Member: "MK"}, &keys)
}

// colleague lets somebody into a desk: proposed, and granted by a member.
func (w *world) colleague(name string, role access.Role, at id.Desk, by string) {
	w.t.Helper()
	w.person(name, role, at, access.Assistance)
	admin := access.Actor{User: "admin", Role: access.Administrator, Realm: access.Office, Member: "MK"}
	w.must(store.Writer[desks.Tx](w.db)(w.t.Context(), audit.Did(admin, access.ProposeMemberDesk, string(at)), func(tx desks.Tx) error {
		return tx.SetMembership(w.t.Context(), desks.Membership{
			Desk: at, User: id.User(name), Role: role, State: desks.Proposed, ProposedBy: "admin", Since: frame.At(w.now),
		})
	}))
	w.must(w.keys.Grant(w.t.Context(), w.people[by], at, id.User(name), w.people[name].Key()))
}

func (w *world) found(d id.Desk, organisation string, realm access.Realm, first string, role access.Role) {
	w.t.Helper()
	w.person(first, role, d, realm)
	admin := access.Actor{User: "admin", Role: access.Administrator, Realm: access.Office, Member: "MK"}
	w.must(w.keys.Found(w.t.Context(), admin, keyring.Founding{
		Desk: desks.Desk{
			ID: d, Organisation: organisation, Kind: desks.AtNode, Realm: realm, Sector: desks.Unsaid(realm), Function: "desk.function.focal-point",
			Competence: []string{}, Languages: []string{"en"}, Zone: "UTC", VerifiedOn: frame.At(w.now),
		},
		First: id.User(first), Role: role,
	}))
}

// who returns a person of these names.
func who(document string, names ...string) person.Person {
	p := person.Person{
		Names: []person.Name{}, Birth: person.Say(person.Birth{Year: 1999, Month: 5, Day: 17}), Contacts: []person.Contact{},
	}
	for _, n := range names {
		p.Names = append(p.Names, person.Name{Use: person.Registered, Script: "Latn", Parts: []person.NamePart{{Kind: person.WholeName, Text: n}}})
	}
	if document != "" {
		p.Documents = person.Say([]person.Document{{Type: "passport", Number: document, Held: "with-us"}})
	}
	return p
}

// open opens a case about a person.
func (w *world) open(by string, p person.Person) casefile.Case {
	w.t.Helper()
	w.now = w.now.Add(time.Millisecond)
	c, err := w.cases.Open(w.t.Context(), w.people[by], casefile.Opening{Person: &p})
	w.must(err)
	return c
}

func (w *world) find(by string, q search.Query) search.Found {
	w.t.Helper()
	f, err := w.Find(w.t.Context(), w.people[by], q)
	w.must(err)
	return f
}

// finds reports whether a search shows exactly these cases.
func (w *world) finds(by string, q search.Query, want ...id.Case) {
	w.t.Helper()
	f := w.find(by, q)
	got := []id.Case{}
	for _, c := range f.Cards {
		got = append(got, c.Case.ID)
	}
	if len(got) != len(want) {
		w.t.Errorf("%s looks for %+v and finds %v, want %v", by, q, got, want)
		return
	}
	for i := range want {
		if got[i] != want[i] {
			w.t.Errorf("%s looks for %+v and finds %v, want %v", by, q, got, want)
		}
	}
}

func kind(err error) string {
	if err == nil {
		return "ok"
	}
	_, k, _ := fault.Public(err)
	return fault.KindOf(err).String() + " " + k
}

// entries returns the entries of the log about an action.
func (w *world) entries(a access.Action) []audit.Entry {
	w.t.Helper()
	s := &audit.Service{Member: "MK", Write: store.Writer[audit.Reader](w.db), Read: store.Reader[audit.Reader](w.db), Now: func() time.Time { return w.now }}
	auditor := access.Actor{User: "auditor", Role: access.Auditor, Realm: access.Office, Member: "MK"}
	all, _, err := s.Entries(w.t.Context(), auditor, 0, 0)
	w.must(err)
	var out []audit.Entry
	for _, e := range all {
		if e.Entry.Action == a {
			out = append(out, e.Entry)
		}
	}
	return out
}

func auditDid() audit.Entry { return audit.Did(access.Node("MK"), access.EraseCase, "again") }

// erase closes and erases a case.
func (w *world) erase(by string, c casefile.Case) {
	w.t.Helper()
	b := w.people[by]
	got, err := w.cases.Show(w.t.Context(), b, c.ID)
	w.must(err)
	_, err = w.cases.Close(w.t.Context(), b, c.ID, got.Version, casefile.Closure{Reason: "needs-met", Date: "2026-03-01", Action: "erase"})
	w.must(err)
	w.must(w.cases.Erase(w.t.Context(), b.Actor, c.ID))
}

func (w *world) index(d id.Desk) search.Index {
	w.t.Helper()
	var x search.Index
	w.must(w.Read(w.t.Context(), func(tx search.Tx) error {
		at, err := tx.Desk(w.t.Context(), d)
		if err != nil {
			return err
		}
		x, err = tx.SearchIndex(w.t.Context(), at.Realm, at.Organisation)
		return err
	}))
	return x
}

func (w *world) segments() int {
	w.t.Helper()
	n := 0
	w.must(w.Read(w.t.Context(), func(tx search.Tx) error {
		all, err := tx.SearchSegments(w.t.Context(), w.index("shelter").ID)
		n = len(all)
		return err
	}))
	return n
}

// mustFirst returns the first case of the second batch.
func mustFirst(w *world) id.Case {
	w.t.Helper()
	var out id.Case
	w.must(w.Read(w.t.Context(), func(tx search.Tx) error {
		all, err := tx.CasesAt(w.t.Context(), "shelter", "", casefile.Filter{Limit: 2})
		if err == nil {
			out = all[1].ID
		}
		return err
	}))
	return out
}
