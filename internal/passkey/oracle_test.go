package passkey

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	mathrand "math/rand/v2"
	"testing"

	"github.com/go-webauthn/webauthn/protocol"

	"github.com/opentrm/opentrm/internal/fault"
)

// maker is a passkey that signs what it is told to.
type maker struct {
	Credential
	cose []byte
	sign func(message []byte) []byte
}

// head is the head of a value in CBOR.
func head(kind byte, n int) []byte {
	switch {
	case n < 24:
		return []byte{kind<<5 | byte(n)}
	case n < 256:
		return []byte{kind<<5 | 24, byte(n)}
	}
	return binary.BigEndian.AppendUint16([]byte{kind<<5 | 25}, uint16(n))
}

func octetString(b []byte) []byte { return append(head(2, len(b)), b...) }

func makers(t testing.TB) []maker {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	der := func(key crypto.PublicKey) []byte {
		b, err := x509.MarshalPKIXPublicKey(key)
		must(err)
		return b
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	point, err := ec.PublicKey.Bytes()
	must(err)
	edPublic, ed, err := ed25519.GenerateKey(rand.Reader)
	must(err)
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	hashed := func(s crypto.Signer) func([]byte) []byte {
		return func(message []byte) []byte {
			h := sha256.Sum256(message)
			sig, err := s.Sign(rand.Reader, h[:], crypto.SHA256)
			must(err)
			return sig
		}
	}
	return []maker{
		{
			Credential{ID: []byte("one"), Key: der(&ec.PublicKey), Algorithm: ES256},
			bytes.Join([][]byte{{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21}, octetString(point[1:33]), {0x22}, octetString(point[33:])}, nil), hashed(ec),
		},
		{
			Credential{ID: []byte("two"), Key: der(edPublic), Algorithm: EdDSA},
			append([]byte{0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21}, octetString(edPublic)...), func(m []byte) []byte { return ed25519.Sign(ed, m) },
		},
		{
			Credential{ID: []byte("three"), Key: der(&rs.PublicKey), Algorithm: RS256},
			bytes.Join([][]byte{{0xa4, 1, 3, 3, 0x39, 1, 0, 0x20}, octetString(rs.N.Bytes()), {0x21}, octetString([]byte{1, 0, 1})}, nil), hashed(rs),
		},
	}
}

// oracle is what another implementation says of the same.
func oracle(site Site, challenge []byte, cose []byte, s Signed) error {
	b64 := base64.RawURLEncoding.EncodeToString
	body, err := json.Marshal(map[string]any{
		"id": b64(s.ID), "rawId": b64(s.ID), "type": "public-key",
		"response": map[string]any{"clientDataJSON": b64(s.Client), "authenticatorData": b64(s.Data), "signature": b64(s.Signature), "userHandle": b64([]byte("u"))},
	})
	if err != nil {
		return err
	}
	p, err := protocol.ParseCredentialRequestResponseBytes(body)
	if err != nil {
		return err
	}
	return p.Verify(b64(challenge), site.ID, "", []string{site.Origin}, nil, nil, protocol.TopOriginExplicitVerificationMode, false, true, true, cose, protocol.SignaturePolicy{})
}

// TestAnotherImplementationSaysTheSame: over thousands of assertions that are right or wrong in one place or several and are signed
// as they stand, so that each rule decides by itself. What differs by intent is left out of them and tried below.
func TestAnotherImplementationSaysTheSame(t *testing.T) {
	site := Site{ID: "trm.example.org", Origin: "https://trm.example.org"}
	random := mathrand.New(mathrand.NewPCG(7, 11))
	one := func(all ...any) any { return all[random.IntN(len(all))] }
	seldom := func() bool { return random.IntN(8) == 0 }
	taken, refused := 0, 0
	for _, m := range makers(t) {
		rounds := 1500
		if m.Algorithm == RS256 {
			rounds = 150
		}
		for range rounds {
			challenge := make([]byte, 37)
			for i := range challenge {
				challenge[i] = byte(random.Uint32())
			}
			client := map[string]any{"type": "webauthn.get", "challenge": base64.RawURLEncoding.EncodeToString(challenge), "origin": site.Origin, "crossOrigin": false}
			if seldom() {
				client["type"] = one("webauthn.create", "", "webauthn.get ", 7, nil, []string{"webauthn.get"})
			}
			if seldom() {
				client["challenge"] = one("", base64.RawURLEncoding.EncodeToString(challenge[1:]), base64.StdEncoding.EncodeToString(challenge), base64.URLEncoding.EncodeToString(challenge), 3)
			}
			if seldom() {
				client["origin"] = one("https://trm.example.org.evil.example", "http://trm.example.org", "https://trm.example.org:8443", "https://example.org", "null", "", true)
			}
			if seldom() {
				client["crossOrigin"] = one(true, "false", nil, 0)
			}
			if seldom() {
				delete(client, one("type", "challenge", "origin", "crossOrigin").(string))
			}
			if seldom() {
				client["topOrigin"] = one("https://else.example", site.Origin, "")
			}
			if seldom() {
				client["more"] = one("anything", map[string]any{"a": 1}, nil)
			}
			text, err := json.Marshal(client)
			if err != nil {
				t.Fatal(err)
			}
			if seldom() {
				text = append(text, one(" ", "x", "{}", "\x00").(string)...)
			}
			id := sha256.Sum256([]byte(site.ID))
			if seldom() {
				id[random.IntN(32)] ^= 1 << random.IntN(8)
			}
			flags := byte(flagThere | flagVerified)
			if seldom() {
				flags = byte(random.Uint32()) &^ (flagMade | flagMoved)
			}
			data := binary.BigEndian.AppendUint32(append(id[:], flags), random.Uint32())
			if flags&flagMore != 0 && !seldom() || seldom() {
				data = append(data, 0xa1, 0x61, 'x', 0xf5) // {"x": true}
			}
			if seldom() {
				data = data[:random.IntN(len(data)+1)]
			}
			digest := sha256.Sum256(text)
			s := Signed{ID: m.ID, Data: data, Client: text, Signature: m.sign(append(bytes.Clone(data), digest[:]...))}
			switch {
			case seldom():
				s.Signature[random.IntN(len(s.Signature))] ^= 1 << random.IntN(8)
			case seldom():
				s.Signature = s.Signature[:random.IntN(len(s.Signature))]
			case seldom():
				s.Signature = append(s.Signature, 0)
			}
			c := m.Credential
			c.Moves = len(data) > 32 && data[32]&flagMoves != 0
			_, ours := site.Check(challenge, c, s)
			theirs := oracle(site, challenge, m.cose, s)
			if (ours == nil) != (theirs == nil) {
				t.Fatalf("%d: we say %v, the other says %v, of %s, %x", m.Algorithm, ours, theirs, text, data)
			}
			if ours == nil {
				taken++
			} else {
				refused++
			}
		}
	}
	if taken < 200 || refused < 1000 {
		t.Errorf("%d are taken and %d refused: the test says little", taken, refused)
	}
	t.Logf("%d are taken and %d refused by both", taken, refused)
}

// TestWhereWeAreStricter: each is signed as it stands, and the other implementation takes it.
func TestWhereWeAreStricter(t *testing.T) {
	site := Site{ID: "trm.example.org", Origin: "https://trm.example.org"}
	m := makers(t)[0]
	challenge := []byte("a challenge of the node")
	plain := fmt.Sprintf(`{"type":"webauthn.get","challenge":%q,"origin":"https://trm.example.org"}`, base64.RawURLEncoding.EncodeToString(challenge))
	id := sha256.Sum256([]byte(site.ID))
	try := func(client string, flags byte, count uint32, more ...byte) (Signed, error) {
		data := append(binary.BigEndian.AppendUint32(append(id[:], flags), count), more...)
		digest := sha256.Sum256([]byte(client))
		s := Signed{ID: m.ID, Data: data, Client: []byte(client), Signature: m.sign(append(bytes.Clone(data), digest[:]...))}
		c := m.Credential
		c.Count, c.Moves = 7, flags&flagMoves != 0
		_, err := site.Check(challenge, c, s)
		return s, err
	}
	const right = flagThere | flagVerified
	if _, err := try(plain, right, 8); err != nil {
		t.Fatal(err)
	}
	replaced := func(old, new string) string { return string(bytes.ReplaceAll([]byte(plain), []byte(old), []byte(new))) }
	for name, c := range map[string]struct {
		client string
		flags  byte
		count  uint32
		kind   fault.Kind
	}{
		"names in capitals":         {replaced(`"type"`, `"TYPE"`), right, 8, fault.Denied},
		"a copy that cannot be":     {plain, right | flagMoved, 8, fault.Denied},
		"a counter that stands":     {plain, right, 7, fault.Conflict},
		"a counter that goes back":  {plain, right, 6, fault.Conflict},
		"a counter that is no more": {plain, right, 0, fault.Conflict},
	} {
		s, err := try(c.client, c.flags, c.count)
		if !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
		if err := oracle(site, challenge, m.cose, s); err != nil {
			t.Errorf("%s: the other refuses it too, %v: it belongs above", name, err)
		}
	}
	// A passkey that was bound to its device when it was made, and now says that it moves.
	s, _ := try(plain, right|flagMoves, 8)
	if _, err := site.Check(challenge, m.Credential, s); part(err) != "flags" {
		t.Errorf("a passkey that has become another: %v", err)
	}
	// And where the other is: what extensions say is signed, and nobody here reads it.
	s, err := try(plain, right|flagMore, 8, 0xff)
	if err != nil || oracle(site, challenge, m.cose, s) == nil {
		t.Errorf("extensions that nobody reads: %v", err)
	}
}

// FuzzSigned: whatever a browser sends, nothing that was not signed is taken.
func FuzzSigned(f *testing.F) {
	site, all := vectors(f)
	for _, v := range all {
		f.Add([]byte(v.Signed.Client), []byte(v.Signed.Data), []byte(v.Signed.Signature))
	}
	v := all[5]
	c := Credential{ID: v.ID, Key: spki(f, v.Key), Algorithm: v.Algorithm, Moves: true}
	f.Fuzz(func(t *testing.T, client, data, signature []byte) {
		_, err := site.Check(v.Signed.Challenge, c, Signed{ID: v.ID, Data: data, Client: client, Signature: signature})
		if err == nil && (!bytes.Equal(client, v.Signed.Client) || !bytes.Equal(data, v.Signed.Data)) {
			t.Errorf("taken: %s %x", client, data)
		}
		if err != nil && fault.KindOf(err) == fault.Internal {
			t.Error(err)
		}
	})
}

// FuzzMade: whatever a browser sends, what is kept is what it made for this node.
func FuzzMade(f *testing.F) {
	site, all := vectors(f)
	for _, v := range all {
		f.Add([]byte(v.Made.Client), []byte(v.Made.Data), spki(f, v.Key), v.Algorithm)
	}
	v := all[5]
	f.Fuzz(func(t *testing.T, client, data, key []byte, algorithm int) {
		c, err := site.Take(v.Made.Challenge, Made{ID: v.ID, Key: key, Algorithm: algorithm, Data: data, Client: client})
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Error(err)
			}
			return
		}
		if _, err := c.public(); err != nil || !bytes.Contains(data, c.ID) {
			t.Errorf("taken: %x, %v", data, err)
		}
	})
}
