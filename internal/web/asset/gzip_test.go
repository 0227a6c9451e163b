package asset

import (
	"strings"
	"testing"
)

// FuzzAcceptsGzip: nobody is sent what was never said to be understood.
func FuzzAcceptsGzip(f *testing.F) {
	for _, s := range []string{"gzip", "gzip;q=0, *", "br, *;q=0.1", "x-gzip;q=NaN", "identity", ";,=", "gzip; q=0.0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		low := strings.ToLower(header)
		if AcceptsGzip([]string{header}) && !strings.Contains(low, "gzip") && !strings.Contains(low, "*") {
			t.Errorf("%q", header)
		}
		if AcceptsGzip([]string{"gzip;q=0", header}) {
			t.Errorf("%q after a refusal", header)
		}
	})
}
