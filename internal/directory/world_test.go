package directory_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	desks "github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// world is one node with two desks and people.
type world struct {
	*directory.Service
	t      *testing.T
	now    time.Time
	made   int
	db     *store.DB
	keys   *keyring.Service
	people map[string]keyring.Bearer
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), people: map[string]keyring.Bearer{}}
	now := func() time.Time { return w.now }
	w.wire(storetest.New(t, now), keyring.NewSecret(seal.NewKey(nil)))
	for _, u := range []string{"officer-1", "officer-2", "officer-3"} {
		w.person(u, access.Administrator, "", access.Office)
	}
	w.must(w.keys.Write(t.Context(), audit.Did(access.Console("MK"), access.EnrolKey, "recovery"), func(tx keyring.Tx) error {
		return w.keys.EnrolIn(t.Context(), tx, []id.User{"officer-1", "officer-2", "officer-3"})
	}))
	w.found("shelter", access.Assistance, "ana", access.CaseManager)
	w.found("other", access.Assistance, "sara", access.CaseManager)
	w.found("justice", access.Prosecution, "vera", access.Prosecutor)
	w.person("nada", access.NationalCoordinator, "shelter", access.Office)
	return w
}

func (w *world) wire(db *store.DB, secret keyring.Secret) {
	now := func() time.Time { return w.now }
	w.db = db
	w.keys = &keyring.Service{
		Secret: secret, Write: store.Writer[keyring.Tx](w.db), Read: store.Reader[keyring.Tx](w.db), Now: now, Node: "MK",
	}
	w.Service = &directory.Service{
		Write: store.Writer[directory.Tx](w.db), Read: store.Reader[directory.Tx](w.db), Now: now, Member: "MK", Keys: w.keys,
		IDs: id.Maker{Now: func() time.Time { w.made++; return w.now.Add(time.Duration(w.made) * time.Millisecond) }}, // in the order in which they are made
	}
}

// dumped is a backup of the node.
func (w *world) dumped() (content, keys []byte) {
	w.t.Helper()
	var c, k bytes.Buffer
	w.must(w.db.Dump(w.t.Context(), map[store.Class]io.Writer{store.Content: &c, store.Keys: &k}))
	return c.Bytes(), k.Bytes()
}

// restored is the node as a backup gives it back, before anything is erased again.
func (w *world) restored(content, keys []byte) *world {
	w.t.Helper()
	r := &world{t: w.t, now: w.now, made: w.made, people: w.people}
	r.wire(storetest.Open(w.t, storetest.Config(w.t)), w.keys.Secret)
	w.must(r.db.Load(w.t.Context(), bytes.NewReader(content), bytes.NewReader(keys)))
	return r
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

func (w *world) found(d id.Desk, realm access.Realm, first string, role access.Role) {
	w.t.Helper()
	w.person(first, role, d, realm)
	admin := access.Actor{User: "admin", Role: access.Administrator, Realm: access.Office, Member: "MK"}
	w.must(w.keys.Found(w.t.Context(), admin, keyring.Founding{
		Desk: desks.Desk{
			ID: d, Organisation: "org", Kind: desks.AtNode, Realm: realm, Sector: desks.Unsaid(realm), Function: "desk.function.focal-point",
			Competence: []string{}, Languages: []string{"en"}, Zone: "UTC", VerifiedOn: frame.At(w.now),
		},
		First: id.User(first), Role: role,
	}))
}

const hidden = "Улица Планинска 17-ПОСАДЕНО"

func place(line string) directory.Place {
	return directory.Place{Name: "House", Address: directory.Address{Line1: line, City: "Тетово", Country: "MK"}}
}

func body(name string) directory.Body {
	return directory.Body{
		Name: name, Description: "helps", Email: "help@example.org", Website: "https://example.org", Phone: "+389 2 000 000",
		Services: []directory.Offer{
			{Code: "accommodation", Name: "Shelter", Languages: []string{"mk", "sq"}},
			{Code: "legal", Name: "Legal aid"},
		},
		Places: []directory.Place{place("Плоштад 1")},
	}
}

func (w *world) add(who, name string) directory.Organisation {
	w.t.Helper()
	o, err := w.Add(w.t.Context(), w.people[who], body(name), []directory.Place{place(hidden)})
	w.must(err)
	return o
}

// said is when it was last said whether a service has room.
func (w *world) said(o id.Organisation, service id.Service) frame.Time {
	w.t.Helper()
	for _, c := range w.show(o).Capacity {
		if c.Service == service {
			return c.Said
		}
	}
	return 0
}

func (w *world) show(o id.Organisation) directory.Organisation {
	w.t.Helper()
	got, err := w.Show(w.t.Context(), w.people["vera"].Actor, o)
	w.must(err)
	return got
}

func kind(err error) string {
	if err == nil {
		return "ok"
	}
	return fault.KindOf(err).String() + " " + key(err)
}

func key(err error) string { _, k, _ := fault.Public(err); return k }

// entries counts the entries of the log about an action.
func (w *world) entries(a access.Action) int {
	w.t.Helper()
	s := &audit.Service{Member: "MK", Write: store.Writer[audit.Reader](w.db), Read: store.Reader[audit.Reader](w.db), Now: func() time.Time { return w.now }}
	auditor := access.Actor{User: "auditor", Role: access.Auditor, Realm: access.Office, Member: "MK"}
	all, _, err := s.Entries(w.t.Context(), auditor, 0, 0)
	w.must(err)
	n := 0
	for _, e := range all {
		if e.Entry.Action == a {
			n++
		}
	}
	return n
}
