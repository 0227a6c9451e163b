package webcase

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
)

// without are the answers that are none, for a select beside a field.
func (v *visit) without() []page.Choice {
	var codes []string
	for _, s := range person.States() {
		if s != person.Given {
			codes = append(codes, s.Code())
		}
	}
	return v.Choices("person.answer.", codes...)
}

// answered returns a given answer if there is a value, and else why there is none.
func answered[T any](v *visit, name string, given bool, value T) (person.Answer[T], error) {
	if given {
		return person.Say(value), nil
	}
	var s person.State
	if code := v.Field(name + "-without"); code != "" {
		if err := s.UnmarshalText([]byte(code)); err != nil || s == person.Given {
			return person.Answer[T]{}, fault.New(fault.Invalid, "person.answer.state").With("field", name)
		}
	}
	return person.Without[T](s), nil
}

func (v *visit) personForm() error { return v.showPerson(page.Form{}) }

func (v *visit) showPerson(f page.Form) error {
	c := v.R.PathValue("case")
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("person.record"), "/cases/"+c, "/cases/"+c+"/person", page.Key("person.record.do"), true
	f.Intro = []page.Msg{page.Key("person.record.text")}
	row, err := v.Cases.Know(v.R.Context(), v.By.Actor, id.Case(c))
	if err != nil {
		return err
	}
	f.Fields = append(v.personFields(f, row.AgeClass), v.contactFields(f, "", page.Key("person.way.hint"))...)
	return v.ShowForm(f)
}

// personFields ask who she is, of whose age something is said already.
func (v *visit) personFields(f page.Form, class person.AgeClass) []templ.Component {
	year := page.Key("person.birth.hint")
	if class == person.Adult {
		year = page.Key("person.birth.hint.adult")
	}
	text := func(id string, label, hint page.Msg, width int) {
		f.Fields = append(f.Fields, page.TextInput(v.P, page.Input{Field: page.Field{ID: id, Label: label, Hint: hint, Optional: true, Error: page.ErrorAt(f.Errors, id)}, Value: v.Field(id), Width: width}))
	}
	why := func(id string) {
		f.Fields = append(f.Fields, page.SelectList(v.P, page.Select{Field: page.Field{ID: id + "-without", Label: page.Key("person.without")}, Choices: v.without(), Value: v.Field(id + "-without")}))
	}
	text("given", page.Key("person.given"), page.Key("person.given.hint"), 0)
	text("surname", page.Key("person.surname"), page.Msg{}, 0)
	text("alias", page.Key("person.alias"), page.Key("person.alias.hint"), 0)
	f.Fields = append(f.Fields, page.DateFields(v.P, page.DateInput{
		Field: page.Field{ID: "birth", Label: page.Key("person.birth"), Hint: year, Optional: true, Error: page.ErrorAt(f.Errors, "birth")},
		Day:   v.Field("birth-day"), Month: v.Field("birth-month"), Year: v.Field("birth-year"),
	}))
	why("birth")
	f.Fields = append(f.Fields, page.SelectList(v.P, page.Select{Field: page.Field{ID: "sex", Label: page.Key("person.sex"), Optional: true}, Choices: v.Choices("person.sex.", "female", "male", "other"), Value: v.Field("sex"), Empty: page.Key("web.none")}))
	why("sex")
	text("citizenships", page.Key("person.citizenships"), page.Key("case.origins.hint"), 10)
	why("citizenships")
	f.Fields = append(f.Fields, page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "languages", Label: page.Key("person.languages"), Optional: true, Error: page.ErrorAt(f.Errors, "languages")}, Choices: v.Languages(), Values: v.R.PostForm["languages"]}))
	why("languages")
	return f.Fields
}

// number reads a number that may be left out.
func (v *visit) number(name string) (int, error) {
	s := v.Field(name)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, fault.New(fault.Invalid, "person.field").With("field", "birth")
	}
	return n, nil
}

// personSent reads the form of a person.
func (v *visit) personSent() (person.Person, error) {
	p := person.Person{Names: []person.Name{}, Contacts: []person.Contact{}}
	var parts []person.NamePart
	if s := v.Field("given"); s != "" {
		parts = append(parts, person.NamePart{Kind: person.GivenName, Text: s})
	}
	if s := v.Field("surname"); s != "" {
		parts = append(parts, person.NamePart{Kind: person.Surname, Text: s})
	}
	if len(parts) > 0 {
		p.Names = append(p.Names, person.Name{Use: person.Registered, Parts: parts, Script: script(v.Field("given") + v.Field("surname"))})
	}
	if s := v.Field("alias"); s != "" {
		p.Names = append(p.Names, person.Name{Use: person.Alias, Parts: []person.NamePart{{Kind: person.WholeName, Text: s}}, Script: script(s)})
	}
	var birth person.Birth
	var err error
	if birth.Year, err = v.number("birth-year"); err != nil {
		return p, err
	}
	if birth.Month, err = v.number("birth-month"); err != nil {
		return p, err
	}
	if birth.Day, err = v.number("birth-day"); err != nil {
		return p, err
	}
	if p.Birth, err = answered(v, "birth", birth != person.Birth{}, birth); err != nil {
		return p, err
	}
	if p.Sex, err = answered(v, "sex", v.Field("sex") != "", person.Sex(v.Field("sex"))); err != nil {
		return p, err
	}
	var countries []string
	for _, c := range page.List(v.Field("citizenships")) {
		countries = append(countries, strings.ToUpper(c))
	}
	if p.Citizenships, err = answered(v, "citizenships", len(countries) > 0, countries); err != nil {
		return p, err
	}
	var languages []person.Language
	for _, tag := range v.R.PostForm["languages"] {
		languages = append(languages, person.Language{Tag: tag})
	}
	if p.Languages, err = answered(v, "languages", len(languages) > 0, languages); err != nil {
		return p, err
	}
	p.Documents = person.Without[[]person.Document](person.NotAsked)
	p.Age = person.Without[person.AgeClass](person.NotAsked)
	if c, there := v.contactSent(""); there {
		p.Contacts = append(p.Contacts, c)
	}
	return p, nil
}

// script is the script that a name is written in, by its first letter that tells.
func script(s string) string {
	for _, r := range s {
		switch {
		case r >= 'Ͱ' && r <= 'Ͽ':
			return "Grek"
		case r >= 'Ѐ' && r <= 'ӿ':
			return "Cyrl"
		case r >= '؀' && r <= 'ۿ':
			return "Arab"
		}
	}
	return "Latn"
}

func (v *visit) record() error {
	c := id.Case(v.R.PathValue("case"))
	v.daysIntoTimes()
	p, err := v.personSent()
	if err == nil {
		_, err = v.Persons.Record(v.R.Context(), v.By, c, p)
	}
	if err != nil {
		return v.Again(err, map[string]string{"": "given", "birth": "birth", "citizenships": "citizenships", "languages": "languages", "contacts": "contact"}, v.showPerson)
	}
	return v.To("/cases/"+string(c), "person")
}
