package webcase

import (
	"net/http"
	"strconv"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

func (v *visit) reflectForm() error { return v.showReflect(page.Form{}) }

// showReflect asks for the recovery and reflection period that an authority has granted.
func (v *visit) showReflect(f page.Form) error {
	f = v.caseForm(f, "reflection")
	f.Fields = append(f.Fields,
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "body", Label: page.Key("case.reflection.body"), Error: page.ErrorAt(f.Errors, "body")}, Value: v.Field("body")}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "basis", Label: page.Key("case.decide.basis"), Hint: page.Key("case.decide.basis.hint"), Error: page.ErrorAt(f.Errors, "basis")}, Value: v.Field("basis")}),
		v.DayField(page.Field{ID: "from", Label: page.Key("case.reflection.from"), Error: page.ErrorAt(f.Errors, "from")}, v.R.Method == "GET"),
		v.DayField(page.Field{ID: "until", Label: page.Key("case.reflection.last"), Hint: page.Key("case.reflection.last.hint"), Optional: true, Error: page.ErrorAt(f.Errors, "until")}, false),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "informed", Label: page.Key("case.decide.informed")}, Choices: v.Choices("web.", "yes"), Values: v.R.PostForm["informed"]}),
		page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "note", Label: page.Key("case.note"), Optional: true, Error: page.ErrorAt(f.Errors, "note")}, Value: v.Field("note")}),
	)
	return v.ShowForm(f)
}

func (v *visit) reflect() error {
	c := id.Case(v.R.PathValue("case"))
	_, err := v.Cases.Reflect(v.R.Context(), v.By, c, casefile.Reflection{
		Country: v.Site.Member, Body: v.Field("body"), Basis: v.Field("basis"), From: v.Day("from"), Until: v.Day("until"),
		Informed: v.Field("informed") != "", Note: v.Field("note"),
	})
	if err != nil {
		return v.Again(err, page.FieldsOf("body", "basis", "from", "until", "note"), v.showReflect)
	}
	return v.To("/cases/"+string(c), "reflection")
}

func (v *visit) reflectedForm() error { return v.showReflected(page.Form{}) }

// showReflected asks why a period is over.
func (v *visit) showReflected(f page.Form) error {
	f = v.caseForm(f, "reflection.end")
	f.Action = "/cases/" + v.R.PathValue("case") + "/reflections/" + v.R.PathValue("record")
	if f.Status == http.StatusConflict {
		file, err := v.Cases.Show(v.R.Context(), v.By, id.Case(v.R.PathValue("case")))
		if err != nil {
			return err
		}
		for _, k := range file.Reflections {
			if k.Record == id.Record(v.R.PathValue("record")) {
				e, _ := v.reflectionEntry(file.ID, k)
				f = v.overtaken(f, k.Version, e.Rows...)
				f.Now.By, f.Now.At = k.By, k.At
			}
		}
	} else {
		f = v.asRead(f)
	}
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "reason", Label: page.Key("case.reflection.why"), Error: page.ErrorAt(f.Errors, "reason")}, Choices: v.Choices("case.reflection.why.", casefile.ReflectionReasons()...), Value: v.Field("reason")}),
		v.DayField(page.Field{ID: "ended", Label: page.Key("case.reflection.day"), Error: page.ErrorAt(f.Errors, "ended")}, v.R.Method == "GET"),
	)
	return v.ShowForm(f)
}

func (v *visit) reflected() error {
	c := id.Case(v.R.PathValue("case"))
	_, err := v.Cases.EndReflection(v.R.Context(), v.By, c, id.Record(v.R.PathValue("record")), v.Version(), v.Day("ended"), v.Field("reason"))
	if err != nil {
		fields := page.FieldsOf("reason", "ended")
		if fault.Is(err, fault.Stale) || fault.Is(err, fault.Conflict) {
			fields[""] = ""
		}
		return v.Again(err, fields, v.showReflected)
	}
	return v.To("/cases/"+string(c), "reflection")
}

// reflectionEntry is a period as the page of the case shows it, with the address where it is ended while it runs.
func (v *visit) reflectionEntry(c id.Case, k casefile.Kept[casefile.Reflection]) (e page.Entry, end string) {
	x := k.Value
	e = page.Entry{When: v.DayText(x.From), Text: x.Note, Rows: []page.Row{
		{Key: page.Key("case.reflection.body"), Value: page.Plain(x.Body)},
		{Key: page.Key("case.decide.basis"), Value: page.Plain(x.Basis)},
		{Key: page.Key("case.reflection.last"), Value: v.DayText(x.Until)},
		{Key: page.Key("case.reflection.length"), Value: v.Word("case.reflection.length.", string(x.Length))},
	}}
	if x.Running() {
		e.Rows = append(e.Rows, page.Row{Key: page.Key("case.state"), Value: page.Key("case.reflection.runs-now")})
		return e, "/cases/" + string(c) + "/reflections/" + string(k.Record) + "?version=" + strconv.FormatInt(k.Version, 10)
	}
	e.Rows = append(e.Rows, page.Row{Key: page.Key("case.reflection.over"), Value: v.DayText(x.Ended), Lines: []page.Msg{v.Word("case.reflection.why.", x.Reason)}})
	return e, ""
}
