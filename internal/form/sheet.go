package form

import (
	"context"
	"io"
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
)

// Sheet is an interview sheet to be printed: a form in one language, with all that a person who is asked may want to know.
type Sheet struct {
	Form   Form
	With   Edition // whose questions are in the form; zero: none
	P      *lang.Printer
	Own    map[string]string // words of the additions in that language
	Status lang.Status       // of the language; a node knows better whether somebody has reviewed the sheet
}

// Sheet returns the interview sheet of a version of a form with the questions of an edition, in a language of c.
//
// It fails with [fault.Invalid] as [Set.Form], and if c has no such language.
func (s Set) Sheet(c *lang.Catalogue, t lang.Tag, form string, version int64, with Edition) (Sheet, error) {
	if !slices.Contains(c.Reads(), t) {
		return Sheet{}, fault.New(fault.Invalid, "form.language").With("language", string(t))
	}
	out, err := s.Said(c.Reader(t), form, version, with)
	out.Status = c.Status(t)
	return out, err
}

// Said returns a version of a form with the questions of an edition, in the words of a printer.
//
// It fails with [fault.Invalid] as [Set.Form].
func (s Set) Said(p *lang.Printer, form string, version int64, with Edition) (Sheet, error) {
	f, err := s.Form(form, version, with)
	if err != nil {
		return Sheet{}, err
	}
	out := Sheet{Form: f, With: with, P: p}
	for _, a := range s.additions {
		if a.Member == with.Member && a.Version == with.Version {
			out.Own = a.Words[string(p.Tag())]
		}
	}
	return out, nil
}

// HTML writes the sheet as a page of its own, which needs nothing beside it.
//
// It fails as w does.
func (s Sheet) HTML(w io.Writer) error { return sheet(s).Render(context.Background(), w) }

// Say says a message of the form or of the additions.
func (s Sheet) Say(key string) string {
	if text, ok := s.Own[key]; ok {
		return text
	}
	return s.P.Text(key)
}

// draft reports whether nobody has reviewed the words.
func (s Sheet) draft() bool { return s.Status.State == "machine-drafted" }

// Lines returns what stands below a question: why, when, who, how long.
func (s Sheet) Lines(q Question) []string {
	out := slices.Concat([]string{s.Why(q)}, s.Care(q))
	if q.Required {
		out = append(out, s.P.Text("form.sheet.required"))
	}
	return slices.Concat(out, s.Keeps(q))
}

// Why says why a question is asked.
func (s Sheet) Why(q Question) string { return s.P.Text("form.sheet.why", "why", s.Say(q.Why)) }

// Care returns what must be known before a question is asked: when it is, and that it may hurt.
func (s Sheet) Care(q Question) []string {
	var out []string
	if q.When != nil {
		out = append(out, s.when(*q.When))
	}
	if q.Trauma {
		out = append(out, s.P.Text("form.sheet.trauma"))
	}
	return out
}

// Keeps returns what becomes of an answer: who sees it, how long it is kept, and under which consent it may be shared.
func (s Sheet) Keeps(q Question) []string {
	var roles []string
	for _, r := range q.Sees {
		roles = append(roles, s.P.Text("access.role."+string(r)))
	}
	out := []string{s.P.Text("form.sheet.sees", "roles", s.P.And(roles...)), s.P.Text("form.sheet.keep", "keep", s.P.Text("form.keep."+q.Keep))}
	if q.Category != "" {
		out = append(out, s.P.Text("form.sheet.category", "category", s.P.Text("consent.category."+string(q.Category))))
	}
	return out
}

// when says a condition in words.
func (s Sheet) when(c Condition) string {
	question, answers := "", []string{}
	for _, q := range s.Form.questions() {
		if q.ID != c.Question {
			continue
		}
		question = s.Say(q.Words)
		for _, code := range c.Is {
			answers = append(answers, s.answer(q, code))
		}
	}
	return s.P.Text("form.sheet.when", "question", question, "answers", s.P.Or(answers...))
}

// answer says a code of a question in words.
func (s Sheet) answer(q Question, code string) string {
	for _, o := range s.Form.list(q.List) {
		if o.Code == code {
			return s.Say(o.Words)
		}
	}
	if code == yes || code == no {
		return s.P.Text("form." + code)
	}
	return s.P.Text("form.none." + code)
}

// choices returns the words that stand beside the boxes of a question.
func (s Sheet) choices(q Question) []string {
	var all []string
	for _, o := range s.Options(q) {
		all = append(all, o.Words)
	}
	return all
}

// Options returns what a question can be answered with, said in words; nil if it is no choice.
func (s Sheet) Options(q Question) []Option {
	if q.Kind == YesNo {
		return []Option{{yes, s.P.Text("form.yes")}, {no, s.P.Text("form.no")}}
	}
	var all []Option
	for _, o := range s.Form.list(q.List) {
		all = append(all, Option{o.Code, s.Say(o.Words)})
	}
	return all
}

// parts returns the names of the places to write into, "" for one that needs no name.
func (s Sheet) parts(k Kind) []string {
	switch k {
	case Date:
		return []string{s.P.Text("form.sheet.day"), s.P.Text("form.sheet.month"), s.P.Text("form.sheet.year")}
	case LongText:
		return []string{"", "", "", ""}
	case Choice, Choices, YesNo:
		return nil
	}
	return []string{""}
}

// none returns the words of the four answers.
func (s Sheet) none() []string {
	var all []string
	for _, state := range Without() {
		all = append(all, s.P.Text("form.none."+state.Code()))
	}
	return all
}
