package webcase

import (
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

func (v *visit) cooperateForm() error { return v.showCooperate(page.Form{}) }

// showCooperate asks whether she cooperates with the proceedings. That she no longer does is as easy to record as that she
// does, and asks for no reason.
func (v *visit) showCooperate(f page.Form) error {
	c := v.R.PathValue("case")
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("case.cooperate"), "/cases/"+c, "/cases/"+c+"/cooperation", page.Key("case.cooperate.do"), true
	f.Intro = []page.Msg{page.Key("case.cooperate.text")}
	before, err := v.Cases.Timeline(v.R.Context(), v.By.Actor, id.Case(c), []string{casefile.KindCooperation}) // that there is an answer, and not which
	if err != nil {
		return err
	}
	if len(before) > 0 {
		f.Intro = append(f.Intro, page.Key("case.cooperation.last", "day", v.When(before[0].At).In(v.P)))
	}
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "answer", Label: page.Key("case.cooperation"), Error: page.ErrorAt(f.Errors, "answer")}, Choices: v.Choices("case.cooperation.", casefile.Answers()...), Value: v.Field("answer")}),
		page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "note", Label: page.Key("case.note"), Optional: true, Error: page.ErrorAt(f.Errors, "note")}, Value: v.Field("note")}),
	)
	return v.ShowForm(f)
}

func (v *visit) cooperate() error {
	c := id.Case(v.R.PathValue("case"))
	_, err := v.Cases.Cooperate(v.R.Context(), v.By, c, casefile.Cooperation{
		Answer: v.Field("answer"), Date: v.Now().Time().In(v.Zone).Format("2006-01-02"), Note: v.Field("note"),
	})
	if err != nil {
		return v.Again(err, map[string]string{"": "answer", "answer": "answer", "note": "note"}, v.showCooperate)
	}
	return v.To("/cases/"+string(c), "cooperation")
}
