package keyring

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

const (
	settingPeppers = "node.pepper"
	infoPepper     = "opentrm/pepper/1"
	peppersLimit   = 1 << 20
)

// Equal reports whether both are the same secret.
func (s Secret) Equal(o Secret) bool { return s.key.Equal(o.key) }

func (s Secret) kept() seal.Key { return s.key.Derive("opentrm/node-secret/kept/1") }

func pepperAAD(member id.Member) []byte { return frame.JoinText(infoPepper, string(member)) }

// PepperTx is what peppers of earlier secrets need kept.
type PepperTx interface {
	Setting(ctx context.Context, name string) ([]byte, error)
	SetSetting(ctx context.Context, name string, value []byte) error
	DropSetting(ctx context.Context, name string) error
}

// Peppers are the peppers of earlier secrets, kept under the present one until nobody's passphrase needs them: a
// passphrase is stretched with the pepper of the secret that was there when it was last used.
type Peppers struct {
	Format int         `json:"v"`
	Former []seal.Blob `json:"former"` // newest first
	Moved  []id.User   `json:"moved"`  // whose passphrase is stretched with the present pepper, sorted
}

// PeppersIn returns what is kept of earlier secrets, nothing if node.secret was never changed or all have moved.
//
// It fails with [fault.Invalid] for damage.
func PeppersIn(ctx context.Context, tx PepperTx) (Peppers, error) {
	raw, err := tx.Setting(ctx, settingPeppers)
	if fault.Is(err, fault.NotFound) {
		return Peppers{Format: 1}, nil
	}
	if err != nil {
		return Peppers{}, err
	}
	var p Peppers
	if err := frame.Decode(raw, peppersLimit, &p); err != nil || p.Format != 1 {
		return Peppers{}, fault.Wrap(fault.Invalid, "keyring.pepper.form", err)
	}
	return p, nil
}

// KeepIn keeps p, or drops what is kept if p has no pepper any more.
func (p Peppers) KeepIn(ctx context.Context, tx PepperTx) error {
	if len(p.Former) == 0 {
		return tx.DropSetting(ctx, settingPeppers)
	}
	if p.Moved == nil {
		p.Moved = []id.User{}
	}
	raw, err := frame.Encode(p)
	if err != nil {
		return err
	}
	return tx.SetSetting(ctx, settingPeppers, raw)
}

// Move says that the passphrase of user is stretched with the present pepper, and forgets the former ones if nobody of
// those who sign in needs them.
func (p Peppers) Move(user id.User, all []id.User) Peppers {
	if i, ok := slices.BinarySearch(p.Moved, user); !ok {
		p.Moved = slices.Insert(slices.Clone(p.Moved), i, user)
	}
	for _, u := range all {
		if _, ok := slices.BinarySearch(p.Moved, u); !ok {
			return p
		}
	}
	return Peppers{Format: 1}
}

// Open returns the peppers, newest first.
//
// It fails with [fault.Locked] if secret is not the one under which they are kept.
func (p Peppers) Open(member id.Member, secret Secret) ([]seal.Key, error) {
	var out []seal.Key
	for _, b := range p.Former {
		k, err := secret.kept().Unwrap(b, pepperAAD(member))
		if err != nil {
			return nil, fault.Wrap(fault.Locked, "keyring.node.secret", err)
		}
		out = append(out, k)
	}
	return out, nil
}

// SecretTx is what a change of node.secret needs kept.
type SecretTx interface {
	NodeTx
	PepperTx
	escrowTx
	// SealNodeKey replaces the sealed private half of a key of the node.
	SealNodeKey(ctx context.Context, key id.Key, private []byte) error
}

// SecretChange gives a node that does not run another node.secret.
type SecretChange struct {
	Write  func(context.Context, audit.Entry, func(SecretTx) error) error
	Now    func() time.Time
	Member id.Member
	Old    Secret
	New    Secret
}

// Run seals anew under the new secret what rests under the old one: the keys of the node, and its pepper and the
// earlier ones, with which passphrases are stretched until each is next used, the key by which rows of imports are
// recognised, the one that lies over what is offered, and that of the vault. If officers are enrolled it seals the new
// secret to the recovery key, whose proof key the node keeps; their papers stay what they are.
//
// It fails with [fault.Denied] if who may not, with [fault.Conflict] "keyring.secret.same" if the secrets are equal,
// and with [fault.Locked] if the old one is not the node's.
func (c *SecretChange) Run(ctx context.Context, who access.Actor) error {
	if err := access.Check(who, access.RotateKey, access.Resource{Noun: "key", Realm: access.Office}); err != nil {
		return err
	}
	if c.Old.Equal(c.New) {
		return fault.New(fault.Conflict, "keyring.secret.same")
	}
	return c.Write(ctx, audit.Did(who, access.RotateKey, string(c.Member)).For("secret"), func(tx SecretTx) error {
		if err := c.nodeKeys(ctx, tx); err != nil {
			return err
		}
		if err := c.peppers(ctx, tx); err != nil {
			return err
		}
		if err := c.marks(ctx, tx); err != nil {
			return err
		}
		if err := c.offers(ctx, tx); err != nil {
			return err
		}
		if err := c.vault(ctx, tx); err != nil {
			return err
		}
		return c.escrow(ctx, tx)
	})
}

func (c *SecretChange) nodeKeys(ctx context.Context, tx SecretTx) error {
	all, err := tx.NodeKeys(ctx)
	if err != nil {
		return err
	}
	for _, k := range all {
		aad := nodeKeyAAD(c.Member, k)
		raw, err := c.Old.nodeKeys().Open(aad, k.Private)
		if err != nil {
			return fault.Wrap(fault.Locked, "keyring.node.secret", err)
		}
		err = tx.SealNodeKey(ctx, k.Key, c.New.nodeKeys().Seal(aad, raw))
		clear(raw)
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *SecretChange) peppers(ctx context.Context, tx SecretTx) error {
	p, err := PeppersIn(ctx, tx)
	if err != nil {
		return err
	}
	keys, err := p.Open(c.Member, c.Old)
	if err != nil {
		return err
	}
	p.Former, p.Moved = nil, nil
	for _, k := range append([]seal.Key{c.Old.Pepper()}, keys...) {
		p.Former = append(p.Former, c.New.kept().Wrap(k, pepperAAD(c.Member)))
		k.Wipe()
	}
	return p.KeepIn(ctx, tx)
}

func (c *SecretChange) escrow(ctx context.Context, tx SecretTx) error {
	e, err := tx.Escrow(ctx)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	r, err := tx.Recovery(ctx)
	if err != nil {
		return err
	}
	to, err := seal.ParseKEMPublic(r.Public)
	if err != nil {
		return err
	}
	if to.ID() != e.Recovery {
		return fault.New(fault.Internal, "keyring.escrow.wrong")
	}
	proof, err := c.Old.escrow().Unwrap(e.Proof, proofAAD(c.Member, e.Recovery))
	if err != nil {
		return fault.Wrap(fault.Locked, "keyring.node.secret", err)
	}
	defer proof.Wipe()
	e.Made = frame.At(c.Now())
	return escrowIn(ctx, tx, c.Member, c.New, to, proof, e)
}
