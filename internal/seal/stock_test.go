package seal_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"sync"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/seal"
)

// TestWhatAStockSealsOpensAsAnything seals with secrets from a stock and opens with the standard library's HPKE, which
// refuses it under any other info and aad.
func TestWhatAStockSealsOpensAsAnything(t *testing.T) {
	var stock seal.Stock
	defer stock.Wipe()
	key, other := seal.NewKEM(nil), seal.NewKEM(nil)
	ahead := 0
	for i := range 300 {
		info, aad, plain := noise(t, i%90), noise(t, i%7), noise(t, i*31%5000)
		if i%10 == 0 {
			info, aad, plain = nil, nil, nil
		}
		if stock.Ready(key.Public()) > 0 {
			ahead++
		}
		sealed, err := stock.Seal(key.Public(), info, aad, plain)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := key.Open(info, aad, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%d: opened %d bytes of %d: %v", i, len(got), len(plain), err)
		}
		for what, open := range map[string]func() ([]byte, error){
			"another info": func() ([]byte, error) { return key.Open(append([]byte{1}, info...), aad, sealed) },
			"another aad":  func() ([]byte, error) { return key.Open(info, append([]byte{1}, aad...), sealed) },
			"another key":  func() ([]byte, error) { return other.Open(info, aad, sealed) },
		} {
			if _, err := open(); !fault.Is(err, fault.Invalid) {
				t.Fatalf("%d: it opens with %s: %v", i, what, err)
			}
		}
		stock.Settle(key.Public())
	}
	if ahead < 290 {
		t.Errorf("only %d of 300 were sealed with a secret that was ready", ahead)
	}
}

// TestASecretOfAStockIsUsedOnce seals from many goroutines at once and looks for an encapsulated key that comes twice.
func TestASecretOfAStockIsUsedOnce(t *testing.T) {
	var stock seal.Stock
	keys := make([]seal.KEMPrivate, 3)
	for i := range keys {
		keys[i] = seal.NewKEM(nil)
	}
	var mu sync.Mutex
	seen := make(map[string]bool)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 60 {
				key, text := keys[i%len(keys)], fmt.Appendf(nil, "%d %d", w, i)
				sealed, err := stock.Seal(key.Public(), nil, nil, text)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := key.Open(nil, nil, sealed); err != nil || !bytes.Equal(got, text) {
					t.Errorf("opened %q: %v", got, err)
				}
				mu.Lock()
				enc := string(sealed[1 : len(sealed)-len(text)-16])
				if seen[enc] {
					t.Error("a secret was used twice")
				}
				seen[enc] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for _, key := range keys {
		stock.Settle(key.Public())
		if n := stock.Ready(key.Public()); n < 1 || n > 64 {
			t.Errorf("%d secrets are ready", n)
		}
	}
	stock.Wipe()
	for _, key := range keys {
		if stock.Ready(key.Public()) != 0 {
			t.Error("a wiped stock has secrets ready")
		}
	}
}

// TestAStockIsBounded uses more keys than a stock keeps secrets for.
func TestAStockIsBounded(t *testing.T) {
	var stock seal.Stock
	first := seal.NewKEM(nil).Public()
	for range 2 {
		if _, err := stock.Seal(first, nil, nil, nil); err != nil {
			t.Fatal(err)
		}
		stock.Settle(first)
	}
	if stock.Ready(first) == 0 {
		t.Fatal("nothing is ready for a key that was used twice")
	}
	for range 40 {
		if _, err := stock.Seal(seal.NewKEM(nil).Public(), nil, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := stock.Ready(first); n != 0 {
		t.Errorf("%d secrets are kept for the key that was used longest ago", n)
	}
	if n := stock.Keys(); n > 32 {
		t.Errorf("secrets are kept for %d keys", n)
	}
}

// TestASecretThatIsUsedTwiceSealsUnderTwoKeys is what happens when a virtual machine is set back, with its memory, and goes on:
// the same secret seals two envelopes, whose info differs at least in the moment.
func TestASecretThatIsUsedTwiceSealsUnderTwoKeys(t *testing.T) {
	var stock seal.Stock
	key, plain := seal.NewKEM(nil), make([]byte, 4096)
	if _, err := stock.Seal(key.Public(), nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	stock.Settle(key.Public())
	a, b, err := stock.Twice(key.Public(), []byte("moment 1"), []byte("moment 2"), plain)
	if err != nil {
		t.Fatal(err)
	}
	head := len(a) - len(plain) - 16
	if !bytes.Equal(a[:head], b[:head]) {
		t.Fatal("these are two secrets: this shows nothing")
	}
	same := 0
	for i := range plain { // with one key and nonce, all of them
		if a[head+i] == b[head+i] {
			same++
		}
	}
	if same > len(plain)/64 {
		t.Errorf("%d of %d bytes of two texts are the same", same, len(plain))
	}
}

// TestNoStockSealsAllTheSame seals without a stock and to no key.
func TestNoStockSealsAllTheSame(t *testing.T) {
	var none *seal.Stock
	key := seal.NewKEM(nil)
	sealed, err := none.Seal(key.Public(), nil, nil, []byte("a"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := key.Open(nil, nil, sealed); err != nil || string(got) != "a" {
		t.Errorf("opened %q: %v", got, err)
	}
	none.Wipe()
	var stock seal.Stock
	if _, err := stock.Seal(seal.KEMPublic{}, nil, nil, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("sealing to no key: %v", err)
	}
}

func noise(t *testing.T, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		t.Fatal(err)
	}
	return b
}
