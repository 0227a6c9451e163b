package webreturn

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/page"
)

// codes are the choices of a list of returns.
func (v *visit) codes(list, prefix string) ([]page.Choice, error) {
	d, err := homecoming.Shipped()
	if err != nil {
		return nil, err
	}
	return v.Choices(prefix, d.Codes(list)...), nil
}

// tick is a box to tick, or none.
func (v *visit) tick(f page.Form, name, hint string) page.Checkboxes {
	at := page.Field{ID: name, Label: page.Key("homecoming.ask." + name), Error: page.ErrorAt(f.Errors, name)}
	if hint != "" {
		at.Hint = page.Key(hint)
	}
	return page.Checkboxes{Field: at, Choices: v.Choices("web.", "yes"), Values: v.R.PostForm[name]}
}

func at(f page.Form, name string) page.Field {
	return page.Field{ID: name, Label: page.Key("homecoming.ask." + name), Error: page.ErrorAt(f.Errors, name)}
}

func optional(f page.Field) page.Field {
	f.Optional = true
	return f
}

func hinted(f page.Field) page.Field {
	f.Hint = page.Key("homecoming.ask." + f.ID + ".hint")
	return f
}

func (v *visit) line(f page.Field) page.Input { return page.Input{Field: f, Value: v.Field(f.ID)} }

func (v *visit) text(f page.Field) page.Textarea {
	return page.Textarea{Field: f, Value: v.Field(f.ID)}
}

func (v *visit) decideForm() error { return v.showDecide(page.Form{}) }

// showDecide asks for her own informed decision: what was explained to her comes before what she wants.
func (v *visit) showDecide(f page.Form) error {
	of, err := v.at(access.DecideHomecoming)
	if err != nil {
		return err
	}
	explained, err := v.codes(homecoming.ListExplained, "homecoming.explained.")
	if err != nil {
		return err
	}
	f = v.form(f, of, "decision")
	f.Intro, f.Warning = []page.Msg{page.Key("homecoming.decision.text")}, page.Key("homecoming.decision.free")
	f.Fields = append(f.Fields,
		v.DayField(at(f, "on"), true),
		page.SelectList(v.P, page.Select{Field: at(f, "language"), Choices: v.Languages(), Value: v.Field("language"), Empty: page.Key("web.choose")}),
		page.TextInput(v.P, v.line(optional(hinted(at(f, "interpreter"))))),
		page.CheckboxGroup(v.P, v.tick(f, "read-back", "")),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: hinted(at(f, "explained")), Choices: explained, Values: v.R.PostForm["explained"]}),
		page.CheckboxGroup(v.P, v.tick(f, "free", "")),
		page.TextArea(v.P, v.text(hinted(at(f, "words")))),
	)
	return v.ShowForm(f)
}

func (v *visit) decide() error {
	explained, err := v.codes(homecoming.ListExplained, "")
	if err != nil {
		return err
	}
	x := homecoming.Decision{
		On: v.Day("on"), Language: v.Field("language"), Interpreter: v.Field("interpreter"), ReadBack: v.Field("read-back") != "",
		Explained: v.Sent("explained", explained), Free: v.Field("free") != "", Words: v.Field("words"),
	}
	r, err := v.Homecomings.Decide(v.R.Context(), v.By, v.which(), v.Version(), x)
	if err != nil {
		fields := page.FieldsOf("on", "language", "interpreter", "explained", "words")
		fields["homecoming.explain"], fields["homecoming.language"], fields["homecoming.free"] = "explained", "interpreter", "free"
		return v.again(err, fields, v.showDecide)
	}
	return v.To(pathOf(r.ID), "return")
}

func (v *visit) interestForm() error { return v.showInterest(page.Form{}) }

// showInterest asks what a body determined to be in the best interests of a child.
func (v *visit) showInterest(f page.Form) error {
	of, err := v.at(access.InterestHomecoming)
	if err != nil {
		return err
	}
	bodies, err := v.codes(homecoming.ListBody, "homecoming.body.")
	if err != nil {
		return err
	}
	results, err := v.codes(homecoming.ListResult, "homecoming.result.")
	if err != nil {
		return err
	}
	f = v.form(f, of, "interest")
	f.Intro = []page.Msg{page.Key("homecoming.interest.text")}
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: at(f, "body"), Choices: bodies, Value: v.Field("body")}),
		page.TextInput(v.P, v.line(at(f, "name"))),
		v.DayField(at(f, "on"), true),
		page.RadioGroup(v.P, page.Radios{Field: at(f, "result"), Choices: results, Value: v.Field("result")}),
		page.TextInput(v.P, v.line(hinted(at(f, "basis")))),
		page.TextInput(v.P, v.line(at(f, "guardian"))),
		page.CheckboxGroup(v.P, v.tick(f, "agrees", "")),
		page.CheckboxGroup(v.P, v.tick(f, "heard", "")),
		page.TextArea(v.P, v.text(optional(at(f, "views")))),
	)
	return v.ShowForm(f)
}

func (v *visit) determine() error {
	x := homecoming.Interest{
		Body: v.Field("body"), Name: v.Field("name"), On: v.Day("on"), Result: v.Field("result"), Basis: v.Field("basis"),
		Guardian: v.Field("guardian"), Agrees: v.Field("agrees") != "", Heard: v.Field("heard") != "", Views: v.Field("views"), Language: string(v.P.Tag()),
	}
	r, err := v.Homecomings.Determine(v.R.Context(), v.By, v.which(), v.Version(), x)
	if err != nil {
		return v.again(err, page.FieldsOf("body", "name", "on", "result", "basis", "guardian", "views"), v.showInterest)
	}
	return v.To(pathOf(r.ID), "return")
}
