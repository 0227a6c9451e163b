package search

import (
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/person"
)

// Query is what is looked for. A name is looked for as it sounds, in any script, with its words in any order, and with slips; what else is
// known of her speaks for or against each record. The number of a document or a telephone finds by itself.
type Query struct {
	Name        string
	Document    string
	Phone       string
	Born        string // yyyy, yyyy-mm or yyyy-mm-dd; empty: not known
	Sex         person.Sex
	Citizenship string
}

// mostSought is how many words of a name are looked for. What a query has beyond them is not seen.
const mostSought = 8

// sought is a query as it is compared.
type sought struct {
	words       []Word
	document    string
	phone       string
	born        person.Birth
	sex         person.Sex
	citizenship string
}

// folded returns what is compared, for each version of the fold, the oldest of which stands first.
//
// It fails with [fault.Invalid] "search.few" where it would fit too many people: a name that is one word to the newest version,
// without a year of birth; and "search.field" with what is malformed.
func (q Query) folded(folds []fold.Fold) (map[int64]sought, error) {
	out := map[int64]sought{}
	for i, f := range folds {
		one, err := q.fold(f)
		if i < len(folds)-1 {
			if err == nil {
				out[f.Version] = one
			}
			continue // what an older version cannot take, nothing that it folded has
		}
		if one.document == "" && one.phone == "" && len(one.words) < 2 && (len(one.words) == 0 || one.born.Year == 0) && err == nil {
			err = fault.New(fault.Invalid, "search.few")
		}
		if err != nil {
			return nil, err
		}
		out[f.Version] = one
	}
	return out, nil
}

func (q Query) fold(by fold.Fold) (sought, error) {
	bad := func(field string) error { return fault.New(fault.Invalid, "search.field").With("field", field) }
	out := sought{document: by.Document(q.Document), phone: fold.Phone(q.Phone), sex: q.Sex, citizenship: strings.ToUpper(strings.TrimSpace(q.Citizenship))}
	if len(q.Name) > 1000 {
		return sought{}, bad("name")
	}
	words := wordsOf(by, q.Name)
	if len(words) > maxWords {
		return sought{}, bad("name")
	}
	for _, w := range words {
		if w = soundOf(by.Version, w); len(w) > 0 && !slices.ContainsFunc(out.words, func(known Word) bool { return known[0] == w[0] }) {
			out.words = append(out.words, w)
		}
	}
	out.words = out.words[:min(len(out.words), mostSought)]
	if len(out.document) > maxWord || out.document != "" && len(out.document) < 4 {
		return sought{}, bad("document")
	}
	if q.Phone != "" && out.phone == "" || len(q.Phone) > maxWord {
		return sought{}, bad("phone")
	}
	if q.Sex != "" && !slices.Contains(sexes[:], q.Sex) {
		return sought{}, bad("sex")
	}
	if out.citizenship == strings.ToUpper(person.Stateless) {
		out.citizenship = person.Stateless
	}
	if out.citizenship != "" && out.citizenship != person.Stateless && !person.Country(out.citizenship) {
		return sought{}, bad("citizenship")
	}
	if q.Born != "" {
		if !person.Day(q.Born + map[int]string{4: "-01-01", 7: "-01", 10: ""}[len(q.Born)]) {
			return sought{}, bad("born")
		}
		for i, part := range strings.Split(q.Born, "-") {
			n, err := strconv.Atoi(part)
			if err != nil {
				return sought{}, bad("born")
			}
			*[]*int{&out.born.Year, &out.born.Month, &out.born.Day}[i] = n
		}
	}
	return out, nil
}

// soundOf returns the ways in which a word sounds: those of version 1 rest as they are spelled. A word with a digit is left as it is.
func soundOf(version int64, w Word) Word {
	if version >= sounding {
		return w
	}
	return fold.Sounds(w[0])
}

// By says by what a record was found.
type By string

// What a record is found by.
const (
	ByName     By = "name"
	ByDocument By = "document"
	ByPhone    By = "phone"
)
