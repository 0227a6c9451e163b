package webnetwork

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/meeting"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/publication"
)

// recordModel is one version of a publication with what stands around it.
type recordModel struct {
	title  page.Msg
	kind   page.Msg
	tag    *page.Tag
	unsure bool   // it came with the program, and nobody has confirmed it
	newest string // path of the newest version, where this is an older one
	rows   []page.Row
	prose  []prose
	tables []page.Table
	files  []page.Item
	about  []page.Table // what others have published about it
	ways   []page.Link
	past   page.Table
	proof  []page.Row
}

// prose is a longer text, in paragraphs.
type prose struct {
	name  page.Msg
	lang  string
	lines []string
}

func (v *visit) record() error {
	all, err := v.Publications.Show(v.R.Context(), v.By.Actor, v.which())
	if err != nil {
		return err
	}
	k := all[len(all)-1]
	if n, err := strconv.ParseInt(v.R.URL.Query().Get("version"), 10, 64); err == nil {
		if i := slices.IndexFunc(all, func(k publication.Kept) bool { return k.Record.Version == n }); i >= 0 {
			k = all[i]
		}
	}
	return v.showRecord(all, k)
}

func (v *visit) showRecord(all []publication.Kept, k publication.Kept) error {
	r, b := k.Record, publication.ReadBody(k.Record.Body)
	m := recordModel{title: v.called(k), kind: v.Word("publication.kind.", string(r.Kind)), tag: tagsOf(k)}
	if !k.Current {
		m.newest = pathOf(r.ID)
	}
	codes := countriesOf(k)
	for _, p := range publication.ShapeOf(r.Kind) {
		v.say(&m, p, b)
	}
	for _, f := range b.Files() {
		m.files = append(m.files, page.Item{
			Path: pathOf(r.ID) + "/files/" + f.SHA256, Title: page.Plain(f.Name),
			State: page.Tag{Text: page.Key("publication.file.size", "size", v.P.Number((f.Bytes+1023)/1024))},
		})
	}
	if err := v.around(&m, k); err != nil {
		return err
	}
	if err := v.meeting(&m, k); err != nil {
		return err
	}
	if r.Kind == publication.Conclusion || r.Kind == publication.Recommendation {
		if err := v.answers(&m, k); err != nil {
			return err
		}
	}
	if r.Kind == publication.Measure {
		if err := v.values(&m, k); err != nil {
			return err
		}
	}
	m.past = page.Table{Caption: page.Key("publication.versions"), Columns: []page.Column{
		{Text: page.Key("publication.version")}, {Text: page.Key("publication.at")}, {Text: page.Key("publication.reason")},
	}}
	for _, o := range slices.Backward(all) {
		why := v.Word("publication.reason.", o.Record.Reason)
		if o.Record.Version == 1 {
			why = page.Key("publication.reason.first")
		}
		cell := page.Cell{Text: page.Plain(v.P.Number(o.Record.Version)), Path: pathOf(r.ID) + "?version=" + strconv.FormatInt(o.Record.Version, 10)}
		if o.Record.Version == r.Version {
			cell.Path = ""
		}
		m.past.Rows = append(m.past.Rows, []page.Cell{cell, {Text: v.When(o.Record.Created)}, {Text: why}})
	}
	m.proof = []page.Row{
		{Key: page.Key("publication.by"), Value: page.Plain(v.country(string(r.Member)))},
		{Key: page.Key("publication.at"), Value: v.When(r.Created)},
	}
	if k.Person != nil {
		m.proof = append(m.proof, page.Row{Key: page.Key("publication.signed"), Value: page.RoleName(k.Person.Role)})
	}
	m.proof = append(m.proof, page.Row{Key: page.Key("publication.hash"), Value: page.Plain(k.Hash)})
	return v.Show(page.Page{Title: m.kind, Back: listPath, Countries: codes, Body: recordScreen(v.P, m)})
}

// say puts a part of a body where it is read.
func (v *visit) say(m *recordModel, p publication.Part, b publication.Body) {
	if _, ok := b[p.Name]; !ok {
		return
	}
	key := page.Key("publication.ask." + p.Name)
	if p.Is == publication.HashOf {
		key = page.Key("publication.hash")
	}
	switch p.Is {
	case publication.Prose:
		t := v.text(b.Texts(p.Name))
		m.prose = append(m.prose, prose{key, t.Lang, strings.Split(t.Text, "\n")})
	case publication.Rows:
		m.tables = append(m.tables, v.lines(p, b.Rows(p.Name)))
	default:
		value, lang := v.value(p, b)
		row := page.Row{Key: key, Value: value, Lang: lang}
		switch w := b.Word(p.Name); {
		case p.Is == publication.LinkTo:
			row.Action = &page.Link{Path: pathOf(id.Publication(w)), Text: page.Key("publication.read")}
		case p.Is == publication.Source && strings.HasPrefix(w, "https://"):
			row.Action = &page.Link{Path: w, Text: page.Key("publication.read")}
		}
		m.rows = append(m.rows, row)
	}
}

// value says what stands in a part, and in which language where it was written in one.
func (v *visit) value(p publication.Part, b publication.Body) (page.Msg, string) {
	w := b.Word(p.Name)
	switch p.Is {
	case publication.Line, publication.Prose:
		t := v.text(b.Texts(p.Name))
		return page.Plain(t.Text), t.Lang
	case publication.Number:
		if n, ok := b.Number(p.Name); ok {
			return page.Plain(v.P.Number(n)), ""
		}
		return page.Key("web.none"), ""
	case publication.Day:
		return v.DayText(w), ""
	case publication.Code:
		return v.Word("publication."+p.Name+".", w), ""
	case publication.Codes:
		return v.Words("publication."+p.Name+".", b.Words(p.Name)), ""
	case publication.Country:
		return page.Plain(v.country(w)), ""
	case publication.Countries:
		var names []string
		for _, c := range b.Words(p.Name) {
			names = append(names, v.country(c))
		}
		return page.Plain(v.P.And(names...)), ""
	case publication.LinkTo:
		if to, err := v.Publications.Show(v.R.Context(), v.By.Actor, id.Publication(w)); err == nil {
			return v.called(to[len(to)-1]), ""
		}
		return page.Key("publication.coming"), ""
	}
	if w == "" {
		return page.Key("web.none"), ""
	}
	return page.Plain(w), ""
}

// lines shows the lines of a part as a table.
func (v *visit) lines(p publication.Part, all []publication.Body) page.Table {
	t := page.Table{Caption: page.Key("publication.ask." + p.Name), Columns: []page.Column{{Text: page.Key("publication.line")}}}
	var shown []publication.Part
	for _, q := range p.Rows { // a column that is empty in every line says nothing
		if slices.ContainsFunc(all, func(b publication.Body) bool { return b[q.Name] != nil }) {
			shown = append(shown, q)
			t.Columns = append(t.Columns, page.Column{Text: page.Key("publication.ask." + q.Name)})
		}
	}
	for i, b := range all {
		row := []page.Cell{{Text: page.Plain(v.P.Number(int64(i + 1)))}}
		for _, q := range shown {
			value, lang := v.value(q, b)
			cell := page.Cell{Text: value, Lang: lang}
			w := b.Word(q.Name)
			switch {
			case q.Is == publication.LinkTo && w != "":
				cell.Path = pathOf(id.Publication(w))
			case q.Is == publication.Source && strings.HasPrefix(w, "https://"):
				cell.Path = w
			case q.Name == "status":
				cell = page.Cell{Tag: &page.Tag{Text: value, Tone: toneOf(w)}}
			}
			row = append(row, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// toneOf is how loudly it is said how far something is.
func toneOf(code string) page.Tone {
	switch code {
	case "verified", "done":
		return page.Good
	case "unverified", "under-way", "partly":
		return page.Waiting
	case "not-started":
		return page.Late
	}
	return page.Off
}

// meeting adds to a meeting its files and what it concluded, and to a conclusion who has signed it off.
func (v *visit) meeting(m *recordModel, k publication.Kept) error {
	switch k.Record.Kind {
	case publication.Meeting:
		m.ways = append([]page.Link{
			{Path: pathOf(k.Record.ID) + "/minutes", Text: page.Key("publication.minutes")}, {Path: pathOf(k.Record.ID) + "/calendar", Text: page.Key("publication.calendar")},
		}, m.ways...)
		all, err := v.concluded(k.Record.ID)
		if err != nil {
			return err
		}
		t := page.Table{Caption: page.Key("publication.signed.off"), Columns: []page.Column{{Text: page.Key("publication.kind.conclusion")}, {Text: page.Key("publication.signed.off.count"), Number: true}}}
		for _, c := range all {
			agreed := 0
			for _, o := range c.voices {
				if o.Says == "agreed" || o.Says == "agreed-with-remark" {
					agreed++
				}
			}
			t.Rows = append(t.Rows, []page.Cell{{Text: v.called(c.kept), Path: pathOf(c.kept.Record.ID)}, {Text: page.Key("publication.of.all", "n", v.P.Number(int64(agreed)), "all", v.P.Number(int64(len(c.voices))))}})
		}
		if len(t.Rows) > 0 {
			m.about = append(m.about, t)
		}
	case publication.Conclusion:
		asked, err := v.Publications.Asked(v.R.Context(), v.By.Actor)
		if err != nil {
			return err
		}
		signed, err := v.Publications.About(v.R.Context(), v.By.Actor, publication.SignOff, k.Record.ID)
		if err != nil {
			return err
		}
		m.about = append(m.about, v.signed(k, meeting.Voices(k, signed, asked)))
	}
	return nil
}

// around lists what others have published about a record, and what the reader can do with it.
func (v *visit) around(m *recordModel, k publication.Kept) error {
	r := k.Record
	write := page.May(v.By.Actor, access.WritePublication)
	for _, kind := range publication.Kinds() {
		at := slices.IndexFunc(publication.ShapeOf(kind), func(p publication.Part) bool {
			return p.Is == publication.LinkTo && slices.Contains(p.To, r.Kind)
		})
		if at < 0 {
			continue
		}
		found, err := v.Publications.About(v.R.Context(), v.By.Actor, kind, r.ID)
		if err != nil {
			return err
		}
		name := page.Key("publication.kinds." + string(kind))
		if len(found) > 0 && kind != publication.SignOff && (kind != publication.Conclusion || r.Kind != publication.Meeting) {
			t := page.Table{Caption: name, Columns: []page.Column{{Text: page.Key("publication.title")}, {Text: page.Key("publication.by")}, {Text: page.Key("publication.at")}}}
			for _, o := range found {
				cell := page.Cell{Text: v.called(o), Path: pathOf(o.Record.ID), Tag: tagsOf(o)}
				if sum := publication.ReadBody(o.Record.Body).Word("hash"); sum != "" && sum != k.Hash {
					cell.Tag = &page.Tag{Text: page.Key("publication.state.other"), Tone: page.Waiting}
				}
				t.Rows = append(t.Rows, []page.Cell{cell, {Text: page.Plain(v.country(string(o.Record.Member)))}, {Text: v.When(o.Record.Created)}})
			}
			m.about = append(m.about, t)
		}
		if write && k.Current && !r.Withdrawn && (kind != publication.Review || r.Member != v.Site.Member) {
			part := publication.ShapeOf(kind)[at].Name
			m.ways = append(m.ways, page.Link{
				Path: listPath + "/new?" + url.Values{"kind": {string(kind)}, part: {string(r.ID)}}.Encode(), Text: page.Key("publication.add." + string(kind)),
			})
		}
	}
	if v.mayChange(k) {
		m.ways = append(m.ways,
			page.Link{Path: pathOf(r.ID) + "/change", Text: page.Key("publication.change")},
			page.Link{Path: pathOf(r.ID) + "/file", Text: page.Key("publication.file.add")},
			page.Link{Path: pathOf(r.ID) + "/withdraw", Text: page.Key("publication.withdraw")})
	}
	return nil
}
