package webnetwork

import (
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/followup"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/publication"
)

const followPath = "/follow-up"

// followModel is what became of what was concluded and recommended.
type followModel struct {
	agenda bool // something is overdue, and the reader may call a meeting
	counts page.Bars
	table  page.Table
	kept   page.Table // what this office keeps to itself
	may    bool
}

// followed puts together what was concluded and recommended with what became of it.
func (v *visit) followed() ([]followup.Item, error) {
	return followup.Load(v.R.Context(), v.Publications, v.By.Actor, v.Site.Now().In(v.Zone).Format(time.DateOnly))
}

func (v *visit) follow() error {
	all, err := v.followed()
	if err != nil {
		return err
	}
	may := page.May(v.By.Actor, access.WritePublication)
	m := followModel{
		may: may, agenda: may && len(followup.Overdue(all)) > 0,
		counts: page.Bars{Caption: page.Key("publication.follow.counts"), Of: page.Key("publication.ask.status"), Number: page.Key("publication.follow.answers"), Empty: page.Key("publication.found.none")},
		table: page.Table{Caption: page.Key("publication.follow"), Named: true, Empty: page.Key("publication.found.none"), Columns: []page.Column{
			{Text: page.Key("publication.title")}, {Text: page.Key("publication.kind")}, {Text: page.Key("publication.ask.due")}, {Text: page.Key("publication.follow.settled")}, {Text: page.Key("publication.ask.state")},
		}},
	}
	count := map[string]int64{}
	var codes []string
	for _, i := range all {
		codes = append(codes, countriesOf(i.Kept)...)
		for _, a := range i.Answers {
			count[a.Status]++
		}
		tag := tagOf(i)
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: v.called(i.Kept), Path: pathOf(i.Kept.Record.ID)},
			{Text: v.Word("publication.kind.", string(i.Kept.Record.Kind))},
			{Text: v.DayText(i.Due)},
			{Text: page.Key("publication.of.all", "n", v.P.Number(int64(i.Settled)), "all", v.P.Number(int64(len(i.Answers))))},
			{Tag: &tag},
		})
	}
	if len(all) > 0 {
		for _, s := range []string{"done", "partly", "under-way", "not-started", "not-applicable", ""} {
			label := v.Word("publication.status.", s)
			if s == "" {
				label = page.Key("publication.follow.silent")
			}
			m.counts.Rows = append(m.counts.Rows, page.Bar{Label: label, Count: count[s], Tone: toneOf(s)})
		}
	}
	if m.kept, err = v.atHome(); err != nil {
		return err
	}
	return v.Show(page.Page{Title: page.Key("publication.follow"), Back: "/", Countries: codes, Body: followScreen(v.P, m)})
}

// answers shows what the countries say to one conclusion or recommendation, side by side.
func (v *visit) answers(m *recordModel, k publication.Kept) error {
	all, err := v.followed()
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.Kept.Record.ID != k.Record.ID || len(i.Answers) == 0 {
			continue
		}
		t := page.Table{Caption: page.Key("publication.follow.side"), Columns: []page.Column{
			{Text: page.Key("publication.ask.country")},
			{Text: page.Key("publication.ask.status")},
			{Text: page.Key("publication.follow.until")},
			{Text: page.Key("publication.ask.text")},
			{Text: page.Key("publication.ask.source")},
			{Text: page.Key("publication.kinds.measure"), Number: true},
		}}
		for _, a := range i.Answers {
			row := []page.Cell{{Text: page.Plain(v.country(string(a.Country)))}, {Text: page.Key("publication.follow.silent")}, none(), none(), none(), {Text: page.Plain(v.P.Number(int64(len(a.Measures))))}}
			if a.Status != "" {
				b := publication.ReadBody(a.Report.Record.Body)
				text := v.text(b.Texts("text"))
				row[1] = page.Cell{Tag: &page.Tag{Text: v.Word("publication.status.", a.Status), Tone: toneOf(a.Status)}}
				row[2] = page.Cell{Text: v.DayText(a.Until), Path: pathOf(a.Report.Record.ID)}
				row[3] = page.Cell{Text: page.Plain(text.Text), Lang: text.Lang}
				if s := b.Word("source"); s != "" {
					row[4] = sourceCell(s)
				}
			}
			t.Rows = append(t.Rows, row)
		}
		m.about = append([]page.Table{t}, m.about...)
		if i.Overdue && m.tag == nil {
			tag := tagOf(i)
			m.tag = &tag
		}
	}
	return nil
}

// tagOf says how far an item is.
func tagOf(i followup.Item) page.Tag {
	switch {
	case i.Overdue:
		return page.Tag{Text: page.Key("publication.follow.overdue"), Tone: page.Late}
	case i.Done():
		return page.Tag{Text: page.Key("publication.status.done"), Tone: page.Good}
	}
	return page.Tag{Text: page.Key("publication.follow.open"), Tone: page.Waiting}
}

// agenda begins a meeting with what is overdue: each item is a point of its agenda that leads to it.
func (v *visit) agenda() (publication.Body, error) {
	all, err := v.followed()
	if err != nil {
		return nil, err
	}
	b := publication.Body{}
	var rows []publication.Body
	for _, i := range followup.Overdue(all) {
		text := i.Body.Texts("title")
		if len(text) == 0 {
			text = i.Body.Texts("text")
		}
		var item []publication.Text
		for _, t := range text {
			item = append(item, publication.Text{Lang: t.Lang, Text: cut(t.Text)})
		}
		row := publication.Body{}
		row.Set("item", item)
		row.Set("about", i.Kept.Record.ID)
		if rows = append(rows, row); len(rows) == 50 {
			break // a meeting has no more points
		}
	}
	b.Set("agenda", rows)
	b.Set("state", "planned")
	return b, nil
}

// values shows what the reports of a measure say of its indicators, over time. The country's own reports count, and the last of several for one day.
func (v *visit) values(m *recordModel, k publication.Kept) error {
	reports, err := v.Publications.About(v.R.Context(), v.By.Actor, publication.Progress, k.Record.ID)
	if err != nil {
		return err
	}
	indicators, points := followup.Series(k, reports)
	if len(indicators) == 0 {
		return nil
	}
	t := page.Table{Caption: page.Key("publication.values"), Columns: []page.Column{{Text: page.Key("publication.follow.until")}}}
	line := func(name page.Msg, path string, at func(int) (int64, bool)) {
		row := []page.Cell{{Text: name, Path: path}}
		for i := range indicators {
			c := none()
			if n, ok := at(i); ok {
				c = page.Cell{Text: page.Plain(v.P.Number(n))}
			}
			row = append(row, c)
		}
		t.Rows = append(t.Rows, row)
	}
	for _, i := range indicators {
		name := v.text(i.Texts("name")).Text
		if u := i.Word("unit"); u != "" {
			name += " (" + u + ")"
		}
		t.Columns = append(t.Columns, page.Column{Text: page.Plain(name), Number: true})
	}
	line(page.Key("publication.ask.start"), "", func(i int) (int64, bool) { return indicators[i].Number("start") })
	for _, p := range points {
		line(v.DayText(p.Until), pathOf(p.Report.Record.ID), func(i int) (int64, bool) { n, ok := p.Values[i]; return n, ok })
	}
	line(page.Key("publication.ask.target"), "", func(i int) (int64, bool) { return indicators[i].Number("target") })
	m.tables = append(m.tables, t)
	return nil
}
