package webcooperation

import (
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

type listModel struct {
	title, text page.Msg
	links       []page.Link
	table       page.Table
	pages       page.Pages
}

func (v *visit) list() error {
	before := id.Thread(v.R.URL.Query().Get("after"))
	all, next, err := v.Cooperations.List(v.R.Context(), v.By.Actor, before, page.PerPage)
	if err != nil {
		return err
	}
	m := listModel{title: page.Key("cooperation.list"), text: page.Key("cooperation.list.text"), table: page.Table{
		Caption: page.Key("cooperation.list"), Named: true, Empty: page.Key("cooperation.none"),
		Columns: []page.Column{
			{Text: page.Key("cooperation.reference")},
			{Text: page.Key("cooperation.peer")},
			{Text: page.Key("cooperation.kind")},
			{Text: page.Key("cooperation.state")},
			{Text: page.Key("cooperation.due")},
		},
	}}
	for _, r := range all {
		tag := page.Tag{Text: v.Word("cooperation.state.", string(r.State)), Tone: tone(r.State)}
		due := page.Key("web.none")
		if r.Due != "" {
			due = v.DayText(r.Due)
		}
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: page.Plain(string(r.Reference)), Path: pathOf(r.ID), Small: v.Word("cooperation.side.", string(r.Side))},
			{Text: page.Plain(r.Peer.String())},
			{Text: v.Word("cooperation.kind.", r.Kind)},
			{Tag: &tag},
			{Text: due},
		})
	}
	if page.May(v.By.Actor, access.AskCooperation) {
		m.links = append(m.links, page.Link{Path: "/cooperation/new", Text: page.Key("cooperation.new")})
	}
	m.links = append(m.links, page.Link{Path: "/cooperation/days", Text: page.Key("cooperation.days")}, page.Link{Path: "/cooperation/matrix", Text: page.Key("cooperation.matrix")},
		page.Link{Path: "/cooperation/key", Text: page.Key("cooperation.key")})
	if next != "" {
		m.pages.Next = "/cooperation?after=" + string(next)
	}
	if before != "" {
		m.pages.Previous = "/cooperation"
	}
	return v.Show(page.Page{Title: m.title, Body: listScreen(v.P, m)})
}

// days shows how long requests take between two countries.
func (v *visit) days() error {
	all, err := v.Cooperations.Times(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	number := func(m cooperation.Median) page.Cell {
		if m.Of == 0 {
			return page.Cell{Text: page.Key("web.none")}
		}
		return page.Cell{Text: page.Key("cooperation.days.of", "days", m.Days, "of", m.Of)}
	}
	m := listModel{title: page.Key("cooperation.days"), text: page.Key("cooperation.days.text"), table: page.Table{
		Caption: page.Key("cooperation.days"), Named: true, Empty: page.Key("cooperation.days.none"),
		Columns: []page.Column{
			{Text: page.Key("cooperation.days.pair")},
			{Text: page.Key("cooperation.days.requests"), Number: true},
			{Text: page.Key("cooperation.step.receipt")},
			{Text: page.Key("cooperation.step.decision")},
			{Text: page.Key("cooperation.step.answer")},
		},
	}}
	for _, p := range all {
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: page.Key("cooperation.days.from-to", "from", v.P.CountryName(string(p.From)), "to", v.P.CountryName(string(p.To)))},
			{Text: page.Plain(v.P.Number(int64(p.Requests)))},
			number(p.Receipt), number(p.Decision), number(p.Answer),
		})
	}
	back := ""
	if page.May(v.By.Actor, access.ListCooperation) {
		back = "/cooperation"
	}
	return v.Show(page.Page{Title: m.title, Back: back, Body: listScreen(v.P, m)})
}

// matrix shows by which instrument what may be asked, with its source and how far it may be trusted.
func (v *visit) matrix() error {
	m := listModel{title: page.Key("cooperation.matrix"), text: page.Key("cooperation.matrix.text"), table: page.Table{
		Caption: page.Key("cooperation.matrix"), Named: true,
		Columns: []page.Column{
			{Text: page.Key("cooperation.instrument")},
			{Text: page.Key("cooperation.kind")},
			{Text: page.Key("cooperation.matrix.from")},
			{Text: page.Key("cooperation.matrix.to")},
			{Text: page.Key("cooperation.matrix.carries")},
			{Text: page.Key("cooperation.matrix.status")},
		},
	}}
	members := func(all []id.Member) page.Msg {
		if len(all) == 0 {
			return page.Key("cooperation.matrix.every")
		}
		var said []string
		for _, x := range all {
			said = append(said, string(x))
		}
		return page.Plain(strings.Join(said, " "))
	}
	for _, i := range v.Law().Matrix() {
		carries := page.Key("cooperation.carries.record")
		if len(i.Carries) > 0 {
			carries = v.Words("cooperation.carries.", i.Carries)
		}
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: page.Key(i.Text), Small: page.Plain(i.Origin.Source + ": " + i.Origin.Citation)},
			{Text: v.Words("cooperation.kind.", i.Kinds)},
			{Text: members(i.From)},
			{Text: members(i.To)},
			{Text: carries},
			{Tag: v.lawTag(i)},
		})
	}
	return v.Show(page.Page{Title: m.title, Back: "/cooperation", Body: listScreen(v.P, m)})
}
