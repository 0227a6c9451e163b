package webreferral

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// releasesModel is a page of what was released to the desk: references, no content.
type releasesModel struct {
	table page.Table
	pages page.Pages
}

func (v *visit) releases() error {
	after := id.Record(v.R.URL.Query().Get("after"))
	all, err := v.Cases.Releases(v.R.Context(), v.By.Actor, after, page.PerPage)
	if err != nil {
		return err
	}
	m := releasesModel{table: page.Table{
		Caption: page.Key("case.releases"), Named: true, Empty: page.Key("case.releases.none"),
		Columns: []page.Column{{Text: page.Key("case.reference")}, {Text: page.Key("case.release.basis")}, {Text: page.Key("case.release.handling")}, {Text: page.Key("case.release.made")}, {Text: page.Key("case.release.until")}},
	}}
	if len(all) == page.PerPage {
		m.pages.Next = "/releases?after=" + string(all[len(all)-1].ID)
	}
	if after != "" {
		m.pages.Previous = "/releases"
	}
	for _, r := range all {
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: page.Plain(string(r.Reference)), Path: "/releases/" + string(r.ID)},
			{Text: v.Word("case.release.basis.", r.Basis)},
			{Text: v.Word("case.handling.", r.Handling)},
			{Text: v.When(r.Made)},
			v.releaseEnd(r.Until, r.Ended),
		})
	}
	return v.Show(page.Page{Title: page.Key("case.releases"), Body: releasesScreen(v.P, m)})
}

// releaseEnd says until when something may be used; that no end was set is no end that is over.
func (v *visit) releaseEnd(until, ended frame.Time) page.Cell {
	switch {
	case ended != 0:
		return page.Cell{Text: page.Key("case.release.ended", "day", v.When(ended).In(v.P)), Tag: &page.Tag{Text: page.Key("case.release.over"), Tone: page.Late}}
	case until == 0:
		return page.Cell{Text: page.Key("case.release.endless")}
	case until <= v.Now():
		return page.Cell{Text: page.Key("case.release.ended", "day", v.When(until).In(v.P)), Tag: &page.Tag{Text: page.Key("case.release.over"), Tone: page.Late}}
	}
	return page.Cell{Text: v.When(until)}
}

// releaseModel is one dossier, opened.
type releaseModel struct {
	id      id.Record
	over    bool // it may not be used any more
	waits   bool // nothing has passed the wall yet: a second person decides
	own     bool // the reader proposed it, so somebody else approves
	approve bool
	end     bool
	rows    []page.Row
	content []page.Row
	items   []page.Entry
}

func (v *visit) release() error {
	x, r, err := v.Cases.ShowRelease(v.R.Context(), v.By, id.Record(v.R.PathValue("release")))
	if err != nil {
		return err
	}
	m := releaseModel{content: v.bundleRows(x.Content), rows: []page.Row{
		{Key: page.Key("case.release.basis"), Value: v.Word("case.release.basis.", r.Basis)},
		{Key: page.Key("case.release.standing"), Value: v.Word("case.standing.", r.Category)},
		{Key: page.Key("case.release.handling"), Value: v.Word("case.handling.", r.Handling)},
		{Key: page.Key("case.release.made"), Value: v.When(r.Made)},
		{Key: page.Key("case.release.until"), Value: v.releaseEnd(r.Until, r.Ended).Text},
	}}
	m.over = v.releaseEnd(r.Until, r.Ended).Tag != nil
	m.id, m.waits, m.own = r.ID, r.State == casefile.ReleaseProposed, r.Maker == v.By.User
	m.approve = m.waits && !m.own && page.May(v.By.Actor, access.ApproveRelease)
	m.end = v.By.Desk != r.To && page.May(v.By.Actor, access.WithdrawRelease)
	if v.By.Realm != access.Prosecution {
		m.rows = append(m.rows, page.Row{Key: page.Key("case.release.to"), Value: page.Plain(id.Address{Member: v.Site.Member, Desk: r.To}.String())})
	}
	if x.Order != "" {
		m.rows = append(m.rows, page.Row{Key: page.Key("case.release.order"), Value: page.Plain(x.Order)})
	}
	for _, i := range x.Items {
		m.items = append(m.items, page.Entry{When: page.Key("case.release.kind." + i.Kind), Text: i.Text, Rows: []page.Row{{Key: page.Key("case.release.from"), Value: page.Plain(i.From)}}})
	}
	back := "/releases"
	if v.By.Realm != access.Prosecution {
		back = "/cases/" + string(r.Case) + "/releases"
	}
	return v.Show(page.Page{Title: page.Key("case.release"), Back: back, Leave: true, Body: releaseScreen(v.P, m)})
}
