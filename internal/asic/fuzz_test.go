package asic_test

import (
	"bytes"
	"crypto/rand"
	"testing"

	"github.com/opentrm/opentrm/internal/asic"
	"github.com/opentrm/opentrm/internal/fault"
)

// FuzzParseKey holds that bytes are either a key that signs, or refused as invalid.
func FuzzParseKey(f *testing.F) {
	good, err := asic.NewKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		key, err := asic.ParseKey(b)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Error(err)
			}
			return
		}
		c, err := asic.SelfSigned(rand.Reader, key, asic.Office{Country: "MK", Desk: "MK/x"}, at.AddDate(-1, 0, 0), at.AddDate(1, 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		if err := asic.Pack(new(bytes.Buffer), documents, asic.Signer{Certificate: c, Key: key, Random: rand.Reader}, at); err != nil {
			t.Error(err)
		}
	})
}
