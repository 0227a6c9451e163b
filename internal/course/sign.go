package course

import "github.com/opentrm/opentrm/internal/seal"

// Signed is an event as it is kept and sent: the canonical bytes that were signed, and the signature of the
// node of its side in [seal.DomainTransition] (spec/referral.md 2.3).
type Signed struct {
	Event     seal.Blob      `json:"event"`
	Signature seal.Signature `json:"signature"`
}

// Sign signs the event with the envelope key of the node. It panics if the key is empty.
//
// It fails as [Event.Bytes] does.
func (e Event) Sign(key seal.SignPrivate) (Signed, error) {
	b, err := e.Bytes()
	if err != nil {
		return Signed{}, err
	}
	return Signed{b, key.Sign(seal.DomainTransition, b)}, nil
}

// Open returns the event if key signed it, and nothing otherwise. The caller takes key from the roster in force
// at receipt, as the key of the member whom the thread names for the side;
// [Fold] refuses an event whose desk is of another member.
//
// It fails with [fault.Invalid] and "seal.signature.wrong" or "seal.signature.missing" if key did not sign it,
// and as [Parse] does.
func (s Signed) Open(key seal.SignPublic) (Event, error) {
	if err := key.Verify(seal.DomainTransition, s.Event, s.Signature); err != nil {
		return Event{}, err
	}
	return Parse(s.Event)
}
