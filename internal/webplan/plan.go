package webplan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
)

// planModel is what she needs and what is done about it. Whose plan it is stands before everything else.
type planModel struct {
	title    page.Msg
	standing page.Tag
	warnings []page.Msg
	rows     []page.Row
	through  string // where it is gone through with her; empty: there is nothing to go through, or the reader may not
	parts    []part
}

// part is a heading with what was written down, and what can be done there.
type part struct {
	title, none page.Msg
	entries     []entry
	do          *page.Link
}

// entry is a record with how it stands and what can be done about it now.
type entry struct {
	page.Entry
	tag   *page.Tag
	links []page.Link
}

func (v *visit) plan() error {
	f, err := v.Careplans.Show(v.R.Context(), v.By, v.which())
	if err != nil {
		return err
	}
	open := f.Case.State == casefile.Open
	may := func(action access.Action) bool {
		return open && v.By.Desk == f.Case.Desk && page.May(v.By.Actor, action)
	}
	m := planModel{title: page.Key("careplan.title", "reference", string(f.Case.Reference)), standing: v.standing(f.Standing)}
	switch f.Standing {
	case careplan.Unasked, careplan.Changed, careplan.Refused, careplan.PartAgreed, careplan.Unguarded:
		m.warnings = append(m.warnings, page.Key("careplan.warn."+string(f.Standing)))
	}
	if f.Overdue(v.Now()) {
		m.warnings = append(m.warnings, page.Key("careplan.overdue"))
	}
	if n := len(f.Agreements); n > 0 {
		last := f.Agreements[n-1].Value
		m.rows = said(said([]page.Row{{Key: page.Key("careplan.review"), Value: v.DayText(last.Review)}}, "goals", last.Goals), "safety", last.Safety)
	}
	if may(access.PlanCase) && slices.ContainsFunc(f.Steps, func(k casefile.Kept[careplan.Step]) bool { return k.Value.Status().Hers() }) {
		m.through = pathOf(f.Case.ID) + "/agreement"
	}
	m.parts = []part{v.needs(f, may), v.steps(f, may, true), v.steps(f, may, false), v.agreements(f), v.given(f, may)}
	if len(m.parts[2].entries) == 0 {
		m.parts = slices.Delete(m.parts, 2, 3)
	}
	return v.Show(page.Page{Title: m.title, Back: "/cases/" + string(f.Case.ID), Leave: true, Body: planScreen(v.P, m)})
}

func said(rows []page.Row, key, text string) []page.Row {
	if text == "" {
		return rows
	}
	return append(rows, page.Row{Key: page.Key("careplan.ask." + key), Value: page.Plain(text)})
}

func (v *visit) standing(s careplan.Standing) page.Tag {
	tone := page.Late
	switch s {
	case careplan.AllAgreed:
		tone = page.Good
	case careplan.NoPlan:
		tone = page.Off
	case careplan.PartAgreed, careplan.Waits:
		tone = page.Waiting
	}
	return page.Tag{Text: v.Word("careplan.standing.", string(s)), Tone: tone}
}

func (v *visit) statusTag(s careplan.Status) *page.Tag {
	tone := page.Waiting
	switch s {
	case careplan.UnderWay, careplan.Delivered:
		tone = page.Good
	case careplan.NotAvailable, careplan.Proposed:
		tone = page.Late
	case careplan.Declined, careplan.Stopped:
		tone = page.Off
	}
	return &page.Tag{Text: v.Word("careplan.status.", string(s)), Tone: tone}
}

func (v *visit) needs(f careplan.File, may func(access.Action) bool) part {
	base := "/cases/" + string(f.Case.ID)
	p := part{title: page.Key("careplan.needs"), none: page.Key("careplan.needs.none")}
	if may(access.AssessCase) {
		p.do = &page.Link{Path: base + "/needs", Text: page.Key("careplan.need.new")}
	}
	for _, k := range f.Needs {
		x := k.Value
		e := entry{Entry: page.Entry{When: v.Word("case.service.", x.Code), Text: x.Note, Rows: []page.Row{
			{Key: page.Key("careplan.ask.urgency"), Value: v.Word("careplan.urgency.", x.Urgency)},
			{Key: page.Key("careplan.ask.said"), Value: v.Word("careplan.said.", x.Said)},
			{Key: page.Key("careplan.ask.on"), Value: v.DayText(x.On)},
		}}}
		if !x.Open() {
			e.Rows = append(e.Rows, v.endedRow(x))
		}
		if x.Open() && may(access.PlanCase) {
			e.links = append(e.links, page.Link{Path: base + "/steps?need=" + string(k.Record), Text: page.Key("careplan.step.new.for")})
		}
		if x.Open() && may(access.AssessCase) {
			e.links = append(e.links, page.Link{Path: base + "/needs/" + string(k.Record), Text: page.Key("careplan.need.end")})
		}
		p.entries = append(p.entries, e)
	}
	return p
}

// steps are those of which something may still come, or those that are over.
func (v *visit) steps(f careplan.File, may func(access.Action) bool, open bool) part {
	p := part{title: page.Key("careplan.steps"), none: page.Key("careplan.steps.none")}
	if !open {
		p.title = page.Key("careplan.steps.over")
	}
	for _, k := range f.Steps {
		x := k.Value
		if x.Status().Open() != open {
			continue
		}
		e := entry{tag: v.statusTag(x.Status()), Entry: page.Entry{When: v.Word("case.service.", x.Service), Rows: said(nil, "goal", x.Goal)}}
		if x.Provider.Name != "" {
			row := page.Row{Key: page.Key("case.provider"), Value: page.Plain(x.Provider.Name)}
			if slices.Contains(f.Gone, k.Record) {
				row.Lines = []page.Msg{page.Key("careplan.step.gone")}
			}
			e.Rows = append(e.Rows, row)
		}
		if x.Due != "" {
			e.Rows = append(e.Rows, page.Row{Key: page.Key("careplan.ask.due"), Value: v.DayText(x.Due)})
		}
		e.Rows = append(e.Rows, page.Row{Key: page.Key("careplan.ask.desk"), Value: v.Own(x.Desk)}, v.courseRow(x))
		if open && may(access.PlanCase) {
			path := "/cases/" + string(f.Case.ID) + "/steps/" + string(k.Record)
			e.links = append(e.links, page.Link{Path: path, Text: page.Key("careplan.step.turns")})
			if careplan.Turns(x.Status(), careplan.Delivered) {
				e.links = append(e.links, page.Link{Path: path + "/service", Text: page.Key("careplan.step.deliver")})
			}
		}
		p.entries = append(p.entries, e)
	}
	return p
}

func (v *visit) endedRow(x careplan.Need) page.Row {
	return page.Row{Key: page.Key("careplan.ask.ended"), Value: v.DayText(x.Ended), Lines: []page.Msg{v.Word("careplan.need-end.", x.Why)}}
}

func (v *visit) courseRow(x careplan.Step) page.Row {
	var lines []page.Msg
	for _, t := range x.Course {
		day, status := v.DayText(t.On).In(v.P), v.Word("careplan.status.", string(t.Status)).In(v.P)
		line := page.Key("careplan.course.of", "day", day, "status", status)
		if t.Reason != "" {
			line = page.Key("careplan.course.why", "day", day, "status", status, "reason", v.Word("careplan."+string(t.Status)+".", t.Reason).In(v.P))
		}
		lines = append(lines, line)
		if t.Note != "" {
			lines = append(lines, page.Plain(t.Note))
		}
	}
	return page.Row{Key: page.Key("careplan.course"), Value: lines[0], Lines: lines[1:]}
}

func (v *visit) agreements(f careplan.File) part {
	p := part{title: page.Key("careplan.agreements"), none: page.Key("careplan.agreements.none")}
	for _, k := range slices.Backward(f.Agreements) {
		x := k.Value
		answer := page.Key("careplan.answer." + string(x.Answer))
		if x.Answer == careplan.AgreedPart {
			answer = page.Key("careplan.answer.partly", "agreed", v.P.Number(int64(len(x.Agreed))), "steps", v.P.Number(int64(len(x.Steps)-len(x.Waiting))))
		}
		e := entry{Entry: page.Entry{When: v.DayText(x.On), Rows: []page.Row{{Key: page.Key("careplan.answer"), Value: answer}}}}
		if len(x.Waiting) > 0 {
			e.Rows[0].Lines = []page.Msg{page.Plain(v.P.Plural("careplan.waiting", len(x.Waiting)))}
		}
		if x.Language != "" {
			e.Rows = append(e.Rows, page.Row{Key: page.Key("careplan.ask.language"), Value: page.Plain(v.P.LanguageName(x.Language))})
		}
		e.Rows = said(said(said(said(said(e.Rows, "interpreter", x.Interpreter), "guardian", x.Guardian), "why", x.Why), "goals", x.Goals), "safety", x.Safety)
		e.Rows = append(e.Rows, page.Row{Key: page.Key("careplan.review"), Value: v.DayText(x.Review)})
		p.entries = append(p.entries, e)
	}
	return p
}

func (v *visit) given(f careplan.File, may func(access.Action) bool) part {
	p := part{title: page.Key("careplan.given"), none: page.Key("careplan.given.none")}
	if may(access.NoteCase) {
		p.do = &page.Link{Path: "/cases/" + string(f.Case.ID) + "/service", Text: page.Key("case.service")}
	}
	for _, k := range slices.Backward(f.Deliveries) {
		d := k.Value
		e := entry{Entry: page.Entry{When: v.Word("case.service.", d.Service), Text: d.Note, Rows: []page.Row{
			{Key: page.Key("case.provider"), Value: page.Plain(d.Provider)},
			{Key: page.Key("case.service.from"), Value: v.DayText(d.From)},
			{Key: page.Key("case.service.until"), Value: v.DayText(d.Until)},
		}}}
		if d.Quantity > 0 {
			e.Rows = append(e.Rows, page.Row{Key: page.Key("case.quantity"), Value: v.quantity(d.Quantity, d.Unit)})
		}
		for _, w := range d.Was {
			word := "case.service.was.is"
			if w.Until == "" {
				word = "case.service.was.on"
			}
			lines := []page.Msg{page.Key(word, "service", v.Word("case.service.", w.Service).In(v.P), "provider", w.Provider, "from", v.DayText(w.From).In(v.P), "until", v.DayText(w.Until).In(v.P))}
			if w.Quantity > 0 {
				lines = append(lines, v.quantity(w.Quantity, w.Unit))
			}
			if w.Note != "" {
				lines = append(lines, page.Plain(w.Note))
			}
			lines = append(lines, page.Key("case.service.corrected", "when", v.When(w.At).In(v.P)))
			e.Rows = append(e.Rows, page.Row{Key: page.Key("case.service.was"), Value: lines[0], Lines: lines[1:]})
		}
		if may(access.NoteCase) {
			e.links = []page.Link{{Path: "/cases/" + string(f.Case.ID) + "/services/" + string(k.Record), Text: page.Key("case.service.correct")}}
		}
		p.entries = append(p.entries, e)
	}
	return p
}

func (v *visit) quantity(n int64, unit string) page.Msg {
	return page.Key("case.quantity.of", "count", v.P.Number(n), "unit", v.Word("case.unit.", unit).In(v.P))
}

func (v *visit) agreeForm() error { return v.showAgree(page.Form{}) }

// showAgree asks what she said to each step, and when the plan is looked at again.
func (v *visit) showAgree(f page.Form) error {
	of, err := v.Careplans.Show(v.R.Context(), v.By, v.which())
	if err != nil {
		return err
	}
	f = v.form(f, "/plan/agreement", "through")
	f.Intro = []page.Msg{page.Key("careplan.through.text")}
	var steps []templ.Component // nothing is chosen: what she did not say is no answer
	for _, k := range of.Steps {
		if x := k.Value; x.Status().Hers() {
			f.Hidden = append(f.Hidden, [2]string{"steps", string(k.Record)})
			c := page.Choice{Value: string(k.Record), Text: page.Key("careplan.step.of", "service", v.Word("case.service.", x.Service).In(v.P), "status", v.Word("careplan.status.", string(x.Status())).In(v.P))}
			if x.Goal != "" || x.Provider.Name != "" {
				c.Hint = page.Plain(join(x.Goal, x.Provider.Name))
			}
			said := page.Field{ID: "said-" + string(k.Record), Label: c.Text, Hint: c.Hint, Error: page.ErrorAt(f.Errors, "said-"+string(k.Record))}
			steps = append(steps, page.RadioGroup(v.P, page.Radios{Field: said, Choices: v.Choices("careplan.said.", "yes", "no", "later"), Value: v.Field(said.ID)}))
		}
	}
	var last careplan.Agreement
	if n := len(of.Agreements); n > 0 {
		last = of.Agreements[n-1].Value
	}
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: field(f, "asked"), Choices: v.Choices("web.", "yes", "no"), Value: v.Field("asked"), Inline: true}),
	)
	f.Fields = append(f.Fields, steps...)
	f.Fields = append(f.Fields,
		page.SelectList(v.P, page.Select{Field: optional(field(f, "language")), Choices: v.Languages(), Value: v.was("language", last.Language), Empty: page.Key("web.choose")}),
		page.TextInput(v.P, page.Input{Field: optional(field(f, "interpreter")), Value: v.Field("interpreter")}),
	)
	if person.ChildPath(of.Case.AgeClass) {
		f.Fields = append(f.Fields, page.TextInput(v.P, page.Input{Field: optional(hinted(field(f, "guardian"))), Value: v.Field("guardian")}))
	}
	f.Fields = append(f.Fields,
		page.TextArea(v.P, page.Textarea{Field: optional(field(f, "unasked")), Value: v.Field("unasked"), Rows: 3}),
		page.TextArea(v.P, page.Textarea{Field: optional(field(f, "goals")), Value: v.was("goals", last.Goals)}),
		page.TextArea(v.P, page.Textarea{Field: optional(hinted(field(f, "safety"))), Value: v.was("safety", last.Safety)}),
		v.DayField(field(f, "on"), v.R.Method == "GET"),
		v.DayField(page.Field{ID: "review", Label: page.Key("careplan.review"), Hint: page.Key("careplan.review.hint"), Error: page.ErrorAt(f.Errors, "review")}, false),
	)
	return v.ShowForm(f)
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

func (v *visit) agree() error {
	x := careplan.Agreement{
		On: v.Day("on"), Steps: records(v.R.PostForm["steps"]), Goals: v.Field("goals"), Safety: v.Field("safety"), Interpreter: v.Field("interpreter"), Guardian: v.Field("guardian"),
		Review: v.Day("review"),
	}
	switch v.Field("asked") {
	case "yes":
		var silent []page.Error
		for _, r := range x.Steps {
			switch at := "said-" + string(r); v.Field(at) {
			case "yes":
				x.Agreed = append(x.Agreed, r)
			case "no":
			case "later":
				x.Waiting = append(x.Waiting, r)
			default:
				silent = append(silent, page.Error{Field: at, Text: page.Key("careplan.said.missing")})
			}
		}
		if len(silent) == 0 && len(x.Waiting) == len(x.Steps) { // then nobody asked
			silent = append(silent, page.Error{Field: "asked", Text: page.Key("careplan.said.nothing")})
		}
		if len(silent) > 0 {
			return v.showAgree(page.Form{Status: page.StatusOf(fault.Invalid), Errors: silent})
		}
		x.Language = v.Field("language")
	case "no":
		x.Answer, x.Why = careplan.NotAsked, v.Field("unasked")
	default:
		return v.showAgree(page.Form{Status: page.StatusOf(fault.Invalid), Errors: []page.Error{{Field: "asked", Text: page.Key("careplan.field", "field", page.Key("careplan.ask.asked").In(v.P))}}})
	}
	_, err := v.Careplans.Agree(v.R.Context(), v.By, v.which(), x)
	if err != nil {
		names := fields(err, "asked", "language", "interpreter", "goals", "safety", "on", "review")
		names["why"], names["agreed"], names["steps"], names["guardian"] = "unasked", "asked", "asked", "guardian"
		if _, key, _ := fault.Public(err); strings.HasPrefix(key, "childhood.guardian.") {
			return v.showAgree(page.Form{Status: page.StatusOf(fault.Denied), Errors: []page.Error{{Field: "guardian", Text: page.Plain(v.P.Fault(err))}}})
		}
		return v.Again(err, names, v.showAgree)
	}
	return v.To(pathOf(v.which()), "plan")
}

func records(all []string) []id.Record {
	var out []id.Record
	for _, r := range all {
		out = append(out, id.Record(r))
	}
	return out
}

// number reads how many; what is no number is one that no record takes.
func number(text string) int64 {
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return n
}
