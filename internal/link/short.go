package link

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/opentrm/opentrm/internal/fold"
)

//go:embed data/short.tsv
var shortLines string

// called says of a sounding word which names it is, and of which it is a short form, by their lines.
type called struct{ names, shorts []uint16 }

var shortForms = sync.OnceValue(func() map[string]*called {
	all := map[string]*called{}
	at := func(sound string) *called {
		c, ok := all[sound]
		if !ok {
			c = &called{}
			all[sound] = c
		}
		return c
	}
	n := uint16(0)
	for line := range strings.Lines(shortLines) {
		name, shorts, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for _, s := range fold.Sounds(name) {
			at(s).names = append(at(s).names, n)
		}
		for short := range strings.FieldsSeq(shorts) {
			for _, s := range fold.Sounds(short) {
				at(s).shorts = append(at(s).shorts, n)
			}
		}
		n++
	}
	return all
})

// calledAs reports whether one of two words is a short form of the other (data/short.tsv). Two short forms of one name are not taken for each
// other.
func calledAs(a, b *called) bool {
	if a == nil || b == nil {
		return false
	}
	for x, y := a, b; ; x, y = b, a {
		for _, n := range x.names {
			for _, m := range y.shorts {
				if n == m {
					return true
				}
			}
		}
		if x == b {
			return false
		}
	}
}
