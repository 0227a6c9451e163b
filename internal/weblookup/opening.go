package weblookup

import (
	"strconv"

	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/page"
)

// openingsModel is the questions that had to be opened.
type openingsModel struct {
	left  page.Msg
	none  bool // there is nothing to draw
	table page.Table
	many  page.Input
}

func (v *visit) openings() error { return v.showOpenings(page.Form{}) }

// showOpenings shows the officer what came of the questions that she had drawn. Those that nobody has opened in time stand out.
func (v *visit) showOpenings(f page.Form) error {
	all, left, err := v.Lookups.Demanded(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	many := field(f, "many")
	m := openingsModel{
		left: page.Key("lookup.openings.left", "n", strconv.Itoa(left)), none: left == 0,
		many: page.Input{Field: many, Value: page.Or(v.Field("many"), "5"), Width: 4},
		table: page.Table{
			Caption: page.Key("lookup.openings.drawn"), Empty: page.Key("lookup.openings.none"),
			Columns: []page.Column{
				{Text: page.Key("case.reference")},
				{Text: page.Key("lookup.openings.desk")},
				{Text: page.Key("lookup.ask.purpose")},
				{Text: page.Key("lookup.due")},
				{Text: page.Key("lookup.openings.found")},
			},
		},
	}
	for _, q := range all {
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: page.Plain(string(q.Reference))},
			{Text: page.Plain(string(q.Desk))},
			{Text: v.Word("lookup.purpose.", q.Purpose)},
			{Text: v.When(q.OpenBy)},
			{Tag: v.finding(q)},
		})
	}
	return v.Show(page.Page{Status: f.Status, Title: page.Key("lookup.openings"), Back: "/", Errors: f.Errors, Body: openingsScreen(v.P, m)})
}

func (v *visit) finding(q lookup.Question) *page.Tag {
	switch {
	case q.Found == lookup.Unopened && q.OpenBy != 0 && v.Lookups.Moment() > q.OpenBy:
		return &page.Tag{Text: page.Key("lookup.found.late"), Tone: page.Late}
	case q.Found == lookup.Unopened:
		return &page.Tag{Text: page.Key("lookup.found.waits"), Tone: page.Waiting}
	case q.Found == lookup.OfHer:
		return &page.Tag{Text: page.Key("lookup.found.of-her"), Tone: page.Calm}
	case q.Found == lookup.Corrected:
		return &page.Tag{Text: page.Key("lookup.found.corrected"), Tone: page.Waiting}
	}
	return &page.Tag{Text: page.Key("lookup.found." + string(q.Found)), Tone: page.Late}
}

func (v *visit) demand() error {
	many, err := strconv.Atoi(v.Field("many"))
	if err != nil {
		many = 0
	}
	if _, err := v.Lookups.Demand(v.R.Context(), v.By.Actor, many); err != nil {
		return v.Again(err, fields(err, "many"), v.showOpenings)
	}
	return v.To("/lookup-openings", "lookup-demanded")
}
