package webcase

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

func (v *visit) refuseForm() error { return v.showRefuse(page.Form{}) }

// showRefuse asks what she did not want. That nobody asked her why is an answer like any other.
func (v *visit) showRefuse(f page.Form) error {
	f.Title, f.Submit, f.Leave = page.Key("case.refusal.new"), page.Key("case.refusal.do"), true
	f.Back = "/cases/" + v.R.PathValue("case")
	f.Action = f.Back + "/refusals"
	f.Intro = []page.Msg{page.Key("case.refusal.text")}
	f.Fields = append(f.Fields,
		page.SelectList(v.P, page.Select{
			Field:   page.Field{ID: "offer", Label: page.Key("case.refusal.offer"), Error: page.ErrorAt(f.Errors, "offer")},
			Choices: v.Choices("case.offer.", v.Lists.Codes(casefile.ListOffer)...), Value: v.Field("offer"), Empty: page.Key("web.choose"),
		}),
		page.SelectList(v.P, page.Select{
			Field:   page.Field{ID: "why", Label: page.Key("case.refusal.why"), Hint: page.Key("case.refusal.why.hint"), Error: page.ErrorAt(f.Errors, "why")},
			Choices: v.Choices("case.refusal.why.", v.Lists.Codes(casefile.ListRefusal)...), Value: v.Field("why"), Empty: page.Key("web.choose"),
		}),
		v.DayField(page.Field{ID: "on", Label: page.Key("case.refusal.on"), Error: page.ErrorAt(f.Errors, "on")}, v.R.Method == "GET"),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "told", Label: page.Key("case.refusal.told"), Error: page.ErrorAt(f.Errors, "told")}, Choices: v.Choices("web.", "yes"), Values: v.R.PostForm["told"]}),
		v.againField(f),
		page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "note", Label: page.Key("case.note"), Optional: true, Error: page.ErrorAt(f.Errors, "note")}, Value: v.Field("note")}),
	)
	return v.ShowForm(f)
}

func (v *visit) refuse() error {
	c := id.Case(v.R.PathValue("case"))
	_, err := v.Cases.Refuse(v.R.Context(), v.By, c, casefile.Refusal{
		Offer: v.Field("offer"), Why: v.Field("why"), On: v.Day("on"), Told: v.Field("told") != "", Again: v.Day("again"), Note: v.Field("note"),
	})
	if err != nil {
		return v.Again(err, page.FieldsOf("offer", "why", "on", "told", "again", "note"), v.showRefuse)
	}
	return v.To("/cases/"+string(c), "refusal")
}

func (v *visit) askedForm() error { return v.showAsked(page.Form{}) }

// showAsked asks what came of asking her again, and whether she may be asked once more.
func (v *visit) showAsked(f page.Form) error {
	f.Title, f.Submit, f.Leave = page.Key("case.refusal.ask"), page.Key("case.refusal.ask.do"), true
	f.Back = "/cases/" + v.R.PathValue("case")
	f.Action = f.Back + "/refusals/" + v.R.PathValue("record")
	f.Intro = []page.Msg{page.Key("case.refusal.ask.text")}
	card, err := v.CardAt(v.Persons, id.Case(v.R.PathValue("case")))
	if err != nil {
		return err
	}
	f = v.Behind(f, card)
	if f.Status == http.StatusConflict { // somebody was faster: what came of it stands above, and the form goes on from there
		file, err := v.Cases.Show(v.R.Context(), v.By, id.Case(v.R.PathValue("case")))
		if err != nil {
			return err
		}
		for _, k := range file.Refusals {
			if k.Record == id.Record(v.R.PathValue("record")) {
				f = v.overtaken(f, k.Version, v.refusalEntry(file.ID, k).Rows...)
				f.Now.By, f.Now.At = k.By, k.At
			}
		}
	} else {
		f = v.asRead(f)
	}
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{
			Field:   page.Field{ID: "outcome", Label: page.Key("case.refusal.outcome"), Error: page.ErrorAt(f.Errors, "outcome")},
			Choices: v.Choices("case.refusal.outcome.", casefile.AskedOutcomes()...), Value: v.Field("outcome"),
		}),
		v.DayField(page.Field{ID: "on", Label: page.Key("case.refusal.on"), Error: page.ErrorAt(f.Errors, "on")}, v.R.Method == "GET"),
		v.againField(f),
	)
	return v.ShowForm(f)
}

func (v *visit) againField(f page.Form) templ.Component {
	return v.DayField(page.Field{ID: "again", Label: page.Key("case.refusal.again"), Hint: page.Key("case.refusal.again.hint"), Optional: true, Error: page.ErrorAt(f.Errors, "again")}, false)
}

func (v *visit) askedAgain() error {
	c := id.Case(v.R.PathValue("case"))
	card, err := v.CardAt(v.Persons, c)
	if err != nil {
		return err
	}
	if unread := v.Unread(card); len(unread) > 0 {
		return v.showAsked(page.Form{Status: page.StatusOf(fault.Invalid), Errors: unread})
	}
	a := casefile.AskedAgain{On: v.Day("on"), Outcome: v.Field("outcome")}
	_, err = v.Cases.AskAgain(v.R.Context(), v.By, c, id.Record(v.R.PathValue("record")), v.Version(), a, v.Day("again"))
	if err != nil {
		fields := page.FieldsOf("outcome", "on", "again")
		fields["asked.on"], fields["asked.outcome"] = "on", "outcome"
		if fault.Is(err, fault.Stale) || fault.Is(err, fault.Conflict) {
			fields[""] = ""
		}
		return v.Again(err, fields, v.showAsked)
	}
	return v.To("/cases/"+string(c), "refusal")
}

// refusal is what she did not want, with the address where it is kept what came of asking her again.
type refusal struct {
	page.Entry
	offer page.Msg
	ask   string // empty: she has taken the offer since
}

func (v *visit) refusalEntry(c id.Case, k casefile.Kept[casefile.Refusal]) refusal {
	x := k.Value
	told := page.Key("web.no")
	if x.Told {
		told = page.Key("web.yes")
	}
	e := refusal{offer: v.Word("case.offer.", x.Offer)}
	e.Entry = page.Entry{When: v.DayText(x.On), Text: x.Note, Rows: []page.Row{
		{Key: page.Key("case.refusal.offer"), Value: e.offer},
		{Key: page.Key("case.refusal.why"), Value: v.Word("case.refusal.why.", x.Why)},
		{Key: page.Key("case.refusal.told"), Value: told},
	}}
	taken := false
	for _, a := range x.Asked {
		e.Rows = append(e.Rows, page.Row{Key: page.Key("case.refusal.asked"), Value: v.DayText(a.On), Lines: []page.Msg{v.Word("case.refusal.outcome.", a.Outcome)}})
		taken = a.Outcome == casefile.Accepted
	}
	if taken {
		return e
	}
	again := page.Key("case.refusal.again.no")
	if x.Open() {
		again = v.DayText(x.Again)
	}
	e.Rows = append(e.Rows, page.Row{Key: page.Key("case.refusal.again"), Value: again})
	e.ask = "/cases/" + string(c) + "/refusals/" + string(k.Record) + "?version=" + strconv.FormatInt(k.Version, 10)
	return e
}
