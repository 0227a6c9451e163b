package call_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"testing"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/fault"
)

func FuzzContentDigest(f *testing.F) {
	sum := sha256.Sum256([]byte("x"))
	whole := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
	for _, s := range []string{whole, whole + ", md5=:AAAA:", "sha-256=:AAAA:", "sha-256=", "=::", "sha-512=:=:", ",", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		want, err := call.ParseDigest(header)
		if (err == nil) != (len(want) == sha256.Size) {
			t.Fatalf("%x, %v", want, err)
		}
		if err != nil {
			return
		}
		again, err := call.ParseDigest("sha-256=:" + base64.StdEncoding.EncodeToString(want) + ":")
		if err != nil || !bytes.Equal(again, want) {
			t.Errorf("%q is read as %x, and that as %x, %v", header, want, again, err)
		}
	})
}

// FuzzCursor: a cursor is taken for the list it was made for, or refused.
func FuzzCursor(f *testing.F) {
	f.Add(call.After("aaaaaaaaaaaaaaaaaaaaaa", "").Next("last"))
	f.Add(call.After("bbbbbbbbbbbbbbbbbbbbbb", "").Next("last"))
	f.Add("")
	f.Add("%%")
	f.Fuzz(func(t *testing.T, s string) {
		last, err := call.After("aaaaaaaaaaaaaaaaaaaaaa", s).Cursor()
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		if again, err := call.After("aaaaaaaaaaaaaaaaaaaaaa", call.After("aaaaaaaaaaaaaaaaaaaaaa", "").Next(last)).Cursor(); s != "" && (err != nil || again != last || last == "") {
			t.Errorf("%q is read as %q, and that as %q, %v", s, last, again, err)
		}
	})
}
