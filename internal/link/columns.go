package link

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/opentrm/opentrm/internal/fold"
)

//go:embed data/columns.tsv
var columnLines string

var columnKinds = sync.OnceValue(func() map[string]Kind {
	all := map[string]Kind{}
	for line := range strings.Lines(columnLines) {
		kind, names, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for name := range strings.FieldsSeq(names) {
			all[bare(name)] = Kind(kind)
		}
	}
	return all
})

// bare is the name of a column in the folded letters of its words, without what parts them.
func bare(name string) string { return strings.Join(fold.Words(name), "") }

// KindOf returns what a column with a name such as "First name" or "презиме" most likely holds (data/columns.tsv); [None] if its name says
// nothing.
func KindOf(name string) Kind { return columnKinds()[bare(name)] }

// Kinds returns the kinds that a column can be said to have.
func Kinds() []Kind {
	return []Kind{Given, Family, Name, Father, Birth, Precise, Sex, Code, Place, Number, Text}
}

// IsKind reports whether k is one of [Kinds].
func IsKind(k Kind) bool { return slices.Contains(Kinds(), k) }
