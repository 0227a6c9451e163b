package keyring

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// CheckpointSigner returns the key that signs checkpoints, in the form in which package audit takes it.
func (n *NodeKeys) CheckpointSigner() ed25519.PrivateKey { return signer(n.Checkpoint) }

// WitnessSigner returns the key that countersigns the checkpoints of others, in the form in which package
// audit takes it.
func (n *NodeKeys) WitnessSigner() ed25519.PrivateKey { return signer(n.Witness) }

func signer(k seal.SignPrivate) ed25519.PrivateKey {
	seed := k.Bytes()
	defer clear(seed)
	return ed25519.NewKeyFromSeed(seed)
}

// Controls returns every control key that still opens something, the current one first.
func (n *NodeKeys) Controls() []seal.KEMPrivate {
	all := []seal.KEMPrivate{n.Control}
	for _, k := range n.others {
		all = append(all, k)
	}
	return all
}

// Pin returns what a roster lists of a TLS key: the SHA-256 of its SubjectPublicKeyInfo, as hex.
//
// It fails with [fault.Invalid] if k is no key for TLS.
func (k NodeKey) Pin() (string, error) {
	if k.Use != ForTLS || len(k.Public) != ed25519.PublicKeySize {
		return "", fault.New(fault.Invalid, "keyring.node.use")
	}
	der, err := x509.MarshalPKIXPublicKey(ed25519.PublicKey(k.Public))
	if err != nil {
		return "", fault.Wrap(fault.Internal, "keyring.certificate", err)
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:]), nil
}

// Listed returns those of all that are named by one of the identifiers, or, for TLS, by one of the pins: what
// [NodeService.Open] and [NodeService.Settle] want to know of a roster.
func Listed(all []NodeKey, keys []id.Key, pins []string) []id.Key {
	var out []id.Key
	for _, k := range all {
		named := false
		for _, key := range keys {
			named = named || key == k.Key
		}
		if pin, err := k.Pin(); err == nil {
			for _, p := range pins {
				named = named || p == pin
			}
		}
		if named {
			out = append(out, k.Key)
		}
	}
	return out
}
