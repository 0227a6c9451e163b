// Package sdmx writes tables in the forms in which statistical offices take them: SDMX-ML 2.1 (structure, and structure-specific data in
// series), SDMX-CSV 2.0, SDMX-JSON 2.1, a plain table with CSVW metadata, and a DCAT-AP catalogue. It knows codes and numbers and nothing
// of what they mean.
//
// Readers are particular, so the forms are narrow on purpose: series with the time period at the observation, the dataflow as the structure
// of CSV, "NaN" and null for what is missing. What is missing is always written as such, and never as a zero or as nothing.
//
// Specifications: SDMX 2.1 technical specifications (2011, revised 2013, 2020); SDMX-CSV 2.0; SDMX-JSON 2.1 (github.com/sdmx-twg); W3C
// "Metadata Vocabulary for Tabular Data" (2015); DCAT-AP 3.0.
package sdmx

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
)

// Text is a text by language, as BCP 47 names it.
type Text map[string]string

// English is a text in English alone.
func English(s string) Text { return Text{"en": s} }

// languages returns those of a text, English first.
func (t Text) languages() []string {
	all := slices.Sorted(maps.Keys(t))
	if i := slices.Index(all, "en"); i > 0 {
		all = slices.Insert(slices.Delete(all, i, i+1), 0, "en")
	}
	return all
}

// main is the text in the first of its languages.
func (t Text) main() string {
	for _, l := range t.languages() {
		return t[l]
	}
	return ""
}

// Code is a value of a code list.
type Code struct {
	ID   string `json:"id"`
	Name Text   `json:"name"`
}

// Codelist is the values that a dimension or an attribute can have.
type Codelist struct {
	Agency  string `json:"agency"`
	ID      string `json:"id"`
	Version string `json:"version"`
	Name    Text   `json:"name"`
	Codes   []Code `json:"codes"`
}

// Component is a dimension, or an attribute of an observation.
type Component struct {
	ID       string `json:"id"`
	Name     Text   `json:"name"`
	Codelist string `json:"codelist,omitzero"` // identifier of one of the structure's; empty: a text, of an attribute only
}

// Structure is what a table is made of. The time period and the value stand in every one and are not listed.
type Structure struct {
	Agency      string      `json:"agency"`
	ID          string      `json:"id"` // of the structure and of its dataflow
	Version     string      `json:"version"`
	Name        Text        `json:"name"`
	Description Text        `json:"description,omitzero"`
	Codelists   []Codelist  `json:"codelists"`
	Dimensions  []Component `json:"dimensions"`
	Attributes  []Component `json:"attributes,omitzero"`
}

// The components that every structure has.
const (
	TimePeriod = "TIME_PERIOD"
	ObsValue   = "OBS_VALUE"
)

// Missing is how a number that is not there is written in SDMX-ML and SDMX-CSV.
const Missing = "NaN"

// Observation is one number.
type Observation struct {
	Key        []string // a code for each dimension
	Time       string   // "2014", "2014-05", "2014-Q2", "2014-02-01/P5M"
	Value      string   // a decimal number; empty: missing
	Attributes []string // for each attribute, a code or a text; empty: none
}

// Dataset is a table.
type Dataset struct {
	Structure    *Structure
	Observations []Observation
	ID           string // of the message
	Prepared     time.Time
	Sender       string
}

var (
	identifier = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	codeForm   = regexp.MustCompile(`^[A-Za-z0-9_$][A-Za-z0-9_@$-]*$`) // a code that begins like a formula is refused
	version    = regexp.MustCompile(`^\d+\.\d+$`)
	timeForm   = regexp.MustCompile(`^\d{4}(-(0[1-9]|1[0-2]|Q[1-4]|S[12])|-(0[1-9]|1[0-2])-01/P[1-9]\d{0,2}M)?$`) // a name, or a first day and a length in months
	decimal    = regexp.MustCompile(`^-?\d+(\.\d+)?$`)
)

func wrong(what string) error { return fault.New(fault.Invalid, "sdmx.form").With("field", what) }

// list returns a code list of the structure.
func (s *Structure) list(id string) *Codelist {
	i := slices.IndexFunc(s.Codelists, func(c Codelist) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return &s.Codelists[i]
}

// Check reports whether a structure can be written: identifiers in the form of SDMX, each once, and every list there.
//
// It fails with [fault.Invalid] "sdmx.form" naming what is wrong.
func (s *Structure) Check() error {
	if !identifier.MatchString(s.Agency) || !identifier.MatchString(s.ID) || !version.MatchString(s.Version) || s.Name.main() == "" {
		return wrong("structure")
	}
	seen := map[string]bool{TimePeriod: true, ObsValue: true}
	for _, l := range s.Codelists {
		codes := map[string]bool{}
		if !identifier.MatchString(l.ID) || seen["list "+l.ID] || !identifier.MatchString(l.Agency) || !version.MatchString(l.Version) || l.Name.main() == "" || len(l.Codes) == 0 {
			return wrong(l.ID)
		}
		seen["list "+l.ID] = true
		for _, c := range l.Codes {
			if !codeForm.MatchString(c.ID) || codes[c.ID] || c.Name.main() == "" {
				return wrong(l.ID + " " + c.ID)
			}
			codes[c.ID] = true
		}
	}
	if len(s.Dimensions) == 0 {
		return wrong("dimensions")
	}
	for i, c := range slices.Concat(s.Dimensions, s.Attributes) {
		free := c.Codelist == "" && i >= len(s.Dimensions)
		if !identifier.MatchString(c.ID) || seen[c.ID] || c.Name.main() == "" || !free && s.list(c.Codelist) == nil {
			return wrong(c.ID)
		}
		seen[c.ID] = true
	}
	return nil
}

// Check reports whether a table can be written: every code in its list, numbers that are numbers, each key once.
//
// It fails with [fault.Invalid] "sdmx.form" naming what is wrong.
func (d *Dataset) Check() error {
	s := d.Structure
	if err := s.Check(); err != nil {
		return err
	}
	if !codeForm.MatchString(d.ID) || !identifier.MatchString(d.Sender) || d.Prepared.IsZero() {
		return wrong("header")
	}
	codes := s.codes()
	seen := map[string]bool{}
	for _, o := range d.Observations {
		if len(o.Key) != len(s.Dimensions) || len(o.Attributes) != len(s.Attributes) || !timeForm.MatchString(o.Time) || o.Value != "" && !decimal.MatchString(o.Value) {
			return wrong(strings.Join(o.Key, ".") + " " + o.Time)
		}
		for i, code := range o.Key {
			if _, ok := codes[i][code]; !ok {
				return wrong(s.Dimensions[i].ID + " " + code)
			}
		}
		for i, code := range o.Attributes {
			if list := codes[len(o.Key)+i]; list != nil && code != "" {
				if _, ok := list[code]; !ok {
					return wrong(s.Attributes[i].ID + " " + code)
				}
			}
		}
		key := strings.Join(o.Key, ".") + " " + o.Time
		if seen[key] {
			return wrong(key)
		}
		seen[key] = true
	}
	return nil
}

// codes returns, for each dimension and attribute, the place of each code in its list; nil for a text.
func (s *Structure) codes() []map[string]int {
	var all []map[string]int
	for _, c := range slices.Concat(s.Dimensions, s.Attributes) {
		l := s.list(c.Codelist)
		if l == nil {
			all = append(all, nil)
			continue
		}
		at := map[string]int{}
		for i, code := range l.Codes {
			at[code.ID] = i
		}
		all = append(all, at)
	}
	return all
}

// series returns the observations by their key, in the order in which the keys first stand, and those of a key by time.
func (d *Dataset) series() [][]Observation {
	at := map[string]int{}
	var all [][]Observation
	for _, o := range d.Observations {
		key := strings.Join(o.Key, ".")
		i, ok := at[key]
		if !ok {
			i = len(all)
			at[key], all = i, append(all, nil)
		}
		all[i] = append(all[i], o)
	}
	for _, one := range all {
		slices.SortFunc(one, func(a, b Observation) int { return strings.Compare(a.Time, b.Time) })
	}
	return all
}
