package passkey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"os"
	"slices"
	"testing"

	"github.com/go-webauthn/webauthn/protocol/webauthncose"

	"github.com/opentrm/opentrm/internal/fault"
)

type octets []byte

func (o *octets) UnmarshalText(text []byte) (err error) {
	*o, err = hex.DecodeString(string(text))
	return err
}

type vector struct {
	Section   string
	Algorithm int
	ID, Key   octets
	Made      struct {
		Challenge, Client, Data octets
		Refused                 string
	}
	Signed struct {
		Challenge, Client, Data, Signature octets
		Refused                            string
	}
}

func vectors(t testing.TB) (Site, []vector) {
	t.Helper()
	raw, err := os.ReadFile("testdata/w3c.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Site, Origin string
		Vectors      []vector
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return Site{ID: file.Site, Origin: file.Origin}, file.Vectors
}

// spki is a key of COSE in the form that a browser gives.
func spki(t testing.TB, cose []byte) []byte {
	t.Helper()
	parsed, err := webauthncose.ParsePublicKey(cose)
	if err != nil {
		t.Fatal(err)
	}
	var key crypto.PublicKey
	switch k := parsed.(type) {
	case webauthncose.EC2PublicKeyData:
		curve := map[int64]elliptic.Curve{1: elliptic.P256(), 2: elliptic.P384(), 3: elliptic.P521()}[k.Curve]
		if key, err = ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, k.XCoord, k.YCoord)); err != nil {
			t.Fatal(err)
		}
	case webauthncose.OKPPublicKeyData:
		key = ed25519.PublicKey(k.XCoord)
	case webauthncose.RSAPublicKeyData:
		key = &rsa.PublicKey{N: new(big.Int).SetBytes(k.Modulus), E: int(new(big.Int).SetBytes(k.Exponent).Int64())}
	default:
		t.Fatalf("a key of another kind: %T", parsed)
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func part(err error) string {
	if err == nil {
		return ""
	}
	_, _, args := fault.Public(err)
	return args["part"]
}

// TestTheVectorsOfTheStandard: what the standard publishes is taken and refused as it should be, and every signature of an algorithm
// that we take is found to be right, and wrong when one bit of anything that it covers is another.
func TestTheVectorsOfTheStandard(t *testing.T) {
	site, all := vectors(t)
	if len(all) < 11 {
		t.Fatalf("only %d vectors", len(all))
	}
	for _, v := range all {
		c := Credential{ID: v.ID, Key: spki(t, v.Key), Algorithm: v.Algorithm, Moves: v.Signed.Data[32]&flagMoves != 0}
		made := Made{ID: v.ID, Key: c.Key, Algorithm: v.Algorithm, Data: v.Made.Data, Client: v.Made.Client}
		if _, err := site.Take(v.Made.Challenge, made); part(err) != v.Made.Refused {
			t.Errorf("%s, made: %v, want %q", v.Section, err, v.Made.Refused)
		}
		signed := Signed{ID: v.ID, Data: v.Signed.Data, Client: v.Signed.Client, Signature: v.Signed.Signature}
		if _, err := site.Check(v.Signed.Challenge, c, signed); part(err) != v.Signed.Refused {
			t.Errorf("%s, signed: %v, want %q", v.Section, err, v.Signed.Refused)
		}
		if _, err := c.public(); err != nil {
			continue
		}
		if err := c.verify(v.Signed.Data, v.Signed.Client, v.Signed.Signature); err != nil {
			t.Errorf("%s: its signature: %v", v.Section, err)
		}
		for _, b := range [][]byte{v.Signed.Data, v.Signed.Client, v.Signed.Signature} {
			b[len(b)/2] ^= 1
			if c.verify(v.Signed.Data, v.Signed.Client, v.Signed.Signature) == nil {
				t.Errorf("%s: a signature over something else is taken", v.Section)
			}
			b[len(b)/2] ^= 1
		}
	}
}

func TestTheSiteIsWhereTheNodeIsReached(t *testing.T) {
	for address, want := range map[string]Site{
		"https://trm.example.org":       {"trm.example.org", "https://trm.example.org"},
		"https://TRM.example.org:443/x": {"trm.example.org", "https://trm.example.org"},
		"https://trm.example.org:8443":  {"trm.example.org", "https://trm.example.org:8443"},
		"http://localhost:8080":         {"localhost", "http://localhost:8080"},
		"http://trm.example.org":        {},
		"https://192.0.2.7":             {},
		"https://[2001:db8::1]:8443":    {},
		"https://trm.example.org.":      {},
		"https://a:b@trm.example.org":   {},
		"trm.example.org":               {},
		"":                              {},
	} {
		if got, ok := SiteOf(address); got != want || ok != (want != Site{}) {
			t.Errorf("%q: %v, %v", address, got, ok)
		}
	}
}
