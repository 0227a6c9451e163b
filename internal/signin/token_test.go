package signin

import (
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Whatever comes as a token is refused, or is one and has one form only.
func FuzzToken(f *testing.F) {
	good := tokenOf(id.User("019cad8f-ac00-7c95-8eff-7eba6235b304"), make([]byte, seal.KeySize))
	for _, s := range []string{good, good + "A", good[1:], tokenPrefix, tokenPrefix + "..", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, raw, err := parseToken(s)
		if err != nil {
			if !fault.Is(err, fault.Locked) || p != "" || raw != nil {
				t.Fatalf("%q: %q, %v", s, p, err)
			}
			return
		}
		if !IsToken(s) || tokenOf(p, raw) != s {
			t.Fatalf("%q is not the one form of its token", s)
		}
	})
}
