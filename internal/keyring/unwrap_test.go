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
