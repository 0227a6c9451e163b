package webplan

import (
	"strconv"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/page"
)

func (v *visit) reopenForm() error { return v.showReopen(page.Form{}) }

// showReopen asks why the work on a closed case goes on.
func (v *visit) showReopen(f page.Form) error {
	stands := int64(0)
	if v.R.Method == "GET" {
		stands, _ = strconv.ParseInt(v.R.URL.Query().Get("version"), 10, 64) // no number: the noun says that it is stale
	}
	f = v.form(f, "/reopen", "")
	if f.Status == page.StatusOf(fault.Stale) {
		file, err := v.Cases.Show(v.R.Context(), v.By, v.which())
		if err != nil {
			return err
		}
		stands, f.Now = file.Version, &page.Now{Rows: []page.Row{{Key: page.Key("case.state"), Value: v.Word("case.state.", string(file.State))}}, At: max(file.Opened, file.Closed)}
	}
	f = v.kept(f, stands)
	f.Back = "/cases/" + string(v.which())
	f.Title, f.Submit, f.Intro = page.Key("case.reopen"), page.Key("case.reopen.do"), []page.Msg{page.Key("case.reopen.text")}
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{
			Field:   page.Field{ID: "reason", Label: page.Key("case.reopening"), Error: page.ErrorAt(f.Errors, "reason")},
			Choices: v.Choices("case.reopening.", v.Lists.Codes(casefile.ListReopening)...), Value: v.Field("reason"),
		}),
		v.DayField(page.Field{ID: "on", Label: page.Key("case.reopened.on"), Error: page.ErrorAt(f.Errors, "on")}, v.R.Method == "GET"),
		page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "note", Label: page.Key("case.note"), Optional: true, Error: page.ErrorAt(f.Errors, "note")}, Value: v.Field("note")}),
	)
	return v.ShowForm(f)
}

func (v *visit) reopen() error {
	_, err := v.Cases.Reopen(v.R.Context(), v.By, v.which(), v.Version(), casefile.Reopening{Reason: v.Field("reason"), On: v.Day("on"), Note: v.Field("note")})
	if err != nil {
		return v.Again(err, fields(err, "reason", "on", "note"), v.showReopen)
	}
	return v.To("/cases/"+string(v.which()), "reopened")
}
