package consent

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
)

// State of a consent.
type State string

// The states. Only a given consent opens anything.
const (
	Given     State = "given"
	Withdrawn State = "withdrawn"
	Expired   State = "expired"
)

// Reply says what was done about the data after a withdrawal.
type Reply string

// The replies.
const (
	Waiting Reply = ""       // frozen, not answered yet
	Erased  Reply = "erased" // the key is destroyed
	Kept    Reply = "kept"   // a law requires it; only the legal-hold desk opens it
)

// Purpose is one thing that she agreed to.
type Purpose string

// The purposes (docs/sources.md, domain 9.4). There is none for the media.
const (
	ForInterview Purpose = "interview"
	ForServices  Purpose = "services"
	ForReferral  Purpose = "referral"
	ForOnward    Purpose = "onward"
	ForReturn    Purpose = "return"
	ForCriminal  Purpose = "criminal-proceedings"
	ForFigures   Purpose = "statistics"
	ForResearch  Purpose = "research"
	ForLookup    Purpose = "known-elsewhere" // asked about at other members, and found here when they ask
)

// Purposes returns every purpose, in the order in which they are asked.
func Purposes() []Purpose {
	return []Purpose{ForInterview, ForServices, ForReferral, ForOnward, ForReturn, ForCriminal, ForFigures, ForResearch, ForLookup}
}

// Origin says whose consent a row is about.
type Origin string

// The origins.
const (
	TakenHere Origin = "here"     // taken by a desk of this node
	Received  Origin = "received" // data arrived under it; the record is with the sender
)

// Consent is the operational row: what the node may know unattended. Codes, desks and times only.
type Consent struct {
	ID          id.Consent
	Case        id.Case
	Origin      Origin
	State       State
	Purposes    []Purpose    // sorted
	Recipients  []id.Address // sorted; of a received one, this desk
	Categories  []Code       // sorted
	Issuer      id.Member    // of a received one, whose node sent it
	ValidFrom   frame.Time
	ValidTo     frame.Time
	Compartment id.Compartment // for what is shared or received under it
	Record      id.Record      // the sealed record; empty if received
	By          id.User        // who took it
	Given       frame.Time
	Withdrawn   frame.Time // when she took it back
	WithdrawnBy id.User    // who recorded that; empty: she herself, or it was said to another node
	Effective   frame.Time // when it took effect in this node: everything under it was frozen
	Reason      string     // of the withdrawal, code; empty: she gave none, and need not
	Reply       Reply
	Answered    frame.Time // when the reply had been carried out
	Ground      string     // kept: legal ground, code
	Citation    string     // kept: code of the provision
	Review      frame.Time
	// Unconfirmed is the epoch of the log that began with a restore after which nobody has said yet that the consent still
	// stands: she may have withdrawn it in the time that the restore lost. 0: nothing has to be said.
	// Or [AsAdult]: she has come of age since somebody else gave it for her.
	Unconfirmed int64
	Version     int64
}

// AsAdult stands in the place of an epoch: whoever gave the consent for a child gave it for somebody who is one no more, and only she can
// say that it stands. A restore leaves it as it is.
const AsAdult int64 = math.MaxInt64

// OfAge reports whether she has to say herself that c stands, because somebody else gave it when she was a child.
func (c Consent) OfAge() bool { return c.Unconfirmed == AsAdult }

// Live reports whether anything may be shared under c now.
func (c Consent) Live(now frame.Time) bool { return c.runs(now) && c.Unconfirmed == 0 }

// Waits reports whether c would be live if somebody confirmed it.
func (c Consent) Waits(now frame.Time) bool { return c.runs(now) && c.Unconfirmed != 0 }

// ForProceedings reports whether something may be released under c to the prosecution now.
func (c Consent) ForProceedings(now frame.Time) bool {
	return c.Origin == TakenHere && c.Live(now) && slices.Contains(c.Purposes, ForCriminal)
}

// Unanswered reports whether she took c back and nobody has said yet what becomes of what lies under it here.
func (c Consent) Unanswered() bool { return c.State == Withdrawn && c.Reply == Waiting }

func (c Consent) runs(now frame.Time) bool {
	return c.State == Given && c.ValidFrom <= now && now < c.ValidTo
}

// Tx is what consents need kept, beside the sealed rows.
type Tx interface {
	person.Tx

	AddConsent(ctx context.Context, c Consent) error
	// SetConsent replaces a row whose stored version is c.Version and raises it by one; fault.Stale if it
	// is another.
	SetConsent(ctx context.Context, c Consent) error
	// Consent returns one row; fault.NotFound if there is none.
	Consent(ctx context.Context, consent id.Consent) (Consent, error)
	// ConsentsOf returns the rows of a case, oldest first.
	ConsentsOf(ctx context.Context, c id.Case) ([]Consent, error)
	// ConsentsOver returns given rows whose time ended at or before now, at most limit.
	ConsentsOver(ctx context.Context, now frame.Time, limit int) ([]Consent, error)

	AddOverride(ctx context.Context, o Override) error
	// SetOverride replaces a row whose stored version is o.Version; fault.Stale if it is another.
	SetOverride(ctx context.Context, o Override) error
	Override(ctx context.Context, o id.Consent) (Override, error)
	// OverridesDue returns approved overrides whose review is due before now and that nobody reviewed.
	OverridesDue(ctx context.Context, now frame.Time, limit int) ([]Override, error)
}

// Service is the use-cases of consents.
type Service struct {
	Write  func(context.Context, audit.Entry, func(Tx) error) error
	Read   func(context.Context, func(Tx) error) error
	Now    func() time.Time
	IDs    id.Maker
	Member id.Member
	Keys   *keyring.Service
	// Sign signs extracts with the envelope key of the node.
	Sign func(seal.Domain, []byte) seal.Signature
	// Forward tells every recipient of a withdrawal, in the same transaction.
	Forward func(ctx context.Context, tx Tx, c Consent) error
	// Answered tells the sender what was done about data received under a consent that was withdrawn.
	Answered func(ctx context.Context, tx Tx, c Consent) error
	// Confirmed is told of a consent that was unconfirmed and is so no more, in the same transaction: it stands, or it is
	// over. nil: nobody is told.
	Confirmed func(ctx context.Context, tx Tx, c Consent) error
	// Guarded holds a consent for who is or may be a child against what is recorded of her guardians and of her own answers, and fills
	// in the guardian where nobody was named. Nil: nothing is recorded of them.
	Guarded func(ctx context.Context, tx Tx, k *keyring.Case, r Record) (Record, error)
	// Words returns the digest of the text that is read before a consent in a language, "" if there is none, and whether it was reviewed as
	// it stands. Nil: what the shipped data say.
	Words func(ctx context.Context, tx Tx, language string) (digest string, reviewed bool, err error)
	// Law is the profiles as they stand: they say when an override is reviewed.
	Law func() profile.Set
	// Held refuses while the case is held, before what lies under a withdrawn consent is erased. Nil: nothing does.
	Held func(ctx context.Context, tx Tx, c id.Case) error
	// Asked refuses, before what lies under a withdrawn consent is erased, while somebody has to ask her whether it was she who took it back. Nil:
	// nobody has to.
	Asked func(ctx context.Context, tx Tx, c Consent) error
	// Follow makes and ends what somebody has to do about an override, after each of its steps: approve, tell the
	// person, review.
	Follow func(ctx context.Context, tx Tx, o Override) error
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }
