package webplan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/childhood"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
)

// childModel is where a child stands. How she is treated, and what is missing, stands before everything else.
type childModel struct {
	title    page.Msg
	class    page.Tag
	warnings []page.Msg
	rows     []page.Row
	shown    []page.Msg // what is only shown: lists and times that nobody has confirmed
	review   string     // where one says that one has looked at it; empty: the reader may not
	parts    []part
}

func childPath(c string) string { return "/cases/" + c + "/childhood" }

func (v *visit) child() error {
	f, err := v.Childhoods.Show(v.R.Context(), v.By, v.which())
	if err != nil {
		return err
	}
	open := f.Case.State == casefile.Open
	may := func(action access.Action) bool {
		return open && v.By.Desk == f.Case.Desk && page.May(v.By.Actor, action)
	}
	m := childModel{title: page.Key("childhood.title", "reference", string(f.Case.Reference)), class: v.classTag(f)}
	m.warnings, m.shown = v.childWarnings(f)
	if f.Coming.Known {
		day := v.DayText(f.Coming.First)
		if f.Coming.First != f.Coming.Last {
			day = page.Key("childhood.coming.between", "first", day.In(v.P), "last", v.DayText(f.Coming.Last).In(v.P))
		}
		m.rows = append(m.rows, page.Row{Key: page.Key("childhood.coming"), Value: day})
	}
	if may(access.ProtectCase) && f.Class != person.Adult {
		m.review = childPath(string(f.Case.ID)) + "/review"
	}
	m.parts = []part{v.guardians(f, may), v.toldPart(f, may), v.interests(f, may), v.ages(f, may), v.bodies(f, may)}
	return v.Show(page.Page{Title: m.title, Back: "/cases/" + string(f.Case.ID), Leave: true, Body: childScreen(v.P, m)})
}

func (v *visit) classTag(f childhood.File) page.Tag {
	tone := page.Waiting
	switch {
	case f.Class == person.Adult:
		tone = page.Off
	case f.Class == person.AgeUnknown || f.Disputed:
		tone = page.Late
	}
	return page.Tag{Text: v.Word("childhood.class.", string(f.Class)), Tone: tone}
}

// childWarnings are what is missing, and what is only shown because nobody has confirmed it.
func (v *visit) childWarnings(f childhood.File) (warnings, shown []page.Msg) {
	warn := func(on bool, m page.Msg) {
		if on {
			warnings = append(warnings, m)
		}
	}
	path := f.Class != person.Adult
	warn(len(f.Waiting) > 0, page.Key("childhood.warn.waiting"))
	warn(f.Disputed, page.Key("childhood.warn.disputed"))
	warn(path && len(f.Deciding) == 0, page.Key("childhood.warn.guardian"))
	if c, err := v.Childhoods.Clock(); err == nil && path && len(f.Deciding) == 0 && !c.Starts() {
		shown = append(shown, page.Key("childhood.warn.guardian.law", "length", v.length(c.Clock.Length)))
	}
	if path {
		var untold []string
		for _, b := range f.Untold {
			untold = append(untold, v.Word("childhood.notice.body.", b).In(v.P))
		}
		all := strings.Join(untold, ", ")
		switch {
		case len(f.Bodies.Codes) == 0:
			shown = append(shown, page.Key("childhood.warn.no-bodies"))
		case len(untold) > 0 && f.Bodies.Usable:
			warn(true, page.Key("childhood.warn.untold", "bodies", all))
		case len(untold) > 0:
			shown = append(shown, page.Key("childhood.warn.untold.shown", "bodies", all))
		}
	}
	warn(path && f.Coming.Maybe, page.Key("childhood.warn.maybe", "last", v.DayText(f.Coming.Last).In(v.P)))
	warn(path && f.Coming.Prepare && !f.Coming.Maybe, page.Key("childhood.warn.near", "first", v.DayText(f.Coming.First).In(v.P)))
	warn(path && len(f.Overdue) > 0, page.Key("childhood.warn.review"))
	return warnings, shown
}

// length is a span of time in words.
func (v *visit) length(l profile.Length) string {
	return v.P.Text("childhood.length."+string(l.Unit), "count", strconv.Itoa(l.N))
}

// guardianRows are who appointed a guardian, since when, and why she decides nothing any more.
func (v *visit) guardianRows(x childhood.Guardian) []page.Row {
	rows := []page.Row{{Key: childAsk("relation"), Value: v.Word("childhood.relation.", x.Relation)}, {Key: childAsk("from"), Value: v.DayText(x.From)}}
	rows = childSaid(childSaid(childSaid(rows, "authority", x.Authority), "document", x.Document), "note", x.Note)
	if x.Excluded() {
		rows = append(rows, page.Row{Key: childAsk("conflict-on"), Value: v.DayText(x.ConflictOn), Lines: []page.Msg{page.Plain(x.Conflict)}})
	}
	if x.Until != "" {
		rows = append(rows, page.Row{Key: childAsk("until"), Value: v.DayText(x.Until), Lines: []page.Msg{v.Word("childhood.guardian-end.", x.Why)}})
	}
	return rows
}

func (v *visit) guardians(f childhood.File, may func(access.Action) bool) part {
	base := childPath(string(f.Case.ID)) + "/guardians"
	p := part{title: page.Key("childhood.guardians"), none: page.Key("childhood.guardians.none")}
	if may(access.ProtectCase) && f.Class != person.Adult {
		p.do = &page.Link{Path: base, Text: page.Key("childhood.guardian.new")}
	}
	for _, k := range f.Guardians {
		x := k.Value
		tag := page.Tag{Text: page.Key("childhood.guardian.state.over"), Tone: page.Off}
		switch {
		case x.Excluded():
			tag = page.Tag{Text: page.Key("childhood.guardian.state.excluded"), Tone: page.Late}
		case slices.ContainsFunc(f.Deciding, func(d casefile.Kept[childhood.Guardian]) bool { return d.Record == k.Record }):
			tag = page.Tag{Text: page.Key("childhood.guardian.state.deciding"), Tone: page.Good}
		}
		e := entry{tag: &tag, Entry: page.Entry{When: page.Plain(x.Name), Rows: v.guardianRows(x)}}
		if may(access.ProtectCase) && !x.Excluded() {
			e.links = append(e.links, page.Link{Path: base + "/" + string(k.Record) + "/conflict", Text: page.Key("childhood.guardian.exclude")})
		}
		if may(access.ProtectCase) && x.Until == "" {
			e.links = append(e.links, page.Link{Path: base + "/" + string(k.Record) + "/end", Text: page.Key("childhood.guardian.end")})
		}
		p.entries = append(p.entries, e)
	}
	return p
}

func (v *visit) toldPart(f childhood.File, may func(access.Action) bool) part {
	p := part{title: page.Key("childhood.told"), none: page.Key("childhood.told.none")}
	if may(access.AssentCase) {
		p.do = &page.Link{Path: childPath(string(f.Case.ID)) + "/told", Text: page.Key("childhood.told.new")}
	}
	for _, k := range slices.Backward(f.Told) {
		x := k.Value
		tag := page.Tag{Text: v.Word("childhood.answer.", string(x.Answer)), Tone: page.Waiting}
		switch x.Answer {
		case childhood.Agrees:
			tag.Tone = page.Good
		case childhood.Refuses:
			tag.Tone = page.Late
		}
		e := entry{tag: &tag, Entry: page.Entry{When: v.Word("childhood.about.", x.About), Rows: []page.Row{
			{Key: childAsk("on"), Value: v.DayText(x.On)},
			{Key: childAsk("language"), Value: page.Plain(v.P.LanguageName(x.Language))},
			{Key: childAsk("how"), Value: v.Word("childhood.how.", x.How)},
		}}}
		e.Rows = childSaid(childSaid(childSaid(childSaid(e.Rows, "interpreter", x.Interpreter), "with", x.With), "words", x.Words), "unasked", x.Why)
		p.entries = append(p.entries, e)
	}
	return p
}

func (v *visit) interests(f childhood.File, may func(access.Action) bool) part {
	p := part{title: page.Key("childhood.interests"), none: page.Key("childhood.interests.none")}
	if may(access.ProtectCase) {
		p.do = &page.Link{Path: childPath(string(f.Case.ID)) + "/interests", Text: page.Key("childhood.interest.new")}
	}
	for _, k := range slices.Backward(f.Interests) {
		x := k.Value
		e := entry{Entry: page.Entry{When: v.Word("childhood.about.", x.About), Rows: []page.Row{
			{Key: childAsk("result"), Value: page.Plain(x.Result), Lang: x.Language},
			{Key: childAsk("weight"), Value: v.Word("childhood.weight.", x.Weight)},
			{Key: childAsk("on"), Value: v.DayText(x.On)},
			{Key: childAsk("body"), Value: v.Word("childhood.body.", x.Body), Lines: []page.Msg{page.Plain(x.Name)}},
			{Key: childAsk("part"), Value: page.Plain(strings.Join(x.Part, ", "))},
			{Key: childAsk("heard"), Value: v.Word("childhood.heard.", x.Heard)},
		}}}
		for _, said := range childSaid(childSaid(nil, "views", x.Views), "unheard", x.Unheard) {
			said.Lang = x.Language
			e.Rows = append(e.Rows, said)
		}
		var weighed, signers []page.Msg
		for _, w := range x.Weighed {
			weighed = append(weighed, v.Word("childhood.weighed.", w))
		}
		e.Rows = append(e.Rows, page.Row{Key: childAsk("weighed"), Value: weighed[0], Lines: weighed[1:]}, page.Row{Key: childAsk("grounds"), Value: page.Plain(x.Grounds), Lang: x.Language})
		for _, g := range x.Signers {
			signers = append(signers, page.Key("childhood.signed.of", "as", v.P.Text("childhood.signed."+g.As), "name", g.Name, "day", v.DayText(g.On).In(v.P)))
		}
		if len(signers) > 0 {
			e.Rows = append(e.Rows, page.Row{Key: childAsk("signers"), Value: signers[0], Lines: signers[1:]})
		}
		e.Rows = append(e.Rows, page.Row{Key: childAsk("review"), Value: v.DayText(x.Review)})
		p.entries = append(p.entries, e)
	}
	return p
}

func (v *visit) ages(f childhood.File, may func(access.Action) bool) part {
	p := part{title: page.Key("childhood.ages"), none: page.Key("childhood.ages.none")}
	if may(access.ProtectCase) {
		p.do = &page.Link{Path: childPath(string(f.Case.ID)) + "/ages", Text: page.Key("childhood.age.new")}
	}
	for _, k := range slices.Backward(f.Ages) {
		x := k.Value
		e := entry{Entry: page.Entry{When: v.Word("childhood.turn.", string(x.Turn)), Rows: []page.Row{{Key: childAsk("on"), Value: v.DayText(x.On)}}}}
		e.Rows = childSaid(e.Rows, "who", x.Who)
		if x.Class != "" {
			e.Rows = append(e.Rows, page.Row{Key: childAsk("class"), Value: v.Word("person.age.", string(x.Class))})
		}
		if x.Oldest > 0 {
			e.Rows = append(e.Rows, page.Row{Key: page.Key("childhood.ages"), Value: v.years(x)})
		}
		if x.Method != "" {
			e.Rows = append(e.Rows, page.Row{Key: childAsk("method"), Value: v.Word("childhood.method.", x.Method)})
		}
		e.Rows = childSaid(childSaid(e.Rows, "guardian", x.Guardian), "document", x.Document)
		if x.Body != "" {
			e.Rows = append(e.Rows, page.Row{Key: childAsk("body"), Value: v.Word("childhood.body.", x.Body)})
		}
		e.Rows = childSaid(e.Rows, "grounds-age", x.Why)
		p.entries = append(p.entries, e)
	}
	return p
}

func (v *visit) years(x childhood.Age) page.Msg {
	return page.Key("childhood.age.between", "youngest", v.P.Number(x.Youngest), "oldest", v.P.Number(x.Oldest))
}

func (v *visit) bodies(f childhood.File, may func(access.Action) bool) part {
	p := part{title: page.Key("childhood.notices"), none: page.Key("childhood.notices.none")}
	if may(access.ProtectCase) {
		p.do = &page.Link{Path: childPath(string(f.Case.ID)) + "/notices", Text: page.Key("childhood.notice.new")}
	}
	for _, k := range slices.Backward(f.Notices) {
		x := k.Value
		e := entry{Entry: page.Entry{When: v.Word("childhood.notice.body.", x.Body), Rows: []page.Row{
			{Key: childAsk("told"), Value: page.Plain(x.Name)}, {Key: childAsk("at"), Value: v.When(x.At)}, {Key: childAsk("how"), Value: v.Word("childhood.how.", x.How)},
		}}}
		e.Rows = childSaid(e.Rows, "reference", x.Reference)
		p.entries = append(p.entries, e)
	}
	return p
}

func childAsk(name string) page.Msg { return page.Key("childhood.ask." + name) }

func childSaid(rows []page.Row, key, text string) []page.Row {
	if text == "" {
		return rows
	}
	return append(rows, page.Row{Key: childAsk(key), Value: page.Plain(text)})
}
