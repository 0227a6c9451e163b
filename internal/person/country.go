package person

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
)

// Country reports whether s has the form of an ISO 3166-1 alpha-2 code, or is XK. It is what is asked of whatever arrives: another
// member may know a country that this program does not.
func Country(s string) bool { return len(s) == 2 && letters(s) && s == strings.ToUpper(s) }

// CountryNow reports whether s is the code of a country of today: of ISO 3166-1, or XK. It is asked where somebody types where a person
// goes or comes from.
func CountryNow(s string) bool { return lang.IsCountry(s) }

// CountryEver is [CountryNow] for what may be older than the countries of today: a passport, a birth certificate, a citizenship that
// somebody still has on paper.
func CountryEver(s string) bool { return CountryNow(s) || slices.Contains(former().Codes, s) }

// NoCountry is the fault of a code that is one of no country, in a field.
func NoCountry(field, code string) error {
	return fault.New(fault.Invalid, "person.country").With("field", field).With("code", code)
}

// formerly is the codes of countries that are no more.
type formerly struct {
	Codes []string `json:"codes"`
}

//go:embed data/former.json
var embedded string

var former = sync.OnceValue(func() (f formerly) {
	_ = json.Unmarshal([]byte(embedded), &f) // a test reads it
	return f
})

// typed judges the countries that somebody wrote down of her. What stood there before may stay: it has arrived from elsewhere.
func (p Person) typed(was *Person) error {
	var before []string
	if was != nil {
		before = was.Citizenships.Value
		for _, d := range was.Documents.Value {
			before = append(before[:len(before):len(before)], d.Country)
		}
	}
	known := func(c string) bool { return CountryEver(c) || slices.Contains(before, c) }
	for _, c := range p.Citizenships.Value {
		if c != Stateless && !known(c) {
			return NoCountry("citizenships", c)
		}
	}
	for _, d := range p.Documents.Value {
		if d.Country != "" && !known(d.Country) {
			return NoCountry("documents.country", d.Country)
		}
	}
	return nil
}
