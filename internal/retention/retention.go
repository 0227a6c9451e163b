package retention

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/profile"
)

// The keys of the lists of codes in the network's profile.
const (
	ListGrounds = "retention.hold-grounds" // why something is held
	ListLifted  = "retention.lift-grounds" // why it is held no longer
)

// Hold keeps one case from every erasure.
type Hold struct {
	ID        id.Record    `json:"hold"`
	Case      id.Case      `json:"-"`
	Reference id.Reference `json:"reference"` // of the case
	Desk      id.Desk      `json:"desk"`      // that holds the case
	Realm     access.Realm `json:"realm"`
	Ground    string       `json:"ground"` // code
	Office    bool         `json:"office"` // placed by the office, which alone lifts it
	Placed    frame.Time   `json:"placed"`
	By        id.User      `json:"by"`
	Lifted    frame.Time   `json:"lifted,omitempty"` // 0: in force
	LiftedBy  id.User      `json:"lifted_by,omitempty"`
	Because   string       `json:"because,omitempty"` // code, once lifted
	Version   int64        `json:"version"`
}

// Tx is what retention needs kept, beside cases.
type Tx interface {
	casefile.Tx
	message.Tx
	// Also adds an entry of the log to that of the transaction.
	Also(audit.Entry) error
	// AuditHead returns where the log of the node ends.
	AuditHead(ctx context.Context) (audit.Head, error)
	// Setting returns what is kept under a name; fault.NotFound if there is nothing.
	Setting(ctx context.Context, name string) ([]byte, error)
	SetSetting(ctx context.Context, name string, value []byte) error

	AddHolding(ctx context.Context, h Hold) error
	// SetHolding replaces a row whose stored version is h.Version; fault.Stale if it is another.
	SetHolding(ctx context.Context, h Hold) error
	// Holding returns one hold; fault.NotFound if there is none.
	Holding(ctx context.Context, h id.Record) (Hold, error)
	// HoldingsOf returns the holds of a case that are in force, oldest first.
	HoldingsOf(ctx context.Context, c id.Case) ([]Hold, error)
	// Holdings returns the holds of a realm that are in force, at one desk if it is named, in the order of their
	// identifiers, after one of them.
	Holdings(ctx context.Context, realm access.Realm, desk id.Desk, after id.Record, limit int) ([]Hold, error)

	// ClosedCases returns closed cases of a realm, at one desk if it is named, that have a status, or that have it not, the one
	// closed first first, after one of them.
	ClosedCases(ctx context.Context, realm access.Realm, desk id.Desk, status string, is bool, since frame.Time, after id.Case, limit int) ([]casefile.Case, error)
	// FreeThreads returns ends of conversations about no referral that are not erased, in a realm, at one desk if it is named,
	// the one with the oldest newest message first, after one of them.
	FreeThreads(ctx context.Context, realm access.Realm, desk id.Desk, since frame.Time, after id.Thread, limit int) ([]message.Thread, error)

	// Spaces returns the spaces of a class in which something lies, of a realm if it is named, at one desk if it is named, the one that was
	// changed first first, after one of them.
	Spaces(ctx context.Context, class string, realm access.Realm, desk id.Desk, since frame.Time, after id.Compartment, limit int) ([]keyring.Compartment, error)
	// SpacesOfClosed returns those of closed cases of a realm, the one whose case was closed first first.
	SpacesOfClosed(ctx context.Context, class string, realm access.Realm, desk id.Desk, since frame.Time, after id.Compartment, limit int) ([]Closed, error)

	AddPurge(ctx context.Context, p Purge) error
	// SetPurge replaces a row whose stored version is p.Version; fault.Stale if it is another.
	SetPurge(ctx context.Context, p Purge) error
	// Purge returns one; fault.NotFound if there is none.
	Purge(ctx context.Context, p id.Record) (Purge, error)
	// Purges returns those of a realm and desk, in one state if it is named, the newest first.
	Purges(ctx context.Context, realm access.Realm, desk id.Desk, state State, limit int) ([]Purge, error)
}

// Service is the use-cases of retention.
type Service struct {
	Write  func(context.Context, audit.Entry, func(Tx) error) error
	Read   func(context.Context, func(Tx) error) error
	Now    func() time.Time
	IDs    id.Maker
	Member id.Member
	Law    func() profile.Set // in force, with what was confirmed
	Cases  *casefile.Service

	Messages *message.Service
	Keys     *keyring.Service
	// Restricted says whether what lies in a case is kept and not used, because she asked; nil: nothing is.
	Restricted func(ctx context.Context, tx Tx, c id.Case) (bool, error)
	// Rests says whether work rests on what lies in a space, so that it goes when the case goes; nil: on nothing.
	Rests func(ctx context.Context, tx Tx, c keyring.Compartment) (bool, error)
	// Ending destroys what lies elsewhere of what is in a space, before its key goes; nil: nothing does.
	Ending func(ctx context.Context, tx Tx, c keyring.Compartment) error
	// Warn tells the desk of a case that something of it ends on a day, in the same transaction; nil: nobody is told, and nothing ends by itself.
	Warn func(ctx context.Context, tx Tx, row casefile.Case, c keyring.Compartment, end frame.Time) error
	// Waits is told of a proposal that waits for its second person, and of one that has ended, in the same transaction; nil: nobody is told.
	Waits func(ctx context.Context, tx Tx, p Purge) error
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

func bad(field string) error { return fault.New(fault.Invalid, "retention.field").With("field", field) }

// whole returns the realm, and within it the desk, whose records a listing action shows to who; the office sees every desk of
// assistance.
//
// It fails with [fault.Denied] if who lists nothing.
func whole(who access.Actor, action access.Action) (access.Realm, id.Desk, error) {
	scope := access.ScopeOf(who, action)
	if scope.Whole(access.Assistance) {
		return access.Assistance, "", nil
	}
	for _, c := range scope {
		if c.Desk != "" && c.Desk == who.Desk && c.Realm == who.Realm {
			return c.Realm, c.Desk, nil
		}
	}
	return "", "", fault.New(fault.Denied, "access.denied")
}

// held returns the fault by which an erasure under a hold is refused; nil if there is none.
func held(holds []Hold) error {
	if len(holds) == 0 {
		return nil
	}
	key := "retention.held"
	switch holds[0].Ground { // in words that can be said in every language
	case "order", "complaint", "claim", "inquiry":
		key += "." + holds[0].Ground
	}
	return fault.New(fault.Conflict, key).With("day", holds[0].Placed.Time().UTC().Format(time.DateOnly))
}

// HeldIn fails if a case is held: it is asked before anything of a case is erased, whoever asks for it.
//
// It fails with [fault.Conflict] "retention.held" or the same of a ground, "retention.held.order", with the day, and as the
// storage does.
func (s *Service) HeldIn(ctx context.Context, tx Tx, c id.Case) error {
	holds, err := tx.HoldingsOf(ctx, c)
	if err != nil {
		return err
	}
	return held(holds)
}

// has reports whether the network's list knows a code.
func (s *Service) has(list, code string) bool { return slices.Contains(s.Law().List("", list), code) }
