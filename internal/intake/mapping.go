package intake

import (
	_ "embed"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/person"
)

// MappingName names the file form of a [Mapping].
const MappingName = "opentrm/intake-mapping/1"

// MaxMapping is the size in bytes up to which a mapping is read.
const MaxMapping = 256 << 10

// Mapping says what the columns of a table about persons mean.
type Mapping struct {
	Schema string `json:"schema"` // MappingName
	// Source is a code for the table. A row is known again under the same source only.
	Source string `json:"source"`
	Comma  string `json:"comma,omitzero"` // between cells of CSV: ",", ";" or a tab; empty: ","
	// Key names columns that together say which row it is, a running number say. Empty: all cells do.
	Key []string `json:"key,omitzero"`
	// Use says of which kind names are, as nobody can tell from a table.
	Use person.NameUse `json:"use,omitzero"`
	// Language is that of notes, BCP 47.
	Language string `json:"language,omitzero"`
	// Missing says what it means that nothing is known, by what stands in the cell. What an empty cell means is always said.
	Missing map[string]string `json:"missing"`
	// Partly says that columns which are named here may be absent from the table.
	Partly bool `json:"partly,omitzero"`
	// Gaps is the head of a column that says why other cells of its row have no value: "Gender=declined;Birthdate=unsafe-to-ask",
	// each by a head of its column. It stands before what Missing says of such a cell. Empty: there is none.
	Gaps string `json:"gaps,omitzero"`
	// Guarded says that an apostrophe before what a spreadsheet program would take for a formula is no part of the cell.
	Guarded bool     `json:"guarded,omitzero"`
	Columns []Mapped `json:"columns"`
}

// Mapped is what one column means, or why nothing is taken of it. A column may stand several times, for several fields.
type Mapped struct {
	Column string            `json:"column"`         // its head
	Also   []string          `json:"also,omitzero"`  // other heads of the same column
	Field  string            `json:"field,omitzero"` // one of [Fields], or "said." and a code
	Skip   string            `json:"skip,omitzero"`  // why nothing is taken of it, for whoever reads the mapping
	Date   string            `json:"date,omitzero"`  // how a date is written, one of [Dates]
	Split  string            `json:"split,omitzero"` // between several values
	Codes  map[string]string `json:"codes,omitzero"` // values by what stands in the cell
	// Missing is as that of the mapping, for this column.
	Missing map[string]string `json:"missing,omitzero"`
}

// said begins the fields of what has no place of its own in a case: it is kept as the source says it.
const said = "said."

// kind says what the values of a field are.
type kind int

const (
	text      kind = iota // one line
	long                  // several lines
	day                   // a date of which parts may be unknown
	listed                // one of a list
	countries             // ISO 3166-1 alpha-2 or XK
	tags                  // BCP 47
)

// field is what a column can be mapped to.
type field struct {
	kind    kind
	values  []string // of a list
	several bool
}

func fields() map[string]field {
	return map[string]field{
		"name.given":             {kind: text},
		"name.patronymic":        {kind: text},
		"name.surname":           {kind: text},
		"name.whole":             {kind: text},
		"birth":                  {kind: day},
		"age":                    {kind: listed, values: []string{string(person.Child), string(person.Adult)}},
		"sex":                    {kind: listed, values: []string{string(person.Female), string(person.Male), string(person.Other)}},
		"citizenships":           {kind: countries, several: true},
		"languages":              {kind: tags, several: true},
		"document.passport":      {kind: text},
		"document.identity-card": {kind: text},
		"document.residence":     {kind: text},
		"document.other":         {kind: text},
		"contact.telephone":      {kind: text},
		"contact.email":          {kind: text},
		"contact.post":           {kind: long},
		"contact.messenger":      {kind: text},
		"asylum":                 {kind: listed, values: []string{"yes", "no"}},
		"origins":                {kind: countries, several: true},
		"note":                   {kind: long},
	}
}

// Fields returns what a column can be mapped to beside "said." and a code, sorted.
func Fields() []string {
	var all []string
	for name := range fields() {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// Dates returns the ways of writing a date that are read. Y, m and d are digits.
func Dates() []string {
	return []string{"yyyy-mm-dd", "dd.mm.yyyy", "dd/mm/yyyy", "mm/dd/yyyy", "yyyy"}
}

var (
	sourceForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	saidForm   = regexp.MustCompile(`^[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*$`)
)

// fieldOf returns a field of a mapping; false if there is none of that name.
func fieldOf(name string) (field, bool) {
	if code, ok := strings.CutPrefix(name, said); ok {
		return field{kind: long, several: true}, saidForm.MatchString(code) && len(code) <= 60
	}
	f, ok := fields()[name]
	return f, ok
}

// Problem is what is wrong with one place of a mapping.
type Problem struct {
	Where string `json:"where"` // "source", or the head of a column
	Key   string `json:"key"`   // of a message
}

// ParseMapping reads a mapping.
//
// It fails with [fault.TooLarge] "intake.mapping.file" over [MaxMapping] and with [fault.Invalid]: "intake.mapping.file" for
// anything that is not the file form, and the first of [Mapping.Problems] with its place.
func ParseMapping(raw []byte) (Mapping, error) {
	m, err := readMapping(raw)
	if err != nil {
		return Mapping{}, err
	}
	for _, p := range m.Problems() {
		return Mapping{}, fault.New(fault.Invalid, p.Key).With("field", p.Where)
	}
	return m, nil
}

// Lint reads a mapping and returns everything that is wrong with it.
//
// It fails as [ParseMapping] for what is not the file form.
func Lint(raw []byte) ([]Problem, error) {
	m, err := readMapping(raw)
	if err != nil {
		return nil, err
	}
	return m.Problems(), nil
}

func readMapping(raw []byte) (Mapping, error) {
	if len(raw) > MaxMapping {
		return Mapping{}, fault.New(fault.TooLarge, "intake.mapping.file")
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	var m Mapping
	if err := dec.Decode(&m); err != nil {
		return Mapping{}, fault.Wrap(fault.Invalid, "intake.mapping.file", err)
	}
	if dec.More() {
		return Mapping{}, fault.New(fault.Invalid, "intake.mapping.file")
	}
	return m, nil
}

// Problems returns everything that is wrong with m, in the order of the file.
func (m Mapping) Problems() []Problem {
	var all []Problem
	add := func(wrong bool, where, key string) {
		if wrong {
			all = append(all, Problem{where, key})
		}
	}
	add(m.Schema != MappingName, "schema", "intake.mapping.schema")
	add(!sourceForm.MatchString(m.Source) || len(m.Source) > 60, "source", "intake.mapping.source")
	add(!slices.Contains([]string{"", ",", ";", "\t"}, m.Comma), "comma", "intake.mapping.comma")
	_, empty := m.Missing[""]
	add(!empty, "missing", "intake.mapping.empty")
	add(!states(m.Missing), "missing", "intake.mapping.missing")
	add(len(m.Columns) == 0 || len(m.Columns) > mostColumn, "columns", "intake.mapping.columns")
	names, notes, heads, taken := false, false, map[string]bool{}, map[string]bool{}
	for _, c := range m.Columns {
		all = append(all, c.problems(taken)...)
		names, notes = names || strings.HasPrefix(c.Field, "name."), notes || c.Field == "note"
		for _, h := range c.heads() {
			heads[h] = true
		}
	}
	for _, k := range m.Key {
		add(!heads[k], k, "intake.mapping.key")
	}
	add(m.Gaps != "" && (heads[m.Gaps] || !person.Text(m.Gaps, mostName)), m.Gaps, "intake.mapping.gaps")
	uses := []person.NameUse{person.Registered, person.Former, person.Alias, person.Nickname, person.Exploitation}
	add(names != slices.Contains(uses, m.Use), "use", "intake.mapping.use")
	add(notes != person.Tag(m.Language), "language", "intake.mapping.language")
	return all
}

// heads returns every head under which the column may stand.
func (c Mapped) heads() []string { return append([]string{c.Column}, c.Also...) }

// problems returns what is wrong with one column. Taken remembers which fields have a column.
func (c Mapped) problems(taken map[string]bool) []Problem {
	where := c.Column
	add := func(key string) []Problem { return []Problem{{where, key}} }
	for _, h := range c.heads() {
		if h == "" || !person.Text(h, mostName) {
			return add("intake.mapping.head")
		}
	}
	if (c.Field == "") == (c.Skip == "") {
		return add("intake.mapping.either")
	}
	if c.Skip != "" {
		if c.Date != "" || c.Split != "" || len(c.Codes) > 0 || len(c.Missing) > 0 {
			return add("intake.mapping.skipped")
		}
		return nil
	}
	f, ok := fieldOf(c.Field)
	switch {
	case !ok:
		return add("intake.mapping.field")
	case taken[c.Field] && c.Field != "note" && !strings.HasPrefix(c.Field, "contact."):
		return add("intake.mapping.twice")
	}
	taken[c.Field] = true
	switch {
	case (f.kind == day) != (c.Date != "") || c.Date != "" && !slices.Contains(Dates(), c.Date):
		return add("intake.mapping.date")
	case c.Split != "" && (!f.several || strings.TrimSpace(c.Split) == "" || len(c.Split) > 5):
		return add("intake.mapping.split")
	case f.kind == listed && len(c.Codes) == 0:
		return add("intake.mapping.codes")
	case !states(c.Missing):
		return add("intake.mapping.missing")
	case !f.coded(c):
		return add("intake.mapping.code")
	}
	return nil
}

// coded reports whether every value of a translation can be one of the field.
func (f field) coded(c Mapped) bool {
	for from, to := range c.Codes {
		if from == "" || from != strings.TrimSpace(from) || to == "" || c.Split != "" && strings.Contains(from, c.Split) || !f.fits(to) {
			return false
		}
	}
	return len(c.Codes) == 0 || f.kind != day
}

// fits reports whether a value can be one of the field.
func (f field) fits(v string) bool {
	switch f.kind {
	case listed:
		return slices.Contains(f.values, v)
	case countries:
		return person.CountryEver(v) || v == person.Stateless
	case tags:
		return person.Tag(v)
	case long:
		return person.Text(v, maxLong)
	default:
		return person.Text(v, maxText) && !strings.ContainsAny(v, "\n\t")
	}
}

// The longest values, in characters.
const (
	maxText = 200
	maxLong = 4000
)

// states reports whether every word stands for a state of an answer without a value.
func states(missing map[string]string) bool {
	for _, code := range missing {
		var s person.State
		if err := s.UnmarshalText([]byte(code)); err != nil || s == person.Given {
			return false
		}
	}
	return true
}

//go:embed data/htcds-2.0.json
var htcds []byte

var standard = sync.OnceValues(func() (Mapping, error) { return ParseMapping(htcds) })

// HTCDS returns how tables in the form of HTCDS 2.0 are read: IOM's own spreadsheet, and others with its heads.
func HTCDS() (Mapping, error) { return standard() }
