package nodetest

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// Node is one node of a network.
type Node struct {
	*node.Node
	Net  *Net
	Logs *Logs // everything that it has logged

	at        Member
	config    node.Config
	address   string // host:port for other nodes
	authority seal.SignPublic
	users     map[string]id.User
	sessions  map[string]string
	running   bool
}

// Logs keeps what a node logs, for tests that read it.
type Logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write takes a line.
func (l *Logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// String returns everything that was logged.
func (l *Logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// light makes passphrases cheap. No node outside tests may be given it.
func light(random io.Reader) seal.Stretch {
	s := seal.NewStretch(random)
	s.Time, s.MemoryKiB, s.Threads = 1, 64, 1
	return s
}

// born gives birth to the node of a member and starts it.
func (n *Net) born(m Member) *Node {
	n.T.Helper()
	x := &Node{Net: n, Logs: &Logs{}, at: m, users: map[string]id.User{}, sessions: map[string]string{}}
	bed, err := cribs.crib(len(n.Nodes))
	n.must(err)
	x.config = node.Config{
		Dir: filepath.Join(n.T.TempDir(), string(m.id)), Member: m.id, Secret: node.SecretSource{Text: bed.secret},
		Listen: "127.0.0.1:0", Peer: "127.0.0.1:0", Demo: true, Stretch: light, Now: n.Clock.Now, Dial: n.dialer(m.id),
		Log: slog.New(slog.NewJSONHandler(x.Logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if m.postgres {
		pg := storetest.Postgres(n.T)
		x.config.URL, x.config.Owner = pg.URL, pg.Owner
	}
	if m.hidden {
		x.config.Peer = ""
	}
	if m.config != nil {
		m.config(&x.config)
	}
	if x.config.URL == "" && x.config.Secret.Text == bed.secret {
		n.must(os.MkdirAll(x.config.Dir, 0o700))
		n.must(os.WriteFile(filepath.Join(x.config.Dir, "node.db"), bed.file, 0o600))
	}
	link, err := node.Init(n.T.Context(), x.config, node.First{Login: "ada", Name: "Ada", Language: "en", Zone: "UTC"})
	n.must(err)
	x.Start()
	n.T.Cleanup(x.finish)
	x.enrol("ada", link)
	x.officers()
	x.Desk(desk.Desk{ID: "focal-point", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.focal-point"}, "ana", access.FocalPoint)
	return x
}

// Start opens the node and lets it listen. Its unattended work is done by [Net.Run].
func (x *Node) Start() {
	x.Net.T.Helper()
	opened, err := node.Open(x.Net.T.Context(), x.config)
	x.Net.must(err)
	x.Node = opened
	x.Net.must(opened.Listen(x.Net.T.Context()))
	x.running = true
	if x.config.Peer != "" {
		x.Net.mu.Lock()
		x.address = opened.PeerAddress()
		x.config.Peer = x.address // the roster names it: the next start must have it again
		x.Net.mu.Unlock()
	}
}

// Replica opens the node once more over its database, as another process of its member does. It needs a member on PostgreSQL:
// one process has the file of SQLite. It does not listen, and ends with the test.
func (x *Node) Replica() *node.Node {
	x.Net.T.Helper()
	c := x.config
	c.Dir = filepath.Join(x.Net.T.TempDir(), "replica")
	opened, err := node.Open(x.Net.T.Context(), c)
	x.Net.must(err)
	x.Net.T.Cleanup(func() { x.Net.must(opened.Close(context.WithoutCancel(x.Net.T.Context()))) })
	return opened
}

// Stop ends the node. Its data stay.
func (x *Node) Stop() {
	x.Net.T.Helper()
	if x.running {
		x.running = false
		x.Net.must(x.Close(context.WithoutCancel(x.Net.T.Context())))
	}
}

// Unattended lets the node do its unattended work by itself from now on, beside [Net.Run].
func (x *Node) Unattended() {
	x.Net.T.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(x.Net.T.Context()))
	done := make(chan error, 1)
	work := x.Work
	go func() { done <- work.Run(ctx) }()
	x.Net.T.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			x.Net.T.Error(err)
		}
	})
}

// Restore ends the node, throws its data away and makes it anew from two archives.
func (x *Node) Restore(in backup.From) {
	x.Net.T.Helper()
	x.Stop()
	x.config.Dir = filepath.Join(x.Net.T.TempDir(), string(x.at.id))
	if x.at.postgres {
		pg := storetest.Postgres(x.Net.T)
		x.config.URL, x.config.Owner = pg.URL, pg.Owner
	}
	_, err := node.Restore(x.Net.T.Context(), x.config, in)
	x.Net.must(err)
	x.sessions = map[string]string{}
	x.Start()
}

// finish verifies the whole log and ends the node.
func (x *Node) finish() {
	ctx := context.WithoutCancel(x.Net.T.Context())
	if !x.running {
		opened, err := node.Open(ctx, x.config)
		if err != nil {
			x.Net.T.Errorf("nodetest: %s does not open any more: %v", x.at.id, err)
			return
		}
		x.Node = opened
	}
	report, err := x.VerifyLog(ctx)
	if err != nil || !report.OK() {
		x.Net.T.Errorf("nodetest: the log of %s: %v, %+v", x.at.id, err, report.Problems)
	}
	if err := x.Close(ctx); err != nil {
		x.Net.T.Errorf("nodetest: closing %s: %v", x.at.id, err)
	}
}

// VerifyLog verifies the whole log of the node.
func (x *Node) VerifyLog(ctx context.Context) (report audit.Report, err error) {
	keys, err := x.LogKeys(ctx)
	if err != nil {
		return report, err
	}
	err = store.Reader[audit.Reader](x.DB)(ctx, func(r audit.Reader) (err error) {
		report, err = audit.Verify(ctx, r, audit.Options{Member: x.at.id, Roster: keys})
		return err
	})
	return report, err
}

// officers enrols three recovery officers, lets them pass the drill, and gives the first the authority key.
func (x *Node) officers() {
	x.Net.T.Helper()
	ctx, console := x.Net.T.Context(), Console(x.Member)
	x.User("oto", access.Auditor)
	x.User("dora", access.DataProtectionOfficer)
	x.Net.must(x.Keyring.Enrol(ctx, console, []id.User{x.users["ada"], x.users["oto"], x.users["dora"]}))
	x.Net.must(x.Keyring.OfferShare(ctx, x.As("oto"), x.users["ada"]))
	x.Net.must(x.Keyring.Drill(ctx, x.As("ada")))
	key, err := x.Keyring.NewAuthority(ctx, console, []id.User{x.users["ada"]})
	x.Net.must(err)
	x.authority = key
}

// User makes an account with office roles, and its keys.
func (x *Node) User(login string, office ...access.Role) id.User {
	x.Net.T.Helper()
	_, link, err := x.Signin.Invite(x.Net.T.Context(), Console(x.Member), signin.Invitee{
		Login: login, Name: login, Office: office, Language: "en", Demo: true,
	})
	x.Net.must(err)
	return x.enrol(login, link)
}

func (x *Node) enrol(login, link string) id.User {
	x.Net.T.Helper()
	u, _, err := x.Signin.Enrol(x.Net.T.Context(), link, passphrase(login))
	x.Net.must(err)
	x.users[login] = u.ID
	return u.ID
}

// Desk founds a desk with somebody in a role; the account is made if there is none. What d leaves out is filled in.
func (x *Node) Desk(d desk.Desk, login string, role access.Role) {
	x.Net.T.Helper()
	if _, ok := x.users[login]; !ok && d.Kind == desk.AtNode {
		x.User(login)
	}
	if d.Organisation, d.Zone, d.Public = "office", "UTC", true; d.Sector == "" {
		d.Sector = desk.Unsaid(d.Realm)
	}
	d.Languages, d.Competence = []string{"en"}, []string{}
	d.VerifiedOn = frame.At(x.Net.Clock.Now())
	x.Net.must(x.Keyring.Found(x.Net.T.Context(), Console(x.Member), keyring.Founding{Desk: d, First: x.users[login], Role: role}))
}

// As returns somebody with her keys, signed in anew where her session is over.
func (x *Node) As(login string) keyring.Bearer {
	x.Net.T.Helper()
	ctx := x.Net.T.Context()
	if secret := x.sessions[login]; secret != "" {
		if b, _, err := x.Signin.Resume(ctx, secret); err == nil {
			return b
		}
	}
	b, _, err := x.Signin.Resume(ctx, x.SignIn(login))
	x.Net.must(err)
	return b
}

// SignIn begins a session and returns its secret, the token of the JSON interface.
func (x *Node) SignIn(login string) string {
	x.Net.T.Helper()
	in, err := x.Signin.SignIn(x.Net.T.Context(), login, passphrase(login), "127.0.0.0")
	x.Net.must(err)
	x.sessions[login] = in.Secret
	return in.Secret
}

// line is what the roster says of the node.
func (x *Node) line() member.Member {
	x.Net.T.Helper()
	m, err := x.Line(x.Net.T.Context())
	x.Net.must(err)
	m.Name, m.Kind, m.Mailbox = "Member "+string(x.Member), member.Country, x.at.mailbox
	if x.at.kind != "" {
		m.Kind = x.at.kind
	}
	m.Keys.Authority = []seal.SignPublic{x.authority}
	if !x.at.hidden {
		m.Addresses = []string{"https://" + x.address}
	}
	return m
}

// JoinNetwork takes the first roster, the fingerprint of its root set compared.
func (x *Node) JoinNetwork(r member.Signed) {
	x.Net.T.Helper()
	f, err := r.Roster.Root.Fingerprint(r.Roster.Network)
	x.Net.must(err)
	x.Net.must(x.Members.Join(x.Net.T.Context(), Console(x.Member), r, f))
}

// PublishSheet signs the desks as they stand with the authority key and publishes them.
func (x *Node) PublishSheet(change ...func(*member.Sheet)) {
	x.Net.T.Helper()
	ctx := x.Net.T.Context()
	draft, err := x.Sheet(ctx)
	x.Net.must(err)
	for _, c := range change {
		c(&draft)
	}
	var signed member.SignedSheet
	x.Net.must(x.Keyring.WithAuthority(ctx, x.As("ada"), []id.Key{x.authority.ID()}, func(key seal.SignPrivate) (err error) {
		signed, err = draft.Sign(key)
		return err
	}))
	x.Net.must(x.Members.Publish(ctx, Console(x.Member), signed))
}

// Join lets somebody into a desk: the administrator proposes, a colleague grants.
func (x *Node) Join(at id.Desk, login string, role access.Role, by string) {
	x.Net.T.Helper()
	ctx := x.Net.T.Context()
	if _, ok := x.users[login]; !ok {
		x.User(login)
	}
	x.Net.must(x.Desks.Propose(ctx, x.As("ada").Actor, at, x.users[login], role))
	accounts, err := x.Signin.List(ctx, x.As("ada").Actor)
	x.Net.must(err)
	for _, a := range accounts {
		if a.ID == x.users[login] {
			x.Net.must(x.Keyring.Grant(ctx, x.As(by), at, a.ID, a.Fingerprint))
		}
	}
}
