package htcds

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/profile"
)

// SchemaName names the file form of a [Table].
const SchemaName = "opentrm/htcds/1"

// The values of a checkbox.
const (
	Ticked   = "TRUE"
	Unticked = "FALSE"
)

// Table is the fields of the standard and what stands for them here.
type Table struct {
	Schema  string             `json:"schema"`
	Version int64              `json:"version"`
	Origin  profile.Origin     `json:"origin"`
	Uses    map[Purpose]string `json:"uses"`   // what a file says of what it was made for, in English as its heads are
	Fields  []Field            `json:"fields"` // in the order of the standard
}

// Field is one field of the standard.
type Field struct {
	ID       string    `json:"field"`             // prs_Gender
	Section  string    `json:"section"`           // of the standard, code
	Label    string    `json:"label"`             // of the standard, in English; the head of a column
	Type     string    `json:"type"`              // code
	Core     bool      `json:"core,omitzero"`     // the standard calls it so
	Held     []string  `json:"held"`              // places of this program: "person.Person.Sex", or "F1.means" for a question of a form
	Exported bool      `json:"exported,omitzero"` // a record has it
	Why      string    `json:"why,omitzero"`      // it is not held or not exported, or what has to be known of it
	CodesOf  string    `json:"codes_of,omitzero"` // a standard whose codes are its values
	Lists    []string  `json:"lists,omitzero"`    // of ours, whose codes stand for those of the field
	Codes    []Code    `json:"codes,omitzero"`    // of a picklist, in the order of the standard
	Without  []Missing `json:"without,omitzero"`  // codes of ours for which the standard has none
	Like     string    `json:"like,omitzero"`     // another field whose codes have the same words
}

// Code is one code of a picklist.
type Code struct {
	Code  string   `json:"code"`
	Label string   `json:"label"`
	Ours  []string `json:"ours"` // codes of ours that are written as it; the first is the nearest to it
}

// Missing is a code of ours for which the standard has none.
type Missing struct {
	Code string `json:"code"`
	Why  string `json:"why"`
}

//go:embed data/htcds.json
var embedded []byte

var shipped = sync.OnceValues(func() (Table, error) { return Parse(embedded) })

// Shipped returns the table that this program was built with.
//
// It fails with [fault.Internal] if it is broken, which a test excludes.
func Shipped() (Table, error) {
	t, err := shipped()
	if err != nil {
		return Table{}, fault.Wrap(fault.Internal, "htcds.table", err)
	}
	return t, nil
}

// Parse reads a table.
//
// It fails with [fault.Invalid] for anything that is not its file form, and for a field that stands twice, is neither exported nor
// says why not, or gives a code of ours to two codes of the standard.
func Parse(raw []byte) (Table, error) {
	wrong := func(field string) error { return fault.New(fault.Invalid, "htcds.table").With("field", field) }
	var t Table
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&t); err != nil {
		return Table{}, fault.Wrap(fault.Invalid, "htcds.table", err)
	}
	if t.Schema != SchemaName || t.Version < 1 || t.Origin.Source == "" || len(t.Fields) == 0 ||
		slices.ContainsFunc(Purposes(), func(p Purpose) bool { return t.Uses[p] == "" }) {
		return Table{}, wrong("schema")
	}
	seen := map[string]bool{}
	for _, f := range t.Fields {
		picked := f.Type == "picklist" || f.Type == "picklists"
		if f.ID == "" || seen[f.ID] || f.Section == "" || f.Label == "" || f.Held == nil || f.Exported && len(f.Held) == 0 ||
			!f.Exported && f.Why == "" || picked != (len(f.Codes) > 0 || f.CodesOf != "" && f.Type != "text") || len(f.Codes) == 0 && len(f.Lists) > 0 {
			return Table{}, wrong(f.ID)
		}
		seen[f.ID] = true
		ours := map[string]bool{}
		for _, c := range f.Codes {
			for _, o := range c.Ours {
				if ours[o] {
					return Table{}, wrong(f.ID)
				}
				ours[o] = true
			}
		}
	}
	return t, nil
}

// Field returns a field by its identifier; false if the standard has none of that name, or deprecated it.
func (t Table) Field(id string) (Field, bool) {
	i := slices.IndexFunc(t.Fields, func(f Field) bool { return f.ID == id })
	if i < 0 {
		return Field{}, false
	}
	return t.Fields[i], true
}

// Theirs returns the code of the standard that stands for one of ours; false if there is none.
func (f Field) Theirs(ours string) (string, bool) {
	for _, c := range f.Codes {
		if slices.Contains(c.Ours, ours) {
			return c.Code, true
		}
	}
	return "", false
}

// Ours returns the code of ours that is nearest to one of the standard; false if there is none. Nothing is decided by it: what
// another system says stays its words.
func (f Field) Ours(theirs string) (string, bool) {
	for _, c := range f.Codes {
		if c.Code == theirs && len(c.Ours) > 0 {
			return c.Ours[0], true
		}
	}
	return "", false
}

// Words returns the key of the message that names a field of the standard. Whoever looks for it may find none.
func Words(field string) string { return "htcds.field." + dashed(field) }

// CodeWords returns the key of the message that names a code of a field.
func (t Table) CodeWords(field, code string) string {
	if f, ok := t.Field(field); ok && f.Like != "" {
		field = f.Like
	}
	return "htcds.code." + dashed(field) + "." + dashed(code)
}

// dashed writes an identifier as a part of a message key.
func dashed(s string) string { return strings.ReplaceAll(s, "_", "-") }
