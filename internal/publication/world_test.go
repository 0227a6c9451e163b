package publication_test

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
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// net is a network of real nodes, joined by function calls.
type net struct {
	t     *testing.T
	mu    sync.Mutex
	now   time.Time
	nodes map[id.Member]*node
	away  map[id.Member]bool
}

// node is one member.
type node struct {
	*publication.Service
	net       *net
	member    id.Member
	db        *store.DB
	door      *exchange.Service
	envelope  seal.SignPrivate
	authority seal.SignPrivate
	control   seal.KEMPrivate
	alarms    []string
}

// fileKey is the same for all: these nodes are examined by the tests.
func (w *net) Now() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }

func (w *net) pass(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.now = w.now.Add(d) }

func newNet(t *testing.T, members ...id.Member) *net {
	t.Helper()
	w := &net{t: t, now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), nodes: map[id.Member]*node{}, away: map[id.Member]bool{}}
	r := member.Roster{Network: "test-net"}
	roots := map[id.Member]seal.SignPrivate{}
	for _, m := range members {
		n := &node{
			net: w, member: m, envelope: seal.NewSign(nil), authority: seal.NewSign(nil), control: seal.NewKEM(nil),
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

// start opens the database and takes the roster.
func (n *node) start(roster member.Signed) {
	w := n.net
	w.t.Helper()
	db := storetest.New(w.t, w.Now)
	n.db = db
	n.door = &exchange.Service{
		Self: n.member, Rand: rand.Reader, Now: w.Now, Carrier: wires{n},
		Update: store.Recorder[exchange.Tx](db), Read: store.Reader[exchange.Tx](db), Lease: store.Ephemeral[exchange.LeaseTx](db),
		Keys: func() exchange.Keys {
			return exchange.Keys{Envelope: n.envelope, Control: []seal.KEMPrivate{n.control}}
		},
		Permit: func(exchange.Crossing) (string, error) { return "row", nil },
		IntakeDesk: func(context.Context, exchange.Tx, id.Key) (id.Desk, error) {
			return "", fault.New(fault.NotFound, "test.key")
		},
	}
	n.Service = &publication.Service{
		Write: store.Writer[publication.Tx](db), Read: store.Reader[publication.Tx](db), Now: w.Now, Member: n.member,
		Exchange: n.door, Every: 24 * time.Hour,
		Alarm: func(_ context.Context, key string, _ map[string]string) { n.alarms = append(n.alarms, key) },
	}
	n.door.Handle(envelope.Publication, exchange.HandlerFunc(n.Receive))
	s := &member.Service{Self: n.member, Write: store.Writer[member.Tx](db), Read: store.Reader[member.Tx](db), Now: w.Now}
	print, err := roster.Roster.Root.Fingerprint("test-net")
	w.must(err)
	w.must(s.Join(w.t.Context(), access.Console(n.member), roster, strings.ToUpper(strings.ReplaceAll(print, "-", " "))))
}

// cora is the coordinator of the node.
func (n *node) cora() keyring.Bearer {
	keys := seal.NewUserKeys(nil)
	return keyring.NewBearer(access.Actor{
		User: "cora", Role: access.NationalCoordinator, Desk: "office", Realm: access.Office, Member: n.member,
	}, &keys)
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
	if c.n.net.away[c.n.member] || c.n.net.away[to.ID] {
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
