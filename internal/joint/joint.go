package joint

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/task"
)

// The kinds of task about a question; its object is the thread and the desk.
const (
	TaskAsked    = "joint.asked"    // another member's desk asks for a signature
	TaskAnswered = "joint.answered" // it has answered: take it
	TaskRefused  = "joint.refused"  // the node there refused what was sent, or nobody answered in time
)

// State is how far a question has come.
type State string

// The states at the end that asks, at the end that was asked, and at both.
const (
	Asked    State = "asked"
	Opened   State = "opened"   // a person there has read it
	Answered State = "answered" // the answer lies here, and nobody has taken it

	Sealed State = "sealed" // nobody has opened it
	Read   State = "read"

	Signed   State = "signed"
	Declined State = "declined"
	Refused  State = "refused"  // see Code
	Expired  State = "expired"  // nobody answered in time
	Outdated State = "outdated" // it was answered after it was written anew: the newer one is on its way
	Over     State = "over"     // nothing is asked any more, and nothing of it is kept
)

// What else the code of an end may say, while the question waits for an answer.
const (
	Earlier = "earlier" // where it is asked: what came since is an answer to an assessment before this one, and counts for nothing
	Anew    = "anew"    // where it was asked: what was answered here before was about an assessment before this one
)

// States returns every state in the order above.
func States() []State {
	return []State{Asked, Opened, Answered, Sealed, Read, Signed, Declined, Refused, Expired, Outdated, Over}
}

// Row is one end of a question. All but the sealed body is operational.
type Row struct {
	ID        id.Thread
	Desk      id.Desk // this end
	Side      envelope.Side
	Peer      id.Address   // the other end
	Return    id.Return    // at the end that asks; empty at the other
	Referral  id.Referral  // by which the other desk has accepted her
	Reference id.Reference // neutral, of this end
	Consent   id.Consent
	Basis     string // on which it was asked
	Until     frame.Time
	State     State
	Code      string      // why it was refused, or declined; or [Earlier], or [Anew]
	Envelope  id.Envelope // of the assessment: sent last, or arrived last
	Answer    id.Envelope // of the answer
	Intake    id.Key      // that what was not opened yet is sealed to
	Box       keyring.Box // at the end that was asked
	Body      []byte      // there, once it was opened; nil: it was not, or is no more
	By        id.User     // who opened it first
	At        frame.Time  // sent, or arrived
	Opened    frame.Time  // by a person of the desk that was asked; 0: not yet
	Version   int64
}

func (r Row) object() string { return string(r.ID) + "." + string(r.Desk) }

func (r Row) resource() access.Resource {
	return access.Resource{Noun: "joint", ID: string(r.ID), Realm: access.Assistance, Desk: r.Desk}
}

// RowTx keeps the ends of questions.
type RowTx interface {
	// AddJoint adds an end; [fault.Conflict] if it is there.
	AddJoint(ctx context.Context, r Row) error
	// SetJoint replaces an end whose stored version is r.Version and raises it by one; [fault.Stale] if it is another.
	SetJoint(ctx context.Context, r Row) error
	// Joint returns the end of a question at a desk; [fault.NotFound] if there is none.
	Joint(ctx context.Context, thread id.Thread, desk id.Desk) (Row, error)
	// JointEnds returns the ends of a question at this node.
	JointEnds(ctx context.Context, thread id.Thread) ([]Row, error)
	// JointsAt returns what a desk was asked and is not over, oldest first, after the one named.
	JointsAt(ctx context.Context, desk id.Desk, after id.Thread, limit int) ([]Row, error)
	// JointsUnder returns the ends under a consent.
	JointsUnder(ctx context.Context, c id.Consent) ([]Row, error)
	// JointsPast returns at most limit ends that were asked and whose time was over at now, but which are not over.
	JointsPast(ctx context.Context, now frame.Time, limit int) ([]Row, error)
	// JointSealedTo reports whether something that nobody has opened is sealed to an intake key.
	JointSealedTo(ctx context.Context, key id.Key) (bool, error)
}

// Tx is what questions need kept.
type Tx interface {
	homecoming.Tx
	exchange.Tx
	RowTx
}

// Service is the use-cases of joint assessments between nodes.
type Service struct {
	Write    func(context.Context, audit.Entry, func(Tx) error) error
	Read     func(context.Context, func(Tx) error) error
	Now      func() time.Time
	IDs      id.Maker
	Member   id.Member
	Keys     *keyring.Service
	Exchange *exchange.Service
	Tasks    *task.Service
	Law      func() profile.Set // in force, with what was confirmed
	// Clock is when the desk that was asked is to have answered another member. It comes from the profile; an error that says that nobody
	// has confirmed the law makes a task without a deadline.
	Clock func(peer id.Member, start frame.Time) (task.Clock, error)
	// Tell answers whoever withdrew a consent that what was sent under it here is destroyed, before it is.
	Tell func(ctx context.Context, tx Tx, r Row) error
	// KeysKept is for how long the archive of keys is kept: an erasure receipt names the day after it.
	KeysKept time.Duration
}

var _ homecoming.Abroad = (*Service)(nil)

func (s *Service) now() frame.Time { return frame.At(s.Now()) }
