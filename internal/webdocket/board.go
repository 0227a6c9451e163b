package webdocket

import (
	"io"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/docket"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/meeting"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/sorting"
)

type listModel struct {
	may   bool
	table page.Table
	pages page.Pages
}

// section is one sort of things on a board.
type section struct {
	sort  string
	table page.Table
	add   string // path; empty: nothing can be added
	under []section
}

// boardModel is a board as it is shown.
type boardModel struct {
	path     string
	title    page.Msg
	state    page.Tag
	alarms   []page.Msg
	failed   bool
	next     page.Table
	sections []section
	behind   page.Table
	erase    bool
	change   string
}

// columns are what the table of a sort shows: each the parts of one column, the first of which leads to the item.
func columns(sort string) [][]string {
	return map[string][][]string{
		"desk":     {{"desk"}, {"office"}, {"contact"}, {"state"}},
		"request":  {{"kind"}, {"from"}, {"to"}, {"reference"}, {"due"}, {"state"}},
		"hearing":  {{"day", "time"}, {"country", "court"}, {"witness"}, {"measures", "languages"}, {"state"}},
		"deadline": {{"what"}, {"day"}, {"country"}, {"source", "status"}, {"state"}},
		"travel":   {{"witness"}, {"from"}, {"to"}, {"day"}, {"back"}, {"needs"}, {"state"}},
		"claim":    {{"witness"}, {"country"}, {"route"}, {"due", "reference"}, {"state"}},
		"spared":   {{"witness"}, {"country"}, {"source"}, {"state"}},
		"evidence": {{"what"}, {"country", "held"}, {"digest"}, {"channel", "reference"}},
		"custody":  {{"day"}, {"from"}, {"to"}, {"why"}, {"channel", "reference"}},
	}[sort]
}

// table shows items of one sort.
func (v *visit) table(board id.Thread, sort string, items []docket.Item) page.Table {
	shape, _ := docket.ShapeOf(sort)
	part := func(name string) docket.Part {
		return shape.Parts[slices.IndexFunc(shape.Parts, func(p docket.Part) bool { return p.Name == name })]
	}
	t := page.Table{Caption: page.Key("docket.sort." + sort), Named: true, Empty: page.Key("web.none")}
	for _, c := range columns(sort) {
		t.Columns = append(t.Columns, page.Column{Text: label(sort, c[0])})
	}
	for _, i := range items {
		var row []page.Cell
		for n, c := range columns(sort) {
			cell := page.Cell{Text: v.say(sort, part(c[0]), i.Values[c[0]])}
			if len(c) > 1 && i.Values[c[1]] != "" {
				cell.Small = v.say(sort, part(c[1]), i.Values[c[1]])
			}
			if c[0] == "state" {
				cell = page.Cell{Tag: v.tag(i)}
			}
			if n == 0 {
				cell.Path = pathOf(board) + "/item/" + string(i.ID)
				if i.Both {
					cell.Tag = &page.Tag{Text: page.Key("docket.both"), Tone: page.Late}
				}
			}
			row = append(row, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// board shows a board on one page: what comes next, then everything by its sort.
func (v *visit) board() error {
	f, err := v.opened()
	if err != nil {
		return err
	}
	root, _ := f.Item(f.Row.ID)
	writes := page.May(v.By.Actor, access.WriteDocket) && root.Values["state"] == "open"
	self := string(v.Site.Member) + "/" + string(v.By.Desk)
	m := boardModel{path: pathOf(f.Row.ID), title: page.Key("docket.title", "label", root.Values["label"], "reference", string(f.Reference))}
	if t := v.tag(root); t != nil {
		m.state = *t
	}
	if n := len(f.Missing); n > 0 {
		m.alarms = append(m.alarms, page.Key("docket.missing", "n", n))
	}
	if n := len(f.Idle) + f.Spoiled; n > 0 {
		m.alarms = append(m.alarms, page.Key("docket.idle", "n", n))
	}
	m.next = v.coming(f)
	for _, sort := range docket.Sorts() {
		if sort == "board" || sort == "custody" {
			continue
		}
		s := section{sort: sort, table: v.table(f.Row.ID, sort, f.Of(sort))}
		if writes && (sort != "desk" || self == f.Board.Root) {
			s.add = m.path + "/write/" + sort + "/new"
		}
		if sort == "evidence" {
			for _, e := range f.Of(sort) {
				s.under = append(s.under, v.chain(f, e, writes))
			}
		}
		m.sections = append(m.sections, s)
	}
	m.behind = page.Table{Caption: page.Key("docket.behind"), Columns: []page.Column{{Text: page.Key("docket.ask.desk")}, {Text: page.Key("cooperation.state")}}}
	for _, p := range f.Peers {
		t := page.Tag{Text: page.Key("docket.behind.none"), Tone: page.Good}
		switch {
		case p.Left:
			t = page.Tag{Text: page.Key("docket.state.left"), Tone: page.Off}
		case p.Failed > 0:
			t, m.failed = page.Tag{Text: page.Key("docket.behind.failed", "n", p.Failed), Tone: page.Late}, writes
		case p.Barred != "":
			t = page.Tag{Text: page.Key("docket.behind.barred"), Tone: page.Late}
		case p.OnWay > 0:
			t = page.Tag{Text: page.Key("docket.behind.way", "n", p.OnWay), Tone: page.Waiting}
		}
		m.behind.Rows = append(m.behind.Rows, []page.Cell{{Text: page.Plain(p.Desk)}, {Tag: &t}})
	}
	m.erase = page.May(v.By.Actor, access.EraseDocket) && (root.Values["state"] == "closed" || !slices.Contains(f.Board.Desks(), self))
	if page.May(v.By.Actor, access.WriteDocket) && self == f.Board.Root {
		m.change = m.path + "/write/board/" + string(f.Row.ID)
	}
	return v.Show(page.Page{Title: m.title, Back: "/dockets", Countries: countriesOf(f), Body: boardScreen(v.P, m)})
}

// countriesOf are the members that a board names, some of which need a note.
func countriesOf(f docket.File) []string {
	var all []string
	for _, i := range f.Items {
		shape, _ := docket.ShapeOf(i.Sort)
		for _, p := range shape.Parts {
			if c := i.Values[p.Name]; p.Is == "country" && c != "" {
				all = append(all, c)
			}
		}
		if a, err := id.ParseAddress(i.Values["desk"]); err == nil {
			all = append(all, string(a.Member))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// dated are the items of which people are reminded, the next first.
func dated(f docket.File) []docket.Item {
	var all []docket.Item
	for _, i := range f.Items {
		shape, _ := docket.ShapeOf(i.Sort)
		if !i.Void && shape.Day != "" && i.Values[shape.Day] != "" && slices.Contains(shape.Live, i.Values["state"]) {
			all = append(all, i)
		}
	}
	sorting.Stable(all, func(a, b docket.Item) int { return strings.Compare(dayOf(a), dayOf(b)) })
	return all
}

func dayOf(i docket.Item) string {
	shape, _ := docket.ShapeOf(i.Sort)
	return i.Values[shape.Day]
}

// coming shows what comes next, of every sort.
func (v *visit) coming(f docket.File) page.Table {
	t := page.Table{Caption: page.Key("docket.next"), Named: true, Empty: page.Key("docket.next.none"), Columns: []page.Column{
		{Text: page.Key("cooperation.day"), Wide: true}, {Text: page.Key("docket.ask.what")}, {Text: page.Key("docket.ask.country")},
	}}
	today := v.Site.Now().In(v.Zone).Format(time.DateOnly)
	for _, i := range dated(f) {
		day := page.Cell{Text: v.DayText(dayOf(i)), Path: pathOf(f.Row.ID) + "/item/" + string(i.ID)}
		if dayOf(i) < today {
			day.Tag = &page.Tag{Text: page.Key("docket.past"), Tone: page.Late}
		}
		what := page.Cell{Text: page.Key("docket.one." + i.Sort)}
		switch i.Sort {
		case "deadline":
			what.Small = v.Word("docket.what.", i.Values["what"])
		case "request":
			what.Small = v.Word("cooperation.kind.", i.Values["kind"])
		default:
			what.Small = page.Plain(i.Values["witness"])
		}
		where := page.Or(i.Values["country"], i.Values["to"])
		t.Rows = append(t.Rows, []page.Cell{day, what, {Text: page.Plain(v.P.CountryName(where))}})
	}
	return t
}

// chain shows where one piece of evidence went.
func (v *visit) chain(f docket.File, e docket.Item, writes bool) section {
	s := section{sort: "custody", table: v.table(f.Row.ID, "custody", f.Chain(e.ID))}
	what := v.Word("docket.what.", e.Values["what"]).In(v.P)
	s.table.Caption, s.table.Named = page.Key("docket.chain", "what", what, "digest", e.Values["digest"][:12]), false
	if writes {
		s.add = pathOf(f.Row.ID) + "/write/custody/new?of=" + string(e.ID)
	}
	return s
}

// calendar saves the days of a board for the calendar of the reader. It names nobody: no mark, no court, no reference of an authority.
func (v *visit) calendar() error {
	f, err := v.opened()
	if err != nil {
		return err
	}
	var all []meeting.Event
	for _, i := range f.Items {
		shape, _ := docket.ShapeOf(i.Sort)
		day := i.Values[shape.Day]
		if shape.Day == "" || day == "" {
			continue
		}
		last := i.History[len(i.History)-1]
		e := meeting.Event{
			ID: string(i.ID), Version: int64(len(i.History)), Written: last.At.Time(), Title: page.Key("docket.one."+i.Sort).In(v.P) + ", " + string(f.Reference),
			Place: v.P.CountryName(page.Or(i.Values["country"], i.Values["to"])), From: day, Until: day, State: "agreed",
		}
		if t := i.Values["time"]; t != "" {
			e.Text = t
		}
		if i.Sort == "hearing" && i.Values["measures"] != "" {
			e.Text = strings.TrimSpace(e.Text + "\n" + v.Words("docket.needs.", strings.Fields(i.Values["measures"])).In(v.P))
		}
		if i.Void || !slices.Contains(shape.Live, i.Values["state"]) && slices.Contains([]string{"cancelled", "postponed", "withdrawn"}, i.Values["state"]) {
			e.State = "cancelled"
		}
		all = append(all, e)
	}
	return v.Save("text/calendar; charset=utf-8", "board.ics", func(w io.Writer) error {
		_, err := w.Write(meeting.Calendar(all))
		return err
	})
}

// itemModel is one thing on a board, with its history.
type itemModel struct {
	title   page.Msg
	alarm   page.Msg
	rows    []page.Row
	history page.Table
	change  string // path; empty: it cannot be changed
}

// item shows one thing on a board, and who wrote what of it.
func (v *visit) item() error {
	f, err := v.opened()
	if err != nil {
		return err
	}
	i, ok := f.Item(id.Thread(v.R.PathValue("item")))
	if !ok {
		return v.none()
	}
	m := itemModel{title: v.name(i), rows: v.rows(i), history: page.Table{Caption: page.Key("cooperation.history"), Columns: []page.Column{
		{Text: page.Key("docket.since"), Wide: true}, {Text: page.Key("cooperation.by")}, {Text: page.Key("docket.entry")}, {Text: page.Key("cooperation.digest")},
	}}}
	switch {
	case i.Void:
		m.alarm = page.Key("docket.void.text")
	case i.Both:
		m.alarm = page.Key("docket.both.text")
	}
	shape, _ := docket.ShapeOf(i.Sort)
	for n, k := range i.History {
		said := page.Key("docket.entry.changed")
		switch {
		case n == 0:
			said = page.Key("docket.entry.begun")
		case k.Void:
			said = page.Key("docket.void")
		}
		entry := page.Cell{Text: said}
		if s := k.Values["state"]; s != "" && !k.Void {
			entry.Small = v.Word(prefix(i.Sort, "state"), s)
		}
		if d := k.Values[shape.Day]; d != "" && shape.Day != "" {
			entry.Small = page.Plain(strings.TrimPrefix(entry.Small.In(v.P)+", "+v.DayText(d).In(v.P), ", "))
		}
		m.history.Rows = append(m.history.Rows, []page.Cell{{Text: v.When(k.At)}, {Text: page.Plain(k.Author)}, entry, {Text: page.Plain(k.Digest)}})
	}
	self := string(v.Site.Member) + "/" + string(v.By.Desk)
	root, _ := f.Item(f.Row.ID)
	mine := i.Author == self || i.Sort != "desk" && !shape.Once || i.Sort == "desk" && (i.Values["desk"] == self || self == f.Board.Root)
	if page.May(v.By.Actor, access.WriteDocket) && !i.Void && mine && i.Sort != "board" && root.Values["state"] == "open" {
		m.change = pathOf(f.Row.ID) + "/write/" + i.Sort + "/" + string(i.ID)
	}
	return v.Show(page.Page{Title: m.title, Back: pathOf(f.Row.ID), Countries: countriesOf(f), Body: itemScreen(v.P, m)})
}
