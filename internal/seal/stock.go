package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/mlkem"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha3"
	"encoding/binary"
	"runtime"
	"sync"

	"github.com/opentrm/opentrm/internal/fault"
)

// Bounds of a stock.
const (
	stockKeys  = 32 // public keys for which secrets are kept ready
	stockFirst = 8  // secrets ready for one of them, at first
	stockMost  = 64 // and at most
)

// Stock seals as [KEMPublic.Seal] does, with the costly half of the work done ahead: while nothing else is to be done it
// agrees on secrets with the public keys to which it has sealed, and keeps as many ready as are asked for at once. What is
// sealed is the same to the byte but for its randomness, and is bound to info and aad when it is sealed, not before.
//
// A secret is in memory only, is used once and is overwritten after it. It alone decides nothing: the key of the cipher comes
// out of the secret and info together, so that two copies of one process (a virtual machine that was set back) that use the
// same secret for different envelopes do not use the same key.
//
// The zero value is ready. A nil Stock keeps nothing and seals all the same. It is safe for use by many goroutines.
type Stock struct {
	mu      sync.Mutex
	shelves map[KEMPublic]*shelf
	uses    uint64
}

// shelf holds what is ready for one public key.
type shelf struct {
	to      target
	ready   []agreed
	want    int    // how many should be ready
	filling bool   // somebody does
	filled  bool   // it was full once
	used    uint64 // when, counted in uses of the stock
}

// Seal encrypts plain to k, bound to info and aad.
//
// It fails as [KEMPublic.Seal] does.
func (s *Stock) Seal(k KEMPublic, info, aad, plain []byte) ([]byte, error) {
	a, ok := s.take(k)
	if !ok {
		return k.Seal(info, aad, plain)
	}
	defer clear(a.secret)
	return a.seal(info, aad, plain)
}

// take takes a secret off the shelf of k, and sees to it that others will be there.
func (s *Stock) take(k KEMPublic) (agreed, bool) {
	if s == nil || k.IsZero() {
		return agreed{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.shelf(k)
	if h == nil {
		return agreed{}, false
	}
	s.uses++
	h.used = s.uses
	var a agreed
	n := len(h.ready)
	if n > 0 {
		a, h.ready[n-1] = h.ready[n-1], agreed{}
		h.ready = h.ready[:n-1]
	} else if h.filled {
		h.want = min(2*h.want, stockMost)
	}
	if !h.filling && len(h.ready) <= h.want/2 { // seldom: to wake somebody costs more than to seal
		h.filling = true
		go s.fill(h)
	}
	return a, n > 0
}

// shelf returns the shelf of k, instead of the one that was used longest ago if there are too many; nil if k is not well
// formed.
func (s *Stock) shelf(k KEMPublic) *shelf {
	if h := s.shelves[k]; h != nil {
		return h
	}
	to, err := newTarget(k)
	if err != nil {
		return nil
	}
	if len(s.shelves) >= stockKeys {
		var oldest KEMPublic
		for key, h := range s.shelves {
			if oldest.IsZero() || h.used < s.shelves[oldest].used {
				oldest = key
			}
		}
		s.drop(oldest)
	}
	if s.shelves == nil {
		s.shelves = make(map[KEMPublic]*shelf)
	}
	h := &shelf{to: to, want: stockFirst}
	s.shelves[k] = h
	return h
}

func (s *Stock) drop(k KEMPublic) {
	h := s.shelves[k]
	delete(s.shelves, k)
	h.want = 0
	for _, a := range h.ready {
		clear(a.secret)
	}
	h.ready = nil
}

// Wipe overwrites what is ready. A stock that is used afterwards begins anew.
func (s *Stock) Wipe() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.shelves {
		s.drop(k)
	}
}

// fill makes ready what is wanted, and lets everybody else go first.
func (s *Stock) fill(h *shelf) {
	for {
		s.mu.Lock()
		if len(h.ready) >= h.want {
			h.filling, h.filled = false, true
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		a, err := h.to.agree()
		s.mu.Lock()
		switch {
		case err != nil:
			h.want = len(h.ready) // KEMPublic.Seal says what is wrong
		case len(h.ready) < h.want:
			h.ready = append(h.ready, a)
		default: // the shelf was dropped
			clear(a.secret)
		}
		s.mu.Unlock()
		runtime.Gosched()
	}
}

// What follows is the sender's half of HPKE in base mode (RFC 9180 sections 4 and 5.1) for [SuiteHybrid], taken apart where
// the standard library offers it in one piece only: agree is Encap of MLKEM768-X25519 (draft-ietf-hpke-pq, X-Wing), seal is
// the key schedule and the first message. A test holds it against the library.

// target is a public key that was read.
type target struct {
	post    *mlkem.EncapsulationKey768
	classic *ecdh.PublicKey
}

func newTarget(k KEMPublic) (target, error) {
	b := []byte(k.raw)
	if len(b) != KEMPublicSize {
		return target{}, fault.New(fault.Invalid, "seal.key.form")
	}
	post, err := mlkem.NewEncapsulationKey768(b[:mlkem.EncapsulationKeySize768])
	if err != nil {
		return target{}, fault.Wrap(fault.Invalid, "seal.key.form", err)
	}
	classic, err := ecdh.X25519().NewPublicKey(b[mlkem.EncapsulationKeySize768:])
	if err != nil {
		return target{}, fault.Wrap(fault.Invalid, "seal.key.form", err)
	}
	return target{post, classic}, nil
}

// agreed is a secret shared with the owner of a key, and what tells her which.
type agreed struct{ secret, enc []byte }

// agree draws a secret.
func (t target) agree() (agreed, error) {
	one, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return agreed{}, fault.Wrap(fault.Internal, "seal.kem", err)
	}
	classic, err := one.ECDH(t.classic)
	if err != nil {
		return agreed{}, fault.Wrap(fault.Internal, "seal.kem", err)
	}
	post, enc := t.post.Encapsulate()
	public := one.PublicKey().Bytes()
	h := sha3.New256()
	for _, part := range [][]byte{post, classic, public, t.classic.Bytes(), []byte(`\./` + `/^\`)} {
		h.Write(part)
	}
	clear(post)
	clear(classic)
	return agreed{h.Sum(nil), append(enc, public...)}, nil
}

// suiteID names the suite in each derivation: KEM 0x647a, KDF 0x0001, AEAD 0x0002.
const suiteID = "HPKE\x64\x7a\x00\x01\x00\x02"

// seal encrypts plain.
func (a agreed) seal(info, aad, plain []byte) ([]byte, error) {
	key, nonce, err := a.schedule(info)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "seal.kem", err)
	}
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "seal.kem", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "seal.kem", err)
	}
	out := make([]byte, 0, KEMOverhead+len(plain))
	out = append(out, algKEM)
	out = append(out, a.enc...)
	return gcm.Seal(out, nonce, plain, aad), nil
}

// schedule derives the key and the nonce of the first message.
func (a agreed) schedule(info []byte) (key, nonce []byte, err error) {
	about, err := labeledExtract(nil, "info_hash", info)
	if err != nil {
		return nil, nil, err
	}
	none, err := labeledExtract(nil, "psk_id_hash", nil)
	if err != nil {
		return nil, nil, err
	}
	context := append(append([]byte{0}, none...), about...)
	secret, err := labeledExtract(a.secret, "secret", nil)
	if err != nil {
		return nil, nil, err
	}
	defer clear(secret)
	if key, err = labeledExpand(secret, "key", context, KeySize); err != nil {
		return nil, nil, err
	}
	nonce, err = labeledExpand(secret, "base_nonce", context, 12)
	return key, nonce, err
}

// labeledExtract is LabeledExtract.
func labeledExtract(salt []byte, label string, input []byte) ([]byte, error) {
	text := make([]byte, 0, 64+len(input))
	text = append(text, "HPKE-v1"+suiteID...)
	text = append(text, label...)
	return hkdf.Extract(sha256.New, append(text, input...), salt)
}

// labeledExpand is LabeledExpand.
func labeledExpand(secret []byte, label string, context []byte, length uint16) ([]byte, error) {
	text := binary.BigEndian.AppendUint16(nil, length)
	text = append(text, "HPKE-v1"+suiteID...)
	text = append(text, label...)
	return hkdf.Expand(sha256.New, secret, string(append(text, context...)), int(length))
}
