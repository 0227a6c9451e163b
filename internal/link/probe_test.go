package link

import (
	"testing"

	"pgregory.net/rapid"
)

// A word comes back as it was written, and what a probe says of two words is their distance, whichever of them is the probe; none within two
// letters is passed over.
func TestProbesMissNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[abcdehiknorstuvz2]{1,9}`)
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		la, ma := Letters([]byte("before"), a)
		lb, mb := Letters(nil, b)
		la = la[len("before"):]
		if Sound(la) != a || Sound(lb) != b {
			t.Fatalf("%q came back as %q, %q as %q", a, Sound(la), b, Sound(lb))
		}
		want := plainEdits(la, lb)
		for _, side := range []struct {
			p       Probe
			letters []byte
			mark    uint64
		}{{NewProbe(a), lb, mb}, {NewProbe(b), la, ma}} {
			if d, ok := side.p.Edits(side.letters, side.mark); ok != (want <= 2) || ok && d != want {
				t.Fatalf("%q and %q: %d, %v, want %d", a, b, d, ok, want)
			}
		}
	})
}
