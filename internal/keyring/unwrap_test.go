package keyring

import (
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/seal"
)

// What was opened once is opened from nothing else, and from nothing once her keys are wiped.
func TestAnOpenedKeyIsOfItsWrapAndOfItsBearer(t *testing.T) {
	keys := seal.NewUserKeys(nil)
	b := NewBearer(access.Actor{}, &keys)
	info, aad := []byte(infoWrap), []byte("desk 1")
	want := seal.NewKey(nil)
	wrap, err := keys.KEM.Public().Seal(info, aad, want.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, err := b.unwrap(info, aad, wrap)
		if err != nil || !got.Equal(want) {
			t.Fatalf("another key, %v", err)
		}
		got.Wipe() // of whoever used it
	}
	if _, err := b.unwrap(info, []byte("desk 2"), wrap); err == nil {
		t.Error("opened in another place")
	}
	other := append([]byte(nil), wrap...)
	other[len(other)-1] ^= 1
	if _, err := b.unwrap(info, aad, other); err == nil {
		t.Error("opened from something else")
	}
	stranger := seal.NewUserKeys(nil)
	if _, err := NewBearer(access.Actor{}, &stranger).unwrap(info, aad, wrap); err == nil {
		t.Error("opened by a stranger")
	}
	keys.Wipe()
	if _, err := b.unwrap(info, aad, wrap); !fault.Is(err, fault.Locked) {
		t.Errorf("opened though her keys are wiped: %v", err)
	}
}

// At the end of a request nothing of the keys is left that were opened in it.
func TestAWipedBearerForgetsTheDeskKeysToo(t *testing.T) {
	keys := seal.NewUserKeys(nil)
	b := NewBearer(access.Actor{}, &keys)
	info, aad := []byte(infoWrap), []byte("desk 1")
	wrap, err := keys.KEM.Public().Seal(info, aad, seal.NewKey(nil).Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.unwrap(info, aad, wrap); err != nil {
		t.Fatal(err)
	}
	pair := seal.NewKEM(nil)
	half, err := b.private(pair.Public().ID(), pair.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := b.private(pair.Public().ID(), nil); err != nil || again.Public() != pair.Public() { // nothing to work out
		t.Errorf("the half of a pair is not remembered: %v", err)
	}
	var held []seal.Key
	for _, k := range b.opened.keys {
		held = append(held, k)
	}
	if len(held) != 1 || held[0].IsZero() {
		t.Fatalf("%d keys are remembered: this shows nothing", len(held))
	}
	other := b
	other.Wipe()
	if !held[0].IsZero() || !half.IsZero() || len(b.opened.keys)+len(b.opened.pairs) != 0 || !keys.KEM.IsZero() {
		t.Error("a key is left")
	}
	_, open := b.unwrap(info, aad, wrap)
	_, sign := b.Sign(seal.DomainEnvelope, nil)
	_, signer := b.Signer()
	_, private := b.private(pair.Public().ID(), pair.Bytes())
	for _, err := range []error{open, sign, signer, private} {
		if !fault.Is(err, fault.Locked) {
			t.Errorf("used after it was wiped: %v", err)
		}
	}
	if !b.Locked() || b.Mark(nil) != nil {
		t.Error("not locked")
	}
	b.Wipe()
	Bearer{}.Wipe()
}
