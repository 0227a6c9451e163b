// Package passkey checks what a browser says a passkey has done (Web Authentication Level 3), and nothing else: it keeps no
// keys, no challenges and no sessions.
//
// A passkey is taken without attestation: nobody can know of which make it is, and nothing here depends on it. Its making therefore
// carries no signature, and is believed only after the new key has signed once.
//
// Invariants:
//   - what is signed was signed for this node, in a page of this node and not in one within another site's, with the key that was
//     kept, after the person was there and proved to the device that it is she;
//   - nothing is read twice: bytes that a parser has not wholly used are refused.
package passkey

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/netip"
	"net/url"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
)

// The algorithms, by their numbers in COSE.
const (
	ES256 = -7
	EdDSA = -8
	RS256 = -257
)

// Algorithms are those with which a new passkey may sign, the best first.
func Algorithms() []int { return []int{EdDSA, ES256, RS256} }

// Bounds of what a browser sends.
const (
	MaxID        = 1023    // bytes of the identifier of a credential
	maxClient    = 4 << 10 // bytes of the client data
	maxData      = 4 << 10 // bytes of the authenticator data
	maxKey       = 2 << 10 // bytes of a public key
	maxSignature = 1 << 10
)

// Site is for whom passkeys are made.
type Site struct {
	ID     string // the host, to which a passkey is bound
	Origin string // scheme, host and port of the pages
}

// SiteOf returns the site of a node that people reach at address, and false if no browser makes passkeys for it: it is not
// reached over an encrypted line, or by a number instead of a name.
func SiteOf(address string) (Site, bool) {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Hostname() == "" {
		return Site{}, false
	}
	host := strings.ToLower(u.Hostname())
	if _, err := netip.ParseAddr(host); err == nil || strings.HasSuffix(host, ".") {
		return Site{}, false
	}
	if u.Scheme != "https" && (u.Scheme != "http" || host != "localhost") {
		return Site{}, false
	}
	at := host
	if port := u.Port(); port != "" && (u.Scheme != "https" || port != "443") && (u.Scheme != "http" || port != "80") {
		at += ":" + port
	}
	return Site{ID: host, Origin: u.Scheme + "://" + at}, true
}

// Credential is what is kept of a passkey.
type Credential struct {
	ID        []byte
	Key       []byte // public half, as SubjectPublicKeyInfo in DER
	Algorithm int
	Count     uint32 // how often it has signed, as far as it says
	Moves     bool   // it may be copied to other devices of hers by its maker
}

// Made is what a browser gives when it has made a passkey.
type Made struct {
	ID        []byte
	Key       []byte
	Algorithm int
	Data      []byte // authenticator data
	Client    []byte // client data, JSON
}

// Signed is what a browser gives when a passkey has signed.
type Signed struct {
	ID        []byte
	Data      []byte
	Client    []byte
	Signature []byte
}

func wrong(why string) error {
	return fault.New(fault.Denied, "signin.passkey.wrong").With("part", why)
}

// Take returns what is to be kept of a passkey that was made for challenge.
//
// It fails with [fault.Denied] if anything about it is not as it must be.
func (s Site) Take(challenge []byte, m Made) (Credential, error) {
	if err := s.client(m.Client, "webauthn.create", challenge); err != nil {
		return Credential{}, err
	}
	a, err := s.data(m.Data)
	if err != nil {
		return Credential{}, err
	}
	if a.flags&flagMade == 0 || len(m.ID) == 0 || len(m.ID) > MaxID || !bytes.Equal(a.id, m.ID) {
		return Credential{}, wrong("credential")
	}
	c := Credential{ID: m.ID, Key: m.Key, Algorithm: m.Algorithm, Count: a.count, Moves: a.flags&flagMoves != 0}
	_, err = c.public()
	return c, err
}

// Check says whether a passkey has signed challenge, and returns it with its counter as it now is.
//
// It fails with [fault.Denied]; and with [fault.Conflict] "signin.passkey.copied" if everything is right but that the counter has not
// gone on: somebody has a copy.
func (s Site) Check(challenge []byte, c Credential, m Signed) (Credential, error) {
	if !bytes.Equal(m.ID, c.ID) {
		return Credential{}, wrong("credential")
	}
	if err := s.client(m.Client, "webauthn.get", challenge); err != nil {
		return Credential{}, err
	}
	a, err := s.data(m.Data)
	if err != nil {
		return Credential{}, err
	}
	if a.flags&flagMade != 0 || (a.flags&flagMoves != 0) != c.Moves {
		return Credential{}, wrong("flags")
	}
	if err := c.verify(m.Data, m.Client, m.Signature); err != nil {
		return Credential{}, err
	}
	if (a.count != 0 || c.Count != 0) && a.count <= c.Count {
		return Credential{}, fault.New(fault.Conflict, "signin.passkey.copied")
	}
	c.Count = a.count
	return c, nil
}

// client reads the client data: what the browser says was asked, and by which page.
func (s Site) client(raw []byte, kind string, challenge []byte) error {
	if len(raw) == 0 || len(raw) > maxClient {
		return wrong("client")
	}
	var in map[string]json.RawMessage // by their names as they are written: a struct would take them in any case
	if err := json.Unmarshal(raw, &in); err != nil {
		return wrong("client")
	}
	var text [3]string
	for i, name := range []string{"type", "challenge", "origin"} {
		if len(in[name]) == 0 || json.Unmarshal(in[name], &text[i]) != nil {
			return wrong("client")
		}
	}
	if text[0] != kind {
		return wrong("type")
	}
	given, err := base64.RawURLEncoding.Strict().DecodeString(text[1])
	if err != nil || len(challenge) == 0 || subtle.ConstantTimeCompare(given, challenge) != 1 {
		return wrong("challenge")
	}
	if text[2] != s.Origin {
		return wrong("origin")
	}
	within := false
	if v, said := in["crossOrigin"]; said && json.Unmarshal(v, &within) != nil || within {
		return wrong("origin")
	}
	if top, said := in["topOrigin"]; said && string(top) != `""` && string(top) != "null" {
		return wrong("origin")
	}
	return nil
}

// The flags of authenticator data.
const (
	flagThere    = 1 << 0 // the person was there
	flagVerified = 1 << 2 // and proved to the device that it is she
	flagMoves    = 1 << 3 // the passkey may be copied to other devices
	flagMoved    = 1 << 4 // and has been
	flagMade     = 1 << 6 // what follows says which passkey was made
	flagMore     = 1 << 7 // extensions follow
)

type authenticator struct {
	flags byte
	count uint32
	id    []byte // of the passkey that was made
}

// data reads authenticator data.
func (s Site) data(raw []byte) (authenticator, error) {
	const fixed = sha256.Size + 1 + 4
	if len(raw) < fixed || len(raw) > maxData {
		return authenticator{}, wrong("data")
	}
	site := sha256.Sum256([]byte(s.ID))
	if subtle.ConstantTimeCompare(raw[:sha256.Size], site[:]) != 1 {
		return authenticator{}, wrong("site")
	}
	a := authenticator{flags: raw[sha256.Size], count: binary.BigEndian.Uint32(raw[sha256.Size+1:])}
	if a.flags&flagThere == 0 || a.flags&flagVerified == 0 {
		return authenticator{}, wrong("verified")
	}
	if a.flags&flagMoved != 0 && a.flags&flagMoves == 0 {
		return authenticator{}, wrong("flags")
	}
	rest := raw[fixed:]
	if a.flags&flagMade != 0 {
		const model = 16
		if len(rest) < model+2 {
			return authenticator{}, wrong("data")
		}
		n := int(binary.BigEndian.Uint16(rest[model:]))
		rest = rest[model+2:]
		if n == 0 || n > MaxID || len(rest) <= n { // its key follows, which the browser gives in another form
			return authenticator{}, wrong("data")
		}
		a.id = rest[:n]
		return a, nil
	}
	if (len(rest) > 0) != (a.flags&flagMore != 0) {
		return authenticator{}, wrong("data")
	}
	return a, nil
}

// public reads the public key, which must be of the kind of its algorithm.
func (c Credential) public() (crypto.PublicKey, error) {
	if len(c.Key) == 0 || len(c.Key) > maxKey {
		return nil, wrong("key")
	}
	key, err := x509.ParsePKIXPublicKey(c.Key)
	if err != nil {
		return nil, wrong("key")
	}
	ok := false
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		ok = c.Algorithm == ES256 && k.Curve == elliptic.P256()
	case ed25519.PublicKey:
		ok = c.Algorithm == EdDSA
	case *rsa.PublicKey:
		ok = c.Algorithm == RS256 && k.N.BitLen() >= 2048 && k.N.BitLen() <= 4096 && k.E >= 3
	}
	if !ok {
		return nil, wrong("key")
	}
	return key, nil
}

func (c Credential) verify(data, client, signature []byte) error {
	key, err := c.public()
	if err != nil {
		return err
	}
	if len(signature) > maxSignature {
		return wrong("signature")
	}
	digest := sha256.Sum256(client)
	signed := append(bytes.Clone(data), digest[:]...)
	hash := sha256.Sum256(signed)
	ok := false
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		ok = ecdsa.VerifyASN1(k, hash[:], signature)
	case ed25519.PublicKey:
		ok = len(signature) == ed25519.SignatureSize && ed25519.Verify(k, signed, signature)
	case *rsa.PublicKey:
		ok = rsa.VerifyPKCS1v15(k, crypto.SHA256, hash[:], signature) == nil
	}
	if !ok {
		return wrong("signature")
	}
	return nil
}
