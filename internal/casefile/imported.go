package casefile

import (
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// KindImported is the kind of the sealed record that says where a case was taken from.
const KindImported = "intake"

// ImportedName names the form of an [Imported].
const ImportedName = "opentrm/imported/1"

// Imported is what a case was taken from, as it is sealed in the case, with what the source says that has no place of its own.
// Nothing here is a decision, a consent or an assessment of this node, whatever the source calls it.
type Imported struct {
	Form   string     `json:"form"` // ImportedName
	Source string     `json:"source"`
	Run    id.Intake  `json:"run"`
	Row    int64      `json:"row"` // its number in the table
	At     frame.Time `json:"at"`
	By     id.User    `json:"by"`
	Said   []Stated   `json:"said"` // sorted by field
}

// Stated is what a source says that has no place of its own in a case, as it says it.
type Stated struct {
	Field  string                  `json:"field"` // of the source, or of a standard: "vic_MethodsOfControl"
	Answer person.Answer[[]string] `json:"answer"`
}

// The longest value that a source says, in characters, and of how many one answer can be.
const (
	maxStated = 4000
	maxValues = 20
)

// Check reports whether it can be kept.
//
// It fails with [fault.Invalid].
func (i Imported) Check() error {
	if i.Form != ImportedName || i.Source == "" || i.Row < 1 || i.Said == nil {
		return bad("imported")
	}
	for _, s := range i.Said {
		values, given := s.Answer.Is()
		if s.Field == "" || given != (len(values) > 0) || len(s.Answer.Value) > maxValues {
			return bad("imported.said")
		}
		for _, v := range values {
			if v == "" || !person.Text(v, maxStated) {
				return bad("imported.said")
			}
		}
	}
	return nil
}
