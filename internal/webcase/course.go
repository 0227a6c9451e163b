package webcase

import (
	"slices"
	"strconv"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/htcds"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
)

// The course of a case: decisions on her status, services that she is given, and its end.

func (v *visit) caseForm(f page.Form, verb string) page.Form {
	c := "/cases/" + v.R.PathValue("case")
	f.Title, f.Submit, f.Back, f.Action, f.Leave = page.Key("case."+verb), page.Key("case."+verb+".do"), c, c+"/"+verb, true
	f.Intro = []page.Msg{page.Key("case." + verb + ".text")}
	return f
}

func (v *visit) decideForm() error { return v.showDecide(page.Form{}) }

func (v *visit) showDecide(f page.Form) error {
	file, err := v.Cases.Show(v.R.Context(), v.By, id.Case(v.R.PathValue("case")))
	if err != nil {
		return err
	}
	f = v.caseForm(f, "decide")
	f.Intro = append(f.Intro, v.deciders(file.AgeClass)...)
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "status", Label: page.Key("case.status"), Error: page.ErrorAt(f.Errors, "status")}, Choices: v.Choices("case.status.", v.Lists.Codes(casefile.ListStatus)...), Value: v.Field("status")}),
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "body", Label: page.Key("case.body"), Error: page.ErrorAt(f.Errors, "body")}, Choices: v.Choices("case.body.", v.Lists.Codes(casefile.ListBody)...), Value: v.Field("body")}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "with", Label: page.Key("case.decide.with"), Optional: true, Error: page.ErrorAt(f.Errors, "with")}, Choices: v.Choices("case.body.", v.Lists.Codes(casefile.ListBody)...), Values: v.R.PostForm["with"]}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "name", Label: page.Key("case.body.name"), Error: page.ErrorAt(f.Errors, "name")}, Value: v.Field("name")}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "basis", Label: page.Key("case.decide.basis"), Hint: page.Key("case.decide.basis.hint"), Error: page.ErrorAt(f.Errors, "basis")}, Value: v.Field("basis")}),
		page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "grounds", Label: page.Key("case.decide.grounds"), Optional: true, Error: page.ErrorAt(f.Errors, "grounds")}, Value: v.Field("grounds")}),
		v.DayField(page.Field{ID: "date", Label: page.Key("case.decide.date"), Error: page.ErrorAt(f.Errors, "date")}, v.R.Method == "GET"),
		v.DayField(page.Field{ID: "review", Label: page.Key("case.decide.review"), Optional: true, Error: page.ErrorAt(f.Errors, "review")}, false),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "informed", Label: page.Key("case.decide.informed")}, Choices: v.Choices("web.", "yes"), Values: v.R.PostForm["informed"]}),
	)
	if len(file.Decisions) > 0 {
		var earlier []page.Choice
		for _, d := range slices.Backward(file.Decisions) {
			earlier = append(earlier, page.Choice{Value: string(d.Record), Text: v.decisionName(d)})
		}
		f.Fields = append(f.Fields, page.SelectList(v.P, page.Select{
			Field:   page.Field{ID: "of", Label: page.Key("case.decide.again"), Hint: page.Key("case.decide.again.hint"), Optional: true, Error: page.ErrorAt(f.Errors, "of")},
			Choices: earlier, Value: v.Field("of"), Empty: page.Key("web.none"),
		}))
	}
	return v.ShowForm(f)
}

// deciders say who decides in this country today on the status of a person of that age, as its profile has it.
func (v *visit) deciders(age person.AgeClass) (all []page.Msg) {
	law, people := v.Law(), profile.Adults
	if person.ChildPath(age) {
		people = profile.Children
	}
	doubt := false
	for _, status := range law.Decided(v.Site.Member) {
		a, err := law.Deciders(v.Site.Member, status, people, profile.Date(v.Site.Now().In(v.Zone).Format(time.DateOnly)))
		if err != nil || len(a.Bodies) == 0 {
			continue // the profile does not say
		}
		all = append(all, page.Key("case.decide.who", "status", v.Word("case.status.", status).In(v.P), "bodies", v.Words("case.body.", a.Bodies).In(v.P)))
		doubt = doubt || !a.Verified
	}
	if doubt {
		all = append(all, page.Key("case.decide.who.unverified"))
	}
	return all
}

// decisionName tells a decision from the others of a case.
func (v *visit) decisionName(k casefile.Kept[casefile.Decision]) page.Msg {
	return page.Key("case.decide.named", "status", v.Word("case.status.", k.Value.Status).In(v.P), "day", v.DayText(k.Value.Date).In(v.P), "body", k.Value.Name)
}

func (v *visit) decide() error {
	c := id.Case(v.R.PathValue("case"))
	_, err := v.Cases.Decide(v.R.Context(), v.By, c, casefile.Decision{
		Status: v.Field("status"), Body: v.Field("body"), Name: v.Field("name"), Country: v.Site.Member, Basis: v.Field("basis"), Grounds: v.Field("grounds"),
		Date: v.Day("date"), Review: v.Day("review"), Informed: v.Field("informed") != "", Of: id.Record(v.Field("of")), Language: string(v.P.Tag()),
		With: v.Sent("with", v.Choices("", v.Lists.Codes(casefile.ListBody)...)),
	})
	if err != nil {
		return v.Again(err, page.FieldsOf("status", "body", "with", "name", "basis", "grounds", "date", "review", "of"), v.showDecide)
	}
	return v.To("/cases/"+string(c), "decision")
}

func (v *visit) serviceForm() error { return v.showService(page.Form{}) }

func (v *visit) showService(f page.Form) error {
	f = v.caseForm(f, "service")
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "service", Label: page.Key("case.service.which"), Error: page.ErrorAt(f.Errors, "service")}, Choices: v.Choices("case.service.", v.Lists.Codes(casefile.ListService)...), Value: v.Field("service")}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "provider", Label: page.Key("case.provider"), Hint: page.Key("case.provider.hint"), Error: page.ErrorAt(f.Errors, "provider")}, Value: v.Field("provider")}),
		v.DayField(page.Field{ID: "from", Label: page.Key("case.service.from"), Error: page.ErrorAt(f.Errors, "from")}, v.R.Method == "GET"),
		v.DayField(page.Field{ID: "until", Label: page.Key("case.service.until"), Optional: true, Error: page.ErrorAt(f.Errors, "until")}, false),
		page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "note", Label: page.Key("case.note"), Optional: true, Error: page.ErrorAt(f.Errors, "note")}, Value: v.Field("note")}),
	)
	return v.ShowForm(f)
}

func (v *visit) service() error {
	c := id.Case(v.R.PathValue("case"))
	_, err := v.Cases.Serve(v.R.Context(), v.By, c, "", 0, casefile.Delivery{
		Service: v.Field("service"), Provider: v.Field("provider"), From: v.Day("from"), Until: v.Day("until"), Note: v.Field("note"), Language: string(v.P.Tag()),
	})
	if err != nil {
		return v.Again(err, page.FieldsOf("service", "provider", "from", "until", "note"), v.showService)
	}
	return v.To("/cases/"+string(c), "service")
}

// asRead hides in a form the version of what it changes, as the page that led to it has read it.
func (v *visit) asRead(f page.Form) page.Form {
	f.Hidden = append(f.Hidden, [2]string{"version", page.Or(v.Field("version"), v.R.URL.Query().Get("version"))})
	return f
}

// overtaken lets a form go on from what stands.
func (v *visit) overtaken(f page.Form, version int64, rows ...page.Row) page.Form {
	f.Hidden = append(f.Hidden, [2]string{"version", v.Fresh(f, version)})
	f.Now = &page.Now{Rows: rows}
	return f
}

func (v *visit) decisionEntry(k casefile.Kept[casefile.Decision], all []casefile.Kept[casefile.Decision]) page.Entry {
	d := k.Value
	informed := page.Key("web.no")
	if d.Informed {
		informed = page.Key("web.yes")
	}
	e := page.Entry{When: v.DayText(d.Date), Text: d.Grounds, Lang: d.Language, Rows: []page.Row{
		{Key: page.Key("case.status"), Value: v.Word("case.status.", d.Status)},
		{Key: page.Key("case.body"), Value: v.Word("case.body.", d.Body), Lines: []page.Msg{page.Plain(d.Name)}},
	}}
	if len(d.With) > 0 {
		e.Rows = append(e.Rows, page.Row{Key: page.Key("case.decide.with"), Value: v.Words("case.body.", d.With)})
	}
	if d.Standing != "" {
		e.Rows = append(e.Rows, page.Row{Key: page.Key("case.decide.standing"), Value: v.Word("case.decide.standing.", string(d.Standing))})
	}
	for _, before := range all {
		if before.Record == d.Of {
			e.Rows = append(e.Rows, page.Row{Key: page.Key("case.decide.again"), Value: v.decisionName(before)})
		}
	}
	e.Rows = append(e.Rows,
		page.Row{Key: page.Key("case.decide.basis"), Value: page.Plain(d.Basis), Lang: d.Language},
		page.Row{Key: page.Key("case.decide.review"), Value: v.DayText(d.Review)},
		page.Row{Key: page.Key("case.decide.informed"), Value: informed},
	)
	return e
}

func (v *visit) serviceEntry(k casefile.Kept[casefile.Delivery]) page.Entry {
	d := k.Value
	return page.Entry{When: v.Word("case.service.", d.Service), Text: d.Note, Lang: d.Language, Rows: []page.Row{
		{Key: page.Key("case.provider"), Value: page.Plain(d.Provider)}, {Key: page.Key("case.service.from"), Value: v.DayText(d.From)}, {Key: page.Key("case.service.until"), Value: v.DayText(d.Until)},
	}}
}

// importedEntry is what a case was taken from, in the words of the source: they are no decision, consent or assessment.
func (v *visit) importedEntry(x casefile.Imported) page.Entry {
	e := page.Entry{When: v.When(x.At), Rows: []page.Row{
		{Key: page.Key("case.imported.source"), Value: page.Plain(x.Source)},
		{Key: page.Key("case.imported.row"), Value: page.Plain(strconv.FormatInt(x.Row, 10))},
	}}
	for _, s := range x.Said {
		row := page.Row{Key: v.fieldName(s.Field), Value: v.Word("person.answer.", s.Answer.State.Code())}
		for i, value := range s.Answer.Value {
			if i == 0 {
				row.Value = v.fieldValue(s.Field, value)
			} else {
				row.Lines = append(row.Lines, v.fieldValue(s.Field, value))
			}
		}
		e.Rows = append(e.Rows, row)
	}
	return e
}

// fieldName names a field of HTCDS in the words of the reader. Any other has the name that its source gave it.
func (v *visit) fieldName(field string) page.Msg {
	if key := htcds.Words(field); v.Site.Texts.Has(key) {
		return page.Key(key)
	}
	return page.Plain(field)
}

// fieldValue says a code of such a field, a tick and a day in the words of the reader. Whatever else stands there stays as it is.
func (v *visit) fieldValue(field, value string) page.Msg {
	f, _ := v.HTCDS.Table.Field(field)
	switch key := v.HTCDS.Table.CodeWords(field, value); {
	case len(f.Codes) > 0 && v.Site.Texts.Has(key):
		return page.Key(key)
	case f.Type == "checkbox" && value == htcds.Ticked:
		return page.Key("web.yes")
	case f.Type == "checkbox" && value == htcds.Unticked:
		return page.Key("web.no")
	case f.Type == "date" && person.Day(value):
		return v.DayText(value)
	}
	return page.Plain(value)
}
