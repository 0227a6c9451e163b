package signin

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
)

// FuzzParseSecret: a cookie or a link is read in one spelling only, and what is not one is refused like a wrong one.
func FuzzParseSecret(f *testing.F) {
	for _, s := range []string{strings.Repeat("A", 43), strings.Repeat("A", 42) + "B", strings.Repeat("_-", 22), "", "A=", strings.Repeat("A", 43) + "\n", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		raw, hash, err := parseSecret(s)
		if err != nil {
			if !fault.Is(err, fault.Denied) || raw != nil || hash != nil {
				t.Errorf("%q: %v, %x", s, err, raw)
			}
			return
		}
		if base64.RawURLEncoding.EncodeToString(raw) != s || len(raw) != 32 || len(hash) != 32 {
			t.Errorf("%q is read as %x", s, raw)
		}
	})
}
