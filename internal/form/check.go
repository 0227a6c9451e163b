package form

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/person"
)

// Limits of answers, in characters.
const (
	maxText   = 200
	maxLong   = 4000
	maxNumber = 1_000_000_000
)

// The answers of a question of kind yes-no.
const (
	yes = "yes"
	no  = "no"
)

// Record is the answers to a form. A question that is not among them is empty, which says nothing; that it was not asked is an
// answer.
type Record struct {
	Form      string            `json:"form"`
	Version   int64             `json:"version"`
	Additions Edition           `json:"additions,omitzero"` // by which it was taken, if any
	Answers   map[string]Answer `json:"answers"`            // by question
}

// Answer is what became of a question. The value is in the form of the question's kind.
type Answer = person.Answer[json.RawMessage]

// Day is an answer of kind date. Parts that are not known are 0, but not all of them.
type Day struct {
	Year  int `json:"year"`
	Month int `json:"month"`
	Day   int `json:"day"`
}

// Without returns the states of an answer that has no value, in the order in which they are shown.
func Without() []person.State {
	return []person.State{person.Unknown, person.NotAsked, person.Declined, person.UnsafeToAsk}
}

// Problem is what is wrong with one question of a record.
type Problem struct {
	Question string `json:"question"`
	Key      string `json:"key"` // of a message
}

// Check judges a record by exactly the version and the additions that it names.
//
// It fails with [fault.Invalid]: "form.unknown" if s has no such version or additions, and with the question "form.answer" if
// an answer is not of its kind or there is no such question, "form.answer.hidden" if the question was not to be asked after what
// was answered before, and "form.answer.required" if it may not stay empty.
func (s Set) Check(r Record) error {
	f, err := s.Form(r.Form, r.Version, r.Additions)
	if err != nil {
		return err
	}
	for _, p := range f.problems(r.Answers, true) {
		return p.in(f)
	}
	return nil
}

// Problems returns everything for which [Set.Check] would refuse a record, in the order in which the questions are asked. Of a
// record that is not finished it is only what cannot be kept at all: answers that are not of their kind or to no question.
//
// It fails with [fault.Invalid] as [Set.Form].
func (s Set) Problems(r Record, finished bool) ([]Problem, error) {
	f, err := s.Form(r.Form, r.Version, r.Additions)
	if err != nil {
		return nil, err
	}
	return f.problems(r.Answers, finished), nil
}

func (p Problem) in(f Form) error {
	return fault.New(fault.Invalid, p.Key).With("question", p.Question).With("form", f.ID)
}

func (f Form) problems(answers map[string]Answer, finished bool) []Problem {
	var all []Problem
	open := maps.Clone(answers)
	for _, q := range f.questions() {
		a, there := open[q.ID]
		delete(open, q.ID)
		switch shown := f.shown(q, answers); {
		case finished && !shown && there:
			all = append(all, Problem{q.ID, "form.answer.hidden"})
		case finished && shown && !there && q.Required:
			all = append(all, Problem{q.ID, "form.answer.required"})
		case there && !f.fits(q, a):
			all = append(all, Problem{q.ID, "form.answer"})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(open)) {
		all = append(all, Problem{id, "form.answer"})
	}
	return all
}

// shown reports whether a question is asked after what was answered.
func (f Form) shown(q Question, answers map[string]Answer) bool {
	if q.When == nil {
		return true
	}
	a, there := answers[q.When.Question]
	if !there {
		return false
	}
	if _, given := a.Is(); !given {
		return slices.Contains(q.When.Is, a.State.Code())
	}
	var one string
	var several []string
	if strict(a.Value, &one) {
		several = []string{one}
	} else if !strict(a.Value, &several) {
		return false
	}
	return slices.ContainsFunc(several, func(c string) bool { return slices.Contains(q.When.Is, c) })
}

// fits reports whether an answer is one of the four, or of the kind of its question.
func (f Form) fits(q Question, a Answer) bool {
	if _, given := a.Is(); !given {
		return a.Value == nil && slices.Contains(Without(), a.State)
	}
	var text string
	var several []string
	var day Day
	var number int64
	known := func(c string) bool {
		return slices.ContainsFunc(f.list(q.List), func(o Option) bool { return o.Code == c })
	}
	switch q.Kind {
	case Text:
		return strict(a.Value, &text) && strings.TrimSpace(text) != "" && person.Text(text, maxText) && !strings.ContainsAny(text, "\n\t")
	case LongText:
		return strict(a.Value, &text) && strings.TrimSpace(text) != "" && person.Text(text, maxLong)
	case Date:
		return strict(a.Value, &day) && day.ok()
	case Choice:
		return strict(a.Value, &text) && known(text)
	case Choices:
		if !strict(a.Value, &several) || len(several) == 0 {
			return false
		}
		for i, c := range several {
			if !known(c) || slices.Contains(several[:i], c) {
				return false
			}
		}
		return true
	case YesNo:
		return strict(a.Value, &text) && (text == yes || text == no)
	case Country:
		return strict(a.Value, &text) && person.CountryEver(text)
	case Language:
		return strict(a.Value, &text) && person.Tag(text)
	case Number:
		return strict(a.Value, &number) && number >= 0 && number <= maxNumber
	}
	return false
}

// ok reports whether the parts that are known can be of one day.
func (d Day) ok() bool {
	year, month, day := d.Year, d.Month, d.Day
	if year == 0 && month == 0 && day == 0 || year != 0 && (year < 1900 || year > 2200) || month < 0 || month > 12 || day < 0 || day > 31 {
		return false
	}
	if day == 0 {
		return true
	}
	if year == 0 {
		year = 2024 // a leap year: it could be 29 February
	}
	if month == 0 {
		month = 1 // it could be a month of 31 days
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() == day
}

// strict reads one JSON value that is exactly of the type of v.
func strict(raw json.RawMessage, v any) bool {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return !bytes.Equal(bytes.TrimSpace(raw), []byte("null")) && d.Decode(v) == nil && !d.More()
}
