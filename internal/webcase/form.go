package webcase

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// The filled-in forms of a case. A form is filled in part by part: each part that is sent is kept as a draft before the next one is
// shown, so that what is lost with a line or a lock is one part at most.

func (v *visit) formsPath() string { return "/cases/" + v.R.PathValue("case") + "/forms" }

func (v *visit) recordPath(r id.Record) string {
	return v.formsPath() + "/" + url.PathEscape(string(r))
}

// said is a form in the words of the reader.
func (v *visit) said(name string, version int64, with form.Edition) (form.Sheet, error) {
	return v.Forms.Forms.Said(v.P, name, version, with)
}

// formsModel is which forms were filled in for a case, and which can be.
type formsModel struct {
	path  string
	table page.Table
	shut  page.Msg
	offer []page.Link
}

func (v *visit) forms() error {
	c := id.Case(v.R.PathValue("case"))
	all, shut, err := v.Forms.List(v.R.Context(), v.By, c)
	if err != nil {
		return err
	}
	m := formsModel{path: "/cases/" + string(c), table: page.Table{
		Caption: page.Key("form.filled"), Empty: page.Key("form.filled.none"),
		Columns: []page.Column{{Text: page.Key("form.filled.form")}, {Text: page.Key("form.filled.state")}, {Text: page.Key("form.filled.at")}},
	}}
	if shut > 0 {
		m.shut = page.Plain(v.P.Plural("case.shut", shut))
	}
	ending := slices.ContainsFunc(all, func(e form.Entry) bool { return e.Ends != 0 })
	if ending {
		m.table.Columns = append(m.table.Columns, page.Column{Text: page.Key("form.ends")})
	}
	for _, e := range all {
		tag := stateOf(e)
		saved := v.When(e.At)
		if !e.Finished && e.Asked > 0 {
			saved = page.Plain(v.savedBy(e).In(v.P) + ". " + v.answeredOf(e).In(v.P))
		}
		row := []page.Cell{
			{Text: v.titled(e.Form, e.FormVersion, e.Additions), Path: v.recordPath(e.Record)}, {Tag: &tag}, {Text: saved},
		}
		if ending && e.Ends != 0 {
			row = append(row, page.Cell{Text: page.Plain(v.When(e.Ends).In(v.P) + ", " + v.Age(e.Ends).In(v.P))})
		} else if ending {
			row = append(row, page.Cell{Text: page.Key("web.none")})
		}
		m.table.Rows = append(m.table.Rows, row)
	}
	if page.May(v.By.Actor, access.FillCase) {
		for _, f := range v.Forms.Forms.Offered(v.Site.Member, v.By.Role) {
			m.offer = append(m.offer, page.Link{Path: m.path + "/fill/" + f.Form, Text: v.titled(f.Form, f.Version, f.Additions)})
		}
	}
	return v.Show(page.Page{Title: page.Key("form.list"), Back: m.path, Leave: true, Body: formsScreen(v.P, m)})
}

// titled names a form; of one that this program has not only its number is known.
func (v *visit) titled(name string, version int64, with form.Edition) page.Msg {
	s, err := v.said(name, version, with)
	if err != nil {
		return page.Plain(name)
	}
	return page.Key("form.named", "form", name, "title", s.Say(s.Form.Title))
}

func stateOf(e form.Entry) page.Tag {
	switch {
	case e.CorrectedBy != "":
		return page.Tag{Text: page.Key("form.state.corrected"), Tone: page.Off}
	case e.Finished:
		return page.Tag{Text: page.Key("form.state.finished"), Tone: page.Good}
	}
	return page.Tag{Text: page.Key("form.state.draft"), Tone: page.Waiting}
}

// offered is a form that can be begun here by who asks. Of another one not even an empty draft is kept.
func (v *visit) offered() (form.Record, error) {
	for _, f := range v.Forms.Forms.Offered(v.Site.Member, v.By.Role) {
		if f.Form == v.R.PathValue("form") {
			return f, nil
		}
	}
	return form.Record{}, fault.New(fault.NotFound, "fault.not-found")
}

func (v *visit) beginForm() error { return v.showBegin(page.Form{}) }

// showBegin asks in which language she is asked, before anything else.
func (v *visit) showBegin(f page.Form) error {
	of, err := v.offered()
	if err != nil {
		return err
	}
	f.Title, f.Back, f.Submit, f.Leave = v.titled(of.Form, of.Version, of.Additions), v.formsPath(), page.Key("form.begin"), true
	f.Action = "/cases/" + v.R.PathValue("case") + "/fill/" + of.Form
	f.Intro = []page.Msg{page.Key("form.sheet.intro"), page.Key("form.parts")}
	f.Above = append(f.Above, page.ReadIn(v.P, "/sheets/"+of.Form, v.ReadSelect("read", page.Key("wording.sheet"))))
	f.Fields = append(f.Fields,
		page.SelectList(v.P, page.Select{
			Field:   page.Field{ID: "spoken", Label: page.Key("form.spoken"), Error: page.ErrorAt(f.Errors, "spoken")},
			Choices: v.Languages(), Value: v.Field("spoken"), Empty: page.Key("web.choose"),
		}),
		page.CheckboxGroup(v.P, page.Checkboxes{
			Field: page.Field{ID: "interpreter", Label: page.Key("form.interpreter")}, Choices: v.Choices("web.", "yes"), Values: v.R.PostForm["interpreter"],
		}),
	)
	return v.ShowForm(f)
}

// begin keeps an empty draft, so that everything after it is saved into one record.
func (v *visit) begin() error {
	of, err := v.offered()
	if err != nil {
		return err
	}
	of.Answers = map[string]form.Answer{}
	e, err := v.Forms.Fill(v.R.Context(), v.By, id.Case(v.R.PathValue("case")), form.Filling{
		Schema: form.FillingName, Record: of, Language: v.Field("spoken"), Interpreter: v.Field("interpreter") != "",
	})
	if err != nil {
		return v.Again(err, map[string]string{"": "spoken", "language": "spoken"}, v.showBegin)
	}
	return v.To(v.recordPath(e.Record)+"/fill", "")
}

// filledModel is one filled-in form, as far as the reader may see it.
type filledModel struct {
	path     string
	title    page.Msg
	state    page.Tag
	rows     []page.Row
	withheld bool
	parts    []filledPart
	finish   string // version in which it can be finished; "": it cannot
	correct  bool
}

type filledPart struct {
	title page.Msg
	rows  []page.Row
}

func (v *visit) filled() error { return v.showFilled(0, nil) }

func (v *visit) showFilled(status int, errors []page.Error) error {
	x, err := v.Forms.Read(v.R.Context(), v.By, id.Case(v.R.PathValue("case")), id.Record(v.R.PathValue("record")))
	if err != nil {
		return err
	}
	s, err := v.said(x.Form, x.FormVersion, x.Additions)
	if err != nil {
		return err
	}
	may := page.May(v.By.Actor, access.FillCase)
	m := filledModel{
		path: v.recordPath(x.Record), title: v.titled(x.Form, x.FormVersion, x.Additions), state: stateOf(x.Entry), withheld: x.Withheld,
		correct: may && x.Finished && x.CorrectedBy == "",
	}
	if may && !x.Finished {
		m.finish = strconv.FormatInt(x.Version, 10)
	}
	m.rows = v.filledRows(x.Entry)
	if x.Elements != nil {
		m.rows = append(m.rows, v.elements(*x.Elements))
	}
	told, err := v.toldTo(id.Case(v.R.PathValue("case")))
	if err != nil {
		return err
	}
	for _, part := range s.Form.Sections {
		p := filledPart{title: page.Plain(s.Say(part.Title))}
		for _, q := range part.Questions {
			if !q.SeenBy(v.By.Role) {
				continue
			}
			r := page.Row{Key: page.Plain(s.Say(q.Words)), Value: page.Key("form.empty")}
			if a, there := x.Answers[q.ID]; there {
				r.Value = v.answered(s, q, a)
			}
			r.Lines = told(q)
			if m.finish != "" {
				r.Action = &page.Link{Path: v.partPath(x.Record, part.ID, "") + "#" + controlOf(q), Text: page.Key("web.change")}
			}
			p.rows = append(p.rows, r)
		}
		if len(p.rows) > 0 {
			m.parts = append(m.parts, p)
		}
	}
	now := &page.Now{By: x.By, At: x.At, Path: m.path}
	return v.Show(page.Page{Status: status, Now: now, Title: m.title, Back: v.formsPath(), Errors: errors, Leave: true, Body: filledScreen(v.P, m)})
}

// elements says which elements of the definition of trafficking are written down, and that it says no more.
func (v *visit) elements(e form.Elements) page.Row {
	var all []string
	for _, x := range []struct {
		is   bool
		word string
	}{{e.Act, "act"}, {e.Means, "means"}, {e.Purpose, "purpose"}} {
		if x.is {
			all = append(all, v.P.Text("form.elements."+x.word))
		}
	}
	r := page.Row{Key: page.Key("form.elements"), Value: page.Key("form.elements.none")}
	if len(all) > 0 {
		r.Value = page.Plain(v.P.And(all...))
	}
	if !e.MeansNeeded {
		r.Lines = append(r.Lines, page.Key("form.elements.child"))
	}
	r.Lines = append(r.Lines, page.Key("form.elements.text"))
	return r
}

// toldTo says of a question which desks may be told its answer, by the consents that stand. It says nothing to who may not know these.
func (v *visit) toldTo(c id.Case) (func(form.Question) []page.Msg, error) {
	if !page.May(v.By.Actor, access.KnowConsent) {
		return func(form.Question) []page.Msg { return nil }, nil
	}
	all, err := v.Consents.List(v.R.Context(), v.By.Actor, c)
	if err != nil {
		return nil, err
	}
	return func(q form.Question) []page.Msg {
		if q.Category == "" {
			return []page.Msg{page.Key("form.told.never")}
		}
		var who []string
		for _, x := range all {
			if x.Origin != consent.TakenHere || !x.Live(v.Now()) || !slices.Contains(x.Categories, consent.Code(q.Category)) {
				continue
			}
			for _, to := range x.Recipients {
				who = append(who, to.String())
			}
		}
		if len(who) == 0 {
			return []page.Msg{page.Key("form.told.nobody")}
		}
		slices.Sort(who)
		return []page.Msg{page.Key("form.told", "who", v.P.And(slices.Compact(who)...))}
	}, nil
}

func (v *visit) filledRows(e form.Entry) []page.Row {
	interpreter := page.Key("web.no")
	if e.Interpreter {
		interpreter = page.Key("web.yes")
	}
	rows := []page.Row{
		{Key: page.Key("form.began"), Value: v.When(e.Began)},
		{Key: page.Key("form.filled.at"), Value: v.savedBy(e), Lines: []page.Msg{v.answeredOf(e)}},
		{Key: page.Key("form.desk"), Value: v.Own(e.Desk)},
		{Key: page.Key("form.spoken"), Value: page.Plain(v.P.LanguageName(e.Language))},
		{Key: page.Key("form.interpreter"), Value: interpreter},
	}
	link := func(r id.Record) *page.Link {
		return &page.Link{Path: v.recordPath(r), Text: page.Key("form.show")}
	}
	if e.Corrects != "" {
		rows = append(rows, page.Row{Key: page.Key("form.corrects"), Value: v.Word("form.reason.", string(e.Reason)), Action: link(e.Corrects)})
	}
	if e.Ends != 0 {
		rows = append(rows, page.Row{Key: page.Key("form.ends"), Value: v.When(e.Ends), Lines: []page.Msg{v.Age(e.Ends), page.Key("form.ends.text")}})
	}
	if e.CorrectedBy != "" {
		rows = append(rows, page.Row{Key: page.Key("form.corrected-by"), Value: page.Key("form.state.corrected"), Action: link(e.CorrectedBy)})
	}
	return rows
}

// finish ends the draft. What is missing is said with the way to its field.
func (v *visit) finish() error {
	c, record := id.Case(v.R.PathValue("case")), id.Record(v.R.PathValue("record"))
	x, err := v.Forms.Read(v.R.Context(), v.By, c, record)
	if err != nil {
		return err
	}
	in := fillingOf(x)
	in.Finished = true
	version, err := strconv.ParseInt(v.Field("version"), 10, 64)
	if err != nil {
		version = 0 // no stored version: the noun says that it is stale
	}
	if _, err = v.Forms.Save(v.R.Context(), v.By, c, record, version, in); err == nil {
		return v.To(v.recordPath(record), "form-finished")
	}
	kind, key, args := fault.Public(err)
	switch {
	case kind == fault.Invalid && args["question"] != "":
		s, unsaid := v.said(x.Form, x.FormVersion, x.Additions)
		if unsaid != nil {
			return unsaid
		}
		return v.showFilled(page.StatusOf(kind), v.missing(s, in, args["question"], key))
	case kind == fault.Conflict || kind == fault.Stale:
		return v.showFilled(page.StatusOf(kind), []page.Error{{Text: page.Plain(v.P.Fault(err))}})
	}
	return err
}

// missing is all that keeps a form from being finished, as far as the reader may see it. What the noun said is among it.
func (v *visit) missing(s form.Sheet, in form.Filling, question, key string) []page.Error {
	found, err := v.Forms.Forms.Problems(in.Record, in.Finished)
	if err != nil {
		found = nil // what the noun said is said all the same
	}
	why := map[string]string{question: key}
	for _, p := range found {
		why[p.Question] = p.Key
	}
	var all []page.Error
	for _, part := range s.Form.Sections {
		for _, q := range part.Questions {
			if why[q.ID] != "" && q.SeenBy(v.By.Role) {
				all = append(all, page.Error{
					Path: v.partPath(id.Record(v.R.PathValue("record")), part.ID, "yes"), Field: controlOf(q),
					Text: page.Key(why[q.ID]+".here", "question", s.Say(q.Words)),
				})
			}
		}
	}
	return all
}

func (v *visit) correctForm() error { return v.showCorrect(page.Form{}) }

// showCorrect asks why a finished form is corrected.
func (v *visit) showCorrect(f page.Form) error {
	path := v.recordPath(id.Record(v.R.PathValue("record")))
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("form.correct"), path, path+"/correct", page.Key("form.correct.do"), true
	f.Intro = []page.Msg{page.Key("form.correct.text")}
	var codes []string
	for _, r := range form.Reasons() {
		codes = append(codes, string(r))
	}
	f.Fields = append(f.Fields, page.RadioGroup(v.P, page.Radios{
		Field:   page.Field{ID: "reason", Label: page.Key("form.reason"), Error: page.ErrorAt(f.Errors, "reason")},
		Choices: v.Choices("form.reason.", codes...), Value: v.Field("reason"),
	}))
	return v.ShowForm(f)
}

// correct begins a correction with what stands in the record, as a draft.
func (v *visit) correct() error {
	c, record := id.Case(v.R.PathValue("case")), id.Record(v.R.PathValue("record"))
	x, err := v.Forms.Read(v.R.Context(), v.By, c, record)
	if err != nil {
		return err
	}
	in := fillingOf(x)
	in.Finished = false
	e, err := v.Forms.Correct(v.R.Context(), v.By, c, record, form.Reason(v.Field("reason")), in)
	if err != nil {
		return v.Again(err, map[string]string{"": "reason", "reason": "reason"}, v.showCorrect)
	}
	return v.To(v.recordPath(e.Record), "form-correction")
}

// fillingOf is what was read, to be sent again.
func fillingOf(x form.Opened) form.Filling {
	return form.Filling{
		Schema: form.FillingName, Language: x.Language, Interpreter: x.Interpreter, Finished: x.Finished,
		Record: form.Record{Form: x.Form, Version: x.FormVersion, Additions: x.Additions, Answers: x.Answers},
	}
}
