package node

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"hash/fnv"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/childhood"
	"github.com/opentrm/opentrm/internal/conference"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/device"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/docket"
	"github.com/opentrm/opentrm/internal/doctor"
	"github.com/opentrm/opentrm/internal/duplicate"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/htcds"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/job"
	"github.com/opentrm/opentrm/internal/joint"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/ownview"
	"github.com/opentrm/opentrm/internal/peer"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/region"
	"github.com/opentrm/opentrm/internal/relation"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/screening"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/subject"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/transfer"
	"github.com/opentrm/opentrm/internal/web"
	"github.com/opentrm/opentrm/internal/webhook"
	"github.com/opentrm/opentrm/internal/wording"
)

// Node is one node of one member.
type Node struct {
	Config Config
	Member id.Member
	DB     *store.DB
	Texts  *lang.Catalogue

	// The services.
	Audit        *audit.Service
	Desks        *desk.Service
	Signin       *signin.Service
	Keyring      *keyring.Service
	NodeKeys     *keyring.NodeService
	Members      *member.Service
	Exchange     *exchange.Service
	Notices      *notify.Service
	Tasks        *task.Service
	Messages     *message.Service
	Persons      *person.Service
	Consents     *consent.Service
	Wordings     *wording.Service
	Cases        *casefile.Service
	Searches     *search.Service
	Screenings   *screening.Service
	Careplans    *careplan.Service
	Childhoods   *childhood.Service
	Relations    *relation.Service
	Devices      *device.Service
	Transfers    *transfer.Service
	Duplicates   *duplicate.Service
	Conferences  *conference.Service
	Homecomings  *homecoming.Service
	Lookups      *lookup.Service
	Counts       *count.Service
	Regions      *region.Service
	Joints       *joint.Service
	Cooperations *cooperation.Service
	Dockets      *docket.Service
	alarms       alarms
	Forms        *form.Service
	Directory    *directory.Service
	Retention    *retention.Service
	Restrictions *restriction.Service
	Webhooks     *webhook.Service
	Subjects     *subject.Service
	OwnViews     *ownview.Service
	HTCDS        *htcds.Service
	Publications *publication.Service
	Backups      *backup.Service
	Profile      *profile.Service
	Referrals    *referral.Service
	Facts        *stats.Service
	Intake       *intake.Service

	// The faces and the unattended work.
	API     *api.API
	Web     *web.Web
	Caller  *peer.Client
	Peer    *peer.Server
	Witness *job.Witnessing
	Work    *job.Runner

	IDs  id.Maker
	Log  *slog.Logger
	Rand io.Reader

	secret keyring.Secret
	keys   atomic.Pointer[opened]
	law    atomic.Pointer[profile.Set]
	seen   atomic.Pointer[doctor.Seen] // what it found wrong with itself

	mu      sync.Mutex
	peers   net.Listener
	people  net.Listener
	server  *http.Server
	stop    context.CancelFunc
	running sync.WaitGroup
	failed  chan error
}

// opened are the keys of the node as they are used now.
type opened struct {
	keys        *keyring.NodeKeys
	certificate tls.Certificate
	roster      string // hash of the roster that lists them
}

// Names of what a node remembers about itself.
const (
	settingMember = "node.member"
	settingDemo   = "node.demo"
)

// settingTx is what a node remembers about itself.
type settingTx interface {
	Setting(ctx context.Context, name string) ([]byte, error)
	SetSetting(ctx context.Context, name string, value []byte) error
}

// First is the administrator who comes with a new node.
type First struct {
	Login    string
	Name     string
	Language string
	Zone     string
}

// Init gives birth to a node: its storage, its keys, and the account of its first administrator. It returns the
// secret of the single-use link, good for 24 hours, with which she makes her keys.
//
// It fails with [fault.Conflict] "node.born" if there is a node already, with [fault.Invalid] naming the field of
// the configuration, and as the source of node.secret and the storage fail.
func Init(ctx context.Context, c Config, first First) (link string, err error) {
	c, err = c.filled()
	if err != nil {
		return "", err
	}
	if c.Member == "" {
		return "", fault.New(fault.Invalid, "node.config").With("field", "member")
	}
	if err := c.makeDir(); err != nil {
		return "", err
	}
	n, err := open(ctx, c, unborn)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, n.Close(context.WithoutCancel(ctx))) }()
	who := access.Console(c.Member)
	if err := n.NodeKeys.Birth(ctx, who); err != nil {
		return "", err
	}
	_, link, err = n.Signin.Invite(ctx, who, signin.Invitee{
		Login: first.Login, Name: first.Name, Office: []access.Role{access.Administrator},
		Language: first.Language, Zone: first.Zone, Demo: c.Demo,
	})
	return link, err
}

// Open opens a node that was born. It listens to nobody and does nothing until [Node.Start].
//
// It fails with [fault.NotFound] "node.unborn" if there is none, with [fault.Conflict] "node.member" if it is
// another member's, with [fault.Locked] if node.secret is another, and as the storage fails.
func Open(ctx context.Context, c Config) (*Node, error) {
	c, err := c.filled()
	if err != nil {
		return nil, err
	}
	n, err := open(ctx, c, living)
	if err != nil {
		return nil, err
	}
	if err := n.reopen(ctx); err != nil {
		return nil, errors.Join(err, n.Close(context.WithoutCancel(ctx)))
	}
	return n, nil
}

// state says what is expected of the storage.
type state int

const (
	unborn state = iota // there must be no node: it is made
	living              // there must be a node
	empty               // there must be no node: it is loaded from a backup
)

// Restore makes a node of two archives in an empty place, with node.secret as it was. It closes it again; [Open]
// opens it.
//
// It fails as [Init] and [backup.Service.Restore] do.
func Restore(ctx context.Context, c Config, in backup.From) (did backup.Restored, err error) {
	c, err = c.filled()
	if err != nil {
		return did, err
	}
	if c.Member == "" {
		return did, fault.New(fault.Invalid, "node.config").With("field", "member")
	}
	if err := c.makeDir(); err != nil {
		return did, err
	}
	n, err := open(ctx, c, empty)
	if err != nil {
		return did, err
	}
	defer func() { err = errors.Join(err, n.Close(context.WithoutCancel(ctx))) }()
	return n.Backups.Restore(ctx, access.Console(c.Member), in)
}

// open opens the storage, of which it expects something, and wires the services.
func open(ctx context.Context, c Config, expect state) (*Node, error) {
	if err := access.Ready(); err != nil {
		return nil, err
	}
	if _, err := os.Stat(c.file()); expect == living && c.URL == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "node.unborn").With("place", c.Dir) // to open a database would make one there
	}
	secret, err := c.Secret.load(c.Dir, expect != unborn, c.Rand)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, c.storage(secret))
	if err != nil {
		return nil, err
	}
	n := &Node{Config: c, DB: db, Log: c.Log, Rand: c.Rand, IDs: id.Maker{Now: c.Now, Rand: c.Rand}, secret: secret}
	if err := n.identify(ctx, expect); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := n.wire(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return n, nil
}

// identify reads whose node this is, or remembers it at birth.
func (n *Node) identify(ctx context.Context, expect state) error {
	var is id.Member
	demo := false
	err := store.Reader[settingTx](n.DB)(ctx, func(tx settingTx) error {
		v, err := tx.Setting(ctx, settingMember)
		if err != nil {
			return err
		}
		is = id.Member(v)
		_, err = tx.Setting(ctx, settingDemo)
		demo = err == nil
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	})
	switch {
	case err == nil && expect != living:
		return fault.New(fault.Conflict, "node.born")
	case err == nil && n.Config.Member != "" && n.Config.Member != is:
		return fault.New(fault.Conflict, "node.member").With("member", string(is))
	case err == nil && n.Config.Demo != demo && n.Config.Demo:
		return fault.New(fault.Conflict, "node.demo")
	case err == nil:
		n.Member, n.Config.Member, n.Config.Demo = is, is, demo
		return nil
	case !fault.Is(err, fault.NotFound):
		return err
	case expect == living:
		return fault.New(fault.NotFound, "node.unborn").With("place", n.Config.Dir)
	}
	n.Member = n.Config.Member
	if expect == empty {
		return nil
	}
	entry := audit.Did(access.Console(n.Member), access.InitNode, string(n.Member))
	return store.Writer[settingTx](n.DB)(ctx, entry, func(tx settingTx) error {
		if n.Config.Demo {
			if err := tx.SetSetting(ctx, settingDemo, []byte{1}); err != nil {
				return err
			}
		}
		return tx.SetSetting(ctx, settingMember, []byte(n.Member))
	})
}

// Keys returns the keys that the node works with now.
func (n *Node) Keys() *keyring.NodeKeys { return n.keys.Load().keys }

// reopen opens the keys of the node that the roster in force lists.
func (n *Node) reopen(ctx context.Context) error {
	var all []keyring.NodeKey
	var line member.Member
	hash := ""
	err := store.Reader[rosterTx](n.DB)(ctx, func(tx rosterTx) (err error) {
		if all, err = tx.NodeKeys(ctx); err != nil {
			return err
		}
		held, err := member.InForce(ctx, tx)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		line, _ = held.Signed.Roster.Find(n.Member)
		hash = held.Hash
		return err
	})
	if err != nil {
		return err
	}
	listed := keyring.Listed(all, line.Keys.KeyIDs(), line.Keys.TLS)
	keys, err := n.NodeKeys.Open(ctx, listed)
	if err != nil {
		return err
	}
	certificate, err := keys.Certificate(n.Member, n.Config.Now())
	if err != nil {
		return err
	}
	n.keys.Store(&opened{keys, certificate, hash})
	return nil
}

type rosterTx interface {
	keyring.NodeTx
	member.Tx
}

// settle takes over the keys that a newer roster lists, and retires those that it has replaced, unless another replica has.
func (n *Node) settle(ctx context.Context) (int, error) {
	var hash string
	var line member.Member
	var all []keyring.NodeKey
	err := store.Reader[rosterTx](n.DB)(ctx, func(tx rosterTx) error {
		held, err := member.InForce(ctx, tx)
		if fault.Is(err, fault.NotFound) {
			return nil
		} else if err != nil {
			return err
		}
		hash = held.Hash
		line, _ = held.Signed.Roster.Find(n.Member)
		all, err = tx.NodeKeys(ctx)
		return err
	})
	if err != nil || hash == n.keys.Load().roster {
		return 0, err
	}
	listed := keyring.Listed(all, line.Keys.KeyIDs(), line.Keys.TLS)
	if len(keyring.Replaced(all, listed)) > 0 {
		if err := n.NodeKeys.Settle(ctx, access.Node(n.Member), listed); err != nil {
			return 0, err
		}
	}
	return 0, n.reopen(ctx)
}

// Ready reports whether the node may take data of real people: the recovery drill has passed, and it is no
// demonstration.
func (n *Node) Ready(ctx context.Context) (bool, error) {
	if n.Config.Demo {
		return false, nil
	}
	return n.Keyring.Ready(ctx)
}

// Line returns what a roster lists of this node, with the public halves of its newest keys first. Name, kind,
// status, addresses, mailbox and authority keys are the caller's to fill.
//
// It fails as the storage fails.
func (n *Node) Line(ctx context.Context) (member.Member, error) {
	var all []keyring.NodeKey
	err := store.Reader[keyring.NodeTx](n.DB)(ctx, func(tx keyring.NodeTx) (err error) {
		all, err = tx.NodeKeys(ctx)
		return err
	})
	if err != nil {
		return member.Member{}, err
	}
	return lineOf(n.Member, all)
}

// holder names this replica in leases, by its machine and its directory: what it had in hand when it was killed is its
// own again as soon as it is back.
func (n *Node) holder() (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", fault.Wrap(fault.Internal, "node.host", err)
	}
	place := fnv.New128a()
	_, _ = place.Write([]byte(host + "\x00" + n.Config.Dir))
	return string(n.Member) + "-" + hex.EncodeToString(place.Sum(nil)), nil
}

func (n *Node) now() frame.Time { return frame.At(n.Config.Now()) }

// closeWithin is how long requests in hand may take when the node ends.
const closeWithin = 10 * time.Second
