package seal_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/seal"
)

// refused fails the test unless err is a fault of the kind.
func refused(t testing.TB, what string, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("%s: got %v, want %v", what, err, kind)
	}
}

func panics(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s did not panic", what)
		}
	}()
	f()
}

func TestFieldOpensInItsPlaceOnly(t *testing.T) {
	k := seal.NewKey(nil)
	home := seal.Field{Node: "MK", Table: "note", Row: "r1", Column: "body", Compartment: "c1", Version: 3}
	sealed := k.Seal(home.AAD(), []byte("text"))
	wrapped := k.Wrap(seal.NewKey(nil), home.AAD())
	if plain, err := k.Open(home.AAD(), sealed); err != nil || string(plain) != "text" {
		t.Fatalf("%q, %v", plain, err)
	}
	for name, move := range map[string]func(*seal.Field){
		"node":        func(f *seal.Field) { f.Node = "MD" },
		"table":       func(f *seal.Field) { f.Table = "name" },
		"row":         func(f *seal.Field) { f.Row = "r2" },
		"column":      func(f *seal.Field) { f.Column = "title" },
		"compartment": func(f *seal.Field) { f.Compartment = "" },
		"version":     func(f *seal.Field) { f.Version = 2 },
		"cut":         func(f *seal.Field) { f.Table, f.Row = "noter", "1" },
	} {
		f := home
		move(&f)
		_, err := k.Open(f.AAD(), sealed)
		refused(t, "a value moved to another "+name, err, fault.Invalid)
		_, err = k.Unwrap(wrapped, f.AAD())
		refused(t, "a key moved to another "+name, err, fault.Invalid)
	}
}

func TestSealedBytesCannotBeAltered(t *testing.T) {
	key, pair, other := seal.NewKey(nil), seal.NewKEM(nil), seal.NewKey(nil)
	toPair, err := pair.Public().Seal([]byte("info"), []byte("aad"), []byte("plain"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		sealed []byte
		open   func([]byte) error
		every  int
	}{
		{"text", key.Seal([]byte("aad"), []byte("plain")), func(b []byte) error { _, err := key.Open([]byte("aad"), b); return err }, 1},
		{"key", key.Wrap(other, []byte("aad")), func(b []byte) error { _, err := key.Unwrap(b, []byte("aad")); return err }, 1},
		{"pair", toPair, func(b []byte) error { _, err := pair.Open([]byte("info"), []byte("aad"), b); return err }, 7},
	} {
		if err := c.open(c.sealed); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		for i := 0; i < len(c.sealed); i += c.every {
			b := bytes.Clone(c.sealed)
			b[i] ^= 1 << (i % 8)
			refused(t, fmt.Sprintf("%s with byte %d altered", c.name, i), c.open(b), fault.Invalid)
			refused(t, fmt.Sprintf("%s cut to %d", c.name, i), c.open(c.sealed[:i]), fault.Invalid)
		}
		refused(t, c.name+" lengthened", c.open(append(bytes.Clone(c.sealed), 0)), fault.Invalid)
	}
	_, err = pair.Open([]byte("other"), []byte("aad"), toPair)
	refused(t, "other info", err, fault.Invalid)
	_, err = pair.Open([]byte("info"), []byte("other"), toPair)
	refused(t, "other aad", err, fault.Invalid)
	_, err = seal.NewKEM(nil).Open([]byte("info"), []byte("aad"), toPair)
	refused(t, "another's pair", err, fault.Invalid)
	_, err = seal.NewKey(nil).Open([]byte("aad"), key.Seal([]byte("aad"), nil))
	refused(t, "another key", err, fault.Invalid)
}

func TestSealingTwiceDiffers(t *testing.T) {
	k, p := seal.NewKey(nil), seal.NewKEM(nil).Public()
	if bytes.Equal(k.Seal(nil, []byte("x")), k.Seal(nil, []byte("x"))) {
		t.Error("a nonce came twice")
	}
	a, _ := p.Seal(nil, nil, nil)
	b, _ := p.Seal(nil, nil, nil)
	if bytes.Equal(a, b) {
		t.Error("an encapsulation came twice")
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		aad, plain := rapid.SliceOf(rapid.Byte()).Draw(t, "aad"), rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		k, err := seal.ParseKey(append(rapid.SliceOfN(rapid.Byte(), 31, 31).Draw(t, "key"), 1))
		if err != nil {
			t.Fatal(err)
		}
		sealed := k.Seal(aad, plain)
		if got, err := k.Open(aad, sealed); err != nil || !bytes.Equal(got, plain) || len(sealed) != len(plain)+seal.Overhead {
			t.Errorf("%x, %v", got, err)
		}
		if got, err := k.Unwrap(k.Wrap(k, aad), aad); err != nil || !got.Equal(k) {
			t.Errorf("unwrapping: %v", err)
		}
	})
}

func TestDerivedKeysDiffer(t *testing.T) {
	k := seal.NewKey(nil)
	seen := map[string]string{}
	for _, c := range [][]string{{"a"}, {"a", ""}, {"a", "b"}, {"ab"}, {"", "ab"}, {"a", "b", ""}, {"a", "bc"}, {"a", "b", "c"}} {
		got := string(k.Derive(c[0], c[1:]...).Bytes())
		if with, twice := seen[got]; twice {
			t.Errorf("%q gives the key of %s", c, with)
		}
		seen[got] = fmt.Sprint(c)
		if !k.Derive(c[0], c[1:]...).Equal(k.Derive(c[0], c[1:]...)) {
			t.Errorf("%q gives two keys", c)
		}
	}
}

func TestWipedKeyIsGoneEverywhere(t *testing.T) {
	k := seal.NewKey(nil)
	copied, sealed := k, k.Seal(nil, []byte("x"))
	k.Wipe()
	if !copied.IsZero() || copied.Bytes() != nil || copied.Equal(copied) {
		t.Error("a copy still holds the key")
	}
	_, err := copied.Open(nil, sealed)
	refused(t, "opening with a wiped key", err, fault.Locked)
	for what, f := range map[string]func(){
		"sealing":     func() { copied.Seal(nil, nil) },
		"deriving":    func() { copied.Derive("x") },
		"wrapping":    func() { seal.NewKey(nil).Wrap(copied, nil) },
		"streaming":   func() { _, _ = seal.SealStream(copied, nil, new(bytes.Buffer)) },
		"a zero key":  func() { seal.Key{}.Seal(nil, nil) },
		"no signer":   func() { seal.SignPrivate{}.Sign(seal.DomainReceipt, nil) },
		"no domain":   func() { seal.NewSign(nil).Sign("", nil) },
		"locking":     func() { seal.UserKeys{}.Lock(seal.NewKey(nil)) },
		"no chance":   func() { seal.NewKey(bytes.NewReader(nil)) },
		"half chance": func() { seal.NewKEM(bytes.NewReader(make([]byte, 31))) },
	} {
		panics(t, what, f)
	}
	p, s := seal.NewKEM(nil), seal.NewSign(nil)
	p2, s2, pub := p, s, p.Public()
	p.Wipe()
	s.Wipe()
	toP, err := pub.Seal(nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p2.Open(nil, nil, toP)
	refused(t, "opening with a wiped pair", err, fault.Locked)
	panics(t, "signing with a wiped pair", func() { s2.Sign(seal.DomainReceipt, nil) })
	if !p2.IsZero() || !s2.IsZero() || p2.Bytes() != nil || s2.Bytes() != nil || p2.Public() != pub || s2.Public().IsZero() {
		t.Error("a wiped pair keeps its secret or loses its public half")
	}
}

func TestWipeWhileOthersSeal(t *testing.T) {
	k := seal.NewKey(nil)
	opener, err := seal.ParseKey(k.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			defer func() { _ = recover() }() // sealing panics once the key is gone; that is right
			for range 200 {
				if _, err := opener.Open(nil, k.Seal(nil, []byte("x"))); err != nil {
					t.Error("something was sealed under half a key")
				}
			}
		})
	}
	wg.Go(k.Wipe)
	wg.Wait()
}

func TestSecretsAreNotPrinted(t *testing.T) {
	raw := bytes.Repeat([]byte{0xab}, 32)
	k, _ := seal.ParseKey(raw)
	p, _ := seal.ParseKEMPrivate(raw)
	s, _ := seal.ParseSignPrivate(raw)
	for _, v := range []any{k, &k, p, s, seal.UserKeys{KEM: p, Sign: s}, struct{ K seal.Key }{k}} {
		out := fmt.Sprintf("%v %+v %#v %s %x", v, v, v, v, v)
		if strings.Contains(out, "abab") || strings.Contains(out, "171, 171") || strings.Contains(out, "171 171") {
			t.Errorf("%T prints its secret: %s", v, out)
		}
		if b, err := json.Marshal(v); err == nil {
			t.Errorf("%T has a JSON form: %s", v, b)
		}
	}
}

func TestSignatureHoldsInItsDomainOnly(t *testing.T) {
	k, msg := seal.NewSign(nil), []byte("message")
	seen := map[seal.Domain]bool{}
	for _, made := range seal.Domains() {
		if seen[made] {
			t.Errorf("domain %q twice", made)
		}
		seen[made] = true
		sig := k.Sign(made, msg)
		for _, tried := range seal.Domains() {
			err := k.Public().Verify(tried, msg, sig)
			if (err == nil) != (tried == made) {
				t.Errorf("made for %q, tried as %q: %v", made, tried, err)
			}
		}
	}
	sig := k.Sign(seal.DomainReceipt, msg)
	raw := sig.Bytes()
	for i := range raw {
		b := bytes.Clone(raw)
		b[i] ^= 1 << (i % 8)
		altered, err := seal.ParseSignature(b)
		if err == nil {
			err = k.Public().Verify(seal.DomainReceipt, msg, altered)
		}
		refused(t, fmt.Sprintf("byte %d altered", i), err, fault.Invalid)
	}
	refused(t, "another message", k.Public().Verify(seal.DomainReceipt, []byte("massage"), sig), fault.Invalid)
	refused(t, "another key", seal.NewSign(nil).Public().Verify(seal.DomainReceipt, msg, sig), fault.Invalid)
	refused(t, "no signature", k.Public().Verify(seal.DomainReceipt, msg, seal.Signature{}), fault.Invalid)
	refused(t, "no key", seal.SignPublic{}.Verify(seal.DomainReceipt, msg, sig), fault.Invalid)
	refused(t, "no domain", k.Public().Verify("", msg, sig), fault.Invalid)
}

// TestSmallOrderKeysAreRefused shows first that the standard library takes a signature which nobody
// made: under a key of small order R = identity, S = 0 fits one message in eight at least.
func TestSmallOrderKeysAreRefused(t *testing.T) {
	forged := make([]byte, 64)
	forged[0] = 1
	dangerous := 0
	for _, y := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		for _, sign := range []byte{0, 0x80} {
			b, err := hex.DecodeString(y)
			if err != nil {
				t.Fatal(err)
			}
			b[31] |= sign
			for i := range 200 {
				if ed25519.Verify(b, []byte{byte(i)}, forged) {
					dangerous++
					break
				}
			}
			_, err = seal.ParseSignPublic(b)
			refused(t, "small order "+hex.EncodeToString(b), err, fault.Invalid)
		}
	}
	if dangerous < 8 {
		t.Errorf("only %d of these keys accept a forgery; the list is wrong", dangerous)
	}
}

func TestTextFormsInJSON(t *testing.T) {
	type body struct {
		KEM  seal.KEMPublic  `json:"kem"`
		Key  seal.SignPublic `json:"key"`
		Sig  seal.Signature  `json:"sig"`
		Blob seal.Blob       `json:"blob"`
	}
	s := seal.NewSign(nil)
	for _, in := range []body{{}, {seal.NewKEM(nil).Public(), s.Public(), s.Sign(seal.DomainReceipt, nil), seal.Blob{0xff}}} {
		b, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out body
		if err := json.Unmarshal(b, &out); err != nil {
			t.Fatal(err)
		}
		if out.KEM != in.KEM || out.Key != in.Key || out.Sig != in.Sig || !bytes.Equal(out.Blob, in.Blob) {
			t.Errorf("%s came back as %+v", b, out)
		}
	}
	for _, bad := range []string{"Ed25519", "Ed25519:", "Ed25519:AA", "ed25519:" + strings.Repeat("A", 43), "Ed25519:\n"} {
		var k seal.SignPublic
		refused(t, bad, k.UnmarshalText([]byte(bad)), fault.Invalid)
	}
	for _, bad := range []string{"AB", "AA==", "A", "A\nA", "+/", " AA"} {
		var b seal.Blob
		refused(t, bad, b.UnmarshalText([]byte(bad)), fault.Invalid)
	}
}

func TestSuites(t *testing.T) {
	for _, s := range seal.Suites() {
		if got, err := seal.ParseSuite(string(s)); err != nil || got != s {
			t.Errorf("%q, %v", got, err)
		}
	}
	_, err := seal.ParseSuite("X25519")
	refused(t, "an unknown suite", err, fault.Invalid)
	_, err = seal.KEMPublic{}.Seal(nil, nil, nil)
	refused(t, "sealing to nobody", err, fault.Invalid)
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
