package webreferral

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/sorting"
	"github.com/opentrm/opentrm/internal/task"
)

// boardModel is the board of those who watch: counts by country pair, state and waiting time, drawn and as tables.
type boardModel struct {
	line   []page.Row // the figures that matter first
	chosen bool       // some of it is left out
	pair   page.Select
	status page.Select
	waits  page.Select
	region page.Atlas
	states page.Bars
	ages   page.Bars
	table  page.Table
	silent *page.Table // nil: for who has a desk of her own
}

func pairOf(c referral.Cell) string { return string(c.From) + "-" + string(c.To) }

// board counts, for coordinators: no reference, no content.
func (v *visit) board() error {
	all, err := v.Referrals.Board(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	q := v.R.URL.Query()
	pair, status, days := q.Get("pair"), q.Get("status"), q.Get("days")
	m := boardModel{
		pair:   page.Select{Field: page.Field{ID: "pair", Label: page.Key("referral.pair")}, Empty: page.Key("referral.board.any"), Value: pair},
		status: page.Select{Field: page.Field{ID: "status", Label: page.Key("referral.status")}, Empty: page.Key("referral.board.any"), Value: status},
		waits:  page.Select{Field: page.Field{ID: "days", Label: page.Key("referral.board.waits")}, Empty: page.Key("referral.board.any"), Value: days},
	}
	for _, d := range referral.AgeDays() {
		m.waits.Choices = append(m.waits.Choices, page.Choice{Value: strconv.Itoa(d), Text: v.days("referral.board.over", d)})
	}
	for _, c := range all {
		m.pair.Choices = append(m.pair.Choices, page.Choice{Value: pairOf(c), Text: v.pairText(c)})
		m.status.Choices = append(m.status.Choices, page.Choice{Value: string(c.Status), Text: v.Word("referral.status.", string(c.Status))})
	}
	once := func(a, b page.Choice) int { return cmp.Compare(a.Value, b.Value) }
	same := func(a, b page.Choice) bool { return a.Value == b.Value }
	for _, s := range []*page.Select{&m.pair, &m.status} {
		sorting.By(s.Choices, once)
		s.Choices = slices.CompactFunc(s.Choices, same)
	}
	n, _ := strconv.Atoi(days)
	since := v.Now().Add(-time.Duration(n) * 24 * time.Hour)
	cells := slices.DeleteFunc(all, func(c referral.Cell) bool {
		return pair != "" && pairOf(c) != pair || status != "" && string(c.Status) != status || n > 0 && c.Longest > since
	})
	v.drawBoard(&m, cells)
	m.chosen = pair != "" || status != "" || n > 0
	m.line = v.boardLine(cells)
	if v.By.Realm == access.Office && page.May(v.By.Actor, access.ListTask) {
		if m.silent, err = v.silentDesks(); err != nil {
			return err
		}
		m.line = append(m.line, page.Row{Key: page.Key("referral.board.silent"), Value: page.Plain(v.P.Number(int64(len(m.silent.Rows))))})
	}
	return v.Show(page.Page{Title: page.Key("referral.board"), Countries: m.region.Countries(), Body: boardScreen(v.P, m)})
}

// boardLine says how many are under way, how many of them are late, and how long the slowest has waited.
func (v *visit) boardLine(cells []referral.Cell) []page.Row {
	var open, late int64
	var longest frame.Time
	for _, c := range cells {
		if c.Status.Ended() {
			continue
		}
		open, late = open+int64(c.Count), late+int64(c.Late)
		if longest == 0 || c.Longest < longest {
			longest = c.Longest
		}
	}
	waits := page.Key("web.none")
	if longest != 0 {
		waits = v.Age(longest)
	}
	return []page.Row{
		{Key: page.Key("referral.board.open"), Value: page.Plain(v.P.Number(open))},
		{Key: page.Key("referral.breaches"), Value: page.Plain(v.P.Number(late))},
		{Key: page.Key("referral.longest"), Value: waits},
	}
}

// days says a number of days in words of the catalogue.
func (v *visit) days(key string, n int) page.Msg { return page.Plain(v.P.Plural(key, n)) }

func (v *visit) pairText(c referral.Cell) page.Msg {
	return page.Plain(v.P.CountryName(string(c.From)) + " → " + v.P.CountryName(string(c.To)))
}

// drawBoard counts the cells once for each drawing, and puts them into the table.
func (v *visit) drawBoard(m *boardModel, cells []referral.Cell) {
	m.table = page.Table{Caption: page.Key("referral.board.pairs"), Empty: page.Key("referral.board.none"), Columns: []page.Column{
		{Text: page.Key("referral.pair")}, {Text: page.Key("referral.status")}, {Text: page.Key("referral.count"), Number: true}, {Text: page.Key("referral.breaches"), Number: true}, {Text: page.Key("referral.longest")},
	}}
	type sum struct{ open, late int64 }
	members, states := map[string]sum{}, map[referral.Status]sum{}
	var ages [len(referral.Cell{}.Ages)]int64
	for _, c := range cells {
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: v.pairText(c)},
			{Text: v.Word("referral.status.", string(c.Status))},
			{Text: page.Plain(v.P.Number(int64(c.Count)))},
			{Text: page.Plain(v.P.Number(int64(c.Late)))},
			{Text: v.Age(c.Longest)},
		})
		s := states[c.Status]
		states[c.Status] = sum{s.open + int64(c.Count), s.late + int64(c.Late)}
		if c.Status.Ended() {
			continue
		}
		for i, n := range c.Ages {
			ages[i] += int64(n)
		}
		for _, at := range []id.Member{c.From, c.To} {
			if at != v.Site.Member {
				s := members[string(at)]
				members[string(at)] = sum{s.open + int64(c.Count), s.late + int64(c.Late)}
			}
		}
	}
	m.region = page.Atlas{
		Caption: page.Key("referral.board.map"), Marks: map[string]page.Mark{string(v.Site.Member): {Tone: page.Calm, Text: page.Key("referral.board.here")}},
		Legend: []page.Tag{{Tone: page.Calm, Text: page.Key("referral.board.here")}, {Tone: page.Waiting, Text: page.Key("referral.board.open")}, {Tone: page.Late, Text: page.Key("referral.breaches")}},
	}
	for at, s := range members {
		mark := page.Mark{Tone: page.Waiting, Text: page.Key("referral.board.mark", "open", v.P.Number(s.open), "late", v.P.Number(s.late))}
		if s.late > 0 {
			mark.Tone = page.Late
		}
		m.region.Marks[at] = mark
	}
	m.states = page.Bars{Caption: page.Key("referral.board.states"), Of: page.Key("referral.status"), Number: page.Key("referral.count"), Empty: page.Key("referral.board.none")}
	for _, status := range slices.Sorted(maps.Keys(states)) {
		bar := page.Bar{Label: v.Word("referral.status.", string(status)), Count: states[status].open, Tone: page.Good}
		if states[status].late > 0 {
			bar.Tone = page.Late
		}
		m.states.Rows = append(m.states.Rows, bar)
	}
	m.ages = page.Bars{Caption: page.Key("referral.board.ages"), Of: page.Key("referral.board.waits"), Number: page.Key("referral.count"), Empty: page.Key("referral.board.none")}
	for i, n := range ages {
		label := v.days("referral.board.under", referral.AgeDays()[0])
		if i > 0 {
			label = v.days("referral.board.over", referral.AgeDays()[i-1])
		}
		m.ages.Rows = append(m.ages.Rows, page.Bar{Label: label, Count: n, Tone: page.Good})
	}
	if len(cells) == 0 {
		m.states.Rows, m.ages.Rows = nil, nil
	}
}

// silentDesks are the desks at which something is late, the worst first: how much, and since when.
func (v *visit) silentDesks() (*page.Table, error) {
	all, err := v.Tasks.Waiting(v.R.Context(), v.By.Actor)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(l task.Load) bool { return l.Late == 0 })
	sorting.By(all, func(a, b task.Load) int { return cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.Desk, b.Desk)) })
	table := &page.Table{Caption: page.Key("referral.board.silent"), Empty: page.Key("referral.board.silent.none"), Columns: []page.Column{
		{Text: page.Key("referral.board.desk")}, {Text: page.Key("task.late"), Number: true}, {Text: page.Key("referral.longest")}, {Text: page.Key("desk.away")},
	}}
	for _, s := range all {
		away, err := v.Desks.AwayNow(v.R.Context(), v.By.Actor, s.Desk)
		if err != nil {
			return nil, err
		}
		table.Rows = append(table.Rows, []page.Cell{
			{Text: v.Own(s.Desk), Path: "/desks/" + string(s.Desk)},
			{Text: page.Plain(v.P.Number(s.Late))},
			{Text: v.Age(s.Since)},
			{Text: v.awayFrom(away)},
		})
	}
	return table, nil
}

// awayFrom says how many people of a desk are away, until the first of them is back, and whether somebody stands in for each; of no case.
func (v *visit) awayFrom(all []desk.Absence) page.Msg {
	if len(all) == 0 {
		return page.Key("desk.away.none")
	}
	first, key := all[0], "referral.board.away"
	for _, a := range all {
		if a.To < first.To {
			first = a
		}
		if len(desk.Present([]id.User{a.User}, all, v.Now())) == 0 {
			key = "referral.board.away.alone"
		}
	}
	return page.Key(key, "n", v.P.Number(int64(len(all))), "day", v.DayText(first.To.Add(-time.Second).Time().In(v.Zone).Format(time.DateOnly)).In(v.P))
}
