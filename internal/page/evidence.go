package page

import (
	"strings"

	"github.com/opentrm/opentrm/internal/search"
)

// weight is the word for how much something says by its bits.
func weight(bits float64) string {
	switch {
	case bits >= 8:
		return "much"
	case bits >= 2:
		return "for"
	case bits > -2:
		return "little"
	case bits > -6:
		return "against"
	}
	return "much-against"
}

// Evidence says in words and in bits what speaks for two records being of one person and what against, field by field, in one line each.
func (v *Visit) Evidence(all []search.Evidence) []string {
	var out []string
	for _, e := range all {
		key := "search.why." + e.Field + "." + e.Level
		what := v.P.Text(key)
		if e.Field == search.FieldName {
			what = v.P.Text(key, "n", v.P.Number(int64(e.N)))
		}
		out = append(out, v.P.Text("search.why", "what", what, "weight", v.P.Text("search.why."+weight(e.Bits)), "bits", v.signedBits(e.Bits)))
	}
	return out
}

// signedBits is a whole number with its sign.
func (v *Visit) signedBits(n float64) string {
	if n > 0 {
		return "+" + v.P.Number(int64(n))
	}
	return v.P.Number(int64(n))
}

// FoundBy is by what a record was found, with what speaks for it and against it beside it.
func (v *Visit) FoundBy(by search.By, why []search.Evidence) Cell {
	return Cell{Text: v.Word("search.by.", string(by)), Small: Plain(strings.Join(v.Evidence(why), "; "))}
}
