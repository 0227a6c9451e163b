package keyring

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Secret is node.secret: 256 bits that come from a TPM, a system credential, a key service or a
// passphrase at start, and never rest in the data directory or a plain backup. What it seals is
// derived, so that losing one use tells nothing of another.
type Secret struct{ key seal.Key }

// NewSecret takes key as node.secret.
func NewSecret(key seal.Key) Secret { return Secret{key} }

// FileKey opens the database file of an embedded node.
func (s Secret) FileKey() seal.Key { return s.key.Derive("opentrm/node-secret/file/1") }

// Pepper makes passphrases useless to whoever has the database only.
func (s Secret) Pepper() seal.Key { return s.key.Derive("opentrm/node-secret/pepper/1") }

// Ticket seals what a browser holds while somebody looks at the page of a code.
func (s Secret) Ticket() seal.Key { return s.key.Derive("opentrm/node-secret/ticket/1") }

// Dedup keys the HMAC by which write-only imports are recognised.
func (s Secret) Dedup() seal.Key { return s.key.Derive("opentrm/node-secret/dedup/1") }

func (s Secret) nodeKeys() seal.Key { return s.key.Derive("opentrm/node-secret/keys/1") }

// NodeKeyUse says what a node key is for. Each stands in the roster.
type NodeKeyUse string

// The uses of node keys.
const (
	ForEnvelopes   NodeKeyUse = "envelope"   // signs envelopes, receipts and transitions
	ForCheckpoints NodeKeyUse = "checkpoint" // signs checkpoints of the log
	ForWitness     NodeKeyUse = "cosign"     // countersigns the checkpoints of others
	ForTLS         NodeKeyUse = "tls"        // speaks HTTPS to other nodes, pinned by the roster
	ForControl     NodeKeyUse = "control"    // opens control blocks, nothing else
)

// NodeKeyUses returns every use, in the order in which keys are made.
func NodeKeyUses() []NodeKeyUse {
	return []NodeKeyUse{ForEnvelopes, ForCheckpoints, ForWitness, ForTLS, ForControl}
}

// NodeKey is one key of the node as it rests: the private half under node.secret.
type NodeKey struct {
	Use     NodeKeyUse
	Key     id.Key
	Public  []byte
	Private []byte // sealed
	Created frame.Time
	Retired frame.Time // 0 while current
}

// NodeTx is what the node's own keys need kept.
type NodeTx interface {
	// NodeKeys returns every key of the node, newest first.
	NodeKeys(ctx context.Context) ([]NodeKey, error)
	AddNodeKey(ctx context.Context, k NodeKey) error
	RetireNodeKey(ctx context.Context, key id.Key, at frame.Time) error
}

// NodeKeys are the opened keys of the running node. Others than the current ones still open control
// blocks that were on their way; they sign nothing.
type NodeKeys struct {
	Envelope   seal.SignPrivate
	Checkpoint seal.SignPrivate
	Witness    seal.SignPrivate
	TLS        seal.SignPrivate
	Control    seal.KEMPrivate
	others     map[id.Key]seal.KEMPrivate
}

// ControlOf returns the control key with an identifier, earlier and coming ones included.
//
// It fails with [fault.NotFound] if the node never had it.
func (n *NodeKeys) ControlOf(key id.Key) (seal.KEMPrivate, error) {
	if n.Control.Public().ID() == key {
		return n.Control, nil
	}
	if k, ok := n.others[key]; ok {
		return k, nil
	}
	return seal.KEMPrivate{}, fault.New(fault.NotFound, "keyring.control.unknown")
}

func nodeKeyAAD(member id.Member, k NodeKey) []byte {
	return frame.JoinText("opentrm/node-key/1", string(member), string(k.Use), string(k.Key))
}

// NodeService is the use-cases of the node's own keys.
type NodeService struct {
	Write  func(context.Context, audit.Entry, func(NodeTx) error) error
	Read   func(context.Context, func(NodeTx) error) error
	Now    func() time.Time
	Member id.Member
	Secret Secret
}

// newNodeKey draws a key for a use and seals its private half.
func (s *NodeService) newNodeKey(use NodeKeyUse) NodeKey {
	k := NodeKey{Use: use, Created: frame.At(s.Now())}
	var secret []byte
	if use == ForControl {
		private := seal.NewKEM(nil)
		k.Key, k.Public, secret = private.Public().ID(), private.Public().Bytes(), private.Bytes()
	} else {
		private := seal.NewSign(nil)
		k.Key, k.Public, secret = private.Public().ID(), private.Public().Bytes(), private.Bytes()
	}
	defer clear(secret)
	k.Private = s.Secret.nodeKeys().Seal(nodeKeyAAD(s.Member, k), secret)
	return k
}

// Birth makes every key of a new node.
//
// It fails with [fault.Conflict] if the node has keys already.
func (s *NodeService) Birth(ctx context.Context, who access.Actor) error {
	if err := access.Check(who, access.InitNode, access.Resource{Noun: "node", Realm: access.Office}); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.InitNode, string(s.Member)), func(tx NodeTx) error {
		all, err := tx.NodeKeys(ctx)
		if err != nil {
			return err
		}
		if len(all) > 0 {
			return fault.New(fault.Conflict, "keyring.node.born")
		}
		for _, use := range NodeKeyUses() {
			if err := tx.AddNodeKey(ctx, s.newNodeKey(use)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Rotate makes the next key of one use. The old one goes on until a roster lists the new one, because
// nobody abroad would believe it earlier; then [NodeService.Settle] retires the old one.
//
// It fails with [fault.Denied], and [fault.Invalid] for a use that does not exist.
func (s *NodeService) Rotate(ctx context.Context, who access.Actor, use NodeKeyUse) (NodeKey, error) {
	if err := access.Check(who, access.RotateKey, access.Resource{Noun: "key", Realm: access.Office}); err != nil {
		return NodeKey{}, err
	}
	known := false
	for _, u := range NodeKeyUses() {
		known = known || u == use
	}
	if !known {
		return NodeKey{}, fault.New(fault.Invalid, "keyring.node.use")
	}
	k := s.newNodeKey(use)
	err := s.Write(ctx, audit.Did(who, access.RotateKey, string(k.Key)), func(tx NodeTx) error {
		return tx.AddNodeKey(ctx, k)
	})
	return k, err
}

// Replaced returns the keys in use that a listed key of the same use has replaced.
func Replaced(all []NodeKey, listed []id.Key) (old []id.Key) {
	current := currentKeys(all, listed)
	for _, k := range all {
		if k.Retired == 0 && k.Key != current[k.Use] && k.Created < created(all, current[k.Use]) {
			old = append(old, k.Key)
		}
	}
	return old
}

// Settle retires what [Replaced] returns. It is called after a roster was accepted, with what it lists for this member.
func (s *NodeService) Settle(ctx context.Context, who access.Actor, listed []id.Key) error {
	return s.Write(ctx, audit.Did(who, access.RotateKey, string(s.Member)).For("settle"), func(tx NodeTx) error {
		all, err := tx.NodeKeys(ctx)
		if err != nil {
			return err
		}
		for _, k := range Replaced(all, listed) {
			if err := tx.RetireNodeKey(ctx, k, frame.At(s.Now())); err != nil {
				return err
			}
		}
		return nil
	})
}

// currentKeys chooses the key that the node works with, per use: the one that is listed, and while
// none is, the oldest.
func currentKeys(all []NodeKey, listed []id.Key) map[NodeKeyUse]id.Key {
	current := make(map[NodeKeyUse]id.Key, len(NodeKeyUses()))
	for _, k := range all { // newest first: the last one to be set is the oldest
		if k.Retired == 0 && !slices.Contains(listed, current[k.Use]) {
			current[k.Use] = k.Key
		}
	}
	return current
}

func created(all []NodeKey, key id.Key) frame.Time {
	for _, k := range all {
		if k.Key == key {
			return k.Created
		}
	}
	return 0
}

// Open opens the keys of the node. Of several keys for one use it works with the one that is listed in
// the roster in force.
//
// It fails with [fault.NotFound] if the node was never born, and with [fault.Locked] if node.secret is
// not the one that sealed them.
func (s *NodeService) Open(ctx context.Context, listed []id.Key) (*NodeKeys, error) {
	var all []NodeKey
	if err := s.Read(ctx, func(tx NodeTx) (err error) {
		all, err = tx.NodeKeys(ctx)
		return err
	}); err != nil {
		return nil, err
	}
	n := &NodeKeys{others: map[id.Key]seal.KEMPrivate{}}
	current := currentKeys(all, listed)
	for _, k := range all {
		secret, err := s.Secret.nodeKeys().Open(nodeKeyAAD(s.Member, k), k.Private)
		if err != nil {
			return nil, fault.Wrap(fault.Locked, "keyring.node.secret", err)
		}
		err = n.take(k, secret, k.Key == current[k.Use])
		clear(secret)
		if err != nil {
			return nil, err
		}
	}
	if len(current) != len(NodeKeyUses()) {
		return nil, fault.New(fault.NotFound, "keyring.node.unborn")
	}
	return n, nil
}

func (n *NodeKeys) take(k NodeKey, secret []byte, current bool) error {
	if k.Use == ForControl {
		private, err := seal.ParseKEMPrivate(secret)
		if err != nil {
			return err
		}
		if current {
			n.Control = private
		} else {
			n.others[k.Key] = private
		}
		return nil
	}
	if !current {
		return nil
	}
	private, err := seal.ParseSignPrivate(secret)
	if err != nil {
		return err
	}
	switch k.Use {
	case ForEnvelopes:
		n.Envelope = private
	case ForCheckpoints:
		n.Checkpoint = private
	case ForWitness:
		n.Witness = private
	case ForTLS:
		n.TLS = private
	}
	return nil
}

// Certificate makes the self-signed certificate with which the node speaks HTTPS to other nodes. Nobody
// trusts what it says: the roster pins the key in it.
func (n *NodeKeys) Certificate(member id.Member, now time.Time) (tls.Certificate, error) {
	seed := n.TLS.Bytes()
	defer clear(seed)
	private := ed25519.NewKeyFromSeed(seed)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: "opentrm " + string(member)},
		NotBefore:    now.Add(-24 * time.Hour),
		NotAfter:     now.Add(400 * 24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(nil, template, template, private.Public(), private)
	if err != nil {
		return tls.Certificate{}, fault.Wrap(fault.Internal, "keyring.certificate", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}, nil
}
