package keyring_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// Whatever rests as a grant to a program is refused, or is signed by who it says.
func FuzzParseReading(f *testing.F) {
	key := seal.NewSign(nil)
	r := keyring.Reading{
		Form: "opentrm/reader/1", Member: "MK", Desk: "shelter", User: "u", Kinds: []string{"cases"}, Networks: []string{}, Quota: 1, Until: 2,
		By: "olga", Role: access.DataProtectionOfficer, At: 1, Signer: key.Public(),
	}
	msg, err := frame.Encode(r)
	if err != nil {
		f.Fatal(err)
	}
	good, err := frame.Encode(map[string]any{"reading": r, "signature": key.Sign(seal.DomainReader, msg)})
	if err != nil {
		f.Fatal(err)
	}
	if _, err := keyring.ParseReading(good); err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := keyring.ParseReading(b); err == nil && (r.Form != "opentrm/reader/1" || r.Signer.IsZero()) {
			t.Fatalf("%q", b)
		}
	})
}
