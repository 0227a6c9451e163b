package webconference

import (
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/conference"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// listModel is conferences by reference, purpose and state; and where one is called.
type listModel struct {
	title page.Msg
	table page.Table
	pages page.Pages
	do    *page.Link
}

func (v *visit) tableOf(all []conference.Listed) page.Table {
	t := page.Table{
		Caption: page.Key("conference.list"), Named: true, Empty: page.Key("conference.none"),
		Columns: []page.Column{{Text: page.Key("case.reference")}, {Text: page.Key("conference.purpose")}, {Text: page.Key("conference.state-is")}, {Text: page.Key("conference.meets")}},
	}
	for _, r := range all {
		tag := v.stateTag(r.State)
		t.Rows = append(t.Rows, []page.Cell{
			{Text: page.Plain(string(r.Reference)), Path: pathOf(r.ID)}, {Text: v.Word("conference.purpose.", r.Purpose)}, {Tag: &tag}, {Text: v.When(r.Meets)},
		})
	}
	return t
}

func (v *visit) stateTag(s conference.State) page.Tag {
	tone := page.Waiting
	switch s {
	case conference.Settled:
		tone = page.Good
	case conference.Ended:
		tone = page.Off
	}
	return page.Tag{Text: v.Word("conference.state.", string(s)), Tone: tone}
}

func (v *visit) list() error {
	after := id.Conference(v.R.URL.Query().Get("after"))
	all, next, err := v.Conferences.List(v.R.Context(), v.By.Actor, after, page.PerPage)
	if err != nil {
		return err
	}
	m := listModel{title: page.Key("conference.list"), table: v.tableOf(all)}
	if next != "" {
		m.pages.Next = "/conferences?after=" + string(next)
	}
	if after != "" {
		m.pages.Previous = "/conferences"
	}
	return v.Show(page.Page{Title: m.title, Back: "/", Body: listScreen(v.P, m)})
}

func (v *visit) ofCase() error {
	all, err := v.Conferences.OfCase(v.R.Context(), v.By.Actor, v.of())
	if err != nil {
		return err
	}
	m := listModel{title: page.Key("conference.of-case"), table: v.tableOf(all)}
	if page.May(v.By.Actor, access.CallConference) {
		m.do = &page.Link{Path: casePath(v.of()) + "/conferences/new", Text: page.Key("conference.step.call")}
	}
	return v.Show(page.Page{Title: m.title, Back: casePath(v.of()), Leave: true, Body: listScreen(v.P, m)})
}

// fileModel is a conference as its reader may see it.
type fileModel struct {
	path, version string
	title         page.Msg
	state         page.Tag
	team          page.Msg // that nobody has confirmed who sits in the team
	rows          []page.Row
	steps         []page.Link
	more          []page.Link // what is seldom done
	settles       bool
	seats         []page.Entry
	items         []page.Entry
	hearing       []page.Row
	text          []page.Row
	words         string
	grounds       string
	written       string // language of the grounds; empty: it was not said
	answers       []page.Entry
	earlier       page.Msg
}

func (v *visit) opened() error { return v.showFile(page.Form{}) }

func (v *visit) showFile(form page.Form) error {
	f, err := v.Conferences.Show(v.R.Context(), v.By, v.which())
	if err != nil {
		return err
	}
	m := fileModel{
		path: pathOf(f.ID), version: v.Fresh(form, f.Version), state: v.stateTag(f.State),
		title: page.Key("conference.title", "purpose", v.Word("conference.purpose.", f.Purpose).In(v.P), "reference", string(f.Reference)),
	}
	m.rows = []page.Row{{Key: page.Key("conference.meets"), Value: v.When(f.Meets)}}
	if f.Sheet.Place != "" {
		m.rows = append(m.rows, page.Row{Key: page.Key("conference.ask.place"), Value: page.Plain(f.Sheet.Place)})
	}
	if f.State == conference.Ended && f.Own {
		m.rows = append(m.rows, page.Row{Key: page.Key("conference.ask.reason"), Value: v.Word("conference.end.", f.Reason)})
	}
	m.steps, m.more = v.stepsOf(f)
	m.settles = f.Own && f.Ready && f.State == conference.Written && page.May(v.By.Actor, access.SettleConference)
	v.seated(&m, f)
	v.spokenOf(&m, f)
	v.decided(&m, f)
	back := "/conferences"
	if f.Own && page.May(v.By.Actor, access.ReadCase) {
		back = casePath(f.Case) + "/conferences"
	}
	return v.Show(page.Page{Status: form.Status, Now: v.stands(f), Title: m.title, Back: back, Errors: form.Errors, Leave: true, Body: fileScreen(v.P, m)})
}

// stands is how a conference stands, as far as its reader sees it: the state, when and where, the agenda, what was heard and decided.
func (v *visit) stands(f conference.File) *page.Now {
	var m fileModel
	v.spokenOf(&m, f)
	v.decided(&m, f)
	now := &page.Now{At: max(f.Written, f.Over), Path: pathOf(f.ID), Rows: []page.Row{
		{Key: page.Key("case.state"), Value: v.Word("conference.state.", string(f.State))}, {Key: page.Key("conference.meets"), Value: v.When(f.Meets)},
	}}
	if f.Sheet.Place != "" {
		now.Rows = append(now.Rows, page.Row{Key: page.Key("conference.ask.place"), Value: page.Plain(f.Sheet.Place)})
	}
	for i, e := range m.items {
		row := page.Row{Key: page.Key("conference.ask.item", "n", strconv.Itoa(i+1)), Value: e.When}
		if e.Text != "" {
			row.Lines = []page.Msg{page.Plain(e.Text)}
		}
		now.Rows = append(now.Rows, row)
	}
	now.Rows = append(append(now.Rows, m.hearing...), m.text...)
	if m.words != "" {
		now.Rows = append(now.Rows, page.Row{Key: page.Key("conference.ask.else"), Value: page.Plain(m.words)})
	}
	return now
}

// stepsOf is what can be done now.
func (v *visit) stepsOf(f conference.File) (now, more []page.Link) {
	for _, s := range []struct {
		action access.Action
		step   string
		now    bool
	}{
		{access.ChangeConference, "seat", f.Own && !f.State.Over()},
		{access.MinuteConference, "minutes", f.Own && (f.State == conference.Called || f.State == conference.Minuted)},
		{access.WriteConference, "text", f.Own && (f.State == conference.Minuted || f.State == conference.Written)},
		{access.AnswerConference, "answer", f.State == conference.Written && v.asked(f)},
		{access.ChangeConference, "change", f.Own && !f.State.Over()},
		{access.EndConference, "end", f.Own && !f.State.Over()},
	} {
		if !s.now || !page.May(v.By.Actor, s.action) {
			continue
		}
		link := page.Link{Path: pathOf(f.ID) + "/" + s.step, Text: page.Key("conference.step." + s.step)}
		if s.step == "change" || s.step == "end" {
			more = append(more, link)
		} else {
			now = append(now, link)
		}
	}
	return now, more
}

// asked reports whether the desk of the reader has to sign and has not answered.
func (v *visit) asked(f conference.File) bool {
	return slices.ContainsFunc(f.Seats, func(s conference.Seat) bool { return s.Desk == v.By.Desk && s.Signs && s.Reply == conference.Silent })
}

// seated is who sits there, by what, and whether somebody came.
func (v *visit) seated(m *fileModel, f conference.File) {
	for _, s := range f.Seats {
		e := page.Entry{When: v.Word("conference.seat.", s.Kind), Rows: []page.Row{
			{Key: page.Key("conference.desk"), Value: page.Plain(string(s.Desk))},
			{Key: page.Key("conference.basis"), Value: v.Word("conference.basis.", string(s.Basis))},
		}}
		if s.Shut {
			e.Rows = append(e.Rows, page.Row{Key: page.Key("conference.shut"), Value: page.Key("conference.shut.text")})
		}
		if s.Presence != conference.Unsaid {
			e.Rows = append(e.Rows, page.Row{Key: page.Key("conference.there"), Value: yes(s.Presence == conference.There)})
		}
		if f.Own && f.Minutes != nil {
			for _, a := range f.Minutes.Seats {
				if a.Seat == s.N && a.Why != "" {
					e.Rows = append(e.Rows, page.Row{Key: page.Key("conference.absent"), Value: v.Word("conference.absence.", a.Why)})
				}
			}
		}
		m.seats = append(m.seats, e)
	}
	if f.Call == nil {
		return
	}
	for _, o := range f.Call.Outside {
		e := page.Entry{When: v.Word("conference.seat.", o.Role), Rows: []page.Row{
			{Key: page.Key("conference.organisation"), Value: page.Plain(o.Organisation)}, {Key: page.Key("conference.basis"), Value: page.Plain(o.Basis)},
		}}
		if o.Name != "" {
			e.Rows = append(e.Rows, page.Row{Key: page.Key("conference.person"), Value: page.Plain(o.Name)})
		}
		m.seats = append(m.seats, e)
	}
}

// spokenOf is the agenda with what was said to it, and whether she was heard.
func (v *visit) spokenOf(m *fileModel, f conference.File) {
	for _, a := range f.Sheet.Agenda {
		e := page.Entry{When: page.Plain(v.P.Number(a.N) + ". " + a.Title)}
		for _, s := range f.Sheet.Said {
			if s.Item != a.N {
				continue
			}
			e.Text = s.Text
			for _, d := range s.Dissents {
				e.Rows = append(e.Rows, page.Row{Key: page.Key("conference.dissent"), Value: page.Plain(d.Who), Lines: []page.Msg{page.Plain(d.Why)}})
			}
		}
		m.items = append(m.items, e)
	}
	if f.Minutes == nil {
		return
	}
	h := f.Minutes.Hearing
	m.hearing = []page.Row{{Key: page.Key("conference.ask.hearing"), Value: v.Word("conference.hearing.", h.How)}, {Key: page.Key("conference.ask.told"), Value: yes(h.Told)}}
	for key, text := range map[string]string{"why": h.Why} {
		if text != "" {
			m.hearing = append(m.hearing, page.Row{Key: page.Key("conference.ask." + key), Value: page.Plain(text)})
		}
	}
	if h.Words != "" {
		m.hearing = append(m.hearing, page.Row{Key: page.Key("conference.ask.words"), Value: page.Plain(h.Words)})
	}
}

// decided is the text that stands, who has to sign it, and what was said to it.
func (v *visit) decided(m *fileModel, f conference.File) {
	if n := len(f.Earlier); n > 0 {
		m.earlier = page.Plain(v.P.Plural("conference.earlier", n))
	}
	x := f.Sheet.Text
	if x == nil {
		return
	}
	if m.words = x.Words; x.Decision != nil {
		m.grounds, m.written = x.Decision.Grounds, x.Decision.Language
		if x.Team != casefile.Competent {
			m.team = page.Key("conference.team." + string(x.Team))
		}
		m.text = []page.Row{
			{Key: page.Key("case.status"), Value: v.Word("case.status.", x.Decision.Status)},
			{Key: page.Key("case.body"), Value: v.Words("case.body.", append([]string{x.Decision.Body}, x.Decision.With...))},
			{Key: page.Key("case.body.name"), Value: page.Plain(x.Decision.Name)},
			{Key: page.Key("case.decide.basis"), Value: page.Plain(x.Decision.Basis)},
			{Key: page.Key("case.decide.date"), Value: v.DayText(x.Decision.Date)},
		}
	}
	answers := f.Answers
	if f.Sheet.Answer != nil {
		answers = append(answers, *f.Sheet.Answer)
	}
	for _, p := range x.Parts {
		if !p.Signs {
			continue
		}
		e := page.Entry{When: v.Word("conference.seat.", p.Kind), Rows: []page.Row{{Key: page.Key("conference.desk"), Value: page.Plain(string(p.Desk))}}}
		i := slices.IndexFunc(answers, func(a conference.Answer) bool { return a.Seat == p.Seat })
		switch {
		case i < 0 && !f.Own && p.Desk != v.By.Desk:
		case i < 0:
			e.Rows = append(e.Rows, page.Row{Key: page.Key("conference.reply"), Value: page.Key("conference.reply.silent")})
		default:
			a := answers[i]
			line := page.Row{Key: page.Key("conference.reply"), Value: v.Word("conference.reply.", string(a.Reply))}
			if a.Reason != "" {
				line.Lines = append(line.Lines, v.Word("conference.refusal.", a.Reason))
			}
			e.Rows = append(e.Rows, line, page.Row{Key: page.Key("conference.replied"), Value: v.When(a.At)})
			if a.Dissent != "" {
				e.Rows = append(e.Rows, page.Row{Key: page.Key("conference.dissent"), Value: page.Plain(a.Dissent)})
			}
			e.Text = a.Note
		}
		m.answers = append(m.answers, e)
	}
}
