package envelope

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
)

// Stage is how far an envelope came, or how its way ended.
type Stage string

// The stages.
const (
	Relayed   Stage = "relayed"   // a mailbox keeps it; nothing was checked but the header
	Delivered Stage = "delivered" // signature, roster, expiry, rule row, desk, sizes, consent tombstones were checked
	Opened    Stage = "opened"    // a member of the desk decrypted it and it kept within the consent
	Decided   Stage = "decided"   // taken and never said: what a desk answers is an envelope
	Refused   Stage = "refused"   // with a refusal code
	Expired   Stage = "expired"   // it came after its expiry; nothing of it was kept
	Frozen    Stage = "frozen"    // a withdrawal reached it: nobody can open it
	Erased    Stage = "erased"    // its key is destroyed; Until says when the last backup of it is gone
	Kept      Stage = "kept"      // a legal ground obliges the holder to keep it; Until is the review date
)

// Stages returns every stage.
func Stages() []Stage {
	return []Stage{Relayed, Delivered, Opened, Decided, Refused, Expired, Frozen, Erased, Kept}
}

// Refusal says why an envelope was refused. Codes are append-only: they cross the wire.
type Refusal string

// The refusals. The first group cannot be attributed to the sender with certainty, so it is never signed
// into a receipt: it is only the answer to whoever brought the bytes.
const (
	Malformed     Refusal = "malformed"
	TooLarge      Refusal = "too-large"
	UnknownFormat Refusal = "unknown-format"
	UnknownMember Refusal = "unknown-member"
	Forged        Refusal = "forged"
	WrongMember   Refusal = "wrong-member"

	Blocked          Refusal = "blocked"           // the receiver has blocked the sender
	Suspended        Refusal = "suspended"         // the roster has suspended the sender
	WrongRoster      Refusal = "roster"            // same version, other hash; or too old
	BadCheckpoint    Refusal = "checkpoint"        // not a checkpoint of the sender's log
	UnknownSuite     Refusal = "unsupported-suite" //
	StaleKey         Refusal = "stale-key"         // sealed to a key that is gone: seal anew
	Unopenable       Refusal = "unopenable"        // signed by the sender, but the control does not open or is not one
	UnknownKind      Refusal = "unknown-kind"
	UnknownDesk      Refusal = "unknown-desk"
	Clock            Refusal = "clock" // created more than a day ahead
	RuleRow          Refusal = "rule-row"
	ConsentWithdrawn Refusal = "consent-withdrawn"
	PlaceTaken       Refusal = "conflict" // another envelope has this place in the thread
	BadBody          Refusal = "body"     // the body is not of its kind
	NotPermitted     Refusal = "not-permitted"
	ExceedsConsent   Refusal = "exceeds-consent"
	RosterLapsed     Refusal = "roster-lapsed"
	LostTime         Refusal = "lost-time" // of a time that the sender lost by a restore, and told to be unknown before it came
)

// Refusals returns every refusal that a receipt may carry.
func Refusals() []Refusal {
	return []Refusal{
		Blocked, Suspended, WrongRoster, BadCheckpoint, UnknownSuite, StaleKey, Unopenable, UnknownKind, UnknownDesk, Clock,
		RuleRow, ConsentWithdrawn, PlaceTaken, BadBody, NotPermitted, ExceedsConsent, RosterLapsed,
		LostTime,
	}
}

// Passing reports whether r is of a reason that can pass, so that the same may be sealed anew: the other node has a new key,
// a newer roster, a rule was confirmed, a block lifted. What she withdrew, or what held too much, is not sealed again.
func (r Refusal) Passing() bool {
	return slices.Contains([]Refusal{StaleKey, RuleRow, UnknownDesk, Blocked, Suspended, RosterLapsed, Clock, LostTime}, r)
}

// MaxReceipt is the size in bytes up to which a receipt is read.
const MaxReceipt = 4 << 10

// Receipt says what became of an envelope at the member By.
type Receipt struct {
	Format   int         `json:"v"` // 1
	Envelope id.Envelope `json:"envelope"`
	From     id.Member   `json:"from"` // sender of the envelope, to whom this speaks
	By       id.Member   `json:"by"`   // who says so: the receiver, or a mailbox where Stage is relayed
	Stage    Stage       `json:"stage"`
	Refusal  Refusal     `json:"refusal"`  // only where Stage is refused
	At       frame.Time  `json:"at"`       // clock of By
	Leaf     string      `json:"leaf"`     // the audit leaf of By that records this, hex
	Previous string      `json:"previous"` // digest of the receipt of By before this one about the envelope; empty: first
	Roster   Version     `json:"roster"`   // in force at By
	Ground   string      `json:"ground"`   // legal ground, code; only where Stage is kept
	Until    frame.Time  `json:"until"`    // see Erased and Kept; otherwise 0
	Signer   id.Key      `json:"signer"`   // envelope key of By
}

// SignedReceipt is a receipt with its signature.
type SignedReceipt struct {
	Receipt   Receipt        `json:"receipt"`
	Signature seal.Signature `json:"signature"`

	raw []byte // as it was read; nil of one that was not
}

// Check reports whether r could be a receipt.
//
// It fails with [fault.Invalid] and the name of the field that is wrong.
func (r Receipt) Check() error {
	bad := func(field string) error {
		return fault.New(fault.Invalid, "exchange.receipt.field").With("field", field)
	}
	if _, err := id.ParseMember(string(r.From)); err != nil {
		return bad("from")
	}
	if _, err := id.ParseMember(string(r.By)); err != nil {
		return bad("by")
	}
	switch {
	case r.Format != 1:
		return bad("v")
	case !hexes(string(r.Envelope), 64):
		return bad("envelope")
	case !slices.Contains(Stages(), r.Stage):
		return bad("stage")
	case (r.Stage == Refused) != slices.Contains(Refusals(), r.Refusal) || r.Stage != Refused && r.Refusal != "":
		return bad("refusal")
	case r.At < clockZero:
		return bad("at")
	case !hexes(r.Leaf, 64):
		return bad("leaf")
	case r.Previous != "" && !hexes(r.Previous, 64):
		return bad("previous")
	case !r.Roster.ok():
		return bad("roster")
	case (r.Stage == Kept) != code(r.Ground) || r.Stage != Kept && r.Ground != "":
		return bad("ground")
	case (r.Stage == Kept || r.Stage == Erased) != (r.Until > 0) || r.Until < 0:
		return bad("until")
	case !keyID(r.Signer):
		return bad("signer")
	}
	return nil
}

// domain is the one in which r is signed: what a mailbox says cannot be passed off as the receiver's word.
func (r Receipt) domain() seal.Domain {
	if r.Stage == Relayed {
		return seal.DomainRelay
	}
	return seal.DomainReceipt
}

// Sign signs r with the envelope key of its maker and returns the canonical bytes.
//
// It fails with [fault.Invalid] if r could not be a receipt, and with [fault.Locked] if key is empty.
func (r Receipt) Sign(key seal.SignPrivate) ([]byte, error) {
	if key.IsZero() {
		return nil, fault.New(fault.Locked, "exchange.key")
	}
	r.Format, r.Signer = 1, key.Public().ID()
	if err := r.Check(); err != nil {
		return nil, err
	}
	b, err := frame.Encode(r)
	if err != nil {
		return nil, err
	}
	return frame.Encode(SignedReceipt{Receipt: r, Signature: key.Sign(r.domain(), b)})
}

// ParseReceipt reads what [Receipt.Sign] wrote. Nothing in it may be believed before [SignedReceipt.Verify].
//
// It fails with [fault.TooLarge] or [fault.Invalid] for anything else.
func ParseReceipt(b []byte) (SignedReceipt, error) {
	var s SignedReceipt
	if err := frame.Decode(b, MaxReceipt, &s); err != nil {
		return SignedReceipt{}, err
	}
	if s.Signature.IsZero() {
		return SignedReceipt{}, fault.New(fault.Invalid, "exchange.receipt.field").With("field", "signature")
	}
	s.raw = bytes.Clone(b)
	return s, s.Receipt.Check()
}

// Bytes returns the canonical form, which whoever parsed the receipt must not have changed. It fails as [frame.Encode] does.
func (s SignedReceipt) Bytes() ([]byte, error) {
	if s.raw != nil {
		return s.raw, nil
	}
	return frame.Encode(s)
}

// Verify checks the signature against the roster.
//
// It fails with [fault.NotFound] "exchange.member.unknown" and [fault.Denied] "exchange.signature".
func (s SignedReceipt) Verify(r member.Roster) error {
	m, ok := r.Find(s.Receipt.By)
	if !ok {
		return fault.New(fault.NotFound, "exchange.member.unknown")
	}
	b, err := frame.Encode(s.Receipt)
	if err != nil {
		return err
	}
	key, ok := member.Signer(m.Keys.Envelope, s.Receipt.Signer)
	if !ok || key.Verify(s.Receipt.domain(), b, s.Signature) != nil {
		return fault.New(fault.Denied, "exchange.signature")
	}
	return nil
}

// Digest returns the SHA-256 of the bytes of a signed receipt, as hex: what the next one names as previous.
func Digest(receipt []byte) string {
	sum := sha256.Sum256(receipt)
	return hex.EncodeToString(sum[:])
}
