package webcooperation

import (
	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/profile"
)

func (v *visit) beginForm() error { return v.showBegin(page.Form{}) }

// showBegin asks whom and what first, and by which instrument once both are said.
func (v *visit) showBegin(f page.Form) error {
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("cooperation.new"), "/cooperation", "/cooperation/new", page.Key("web.continue"), true
	to, err := id.ParseAddress(v.Field("to"))
	kind := v.Field("kind")
	if err != nil || len(v.Law().Instruments(v.Site.Member, to.Member, kind)) == 0 {
		return v.showWhom(f, err == nil && kind != "")
	}
	f.Hidden = [][2]string{{"to", to.String()}, {"kind", kind}}
	f.Intro = []page.Msg{page.Key("cooperation.new.text")}
	instrument := field(f, "instrument")
	instrument.Hint = page.Key("cooperation.instrument.hint")
	var rows []page.Choice
	for _, i := range v.Law().Instruments(v.Site.Member, to.Member, kind) {
		rows = append(rows, page.Choice{Value: i.Key, Text: page.Key(i.Text), Hint: page.Plain(v.Word("profile.status.", string(i.Origin.Status)).In(v.P) + ". " + i.Origin.Citation)})
	}
	answers := v.R.PostForm["answers"]
	if v.Field("instrument-asked") == "" {
		answers = []string{string(v.P.Tag())}
		if answers[0] != "en" {
			answers = append(answers, "en")
		}
	}
	f.Hidden = append(f.Hidden, [2]string{"instrument-asked", "yes"})
	f.Fields = []templ.Component{
		page.RadioGroup(v.P, page.Radios{Field: instrument, Choices: rows, Value: v.Field("instrument")}),
		page.TextInput(v.P, page.Input{Field: hinted(field(f, "from"), "cooperation.office.hint"), Value: v.Field("from")}),
		page.TextInput(v.P, page.Input{Field: optional(field(f, "from-contact")), Value: v.Field("from-contact")}),
		page.TextInput(v.P, page.Input{Field: field(f, "to-office"), Value: v.Field("to-office")}),
		page.SelectList(v.P, page.Select{Field: field(f, "language"), Choices: v.Languages(), Value: page.Or(v.Field("language"), string(v.P.Tag()))}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: field(f, "answers"), Choices: v.Languages(), Values: answers}),
	}
	return v.ShowForm(f)
}

// showWhom asks for the other desk and the kind; without says that there is no instrument between the two for what was chosen.
func (v *visit) showWhom(f page.Form, without bool) error {
	all, err := v.Members.Directory(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	var to []page.Choice
	for _, l := range all {
		if l.Desk.Body() == profile.SectorJustice && l.Address.Member != v.Site.Member {
			to = append(to, page.Choice{Value: l.Address.String(), Text: page.Plain(v.P.CountryName(string(l.Address.Member))), Hint: page.Plain(string(l.Address.Desk))})
		}
	}
	if without {
		f.Errors = append(f.Errors, page.Error{Field: "kind", Text: page.Key("cooperation.no-instrument")})
	} else if v.R.Method == "POST" {
		f.Errors = append(f.Errors, page.Error{Field: "to", Text: page.Key("cooperation.choose")})
	}
	if len(f.Errors) > 0 {
		f.Status = 422
	}
	f.Intro = []page.Msg{page.Key("cooperation.list.text")}
	if len(to) == 0 {
		f.Intro = append(f.Intro, page.Key("cooperation.no-desk"))
	}
	f.Fields = []templ.Component{
		page.RadioGroup(v.P, page.Radios{Field: field(f, "to"), Choices: to, Value: v.Field("to")}),
		page.RadioGroup(v.P, page.Radios{Field: field(f, "kind"), Choices: v.Choices("cooperation.kind.", profile.RequestKinds()...), Value: v.Field("kind")}),
	}
	return v.ShowForm(f)
}

func (v *visit) begin() error {
	to, err := id.ParseAddress(v.Field("to"))
	if err != nil || v.Field("instrument-asked") == "" {
		return v.showBegin(page.Form{})
	}
	r, err := v.Cooperations.Begin(v.R.Context(), v.By, to, cooperation.Request{
		Kind: v.Field("kind"), Instrument: v.Field("instrument"), From: cooperation.Office{Name: v.Field("from"), Contact: v.Field("from-contact")},
		To: cooperation.Office{Name: v.Field("to-office")}, Language: v.Field("language"), Answers: v.Sent("answers", v.Languages()),
	})
	if err != nil {
		fields := page.FieldsOf("instrument", "from", "language", "answers")
		fields["to"] = "to-office"
		return v.Again(err, fields, v.showBegin)
	}
	return v.To(pathOf(r.ID), "cooperation-begun")
}
