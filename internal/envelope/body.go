package envelope

import (
	"encoding/json"
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// The bodies of the kinds that the exchange itself understands. Those of the nouns are theirs.
type (
	// WithdrawalBody says that a consent was withdrawn: everything received under it is frozen at once.
	WithdrawalBody struct {
		Consent id.Consent `json:"consent"`
		At      frame.Time `json:"at"` // when she withdrew
	}

	// WithdrawalAnswerBody says what the holder did.
	WithdrawalAnswerBody struct {
		Consent  id.Consent `json:"consent"`
		Answer   string     `json:"answer"`   // erased or kept
		Ground   string     `json:"ground"`   // kept: legal ground, code
		Citation string     `json:"citation"` // kept: code of the provision in the holder's profile
		Until    frame.Time `json:"until"`    // erased: the last key copy is gone; kept: review
	}

	// EscalationBody says that one end of a referral has been silent past a clock, and that nobody of its own side has
	// moved it: a reference and an age, nothing about whom or why.
	EscalationBody struct {
		Referral id.Referral `json:"referral"`
		Clock    string      `json:"clock"` // code of what is waited for
		Since    frame.Time  `json:"since"` // from when its age counts
		Due      frame.Time  `json:"due"`   // when it should have been done; 0: at once
		Urgent   bool        `json:"urgent"`
	}

	// ReceiptsBody carries receipts that could not be handed over at once.
	ReceiptsBody struct {
		Epoch    int64           `json:"epoch"`    // of the sender's log, in which this was sealed
		Receipts []SignedReceipt `json:"receipts"` // at most 100
	}

	// NoteBody is one of the signed texts of spec/audit-log.md: checkpoint, cosignature, proof.
	NoteBody struct {
		Note string `json:"note"`
	}

	// ErasureBody names opaquely what a node restored from a backup must erase again.
	ErasureBody struct {
		Erased []string `json:"erased"` // at most 5,000
	}
)

// Limits of bodies.
const (
	maxCarried = 100
	maxErased  = 5000
	maxProof   = 64 << 10
)

// EncodeBody returns the canonical form of a body.
//
// It fails as [frame.Encode] does.
func EncodeBody(v any) (json.RawMessage, error) { return frame.Encode(v) }

// WrongBody returns the [fault.Invalid] for a body that has something in the named field which its kind cannot have there.
func WrongBody(field string) error {
	return fault.New(fault.Invalid, "exchange.body.field").With("field", field)
}

// DecodeBody reads the body of a control strictly into v, which points to a zero value.
//
// It fails with [fault.Invalid] for anything but the canonical form of v.
func (c Control) DecodeBody(v any) error { return frame.Decode(c.Body, MaxText, v) }

// Withdrawal reads the body of a withdrawal.
//
// It fails with [fault.Invalid] if it is none, or names another consent than the control does.
func (c Control) Withdrawal() (WithdrawalBody, error) {
	var b WithdrawalBody
	if err := c.DecodeBody(&b); err != nil {
		return b, err
	}
	if b.Consent != c.Consent || !random(b.Consent) {
		return b, WrongBody("consent")
	}
	if b.At < clockZero {
		return b, WrongBody("at")
	}
	return b, nil
}

// WithdrawalAnswer reads the body of an answer to a withdrawal.
//
// It fails with [fault.Invalid] if it is none: what is kept needs a ground, a citation and a review date.
func (c Control) WithdrawalAnswer() (WithdrawalAnswerBody, error) {
	var b WithdrawalAnswerBody
	if err := c.DecodeBody(&b); err != nil {
		return b, err
	}
	kept := b.Answer == "kept"
	switch {
	case b.Consent != c.Consent || !random(b.Consent):
		return b, WrongBody("consent")
	case !kept && b.Answer != "erased":
		return b, WrongBody("answer")
	case kept != code(b.Ground) || !kept && b.Ground != "":
		return b, WrongBody("ground")
	case kept != code(b.Citation) || !kept && b.Citation != "":
		return b, WrongBody("citation")
	case b.Until < clockZero:
		return b, WrongBody("until")
	}
	return b, nil
}

// EscalatedClocks returns the codes of what may be waited for.
func EscalatedClocks() []string {
	return []string{
		"acknowledge", "answer", "arrival", "care", "close", "conflict", "decide", "erase", "feedback", "handover", "plan", "supply",
	}
}

// Escalation reads the body of an escalation.
//
// It fails with [fault.Invalid] if it is none: every field is a number or a code of a closed list.
func (c Control) Escalation() (EscalationBody, error) {
	var b EscalationBody
	if err := c.DecodeBody(&b); err != nil {
		return b, err
	}
	switch {
	case !random(b.Referral):
		return b, WrongBody("referral")
	case !slices.Contains(EscalatedClocks(), b.Clock):
		return b, WrongBody("clock")
	case b.Since < clockZero:
		return b, WrongBody("since")
	case b.Due < 0:
		return b, WrongBody("due")
	}
	return b, nil
}

// CarriedReceipts reads the body of an envelope of kind receipt. The signatures are not judged.
//
// It fails with [fault.Invalid] if it is none.
func (c Control) CarriedReceipts() (ReceiptsBody, error) {
	var b ReceiptsBody
	if err := c.DecodeBody(&b); err != nil {
		return b, err
	}
	if b.Epoch < 1 {
		return b, WrongBody("epoch")
	}
	if len(b.Receipts) == 0 || len(b.Receipts) > maxCarried {
		return b, WrongBody("receipts")
	}
	for _, r := range b.Receipts {
		if err := r.Receipt.Check(); err != nil {
			return b, err
		}
		if r.Signature.IsZero() {
			return b, WrongBody("receipts")
		}
	}
	return b, nil
}

// Note reads the signed text of a checkpoint, a cosignature or a proof.
//
// It fails with [fault.Invalid] if there is none or it is longer than 64 KiB.
func (c Control) Note() (string, error) {
	var b NoteBody
	if err := c.DecodeBody(&b); err != nil {
		return "", err
	}
	if b.Note == "" || len(b.Note) > maxProof {
		return "", WrongBody("note")
	}
	return b.Note, nil
}

// Erased reads what must be erased again.
//
// It fails with [fault.Invalid] if it is not a sorted list of different opaque identifiers.
func (c Control) Erased() ([]string, error) {
	var b ErasureBody
	if err := c.DecodeBody(&b); err != nil {
		return nil, err
	}
	if len(b.Erased) == 0 || len(b.Erased) > maxErased || !slices.IsSorted(b.Erased) ||
		len(slices.Compact(slices.Clone(b.Erased))) != len(b.Erased) ||
		slices.ContainsFunc(b.Erased, func(s string) bool { return s == "" || len(s) > 64 }) {
		return nil, WrongBody("erased")
	}
	return b.Erased, nil
}
