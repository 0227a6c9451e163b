package keyring

import (
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/seal"
)

// Signer returns the public half of the key that [Bearer.Sign] signs with.
//
// It fails with [fault.Locked] if her keys are not open.
func (b Bearer) Signer() (seal.SignPublic, error) {
	if b.Locked() {
		return seal.SignPublic{}, fault.New(fault.Locked, "keyring.locked")
	}
	return b.keys.Sign.Public(), nil
}
