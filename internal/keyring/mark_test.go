package keyring_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// The mark of a row is the same after node.secret was changed, and another under another node's; without the secret there is none.
func TestMarksOutliveTheSecret(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC) }
	db := storetest.New(t, now)
	old, fresh := keyring.NewSecret(seal.NewKey(nil)), keyring.NewSecret(seal.NewKey(nil))
	console := access.Console("MK")
	mark := func(db *store.DB, secret keyring.Secret, what ...string) (out []byte, err error) {
		s := &keyring.Service{Secret: secret, Node: "MK", Now: now}
		err = store.Writer[keyring.PepperTx](db)(t.Context(), audit.Did(console, access.RotateKey, "MK"), func(tx keyring.PepperTx) error {
			m, err := s.MarksIn(t.Context(), tx)
			if err == nil {
				out = m.Of(what...)
			}
			return err
		})
		return out, err
	}
	must := func(b []byte, err error) []byte {
		t.Helper()
		if err != nil || len(b) != 32 {
			t.Fatalf("%x %v", b, err)
		}
		return b
	}
	first := must(mark(db, old, "ab", "c"))
	if bytes.Equal(first, must(mark(db, old, "a", "bc"))) {
		t.Error("parts run together")
	}
	if _, err := mark(db, fresh, "ab", "c"); !fault.Is(err, fault.Locked) {
		t.Errorf("under another secret: %v", err)
	}
	change := &keyring.SecretChange{Write: store.Writer[keyring.SecretTx](db), Now: now, Member: "MK", Old: old, New: fresh}
	if err := change.Run(context.Background(), console); err != nil {
		t.Fatal(err)
	}
	if again := must(mark(db, fresh, "ab", "c")); !bytes.Equal(first, again) {
		t.Errorf("%x became %x", first, again)
	}
	if _, err := mark(db, old, "ab", "c"); !fault.Is(err, fault.Locked) {
		t.Errorf("under the former secret: %v", err)
	}
	if bytes.Equal(first, must(mark(storetest.New(t, now), old, "ab", "c"))) {
		t.Error("two nodes mark alike")
	}
}

// What the node keeps in its vault opens after node.secret was changed, under its own name only, and not under the former secret.
func TestVaultOutlivesTheSecret(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC) }
	db := storetest.New(t, now)
	old, fresh := keyring.NewSecret(seal.NewKey(nil)), keyring.NewSecret(seal.NewKey(nil))
	console := access.Console("MK")
	vault := func(secret keyring.Secret) (out keyring.Vault, err error) {
		s := &keyring.Service{Secret: secret, Node: "MK", Now: now}
		err = store.Writer[keyring.PepperTx](db)(t.Context(), audit.Did(console, access.RotateKey, "MK"), func(tx keyring.PepperTx) error {
			out, err = s.VaultIn(t.Context(), tx)
			return err
		})
		return out, err
	}
	before, err := vault(old)
	if err != nil {
		t.Fatal(err)
	}
	sealed := before.Seal("one", []byte("an invented secret"))
	if _, err := before.Open("other", sealed); !fault.Is(err, fault.Locked) {
		t.Errorf("under another name: %v", err)
	}
	if _, err := vault(fresh); !fault.Is(err, fault.Locked) {
		t.Errorf("under another secret: %v", err)
	}
	change := &keyring.SecretChange{Write: store.Writer[keyring.SecretTx](db), Now: now, Member: "MK", Old: old, New: fresh}
	if err := change.Run(t.Context(), console); err != nil {
		t.Fatal(err)
	}
	after, err := vault(fresh)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := after.Open("one", sealed); err != nil || string(b) != "an invented secret" {
		t.Errorf("%q %v", b, err)
	}
	if _, err := vault(old); !fault.Is(err, fault.Locked) {
		t.Errorf("under the former secret: %v", err)
	}
}
