package keyring

import (
	"context"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Wrap is a desk's wrap key of one generation, sealed to one holder: a user or the recovery key.
type Wrap struct {
	Desk       id.Desk
	Generation int64
	Holder     id.Key  // identifier of the public key that it is sealed to
	User       id.User // empty for the recovery key
	Sealed     []byte
}

// Generation is one step in the life of a desk's wrap key.
type Generation struct {
	Desk       id.Desk
	Generation int64
	Previous   []byte // the wrap key of the generation before, sealed under this one; nil for the first
	Created    frame.Time
}

// PairUse says what a desk's key pair is for.
type PairUse string

// The uses of a desk's key pairs.
const (
	Intake PairUse = "intake" // what comes from outside is sealed to it; short-lived
	Cases  PairUse = "cases"  // others seal a case key to it: emergency, legal hold, transfer, release
)

// Pair is a KEM key pair of a desk. The private half is sealed under the wrap key of a generation.
type Pair struct {
	Desk       id.Desk
	Key        id.Key
	Use        PairUse
	Public     []byte
	Private    []byte // sealed; nil once destroyed
	Generation int64
	Created    frame.Time
	LastUsed   frame.Time
	Retired    frame.Time // 0 while it is the current one
}

// HoldReason says why a desk holds the key of a case.
type HoldReason string

// The reasons.
const (
	Own         HoldReason = "own"
	InEmergency HoldReason = "emergency"
	LegalHold   HoldReason = "legal-hold"
	Transferred HoldReason = "transfer"
	Offered     HoldReason = "offer" // opens nothing: what [Service.TakeIn] takes, under a key of the node
	Released    HoldReason = "release"
	Joint       HoldReason = "joint" // of one compartment, in which the desk writes too: what two desks say together
)

// Hold is the key of a case, or of one compartment of it, in the hands of one desk.
type Hold struct {
	Case        id.Case
	Compartment id.Compartment // empty: the whole case
	Desk        id.Desk
	Reason      HoldReason
	Generation  int64  // the wrap key generation that it is wrapped by; 0 if sealed to a pair
	Pair        id.Key // the pair that it is sealed to; empty if wrapped
	Sealed      []byte
	Created     frame.Time
	Until       frame.Time // 0: no end
}

// CompartmentState is whether the key space of one consent can be used.
type CompartmentState string

// The states of a compartment.
const (
	Open   CompartmentState = "open"
	Frozen CompartmentState = "frozen" // withdrawn: nothing opens until the desk has answered
	Kept   CompartmentState = "kept"   // withdrawn, kept by law: opens at the legal-hold desk only
	Erased CompartmentState = "erased" // the key is gone
)

// Compartment is the key space of one consent inside one case, or the case's own when Consent is empty.
type Compartment struct {
	ID       id.Compartment
	Case     id.Case
	Consent  id.Consent
	State    CompartmentState
	Sealed   []byte // its key under the case key; nil once kept or erased
	Previous []byte // the key before it, under its key, while records are being sealed anew; nil otherwise
	Created  frame.Time
	// Class is the kind of record whose period what lies here has (package profile); empty: that of the case. With no consent and no
	// class it is the home of the case.
	Class  string
	Saved  frame.Time // when somebody changed last what lies here, if there is a class
	Warned frame.Time // when the desk was told that its end comes near; 0: it was not
}

// home reports whether what belongs to no consent and has no period of its own lies here.
func (c Compartment) home() bool { return c.Consent == "" && c.Class == "" }

// SealedRow is one sealed record of a case as it rests.
type SealedRow struct {
	ID          id.Record
	Case        id.Case
	Compartment id.Compartment
	Kind        string // closed code: "person", "note", "risk", "decision", "consent" …
	Version     int64
	At          frame.Time // when the record was first written
	By          id.User
	Body        []byte
}

// Erasure remembers that something was destroyed, by an opaque identifier only.
type Erasure struct {
	ID   string // identifier of the case or compartment
	What string // "case" or "compartment"
	At   frame.Time
}

// Officer is a recovery officer and her sealed share of the recovery key.
type Officer struct {
	User       id.User
	Index      int
	Sealed     []byte // the share, sealed to her KEM key
	Generation int64
}

// Offer is an officer's share handed to the officer who leads a recovery, sealed to that one's key.
type Offer struct {
	From   id.User
	To     id.User
	Sealed []byte
	Until  frame.Time
}

// Recovery is the recovery key of a node: the public half, and how far the drill has come.
type Recovery struct {
	Generation int64
	Public     []byte
	Threshold  int
	Canary     []byte // sealed to the public half; the drill opens it
	Drilled    frame.Time
	Created    frame.Time
}

// Tx is what keys need kept. It embeds what desks need, because founding and leaving change both.
// Every method fails with fault.NotFound where a single thing is asked for and is not there.
type Tx interface {
	desk.Tx
	PepperTx

	// Also writes another entry in the log, in the same transaction.
	Also(audit.Entry) error
	// UserKEM returns the public KEM key of an active user.
	UserKEM(ctx context.Context, user id.User) ([]byte, error)

	AddGeneration(ctx context.Context, g Generation) error
	// Generations returns the generations of a desk, newest first.
	Generations(ctx context.Context, desk id.Desk) ([]Generation, error)
	AddWrap(ctx context.Context, w Wrap) error
	// WrapsOf returns the wraps of one holder at a desk, newest generation first.
	WrapsOf(ctx context.Context, desk id.Desk, holder id.Key) ([]Wrap, error)
	// DropWraps deletes every wrap of a user at a desk.
	DropWraps(ctx context.Context, desk id.Desk, user id.User) error

	// Readers returns the service accounts that read at a desk and are not revoked.
	Readers(ctx context.Context, desk id.Desk) ([]Reader, error)
	// SetReader replaces the grants of a service account and their proofs.
	SetReader(ctx context.Context, r Reader) error

	AddPair(ctx context.Context, p Pair) error
	SetPair(ctx context.Context, p Pair) error
	Pair(ctx context.Context, desk id.Desk, key id.Key) (Pair, error)
	// PairsWith returns the pairs of all desks that have a key: as a rule one.
	PairsWith(ctx context.Context, key id.Key) ([]Pair, error)
	// Pairs returns the pairs of a desk for one use, current first.
	Pairs(ctx context.Context, desk id.Desk, use PairUse) ([]Pair, error)

	AddHold(ctx context.Context, h Hold) error
	// Holds returns who holds the key of a case or its compartments.
	Holds(ctx context.Context, c id.Case) ([]Hold, error)
	// HoldsBefore returns holds of a desk that are wrapped by a generation before gen, at most limit.
	HoldsBefore(ctx context.Context, desk id.Desk, gen int64, limit int) ([]Hold, error)
	SetHold(ctx context.Context, h Hold) error
	DropHold(ctx context.Context, h Hold) error

	AddCompartment(ctx context.Context, c Compartment) error
	SetCompartment(ctx context.Context, c Compartment) error
	Compartment(ctx context.Context, c id.Compartment) (Compartment, error)
	Compartments(ctx context.Context, c id.Case) ([]Compartment, error)
	CompartmentsOf(ctx context.Context, consent id.Consent) ([]Compartment, error)
	// SetSpace replaces class, time of the last change and of the warning of a compartment.
	SetSpace(ctx context.Context, c Compartment) error

	// PutRow keeps a sealed row whose stored version is r.Version-1 (0: none); fault.Stale otherwise.
	PutRow(ctx context.Context, r SealedRow) error
	// Reseal keeps another body for the row r with the same version; fault.Stale if the row is not as r says.
	Reseal(ctx context.Context, r SealedRow, body []byte) error
	Row(ctx context.Context, r id.Record) (SealedRow, error)
	// Rows returns the rows of a case of one kind, oldest first; every kind if kind is empty.
	Rows(ctx context.Context, c id.Case, kind string) ([]SealedRow, error)
	// DropRows deletes the rows of a compartment.
	DropRows(ctx context.Context, c id.Compartment) error
	// ManifestMatches reports whether the rows of a case are those that the newest audit entry about
	// the case was written for.
	ManifestMatches(ctx context.Context, c id.Case) (bool, error)

	AddErasure(ctx context.Context, e Erasure) error
	// Erased reports whether something is on the list of erasures.
	Erased(ctx context.Context, what, of string) (bool, error)
	Erasures(ctx context.Context) ([]Erasure, error)

	SetRecovery(ctx context.Context, r Recovery) error
	Officers(ctx context.Context) ([]Officer, error)
	SetOfficers(ctx context.Context, officers []Officer) error
	AddOffer(ctx context.Context, o Offer) error
	// Offers returns the offers to a user that are not over.
	Offers(ctx context.Context, to id.User, now frame.Time) ([]Offer, error)
	DropOffers(ctx context.Context, to id.User) error

	escrowTx
	Papers(ctx context.Context) ([]PaperTaken, error)
	AddPaper(ctx context.Context, p PaperTaken) error
	DropPapers(ctx context.Context) error

	AddAuthorityHolder(ctx context.Context, h AuthorityHolder) error
	// AuthorityOf returns the authority keys sealed to a user, newest first.
	AuthorityOf(ctx context.Context, user id.User) ([]AuthorityHolder, error)
}
