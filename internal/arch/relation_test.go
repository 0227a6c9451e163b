package arch

import (
	"slices"
	"strings"
	"testing"
)

// TestLinksAreAskedByNothing: who belongs to whom is shown to people and read by no rule. Whoever refers, permits, releases, counts or
// carries cannot know of it, so that it crosses no border and no realm by itself.
func TestLinksAreAskedByNothing(t *testing.T) {
	m, l := read(t)
	if got, want := importers(m, "relation"), []string{"api", "apicase", "askcase", "node", "store", "web", "webplan"}; !slices.Equal(got, want) {
		t.Errorf("relation is imported by %v, want %v", got, want)
	}
	for _, name := range strings.Fields("access person consent casefile careplan referral letter homecoming exchange stats task notify profile message publication backup search retention") {
		if !l.floors.has(name) {
			t.Errorf("%s has no floor", name)
		}
		if l.floors.below[name]["relation"] {
			t.Errorf("the floors let %s import relation", name)
		}
	}
}
