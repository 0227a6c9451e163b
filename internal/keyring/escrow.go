package keyring

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

const infoEscrow = "opentrm/secret-escrow/1"

// Escrow is node.secret as the recovery officers can get it back: sealed to the recovery key, and that once more
// under the proof key, which only the node and a quorum of officers can have. Anybody could seal to a public key;
// what opens under the proof key was put there by the node.
type Escrow struct {
	Recovery id.Key // the recovery key that opens it
	Sealed   []byte
	Proof    []byte     // the proof key, under node.secret
	Made     frame.Time // when node.secret or the recovery key last changed
	Used     frame.Time // when papers last put the recovery key together; 0: never
}

// escrowTx is what escrow needs kept.
type escrowTx interface {
	Recovery(ctx context.Context) (Recovery, error)
	// Escrow fails with [fault.NotFound] if there is none.
	Escrow(ctx context.Context) (Escrow, error)
	SetEscrow(ctx context.Context, e Escrow) error
}

func (s Secret) escrow() seal.Key { return s.key.Derive("opentrm/node-secret/escrow/1") }

func escrowAAD(member id.Member, recovery id.Key) []byte {
	return frame.JoinText(infoEscrow, string(member), string(recovery))
}

func proofAAD(member id.Member, recovery id.Key) []byte {
	return frame.JoinText("opentrm/escrow-proof/1", string(member), string(recovery))
}

// proofOf derives the proof key from the recovery key.
func proofOf(member id.Member, private seal.KEMPrivate) (seal.Key, error) {
	raw := private.Bytes()
	defer clear(raw)
	k, err := seal.ParseKey(raw)
	if err != nil {
		return seal.Key{}, err
	}
	defer k.Wipe()
	return k.Derive("opentrm/escrow-proof/1", string(member)), nil
}

// escrowIn seals node.secret to a recovery key.
func escrowIn(ctx context.Context, tx escrowTx, member id.Member, secret Secret, to seal.KEMPublic, proof seal.Key, e Escrow) error {
	raw := secret.key.Bytes()
	if len(raw) == 0 {
		return fault.New(fault.Locked, "keyring.secret.none")
	}
	defer clear(raw)
	e.Recovery = to.ID()
	inner, err := to.Seal([]byte(infoEscrow), escrowAAD(member, e.Recovery), raw)
	if err != nil {
		return err
	}
	e.Sealed = proof.Seal(escrowAAD(member, e.Recovery), inner)
	e.Proof = secret.escrow().Wrap(proof, proofAAD(member, e.Recovery))
	return tx.SetEscrow(ctx, e)
}

// OpenEscrow opens an escrow with the recovery key that the officers have put together, and returns node.secret.
//
// It fails with [fault.Denied] "keyring.escrow.wrong" if this key does not open it, or the node did not make it.
func OpenEscrow(member id.Member, private seal.KEMPrivate, sealed []byte) (seal.Key, error) {
	wrong := func(err error) error { return fault.Wrap(fault.Denied, "keyring.escrow.wrong", err) }
	if private.IsZero() {
		return seal.Key{}, wrong(nil)
	}
	proof, err := proofOf(member, private)
	if err != nil {
		return seal.Key{}, wrong(err)
	}
	defer proof.Wipe()
	aad := escrowAAD(member, private.Public().ID())
	inner, err := proof.Open(aad, sealed)
	if err != nil {
		return seal.Key{}, wrong(err)
	}
	raw, err := private.Open([]byte(infoEscrow), aad, inner)
	if err != nil {
		return seal.Key{}, wrong(err)
	}
	defer clear(raw)
	key, err := seal.ParseKey(raw)
	if err != nil {
		return seal.Key{}, wrong(err)
	}
	return key, nil
}

// EscrowIn returns node.secret as it is sealed to the recovery key, for the archive of keys. It is empty where no
// officers are enrolled yet.
func (s *Service) EscrowIn(ctx context.Context, tx Tx) ([]byte, error) {
	e, err := tx.Escrow(ctx)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return e.Sealed, err
}

// proveEscrow shows in a drill that the recovery key gives back the secret with which the node runs.
func (s *Service) proveEscrow(ctx context.Context, tx Tx, private seal.KEMPrivate) error {
	e, err := tx.Escrow(ctx)
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.Conflict, "keyring.escrow.none")
	}
	if err != nil {
		return err
	}
	key, err := OpenEscrow(s.Node, private, e.Sealed)
	if err != nil {
		return fault.Wrap(fault.Internal, "keyring.escrow.wrong", err)
	}
	defer key.Wipe()
	if !key.Equal(s.Secret.key) {
		return fault.New(fault.Internal, "keyring.escrow.wrong")
	}
	return nil
}
