package exchange_test

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	desks "github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// world is a network of real nodes, each with its own SQLite file, joined by function calls.
type world struct {
	t      testing.TB
	clock  *clock
	nodes  map[id.Member]*node
	roster member.Signed
	roots  map[id.Member]seal.SignPrivate
	wire   func(from, to id.Member) error // called before each crossing and before each answer; nil: all is well
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// node is one member with its keys and what its handlers saw.
type node struct {
	*exchange.Service
	w         *world
	db        *store.DB
	config    store.Config
	envelope  seal.SignPrivate
	authority seal.SignPrivate
	control   seal.KEMPrivate
	intake    seal.KEMPrivate
	court     seal.KEMPrivate // intake of the prosecutor
	skew      time.Duration

	mu      sync.Mutex
	effects []exchange.Arrived // of committed and uncommitted calls; see did
	moved   []exchange.Moved
	lost    []envelope.Control
	alarms  []string
	refuse  func(exchange.Arrived) error
	permit  func(exchange.Crossing) error
}

// place configures how a member is listed.
type place struct {
	id      id.Member
	hidden  bool // has no address
	mailbox bool
	twice   bool // has two addresses
}

func newWorld(t testing.TB, places ...place) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}, nodes: map[id.Member]*node{}, roots: map[id.Member]seal.SignPrivate{}}
	r := member.Roster{Network: "test-net", Root: member.Root{}}
	for _, p := range places {
		n := &node{
			w: w, envelope: seal.NewSign(nil), authority: seal.NewSign(nil), control: seal.NewKEM(nil), intake: seal.NewKEM(nil), court: seal.NewKEM(nil),
			config: storetest.Config(t),
		}
		w.nodes[p.id] = n
		r.Members = append(r.Members, n.line(p))
		w.roots[p.id] = seal.NewSign(nil)
		r.Root.Keys = append(r.Root.Keys, member.RootKey{Member: p.id, Key: w.roots[p.id].Public()})
		n.wire(p.id)
	}
	r.Root.Threshold = len(places)/2 + 1
	next, err := member.Propose(nil, r, frame.At(w.clock.Now()))
	if err != nil {
		t.Fatal(err)
	}
	w.roster = w.sign(next)
	for _, m := range w.names() {
		w.nodes[m].open()
		w.join(w.nodes[m])
	}
	for _, m := range w.names() {
		for _, o := range w.names() {
			w.nodes[m].takeSheet(w.nodes[o].sheet(1))
		}
	}
	return w
}

func (w *world) names() []id.Member { return slices.Sorted(maps.Keys(w.nodes)) }

func (w *world) sign(r member.Roster) member.Signed {
	w.t.Helper()
	var sigs []member.RootSignature
	for _, k := range r.Root.Keys {
		sig, err := r.Sign(w.roots[k.Member])
		if err != nil {
			w.t.Fatal(err)
		}
		sigs = append(sigs, sig)
	}
	return member.Assemble(r, sigs, nil)
}

func (n *node) line(p place) member.Member {
	m := member.Member{
		ID: p.id, Name: "Member " + string(p.id), Kind: member.Country, Status: member.Active, Mailbox: p.mailbox,
		Addresses: []string{"https://" + strings.ToLower(string(p.id)) + ".example:8443"}, Suites: seal.Suites(),
		Keys: member.Keys{
			Envelope: []seal.SignPublic{n.envelope.Public()}, Checkpoint: []seal.SignPublic{seal.NewSign(nil).Public()},
			Cosign: []seal.SignPublic{seal.NewSign(nil).Public()}, Control: []seal.KEMPublic{n.control.Public()},
			TLS: []string{envelope.Digest([]byte("tls of " + p.id))}, Authority: []seal.SignPublic{n.authority.Public()},
		},
	}
	if p.hidden {
		m.Addresses = []string{}
	}
	if p.twice {
		m.Addresses = append(m.Addresses, "https://"+strings.ToLower(string(p.id))+"-second.example:8443")
	}
	return m
}

// sheet lists two desks of the assistance realm and one of prosecution.
func (n *node) sheet(version int64) member.SignedSheet {
	n.w.t.Helper()
	at := frame.At(n.w.clock.Now())
	desk := func(name id.Desk, realm access.Realm, key seal.KEMPublic) member.Desk {
		return member.Desk{
			ID: name, Kind: desks.AtNode, Realm: realm, Function: "desk.function." + string(name), Competence: []string{},
			Languages: []string{"en"}, Intake: key, VerifiedOn: at, Capacity: "unknown",
		}
	}
	s := member.Sheet{
		Format: 1, Network: "test-net", Member: n.Self, Version: version, Created: at, Expires: at.Add(member.SheetLife),
		Desks: []member.Desk{
			desk("focal-point", access.Assistance, n.intake.Public()),
			desk("prosecutor", access.Prosecution, n.court.Public()),
		},
	}
	signed, err := s.Sign(n.authority)
	if err != nil {
		n.w.t.Fatal(err)
	}
	return signed
}

func (n *node) wire(m id.Member) {
	n.Service = &exchange.Service{
		Self: m, Rand: rand.Reader, MailRows: 100, MailBytes: 8 << 20,
		Keys: func() exchange.Keys {
			return exchange.Keys{Envelope: n.envelope, Control: []seal.KEMPrivate{n.control}}
		},
		Now: func() time.Time { return n.w.clock.Now().Add(n.skew) },
		Permit: func(c exchange.Crossing) (string, error) {
			if n.permit != nil {
				if err := n.permit(c); err != nil {
					return "", err
				}
			}
			return "test-row", nil
		},
		IntakeDesk: func(_ context.Context, _ exchange.Tx, key id.Key) (id.Desk, error) {
			if key == n.intake.Public().ID() {
				return "focal-point", nil
			}
			return "", fault.New(fault.NotFound, "test.key")
		},
		Moved: func(_ context.Context, _ exchange.Tx, m exchange.Moved) error {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.moved = append(n.moved, m)
			return nil
		},
		Lost: func(_ context.Context, _ exchange.Tx, _ exchange.Out, c envelope.Control) error {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.lost = append(n.lost, c)
			return nil
		},
		Alarm: func(_ context.Context, key string, _ map[string]string) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.alarms = append(n.alarms, key)
		},
		Carrier: &wires{n},
	}
	for _, k := range []envelope.Kind{
		envelope.Referral, envelope.Identity, envelope.Message, envelope.Withdrawal, envelope.WithdrawalAnswer,
		envelope.Publication, envelope.Checkpoint,
	} {
		n.Handle(k, exchange.HandlerFunc(n.handle))
	}
}

// handle leaves its effect in the database, so that what is undone is undone.
func (n *node) handle(ctx context.Context, tx exchange.Tx, a exchange.Arrived) error {
	if n.refuse != nil {
		if err := n.refuse(a); err != nil {
			return err
		}
	}
	kept := tx.(interface {
		Setting(context.Context, string) ([]byte, error)
		SetSetting(context.Context, string, []byte) error
	})
	key := "effect." + string(a.Control.Thread) + "." + string(a.Control.Side)
	old, err := kept.Setting(ctx, key)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	n.mu.Lock()
	n.effects = append(n.effects, a)
	n.mu.Unlock()
	return kept.SetSetting(ctx, key, append(old, byte(a.Control.Seq)))
}

// did returns the sequence numbers that took effect for one side of a thread, in their order.
func (n *node) did(thread id.Thread, side envelope.Side) []byte {
	n.w.t.Helper()
	var out []byte
	err := store.Reader[exchange.Tx](n.db)(n.w.t.Context(), func(tx exchange.Tx) error {
		b, err := tx.(interface {
			Setting(context.Context, string) ([]byte, error)
		}).Setting(n.w.t.Context(), "effect."+string(thread)+"."+string(side))
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		out = slices.Clone(b)
		return err
	})
	if err != nil {
		n.w.t.Fatal(err)
	}
	return out
}

func (n *node) open() {
	n.w.t.Helper()
	n.config.Now = func() time.Time { return n.Now() }
	db := storetest.Open(n.w.t, n.config)
	n.db = db
	n.Update, n.Read = store.Recorder[exchange.Tx](db), store.Reader[exchange.Tx](db)
	n.Lease = store.Ephemeral[exchange.LeaseTx](db)
}

// close closes the databases of all nodes.
func (w *world) close() {
	w.t.Helper()
	for _, m := range w.names() {
		if err := w.nodes[m].db.Close(); err != nil {
			w.t.Error(err)
		}
	}
}

func (w *world) join(n *node) {
	w.t.Helper()
	s := &member.Service{Self: n.Self, Write: store.Writer[member.Tx](n.db), Read: store.Reader[member.Tx](n.db), Now: n.Now}
	print, err := w.roster.Roster.Root.Fingerprint("test-net")
	if err != nil {
		w.t.Fatal(err)
	}
	if err := s.Join(w.t.Context(), console(n.Self), w.roster, strings.ToUpper(strings.ReplaceAll(print, "-", " "))); err != nil {
		w.t.Fatal(err)
	}
}

func console(m id.Member) access.Actor { return access.Console(m) }

func (n *node) takeSheet(s member.SignedSheet) {
	n.w.t.Helper()
	n.write(func(ctx context.Context, tx exchange.Tx) error {
		_, _, err := member.TakeSheet(ctx, tx, s, frame.At(n.w.clock.Now()))
		return err
	})
}

// write runs a business transaction.
func (n *node) write(fn func(context.Context, exchange.Tx) error) {
	n.w.t.Helper()
	if err := n.try(fn); err != nil {
		n.w.t.Fatal(err)
	}
}

func (n *node) try(fn func(context.Context, exchange.Tx) error) error {
	ctx := n.w.t.Context()
	return store.Writer[exchange.Tx](n.db)(ctx, entry(n.Self), func(tx exchange.Tx) error { return fn(ctx, tx) })
}

func (n *node) read(fn func(context.Context, exchange.Tx) error) {
	n.w.t.Helper()
	ctx := n.w.t.Context()
	if err := n.Read(ctx, func(tx exchange.Tx) error { return fn(ctx, tx) }); err != nil {
		n.w.t.Fatal(err)
	}
}

func (n *node) seal(d exchange.Draft) id.Envelope {
	n.w.t.Helper()
	e, err := n.trySeal(d)
	if err != nil {
		n.w.t.Fatal(err)
	}
	return e
}

func (n *node) trySeal(d exchange.Draft) (e id.Envelope, err error) {
	err = n.try(func(ctx context.Context, tx exchange.Tx) (err error) {
		e, err = n.Seal(ctx, tx, d)
		return err
	})
	return e, err
}

func (n *node) out(e id.Envelope) (o exchange.Out) {
	n.w.t.Helper()
	n.read(func(ctx context.Context, tx exchange.Tx) (err error) {
		o, err = tx.Out(ctx, e)
		return err
	})
	return o
}

func (n *node) in(e id.Envelope) (i exchange.In) {
	n.w.t.Helper()
	n.read(func(ctx context.Context, tx exchange.Tx) (err error) {
		i, err = tx.In(ctx, e)
		return err
	})
	return i
}

// deliver tries until nothing goes any more, as the job does.
func (n *node) deliver() (went int) {
	n.w.t.Helper()
	for range 100 {
		k, err := n.Deliver(n.w.t.Context(), 100)
		if err != nil {
			n.w.t.Fatal(err)
		}
		if went += k; k == 0 {
			break
		}
	}
	return went
}

func (n *node) collect() int {
	n.w.t.Helper()
	k, err := n.Collect(n.w.t.Context())
	if err != nil {
		n.w.t.Fatal(err)
	}
	return k
}

func thread() id.Thread   { return id.Random[id.Thread](id.Maker{}) }
func consent() id.Consent { return id.Random[id.Consent](id.Maker{}) }

// event is a control-only envelope in a referral's thread.
func event(to id.Member, th id.Thread, side envelope.Side) exchange.Draft {
	return exchange.Draft{
		Kind: envelope.Referral, FromDesk: "focal-point", Realm: access.Assistance, To: to, ToDesk: "focal-point",
		Thread: th, Side: side, Basis: "consent",
	}
}

// letter has a content.
func letter(to id.Member, th id.Thread, c id.Consent) exchange.Draft {
	d := event(to, th, envelope.Opener)
	d.Kind, d.Consent, d.Content = envelope.Identity, c, []byte("Ana Anić, 1 January 2001")
	return d
}

// wires carries by calling the other node.
type wires struct{ n *node }

var errDown = errors.New("the line is down")

func (c *wires) cross(to id.Member) error {
	if c.n.w.wire == nil {
		return nil
	}
	if err := c.n.w.wire(c.n.Self, to); err != nil {
		return fault.Wrap(fault.Unavailable, "test.down", err)
	}
	return nil
}

func (c *wires) peer(m member.Member) *node { return c.n.w.nodes[m.ID] }

func (c *wires) Push(ctx context.Context, to member.Member, list [][]byte) ([]exchange.Answer, error) {
	if err := c.cross(to.ID); err != nil {
		return nil, err
	}
	answers := make([]exchange.Answer, len(list))
	var all []envelope.Envelope
	var at []int
	for i, b := range list {
		e, err := envelope.Parse(slices.Clone(b))
		if err != nil {
			answers[i].Err = err
			continue
		}
		all, at = append(all, e), append(at, i)
	}
	for k, a := range c.peer(to).ReceiveAll(ctx, exchange.Pushed, all) {
		answers[at[k]] = a
	}
	return answers, c.cross(to.ID)
}

func (c *wires) Deposit(ctx context.Context, via member.Member, b []byte) ([]byte, error) {
	if err := c.cross(via.ID); err != nil {
		return nil, err
	}
	r, err := c.peer(via).Deposit(ctx, slices.Clone(b))
	if err == nil {
		err = c.cross(via.ID)
	}
	return r, err
}

func (c *wires) Pull(ctx context.Context, from member.Member, after id.Envelope) (exchange.Parcel, error) {
	if err := c.cross(from.ID); err != nil {
		return exchange.Parcel{}, err
	}
	p, err := c.peer(from).Waiting(ctx, c.n.Self, after)
	if err == nil {
		err = c.cross(from.ID)
	}
	return p, err
}

func (c *wires) Return(ctx context.Context, to member.Member, receipts [][]byte) error {
	if err := c.cross(to.ID); err != nil {
		return err
	}
	return c.peer(to).Returned(ctx, c.n.Self, receipts)
}
