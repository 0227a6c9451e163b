package seal

import (
	"crypto/ed25519"
	"encoding"
	"encoding/hex"
	"io"
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Domain says for what a signature is made. A signature verifies in its own domain only. The list is in
// spec/keys.md section 4.2; a new use takes a new domain, a changed meaning a new number.
type Domain string

// The domains.
const (
	DomainEnvelope    Domain = "opentrm/envelope/1"    // a sealed envelope, by the sending node
	DomainReceipt     Domain = "opentrm/receipt/1"     // what became of an envelope, by the receiving node
	DomainRelay       Domain = "opentrm/relay/1"       // a blind mailbox took an envelope, by its node
	DomainRoster      Domain = "opentrm/roster/1"      // the roster, by root keys
	DomainRootSet     Domain = "opentrm/root-set/1"    // a new root set, by old and new root keys
	DomainDeskSheet   Domain = "opentrm/desk-sheet/1"  // a member's desks, by its authority key
	DomainPublication Domain = "opentrm/publication/1" // a replicated document, by a node or an authority
	DomainTransition  Domain = "opentrm/transition/1"  // a referral transition, by the owning side's node
	DomainErasure     Domain = "opentrm/erasure/1"     // an erasure receipt or list, by a node
	DomainBackup      Domain = "opentrm/backup/1"      // the manifest of a backup archive, by a node
	DomainAssessment  Domain = "opentrm/assessment/1"  // a joint risk assessment, by a person
	DomainOverride    Domain = "opentrm/override/1"    // an override or its second signature, by a person
	DomainRelease     Domain = "opentrm/release/1"     // a release across the realm wall, by a person
	DomainGrant       Domain = "opentrm/grant/1"       // a grant of membership in a desk, by a person
	DomainConclusion  Domain = "opentrm/conclusion/1"  // a conclusion, by a person
	DomainConsent     Domain = "opentrm/consent/1"     // a consent or withdrawal record, by the person who took it
	DomainConference  Domain = "opentrm/conference/1"  // what a case conference decided, by a person
	DomainLetIn       Domain = "opentrm/let-in/1"      // that somebody compared the keys of an account of the office, by a person
	DomainReader      Domain = "opentrm/reader/1"      // a grant to a program that reads, by a person
	DomainOffline     Domain = "opentrm/offline/1"     // what was taken of a draft that was written without a network, by a node
	DomainVeilRun     Domain = "opentrm/veil-run/1"    // what a member says in a run for a shared secret, by its node
	DomainCount       Domain = "opentrm/count/1"       // what a member says in a private count, by its node
	DomainSnapshot    Domain = "opentrm/snapshot/1"    // what was reported, by a person
)

// Domains returns every domain.
func Domains() []Domain {
	return []Domain{
		DomainEnvelope, DomainReceipt, DomainRelay, DomainRoster, DomainRootSet, DomainDeskSheet,
		DomainPublication, DomainTransition, DomainErasure, DomainBackup, DomainAssessment, DomainOverride,
		DomainRelease, DomainGrant, DomainConclusion, DomainConsent, DomainConference, DomainLetIn,
		DomainReader, DomainOffline, DomainVeilRun, DomainCount, DomainSnapshot,
	}
}

// signed is the text that is really signed: spec/keys.md section 4.1.
func (d Domain) signed(msg []byte) []byte {
	if d == "" {
		panic("seal: signature without a domain")
	}
	return frame.Join([]byte(d), msg)
}

// AlgEd25519 names pure Ed25519 (RFC 8032) in the text form of public keys.
const AlgEd25519 = "Ed25519"

// The slots of a signature: the number of an algorithm, then its signature. The second slot waits for a
// post-quantum signature and is empty in this version.
const (
	slotNone    = 0x00
	slotEd25519 = 0x01
)

// SignatureSize is the size in bytes of a [Signature] with an empty second slot.
const SignatureSize = 1 + ed25519.SignatureSize + 1

// Signature is what [SignPrivate.Sign] gives. It is comparable; the zero value is no signature, and its
// text form is empty.
type Signature struct{ raw string }

// SignPublic verifies. It is comparable; the zero value is no key, and its text form is empty.
type SignPublic struct{ raw string }

// SignPrivate signs. Like [Key] it is a handle whose copies share one secret. The zero value is no key.
type SignPrivate struct {
	s   *secret // the seed
	pub SignPublic
}

var (
	_ encoding.TextMarshaler   = Signature{}
	_ encoding.TextUnmarshaler = (*Signature)(nil)
	_ encoding.TextMarshaler   = SignPublic{}
	_ encoding.TextUnmarshaler = (*SignPublic)(nil)
	_ encoding.TextMarshaler   = SignPrivate{}
)

// NewSign draws a pair from random, or from the system if random is nil. It panics if random gives nothing.
func NewSign(random io.Reader) SignPrivate {
	p, err := ParseSignPrivate(draw(random, ed25519.SeedSize))
	if err != nil {
		panic("seal: sign: " + err.Error())
	}
	return p
}

// ParseSignPrivate reads the 32 bytes that [SignPrivate.Bytes] gives.
//
// It fails with [fault.Invalid] if they are no private key.
func ParseSignPrivate(b []byte) (SignPrivate, error) {
	if len(b) != ed25519.SeedSize {
		return SignPrivate{}, fault.New(fault.Invalid, "seal.key.form")
	}
	key := ed25519.NewKeyFromSeed(b)
	pub, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return SignPrivate{}, fault.New(fault.Internal, "seal.key.form")
	}
	return SignPrivate{&secret{bytes: key}, SignPublic{string(pub)}}, nil
}

// Public returns the public half, also after Wipe. The zero SignPrivate has the zero SignPublic.
func (k SignPrivate) Public() SignPublic { return k.pub }

// Bytes returns a copy of the seed (RFC 8032 section 5.1.5), which the caller wipes; nil if the key is
// empty or wiped. The note signatures of the audit log, whose form is c2sp's, are made from it.
func (k SignPrivate) Bytes() []byte {
	var out []byte
	k.s.use(func(b []byte) { out = append(out, ed25519.PrivateKey(b).Seed()...) })
	return out
}

// IsZero reports whether the key is empty or wiped.
func (k SignPrivate) IsZero() bool { return !k.s.use(func([]byte) {}) }

// Wipe overwrites the secret, in every copy of k.
func (k SignPrivate) Wipe() { k.s.wipe() }

// String hides the key.
func (k SignPrivate) String() string { return "seal.SignPrivate(hidden)" }

// GoString hides the key.
func (k SignPrivate) GoString() string { return "seal.SignPrivate(hidden)" }

// MarshalText fails with [fault.Internal]: a private key is wrapped before it is written anywhere.
func (k SignPrivate) MarshalText() ([]byte, error) {
	return nil, fault.New(fault.Internal, "seal.key.text")
}

// Sign signs msg in the domain. It panics if the key or the domain is empty.
func (k SignPrivate) Sign(domain Domain, msg []byte) Signature {
	text := domain.signed(msg)
	raw := make([]byte, 0, SignatureSize)
	raw = append(raw, slotEd25519)
	if !k.s.use(func(b []byte) { raw = append(raw, ed25519.Sign(ed25519.PrivateKey(b), text)...) }) {
		panic("seal: signing with an empty key")
	}
	return Signature{string(append(raw, slotNone))}
}

// ParseSignPublic reads the 32 bytes that [SignPublic.Bytes] gives.
//
// It fails with [fault.Invalid] if they are of another length, not the one spelling of their point, or a
// point of small order, under which one signature fits every message.
func ParseSignPublic(b []byte) (SignPublic, error) {
	if len(b) != ed25519.PublicKeySize || !canonicalPoint(b) || smallOrder(b) {
		return SignPublic{}, fault.New(fault.Invalid, "seal.key.form")
	}
	return SignPublic{string(b)}, nil
}

// canonicalPoint reports whether the coordinate y, little endian without the sign bit, is below 2^255-19.
func canonicalPoint(b []byte) bool {
	if b[31]&0x7f != 0x7f || b[0] < 0xed {
		return true
	}
	return slices.ContainsFunc(b[1:31], func(c byte) bool { return c != 0xff })
}

// smallOrder reports whether y is one of the five coordinates of the eight points of small order:
// 0, 1, -1, and the two of order eight.
func smallOrder(b []byte) bool {
	y := slices.Clone(b)
	y[31] &= 0x7f
	switch hex.EncodeToString(y) {
	case "0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a":
		return true
	}
	return false
}

// Bytes returns the public key; nil for the zero value.
func (k SignPublic) Bytes() []byte {
	if k.raw == "" {
		return nil
	}
	return []byte(k.raw)
}

// IsZero reports whether k is no key.
func (k SignPublic) IsZero() bool { return k.raw == "" }

// ID returns the key's name, as [KEMPublic.ID] does. Empty for the zero value.
func (k SignPublic) ID() id.Key { return keyID(k.raw) }

// MarshalText returns "Ed25519:base64url", and empty text for the zero value. It does not fail.
func (k SignPublic) MarshalText() ([]byte, error) {
	if k.raw == "" {
		return []byte{}, nil
	}
	return withPrefix(AlgEd25519, k.raw), nil
}

// UnmarshalText reads the form that [SignPublic.MarshalText] writes.
//
// It fails with [fault.Invalid] for any other text and any other algorithm.
func (k *SignPublic) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*k = SignPublic{}
		return nil
	}
	raw, err := cutPrefix(AlgEd25519, text)
	if err != nil {
		return err
	}
	*k, err = ParseSignPublic(raw)
	return err
}

// Verify checks that sig was made over msg in the domain with the private half of k.
//
// It fails with [fault.Invalid] if it was not, or if k, sig or domain is empty.
func (k SignPublic) Verify(domain Domain, msg []byte, sig Signature) error {
	if k.raw == "" || sig.raw == "" || domain == "" {
		return fault.New(fault.Invalid, "seal.signature.missing")
	}
	if !ed25519.Verify([]byte(k.raw), domain.signed(msg), []byte(sig.raw[1:1+ed25519.SignatureSize])) {
		return fault.New(fault.Invalid, "seal.signature.wrong")
	}
	return nil
}

// ParseSignature reads the bytes that [Signature.Bytes] gives.
//
// It fails with [fault.Invalid] and the key "seal.algorithm" if a slot holds an algorithm that is not
// known, and "seal.signature.form" otherwise.
func ParseSignature(b []byte) (Signature, error) {
	switch {
	case len(b) == 0:
		return Signature{}, fault.New(fault.Invalid, "seal.signature.form")
	case b[0] != slotEd25519:
		return Signature{}, fault.New(fault.Invalid, "seal.algorithm")
	case len(b) < SignatureSize:
		return Signature{}, fault.New(fault.Invalid, "seal.signature.form")
	case b[SignatureSize-1] != slotNone:
		return Signature{}, fault.New(fault.Invalid, "seal.algorithm")
	case len(b) > SignatureSize:
		return Signature{}, fault.New(fault.Invalid, "seal.signature.form")
	}
	return Signature{string(b)}, nil
}

// Bytes returns the signature with its slots; nil for the zero value.
func (s Signature) Bytes() []byte {
	if s.raw == "" {
		return nil
	}
	return []byte(s.raw)
}

// IsZero reports whether s is no signature.
func (s Signature) IsZero() bool { return s.raw == "" }

// MarshalText returns the base64url form of the bytes, and empty text for the zero value. It does not fail.
func (s Signature) MarshalText() ([]byte, error) { return Blob(s.raw).MarshalText() }

// UnmarshalText reads the form that [Signature.MarshalText] writes.
//
// It fails as [ParseSignature] does, and with [fault.Invalid] for text that is not base64url.
func (s *Signature) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*s = Signature{}
		return nil
	}
	var raw Blob
	if err := raw.UnmarshalText(text); err != nil {
		return err
	}
	parsed, err := ParseSignature(raw)
	*s = parsed
	return err
}
