package page

import (
	"slices"

	"github.com/opentrm/opentrm/internal/lang"
)

// Reading is a text for the person, said in her language already.
type Reading struct {
	Tag, Dir string
	Title    string
	Draft    string // that nobody has reviewed it, said to her; "": somebody has
	Parts    []ReadingPart
}

// ReadingPart is a part of it: paragraphs, a list, and lines of what and the answer.
type ReadingPart struct {
	Title string
	Texts []string
	Items []string
	Lines [][2]string
}

// Reader returns the printer of what the person reads in the language that a field of the request names; that of the page if it names
// none.
func (v *Visit) Reader(field string) *lang.Printer {
	if t := lang.Tag(v.R.FormValue(field)); slices.Contains(v.Site.Texts.Reads(), t) {
		return v.Site.Texts.Reader(t)
	}
	return v.Site.Texts.Reader(v.P.Tag())
}

// Reads are the languages of the texts that the person reads.
func (v *Visit) Reads() []Choice {
	var all []Choice
	for _, t := range v.Site.Texts.Reads() {
		all = append(all, Choice{Value: string(t), Text: v.ReadName(t)})
	}
	return all
}

// ReadName names such a language: in the words of the page, or as it names itself where they have none.
func (v *Visit) ReadName(t lang.Tag) Msg {
	if name := v.P.LanguageName(string(t)); name != string(t) {
		return Plain(name)
	}
	return Plain(Or(v.Site.Texts.Status(t).Name, string(t)))
}

// ReadSelect asks for one of them.
func (v *Visit) ReadSelect(field string, label Msg) Select {
	return Select{Field: Field{ID: field, Label: label}, Choices: v.Reads(), Value: string(v.Reader(field).Tag())}
}
