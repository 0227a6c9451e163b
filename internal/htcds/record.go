package htcds

import (
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// RecordName names the file form of a [Record].
const RecordName = "opentrm/htcds-record/1"

// Purpose says for what a record is made. There is no other: what another body is to have goes through exchange, under consent or a
// legal basis, and is answered by receipts.
type Purpose string

// The purposes.
const (
	OwnSystem Purpose = "own-system" // another system of the same desk; not to be passed on
	ForHer    Purpose = "person"     // she asked for what is kept of her in a form that another system reads
)

// Purposes returns every purpose, in the order in which they are shown.
func Purposes() []Purpose { return []Purpose{OwnSystem, ForHer} }

// ParsePurpose reads a purpose.
//
// It fails with [fault.Invalid] for any other, and for none.
func ParsePurpose(s string) (Purpose, error) {
	if p := Purpose(s); slices.Contains(Purposes(), p) {
		return p, nil
	}
	return "", fault.New(fault.Invalid, "htcds.purpose").With("field", "purpose")
}

// Answer is what a record says of one field.
type Answer struct {
	Field  string       `json:"field"`
	State  person.State `json:"state"`            // one of the four answers if there is no value
	Values []string     `json:"values,omitempty"` // as the standard writes them
	Ours   []string     `json:"ours,omitempty"`   // our codes, where those of the standard are coarser
	Said   bool         `json:"said,omitempty"`   // by a table from which the case was taken; nobody here has decided or asked it
}

// Left is what the case holds and the record does not.
type Left struct {
	What  string `json:"what"` // code
	Count int    `json:"count"`
}

// Record is a case in the standard.
type Record struct {
	Schema    string       `json:"schema"`
	Standard  string       `json:"standard"`
	Made      frame.Time   `json:"made"`
	Purpose   Purpose      `json:"purpose"`
	PassOn    bool         `json:"pass_on"` // always false: whoever has it may not hand it to another body
	Member    id.Member    `json:"member"`
	Desk      id.Desk      `json:"desk"`
	Reference id.Reference `json:"reference"`
	Fields    []Answer     `json:"fields"` // in the order of the standard; one that is not there was never asked here
	Plans     [][]Answer   `json:"plans"`  // the support plans, one for each step that she agreed to
	Left      []Left       `json:"left"`   // sorted
}

// StandardName is what the standard is called in a record.
const StandardName = "HTCDS 2.0"

// Answer returns what the record says of a field; false if nobody asked it here.
func (r Record) Answer(field string) (Answer, bool) {
	i := slices.IndexFunc(r.Fields, func(a Answer) bool { return a.Field == field })
	if i < 0 {
		return Answer{}, false
	}
	return r.Fields[i], true
}
