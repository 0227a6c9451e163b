package webfirst

import (
	"encoding/json"
	"slices"
	"unicode"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
)

// presumed is the form of a presumed victim, which the way begins and whoever has time goes on with.
const presumed = "F1"

func (v *visit) herForm() error { return v.showHer(page.Form{}) }

// showHer asks what decides what is done with her first. Three answers must be given; who she is is none of them.
func (v *visit) showHer(f page.Form) error {
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("urgent.her"), "/urgent", "/urgent/new", page.Key("web.continue"), true
	f.Danger = true
	f.Intro = []page.Msg{page.Key("urgent.her.text")}
	value := func(name string) string {
		if v.Field("do") == "on" && name != "name" {
			return "" // it comes from the search
		}
		return v.Field(name)
	}
	sure := append(v.Choices("web.", "yes", "no"), page.Choice{Value: "unknown", Text: page.Key("form.none.unknown")})
	safe := slices.Clone(sure)
	safe[1].Hint = page.Key("urgent.danger.no")
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "age", Label: page.Key("case.age-class"), Hint: page.Key("case.age-class.hint"), Error: page.ErrorAt(f.Errors, "age")}, Choices: v.Choices("person.age.", "adult", "child", "unknown"), Value: value("age")}),
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "safe-now", Label: page.Key("form.f1.safe-now"), Error: page.ErrorAt(f.Errors, "safe-now")}, Choices: safe, Value: value("safe-now")}),
		page.SelectList(v.P, page.Select{Field: page.Field{ID: "language", Label: page.Key("form.f1.language"), Error: page.ErrorAt(f.Errors, "language")}, Choices: v.Languages(), Value: value("language"), Empty: page.Key("web.choose")}),
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "medical-now", Label: page.Key("form.f1.medical-now"), Optional: true}, Choices: sure, Value: value("medical-now"), Inline: true}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "name", Label: page.Key("urgent.name"), Optional: true, Error: page.ErrorAt(f.Errors, "name")}, Value: value("name")}),
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "sex", Label: page.Key("person.sex"), Optional: true}, Choices: v.Choices("person.sex.", "female", "male", "other"), Value: value("sex"), Inline: true}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "safe-way", Label: page.Key("form.f1.safe-way"), Optional: true, Error: page.ErrorAt(f.Errors, "safe-way")}, Value: value("safe-way")}),
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "asylum", Label: page.Key("case.asylum"), Hint: page.Key("case.asylum.hint"), Optional: true}, Choices: v.Choices("web.", "yes", "no"), Value: value("asylum"), Inline: true}),
	)
	return v.ShowForm(f)
}

// missing says what has to be answered and was not, all at once.
func (v *visit) missing(names ...string) []page.Error {
	var all []page.Error
	for _, name := range names {
		if len(v.R.PostForm[name]) == 0 || v.Field(name) == "" {
			all = append(all, page.Error{Field: name, Text: page.Key("urgent.missing." + name)})
		}
	}
	return all
}

func told[T any](given bool, value T) person.Answer[T] {
	if given {
		return person.Answer[T]{State: person.Given, Value: value}
	}
	return person.Without[T](person.NotAsked)
}

// herSent is who she is, as far as she said it.
func (v *visit) herSent() person.Person {
	p := person.Person{
		Names: []person.Name{}, Contacts: []person.Contact{},
		Birth: person.Without[person.Birth](person.NotAsked), Citizenships: person.Without[[]string](person.NotAsked),
		Documents: person.Without[[]person.Document](person.NotAsked),
		Sex:       told(v.Field("sex") != "", person.Sex(v.Field("sex"))),
		Languages: told(true, []person.Language{{Tag: v.Field("language")}}),
		Age:       told(v.Field("age") != string(person.AgeUnknown), person.AgeClass(v.Field("age"))),
	}
	if p.Age.State != person.Given {
		p.Age = person.Without[person.AgeClass](person.Unknown)
	}
	if s := v.Field("name"); s != "" {
		p.Names = append(p.Names, person.Name{Use: person.Alias, Parts: []person.NamePart{{Kind: person.WholeName, Text: s}}, Script: script(s)})
	}
	return p
}

// script is the script that a name is written in.
func script(s string) string {
	for _, r := range s {
		for name, table := range map[string]*unicode.RangeTable{"Grek": unicode.Greek, "Cyrl": unicode.Cyrillic, "Arab": unicode.Arabic} {
			if unicode.Is(table, r) {
				return name
			}
		}
	}
	return "Latn"
}

// open begins her case and the form of a presumed victim with what was answered.
func (v *visit) open() error {
	if errors := v.missing("age", "safe-now", "language"); len(errors) > 0 {
		return v.showHer(page.Form{Status: page.StatusOf(fault.Invalid), Errors: errors})
	}
	p := v.herSent()
	c, err := v.Cases.Open(v.R.Context(), v.By, casefile.Opening{AgeClass: person.AgeClass(v.Field("age")), Asylum: v.Field("asylum") == "yes", Person: &p})
	if err != nil {
		return v.Again(err, map[string]string{"": "age", "age_class": "age", "names": "name", "languages": "language", "sex": "sex"}, v.showHer)
	}
	if err := v.begun(c.ID); err != nil {
		v.Failed("urgent.form", err) // the case is there: what is missing in the form stands on the page before it is sent
	}
	return v.To("/cases/"+string(c.ID)+"/urgent", "")
}

// begun keeps the answers as a draft of the form, as far as the role sees its questions.
func (v *visit) begun(c id.Case) error {
	for _, f := range v.Forms.Forms.Offered(v.Site.Member, v.By.Role) {
		if f.Form != presumed {
			continue
		}
		of, err := v.Forms.Forms.Form(f.Form, f.Version, f.Additions)
		if err != nil {
			return err
		}
		f.Answers = map[string]form.Answer{}
		for _, part := range of.Sections {
			for _, q := range part.Questions {
				if a, there := v.answer(q); there && q.SeenBy(v.By.Role) {
					f.Answers[q.ID] = a
				}
			}
		}
		_, err = v.Forms.Fill(v.R.Context(), v.By, c, form.Filling{Schema: form.FillingName, Record: f, Language: v.Field("language")})
		return err
	}
	return nil
}

// answer is what was said on the page to a question of the form.
func (v *visit) answer(q form.Question) (form.Answer, bool) {
	var value any = v.Field(q.ID)
	switch q.ID {
	case "found-on":
		now := v.Site.Now().In(v.Zone)
		value = form.Day{Year: now.Year(), Month: int(now.Month()), Day: now.Day()}
	case "age", "safe-now", "medical-now", "sex", "language", "safe-way":
		if value == "" {
			return form.Answer{}, false
		}
		if value == "unknown" {
			return form.Answer{State: person.Unknown}, true
		}
	default:
		return form.Answer{}, false
	}
	raw, err := json.Marshal(value)
	return form.Answer{State: person.Given, Value: raw}, err == nil
}

// may reports whether the reader may do more than this way: where she may not, no link leads there.
func (v *visit) may(a access.Action) bool { return page.May(v.By.Actor, a) }
