package webcase

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
)

// The names of the controls of a question: of its answer, and of why there is none.
func controlOf(q form.Question) string { return "q-" + q.ID }

func noneOf(q form.Question) string { return "n-" + q.ID }

// partPath is the page on which a part is filled in; check marks there what keeps the form from being finished.
func (v *visit) partPath(r id.Record, part, check string) string {
	q := url.Values{"part": {part}}
	if check != "" {
		q.Set("check", check)
	}
	return v.recordPath(r) + "/fill?" + q.Encode()
}

// wholePart stands for all parts of a form on one page, as whoever knows the form by heart wants it.
const wholePart = "*"

// partAsked is the part that the address names, or the whole form for whoever wants it so.
func (v *visit) partAsked() string {
	if v.Dense() {
		return wholePart
	}
	return v.R.URL.Query().Get("part")
}

// fillModel is one part of a form, or the whole of it.
type fillModel struct {
	action, back   string
	view           page.Link // the other way to fill it in
	title, heading page.Msg
	far            []page.Msg // where it stands among the parts, how far the draft is, whose it is, when it ends
	first          bool       // what an empty answer means is in sight
	part, version  string
	conflict       bool // somebody saved it since
	fields         []templ.Component
	last           bool
}

// filling is a draft that is filled in, with the part that is asked for.
type filling struct {
	x     form.Opened
	s     form.Sheet
	parts []form.Section // those with a question for the reader
	at    int
	heads map[string]string // where all parts stand on one page: the title of the part that begins with a question
}

// draftAt opens the draft of the path.
func (v *visit) draftAt(part string) (filling, error) {
	x, err := v.Forms.Read(v.R.Context(), v.By, id.Case(v.R.PathValue("case")), id.Record(v.R.PathValue("record")))
	if err != nil {
		return filling{}, err
	}
	if x.Finished {
		return filling{}, fault.New(fault.Conflict, "form.record.finished")
	}
	f := filling{x: x}
	if f.s, err = v.said(x.Form, x.FormVersion, x.Additions); err != nil {
		return filling{}, err
	}
	for _, p := range f.s.Form.Sections {
		p.Questions = slices.DeleteFunc(slices.Clone(p.Questions), func(q form.Question) bool { return !q.SeenBy(v.By.Role) })
		if len(p.Questions) > 0 {
			f.parts = append(f.parts, p)
		}
	}
	if len(f.parts) == 0 {
		return filling{}, fault.New(fault.Conflict, "form.record.unseen")
	}
	if part == wholePart {
		one := form.Section{ID: wholePart, Title: f.s.Form.Title}
		f.heads = map[string]string{}
		for _, p := range f.parts {
			f.heads[p.Questions[0].ID] = f.s.Say(p.Title)
			one.Questions = append(one.Questions, p.Questions...)
		}
		f.parts = []form.Section{one}
	}
	f.at = max(0, slices.IndexFunc(f.parts, func(p form.Section) bool { return p.ID == part }))
	return f, nil
}

func (v *visit) fillForm() error {
	f, err := v.draftAt(v.partAsked())
	if err != nil {
		return err
	}
	var errors []page.Error
	if v.R.URL.Query().Get("check") != "" {
		in := fillingOf(f.x)
		in.Finished = true
		errors = v.ofPart(f, v.missing(f.s, in, "", ""))
	}
	return v.showFill(0, f, f.x.Answers, errors, false)
}

// ofPart leaves the errors of the part that is shown, which stand on this page.
func (v *visit) ofPart(f filling, errors []page.Error) []page.Error {
	var all []page.Error
	for _, e := range errors {
		if slices.ContainsFunc(f.parts[f.at].Questions, func(q form.Question) bool { return controlOf(q) == e.Field }) {
			all = append(all, page.Error{Field: e.Field, Text: e.Text})
		}
	}
	return all
}

// showFill shows a part with what stands in the draft or, after it was sent, what was typed.
func (v *visit) showFill(status int, f filling, answers map[string]form.Answer, errors []page.Error, conflict bool) error {
	part := f.parts[f.at]
	m := fillModel{
		action: v.recordPath(f.x.Record) + "/fill", back: v.recordPath(f.x.Record), conflict: conflict,
		title: v.titled(f.x.Form, f.x.FormVersion, f.x.Additions), heading: page.Plain(f.s.Say(part.Title)),
		first: f.at == 0 && f.heads == nil,
		part:  part.ID, version: strconv.FormatInt(f.x.Version, 10), last: f.at == len(f.parts)-1,
	}
	if len(f.parts) > 1 {
		m.far = append(m.far, page.Key("form.part", "part", v.P.Number(int64(f.at+1)), "parts", v.P.Number(int64(len(f.parts)))))
	}
	m.far = append(append(m.far, v.answeredOf(f.x.Entry), v.savedBy(f.x.Entry)), v.endOf(f.x.Entry)...)
	m.view = page.Link{Path: m.action + "?view=whole", Text: page.Key("form.whole")}
	if f.heads != nil {
		m.view = page.Link{Path: m.action + "?view=parts", Text: page.Key("form.by-part")}
	}
	for _, q := range part.Questions {
		if head := f.heads[q.ID]; head != "" {
			m.fields = append(m.fields, partHeading(v.P, page.Plain(head)))
		}
		field := fieldOf(f.s, q)
		field.Error = page.ErrorAt(errors, controlOf(q))
		if a, there := f.x.Answers[q.ID]; conflict && !same(a, there, answers, q.ID) {
			was := page.Key("form.empty")
			if there {
				was = v.answered(f.s, q, a)
			}
			field.Notes = append(field.Notes, page.Key("form.meanwhile", "answer", was.In(v.P)))
		}
		a, there := answers[q.ID]
		m.fields = append(m.fields, v.asked(f.s, q, field, a, there)...)
	}
	title := page.Key("form.filling", "part", m.heading.In(v.P), "form", m.title.In(v.P))
	now := &page.Now{By: f.x.By, At: f.x.At, Path: m.back}
	return v.Show(page.Page{Status: status, Now: now, Title: title, Back: m.back, Errors: errors, Leave: true, Body: fillScreen(v.P, m)})
}

// fieldOf is the field of a question, with what must be known before it is asked.
func fieldOf(s form.Sheet, q form.Question) page.Field {
	return page.Field{
		ID: controlOf(q), Label: page.Plain(s.Say(q.Words)), Strong: true, Needed: q.Required, Hint: page.Plain(strings.Join(s.Care(q), " ")),
	}
}

func same(a form.Answer, there bool, answers map[string]form.Answer, question string) bool {
	b, here := answers[question]
	return there == here && a.State == b.State && bytes.Equal(a.Value, b.Value)
}

// answeredOf says how far a form is.
func (v *visit) answeredOf(e form.Entry) page.Msg {
	return page.Key("form.answered", "answered", v.P.Number(int64(e.Answered)), "asked", v.P.Number(int64(e.Asked)))
}

// savedBy says whether the reader or somebody else of the desk saved it last, and with which function.
func (v *visit) savedBy(e form.Entry) page.Msg {
	when := v.When(e.At).In(v.P)
	if e.By == v.By.User {
		return page.Key("form.saved.yours", "when", when)
	}
	people, err := v.Desks.Members(v.R.Context(), v.By.Actor, v.By.Desk)
	i := slices.IndexFunc(people, func(m desk.Membership) bool { return m.User == e.By })
	if err != nil || i < 0 { // she has left since
		return page.Key("form.saved.colleague", "when", when)
	}
	return page.Key("form.saved.role", "role", page.RoleName(people[i].Role).In(v.P), "when", when)
}

// endOf says when a draft is erased; nothing of one that is not.
func (v *visit) endOf(e form.Entry) []page.Msg {
	if e.Ends == 0 {
		return nil
	}
	return []page.Msg{page.Key("form.unfinished.ends", "when", v.When(e.Ends).In(v.P), "age", v.Age(e.Ends).In(v.P))}
}

// asked is the controls of a question, and folded below them why it is asked and what becomes of the answer.
func (v *visit) asked(s form.Sheet, q form.Question, field page.Field, a form.Answer, there bool) []templ.Component {
	why := reasons(v.P, append([]string{s.Why(q)}, s.Keeps(q)...))
	return append(v.controls(s, q, field, a, there), why)
}

func (v *visit) controls(s form.Sheet, q form.Question, field page.Field, a form.Answer, there bool) []templ.Component {
	sent := v.R.Method == "POST"
	value := func(name, kept string) string {
		if sent {
			return v.Field(name)
		}
		return kept
	}
	none := ""
	if _, given := a.Is(); there && !given {
		none = a.State.Code()
	}
	var nones []page.Choice
	for _, state := range form.Without() {
		nones = append(nones, page.Choice{Value: "none." + state.Code(), Text: page.Key("form.none." + state.Code())})
	}
	options := v.options(s, q)
	if q.Kind == form.Choice || q.Kind == form.YesNo {
		kept := text(a)
		if none != "" {
			kept = "none." + none
		}
		return []templ.Component{page.SelectList(v.P, page.Select{
			Field: field, Choices: append(options, nones...), Value: value(controlOf(q), kept), Empty: page.Key("form.empty"),
		})}
	}
	var main templ.Component
	switch q.Kind {
	case form.LongText:
		main = page.TextArea(v.P, page.Textarea{Field: field, Value: value(controlOf(q), text(a))})
	case form.Choices:
		var several []string
		if _, given := a.Is(); given {
			_ = json.Unmarshal(a.Value, &several) // of another kind: nothing is ticked
		}
		if sent {
			several = v.R.PostForm[controlOf(q)]
		}
		main = page.CheckboxGroup(v.P, page.Checkboxes{Field: field, Choices: options, Values: several})
	case form.Date:
		var d form.Day
		if _, given := a.Is(); given {
			_ = json.Unmarshal(a.Value, &d) // of another kind: nothing stands there
		}
		main = page.DateFields(v.P, page.DateInput{
			Field: field, Day: value(controlOf(q)+"-day", number(d.Day)), Month: value(controlOf(q)+"-month", number(d.Month)), Year: value(controlOf(q)+"-year", number(d.Year)),
		})
	case form.Country, form.Language:
		main = page.SelectList(v.P, page.Select{Field: field, Choices: options, Value: value(controlOf(q), text(a)), Empty: page.Key("form.empty")})
	case form.Number:
		kept := ""
		if _, given := a.Is(); given {
			kept = string(a.Value)
		}
		main = page.TextInput(v.P, page.Input{Field: field, Value: value(controlOf(q), kept), Mode: "numeric", Width: 10})
	default:
		main = page.TextInput(v.P, page.Input{Field: field, Value: value(controlOf(q), text(a))})
	}
	if none != "" {
		none = "none." + none
	}
	return []templ.Component{main, page.SelectList(v.P, page.Select{
		Field: page.Field{ID: noneOf(q), Label: page.Key("form.sheet.none"), About: field.Label}, Choices: nones, Value: value(noneOf(q), none), Empty: page.Key("form.choose-none"),
	})}
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// text is an answer of one word or line, "" if it is none.
func text(a form.Answer) string {
	var s string
	if _, given := a.Is(); given {
		_ = json.Unmarshal(a.Value, &s) // of another kind: nothing stands there
	}
	return s
}

// options are what a question can be answered with.
func (v *visit) options(s form.Sheet, q form.Question) []page.Choice {
	var all []page.Choice
	for _, o := range s.Options(q) {
		all = append(all, page.Choice{Value: o.Code, Text: page.Plain(o.Words)})
	}
	switch q.Kind {
	case form.Country:
		all = v.Countries()
	case form.Language:
		all = v.Languages()
	}
	return all
}

// given reads what was sent for a question; there is false if nothing was. What is not of its kind stays something that the noun
// refuses.
func (v *visit) given(q form.Question) (a form.Answer, there, both bool) {
	none := strings.TrimPrefix(v.Field(noneOf(q)), "none.")
	typed := v.Field(controlOf(q))
	if code, ok := strings.CutPrefix(typed, "none."); ok && (q.Kind == form.Choice || q.Kind == form.YesNo) {
		none, typed = code, ""
	}
	var value any = typed
	there = typed != ""
	switch q.Kind {
	case form.LongText:
		value = strings.ReplaceAll(typed, "\r\n", "\n")
	case form.Choices:
		several := slices.DeleteFunc(slices.Clone(v.R.PostForm[controlOf(q)]), func(s string) bool { return s == "" })
		value, there = several, len(several) > 0
	case form.Date:
		var d form.Day
		there = false
		for name, part := range map[string]*int{"-day": &d.Day, "-month": &d.Month, "-year": &d.Year} {
			s := v.Field(controlOf(q) + name)
			n, err := strconv.Atoi(s)
			if there = there || s != ""; s != "" && (err != nil || n == 0) {
				n = -1 // no day
			}
			*part = n
		}
		value = d
	case form.Number:
		if n, err := strconv.ParseInt(typed, 10, 64); err == nil {
			value = n
		}
	}
	if none != "" {
		i := slices.IndexFunc(form.Without(), func(s person.State) bool { return s.Code() == none })
		if i < 0 {
			return a, false, false
		}
		return form.Answer{State: form.Without()[i]}, true, there
	}
	raw, err := json.Marshal(value)
	if err != nil || !there {
		return a, false, false
	}
	return form.Answer{State: person.Given, Value: raw}, true, false
}

// fill saves a part into the draft and goes on. What the draft has of other parts stays.
func (v *visit) fill() error {
	f, err := v.draftAt(v.Field("part"))
	if err != nil {
		return err
	}
	in := fillingOf(f.x)
	in.Answers = maps.Clone(in.Answers)
	part := f.parts[f.at]
	var errors []page.Error
	for _, q := range part.Questions {
		a, there, both := v.given(q)
		delete(in.Answers, q.ID)
		if there {
			in.Answers[q.ID] = a
		}
		if both {
			errors = append(errors, page.Error{Field: controlOf(q), Text: page.Key("form.answer.both")})
		}
	}
	if len(errors) > 0 {
		return v.showFill(page.StatusOf(fault.Invalid), f, in.Answers, errors, false)
	}
	if v.Field("version") != strconv.FormatInt(f.x.Version, 10) && slices.ContainsFunc(part.Questions, func(q form.Question) bool {
		a, there := f.x.Answers[q.ID]
		return !same(a, there, in.Answers, q.ID)
	}) {
		return v.showFill(page.StatusOf(fault.Stale), f, in.Answers, []page.Error{{Text: page.Key("form.record.both")}}, true)
	}
	saved, err := v.Forms.Save(v.R.Context(), v.By, id.Case(v.R.PathValue("case")), f.x.Record, f.x.Version, in)
	if err != nil {
		return v.fillAgain(f, in, err)
	}
	if v.Field("do") == "keep" { // the script of the page, after an answer
		return v.Autosaved(saved.At, map[string]string{"version": strconv.FormatInt(saved.Version, 10)})
	}
	if v.Field("do") == "whole" || f.at == len(f.parts)-1 {
		return v.To(v.recordPath(f.x.Record), "form-saved")
	}
	return v.To(v.partPath(f.x.Record, f.parts[f.at+1].ID, ""), "form-saved")
}

// fillAgain shows the part with what is to be corrected, and what was typed.
func (v *visit) fillAgain(f filling, in form.Filling, err error) error {
	kind, key, args := fault.Public(err)
	switch {
	case kind == fault.Stale: // between reading it and saving it
		again, read := v.draftAt(v.Field("part"))
		if read != nil {
			return read
		}
		return v.showFill(page.StatusOf(kind), again, in.Answers, []page.Error{{Text: page.Key("form.record.both")}}, true)
	case kind == fault.Invalid && args["question"] != "":
		return v.showFill(page.StatusOf(kind), f, in.Answers, v.ofPart(f, v.missing(f.s, in, args["question"], key)), false)
	}
	wrong, err := v.Correct(err, nil)
	if err != nil {
		return err
	}
	return v.showFill(page.StatusOf(kind), f, in.Answers, wrong, false)
}

// answered says an answer in words.
func (v *visit) answered(s form.Sheet, q form.Question, a form.Answer) page.Msg {
	if _, given := a.Is(); !given {
		return page.Key("form.none." + a.State.Code())
	}
	said := func(code string) string {
		for _, o := range v.options(s, q) {
			if o.Value == code {
				return o.Text.In(v.P)
			}
		}
		return code
	}
	switch q.Kind {
	case form.Choices:
		var codes, words []string
		_ = json.Unmarshal(a.Value, &codes) // of another kind: nothing is said
		for _, c := range codes {
			words = append(words, said(c))
		}
		return page.Plain(v.P.And(words...))
	case form.Date:
		var d form.Day
		_ = json.Unmarshal(a.Value, &d) // of another kind: nothing is said
		return page.Plain(v.P.PartialDate(d.Year, d.Month, d.Day))
	case form.Number:
		return page.Plain(string(a.Value))
	case form.Choice, form.YesNo, form.Country, form.Language:
		return page.Plain(said(text(a)))
	}
	return page.Plain(text(a))
}
