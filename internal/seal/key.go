package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding"
	"io"
	"sync"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
)

// KeySize is the size of a [Key] in bytes.
const KeySize = 32

// Overhead is by how many bytes [Key.Seal] lengthens its plain text: algorithm, nonce, tag.
const Overhead = 1 + nonceSize + tagSize

const (
	nonceSize = 12
	tagSize   = 16
)

// The first byte of everything sealed under a [Key] (spec/keys.md section 2). It is part of what is
// authenticated, so that one kind cannot be passed off as another.
const (
	algText   = 0x01 // AES-256-GCM, random 96-bit nonce, over bytes
	algKey    = 0x02 // AES-256-GCM, random 96-bit nonce, over a Key
	algStream = 0x03 // chunks of AES-256-GCM under a key derived for this stream
	algKEM    = 0x11 // HPKE base mode with SuiteHybrid
)

// secret is memory that can be wiped while others use it.
type secret struct {
	mu    sync.RWMutex
	bytes []byte // nil once wiped
}

// use calls f with the secret and reports whether there was one.
func (s *secret) use(f func([]byte)) bool {
	if s == nil {
		return false
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.bytes == nil {
		return false
	}
	f(s.bytes)
	return true
}

func (s *secret) wipe() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.bytes)
	s.bytes = nil
}

// Key is 256 secret bits. A Key is a handle: its copies share one secret, and [Key.Wipe] on any of them
// takes it from all. It may be used by several goroutines. The zero value is no key.
//
// One key seals at most 2^32 texts, the bound of NIST SP 800-38D for random nonces; a case or a
// compartment stays below by many orders of magnitude.
type Key struct{ s *secret }

var _ encoding.TextMarshaler = Key{}

// NewKey draws a key from random, or from the system if random is nil. It panics if random gives nothing.
func NewKey(random io.Reader) Key { return Key{&secret{bytes: draw(random, KeySize)}} }

// Draw returns n random bytes, of the system's source if random is nil: what masks something once.
func Draw(random io.Reader, n int) []byte { return draw(random, n) }

// draw reads n random bytes. Without randomness there is no safe way to go on.
func draw(random io.Reader, n int) []byte {
	if random == nil {
		random = rand.Reader
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		panic("seal: no randomness: " + err.Error())
	}
	return b
}

// ParseKey takes a copy of the 32 bytes b as a key.
//
// It fails with [fault.Invalid] if b is not [KeySize] long or all zero.
func ParseKey(b []byte) (Key, error) {
	if len(b) != KeySize || subtle.ConstantTimeCompare(b, make([]byte, KeySize)) == 1 {
		return Key{}, fault.New(fault.Invalid, "seal.key.form")
	}
	return Key{&secret{bytes: append([]byte(nil), b...)}}, nil
}

// Bytes returns a copy of the key, which the caller wipes; nil if the key is empty or wiped.
func (k Key) Bytes() []byte {
	var out []byte
	k.s.use(func(b []byte) { out = append(out, b...) })
	return out
}

// IsZero reports whether the key is empty or wiped.
func (k Key) IsZero() bool { return !k.s.use(func([]byte) {}) }

// Equal reports, in constant time, whether both are keys and the same one. An empty key equals none.
func (k Key) Equal(o Key) bool {
	a, b := k.Bytes(), o.Bytes()
	defer clear(a)
	defer clear(b)
	return a != nil && subtle.ConstantTimeCompare(a, b) == 1
}

// Wipe overwrites the secret, in every copy of k. The runtime may have moved bytes before; this shortens
// their life and does not promise more.
func (k Key) Wipe() { k.s.wipe() }

// String hides the key.
func (k Key) String() string { return "seal.Key(hidden)" }

// GoString hides the key.
func (k Key) GoString() string { return "seal.Key(hidden)" }

// MarshalText fails with [fault.Internal]: a key is wrapped before it is written anywhere.
func (k Key) MarshalText() ([]byte, error) { return nil, fault.New(fault.Internal, "seal.key.text") }

// Seal encrypts plain, which opens only with the same key and the same aad. It panics if the key is empty.
//
// Spec: spec/keys.md section 2.1.
func (k Key) Seal(aad, plain []byte) []byte { return k.seal(algText, aad, plain) }

// Open returns what was sealed with [Key.Seal] under the same aad.
//
// It fails with [fault.Locked] if the key is empty or wiped, and with [fault.Invalid] if sealed is not of
// this key, this aad or this form.
func (k Key) Open(aad, sealed []byte) ([]byte, error) { return k.open(algText, aad, sealed) }

// Wrap seals the key other under k. It panics if either is empty.
//
// Spec: spec/keys.md section 2.2.
func (k Key) Wrap(other Key, aad []byte) []byte {
	b := other.Bytes()
	defer clear(b)
	if b == nil {
		panic("seal: wrapping an empty key")
	}
	return k.seal(algKey, aad, b)
}

// Unwrap returns the key that was wrapped with [Key.Wrap] under the same aad. It fails as [Key.Open] does.
func (k Key) Unwrap(wrapped, aad []byte) (Key, error) {
	b, err := k.open(algKey, aad, wrapped)
	if err != nil {
		return Key{}, err
	}
	defer clear(b)
	return ParseKey(b)
}

// Derive returns the key that belongs to label and context, by HKDF-SHA256. Different labels or contexts
// give unrelated keys, and the context is length-prefixed, so ("ab", "c") differs from ("a", "bc").
// It panics if the key is empty.
//
// Spec: spec/keys.md section 2.3.
func (k Key) Derive(label string, context ...string) Key {
	info := frame.JoinText(append([]string{deriveInfo, label}, context...)...)
	var out []byte
	if !k.s.use(func(b []byte) { out = expand(b, nil, info) }) {
		panic("seal: deriving from an empty key")
	}
	return Key{&secret{bytes: out}}
}

// expand is HKDF-SHA256 to 32 bytes. It cannot fail for this length.
func expand(ikm, salt, info []byte) []byte {
	out, err := hkdf.Key(sha256.New, ikm, salt, string(info), KeySize)
	if err != nil {
		panic("seal: hkdf: " + err.Error())
	}
	return out
}

// The info strings of HKDF in this package.
const (
	deriveInfo  = "opentrm/derive/1"
	stretchInfo = "opentrm/stretch/1"
	passkeyInfo = "opentrm/passkey/1"
	tokenInfo   = "opentrm/token/1"
	streamInfo  = "opentrm/stream/1"
)

// bound is what the cipher authenticates beside the text: the algorithm byte, then the caller's aad.
func bound(alg byte, aad []byte) []byte {
	return append(append(make([]byte, 0, 1+len(aad)), alg), aad...)
}

func (k Key) seal(alg byte, aad, plain []byte) []byte {
	out := make([]byte, 1, Overhead+len(plain))
	out[0] = alg
	if !k.s.use(func(b []byte) { out = randomNonce(b).Seal(out, nil, plain, bound(alg, aad)) }) {
		panic("seal: sealing with an empty key")
	}
	return out
}

func (k Key) open(alg byte, aad, sealed []byte) ([]byte, error) {
	if len(sealed) < Overhead {
		return nil, fault.New(fault.Invalid, "seal.form")
	}
	if sealed[0] != alg {
		return nil, fault.New(fault.Invalid, "seal.algorithm")
	}
	var plain []byte
	var err error
	if !k.s.use(func(b []byte) { plain, err = randomNonce(b).Open(nil, nil, sealed[1:], bound(alg, aad)) }) {
		return nil, fault.New(fault.Locked, "seal.key.empty")
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "seal.open")
	}
	return plain, nil
}

func randomNonce(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("seal: aes: " + err.Error())
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("seal: gcm: " + err.Error())
	}
	return aead
}
