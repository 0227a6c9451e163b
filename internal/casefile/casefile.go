package casefile

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
)

// State of a case.
type State string

// The states of a case.
const (
	Open   State = "open"
	Closed State = "closed"
	Merged State = "merged" // another file of the same person is worked with in its place; it stays as it was
	Erased State = "erased" // its keys are destroyed; the row remembers that there was something
)

// Case is the operational row of a file: identifiers, codes and times.
type Case struct {
	ID        id.Case
	Reference id.Reference // neutral, speakable; never crosses a border
	Person    id.Person
	Desk      id.Desk
	Realm     access.Realm
	State     State
	AgeClass  person.AgeClass
	Asylum    bool     // she asked for asylum
	Origins   []string // countries of origin, sorted, ISO 3166-1 alpha-2 or XK; "unknown" alone
	Status    string   // of identification, code; empty: none decided
	Grade     Grade    // the highest of the newest assessment; empty: never assessed
	Assessed  frame.Time
	Review    frame.Time // when the newest assessment has to be looked at again
	Owner     id.User    // who opened it
	Opened    frame.Time
	Closed    frame.Time
	Closure   string  // why it was closed, code
	Action    string  // what happens to the data after closure, code
	Into      id.Case // of a merged one: the file that is worked with
	Version   int64
}

// Grade of a risk.
type Grade string

// The grades.
const (
	Low    Grade = "low"
	Medium Grade = "medium"
	High   Grade = "high"
)

// Filter narrows a list.
type Filter struct {
	State State   // empty: every state but merged and erased
	After id.Case // continue after this one
	Limit int     // at most 200
}

// Tx is what cases need kept, beside the sealed rows.
type Tx interface {
	consent.Tx
	notify.Tx

	AddCase(ctx context.Context, c Case) error
	// Openings returns on which days somebody with which function opened a case, newest first, at most limit.
	Openings(ctx context.Context, c id.Case, limit int) ([]Opened, error)
	// DropOpenings forgets them.
	DropOpenings(ctx context.Context, c id.Case) error
	// SetCase replaces a row whose stored version is c.Version and raises it by one; fault.Stale if it is
	// another.
	SetCase(ctx context.Context, c Case) error
	// Case returns one row; fault.NotFound if there is none.
	Case(ctx context.Context, c id.Case) (Case, error)
	// CaseCalled returns the case with a reference; fault.NotFound if there is none.
	CaseCalled(ctx context.Context, ref id.Reference) (Case, error)
	// CasesAt returns the cases of a desk in the order of their identifiers; owner narrows them if set.
	CasesAt(ctx context.Context, desk id.Desk, owner id.User, f Filter) ([]Case, error)

	// CasesInto returns the cases that were merged into one, in the order of their identifiers.
	CasesInto(ctx context.Context, c id.Case) ([]Case, error)
	// Also adds an entry of the log to that of the transaction: of another case that it touches.
	Also(audit.Entry) error

	AddRelease(ctx context.Context, r Release) error
	// SetRelease replaces a row whose stored version is r.Version; fault.Stale if it is another.
	SetRelease(ctx context.Context, r Release) error
	Release(ctx context.Context, r id.Record) (Release, error)
	// ReleasesOf returns the releases of a case, oldest first.
	ReleasesOf(ctx context.Context, c id.Case) ([]Release, error)
	// ReleasesTo returns the releases to a desk that are in force, oldest first.
	ReleasesTo(ctx context.Context, desk id.Desk) ([]Release, error)

	AddGlass(ctx context.Context, g Glass) error
	// Glass returns one opening; fault.NotFound if there is none.
	Glass(ctx context.Context, g id.Record) (Glass, error)
	// GlassOf returns the break-glass openings of a case that are not over at now.
	GlassOf(ctx context.Context, c id.Case, now frame.Time) ([]Glass, error)
}

// Service is the use-cases of files.
type Service struct {
	Write   func(context.Context, audit.Entry, func(Tx) error) error
	Read    func(context.Context, func(Tx) error) error
	Now     func() time.Time
	IDs     id.Maker
	Member  id.Member
	Keys    *keyring.Service
	Persons *person.Service
	Law     func() profile.Set // in force, with what was confirmed
	// Tell queues a notice in the same transaction: to the second person of a break-glass opening.
	Tell func(ctx context.Context, tx Tx, n notify.Notice) error
	// Reflecting makes and ends what somebody has to do when a recovery and reflection period runs out, in the same
	// transaction.
	Reflecting func(ctx context.Context, tx Tx, c Case, r Kept[Reflection]) error
	// Refusing makes what somebody has to do on the day on which she may be asked again, in the same transaction, in place of
	// what was there; 0: nobody has to ask.
	Refusing func(ctx context.Context, tx Tx, c Case, due frame.Time) error
	// Closing is asked before a case is closed or erased, and may refuse: a referral may still be open.
	// Nil: nothing else has a say.
	Closing func(ctx context.Context, tx Tx, c Case) error
	// Held is asked before anything of a case is erased, whoever wants it, and refuses while somebody needs it kept: an order
	// of a court, a complaint. Nil: nobody can.
	Held func(ctx context.Context, tx Tx, c id.Case) error
	// Served counts without a name what she was given, in the same transaction, whenever a service is recorded or corrected. Fact is
	// the number under which she is counted, all are her services, and registered is when she was first known here; 0: nobody
	// knows, because the case was taken from another system. Nil: nobody counts.
	Served func(ctx context.Context, tx Tx, fact id.Fact, all []Delivery, registered frame.Time) error
	// Using is asked before something of a case leaves, and refuses while she wants it kept and not used. Nil: nobody is asked.
	Using func(ctx context.Context, tx Tx, u Use) error
	// Reopened makes anew what somebody has to look after in a case that is open again, beside what the case knows itself. Nil:
	// there is nothing else.
	Reopened func(ctx context.Context, tx Tx, k *keyring.Case, c Case) error
	// Begun sees to what has to be done in a case that has begun or goes on, by how old she is. Nil: nothing has.
	Begun func(ctx context.Context, tx Tx, k *keyring.Case, c Case) error
	// Counted counts anew how old she is, of a case that somebody has just opened: the node at rest cannot. It returns the case as it
	// stands then. Nil: the row says it.
	Counted func(ctx context.Context, tx Tx, who access.Actor, k *keyring.Case, c Case) (Case, error)
	// Releasing makes and ends, in the same transaction, what the second person of a release by order has to do. Nil: nobody is told.
	Releasing func(ctx context.Context, tx Tx, c Case, r Release) error
	// Unreleased follows a release that has ended: what lies elsewhere by it is destroyed. Nil: nothing does.
	Unreleased func(ctx context.Context, tx Tx, r Release) error
	// Rekeyed follows a case that gets new keys: what is found by its key. Nil: nothing is.
	Rekeyed func(ctx context.Context, tx Tx, old, fresh seal.Key) error
	// Erasing destroys what lies elsewhere about a case that is erased: its referrals' letters, the threads about them.
	// Nil: nothing does.
	Erasing func(ctx context.Context, tx Tx, c Case) error
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

// Kept is a sealed record of a case with what the record knows about itself.
type Kept[T any] struct {
	Record  id.Record
	Version int64
	At      frame.Time
	By      id.User
	Value   T
}
