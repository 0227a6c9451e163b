package homecoming

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/task"
)

// State of a return.
type State string

// The states of a return, in their order; docs/states-return.md draws them.
const (
	Proposed State = "proposed"
	Decided  State = "decided"     // she has decided to go
	Assessed State = "assessed"    // both desks have signed the risk assessment
	Arranged State = "arranged"    // documents, escort and reception stand
	Departed State = "departed"    //
	Arrived  State = "arrived"     //
	Followed State = "followed-up" // somebody has told how she is, at least once
	Closed   State = "closed"      // the follow-up is over
	Stopped  State = "stopped"     // she did not go, or changed her mind on the way
)

// States returns every state in the order above.
func States() []State {
	return []State{Proposed, Decided, Assessed, Arranged, Departed, Arrived, Followed, Closed, Stopped}
}

// Over reports whether nothing more happens.
func (s State) Over() bool { return s == Closed || s == Stopped }

// Return is the operational row: identifiers, codes and times.
type Return struct {
	ID       id.Return
	Case     id.Case
	Desk     id.Desk // that holds the case
	To       string  // country, ISO 3166-1 alpha-2 or XK
	State    State
	Maker    id.User // who proposed it
	Made     frame.Time
	Decided  frame.Time // when her decision was recorded; 0: there is none
	Interest frame.Time // when a determination in favour of the return was recorded; 0: none, or it was against
	Peer     id.Member  // whose desk the second one is; empty: of this node
	Second   id.Desk    // which assesses the risks with the desk of the case; empty: nobody was asked yet
	Thread   id.Thread  // in which a desk of another member was asked; empty: none was
	Consent  id.Consent // under which it was asked
	Space    id.Compartment
	Record   id.Record  // the assessment, in that space
	Assessor id.User    // who wrote and signed it first
	Assessed frame.Time //
	Signer   id.User    // who signed it second
	Signed   frame.Time // 0: the second signature is missing
	Red      bool       // there is a red risk whose mitigation not both have accepted
	Referral id.Referral
	Departed frame.Time
	Arrived  frame.Time
	Point    int64  // days after arrival of the last follow-up that was told; 0: none
	Reason   string // why it was stopped or closed, code
	Ended    frame.Time
	Version  int64
}

// Handover is what a return has to know of the referral by which another desk takes her over.
type Handover struct {
	Case   id.Case
	To     id.Member
	Desk   id.Desk
	Basis  string // legal basis on which she is handed over, code
	Agreed bool   // it was accepted and is not over
}

// Tx is what returns need kept, beside the sealed rows.
type Tx interface {
	casefile.Tx
	task.Tx

	AddReturn(ctx context.Context, r Return) error
	// SetReturn replaces a row whose stored version is r.Version and raises it by one; fault.Stale if it is another.
	SetReturn(ctx context.Context, r Return) error
	// Return returns one row; fault.NotFound if there is none.
	Return(ctx context.Context, r id.Return) (Return, error)
	// ReturnsOf returns the returns of a case, oldest first.
	ReturnsOf(ctx context.Context, c id.Case) ([]Return, error)
	// ReturnsUnder returns the returns whose second desk was asked under a consent, oldest first.
	ReturnsUnder(ctx context.Context, c id.Consent) ([]Return, error)
	// ReturnsAt returns the returns that a desk prepares or assesses and that are not over, oldest first, after the one named.
	ReturnsAt(ctx context.Context, desk id.Desk, after id.Return, limit int) ([]Return, error)
	// DropReturns forgets the returns of a case.
	DropReturns(ctx context.Context, c id.Case) error
}

// Service is the use-cases of returns.
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
	// Guardian says who decides for a child, by what is recorded of her guardians, and refuses whoever may not; Willing refuses while she
	// herself does not want to go. Nil: nothing is recorded.
	Guardian func(ctx context.Context, tx person.Tx, k *keyring.Case, name string) (string, error)
	Willing  func(ctx context.Context, tx person.Tx, k *keyring.Case) error
	// Handover says what has become of a referral; fault.NotFound if there is none.
	Handover func(ctx context.Context, tx Tx, r id.Referral) (Handover, error)
	Abroad   Abroad // how a desk of another member is asked
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }
