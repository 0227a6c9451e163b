package web

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
)

// releasesModel is a page of what was released to the desk: references, no content.
type releasesModel struct {
	table Table
	pages Pages
}

func (v *Visit) releases() error {
	after := id.Record(v.r.URL.Query().Get("after"))
	all, err := v.web.Cases.Releases(v.r.Context(), v.by.Actor, after, pageRows)
	if err != nil {
		return err
	}
	m := releasesModel{table: Table{
		Caption: Key("case.releases"), Named: true, Empty: Key("case.releases.none"),
		Columns: []Column{{Text: Key("case.reference")}, {Text: Key("case.release.basis")}, {Text: Key("case.release.handling")}, {Text: Key("case.release.made")}, {Text: Key("case.release.until")}},
	}}
	if len(all) == pageRows {
		m.pages.Next = "/releases?after=" + string(all[len(all)-1].ID)
	}
	if after != "" {
		m.pages.Previous = "/releases"
	}
	for _, r := range all {
		m.table.Rows = append(m.table.Rows, []Cell{
			{Text: Plain(string(r.Reference)), Path: "/releases/" + string(r.ID)},
			{Text: v.word("case.release.basis.", r.Basis)},
			{Text: v.word("case.handling.", r.Handling)},
			{Text: v.when(r.Made)},
			{Text: v.when(r.Until)},
		})
	}
	return v.show(page{title: Key("case.releases"), body: releasesScreen(v.p, m)})
}

// releaseModel is one dossier, opened.
type releaseModel struct {
	rows    []Row
	content []Row
	items   []entry
}

func (v *Visit) release() error {
	x, r, err := v.web.Cases.ShowRelease(v.r.Context(), v.by, id.Record(v.r.PathValue("release")))
	if err != nil {
		return err
	}
	m := releaseModel{content: v.bundleRows(x.Content), rows: []Row{
		{Key: Key("case.release.basis"), Value: v.word("case.release.basis.", r.Basis)},
		{Key: Key("case.release.category"), Value: v.word("case.category.", r.Category)},
		{Key: Key("case.release.handling"), Value: v.word("case.handling.", r.Handling)},
		{Key: Key("case.release.made"), Value: v.when(r.Made)},
		{Key: Key("case.release.until"), Value: v.when(r.Until)},
	}}
	if x.Order != "" {
		m.rows = append(m.rows, Row{Key: Key("case.release.order"), Value: Plain(x.Order)})
	}
	for _, i := range x.Items {
		m.items = append(m.items, entry{when: Key("case.release.kind." + i.Kind), text: i.Text, rows: []Row{{Key: Key("case.release.from"), Value: Plain(i.From)}}})
	}
	back := "/releases"
	if v.by.Realm != access.Prosecution {
		back = "/cases/" + string(r.Case)
	}
	return v.show(page{title: Key("case.release"), back: back, leave: true, body: releaseScreen(v.p, m)})
}
