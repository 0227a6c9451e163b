package lang

import (
	"io/fs"

	"golang.org/x/text/language"

	"github.com/opentrm/opentrm/internal/fault"
)

// other is the plural form that every language has.
const other = "other"

// plurals says which form of a message a count needs in one language, as scripts/cldr has drawn it from CLDR: a sign for each count
// below 200, and one for whole millions. From 200 on a count has the form of that from 100 on with the same last two digits.
type plurals struct {
	counts  string
	million byte
}

// pluralFile has the rules of every language that CLDR knows: a node may add any of them.
const pluralFile = "cldr/plurals.json"

// readPlurals reads the rules by the codes of their languages.
func readPlurals(from fs.FS) (map[string]plurals, error) {
	var file struct {
		Rules []struct {
			Of      []string `json:"of"`
			Counts  string   `json:"counts"`
			Million string   `json:"million"`
		} `json:"rules"`
	}
	if err := readJSON(from, pluralFile, &file); err != nil {
		return nil, err
	}
	all := map[string]plurals{}
	for _, r := range file.Rules {
		if len(r.Counts) != 200 || len(r.Million) != 1 {
			return nil, fault.New(fault.Internal, "lang.file")
		}
		for _, code := range r.Of {
			all[code] = plurals{r.Counts, r.Million[0]}
		}
	}
	if all[string(English)].counts == "" {
		return nil, fault.New(fault.Internal, "lang.file")
	}
	return all, nil
}

// pluralsOf returns the rule of a language, or of the language that it is a kind of. One of which no rule is known, as Romani, counts as
// English does: one, and all others.
func (c *Catalogue) pluralsOf(t language.Tag) plurals {
	if p, known := c.plurals[t.String()]; known {
		return p
	}
	base, _ := t.Base()
	if p, known := c.plurals[base.String()]; known {
		return p
	}
	return c.plurals[string(English)]
}

// form returns the plural form that n of something need.
func (p plurals) form(n int) string {
	u := uint(n)
	if n < 0 {
		u = -u
	}
	sign := p.million
	switch {
	case u < 200:
		sign = p.counts[u]
	case u%1_000_000 != 0:
		sign = p.counts[100+u%100]
	}
	switch sign {
	case '0':
		return "zero"
	case '1':
		return "one"
	case '2':
		return "two"
	case 'f':
		return "few"
	case 'm':
		return "many"
	}
	return other
}

// in returns the text of a message in a plural form, "" if it has none. A message that does not depend on a count has the general form.
func (m message) in(form string) string {
	if m.forms != nil {
		return m.forms[form]
	}
	if form == other {
		return m.text
	}
	return ""
}
