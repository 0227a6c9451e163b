package homecoming

import (
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// The kinds of sealed records of a case that are about a return.
const (
	KindDecision   = "return-decision"
	KindInterest   = "return-interest"
	KindAssessment = "return-risk"
	KindPlan       = "return-plan"
	KindReport     = "return-report"
)

const (
	maxText = 200
	maxNote = 20000
)

func bad(field string) error {
	return fault.New(fault.Invalid, "homecoming.field").With("field", field)
}

// Decision is her own: what she was told, in which language, and what she wants.
type Decision struct {
	Return      id.Return `json:"return,omitempty"`
	On          string    `json:"on"`                    // yyyy-mm-dd
	Language    string    `json:"language"`              // of the conversation, BCP 47
	Interpreter string    `json:"interpreter,omitempty"` // name; empty: none
	ReadBack    bool      `json:"read_back,omitempty"`   // she repeated it in her own words
	Explained   []string  `json:"explained"`             // codes of what was explained to her
	Free        bool      `json:"free"`                  // she was asked alone, and nobody presses her
	Words       string    `json:"words"`                 // what she wants, as she said it
}

// Check reports whether the decision is an informed one.
//
// It fails with [fault.Invalid]: "homecoming.field" and the field that is wrong; "homecoming.explain" if something was not explained
// to her, with its code; "homecoming.language" if neither an interpreter helped nor she repeated it in her own words;
// "homecoming.free" if she could not decide freely.
func (x Decision) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case x.Return == "":
		return bad("return")
	case !person.Day(x.On):
		return bad("on")
	case !person.Tag(x.Language):
		return bad("language")
	case !person.Text(x.Interpreter, maxText):
		return bad("interpreter")
	case x.Words == "" || !person.Text(x.Words, maxNote):
		return bad("words")
	case !x.Free:
		return fault.New(fault.Invalid, "homecoming.free")
	case x.Interpreter == "" && !x.ReadBack:
		return fault.New(fault.Invalid, "homecoming.language")
	}
	for _, code := range x.Explained {
		if !d.Has(ListExplained, code) {
			return bad("explained")
		}
	}
	for _, code := range d.Codes(ListExplained) {
		if !slices.Contains(x.Explained, code) {
			return fault.New(fault.Invalid, "homecoming.explain").With("code", code)
		}
	}
	return nil
}

// Interest is what a body determined to be in the best interests of a child, and her guardian's part in it.
type Interest struct {
	Return   id.Return `json:"return,omitempty"`
	Body     string    `json:"body"`            // code
	Name     string    `json:"name"`            // of the body, and of who decided
	On       string    `json:"on"`              // yyyy-mm-dd
	Result   string    `json:"result"`          // code
	Basis    string    `json:"basis"`           // law and number of the decision, as the body cites them
	Guardian string    `json:"guardian"`        // name
	Agrees   bool      `json:"agrees"`          // the guardian
	Heard    bool      `json:"heard"`           // the child was heard, as fits her age
	Views    string    `json:"views,omitempty"` // of the child
	Language string    `json:"language,omitempty" maxLength:"35" doc:"In which the words are written, BCP 47; left out: it was not said"`
}

// Check reports whether the determination can be recorded.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Interest) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case x.Return == "":
		return bad("return")
	case !d.Has(ListBody, x.Body):
		return bad("body")
	case x.Name == "" || !person.Text(x.Name, maxText):
		return bad("name")
	case !person.Day(x.On):
		return bad("on")
	case !d.Has(ListResult, x.Result):
		return bad("result")
	case x.Basis == "" || !person.Text(x.Basis, 500):
		return bad("basis")
	case x.Guardian == "" || !person.Text(x.Guardian, maxText):
		return bad("guardian")
	case x.Language != "" && !person.Tag(x.Language):
		return bad("language")
	case !person.Text(x.Views, maxNote):
		return bad("views")
	}
	return nil
}

// For reports whether a child may return after it: the body found so, the guardian agrees, and the child was heard.
func (x Interest) For() bool { return x.Result == InFavour && x.Agrees && x.Heard }

// Paper is a document that she needs for the journey.
type Paper struct {
	Kind   string `json:"kind"`             // code
	Issuer string `json:"issuer,omitempty"` // country whose authorities or consulate are asked for it; empty: nobody is asked
	Note   string `json:"note,omitempty"`
}

// Plan is what was arranged.
type Plan struct {
	Return        id.Return   `json:"return,omitempty"`
	Leaves        string      `json:"leaves"` // yyyy-mm-dd
	Papers        []Paper     `json:"papers"`
	Fit           string      `json:"fit"`            // to travel: yes, no, not-asked
	Escort        string      `json:"escort"`         // code
	With          string      `json:"with,omitempty"` // who escorts her
	Route         string      `json:"route,omitempty"`
	MetBy         string      `json:"met_by"`    // who meets her, where and when
	Reception     string      `json:"reception"` // where she stays first; the address is sealed with the rest
	Reintegration string      `json:"reintegration,omitempty"`
	Told          bool        `json:"told"` // she knows what the two desks found, and still wants to go
	Referral      id.Referral `json:"referral,omitempty"`
	Language      string      `json:"language,omitempty" maxLength:"35" doc:"In which the words are written, BCP 47; left out: it was not said"`
}

// Check reports whether the plan can stand.
//
// It fails with [fault.Invalid] and the field that is wrong, "homecoming.unfit" if she cannot travel, and "homecoming.untold" if
// she does not know what the two desks found.
func (x Plan) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case x.Return == "":
		return bad("return")
	case !person.Day(x.Leaves):
		return bad("leaves")
	case len(x.Papers) == 0 || len(x.Papers) > 20:
		return bad("papers")
	case !slices.Contains([]string{"yes", "no", "not-asked"}, x.Fit):
		return bad("fit")
	case !d.Has(ListEscort, x.Escort):
		return bad("escort")
	case !person.Text(x.With, maxText) || x.Escort != "none" && x.With == "":
		return bad("with")
	case !person.Text(x.Route, maxNote):
		return bad("route")
	case x.MetBy == "" || !person.Text(x.MetBy, 500):
		return bad("met_by")
	case x.Reception == "" || !person.Text(x.Reception, 500):
		return bad("reception")
	case x.Language != "" && !person.Tag(x.Language):
		return bad("language")
	case !person.Text(x.Reintegration, maxNote):
		return bad("reintegration")
	}
	for _, p := range x.Papers {
		if !d.Has(ListPaper, p.Kind) || p.Issuer != "" && !person.Country(p.Issuer) || !person.Text(p.Note, maxText) {
			return bad("papers")
		}
	}
	switch {
	case x.Fit == "no":
		return fault.New(fault.Invalid, "homecoming.unfit")
	case !x.Told:
		return fault.New(fault.Invalid, "homecoming.untold")
	}
	return nil
}

// Report is what was heard of her: whether she arrived, or how she is some months later.
type Report struct {
	Return   id.Return `json:"return,omitempty"`
	Point    int64     `json:"point,omitempty"` // days after arrival; 0: of the arrival
	On       string    `json:"on"`              // yyyy-mm-dd
	Arrived  bool      `json:"arrived"`
	MetBy    string    `json:"met_by,omitempty"`
	Safe     string    `json:"safe"`              // yes, no, unknown
	Outcome  string    `json:"outcome,omitempty"` // code; of a follow-up
	Opinion  string    `json:"opinion,omitempty"` // her own, if she wants to say
	Note     string    `json:"note,omitempty"`
	Language string    `json:"language,omitempty" maxLength:"35" doc:"In which the words are written, BCP 47; left out: it was not said"`
}

// Check reports whether the report can be recorded.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Report) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case x.Return == "":
		return bad("return")
	case x.Point < 0 || x.Point > 0 && !x.Arrived:
		return bad("point")
	case !person.Day(x.On):
		return bad("on")
	case !person.Text(x.MetBy, 500):
		return bad("met_by")
	case !slices.Contains([]string{"yes", "no", "unknown"}, x.Safe):
		return bad("safe")
	case (x.Point > 0) != (x.Outcome != "") || x.Point > 0 && !d.Has(ListOutcome, x.Outcome):
		return bad("outcome")
	case x.Language != "" && !person.Tag(x.Language):
		return bad("language")
	case !person.Text(x.Opinion, maxNote):
		return bad("opinion")
	case !person.Text(x.Note, maxNote):
		return bad("note")
	}
	return nil
}
