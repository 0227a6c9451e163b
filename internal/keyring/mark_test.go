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
