package webnetwork

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/docx"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/meeting"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/sorting"
)

const meetingPath = "/meetings"

func yearText(n int64) string { return strconv.FormatInt(n, 10) }

func (v *visit) noLaw() error { return fault.New(fault.NotFound, "fault.not-found") }

// meetingsModel is the meetings of the network.
type meetingsModel struct {
	may   bool
	table page.Table
}

// found are the meetings that were published, the latest first.
func (v *visit) found() ([]publication.Kept, error) {
	all, err := v.Publications.All(v.R.Context(), v.By.Actor, publication.Filter{Kind: publication.Meeting}, "")
	sorting.Stable(all, func(a, b publication.Kept) int {
		return strings.Compare(publication.ReadBody(b.Record.Body).Word("from"), publication.ReadBody(a.Record.Body).Word("from"))
	})
	return all, err
}

func (v *visit) meetings() error {
	all, err := v.found()
	if err != nil {
		return err
	}
	m := meetingsModel{may: page.May(v.By.Actor, access.WritePublication), table: page.Table{
		Caption: page.Key("publication.meetings"), Named: true, Columns: []page.Column{
			{Text: page.Key("publication.kind.meeting")}, {Text: page.Key("publication.ask.from")}, {Text: page.Key("publication.ask.until")}, {Text: page.Key("publication.ask.place")}, {Text: page.Key("publication.ask.state")},
		},
	}}
	codes, told := []string{"MK"}, false
	for _, k := range all {
		b := publication.ReadBody(k.Record.Body)
		n, _ := b.Number("number")
		told = told || n == meeting.TenthNumber
		codes = append(codes, countriesOf(k)...)
		m.table.Rows = append(m.table.Rows, v.meetingRow(b, v.called(k), pathOf(k.Record.ID), page.Tag{Text: v.Word("publication.state.", b.Word("state")), Tone: page.Calm}))
	}
	if b := meeting.Tenth(); !told {
		m.table.Rows = append(m.table.Rows, v.meetingRow(b, v.tenthName(), meetingPath+"/tenth", page.Tag{Text: page.Key("publication.status.unverified"), Tone: page.Waiting}))
	}
	return v.Show(page.Page{Title: page.Key("publication.meetings"), Back: "/", Countries: codes, Body: meetingsScreen(v.P, m)})
}

func (v *visit) tenthName() page.Msg {
	b := meeting.Tenth()
	return page.Plain(strconv.Itoa(meeting.TenthNumber) + ". " + v.text(b.Texts("title")).Text)
}

func (v *visit) meetingRow(b publication.Body, name page.Msg, path string, tag page.Tag) []page.Cell {
	return []page.Cell{
		{Text: name, Path: path},
		{Text: v.DayText(b.Word("from"))},
		{Text: v.DayText(b.Word("until"))},
		{Text: page.Plain(b.Word("place") + ", " + v.country(b.Word("country")))},
		{Tag: &tag},
	}
}

// tenth shows the meeting that the program tells of, from its one source.
func (v *visit) tenth() error {
	b := meeting.Tenth()
	m := recordModel{title: v.tenthName(), kind: page.Key("publication.kind.meeting"), tag: &page.Tag{Text: page.Key("publication.status.unverified"), Tone: page.Waiting}}
	for _, p := range publication.ShapeOf(publication.Meeting) {
		v.say(&m, p, b)
	}
	m.unsure = true
	if page.May(v.By.Actor, access.WritePublication) {
		m.ways = []page.Link{{Path: listPath + "/new?kind=meeting&from=tenth", Text: page.Key("publication.tenth.publish")}}
	}
	return v.Show(page.Page{Title: m.kind, Back: meetingPath, Countries: []string{"MK"}, Body: recordScreen(v.P, m)})
}

// event is a meeting in a calendar.
func (v *visit) event(k publication.Kept) meeting.Event {
	b := publication.ReadBody(k.Record.Body)
	var items []string
	for i, row := range b.Rows("agenda") {
		items = append(items, strconv.Itoa(i+1)+". "+v.text(row.Texts("item")).Text)
	}
	codes := countriesOf(k)
	slices.Sort(codes)
	if note := v.P.CountryNote(slices.Compact(codes)...); note != "" {
		items = append(items, note)
	}
	state := b.Word("state")
	if k.Record.Withdrawn {
		state = "cancelled"
	}
	return meeting.Event{
		ID: string(k.Record.ID), Version: k.Record.Version, Written: k.Record.Created.Time(), Title: v.called(k).In(v.P), Place: b.Word("place") + ", " + v.country(b.Word("country")),
		Text: strings.Join(items, "\n"), From: b.Word("from"), Until: b.Word("until"), State: state,
	}
}

// calendar saves all meetings for the calendar of the reader.
func (v *visit) calendar() error {
	all, err := v.found()
	if err != nil {
		return err
	}
	var events []meeting.Event
	for _, k := range all {
		events = append(events, v.event(k))
	}
	return v.saveCalendar("meetings.ics", events)
}

func (v *visit) saveCalendar(name string, events []meeting.Event) error {
	return v.Save("text/calendar; charset=utf-8", name, func(w io.Writer) error {
		_, err := w.Write(meeting.Calendar(events))
		return err
	})
}

// one is the meeting that a path names.
func (v *visit) one() (publication.Kept, error) {
	all, err := v.Publications.Show(v.R.Context(), v.By.Actor, v.which())
	if err != nil {
		return publication.Kept{}, err
	}
	k := all[len(all)-1]
	if k.Record.Kind != publication.Meeting {
		return k, fault.New(fault.NotFound, "publication.none")
	}
	return k, nil
}

func (v *visit) oneCalendar() error {
	k, err := v.one()
	if err != nil {
		return err
	}
	return v.saveCalendar("meeting.ics", []meeting.Event{v.event(k)})
}

// resolved is a conclusion and what each member says to it.
type resolved struct {
	kept   publication.Kept
	voices []meeting.Voice
}

// concluded are the conclusions of a meeting by their numbers, each with what the members say to it.
func (v *visit) concluded(of id.Publication) ([]resolved, error) {
	ctx, who := v.R.Context(), v.By.Actor
	all, err := v.Publications.About(ctx, who, publication.Conclusion, of)
	if err != nil {
		return nil, err
	}
	asked, err := v.Publications.Asked(ctx, who)
	if err != nil {
		return nil, err
	}
	number := func(k publication.Kept) int64 { n, _ := publication.ReadBody(k.Record.Body).Number("number"); return n }
	sorting.Stable(all, func(a, b publication.Kept) int { return int(number(a) - number(b)) })
	var out []resolved
	for _, k := range all {
		signed, err := v.Publications.About(ctx, who, publication.SignOff, k.Record.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, resolved{k, meeting.Voices(k, signed, asked)})
	}
	return out, nil
}

// signed shows who has signed off a conclusion, member by member.
func (v *visit) signed(of publication.Kept, voices []meeting.Voice) page.Table {
	t := page.Table{Caption: page.Key("publication.kinds.sign-off"), Columns: []page.Column{{Text: page.Key("publication.ask.country")}, {Text: page.Key("publication.kind.sign-off")}}}
	for _, o := range voices {
		c := page.Cell{Tag: &page.Tag{Text: page.Key("publication.says.nothing"), Tone: page.Waiting}}
		switch {
		case o.Says != "":
			c = page.Cell{Tag: &page.Tag{Text: v.Word("publication.says.", o.Says), Tone: saysTone(o.Says)}, Path: pathOf(o.Kept.Record.ID), Text: v.When(o.Kept.Record.Created)}
		case o.Before:
			c = page.Cell{Tag: &page.Tag{Text: page.Key("publication.state.other"), Tone: page.Waiting}, Path: pathOf(o.Kept.Record.ID), Text: v.When(o.Kept.Record.Created)}
		}
		if o.Kept.Record.ID == of.Record.ID {
			c.Path = ""
		}
		t.Rows = append(t.Rows, []page.Cell{{Text: page.Plain(v.country(string(o.Member)))}, c})
	}
	return t
}

func saysTone(code string) page.Tone {
	if code == "not-agreed" {
		return page.Late
	}
	return page.Good
}

// minutes saves what a meeting was about and what it concluded as a document, in the language of the reader where it was written in that. Countries are
// named as everywhere here, with the note that some names need.
func (v *visit) minutes() error {
	k, err := v.one()
	if err != nil {
		return err
	}
	all, err := v.concluded(k.Record.ID)
	if err != nil {
		return err
	}
	d := v.document(k, all)
	return v.Save("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "minutes.docx", d.Write)
}

func (v *visit) document(k publication.Kept, all []resolved) *docx.Document {
	b := publication.ReadBody(k.Record.Body)
	d := &docx.Document{Lang: string(v.P.Tag())}
	text := func(all []publication.Text) docx.Text { t := v.text(all); return docx.Text{Text: t.Text, Lang: t.Lang} }
	word := func(key string) docx.Text { return docx.Say(v.P.Text(key)) }
	codes := countriesOf(k)
	d.Title(docx.Say(v.called(k).In(v.P)))
	var head [][]docx.Text
	for _, p := range publication.ShapeOf(publication.Meeting) {
		if p.Is == publication.Rows || p.Is == publication.Prose || p.Is == publication.Line || b[p.Name] == nil {
			continue
		}
		value, _ := v.value(p, b)
		head = append(head, []docx.Text{word("publication.ask." + p.Name), docx.Say(value.In(v.P))})
	}
	d.Table([]string{v.P.Text("publication.kind.meeting"), ""}, head)
	if rows := b.Rows("participants"); len(rows) > 0 {
		d.Heading(word("publication.ask.participants"))
		var lines [][]docx.Text
		for _, r := range rows {
			lines = append(lines, []docx.Text{docx.Say(v.country(r.Word("for"))), docx.Say(v.Word("publication.role.", r.Word("role")).In(v.P)), docx.Say(v.Word("publication.as.", r.Word("as")).In(v.P))})
			codes = append(codes, r.Word("for"))
		}
		d.Table([]string{v.P.Text("publication.ask.for"), v.P.Text("publication.ask.role"), v.P.Text("publication.ask.as")}, lines)
	}
	if rows := b.Rows("agenda"); len(rows) > 0 {
		d.Heading(word("publication.ask.agenda"))
		for i, r := range rows {
			item := text(r.Texts("item"))
			item.Text = strconv.Itoa(i+1) + ". " + item.Text
			d.Subheading(item)
			if said := text(r.Texts("minutes")); said.Text != "" {
				d.Paragraph(said)
			}
		}
	}
	if said := text(b.Texts("text")); said.Text != "" {
		d.Heading(word("publication.ask.text"))
		d.Paragraph(said)
	}
	if len(all) > 0 {
		d.Heading(word("publication.kinds.conclusion"))
	}
	for _, c := range all {
		body := publication.ReadBody(c.kept.Record.Body)
		codes = append(codes, countriesOf(c.kept)...)
		n, _ := body.Number("number")
		said := text(body.Texts("text"))
		said.Text = strconv.FormatInt(n, 10) + ". " + said.Text
		d.Paragraph(said)
		var lines [][]docx.Text
		for _, o := range c.voices {
			codes = append(codes, string(o.Member))
			says := v.P.Text("publication.says.nothing")
			if o.Says != "" {
				says = v.Word("publication.says.", o.Says).In(v.P)
			}
			lines = append(lines, []docx.Text{docx.Say(v.country(string(o.Member))), docx.Say(says)})
		}
		d.Table([]string{v.P.Text("publication.ask.country"), v.P.Text("publication.kind.sign-off")}, lines)
	}
	slices.Sort(codes)
	if note := v.P.CountryNote(slices.Compact(codes)...); note != "" {
		d.Paragraph(docx.Say(note))
	}
	return d
}
