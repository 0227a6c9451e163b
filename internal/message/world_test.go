package message_test

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	desks "github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
	"github.com/opentrm/opentrm/internal/task"
)

// net is a network of real nodes with real desks and people, joined by function calls.
type net struct {
	t     *testing.T
	mu    sync.Mutex
	now   time.Time
	nodes map[id.Member]*node
	cut   bool
}

// node is one member; its people are found by their names.
type node struct {
	*message.Service
	net       *net
	member    id.Member
	db        *store.DB
	keys      *keyring.Service
	door      *exchange.Service
	envelope  seal.SignPrivate
	authority seal.SignPrivate
	control   seal.KEMPrivate
	sheet     int64
	people    map[string]keyring.Bearer
	told      []string
}

// fileKey is the same for all: these nodes are examined by the tests.
func (w *net) Now() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }

func (w *net) pass(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.now = w.now.Add(d) }

func newNet(t *testing.T, members ...id.Member) *net {
	t.Helper()
	w := &net{t: t, now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), nodes: map[id.Member]*node{}}
	r := member.Roster{Network: "test-net"}
	roots := map[id.Member]seal.SignPrivate{}
	for _, m := range members {
		n := &node{
			net: w, member: m, envelope: seal.NewSign(nil), authority: seal.NewSign(nil), control: seal.NewKEM(nil),
			people: map[string]keyring.Bearer{},
		}
		w.nodes[m] = n
		r.Members = append(r.Members, n.line())
		roots[m] = seal.NewSign(nil)
		r.Root.Keys = append(r.Root.Keys, member.RootKey{Member: m, Key: roots[m].Public()})
	}
	r.Root.Threshold = len(members)/2 + 1
	next, err := member.Propose(nil, r, frame.At(w.Now()))
	w.must(err)
	var sigs []member.RootSignature
	for _, k := range next.Root.Keys {
		sig, err := next.Sign(roots[k.Member])
		w.must(err)
		sigs = append(sigs, sig)
	}
	signed := member.Assemble(next, sigs, nil)
	for _, m := range w.members() {
		w.nodes[m].start(signed)
	}
	w.publish()
	return w
}

func (w *net) members() []id.Member { return slices.Sorted(maps.Keys(w.nodes)) }

func (w *net) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (n *node) line() member.Member {
	return member.Member{
		ID: n.member, Name: "Member " + string(n.member), Kind: member.Country, Status: member.Active,
		Addresses: []string{"https://" + strings.ToLower(string(n.member)) + ".example:8443"}, Suites: seal.Suites(),
		Keys: member.Keys{
			Envelope: []seal.SignPublic{n.envelope.Public()}, Checkpoint: []seal.SignPublic{seal.NewSign(nil).Public()},
			Cosign: []seal.SignPublic{seal.NewSign(nil).Public()}, Control: []seal.KEMPublic{n.control.Public()},
			TLS: []string{envelope.Digest([]byte("tls of " + n.member))}, Authority: []seal.SignPublic{n.authority.Public()},
		},
	}
}

// start opens the database, founds the desks and lets people in.
func (n *node) start(roster member.Signed) {
	w := n.net
	w.t.Helper()
	db := storetest.New(w.t, w.Now)
	n.db = db
	n.keys = &keyring.Service{Secret: keyring.NewSecret(seal.NewKey(nil)), Write: store.Writer[keyring.Tx](db), Read: store.Reader[keyring.Tx](db), Now: w.Now, Node: n.member}
	tasks := &task.Service{
		Write: store.Writer[task.Tx](db), Read: store.Reader[task.Tx](db), Now: w.Now, Member: n.member,
		Tell: func(_ context.Context, _ task.Tx, t task.Tell) error {
			n.told = append(n.told, string(t.Desk)+" "+t.Task.Kind)
			return nil
		},
	}
	n.door = &exchange.Service{
		Self: n.member, Rand: rand.Reader, Now: w.Now, Carrier: wires{n},
		Update: store.Recorder[exchange.Tx](db), Read: store.Reader[exchange.Tx](db), Lease: store.Ephemeral[exchange.LeaseTx](db),
		Keys: func() exchange.Keys {
			return exchange.Keys{Envelope: n.envelope, Control: []seal.KEMPrivate{n.control}}
		},
		Permit: func(c exchange.Crossing) (string, error) {
			if c.Basis != "consent" {
				return "", fault.New(fault.Denied, "profile.rule.basis")
			}
			return "row", nil
		},
		IntakeDesk: n.intakeDesk,
	}
	n.Service = &message.Service{
		Write: store.Writer[message.Tx](db), Read: store.Reader[message.Tx](db), Now: w.Now, Member: n.member,
		Keys: n.keys, Exchange: n.door, Tasks: tasks, KeysKept: 35 * 24 * time.Hour,
	}
	n.door.Handle(envelope.Message, exchange.HandlerFunc(n.Receive))
	n.door.Moved = n.MovedIn
	s := &member.Service{Self: n.member, Write: store.Writer[member.Tx](db), Read: store.Reader[member.Tx](db), Now: w.Now}
	print, err := roster.Roster.Root.Fingerprint("test-net")
	w.must(err)
	w.must(s.Join(w.t.Context(), access.Console(n.member), roster, strings.ToUpper(strings.ReplaceAll(print, "-", " "))))
	for _, u := range []string{"officer-1", "officer-2", "officer-3"} {
		n.person(u, access.Administrator, "", access.Office)
	}
	w.must(n.keys.Write(w.t.Context(), audit.Did(access.Console(n.member), access.EnrolKey, "recovery"), func(tx keyring.Tx) error {
		return n.keys.EnrolIn(w.t.Context(), tx, []id.User{"officer-1", "officer-2", "officer-3"})
	}))
	n.found("focal-point", access.Assistance, "ana", access.CaseManager)
	n.found("shelter", access.Assistance, "sara", access.CaseManager)
	n.found("justice", access.Prosecution, "vera", access.Prosecutor)
}

func (n *node) intakeDesk(ctx context.Context, tx exchange.Tx, key id.Key) (id.Desk, error) {
	k := tx.(keyring.Tx)
	for _, d := range []id.Desk{"focal-point", "shelter", "justice"} {
		if p, err := k.Pair(ctx, d, key); err == nil && len(p.Private) > 0 {
			return d, nil
		}
	}
	return "", fault.New(fault.NotFound, "test.key")
}

// person makes an account with keys.
func (n *node) person(name string, role access.Role, at id.Desk, realm access.Realm) keyring.Bearer {
	w := n.net
	w.t.Helper()
	keys := seal.NewUserKeys(nil)
	u := signin.User{
		ID: id.User(name), Login: name, Name: name, Language: "en", Zone: "UTC", State: signin.Active,
		KEM: keys.KEM.Public().Bytes(), Sign: keys.Sign.Public().Bytes(), Created: frame.At(w.Now()), Version: 1,
	}
	w.must(store.Writer[signin.Tx](n.db)(w.t.Context(), audit.Did(access.Console(n.member), access.CreateUser, name), func(tx signin.Tx) error {
		return tx.AddUser(w.t.Context(), u)
	}))
	b := keyring.NewBearer(access.Actor{User: u.ID, Role: role, Desk: at, Realm: realm, Member: n.member}, &keys)
	n.people[name] = b
	return b
}

func (n *node) found(d id.Desk, realm access.Realm, first string, role access.Role) {
	w := n.net
	w.t.Helper()
	n.person(first, role, d, realm)
	w.must(n.keys.Found(w.t.Context(), access.Actor{User: "admin", Role: access.Administrator, Realm: access.Office, Member: n.member}, keyring.Founding{
		Desk: desks.Desk{
			ID: d, Organisation: "org", Kind: desks.AtNode, Realm: realm, Sector: desks.Unsaid(realm), Function: "desk.function.focal-point",
			Competence: []string{}, Languages: []string{"en"}, Zone: "UTC", Public: true, VerifiedOn: frame.At(w.Now()),
		},
		First: id.User(first), Role: role,
	}))
}

// publish signs the desks of every member, as they are now, and gives them to everybody.
func (w *net) publish() {
	w.t.Helper()
	for _, m := range w.members() {
		n := w.nodes[m]
		n.sheet++
		at := frame.At(w.Now())
		s := member.Sheet{Format: 1, Network: "test-net", Member: m, Version: n.sheet, Created: at, Expires: at.Add(member.SheetLife)}
		for _, d := range []struct {
			id    id.Desk
			realm access.Realm
		}{{"focal-point", access.Assistance}, {"justice", access.Prosecution}, {"shelter", access.Assistance}} {
			var key seal.KEMPublic
			w.must(n.keys.Read(w.t.Context(), func(tx keyring.Tx) (err error) {
				key, err = n.keys.IntakeIn(w.t.Context(), tx, d.id)
				return err
			}))
			s.Desks = append(s.Desks, member.Desk{
				ID: d.id, Kind: desks.AtNode, Realm: d.realm, Function: "desk.function.focal-point", Competence: []string{},
				Languages: []string{"en"}, Intake: key, VerifiedOn: at, Capacity: "unknown",
			})
		}
		signed, err := s.Sign(n.authority)
		w.must(err)
		for _, o := range w.members() {
			w.must(store.Writer[member.Tx](w.nodes[o].db)(w.t.Context(), audit.Did(access.Node(o), access.SheetDesk, "sheet"), func(tx member.Tx) error {
				_, _, err := member.TakeSheet(w.t.Context(), tx, signed, at)
				return err
			}))
		}
	}
}

// deliver lets every node deliver until nothing moves.
func (w *net) deliver() {
	w.t.Helper()
	for moved := true; moved; {
		moved = false
		for _, m := range w.members() {
			k, err := w.nodes[m].door.Deliver(w.t.Context(), 100)
			w.must(err)
			moved = moved || k > 0
		}
	}
}

// wires carries by calling the other node.
type wires struct{ n *node }

func (c wires) Push(ctx context.Context, to member.Member, list [][]byte) ([]exchange.Answer, error) {
	if c.n.net.cut {
		return nil, fault.New(fault.Unavailable, "test.down")
	}
	answers := make([]exchange.Answer, len(list))
	for i, b := range list {
		answers[i].Receipt, answers[i].Err = c.n.net.nodes[to.ID].door.Receive(ctx, exchange.Pushed, slices.Clone(b))
	}
	return answers, nil
}

func (c wires) Deposit(context.Context, member.Member, []byte) ([]byte, error) {
	return nil, fault.New(fault.Unavailable, "test.down")
}

func (c wires) Pull(context.Context, member.Member, id.Envelope) (exchange.Parcel, error) {
	return exchange.Parcel{}, fault.New(fault.Unavailable, "test.down")
}

func (c wires) Return(context.Context, member.Member, [][]byte) error {
	return fault.New(fault.Unavailable, "test.down")
}
