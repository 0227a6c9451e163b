package message

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/task"
)

// MaxText is the length in bytes up to which one message may be written.
const MaxText = 32 << 10

// The kinds of task that messages make.
const (
	TaskRead   = "message.read"   // something has arrived that nobody has opened
	TaskResend = "message.resend" // something was refused: seal it anew, or let it be
)

// Thread is one end of a conversation, as the desk at this end keeps it. All of it is operational.
type Thread struct {
	ID        id.Thread
	Desk      id.Desk // this end
	Realm     access.Realm
	Peer      id.Address // the other end
	Side      envelope.Side
	Referral  id.Referral // that it is about; empty: a free thread
	Reference string      // neutral, local to this end
	Box       keyring.Box // the key of this end
	Made      frame.Time
	Last      frame.Time // of the newest message
	Erased    bool
	Version   int64
}

// State is how far a message has come.
type State string

// The states of a message that this end wrote, and of one that it received.
const (
	Queued    State = "queued"
	Delivered State = "delivered" // at the other node
	Opened    State = "opened"    // a person has read it
	Refused   State = "refused"   // see Code; may be sealed anew
	Expired   State = "expired"   // nobody answered in time

	Sealed  State = "sealed"  // arrived; nobody has opened it
	Read    State = "read"    // opened, and kept under the key of the thread
	Spoiled State = "spoiled" // it opened, and was no message

	Erased State = "erased"
)

// Message is one message at one end, as it rests.
type Message struct {
	ID       id.Message
	Thread   id.Thread
	Desk     id.Desk
	Mine     bool // written at this end
	State    State
	Code     string      // of a refusal
	Envelope id.Envelope // that carried it last
	Intake   id.Key      // intake key that a received one is sealed to, until it is read
	By       id.User     // who wrote it here, or who opened it first
	Urgent   bool
	At       frame.Time // written, or arrived
	Opened   frame.Time // by a person at the receiving end; 0: not yet
	Body     []byte     // sealed; nil until a received one is read, and once erased
	Version  int64
}

// Letter is a message in clear.
type Letter struct {
	Message  Message
	Language string // BCP 47 tag of the words
	Text     string
}

// Draft is a message to be written.
type Draft struct {
	Thread   id.Thread   // empty: begin one
	To       id.Address  // of a new thread
	Referral id.Referral // that a new thread is about; may be empty
	Language string      // BCP 47 tag of the words
	Text     string
	Basis    string // legal basis, code; the rule row is asked for it
	Urgent   bool
}

// Cursor is a place in a list of threads.
type Cursor struct {
	Last frame.Time
	ID   id.Thread
}

// Filter narrows a list of threads.
type Filter struct {
	Referral id.Referral
	After    Cursor // the last thread of the page before
	Limit    int    // at most 200; 0: 50
}

// Wanted is one clause of what a list may show.
type Wanted struct {
	Realm    access.Realm
	Desk     id.Desk
	Referral id.Referral
	After    Cursor
	Limit    int
}

// ThreadTx keeps threads and messages.
type ThreadTx interface {
	// AddThread adds an end; [fault.Conflict] if it is there.
	AddThread(ctx context.Context, t Thread) error
	// SetThread replaces an end whose stored version is t.Version and raises the version by one;
	// [fault.Stale] if it is another.
	SetThread(ctx context.Context, t Thread) error
	// Thread returns the end of a thread at a desk; [fault.NotFound] if there is none.
	Thread(ctx context.Context, thread id.Thread, desk id.Desk) (Thread, error)
	// Ends returns the ends of a thread at this node: one, or two of a national one.
	Ends(ctx context.Context, thread id.Thread) ([]Thread, error)
	// ThreadsAbout returns the ends of all threads about a referral.
	ThreadsAbout(ctx context.Context, referral id.Referral) ([]Thread, error)
	// Threads returns what is wanted, newest first.
	Threads(ctx context.Context, w Wanted) ([]Thread, error)

	// AddMessage adds a message; [fault.Conflict] if this end has it. One of ours is read as delivered when the outbox
	// says that its envelope is: that is not written here again.
	AddMessage(ctx context.Context, m Message) error
	// SetMessage replaces a message whose stored version is m.Version and raises the version by one;
	// [fault.Stale] if it is another.
	SetMessage(ctx context.Context, m Message) error
	// Message returns a message at a desk; [fault.NotFound] if there is none.
	Message(ctx context.Context, m id.Message, desk id.Desk) (Message, error)
	// MessageSent returns the message of an end that an envelope of ours carries; [fault.NotFound] if it carries none.
	MessageSent(ctx context.Context, thread id.Thread, desk id.Desk, e id.Envelope) (Message, error)
	// Messages returns the messages of an end, oldest first, after one (which may be empty), at most limit.
	Messages(ctx context.Context, thread id.Thread, desk id.Desk, at frame.Time, after id.Message, limit int) ([]Message, error)
	// SealedTo reports whether a message that nobody has opened is sealed to an intake key.
	SealedTo(ctx context.Context, key id.Key) (bool, error)
}

// Tx is what messages need kept.
type Tx interface {
	exchange.Tx
	keyring.Tx
	task.Tx
	ThreadTx
}

// Service is the use-cases of messages.
type Service struct {
	Write    func(context.Context, audit.Entry, func(Tx) error) error
	Read     func(context.Context, func(Tx) error) error
	Now      func() time.Time
	IDs      id.Maker
	Member   id.Member
	Keys     *keyring.Service
	Exchange *exchange.Service
	Tasks    *task.Service
	// Clock says until when a message that arrived is to be read and who hears of it otherwise; it comes
	// from the profile. nil: no deadline.
	Clock func(t Thread, urgent bool, now frame.Time) (task.Clock, error)
	// Telling is asked before a letter about a referral leaves, and refuses while she wants what is kept of her not used. Nil: nobody is asked.
	Telling func(ctx context.Context, tx Tx, about id.Referral, at id.Desk) error
	// KeysKept is for how long the archive of keys is kept: an erasure receipt names the day after it.
	KeysKept time.Duration
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }
