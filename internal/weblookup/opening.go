package weblookup

import (
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/page"
)

// openingsModel is the questions that had to be opened.
type openingsModel struct {
	left       page.Msg
	none       bool // there is nothing to draw
	table      page.Table
	many       page.Input
	leftOthers page.Msg
	noneOthers bool
	manyOthers page.Input
	ours       page.Table
	theirs     page.Table
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
	if err := v.others(f, &m); err != nil {
		return err
	}
	return v.Show(page.Page{Status: f.Status, Title: page.Key("lookup.openings"), Back: "/", Errors: f.Errors, Body: openingsScreen(v.P, m)})
}

// others fills in what is demanded between members.
func (v *visit) others(f page.Form, m *openingsModel) error {
	ours, theirs, left, err := v.Lookups.Demands(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	many := field(f, "many-others")
	many.Label = page.Key("lookup.ask.many")
	m.leftOthers, m.noneOthers = page.Key("lookup.openings.left", "n", strconv.Itoa(left)), left == 0
	m.manyOthers = page.Input{Field: many, Value: page.Or(v.Field("many-others"), "5"), Width: 4}
	m.ours, m.theirs = v.demandsOf("lookup.openings.ours", ours), v.demandsOf("lookup.openings.theirs", theirs)
	return nil
}

// demandsOf is a table of demands. Who may open with the key of the officer finds the way to it.
func (v *visit) demandsOf(caption string, all []lookup.Demand) page.Table {
	t := page.Table{
		Caption: page.Key(caption), Empty: page.Key("lookup.openings.none"),
		Columns: []page.Column{{Text: page.Key("lookup.member")}, {Text: page.Key("lookup.made")}, {Text: page.Key("lookup.due")}, {Text: page.Key("lookup.openings.found")}},
	}
	now := v.Lookups.Moment()
	for _, d := range all {
		at := page.Cell{Text: v.When(d.At)}
		if d.Side == lookup.Theirs && page.May(v.By.Actor, access.UnsealLookup) {
			at.Path = "/lookup-openings/" + string(d.ID)
		}
		t.Rows = append(t.Rows, []page.Cell{{Text: page.Plain(v.country(d.Member))}, at, {Text: v.When(d.Due)}, {Tag: foundTag(d.Found, d.Late(now))}})
	}
	return t
}

func (v *visit) finding(q lookup.Question) *page.Tag {
	return foundTag(q.Found, q.Found == lookup.Unopened && q.OpenBy != 0 && v.Lookups.Moment() > q.OpenBy)
}

// foundTag says what came of an opening.
func foundTag(f lookup.Finding, late bool) *page.Tag {
	switch {
	case late:
		return &page.Tag{Text: page.Key("lookup.found.late"), Tone: page.Late}
	case f == lookup.Unopened:
		return &page.Tag{Text: page.Key("lookup.found.waits"), Tone: page.Waiting}
	case f.Wrong():
		return &page.Tag{Text: page.Key("lookup.found." + string(f)), Tone: page.Late}
	case f == lookup.Corrected:
		return &page.Tag{Text: page.Key("lookup.found." + string(f)), Tone: page.Waiting}
	}
	return &page.Tag{Text: page.Key("lookup.found." + string(f)), Tone: page.Calm}
}

func (v *visit) demand() error {
	draw, name := v.Lookups.Demand, "many"
	if v.Field("do") == "others" {
		draw, name = v.Lookups.DemandOfOthers, "many-others"
	}
	many, err := strconv.Atoi(v.Field(name))
	if err != nil {
		many = 0
	}
	if _, err := draw(v.R.Context(), v.By.Actor, many); err != nil {
		at := fields(err)
		at["many"] = name
		return v.Again(err, at, v.showOpenings)
	}
	return v.To("/lookup-openings", "lookup-demanded")
}

// unseal shows whether what is kept of the queries of a question opens them. That it was looked at stands in the log.
func (v *visit) unseal() error {
	all, err := v.Lookups.Unseal(v.R.Context(), v.By, id.Lookup(v.R.PathValue("lookup")))
	if err != nil {
		return err
	}
	var out [][]page.Row
	for _, u := range all {
		rows := []page.Row{
			{Key: page.Key("lookup.made"), Value: v.When(u.At)},
			{Key: page.Key("lookup.openings.desk"), Value: page.Plain(string(u.Desk))},
			{Key: page.Key("lookup.ask.purpose"), Value: v.Word("lookup.purpose.", u.Purpose)},
			{Key: page.Key("lookup.unseal.proven"), Value: map[bool]page.Msg{true: page.Key("web.yes"), false: page.Key("web.no")}[u.Proven]},
			{Key: page.Key("lookup.unseal.keys"), Value: page.Plain(strconv.Itoa(u.Keys))},
			{Key: page.Key("lookup.unseal.filling"), Value: page.Plain(strconv.Itoa(u.Filling))},
		}
		if u.Found != lookup.Unopened {
			rows = append(rows, page.Row{Key: page.Key("lookup.openings.found"), Value: page.Key("lookup.found." + string(u.Found))})
		}
		out = append(out, rows)
	}
	return v.Show(page.Page{Title: page.Key("lookup.unseal"), Back: "/lookup-openings", Leave: true, Body: unsealedScreen(v.P, out)})
}
