package webcase

import (
	"slices"
	"strconv"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// riskSeries is the grades of all assessments by the parts that were assessed at least once, the newest first.
func (v *visit) riskSeries(all []casefile.Kept[casefile.SignedAssessment]) page.Table {
	t := page.Table{Caption: page.Key("case.risks.series"), Columns: []page.Column{{Text: page.Key("case.risks.day")}}}
	var domains []string
	for _, d := range v.Lists.Codes(casefile.ListDomain) {
		if slices.ContainsFunc(all, func(k casefile.Kept[casefile.SignedAssessment]) bool { return k.Value.Assessment.Grades[d] != "" }) {
			domains = append(domains, d)
			t.Columns = append(t.Columns, page.Column{Text: v.Word("case.domain.", d)})
		}
	}
	t.Columns = append(t.Columns, page.Column{Text: page.Key("case.review")})
	for _, k := range slices.Backward(all) {
		a := k.Value.Assessment
		row := []page.Cell{{Text: v.When(a.At)}}
		for _, d := range domains {
			cell := page.Cell{Text: page.Key("case.not-assessed")}
			if g := a.Grades[d]; g != "" {
				cell = page.Cell{Tag: &page.Tag{Text: v.Word("case.grade.", string(g)), Tone: toneOf(g)}}
			}
			row = append(row, cell)
		}
		t.Rows = append(t.Rows, append(row, page.Cell{Text: v.When(a.Review)}))
	}
	return t
}

func toneOf(g casefile.Grade) page.Tone {
	return map[casefile.Grade]page.Tone{casefile.Low: page.Good, casefile.Medium: page.Waiting, casefile.High: page.Late}[g]
}

func (v *visit) riskEntry(a casefile.Assessment) page.Entry {
	e := page.Entry{When: v.When(a.At), Text: a.Conclusion, Lang: a.Language}
	for _, domain := range v.Lists.Codes(casefile.ListDomain) {
		if g, ok := a.Grades[domain]; ok {
			e.Rows = append(e.Rows, page.Row{Key: v.Word("case.domain.", domain), Value: v.Word("case.grade.", string(g))})
		}
	}
	var yes []string
	for _, f := range a.Factors {
		if f.Found == "yes" {
			yes = append(yes, f.Code)
		}
	}
	e.Rows = append(e.Rows, page.Row{Key: page.Key("case.factors"), Value: v.Words("case.factor.", yes)}, page.Row{Key: page.Key("case.review"), Value: v.When(a.Review)})
	if a.Mitigation != "" {
		e.Rows = append(e.Rows, page.Row{Key: page.Key("case.mitigation"), Value: page.Plain(a.Mitigation), Lang: a.Language})
	}
	return e
}

func (v *visit) riskForm() error { return v.showRisk(page.Form{}) }

func (v *visit) showRisk(f page.Form) error {
	c := v.R.PathValue("case")
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("case.assess"), "/cases/"+c, "/cases/"+c+"/risk", page.Key("case.assess.do"), true
	f.Intro = []page.Msg{page.Key("case.assess.text")}
	var grades []page.Row
	for _, g := range []string{"low", "medium", "high"} {
		grades = append(grades, page.Row{Key: page.Key("case.grade." + g), Value: page.Key("case.graded." + g)})
	}
	f.Above = append(f.Above, page.SummaryList(v.P, grades))
	f.Fields = append(f.Fields, page.SelectList(v.P, page.Select{Field: page.Field{ID: "trigger", Label: page.Key("case.trigger"), Error: page.ErrorAt(f.Errors, "trigger")}, Choices: v.Choices("case.trigger.", v.Lists.Codes(casefile.ListTrigger)...), Value: v.Field("trigger"), Empty: page.Key("web.choose")}))
	for _, d := range v.Lists.Codes(casefile.ListDomain) {
		name := "grade-" + d
		f.Fields = append(f.Fields, page.RadioGroup(v.P, page.Radios{
			Field:   page.Field{ID: name, Label: v.Word("case.domain.", d), Error: page.ErrorAt(f.Errors, name)},
			Choices: append(v.Choices("case.grade.", "low", "medium", "high"), page.Choice{Value: "", Text: page.Key("case.not-assessed")}), Value: v.Field(name),
		}))
	}
	days := v.Field("days")
	if days == "" {
		days = strconv.FormatInt(v.Lists.Limits.ReviewDays, 10)
	}
	f.Fields = append(f.Fields,
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "factor", Label: page.Key("case.factors"), Hint: page.Key("case.factors.hint")}, Choices: v.Choices("case.factor.", v.Lists.Codes(casefile.ListFactor)...), Values: v.R.PostForm["factor"]}),
		page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "mitigation", Label: page.Key("case.mitigation"), Optional: true}, Value: v.Field("mitigation")}),
		page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "conclusion", Label: page.Key("case.conclusion"), Error: page.ErrorAt(f.Errors, "conclusion")}, Value: v.Field("conclusion")}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "days", Label: page.Key("case.review.days"), Error: page.ErrorAt(f.Errors, "days")}, Value: days, Mode: "numeric", Width: 3}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "with", Label: page.Key("case.with")}, Choices: v.Choices("web.", "yes"), Values: v.R.PostForm["with"]}),
	)
	return v.ShowForm(f)
}

func (v *visit) assess() error {
	c := id.Case(v.R.PathValue("case"))
	a := casefile.Assessment{
		Trigger: v.Field("trigger"), Factors: []casefile.Factor{}, Grades: map[string]casefile.Grade{}, Mitigation: v.Field("mitigation"),
		Conclusion: v.Field("conclusion"), With: v.Field("with") != "", Language: string(v.P.Tag()),
	}
	for _, code := range v.Sent("factor", v.Choices("", v.Lists.Codes(casefile.ListFactor)...)) {
		a.Factors = append(a.Factors, casefile.Factor{Code: code, Found: "yes"})
	}
	for _, d := range v.Lists.Codes(casefile.ListDomain) {
		if g := v.Field("grade-" + d); g != "" {
			a.Grades[d] = casefile.Grade(g)
		}
	}
	days, err := strconv.Atoi(v.Field("days"))
	if err != nil {
		return v.showRisk(page.Form{Status: page.StatusOf(fault.Invalid), Errors: []page.Error{{Field: "days", Text: page.Key("case.review.number")}}})
	}
	a.Review = frame.At(v.Site.Now().Add(time.Duration(days) * 24 * time.Hour))
	if _, err := v.Cases.Assess(v.R.Context(), v.By, c, a); err != nil {
		return v.Again(err, map[string]string{"": "conclusion", "grades": "grade-" + v.Lists.Codes(casefile.ListDomain)[0], "review": "days", "trigger": "trigger"}, v.showRisk)
	}
	return v.To("/cases/"+string(c), "risk")
}
