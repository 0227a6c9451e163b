package nodetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/seal"
)

// Member says how a node of the network is.
type Member struct {
	id       id.Member
	hidden   bool
	mailbox  bool
	postgres bool
	kind     member.Kind
	config   func(*node.Config)
}

// At returns an ordinary member: it listens, and keeps nothing for others.
func At(m id.Member) Member { return Member{id: m} }

// Hidden returns the member without an address: it calls out and collects.
func (m Member) Hidden() Member { m.hidden = true; return m }

// Mailbox returns the member as one that keeps envelopes for others.
func (m Member) Mailbox() Member { m.mailbox = true; return m }

// OnPostgres returns the member with its data in PostgreSQL, if the tests have one.
func (m Member) OnPostgres() Member { m.postgres = true; return m }

// Of returns the member as one of a kind; without it, it is a country.
func (m Member) Of(k member.Kind) Member { m.kind = k; return m }

// With returns the member with its configuration changed.
func (m Member) With(change func(*node.Config)) Member { m.config = change; return m }

// Net is a network of nodes in this process.
type Net struct {
	T      testing.TB
	Clock  *Clock
	Roster member.Signed
	Nodes  []*Node
	roots  map[id.Member]seal.SignPrivate

	mu  sync.Mutex
	cut map[[2]id.Member]bool
}

// Network is the name of the network that New makes.
const Network = "test-net"

// New builds a network: nodes, officers who have passed the drill, one desk "focal-point" each with "ana" in it, a
// roster signed by all, and desk sheets that everybody has.
func New(t testing.TB, members ...Member) *Net {
	t.Helper()
	n := &Net{T: t, Clock: NewClock(), roots: map[id.Member]seal.SignPrivate{}, cut: map[[2]id.Member]bool{}}
	for _, m := range members {
		n.Nodes = append(n.Nodes, n.born(m))
	}
	n.found()
	for _, x := range n.Nodes {
		x.JoinNetwork(n.Roster)
		x.PublishSheet()
	}
	n.Run()
	return n
}

// found makes the first roster and has every member sign it.
func (n *Net) found() {
	n.T.Helper()
	r := member.Roster{Network: Network}
	for _, x := range n.Nodes {
		r.Members = append(r.Members, x.line())
		if x.at.kind != "" {
			continue
		}
		root := seal.NewSign(nil)
		n.roots[x.Member] = root
		r.Root.Keys = append(r.Root.Keys, member.RootKey{Member: x.Member, Key: root.Public()})
	}
	r.Root.Threshold = len(r.Root.Keys)/2 + 1
	n.Roster = n.Sign(nil, r)
}

// Sign proposes r as the successor of a roster and signs it with every root key.
func (n *Net) Sign(current *member.Roster, r member.Roster) member.Signed {
	n.T.Helper()
	next, err := member.Propose(current, r, frame.At(n.Clock.Now()))
	n.must(err)
	var signatures []member.RootSignature
	for _, key := range n.roots {
		s, err := next.Sign(key)
		n.must(err)
		signatures = append(signatures, s)
	}
	return member.Assemble(next, signatures, nil)
}

// Next puts the roster after the one in force together, as change makes it, and has members sign it with their root keys; where the root set changes, those
// of the old set sign that too. It is in force nowhere yet, but [Net.Roster] is that one from now on.
func (n *Net) Next(change func(*member.Roster), signers ...id.Member) member.Signed {
	n.T.Helper()
	current := n.Roster.Roster
	next := current
	next.Members, next.Root.Keys = slices.Clone(current.Members), slices.Clone(current.Root.Keys)
	change(&next)
	next, err := member.Propose(&current, next, frame.At(n.Clock.Now()))
	n.must(err)
	var signatures, handover []member.RootSignature
	for _, m := range signers {
		if s, err := next.Sign(n.roots[m]); err == nil { // who leaves the root set signs the handover only
			signatures = append(signatures, s)
		}
		if next.Root.Version != current.Root.Version {
			if s, err := next.SignHandover(current.Root, n.roots[m]); err == nil {
				handover = append(handover, s)
			}
		}
	}
	n.Roster = member.Assemble(next, signatures, handover)
	return n.Roster
}

// Newcomer gives birth to a node that is in no network yet, and returns it with the line that a roster would have of it.
func (n *Net) Newcomer(m Member) (*Node, member.Member) {
	n.T.Helper()
	x := n.born(m)
	n.Nodes = append(n.Nodes, x)
	return x, x.line()
}

// Enter lets a newcomer take the roster in force and publish its desks.
func (n *Net) Enter(x *Node) {
	n.T.Helper()
	x.JoinNetwork(n.Roster)
	x.PublishSheet()
}

// Node returns the node of a member.
func (n *Net) Node(m id.Member) *Node {
	n.T.Helper()
	for _, x := range n.Nodes {
		if x.Member == m {
			return x
		}
	}
	n.T.Fatalf("nodetest: no node of %s", m)
	return nil
}

// rounds bounds Run.
const rounds = 200

// Run lets every node work in turn, a second apart, until nobody did anything for a round of all jobs that run
// every minute or oftener. It fails the test if that does not come.
func (n *Net) Run() {
	n.T.Helper()
	quiet := 0
	for range rounds {
		did := 0
		for _, x := range n.Nodes {
			if !x.running {
				continue
			}
			k, err := x.Work.Tick(n.T.Context())
			n.must(err)
			did += k
		}
		if did > 0 {
			quiet = 0
		} else {
			quiet++
		}
		if quiet > 20 { // the slowest of the jobs that carry something runs every 20 seconds
			return
		}
		n.Clock.Advance(time.Second)
	}
	n.T.Fatal("nodetest: the network does not come to rest")
}

// Cut breaks the line from one member to another, or mends it. The other direction is another line.
func (n *Net) Cut(from, to id.Member, broken bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut[[2]id.Member{from, to}] = broken
	for _, x := range n.Nodes {
		if x.Member == from {
			x.Caller.Close()
		}
	}
}

// CutAll breaks every line, or mends them.
func (n *Net) CutAll(broken bool) {
	for _, a := range n.Nodes {
		for _, b := range n.Nodes {
			n.Cut(a.Member, b.Member, broken)
		}
	}
}

var errCut = errors.New("nodetest: the line is cut")

// dialer returns how the node of a member reaches others.
func (n *Net) dialer(from id.Member) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		n.mu.Lock()
		for _, x := range n.Nodes {
			if x.address == address && n.cut[[2]id.Member{from, x.Member}] {
				n.mu.Unlock()
				return nil, errCut
			}
		}
		n.mu.Unlock()
		return (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, network, address)
	}
}

func (n *Net) must(err error) {
	n.T.Helper()
	if err != nil {
		n.T.Fatal(err)
	}
}

// Console is the actor at the machine of a member.
func Console(m id.Member) access.Actor { return access.Console(m) }

// passphrase is everybody's.
func passphrase(login string) string { return fmt.Sprintf("%s likes 7 purple teapots", login) }

// Now is the time of the network as it is written down.
func (n *Net) Now() frame.Time { return frame.At(n.Clock.Now()) }
