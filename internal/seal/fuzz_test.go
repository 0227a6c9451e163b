package seal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/seal"
)

// seeds adds one field of every vector to the corpus.
func seeds(f *testing.F, field string, add func(string)) {
	f.Helper()
	files, err := filepath.Glob("../../spec/testdata/keys/*")
	if err != nil || len(files) == 0 {
		f.Fatalf("no vectors: %v", err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			if name, value, _ := strings.Cut(strings.TrimSpace(line), ": "); name == field {
				add(value)
			}
		}
	}
}

func FuzzKeyTexts(f *testing.F) {
	for _, field := range []string{"text", "public", "signature"} {
		seeds(f, field, func(s string) { f.Add([]byte(s)) })
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, v := range []interface {
			UnmarshalText([]byte) error
			MarshalText() ([]byte, error)
		}{new(seal.KEMPublic), new(seal.SignPublic), new(seal.Signature), new(seal.Blob)} {
			if v.UnmarshalText(b) != nil {
				continue
			}
			if again, err := v.MarshalText(); err != nil || !bytes.Equal(again, b) {
				t.Errorf("%T: %q became %q, %v", v, b, again, err)
			}
		}
	})
}

func FuzzKeyBytes(f *testing.F) {
	f.Add(seal.NewKey(nil).Bytes())
	f.Add(seal.NewKEM(nil).Public().Bytes())
	f.Add(seal.NewSign(nil).Sign(seal.DomainReceipt, nil).Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		for name, parse := range map[string]func() ([]byte, error){
			"key":         func() ([]byte, error) { k, err := seal.ParseKey(b); return k.Bytes(), err },
			"kem private": func() ([]byte, error) { k, err := seal.ParseKEMPrivate(b); return k.Bytes(), err },
			"kem public":  func() ([]byte, error) { k, err := seal.ParseKEMPublic(b); return k.Bytes(), err },
			"signer":      func() ([]byte, error) { k, err := seal.ParseSignPrivate(b); return k.Bytes(), err },
			"verifier":    func() ([]byte, error) { k, err := seal.ParseSignPublic(b); return k.Bytes(), err },
			"signature":   func() ([]byte, error) { s, err := seal.ParseSignature(b); return s.Bytes(), err },
		} {
			if again, err := parse(); err == nil && !bytes.Equal(again, b) {
				t.Errorf("%s: %x became %x", name, b, again)
			}
		}
	})
}

func FuzzOpen(f *testing.F) {
	k, p := seal.NewKey(nil), seal.NewKEM(nil)
	to, err := p.Public().Seal(nil, nil, []byte("x"))
	if err != nil {
		f.Fatal(err)
	}
	own := map[string]bool{string(to): true}
	for _, b := range [][]byte{k.Seal(nil, []byte("x")), k.Wrap(k, nil), sealStream(f, k, nil, []byte("x"))} {
		own[string(b)] = true
	}
	for b := range own {
		f.Add([]byte(b))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if own[string(b)] {
			return
		}
		_, e1 := k.Open(nil, b)
		_, e2 := k.Unwrap(b, nil)
		_, e3 := p.Open(nil, nil, b)
		_, e4 := openStream(k, nil, bytes.NewReader(b))
		_, e5 := seal.UnlockUserKeys(k, b)
		if e1 == nil || e2 == nil || e3 == nil || e4 == nil || e5 == nil {
			t.Errorf("%x opens", b)
		}
	})
}

func FuzzUnpad(f *testing.F) {
	f.Add(seal.Pad(nil))
	f.Add(seal.Pad(make([]byte, 5000)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if plain, err := seal.Unpad(b); err == nil && !bytes.Equal(seal.Pad(plain), b) {
			t.Error("unpads and does not pad to the same bytes")
		}
	})
}

func FuzzParseLocks(f *testing.F) {
	seeds(f, "locks", func(s string) { f.Add([]byte(s)) })
	f.Fuzz(func(t *testing.T, b []byte) {
		locks, err := seal.ParseLocks(b)
		if err != nil {
			return
		}
		if again, err := seal.EncodeLocks(locks); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%s became %s, %v", b, again, err)
		}
	})
}

func FuzzCombine(f *testing.F) {
	shares, err := seal.Split(nil, []byte("secret"), 3, 2)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(shares[0], shares[1])
	f.Add(shares[2], []byte{})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		_, errA := seal.ParseShare(a)
		_, errB := seal.ParseShare(b)
		if _, err := seal.Combine([][]byte{a, b}); err == nil && (errA != nil || errB != nil) {
			t.Errorf("%x and %x combine though one is no share", a, b)
		}
	})
}
