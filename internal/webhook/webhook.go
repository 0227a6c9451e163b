package webhook

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// State of a hook.
type State string

// The states.
const (
	Proposed State = "proposed" // by an administrator; nothing is told but what tries it
	Active   State = "active"   // confirmed by a member of the desk
	Stopped  State = "stopped"  // ended by the node: nobody answers there
	Removed  State = "removed"
)

// Why a hook was stopped.
const (
	Dead    = "dead"    // nothing but failures for days
	Gone    = "gone"    // the address says that it is over
	Backlog = "backlog" // too much waits
)

// Hook is one address that hears of one desk. Where it leads and what it hears of does not change: another one is proposed instead.
type Hook struct {
	ID        id.Webhook   `json:"webhook"`
	Desk      id.Desk      `json:"desk"`
	Realm     access.Realm `json:"realm"` // of the desk
	URL       string       `json:"url"`
	Types     []string     `json:"types"`  // that it hears of
	Inside    bool         `json:"inside"` // may lie in a private network
	State     State        `json:"state"`
	Why       string       `json:"why,omitempty"` // it was stopped
	Maker     id.User      `json:"maker"`
	Made      frame.Time   `json:"made"`
	Confirmer id.User      `json:"confirmer,omitempty"`
	Confirmed frame.Time   `json:"confirmed,omitempty"`
	Epoch     int64        `json:"-"`                // of the log, in which it was confirmed
	Waits     bool         `json:"waits"`            // for the desk to confirm it, perhaps anew
	Secret    []byte       `json:"-"`                // sealed: the shared secret and the signing seed
	Former    []byte       `json:"-"`                // the one before, while it still signs
	Until     frame.Time   `json:"former,omitempty"` // for so long
	Public    string       `json:"public"`           // "whpk_…", by which the v1a signature is verified
	Ended     frame.Time   `json:"ended,omitempty"`
	Progress
	Version int64 `json:"version"`
}

// Progress is how far the items of a hook have come.
type Progress struct {
	Sequence int64      `json:"sequence"`          // of the last item
	Sent     int64      `json:"sent"`              // the last item that was taken
	Attempts int64      `json:"attempts"`          // at the one after it, that failed
	Gones    int64      `json:"-"`                 // of them that said it is over, the last ones
	Failing  frame.Time `json:"failing,omitempty"` // since when
	Next     frame.Time `json:"next,omitempty"`    // it is not tried before
	Tried    frame.Time `json:"tried,omitempty"`   // last
	Status   int64      `json:"status"`            // of the last answer; 0: there was none
	Slow     bool       `json:"slow"`              // the last answer was
	Claimed  frame.Time `json:"-"`                 // somebody sends it until then
}

// Item is one thing that a hook hears of.
type Item struct {
	Webhook  id.Webhook
	Sequence int64 // from 1, without gaps, within an epoch
	Epoch    int64
	ID       id.Delivery // random; the same however often it is sent
	Type     string
	Object   string // identifier of what changed
	At       frame.Time
}

// Change is something that has changed at a desk to which somebody listens, as the store noted it.
type Change struct {
	Place  int64
	Desk   id.Desk
	Noun   string
	Object string
	Was    string
	Turned string
}

// Message is what leaves the node.
type Message struct {
	URL     string
	Inside  bool // a private network is allowed
	ID      id.Delivery
	At      time.Time // of this attempt
	Body    []byte
	Secrets [][]byte // that sign it, the newest first
	Seed    []byte   // of the key that signs it too
}

// Answer is what came back.
type Answer struct {
	Status int           // of HTTP
	After  time.Duration // asked for before the next attempt
}

// Sender carries messages to hooks. It signs them, follows no redirect, and reaches no address inside that it was not allowed to.
type Sender interface {
	// Check fails with [fault.Invalid] "webhook.url" for an address that nothing is ever sent to. Nothing is connected to.
	Check(url string, inside bool) error
	// Send fails with [fault.Unavailable] if nobody answered.
	Send(ctx context.Context, m Message) (Answer, error)
}

// Tx is what webhooks need kept.
type Tx interface {
	keyring.PepperTx
	Desk(ctx context.Context, d id.Desk) (desk.Desk, error)
	AuditHead(ctx context.Context) (audit.Head, error)
	// Record appends an entry to the log.
	Record(ctx context.Context, e audit.Entry) (audit.Ref, error)

	AddWebhook(ctx context.Context, h Hook) error
	// SetWebhook replaces what was said and decided of a hook whose stored version is h.Version; fault.Stale if it is another.
	SetWebhook(ctx context.Context, h Hook) error
	// Webhook returns one; fault.NotFound if there is none.
	Webhook(ctx context.Context, h id.Webhook) (Hook, error)
	// Webhooks returns those that are not removed, oldest first.
	Webhooks(ctx context.Context) ([]Hook, error)

	// WebhookChanges returns what has changed where somebody listens, in order, at most limit; and DropWebhookChanges forgets it
	// up to a place.
	WebhookChanges(ctx context.Context, limit int) ([]Change, error)
	DropWebhookChanges(ctx context.Context, upto int64) error

	AddWebhookItem(ctx context.Context, i Item) error
	// WebhookItems returns items of a hook after one, in order.
	WebhookItems(ctx context.Context, h id.Webhook, after int64, limit int) ([]Item, error)
	// DropWebhookItems forgets items of a hook up to one.
	DropWebhookItems(ctx context.Context, h id.Webhook, upto int64) error
	// OldestWebhookItem returns the number of the first item that is kept, 0 if there is none.
	OldestWebhookItem(ctx context.Context, h id.Webhook) (int64, error)
	// LastWebhookItemBefore returns the number of the last item before a time, 0 if there is none.
	LastWebhookItemBefore(ctx context.Context, h id.Webhook, at frame.Time) (int64, error)

	// QueueWebhook keeps the number of the last item of a hook.
	QueueWebhook(ctx context.Context, h id.Webhook, sequence int64) error
	// ResetWebhook begins the items of a hook at other numbers, due at once; nobody sends it any more.
	ResetWebhook(ctx context.Context, h id.Webhook, sequence, sent int64, now frame.Time) error
	// WebhookDue returns the hook that has waited longest of those whose time has come, that have something to send and that
	// nobody sends; fault.NotFound if there is none. Quick leaves out what fails or is slow.
	WebhookDue(ctx context.Context, now frame.Time, quick bool) (Hook, error)
	// ProgressWebhook keeps how far a hook has come, if it is claimed as p.Claimed says and not ended, and ends the claim where last
	// says so.
	ProgressWebhook(ctx context.Context, h id.Webhook, p Progress, last bool) (bool, error)
}

// ClaimTx is how those who send keep out of each other's way.
type ClaimTx interface {
	// ClaimWebhook says that somebody sends a hook until a time, if nobody does now.
	ClaimWebhook(ctx context.Context, h id.Webhook, now, until frame.Time) (bool, error)
	// ProgressWebhook is that of [Tx].
	ProgressWebhook(ctx context.Context, h id.Webhook, p Progress, last bool) (bool, error)
}

// Service is the use-cases of webhooks.
type Service struct {
	Write  func(context.Context, audit.Entry, func(Tx) error) error
	Update func(context.Context, func(Tx) error) error      // names its own entries
	Claim  func(context.Context, func(ClaimTx) error) error // without an entry: who sends what, and how far it has come
	Read   func(context.Context, func(Tx) error) error
	Now    func() time.Time
	IDs    id.Maker
	Rand   io.Reader
	Member id.Member
	Data   Data
	Vault  func(ctx context.Context, tx Tx) (keyring.Vault, error)
	Sender Sender // nil: nothing is sent
	// Waiting is called in the transaction in which a hook begins to wait for its desk, and Settled in that in which it no longer does. Failed is called in the transaction in which the node stops a hook, and Mended in that in which somebody answers for one that was
	// stopped; nil: nothing.
	Waiting func(ctx context.Context, tx Tx, h Hook) error
	Settled func(ctx context.Context, tx Tx, h Hook) error
	Failed  func(ctx context.Context, tx Tx, h Hook) error
	Mended  func(ctx context.Context, tx Tx, h Hook) error
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

// tell calls what the wiring does about a hook, if it does anything.
func tell(ctx context.Context, tx Tx, h Hook, whom func(context.Context, Tx, Hook) error) error {
	if whom == nil {
		return nil
	}
	return whom(ctx, tx, h)
}

// hears reports whether h is told of a type in an epoch of the log.
func (h Hook) hears(what string, epoch int64) bool {
	return h.State == Active && h.Epoch == epoch && (what == TestType || slices.Contains(h.Types, what))
}

// waits reports whether the desk has to say yes, for the first time or because the log began anew.
func (h Hook) waits(epoch int64) bool {
	return h.State == Proposed || h.State == Active && h.Epoch != epoch
}
