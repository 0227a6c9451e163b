package intake_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	desks "github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/sheet"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// world is one node with two desks, and imports to it.
type world struct {
	*intake.Service
	t      testing.TB
	now    time.Time
	db     *store.DB
	keys   *keyring.Service
	cases  *casefile.Service
	search *search.Service
	facts  *stats.Service
	people map[string]keyring.Bearer
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
	persons := &person.Service{Write: store.Writer[person.Tx](w.db), Read: store.Reader[person.Tx](w.db), Now: now, IDs: ids, Keys: w.keys}
	w.cases = &casefile.Service{
		Write: store.Writer[casefile.Tx](w.db), Read: store.Reader[casefile.Tx](w.db), Now: now, IDs: ids, Member: "MK", Keys: w.keys,
		Persons: persons, Law: func() profile.Set { return profile.Set{} },
	}
	w.search = &search.Service{
		Write: store.Writer[search.Tx](w.db), Read: store.Reader[search.Tx](w.db), Now: now, IDs: ids, Member: "MK", Keys: w.keys, Persons: persons,
		Hourly: 1000, Wait: func(context.Context, time.Time) error { return nil },
		After: func(time.Duration, func()) func() bool { return func() bool { return true } },
	}
	persons.Index = func(ctx context.Context, tx person.Tx, at person.Place, p person.Person) error {
		return w.search.PutIn(ctx, tx.(search.Tx), at, p)
	}
	w.facts = &stats.Service{Write: store.Writer[stats.Tx](w.db), Read: store.Reader[stats.Tx](w.db)}
	w.Service = &intake.Service{
		Write: store.Writer[intake.Tx](w.db), Read: store.Reader[intake.Tx](w.db), Now: now, IDs: ids, Keys: w.keys, Cases: w.cases,
	}
	for _, u := range []string{"officer-1", "officer-2", "officer-3"} {
		w.person(u, access.Administrator, "", access.Office)
	}
	w.must(w.keys.Write(t.Context(), audit.Did(access.Console("MK"), access.EnrolKey, "recovery"), func(tx keyring.Tx) error {
		return w.keys.EnrolIn(t.Context(), tx, []id.User{"officer-1", "officer-2", "officer-3"})
	}))
	w.found("shelter", "org", "ana")
	w.found("charity", "other", "olga")
	w.person("stela", access.Statistician, "", access.Office)
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

func (w *world) found(d id.Desk, organisation, first string) {
	w.t.Helper()
	w.person(first, access.CaseManager, d, access.Assistance)
	admin := access.Actor{User: "admin", Role: access.Administrator, Realm: access.Office, Member: "MK"}
	w.must(w.keys.Found(w.t.Context(), admin, keyring.Founding{
		Desk: desks.Desk{
			ID: d, Organisation: organisation, Kind: desks.AtNode, Realm: access.Assistance, Sector: desks.Unsaid(access.Assistance),
			Function: "desk.function.focal-point", Competence: []string{}, Languages: []string{"en"}, Zone: "UTC", VerifiedOn: frame.At(w.now),
		},
		First: id.User(first), Role: access.CaseManager,
	}))
}

// colleague lets somebody into a desk: proposed, and granted by a member.
func (w *world) colleague(name string, at id.Desk, by string) {
	w.t.Helper()
	w.person(name, access.CaseManager, at, access.Assistance)
	admin := access.Actor{User: "admin", Role: access.Administrator, Realm: access.Office, Member: "MK"}
	w.must(store.Writer[desks.Tx](w.db)(w.t.Context(), audit.Did(admin, access.ProposeMemberDesk, string(at)), func(tx desks.Tx) error {
		return tx.SetMembership(w.t.Context(), desks.Membership{
			Desk: at, User: id.User(name), Role: access.CaseManager, State: desks.Proposed, ProposedBy: "admin", Since: frame.At(w.now),
		})
	}))
	w.must(w.keys.Grant(w.t.Context(), w.people[by], at, id.User(name), w.people[name].Key()))
}

// who returns somebody without her keys, as a program that only writes has none.
func (w *world) who(name string) access.Actor { return w.people[name].Actor }

// begin begins a run and moves the clock, as runs are listed in the order of their making.
func (w *world) begin(by string, in intake.Order) intake.Run {
	w.t.Helper()
	w.now = w.now.Add(time.Millisecond)
	r, err := w.Begin(w.t.Context(), w.who(by), in)
	w.must(err)
	return r
}

// table reads CSV: the columns, and the rows with how often each stood before.
func table(t testing.TB, r io.Reader) ([]string, []intake.Row) {
	t.Helper()
	in := sheet.CSV(r, ',')
	head, err := in.Next()
	if err != nil {
		t.Fatal(err)
	}
	var rows []intake.Row
	seen := map[string]int64{}
	for {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			return head.Cells, rows
		}
		if err != nil {
			t.Fatal(err)
		}
		key := strings.Join(row.Cells, "\x00")
		rows = append(rows, intake.Row{Number: row.Number, Nth: seen[key], Cells: row.Cells, Broken: row.Broken != ""})
		seen[key]++
	}
}

// send takes rows in batches, and returns what became of those that were not simply taken, and how many were.
func (w *world) send(by string, r intake.Run, rows []intake.Row, batch int) (taken int, other []intake.Outcome) {
	w.t.Helper()
	for at := 0; at < len(rows); at += batch {
		all, err := w.Take(w.t.Context(), w.who(by), r.Kind, r.ID, rows[at:min(at+batch, len(rows))])
		w.must(err)
		for _, o := range all {
			if o.Result == intake.Taken && o.Key == "" {
				taken++
			} else {
				other = append(other, o)
			}
		}
	}
	return taken, other
}

// entries returns the purposes of the entries of the log about an object.
func (w *world) entries(object string) []string {
	w.t.Helper()
	s := &audit.Service{Member: "MK", Write: store.Writer[audit.Reader](w.db), Read: store.Reader[audit.Reader](w.db), Now: func() time.Time { return w.now }}
	all, _, err := s.Entries(w.t.Context(), access.Actor{User: "auditor", Role: access.Auditor, Realm: access.Office, Member: "MK"}, 0, 0)
	w.must(err)
	var out []string
	for _, e := range all {
		if e.Entry.Object == object {
			out = append(out, string(e.Entry.Action)+" "+e.Entry.Purpose)
		}
	}
	return out
}

func key(err error) string {
	if err == nil {
		return ""
	}
	_, k, _ := fault.Public(err)
	return k
}
