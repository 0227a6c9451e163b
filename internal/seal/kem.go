package seal

import (
	"crypto/hpke"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"io"
	"sync"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Suite names the algorithms of a KEM pair. Suites a member understands are listed in the roster.
type Suite string

// SuiteHybrid is HPKE (RFC 9180) in base mode with MLKEM768-X25519 (0x647a), HKDF-SHA256 (0x0001) and
// AES-256-GCM (0x0002): safe while either ML-KEM-768 or X25519 is.
const SuiteHybrid Suite = "MLKEM768X25519-HKDF-SHA256-AES256GCM"

// Sizes of [SuiteHybrid] in bytes.
const (
	KEMPublicSize  = 1216                    // ML-KEM-768 key, then X25519 key
	KEMPrivateSize = 32                      // the seed of both
	KEMOverhead    = 1 + encapSize + tagSize // by how much Seal lengthens its plain text

	encapSize = 1120
)

// Suites returns the suites that this program can seal to and open, the preferred one first.
func Suites() []Suite { return []Suite{SuiteHybrid} }

// ParseSuite checks that s names a suite of this program.
//
// It fails with [fault.Invalid] and the key "seal.suite.unknown" otherwise.
func ParseSuite(s string) (Suite, error) {
	if Suite(s) != SuiteHybrid {
		return "", fault.New(fault.Invalid, "seal.suite.unknown")
	}
	return SuiteHybrid, nil
}

// KEMPublic is the half of a KEM pair to which anybody can seal. It is comparable; the zero value is no
// key, and its text form is empty.
type KEMPublic struct{ raw string }

// KEMPrivate is the half of a KEM pair that opens. Like [Key] it is a handle whose copies share one
// secret. The zero value is no key.
type KEMPrivate struct{ p *kemPair }

type kemPair struct {
	mu   sync.RWMutex
	key  hpke.PrivateKey // nil once wiped
	seed []byte
	pub  KEMPublic
}

var (
	_ encoding.TextMarshaler   = KEMPublic{}
	_ encoding.TextUnmarshaler = (*KEMPublic)(nil)
	_ encoding.TextMarshaler   = KEMPrivate{}
)

// NewKEM draws a pair of [SuiteHybrid] from random, or from the system if random is nil. It panics if
// random gives nothing.
func NewKEM(random io.Reader) KEMPrivate {
	p, err := ParseKEMPrivate(draw(random, KEMPrivateSize))
	if err != nil {
		panic("seal: kem: " + err.Error())
	}
	return p
}

// ParseKEMPrivate reads the bytes that [KEMPrivate.Bytes] gives.
//
// It fails with [fault.Invalid] if they are no private key.
func ParseKEMPrivate(b []byte) (KEMPrivate, error) {
	if len(b) != KEMPrivateSize {
		return KEMPrivate{}, fault.New(fault.Invalid, "seal.key.form")
	}
	key, err := hpke.MLKEM768X25519().NewPrivateKey(b)
	if err != nil {
		return KEMPrivate{}, fault.New(fault.Invalid, "seal.key.form")
	}
	seed := append([]byte(nil), b...)
	return KEMPrivate{&kemPair{key: key, seed: seed, pub: KEMPublic{string(key.PublicKey().Bytes())}}}, nil
}

// Public returns the public half, also after Wipe. The zero KEMPrivate has the zero KEMPublic.
func (k KEMPrivate) Public() KEMPublic {
	if k.p == nil {
		return KEMPublic{}
	}
	return k.p.pub
}

// Bytes returns a copy of the private half, which the caller wipes; nil if the key is empty or wiped.
func (k KEMPrivate) Bytes() []byte {
	if k.p == nil {
		return nil
	}
	k.p.mu.RLock()
	defer k.p.mu.RUnlock()
	return append([]byte(nil), k.p.seed...)
}

// IsZero reports whether the key is empty or wiped.
func (k KEMPrivate) IsZero() bool { return len(k.Bytes()) == 0 }

// Wipe overwrites the seed and forgets the key, in every copy of k.
func (k KEMPrivate) Wipe() {
	if k.p == nil {
		return
	}
	k.p.mu.Lock()
	defer k.p.mu.Unlock()
	clear(k.p.seed)
	k.p.seed, k.p.key = nil, nil
}

// String hides the key.
func (k KEMPrivate) String() string { return "seal.KEMPrivate(hidden)" }

// GoString hides the key.
func (k KEMPrivate) GoString() string { return "seal.KEMPrivate(hidden)" }

// MarshalText fails with [fault.Internal]: a private key is wrapped before it is written anywhere.
func (k KEMPrivate) MarshalText() ([]byte, error) {
	return nil, fault.New(fault.Internal, "seal.key.text")
}

// Open returns what was sealed to the public half of k with the same info and aad.
//
// It fails with [fault.Locked] if the key is empty or wiped, and with [fault.Invalid] if sealed is not for
// this key, info and aad, or is not of this form.
func (k KEMPrivate) Open(info, aad, sealed []byte) ([]byte, error) {
	if len(sealed) < KEMOverhead {
		return nil, fault.New(fault.Invalid, "seal.form")
	}
	if sealed[0] != algKEM {
		return nil, fault.New(fault.Invalid, "seal.algorithm")
	}
	if k.p == nil {
		return nil, fault.New(fault.Locked, "seal.key.empty")
	}
	k.p.mu.RLock()
	key := k.p.key
	k.p.mu.RUnlock()
	if key == nil {
		return nil, fault.New(fault.Locked, "seal.key.empty")
	}
	r, err := hpke.NewRecipient(sealed[1:1+encapSize], key, hpke.HKDFSHA256(), hpke.AES256GCM(), info)
	if err != nil {
		return nil, fault.New(fault.Invalid, "seal.open")
	}
	plain, err := r.Open(aad, sealed[1+encapSize:])
	if err != nil {
		return nil, fault.New(fault.Invalid, "seal.open")
	}
	return plain, nil
}

// ParseKEMPublic reads the bytes that [KEMPublic.Bytes] gives.
//
// It fails with [fault.Invalid] if they are no public key of [SuiteHybrid].
func ParseKEMPublic(b []byte) (KEMPublic, error) {
	if len(b) != KEMPublicSize {
		return KEMPublic{}, fault.New(fault.Invalid, "seal.key.form")
	}
	key, err := hpke.MLKEM768X25519().NewPublicKey(b)
	if err != nil || string(key.Bytes()) != string(b) {
		return KEMPublic{}, fault.New(fault.Invalid, "seal.key.form")
	}
	return KEMPublic{string(b)}, nil
}

// Bytes returns the public key; nil for the zero value.
func (k KEMPublic) Bytes() []byte {
	if k.raw == "" {
		return nil
	}
	return []byte(k.raw)
}

// IsZero reports whether k is no key.
func (k KEMPublic) IsZero() bool { return k.raw == "" }

// Suite returns the suite to which the key belongs; empty for the zero value.
func (k KEMPublic) Suite() Suite {
	if k.raw == "" {
		return ""
	}
	return SuiteHybrid
}

// ID returns the key's name: the first 16 bytes of the SHA-256 of its bytes. It is what people compare as
// the fingerprint. Empty for the zero value.
func (k KEMPublic) ID() id.Key { return keyID(k.raw) }

func keyID(raw string) id.Key {
	if raw == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(raw))
	return id.Key(hex.EncodeToString(sum[:16]))
}

// MarshalText returns "suite:base64url", and empty text for the zero value. It does not fail.
func (k KEMPublic) MarshalText() ([]byte, error) {
	if k.raw == "" {
		return []byte{}, nil
	}
	return withPrefix(string(SuiteHybrid), k.raw), nil
}

// UnmarshalText reads the form that [KEMPublic.MarshalText] writes.
//
// It fails with [fault.Invalid] for any other text and any other suite.
func (k *KEMPublic) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*k = KEMPublic{}
		return nil
	}
	raw, err := cutPrefix(string(SuiteHybrid), text)
	if err != nil {
		return err
	}
	*k, err = ParseKEMPublic(raw)
	return err
}

// Seal encrypts plain to k, bound to info and aad. Info names the use and the parties, length-prefixed
// and beginning with a domain; see spec/keys.md section 3.
//
// It fails with [fault.Invalid] if k is the zero value.
func (k KEMPublic) Seal(info, aad, plain []byte) ([]byte, error) {
	if k.raw == "" {
		return nil, fault.New(fault.Invalid, "seal.key.missing")
	}
	pub, err := hpke.MLKEM768X25519().NewPublicKey([]byte(k.raw))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "seal.key.form", err)
	}
	enc, sender, err := hpke.NewSender(pub, hpke.HKDFSHA256(), hpke.AES256GCM(), info)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "seal.kem", err)
	}
	text, err := sender.Seal(aad, plain)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "seal.kem", err)
	}
	out := make([]byte, 0, 1+len(enc)+len(text))
	out = append(out, algKEM)
	out = append(out, enc...)
	return append(out, text...), nil
}
