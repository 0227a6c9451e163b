package call_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"testing"

	"github.com/opentrm/opentrm/internal/call"
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
