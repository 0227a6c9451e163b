package webcase

import (
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/screening"
)

// openings shows by which functions and on which days the case was opened: what she may know, and is told.
func (v *visit) openings() error {
	c := id.Case(v.R.PathValue("case"))
	all, err := v.Cases.Openings(v.R.Context(), v.By.Actor, c)
	if err != nil {
		return err
	}
	t := page.Table{
		Caption: page.Key("case.openings"), Named: true, Empty: page.Key("case.openings.none"),
		Columns: []page.Column{{Text: page.Key("case.openings.day")}, {Text: page.Key("case.openings.function")}},
	}
	for _, o := range all {
		t.Rows = append(t.Rows, []page.Cell{{Text: v.DayText(o.Date())}, {Text: page.RoleName(o.Role)}})
	}
	return v.Show(page.Page{Title: page.Key("case.openings"), Back: "/cases/" + string(c), Leave: true, Body: openingsScreen(v.P, t)})
}

// screeningsModel is the dated series of screenings, the newest first.
type screeningsModel struct {
	new  string // path of the form; empty: she may not
	all  []page.Entry
	shut page.Msg
}

func (v *visit) screenings() error {
	c := id.Case(v.R.PathValue("case"))
	all, shut, err := v.Screens.List(v.R.Context(), v.By, c)
	if err != nil {
		return err
	}
	m := screeningsModel{}
	if v.screens() {
		m.new = v.screenPath()
	}
	if shut > 0 {
		m.shut = page.Plain(v.P.Plural("case.shut", shut))
	}
	for i := range all {
		m.all = append(m.all, v.screened(all[len(all)-1-i].Value))
	}
	return v.Show(page.Page{Title: page.Key("screening.list"), Back: "/cases/" + string(c), Leave: true, Body: screeningsScreen(v.P, m)})
}

// screened is one screening: what was answered, the rule that was met, what it suggests, and who disagrees and why.
func (v *visit) screened(x screening.Screening) page.Entry {
	verified := page.Key("screening.not-verified")
	if x.Result.Verified {
		verified = page.Key("screening.verified")
	}
	e := page.Entry{When: v.When(x.At), Rows: []page.Row{
		{Key: page.Key("screening.set"), Value: v.Word("screening.form.", x.Sheet.Set)},
		{Key: page.Key("screening.suggests"), Value: v.Word("screening.suggestion.", string(x.Result.Suggestion)), Lines: []page.Msg{verified}},
	}}
	if x.Result.Rule != "" {
		e.Rows = append(e.Rows, page.Row{Key: page.Key("screening.because"), Value: v.Word("screening.rule.", x.Result.Rule)})
	}
	for _, d := range x.Result.Dimensions {
		row := page.Row{Key: v.Word("screening.dimension.", d.Dimension), Value: page.Key("screening.dimension.open")}
		if d.Met {
			row.Value = page.Key("screening.dimension.met")
		}
		for _, i := range d.Yes {
			row.Lines = append(row.Lines, v.Word("screening.indicator.", i))
		}
		e.Rows = append(e.Rows, row)
	}
	if d := x.Sheet.Disagreement; d != nil {
		e.Rows = append(e.Rows, page.Row{Key: page.Key("screening.disagrees"), Value: v.Word("screening.suggestion.", string(d.Suggestion)), Lines: []page.Msg{page.Plain(d.Reason)}})
	}
	if len(x.Sheet.Observed) > 0 {
		e.Rows = append(e.Rows, page.Row{Key: page.Key("screening.observed"), Value: v.Words("screening.observation.", x.Sheet.Observed)})
	}
	return e
}
