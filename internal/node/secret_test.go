package node

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
)

// FuzzParseSecret: what an operator's file holds is 32 bytes in hexadecimal, or refused without being repeated.
func FuzzParseSecret(f *testing.F) {
	for _, s := range []string{strings.Repeat("0a", 32) + "\n", strings.Repeat("00", 32), strings.Repeat("0A", 31), "x", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, err := parseSecret(s)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid || len(s) > 16 && strings.Contains(err.Error(), s) {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		if got := hex.EncodeToString(key.Bytes()); !strings.EqualFold(got, strings.TrimSpace(s)) || strings.Trim(got, "0") == "" {
			t.Errorf("%q is read as %s", s, got)
		}
	})
}
