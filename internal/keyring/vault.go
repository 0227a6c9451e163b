package keyring

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

const (
	settingVault = "node.vault"
	infoVault    = "opentrm/vault/1"
)

func vaultAAD(member id.Member) []byte { return frame.JoinText(infoVault, string(member)) }

// Vault keeps what the node itself must say to other systems unattended, such as the secrets of webhooks. It opens nothing of a
// desk. Whoever has the database and not node.secret cannot open it.
type Vault struct{ key seal.Key }

// Seal seals a secret that is kept under a name.
func (v Vault) Seal(name string, plain []byte) []byte {
	return v.key.Seal(frame.JoinText(infoVault, name), plain)
}

// Open opens what was sealed under the same name.
//
// It fails with [fault.Locked] if it is anything else.
func (v Vault) Open(name string, sealed []byte) ([]byte, error) {
	b, err := v.key.Open(frame.JoinText(infoVault, name), sealed)
	if err != nil {
		return nil, fault.Wrap(fault.Locked, "keyring.vault", err)
	}
	return b, nil
}

// VaultIn returns the vault of this node. Its key is drawn at first use and rests under node.secret; it stays the same when
// that is changed.
//
// It fails with [fault.Locked] if node.secret is not the one under which it rests.
func (s *Service) VaultIn(ctx context.Context, tx PepperTx) (Vault, error) {
	raw, err := tx.Setting(ctx, settingVault)
	if fault.Is(err, fault.NotFound) {
		key := seal.NewKey(s.Rand)
		return Vault{key}, tx.SetSetting(ctx, settingVault, s.Secret.kept().Wrap(key, vaultAAD(s.Node)))
	}
	if err != nil {
		return Vault{}, err
	}
	key, err := s.Secret.kept().Unwrap(raw, vaultAAD(s.Node))
	if err != nil {
		return Vault{}, fault.Wrap(fault.Locked, "keyring.node.secret", err)
	}
	return Vault{key}, nil
}

// vault moves the key of [Vault] to another secret.
func (c *SecretChange) vault(ctx context.Context, tx SecretTx) error {
	raw, err := tx.Setting(ctx, settingVault)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	key, err := c.Old.kept().Unwrap(raw, vaultAAD(c.Member))
	if err != nil {
		return fault.Wrap(fault.Locked, "keyring.node.secret", err)
	}
	defer key.Wipe()
	return tx.SetSetting(ctx, settingVault, c.New.kept().Wrap(key, vaultAAD(c.Member)))
}
