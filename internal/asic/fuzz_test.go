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

// FuzzParseCertificate holds that bytes are either a certificate, which keeps them as they were, or refused as invalid.
func FuzzParseCertificate(f *testing.F) {
	raw, err := asic.NewKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	key, err := asic.ParseKey(raw)
	if err != nil {
		f.Fatal(err)
	}
	c, err := asic.SelfSigned(rand.Reader, key, asic.Office{Country: "MK", Desk: "MK/x"}, at.AddDate(-1, 0, 0), at.AddDate(1, 0, 0))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(c.Raw)
	f.Add(c.Raw[:len(c.Raw)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := asic.ParseCertificate(b)
		if err == nil && !bytes.Equal(c.Raw, b) || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%x: %v", b, err)
		}
	})
}
