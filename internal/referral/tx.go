package referral

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/task"
)

// Row is one end of a referral as the node may know it: codes, identifiers, times. A national referral has two.
type Row struct {
	ID        id.Referral
	Desk      id.Desk // this end
	Side      Side
	Peer      id.Address // the other end
	PeerKind  desk.Kind
	Keeper    id.Desk // records the events of this end where its desk has no node; empty otherwise
	Realm     access.Realm
	Case      id.Case   // here; of a receiver only after the bundle was opened
	Owner     id.User   // who drafted it
	Person    id.Person // of the case; sender only
	Record    id.Record // the sealed draft; sender only
	Reference string    // the same at both ends, told by nothing but the identifier
	Status    Status
	Urgent    bool
	Kind      Code
	Basis     Code
	Consent   id.Consent // or an override
	Override  bool
	Bundle    id.Thread
	Continues id.Referral
	Frozen    bool
	Arrived   bool
	Made      frame.Time
	Since     frame.Time // in this status, as seen here
	Due       frame.Time // of the earliest clock; 0: none
	Expires   frame.Time
	Version   int64
}

// Kept is a signed event as one end holds it, with the moment at which it was seen here.
type Kept struct {
	Digest Digest
	Signed Signed
	Seen   frame.Time
}

// What says what a sealed letter holds.
type What string

// The contents of letters.
const (
	ARequest What = "request"
	Words    What = "words"
	ABundle  What = "bundle"
)

// LetterState is what became of a letter.
type LetterState string

// The states of a letter.
const (
	LetterSealed  LetterState = "sealed"  // nobody has opened it
	LetterOpened  LetterState = "opened"  //
	LetterRefused LetterState = "refused" // it held more than was consented to; nothing of it was kept
)

// Letter is what arrived sealed to the desk of this end; it rests in its envelope until somebody opens it.
type Letter struct {
	Envelope id.Envelope
	Referral id.Referral
	Desk     id.Desk
	What     What
	Digest   Digest // of the event that it came with; empty of a bundle
	Intake   id.Key
	At       frame.Time
	State    LetterState
}

// Token lets whoever holds its secret answer once for a desk without a node.
type Token struct {
	Hash     string // SHA-256 of the secret, hex
	Referral id.Referral
	Desk     id.Desk
	Expires  frame.Time
	Spent    frame.Time
}

// Wanted narrows a list of ends. Empty fields do not narrow.
type Wanted struct {
	Realm     access.Realm
	Desk      id.Desk
	Owner     id.User
	Status    Status
	Peer      id.Member
	After     id.Referral
	AfterDesk id.Desk
	Limit     int
}

// Tx is what referrals need kept, beside what the nouns keep that they call.
type Tx interface {
	exchange.Tx
	casefile.Tx
	task.Tx

	AddReferral(ctx context.Context, r Row) error
	// SetReferral replaces an end whose stored version is r.Version and raises it by one; fault.Stale if it is another.
	SetReferral(ctx context.Context, r Row) error
	// DropReferral takes away an end that was never sent and whose stored version is r.Version; fault.Stale if it is another.
	DropReferral(ctx context.Context, r Row) error
	// Referral returns one end; fault.NotFound if there is none.
	Referral(ctx context.Context, r id.Referral, at id.Desk) (Row, error)
	// ReferralEnds returns the ends that are here.
	ReferralEnds(ctx context.Context, r id.Referral) ([]Row, error)
	// ReferralOfBundle returns the end at a desk whose bundle travels in a thread; fault.NotFound if there is none.
	ReferralOfBundle(ctx context.Context, bundle id.Thread, at id.Desk) (Row, error)
	ReferralsUnder(ctx context.Context, c id.Consent) ([]Row, error)
	ReferralsOfCase(ctx context.Context, c id.Case) ([]Row, error)
	// ReferralsExpiring returns the undecided ends of senders whose time is over, at most limit.
	ReferralsExpiring(ctx context.Context, now frame.Time, limit int) ([]Row, error)
	// Referrals returns ends in the order of their identifiers.
	Referrals(ctx context.Context, w Wanted) ([]Row, error)
	// AddReferralEvent keeps an event of an end; one that is there is left as it is.
	AddReferralEvent(ctx context.Context, r id.Referral, at id.Desk, k Kept) error
	ReferralEvents(ctx context.Context, r id.Referral, at id.Desk) ([]Kept, error)
	AddReferralLetter(ctx context.Context, l Letter) error
	SetReferralLetter(ctx context.Context, e id.Envelope, s LetterState) error
	// ReferralLetters returns the letters of an end, oldest first.
	ReferralLetters(ctx context.Context, r id.Referral, at id.Desk) ([]Letter, error)
	// ReferralSealedTo reports whether an unopened letter needs an intake key.
	ReferralSealedTo(ctx context.Context, key id.Key) (bool, error)
	AddReferralToken(ctx context.Context, t Token) error
	// ReferralToken returns one by its hash; fault.NotFound if there is none.
	ReferralToken(ctx context.Context, hash string) (Token, error)
	// SpendReferralToken spends it; fault.Conflict if it was spent.
	SpendReferralToken(ctx context.Context, hash string, at frame.Time) error
}
