package demo

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/seal"
)

// Passphrase is that of every invented account. It is printed on the screen: demonstration nodes keep no
// secret of anybody.
const Passphrase = "demonstration only, no real person"

// NetworkName is how the invented network is called in its roster.
const NetworkName = "demonstration"

// Plan says which network to found.
type Plan struct {
	Dir      string // of the data, one directory for each member; secrets go to Dir + ".secrets"
	Members  []id.Member
	Peer     string                                   // address that nodes listen on for each other, with port 0
	People   string                                   // address for people; empty: none
	Outbound []id.Member                              // these have no address and call out only
	Whole    []id.Member                              // these have somebody in every role
	Mailbox  []id.Member                              // these keep envelopes for members without an address
	Config   func(id.Member, node.Config) node.Config // changes the configuration of a node; nil: none
	Senders  map[notify.Channel]notify.Sender
	Now      func() time.Time // nil: time.Now
	Clock    *Clock           // that Now reads; nil: the network waits for nothing but what is due at once
	Log      *slog.Logger
}

// Network is a network of nodes in this process, all of invented members.
type Network struct {
	Plan        Plan
	Countries   map[id.Member]*Country
	Roster      member.Signed
	Fingerprint string
	roots       map[id.Member]seal.SignPrivate
}

// Members returns the members of the network in order.
func (w *Network) Members() []id.Member { return slices.Sorted(maps.Keys(w.Countries)) }

// Found gives birth to the nodes of a plan, staffs them, signs their first roster with more than half of the
// root keys, joins each by the root fingerprint, and publishes their desk sheets. The nodes listen, but do
// their unattended work only when [Network.Tick] or [node.Node.Start] says so.
//
// It fails as the nodes fail; what was begun is closed again.
func Found(ctx context.Context, p Plan) (_ *Network, err error) {
	if p.Now == nil {
		p.Now = time.Now
	}
	w := &Network{Plan: p, Countries: make(map[id.Member]*Country, len(p.Members)), roots: make(map[id.Member]seal.SignPrivate, len(p.Members))}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close(context.WithoutCancel(ctx)))
		}
	}()
	var mu sync.Mutex
	g, gctx := errgroup.WithContext(ctx)
	for _, m := range p.Members {
		g.Go(func() error {
			c, err := w.birth(gctx, m)
			mu.Lock()
			defer mu.Unlock()
			if c != nil {
				w.Countries[m] = c
			}
			if err != nil {
				return fmt.Errorf("demo: birth of %s: %w", m, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for _, m := range p.Members {
		w.roots[m] = seal.NewSign(nil)
	}
	if err := w.sign(ctx); err != nil {
		return nil, err
	}
	for _, m := range w.Members() {
		if err := w.Countries[m].publish(ctx); err != nil {
			return nil, fmt.Errorf("demo: desk sheet of %s: %w", m, err)
		}
	}
	return w, nil
}

// config is what the node of a member is opened with.
func (w *Network) config(m id.Member, secret string) node.Config {
	c := node.Config{
		Dir: filepath.Join(w.Plan.Dir, string(m)), Member: m, Secret: node.SecretSource{File: secret}, Listen: w.Plan.People,
		Peer: w.Plan.Peer, Demo: true, Phrase: Passphrase, Stretch: light, Now: w.Plan.Now, Log: w.Plan.Log, Senders: w.Plan.Senders,
	}
	if slices.Contains(w.Plan.Outbound, m) {
		c.Peer = ""
	}
	if w.Plan.Config != nil {
		c = w.Plan.Config(m, c)
	}
	return c
}

// light stretches the printed passphrase of the demonstration as little as is allowed, so that eleven
// offices are staffed in a second.
func light(r io.Reader) seal.Stretch {
	s := seal.NewStretch(r)
	s.Time, s.MemoryKiB, s.Threads = 1, 8<<10, 1
	return s
}

// secretFile makes node.secret of a member beside the data, for its owner only.
func (w *Network) secretFile(m id.Member) (string, error) {
	dir := w.Plan.Dir + ".secrets"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(dir, string(m))
	key := seal.NewKey(nil).Bytes()
	defer clear(key)
	return path, os.WriteFile(path, []byte(hex.EncodeToString(key)+"\n"), 0o600)
}

// birth makes one node with its staff and lets it listen.
func (w *Network) birth(ctx context.Context, m id.Member) (*Country, error) {
	secret, err := w.secretFile(m)
	if err != nil {
		return nil, err
	}
	c := w.config(m, secret)
	link, err := node.Init(ctx, c, node.First{Login: "admin", Name: name(m, "administrator"), Language: "en", Zone: zone(m)})
	if err != nil {
		return nil, err
	}
	n, err := node.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	country := &Country{Node: n, Member: m, secret: secret, whole: slices.Contains(w.Plan.Whole, m), users: map[string]id.User{}}
	if err := country.staff(ctx, link); err != nil {
		return country, err
	}
	return country, n.Listen(ctx)
}

// sign lets the members agree on a roster with what their nodes list of themselves, and every node take it:
// the first by the root fingerprint that the coordinators compared, later ones as a newer version.
func (w *Network) sign(ctx context.Context) error {
	var root member.Root
	next := member.Roster{Network: NetworkName}
	for _, m := range w.Members() {
		c := w.Countries[m]
		line, err := c.Node.Line(ctx)
		if err != nil {
			return err
		}
		line.Name, line.Kind, line.Mailbox = name(m, ""), member.Country, slices.Contains(w.Plan.Mailbox, m)
		line.Keys.Authority = append([]seal.SignPublic{}, c.authority)
		if a := c.Node.PeerAddress(); a != "" {
			line.Addresses = []string{"https://" + a}
		}
		next.Members = append(next.Members, line)
		root.Keys = append(root.Keys, member.RootKey{Member: m, Key: w.roots[m].Public()})
	}
	root.Threshold = len(root.Keys)/2 + 1
	next.Root = root
	var current *member.Roster
	if w.Roster.Roster.Version > 0 {
		current = &w.Roster.Roster
	}
	r, err := member.Propose(current, next, frame.At(w.Plan.Now()))
	if err != nil {
		return err
	}
	var signatures []member.RootSignature
	for _, m := range w.Members()[:root.Threshold] {
		s, err := r.Sign(w.roots[m])
		if err != nil {
			return err
		}
		signatures = append(signatures, s)
	}
	w.Roster = member.Assemble(r, signatures, nil)
	if w.Fingerprint, err = r.Root.Fingerprint(r.Network); err != nil {
		return err
	}
	for _, m := range w.Members() {
		n := w.Countries[m].Node
		who := access.Console(m)
		if current == nil {
			err = n.Members.Join(ctx, who, w.Roster, w.Fingerprint)
		} else {
			_, err = n.Members.Import(ctx, who, w.Roster)
		}
		if err != nil {
			return fmt.Errorf("demo: roster at %s: %w", m, err)
		}
	}
	return nil
}

// restful is how many rounds without any work mean that the network is at rest: the slowest job that carries
// something runs every 20 seconds.
const restful = 22

// Settle lets every node work in turn, a second apart on the clock of the plan, until nobody did anything for a
// while.
//
// It fails as the nodes fail, and with [fault.Unavailable] if the network does not come to rest.
func (w *Network) Settle(ctx context.Context) error {
	quiet := 0
	for range 2000 {
		did, err := w.tick(ctx)
		if err != nil {
			return err
		}
		if quiet++; did > 0 {
			quiet = 0
		}
		if quiet > restful {
			return nil
		}
		if w.Plan.Clock != nil {
			w.Plan.Clock.Skip(time.Second)
		}
	}
	return fault.New(fault.Unavailable, "demo.restless")
}

// Tick lets every node do the unattended work that is due, once.
func (w *Network) Tick(ctx context.Context) error {
	_, err := w.tick(ctx)
	return err
}

func (w *Network) tick(ctx context.Context) (did int, err error) {
	for _, m := range w.Members() {
		n, err := w.Countries[m].Node.Work.Tick(ctx)
		if err != nil {
			return did, fmt.Errorf("demo: work of %s: %w", m, err)
		}
		did += n
	}
	return did, nil
}

// Close closes every node.
func (w *Network) Close(ctx context.Context) error {
	var errs []error
	for _, c := range w.Countries {
		errs = append(errs, c.Node.Close(ctx))
	}
	return errors.Join(errs...)
}

// name is what an invented office or person of a member is called: plainly no real one.
func name(m id.Member, role string) string {
	return strings.TrimSpace("Demo " + string(m) + " " + role)
}

// zone is where the office of a member keeps its hours.
func zone(m id.Member) string {
	zones := map[id.Member]string{
		"AL": "Europe/Tirane", "BA": "Europe/Sarajevo", "BG": "Europe/Sofia", "HR": "Europe/Zagreb", "XK": "Europe/Belgrade",
		"MD": "Europe/Chisinau", "ME": "Europe/Podgorica", "MK": "Europe/Skopje", "RO": "Europe/Bucharest",
		"RS": "Europe/Belgrade", "SI": "Europe/Ljubljana",
	}
	if z, ok := zones[m]; ok {
		return z
	}
	return "UTC"
}
