package conference

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/task"
)

// State of a conference.
type State string

// The states of a conference, in their order.
const (
	Called  State = "called"
	Minuted State = "minuted" // it was held, and what was said is written down
	Written State = "written" // what was decided is written down and waits for signatures
	Settled State = "settled" // everybody who has to has signed, and it has taken effect
	Ended   State = "ended"   // it ended without a decision
)

// States returns every state in the order above.
func States() []State { return []State{Called, Minuted, Written, Settled, Ended} }

// Over reports whether nothing more happens.
func (s State) Over() bool { return s == Settled || s == Ended }

// Conference is the operational row: identifiers, codes and times.
type Conference struct {
	ID      id.Conference
	Case    id.Case
	Desk    id.Desk // that called it
	Purpose string  // code
	State   State
	Maker   id.User
	Made    frame.Time
	Meets   frame.Time // when it is held
	Text    id.Record  // what waits for signatures, or was signed
	Draft   int64      // how often that was written; 0: never
	Written frame.Time
	Over    frame.Time // settled or ended
	Reason  string     // why it ended without a decision, code
	Version int64
}

// Basis says by what a desk sits in a conference.
type Basis string

// The bases. There is none for being invited.
const (
	Own      Basis = "own"      // it is the desk of the case
	Consent  Basis = "consent"  // she named the desk, the purpose and what it may see
	Override Basis = "override" // danger to life or a duty of law: approved by a second person, reviewed, and told to her
	Release  Basis = "release"  // of the prosecution: what was released to it by consent or order
)

// Bases returns the bases on which another desk can be invited.
func Bases() []Basis { return []Basis{Consent, Override, Release} }

// Presence says whether somebody of a seat was there.
type Presence string

// The presences.
const (
	Unsaid Presence = "" // nobody has written it down
	There  Presence = "there"
	Absent Presence = "absent"
)

// Reply is what a seat said to the text that stands.
type Reply string

// The replies.
const (
	Silent  Reply = ""
	Signed  Reply = "signed"
	Refused Reply = "refused"
)

// Seat is the place of a desk in a conference: identifiers, codes and times.
type Seat struct {
	Conference id.Conference
	N          int64 // its number in the conference
	Case       id.Case
	Desk       id.Desk
	Realm      access.Realm
	Kind       string // what it sits there as: code of the network's list of seats
	Basis      Basis
	Ground     string         // the consent, override or release; empty for the desk of the case
	Space      id.Compartment // where its sheet lies; empty for the desk of the case: in the home of the case
	Record     id.Record      // its sheet
	Until      frame.Time     // when the basis ends; 0: it does not by itself
	Signs      bool           // it has to sign the text that stands
	Presence   Presence
	Reply      Reply
	By         id.User // who replied
	Replied    frame.Time
	Shut       bool // the basis has ended: nothing is open to the desk any more
	Version    int64
}

// Tx is what conferences need kept, beside the sealed rows.
type Tx interface {
	casefile.Tx
	task.Tx

	AddConference(ctx context.Context, c Conference) error
	// SetConference replaces a row whose stored version is c.Version and raises it by one; fault.Stale if it is another.
	SetConference(ctx context.Context, c Conference) error
	// Conference returns one row; fault.NotFound if there is none.
	Conference(ctx context.Context, c id.Conference) (Conference, error)
	// ConferencesOf returns the conferences of a case, oldest first.
	ConferencesOf(ctx context.Context, c id.Case) ([]Conference, error)
	// ConferencesAt returns the conferences that a desk called or has a seat in that is not shut, and that are not over, oldest first,
	// after the one named.
	ConferencesAt(ctx context.Context, desk id.Desk, after id.Conference, limit int) ([]Conference, error)
	// OverridesOf returns the overrides of a case, in the order in which they were proposed.
	OverridesOf(ctx context.Context, c id.Case) ([]consent.Override, error)
	AddSeat(ctx context.Context, s Seat) error
	// SetSeat replaces a row whose stored version is s.Version and raises it by one; fault.Stale if it is another.
	SetSeat(ctx context.Context, s Seat) error
	DropSeat(ctx context.Context, c id.Conference, n int64) error
	// SeatsIn returns the seats of a conference in the order of their numbers.
	SeatsIn(ctx context.Context, c id.Conference) ([]Seat, error)
	// SeatsOn returns the seats on a consent, override or release.
	SeatsOn(ctx context.Context, ground string) ([]Seat, error)
	// DropConferences forgets the conferences of a case and their seats.
	DropConferences(ctx context.Context, c id.Case) error
	// SignKey returns the public half of the key with which an active user signs; fault.NotFound if there is none.
	SignKey(ctx context.Context, u id.User) ([]byte, error)
}

// Service is the use-cases of conferences.
type Service struct {
	Write func(context.Context, audit.Entry, func(Tx) error) error
	Read  func(context.Context, func(Tx) error) error
	Now   func() time.Time
	IDs   id.Maker
	// Member is whose node this is.
	Member id.Member
	Cases  *casefile.Service
	Tasks  *task.Service
	Law    func() profile.Set // in force, with what was confirmed
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

func bad(field string) error {
	return fault.New(fault.Invalid, "conference.field").With("field", field)
}
