package webnetwork

import (
	"net/url"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/legal"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/publication"
)

const lawPath = "/laws"

// lawModel is one attribute in all countries, or several countries side by side.
type lawModel struct {
	attribute page.Select
	chosen    page.Checkboxes
	day       page.DateInput
	atlas     *page.Atlas
	table     page.Table
	labels    page.Table
	nothing   bool // nothing stood on that day
}

// laws are the sheets of all countries, as this node has them.
func (v *visit) laws() ([]legal.Sheet, error) {
	kept, err := v.Publications.All(v.R.Context(), v.By.Actor, publication.Filter{Kind: publication.LegalModel}, "")
	return legal.Sheets(kept), err
}

// sheetKey names a sheet among those that are compared.
func sheetKey(s legal.Sheet) string { return strings.TrimSuffix(s.Country+"-"+s.Part, "-") }

// sheetName is what a sheet is called.
func (v *visit) sheetName(s legal.Sheet) string {
	if s.Part != "" {
		return v.country(s.Country) + ", " + s.Part
	}
	return v.country(s.Country)
}

// askedDay reads a day out of the address of a page.
func (v *visit) askedDay(name string) (page.DateInput, string) {
	q := v.R.URL.Query()
	d := page.DateInput{Field: page.Field{ID: name, Label: page.Key("publication.law." + name), Hint: page.Key("publication.law.day.hint"), Optional: true}, Day: q.Get(name + "-day"), Month: q.Get(name + "-month"), Year: q.Get(name + "-year")}
	v.R.PostForm = q // the days of the page are read as those of a form
	day := v.Day(name)
	v.R.PostForm = url.Values{}
	if day == "?" {
		day = ""
	}
	return d, day
}

// compareLaws shows one attribute in all countries, or chosen countries side by side. Countries stand in order of their letters, whatever their laws say.
func (v *visit) compareLaws() error {
	all, err := v.laws()
	if err != nil {
		return err
	}
	q := v.R.URL.Query()
	day, on := v.askedDay("day")
	stand := legal.Newest(all, on)
	chosen := q["country"]
	attribute := q.Get("attribute")
	if !slices.Contains(legal.Attributes(), attribute) {
		attribute = "selling"
	}
	m := lawModel{
		day:       day,
		attribute: page.Select{Field: page.Field{ID: "attribute", Label: page.Key("publication.law.one")}, Choices: v.Choices("publication.attribute.", legal.Attributes()...), Value: attribute},
		chosen:    page.Checkboxes{Field: page.Field{ID: "country", Label: page.Key("publication.law.side"), Optional: true}, Values: chosen},
	}
	codes := page.Atlas{}.Countries()
	var picked []legal.Sheet
	for _, s := range stand {
		codes = append(codes, s.Country)
		m.chosen.Choices = append(m.chosen.Choices, page.Choice{Value: sheetKey(s), Text: page.Plain(v.sheetName(s))})
		if slices.Contains(chosen, sheetKey(s)) {
			picked = append(picked, s)
		}
	}
	m.nothing = len(stand) == 0
	if len(picked) > 0 {
		m.table, m.labels = v.side(picked), v.labels(picked)
	} else {
		m.table, m.atlas = v.across(stand, attribute), v.atlas(stand, attribute)
	}
	return v.Show(page.Page{Title: page.Key("publication.law.title"), Back: "/", Countries: codes, Body: lawScreen(v.P, m)})
}

// across is one attribute in all countries.
func (v *visit) across(stand []legal.Sheet, attribute string) page.Table {
	t := page.Table{Caption: v.Word("publication.attribute.", attribute), Empty: page.Key("publication.found.none"), Columns: []page.Column{
		{Text: page.Key("publication.ask.country")},
		{Text: page.Key("publication.ask.value")},
		{Text: page.Key("publication.ask.text")},
		{Text: page.Key("publication.ask.citation")},
		{Text: page.Key("publication.ask.source")},
		{Text: page.Key("publication.ask.status")},
	}}
	for _, s := range stand {
		c := s.Cell(attribute)
		row := []page.Cell{{Text: page.Plain(v.sheetName(s)), Path: lawPath + "/" + s.Country}}
		if c == nil {
			t.Rows = append(t.Rows, append(row, page.Cell{Text: page.Key("publication.law.nothing")}, none(), none(), none(), none()))
			continue
		}
		text := v.text(c.Texts("text"))
		said := page.Cell{Text: page.Plain(text.Text), Lang: text.Lang}
		if text.Text == "" {
			said = none()
		}
		t.Rows = append(t.Rows, append(row, page.Cell{Text: v.Word("publication.value.", c.Word("value"))}, said,
			page.Cell{Text: page.Plain(c.Word("citation"))}, sourceCell(c.Word("source")), v.statusCell(c)))
	}
	return t
}

func none() page.Cell { return page.Cell{Text: page.Key("web.none")} }

func sourceCell(s string) page.Cell {
	c := page.Cell{Text: page.Plain(s)}
	if strings.HasPrefix(s, "https://") {
		c.Path = s
	}
	return c
}

// statusCell says whether somebody has verified a cell, and when it was last looked at.
func (v *visit) statusCell(c publication.Body) page.Cell {
	w := c.Word("status")
	return page.Cell{Tag: &page.Tag{Text: v.Word("publication.status.", w), Tone: toneOf(w)}, Small: v.DayText(c.Word("checked"))}
}

// side is several countries side by side. Their order is that of their letters.
func (v *visit) side(picked []legal.Sheet) page.Table {
	t := page.Table{Caption: page.Key("publication.law.side.table"), Columns: []page.Column{{Text: page.Key("publication.ask.attribute")}}}
	for _, s := range picked {
		t.Columns = append(t.Columns, page.Column{Text: page.Plain(v.sheetName(s))})
	}
	for _, l := range legal.Compare(picked) {
		row := []page.Cell{{Text: v.Word("publication.attribute.", l.Attribute)}}
		for _, c := range l.Cells {
			row = append(row, v.cellOf(c))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// cellOf is what a law says of an attribute, in one cell: what holds, by which law, and how far that is known.
func (v *visit) cellOf(c publication.Body) page.Cell {
	if c == nil {
		return page.Cell{Text: page.Key("publication.law.nothing")}
	}
	w := c.Word("status")
	return page.Cell{Text: v.Word("publication.value.", c.Word("value")), Small: page.Plain(c.Word("citation")), Tag: &page.Tag{Text: v.Word("publication.status.", w), Tone: toneOf(w)}}
}

// labels are the names that authors give to models, each beside its author.
func (v *visit) labels(picked []legal.Sheet) page.Table {
	t := page.Table{Caption: page.Key("publication.ask.labels"), Columns: []page.Column{
		{Text: page.Key("publication.ask.country")}, {Text: page.Key("publication.ask.label")}, {Text: page.Key("publication.ask.by")}, {Text: page.Key("publication.ask.year")}, {Text: page.Key("publication.ask.source")},
	}}
	for _, s := range picked {
		for _, l := range s.Body.Rows("labels") {
			year, _ := l.Number("year")
			t.Rows = append(t.Rows, []page.Cell{
				{Text: page.Plain(v.sheetName(s))}, {Text: page.Plain(l.Word("label"))}, {Text: page.Plain(l.Word("by"))}, {Text: page.Plain(yearText(year))}, sourceCell(l.Word("source")),
			})
		}
	}
	return t
}

// atlas marks on the map how far it is known what a law says, never what it says: that stands in words where one points, and in the table.
func (v *visit) atlas(stand []legal.Sheet, attribute string) *page.Atlas {
	a := &page.Atlas{Caption: page.Key("publication.law.map", "attribute", v.Word("publication.attribute.", attribute).In(v.P)), Marks: map[string]page.Mark{}, Legend: []page.Tag{
		{Text: page.Key("publication.status.verified"), Tone: page.Good}, {Text: page.Key("publication.status.unverified"), Tone: page.Waiting}, {Text: page.Key("publication.law.nothing"), Tone: page.Off},
	}}
	for _, code := range a.Countries() {
		a.Marks[code] = page.Mark{Tone: page.Off, Text: page.Key("publication.law.nothing")}
	}
	for _, s := range stand {
		if c := s.Cell(attribute); c != nil && s.Part == "" {
			a.Marks[s.Country] = page.Mark{Tone: toneOf(c.Word("status")), Text: page.Plain(v.Word("publication.value.", c.Word("value")).In(v.P) + " (" + v.Word("publication.status.", c.Word("status")).In(v.P) + ")")}
		}
	}
	return a
}

// countryModel is the law of one country, over time.
type countryModel struct {
	name    string
	sheets  []sheetModel
	propose string // path of the form that begins with what came with the program
}

// sheetModel is the law as it stood on one day.
type sheetModel struct {
	name    page.Msg
	shipped bool
	read    string // path of the publication
	cells   page.Table
	labels  page.Table
	reports page.Table
	lacks   []page.Msg
	changed page.Table // what was otherwise in the sheet before
}

func (v *visit) countryLaw() error {
	all, err := v.laws()
	if err != nil {
		return err
	}
	code := v.R.PathValue("country")
	of := legal.Of(all, code)
	if len(of) == 0 {
		return v.noLaw()
	}
	m := countryModel{name: v.country(code)}
	if page.May(v.By.Actor, access.WritePublication) && code == string(v.Site.Member) {
		m.propose = listPath + "/new?kind=legal-model&from=" + code
	}
	for i, s := range slices.Backward(of) {
		x := sheetModel{name: v.asOf(s), shipped: s.ID == "", labels: v.labels([]legal.Sheet{s}), reports: v.reports(s), cells: v.lines(cellsPart(), s.Body.Rows("cells"))}
		if s.ID != "" {
			x.read = pathOf(s.ID)
		}
		for _, l := range s.Lacks(v.Site.Now()) {
			x.lacks = append(x.lacks, page.Key("publication.lack."+l.Code, "n", v.P.Number(int64(l.Count))))
		}
		if i > 0 && of[i-1].Part == s.Part {
			x.changed = page.Table{Caption: page.Key("publication.law.changed"), Named: false, Columns: []page.Column{
				{Text: page.Key("publication.ask.attribute")}, {Text: v.asOf(of[i-1])}, {Text: v.asOf(s)},
			}}
			for _, l := range legal.Differ(of[i-1], s) {
				x.changed.Rows = append(x.changed.Rows, []page.Cell{{Text: v.Word("publication.attribute.", l.Attribute)}, v.cellOf(l.Cells[0]), v.cellOf(l.Cells[1])})
			}
		}
		m.sheets = append(m.sheets, x)
	}
	return v.Show(page.Page{Title: page.Key("publication.law.title"), Back: lawPath, Countries: []string{code}, Body: countryScreen(v.P, m)})
}

func (v *visit) asOf(s legal.Sheet) page.Msg {
	return page.Plain(v.P.Text("publication.ask.as-of") + " " + v.DayText(s.AsOf).In(v.P))
}

// cellsPart is the part of a legal model that has its cells.
func cellsPart() publication.Part {
	shape := publication.ShapeOf(publication.LegalModel)
	return shape[slices.IndexFunc(shape, func(p publication.Part) bool { return p.Name == "cells" })]
}

// reports are what others have found, what speaks for it beside what speaks against it.
func (v *visit) reports(s legal.Sheet) page.Table {
	t := page.Table{Caption: page.Key("publication.ask.reports"), Columns: []page.Column{
		{Text: page.Key("publication.ask.title")},
		{Text: page.Key("publication.ask.by")},
		{Text: page.Key("publication.ask.year")},
		{Text: page.Key("publication.ask.supportive")},
		{Text: page.Key("publication.ask.critical")},
		{Text: page.Key("publication.ask.source")},
	}}
	for _, r := range s.Body.Rows("reports") {
		year, _ := r.Number("year")
		found := func(part string) page.Cell {
			x := v.text(r.Texts(part))
			if x.Text == "" {
				return page.Cell{Text: page.Key("publication.law.unread")}
			}
			return page.Cell{Text: page.Plain(x.Text), Lang: x.Lang}
		}
		t.Rows = append(t.Rows, []page.Cell{
			{Text: page.Plain(r.Word("title"))}, {Text: page.Plain(r.Word("by"))}, {Text: page.Plain(yearText(year))}, found("supportive"), found("critical"), sourceCell(r.Word("source")),
		})
	}
	return t
}
