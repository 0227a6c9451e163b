package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// sortRows puts rows in the order of what they say.
func sortRows(v *Visit, rows []Row) {
	slices.SortFunc(rows, func(a, b Row) int { return strings.Compare(a.Key.In(v.p), b.Key.In(v.p)) })
}

// without are the answers that are none, for a select beside a field.
func (v *Visit) without() []Choice {
	var codes []string
	for _, s := range person.States() {
		if s != person.Given {
			codes = append(codes, s.Code())
		}
	}
	return v.choices("person.answer.", codes...)
}

// answered returns a given answer if there is a value, and else why there is none.
func answered[T any](v *Visit, name string, given bool, value T) (person.Answer[T], error) {
	if given {
		return person.Say(value), nil
	}
	var s person.State
	if code := v.field(name + "-without"); code != "" {
		if err := s.UnmarshalText([]byte(code)); err != nil || s == person.Given {
			return person.Answer[T]{}, fault.New(fault.Invalid, "person.answer.state").With("field", name)
		}
	}
	return person.Without[T](s), nil
}

func (v *Visit) personForm() error { return v.showPerson(form{}) }

func (v *Visit) showPerson(f form) error {
	c := v.r.PathValue("case")
	f.title, f.back, f.action, f.submit, f.leave = Key("person.record"), "/cases/"+c, "/cases/"+c+"/person", Key("person.record.do"), true
	f.intro = []Msg{Key("person.record.text")}
	text := func(id string, label, hint Msg, width int) {
		f.fields = append(f.fields, TextInput(v.p, Input{Field: Field{ID: id, Label: label, Hint: hint, Optional: true, Error: at(f.errors, id)}, Value: v.field(id), Width: width}))
	}
	why := func(id string) {
		f.fields = append(f.fields, SelectList(v.p, Select{Field: Field{ID: id + "-without", Label: Key("person.without")}, Choices: v.without(), Value: v.field(id + "-without")}))
	}
	text("given", Key("person.given"), Key("person.given.hint"), 0)
	text("surname", Key("person.surname"), Msg{}, 0)
	text("alias", Key("person.alias"), Key("person.alias.hint"), 0)
	f.fields = append(f.fields, DateFields(v.p, DateInput{
		Field: Field{ID: "birth", Label: Key("person.birth"), Hint: Key("person.birth.hint"), Optional: true, Error: at(f.errors, "birth")},
		Day:   v.field("birth-day"), Month: v.field("birth-month"), Year: v.field("birth-year"),
	}))
	why("birth")
	f.fields = append(f.fields, SelectList(v.p, Select{Field: Field{ID: "sex", Label: Key("person.sex"), Optional: true}, Choices: v.choices("person.sex.", "female", "male", "other"), Value: v.field("sex"), Empty: Key("web.none")}))
	why("sex")
	text("citizenships", Key("person.citizenships"), Key("case.origins.hint"), 10)
	why("citizenships")
	f.fields = append(f.fields, CheckboxGroup(v.p, Checkboxes{Field: Field{ID: "languages", Label: Key("person.languages"), Optional: true, Error: at(f.errors, "languages")}, Choices: v.languages(), Values: v.r.PostForm["languages"]}))
	why("languages")
	ways := v.choices("person.way.", "telephone", "sms", "messenger", "email", "post", "visit", "third-person")
	safety := v.choices("person.safety.", "safe", "unsafe", "unknown")
	f.fields = append(f.fields,
		SelectList(v.p, Select{Field: Field{ID: "way", Label: Key("person.way"), Hint: Key("person.way.hint"), Optional: true}, Choices: ways, Value: v.field("way"), Empty: Key("web.none")}),
		TextInput(v.p, Input{Field: Field{ID: "contact", Label: Key("person.contact"), Optional: true, Error: at(f.errors, "contact")}, Value: v.field("contact")}),
		RadioGroup(v.p, Radios{Field: Field{ID: "safety", Label: Key("person.safety")}, Choices: safety, Value: orElse(v.field("safety"), "unknown")}),
		TextInput(v.p, Input{Field: Field{ID: "times", Label: Key("person.times"), Optional: true}, Value: v.field("times")}),
		TextInput(v.p, Input{Field: Field{ID: "may-say", Label: Key("person.may-say"), Optional: true}, Value: v.field("may-say")}),
		TextInput(v.p, Input{Field: Field{ID: "answerer", Label: Key("person.answerer"), Optional: true}, Value: v.field("answerer")}),
		TextInput(v.p, Input{Field: Field{ID: "code-word", Label: Key("person.code-word"), Optional: true}, Value: v.field("code-word")}),
		CheckboxGroup(v.p, Checkboxes{Field: Field{ID: "voice", Label: Key("person.voice")}, Choices: v.choices("web.", "yes"), Values: v.r.PostForm["voice"]}),
	)
	return v.showForm(f)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// number reads a number that may be left out.
func (v *Visit) number(name string) (int, error) {
	s := v.field(name)
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
func (v *Visit) personSent() (person.Person, error) {
	p := person.Person{Names: []person.Name{}, Contacts: []person.Contact{}}
	var parts []person.NamePart
	if s := v.field("given"); s != "" {
		parts = append(parts, person.NamePart{Kind: person.GivenName, Text: s})
	}
	if s := v.field("surname"); s != "" {
		parts = append(parts, person.NamePart{Kind: person.Surname, Text: s})
	}
	if len(parts) > 0 {
		p.Names = append(p.Names, person.Name{Use: person.Registered, Parts: parts, Script: script(v.field("given") + v.field("surname"))})
	}
	if s := v.field("alias"); s != "" {
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
	if p.Sex, err = answered(v, "sex", v.field("sex") != "", person.Sex(v.field("sex"))); err != nil {
		return p, err
	}
	var countries []string
	for _, c := range list(v.field("citizenships")) {
		countries = append(countries, strings.ToUpper(c))
	}
	if p.Citizenships, err = answered(v, "citizenships", len(countries) > 0, countries); err != nil {
		return p, err
	}
	var languages []person.Language
	for _, tag := range v.r.PostForm["languages"] {
		languages = append(languages, person.Language{Tag: tag})
	}
	if p.Languages, err = answered(v, "languages", len(languages) > 0, languages); err != nil {
		return p, err
	}
	p.Documents = person.Without[[]person.Document](person.NotAsked)
	p.Age = person.Without[person.AgeClass](person.NotAsked)
	if v.field("way") != "" {
		p.Contacts = append(p.Contacts, person.Contact{
			Way: person.Way(v.field("way")), Address: v.field("contact"), Safety: person.Safety(v.field("safety")), Answerer: v.field("answerer"),
			Times: v.field("times"), MaySay: v.field("may-say"), CodeWord: v.field("code-word"), Voice: v.field("voice") != "",
		})
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

func (v *Visit) record() error {
	c := id.Case(v.r.PathValue("case"))
	p, err := v.personSent()
	if err == nil {
		_, err = v.web.Persons.Record(v.r.Context(), v.by, c, p)
	}
	if err != nil {
		return v.again(err, map[string]string{"": "given", "birth": "birth", "citizenships": "citizenships", "languages": "languages", "contacts": "contact"}, v.showPerson)
	}
	return v.to("/cases/"+string(c), "person")
}
