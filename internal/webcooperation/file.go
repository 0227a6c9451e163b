package webcooperation

import (
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// part is one sort of items of a request.
type part struct {
	title page.Msg
	name  string
	items []itemModel
	add   string // path; empty: nothing can be added
}

// itemModel is one item as it is shown.
type itemModel struct {
	rows  []page.Row
	path  string // where it is changed; empty: nowhere
	about page.Msg
}

// eventModel is one step as it is shown.
type eventModel struct {
	title page.Msg
	rows  []page.Row
	text  string
	lang  string
	alarm page.Msg
}

// fileModel is a request as it is shown.
type fileModel struct {
	path, version string
	title         page.Msg
	state         page.Tag
	lacks         []page.Msg
	rows          []page.Row
	head          string // where the head is changed; empty: nowhere
	parts         []part
	given         page.Msg // what stands about the parts that did not travel
	events        []eventModel
	steps         []page.Link
	failed        bool
	erase         bool
	document      bool
	packs         bool
	release       string
}

func parts() []string { return []string{"facts", "offences", "persons", "measures", "papers"} }

func (v *visit) opened() error {
	f, err := v.Cooperations.Open(v.R.Context(), v.By, v.which())
	if err != nil {
		return err
	}
	m := fileModel{
		path: pathOf(f.ID), version: strconv.FormatInt(f.Version, 10),
		title: page.Key("cooperation.title", "kind", v.Word("cooperation.kind.", f.Kind).In(v.P), "reference", string(f.Reference)),
		state: page.Tag{Text: v.Word("cooperation.state.", string(f.State)), Tone: tone(f.State)},
	}
	draft := f.State == cooperation.Draft && f.Side == envelope.Opener
	writes := draft && page.May(v.By.Actor, access.WriteCooperation)
	m.rows = v.about(f)
	if f.State.Over() {
		until, err := v.until(f)
		if err != nil {
			return err
		}
		m.rows = append(m.rows, until)
	}
	switch {
	case f.Request != nil:
		m.rows = append(m.rows, v.headRows(*f.Request)...)
		m.parts = v.partsOf(*f.Request, writes, m.path)
		m.document, m.packs = true, page.May(v.By.Actor, access.PackCooperation)
	case f.Record() != nil:
		rec := *f.Record()
		m.rows = append(m.rows, v.recordRows(rec)...)
		m.given = page.Key("cooperation.travels")
		if rec.Document != nil {
			m.given = page.Msg{}
			m.parts = v.partsOf(*rec.Document, false, m.path)
		} else if len(rec.Facts) > 0 {
			m.parts = v.partsOf(cooperation.Request{Facts: rec.Facts}, false, m.path)[:1]
		}
	}
	if writes {
		m.head = m.path + "/request"
		m.release = m.path + "/release"
	}
	for _, l := range f.Lacks {
		if draft {
			m.lacks = append(m.lacks, page.Key("cooperation.lack."+l))
		}
	}
	for _, e := range f.Events {
		m.events = append(m.events, v.event(f, e))
	}
	if page.May(v.By.Actor, access.AnswerCooperation) {
		for _, s := range f.Next {
			path := m.path + "/step/" + string(s)
			if s == cooperation.Ask {
				if len(f.Lacks) > 0 {
					continue
				}
				path = m.path + "/send"
			}
			m.steps = append(m.steps, page.Link{Path: path, Text: page.Key("cooperation.do." + string(s))})
		}
		m.failed = f.Failed() != ""
	}
	m.erase = (f.State == cooperation.Draft || f.State.Over()) && page.May(v.By.Actor, access.EraseCooperation)
	return v.Show(page.Page{Title: m.title, Back: "/cooperation", Body: fileScreen(v.P, m)})
}

// until says until when a request that is over is kept, by the law of this member; that nobody has said it where nobody has.
func (v *visit) until(f cooperation.File) (page.Row, error) {
	r := page.Row{Key: page.Key("cooperation.until"), Value: page.Key("cooperation.until.nobody")}
	last := f.At
	for _, e := range f.Events {
		last = max(last, e.At)
	}
	law := v.Law()
	kept, err := law.Keeps(v.Site.Member, cooperation.Retention)
	if err != nil {
		return r, err
	}
	r.Lines = []page.Msg{v.Word("profile.status.", string(kept.Origin.Status)), page.Plain(kept.Origin.Citation)}
	over, err := law.Over(v.Site.Member, cooperation.Retention, last)
	if over != 0 {
		r.Value = v.When(over)
	}
	return r, err
}

// about is what a request says of itself at either end.
func (v *visit) about(f cooperation.File) []page.Row {
	law := page.Row{Key: page.Key("cooperation.instrument"), Value: page.Plain(f.Instrument)}
	if f.Known {
		law.Value = page.Key(f.Law.Text)
		law.Lines = []page.Msg{v.Word("profile.status.", string(f.Law.Origin.Status)), page.Plain(f.Law.Origin.Citation)}
	}
	rows := []page.Row{
		{Key: page.Key("cooperation.peer"), Value: page.Plain(f.Peer.String())},
		{Key: page.Key("cooperation.kind"), Value: v.Word("cooperation.kind.", f.Kind)},
	}
	if f.Instrument != "" {
		rows = append(rows, law)
	}
	if f.Due != "" {
		rows = append(rows, page.Row{Key: page.Key("cooperation.due"), Value: v.DayText(f.Due)})
	}
	return rows
}

func (v *visit) row(key, value string) page.Row {
	return page.Row{Key: page.Key("cooperation." + key), Value: page.Plain(value)}
}

// some leaves out the rows that say nothing.
func some(rows ...page.Row) []page.Row {
	var out []page.Row
	for _, r := range rows {
		if !r.Value.None() || r.Tag != nil {
			out = append(out, r)
		}
	}
	return out
}

func office(o cooperation.Office) string {
	if o.Contact == "" {
		return o.Name
	}
	return o.Name + ", " + o.Contact
}

func links(all []id.Thread) string {
	var out []string
	for _, l := range all {
		out = append(out, string(l))
	}
	return strings.Join(out, ", ")
}

func (v *visit) headRows(x cooperation.Request) []page.Row {
	rows := some(
		v.row("from", office(x.From)), v.row("to-office", office(x.To)), v.row("subject", x.Subject), v.row("purpose", x.Purpose), v.row("urgent", x.Urgent),
		v.row("confidential", x.Confidential), v.row("conditions", x.Conditions), v.row("links", links(x.Links)),
	)
	for i := range rows {
		rows[i].Lang = x.Language
	}
	return append(rows,
		page.Row{Key: page.Key("cooperation.language"), Value: page.Plain(v.P.LanguageName(x.Language))},
		page.Row{Key: page.Key("cooperation.answers"), Value: v.Named(x.Answers)},
	)
}

func (v *visit) recordRows(x cooperation.Record) []page.Row {
	yes := func(is bool) page.Msg {
		if is {
			return page.Key("web.yes")
		}
		return page.Key("web.no")
	}
	rows := some(v.row("from", office(x.From)), v.row("to-office", office(x.To)), v.row("conditions", x.Conditions), v.row("links", links(x.Links)))
	return append(rows,
		page.Row{Key: page.Key("cooperation.urgent-is"), Value: yes(x.Urgent)},
		page.Row{Key: page.Key("cooperation.confidential-is"), Value: yes(x.Confidential)},
		page.Row{Key: page.Key("cooperation.handling"), Value: v.Word("cooperation.handling.", x.Handling)},
		page.Row{Key: page.Key("cooperation.language"), Value: page.Plain(v.P.LanguageName(x.Language))},
		page.Row{Key: page.Key("cooperation.answers"), Value: v.Named(x.Answers)},
		page.Row{Key: page.Key("cooperation.digest"), Value: page.Plain(x.Digest)},
	)
}

// marks are how an item may be used and trusted, in one line each.
func (v *visit) marks(m cooperation.Marks) []page.Row {
	handling := page.Row{Key: page.Key("cooperation.handling"), Value: v.Word("cooperation.handling.", m.Handling)}
	if m.Condition != "" {
		handling.Lines = []page.Msg{page.Plain(m.Condition)}
	}
	return []page.Row{handling, {
		Key: page.Key("cooperation.evaluation"), Value: v.Word("cooperation.source.", m.Source), Lines: []page.Msg{v.Word("cooperation.information.", m.Information)},
	}}
}

func (v *visit) released(r id.Record) page.Row {
	if r == "" {
		return page.Row{}
	}
	return page.Row{Key: page.Key("cooperation.release"), Value: page.Key("cooperation.released"), Action: &page.Link{Path: "/releases/" + string(r), Text: page.Key("cooperation.look")}}
}

// partsOf shows the items of a request.
func (v *visit) partsOf(x cooperation.Request, writes bool, path string) []part {
	of := map[string][][]page.Row{}
	put := func(name string, m cooperation.Marks, rows ...page.Row) {
		all := some(rows...)
		for i := range all {
			all[i].Lang = x.Language
		}
		of[name] = append(of[name], append(all, v.marks(m)...))
	}
	word := func(key, prefix, code string) page.Row {
		return page.Row{Key: page.Key("cooperation." + key), Value: v.Word(prefix, code)}
	}
	for _, i := range x.Facts {
		put("facts", i.Marks, v.row("text", i.Text), word("ground", "case.release.kind.", i.Ground), v.released(i.Release))
	}
	for _, i := range x.Offences {
		put("offences", i.Marks, v.row("article", i.Article), page.Row{Key: page.Key("cooperation.acts"), Value: v.Words("form.option.act.", i.Acts)},
			page.Row{Key: page.Key("cooperation.means"), Value: v.Words("form.option.means.", i.Means)},
			page.Row{Key: page.Key("cooperation.purposes"), Value: v.Words("form.option.exploitation.", i.Purposes)})
	}
	for _, i := range x.Persons {
		put("persons", i.Marks, v.row("name", i.Name), word("category", "case.standing.", i.Category), word("ground", "case.release.kind.", i.Ground),
			v.row("born", i.Born), v.row("nationality", i.Nationality), v.row("location", i.Location), v.released(i.Release))
	}
	for _, i := range x.Measures {
		put("measures", i.Marks, word("code", "cooperation.measure.", i.Code), v.row("text", i.Text), v.row("formalities", i.Formalities))
	}
	for _, i := range x.Papers {
		put("papers", i.Marks, v.row("paper", i.Title), v.row("digest", i.Digest))
	}
	var out []part
	for _, name := range parts() {
		p := part{title: page.Key("cooperation.part." + name), name: name}
		for i, rows := range of[name] {
			m := itemModel{rows: rows, about: rows[0].Value}
			if writes {
				m.path = path + "/part/" + name + "/" + strconv.Itoa(i)
			}
			p.items = append(p.items, m)
		}
		if writes {
			p.add = path + "/part/" + name + "/new"
		}
		out = append(out, p)
	}
	return out
}

// event shows one step.
func (v *visit) event(f cooperation.File, e cooperation.Said) eventModel {
	m := eventModel{title: page.Key("cooperation.step." + string(e.Step))}
	by := page.Plain(f.Peer.String())
	if e.Mine {
		by = page.Key("cooperation.mine")
	}
	m.rows = []page.Row{{Key: page.Key("cooperation.day"), Value: v.DayText(e.Day)}, {Key: page.Key("cooperation.by"), Value: by}}
	if e.Code != "" {
		m.rows = append(m.rows, page.Row{Key: page.Key("cooperation.result"), Value: v.Word("cooperation."+string(e.Step)+".", e.Code)})
	}
	if n := e.Note; n != nil {
		if n.Channel != "" {
			m.rows = append(m.rows, page.Row{Key: page.Key("cooperation.channel"), Value: v.Word("cooperation.channel.", n.Channel)})
		}
		m.rows = append(m.rows, some(v.row("their-reference", n.Reference), v.row("digest", n.Digest))...)
		m.text, m.lang = n.Text, n.Language
	}
	switch {
	case e.Spoiled:
		m.alarm = page.Key("cooperation.spoiled")
	case e.Failed != "":
		m.alarm = page.Key("cooperation.failed.text")
	case e.Mine && e.Told == 0:
		m.rows = append(m.rows, page.Row{Key: page.Key("cooperation.told"), Value: page.Key("cooperation.on-its-way")})
	case e.Mine:
		m.rows = append(m.rows, page.Row{Key: page.Key("cooperation.told"), Value: v.When(e.Told)})
	}
	return m
}
