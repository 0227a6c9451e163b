package issuer

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/opentrm/opentrm/internal/fault"
)

// FuzzToken: whatever stands in an ID token, without the key of the issuer nobody is known by it, and nothing breaks.
func FuzzToken(f *testing.F) {
	half, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	now := func() time.Time { return time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC) }
	o := &one{Config: Config{URL: "https://login.example", Client: "trm"}, now: now}
	keys := &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{half.Public()}}
	m := &met{keys: keys, verify: oidc.NewVerifier(o.URL, keys, &oidc.Config{
		ClientID: o.Client, SupportedSigningAlgs: twoHalves(), SkipExpiryCheck: true, Now: now,
	})}
	for _, s := range []string{
		"", "..", "a.b.c", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUiLCJhdWQiOiJ0cm0iLCJzdWIiOiJ4Iiwibm9uY2UiOiJuIn0.",
		"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUiLCJhdWQiOiJ0cm0ifQ.AAAA",
		"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOjF9.AAAA", `{"payload":"e30","signatures":[{"protected":"eyJhbGciOiJFUzI1NiJ9","signature":"AAAA"}]}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if said, err := o.believe(context.Background(), m, raw, "", "n"); err == nil || !fault.Is(err, fault.Denied) {
			t.Errorf("%q: %+v, %v", raw, said, err)
		}
	})
}

// FuzzParse: a file of issuers is taken whole or not at all.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"issuers":[{"name":"state","title":"State","issuer":"https://login.example","client":"trm","secret-file":"/x","max-age":"10m"}]}`))
	f.Add([]byte(`{"issuers":[{}]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := Parse(b, func(string) ([]byte, error) { return nil, errors.New("no file") })
		if err != nil {
			return
		}
		if made, err := New(all, false, time.Now); err == nil {
			for _, o := range made.all {
				if o.Name == "" || o.URL == "" || o.Secret != "" {
					t.Errorf("%+v is taken", o.Config)
				}
			}
		}
	})
}
