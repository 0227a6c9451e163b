package published

import (
	_ "embed"
	"strings"
	"sync"
)

// spellings is what stands in the GLOTIP file and what it is taken for; its head says how it is written and who read it.
//
//go:embed data/glotip-names.tsv
var spellings string

// What [Origin] returns beside the codes of countries.
const (
	Own       = "own"       // the country that reports
	Foreign   = "foreign"   // another country, without saying which
	Abroad    = "abroad"    // as Foreign, of a repatriation
	Stateless = "stateless" //
	Group     = "group"     // several countries
	heading   = "heading"   // of the form
	sum       = "total"     //
	former    = "-former"   // suffix
)

// table is the codes by what is written, in lower case, and the names that are usual.
type table struct {
	codes map[string]string
	usual map[string]bool
}

var origins = sync.OnceValue(func() table {
	all := table{map[string]string{}, map[string]bool{}}
	for line := range strings.Lines(spellings) {
		code, names, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok || strings.HasPrefix(code, "#") {
			continue
		}
		for name := range strings.SplitSeq(names, "|") {
			if own, ok := strings.CutPrefix(name, "="); ok {
				all.usual[own], name = true, strings.ToLower(own)
			}
			all.codes[name] = code
		}
	}
	return all
})

// Origin returns what a citizenship or country that was typed by hand stands for: an ISO 3166-1 alpha-2 code or XK, [Own], [Foreign],
// [Abroad], [Stateless], [Unknown], [Group], [All] for a sum, or a code with "-former" for a state that is no more. It is false for what
// no table of ours has.
func Origin(written string) (code string, ok bool) {
	code, ok = origins().codes[strings.ToLower(strings.TrimSpace(written))]
	switch code {
	case heading:
		return "", false
	case sum:
		return All, true
	}
	return code, ok
}

// origin reads the category of a row and says what fell into a trap.
func (g *Glotip) origin(line int64, written string) (string, bool) {
	fell := func(t Trap) { g.traps.fell(t, line, written) }
	g.names[written] = struct{}{}
	lower := strings.ToLower(strings.TrimSpace(written))
	if strings.ContainsRune(written, '\uFFFD') {
		fell(LostLetter)
	}
	switch {
	case question.MatchString(written):
		fell(Placeholder)
		return "", false
	case strings.Trim(lower, "0123456789") == "":
		fell(NumberAsName)
		return "", false
	}
	code, ok := origins().codes[lower]
	switch {
	case !ok:
		fell(Strange)
		return "", false
	case code == heading:
		fell(Heading)
		return "", false
	case code == sum:
		fell(SumInList)
		return All, true
	case code == Group:
		fell(Several)
	case strings.HasSuffix(code, former):
		fell(Former)
	case len(code) == 2 && !origins().usual[written]:
		fell(Spelling)
	}
	return code, true
}
