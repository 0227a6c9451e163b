package webcase

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/device"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
)

// The page that a device keeps for work without a network is made here, with the same controls as every form, and what was written on it is
// read here as if it had been sent from one. Spec: spec/offline.md.

// The controls that stand before a form where it does not ask the same.
const (
	offlineAge    = "age"
	offlineAsylum = "asylum"
	offlineSpoken = "spoken"
)

// offlineModel is the page that is put aside: every form that can be begun on it, empty.
type offlineModel struct {
	assets, hours, script string
	forms                 []offlineForm
}

type offlineForm struct {
	record form.Record
	title  page.Msg
	fields []templ.Component
}

// asks reports whether a form asks a reader a question, which need not be asked again before it.
func asks(f form.Form, role access.Role, question string) bool {
	for _, part := range f.Sections {
		if slices.ContainsFunc(part.Questions, func(q form.Question) bool { return q.ID == question && q.SeenBy(role) }) {
			return true
		}
	}
	return false
}

// offlineForm is the page that is put aside. It is asked for without a session, so that nothing of hers can stand on it: her language and
// role are in the address.
func (v *visit) offlineForm() error {
	q := v.R.URL.Query()
	if asked := q.Get("lang"); asked != "" {
		v.SpeakIn(asked)
	}
	role := access.Role(q.Get("role"))
	m := offlineModel{script: v.Site.Assets.URL("offline.js")}
	all := []string{"app.css", "app.js", "offline.js", "logo.svg"}
	for _, script := range []string{"latin", "latin-ext", "cyrillic", "greek"} {
		all = append(all, "noto-"+script+"-400.woff2", "noto-"+script+"-700.woff2")
	}
	for i, name := range all {
		if i > 0 {
			m.assets += " "
		}
		m.assets += v.Site.Assets.URL(name)
	}
	var hours []string
	for n := range int(device.Lives.Hours()) + 1 {
		hours = append(hours, v.P.Plural("device.left", n))
	}
	text, err := json.Marshal(hours)
	if err != nil {
		return err
	}
	m.hours = string(text)
	for _, r := range v.Forms.Forms.Offered(v.Site.Member, role) {
		if slices.Contains(device.Forms(), r.Form) {
			f, err := v.emptyForm(r, role)
			if err != nil {
				return err
			}
			m.forms = append(m.forms, f)
		}
	}
	return v.Show(page.Page{Title: page.Key("device.work"), Leave: true, Alone: true, Body: offlineScreen(v.P, m)})
}

func (v *visit) emptyForm(r form.Record, role access.Role) (offlineForm, error) {
	s, err := v.said(r.Form, r.Version, r.Additions)
	if err != nil {
		return offlineForm{}, err
	}
	out := offlineForm{record: r, title: v.titled(r.Form, r.Version, r.Additions)}
	if !asks(s.Form, role, "age") {
		out.fields = append(out.fields, page.RadioGroup(v.P, page.Radios{
			Field: page.Field{ID: offlineAge, Label: page.Key("case.age-class"), Hint: page.Key("case.age-class.hint")}, Choices: v.Choices("person.age.", ageClasses()...),
		}))
	}
	if !asks(s.Form, role, "asylum") {
		out.fields = append(out.fields, page.RadioGroup(v.P, page.Radios{
			Field: page.Field{ID: offlineAsylum, Label: page.Key("case.asylum"), Hint: page.Key("case.asylum.hint")}, Choices: v.Choices("web.", "yes", "no"), Inline: true,
		}))
	}
	if !asks(s.Form, role, "language") {
		out.fields = append(out.fields, page.SelectList(v.P, page.Select{
			Field: page.Field{ID: offlineSpoken, Label: page.Key("form.spoken")}, Choices: v.Languages(), Empty: page.Key("web.choose"),
		}))
	}
	for _, part := range s.Form.Sections {
		begun := false
		for _, q := range part.Questions {
			if !q.SeenBy(role) {
				continue
			}
			if !begun {
				out.fields, begun = append(out.fields, partHeading(v.P, page.Plain(s.Say(part.Title)))), true
			}
			out.fields = append(out.fields, v.asked(s, q, fieldOf(s, q), form.Answer{}, false)...)
		}
	}
	return out, nil
}

// refusedDraft is why a draft was not taken.
type refusedDraft struct {
	Error string `json:"error"`
	Fresh bool   `json:"fresh,omitzero"` // she has to sign in again
}

func (v *visit) takeDraft() error {
	raw := []byte(v.R.PostFormValue("draft"))
	signed, err := v.Devices.Send(v.R.Context(), v.By, raw, v.contentOf)
	if err == nil {
		return v.Answer(0, signed)
	}
	kind, key, args := fault.Public(err)
	if kind == fault.Internal || kind == fault.Locked {
		return err
	}
	out := refusedDraft{Error: v.P.Fault(err), Fresh: key == "device.fresh"}
	if args["question"] != "" && v.Site.Texts.Has(key+".here") {
		if x, failed := device.ParseSent(raw); failed == nil {
			out.Error = v.calledIn(x, key+".here", args["question"], out.Error)
		}
	}
	return v.Answer(page.StatusOf(kind), out)
}

// calledIn calls a question as it is asked.
func (v *visit) calledIn(x device.Sent, key, question, otherwise string) string {
	s, err := v.said(x.Form, x.FormVersion, x.Additions)
	if err != nil {
		return otherwise
	}
	for _, part := range s.Form.Sections {
		for _, q := range part.Questions {
			if q.ID == question {
				return v.P.Text(key, "question", s.Say(q.Words))
			}
		}
	}
	return otherwise
}

// unsaid is the language in which she was asked where nobody has said it: BCP 47, undetermined.
const unsaid = "und"

// contentOf reads what stands in the fields of a draft, as if they had been sent from a page.
func (v *visit) contentOf(x device.Sent) (device.Content, error) {
	s, err := v.said(x.Form, x.FormVersion, x.Additions)
	if err != nil {
		return device.Content{}, err
	}
	if !slices.Contains(device.Forms(), x.Form) {
		return device.Content{}, fault.New(fault.Invalid, "form.unknown").With("form", x.Form)
	}
	v.R.PostForm = url.Values(x.Fields)
	in := form.Filling{
		Schema: form.FillingName, Language: v.Field(offlineSpoken),
		Record: form.Record{Form: x.Form, Version: x.FormVersion, Additions: x.Additions, Answers: map[string]form.Answer{}},
	}
	for _, part := range s.Form.Sections {
		for _, q := range part.Questions {
			a, there, both := v.given(q)
			if both {
				return device.Content{}, fault.New(fault.Invalid, "form.answer").With("question", q.ID).With("form", x.Form)
			}
			if there {
				in.Answers[q.ID] = a
			}
		}
	}
	said := func(question, otherwise string) string {
		if asks(s.Form, v.By.Role, question) {
			return text(in.Answers[question])
		}
		return v.Field(otherwise)
	}
	if in.Language = said("language", offlineSpoken); in.Language == "" {
		in.Language = unsaid
	}
	in.Interpreter = said("interpreter", "") == "yes"
	age := person.AgeClass(said("age", offlineAge))
	if !slices.Contains([]person.AgeClass{person.Child, person.Adult}, age) {
		age = person.AgeUnknown
	}
	out := device.Content{Filling: in, Opening: casefile.Opening{AgeClass: age, Asylum: said("asylum", offlineAsylum) == "yes"}}
	if out.Opening.Asylum {
		out.Opening.Origins = []string{casefile.OriginUnknown} // until she says it at the desk, nothing leaves
	}
	return out, nil
}

// bothModel is two versions of one draft, side by side.
type bothModel struct {
	title        page.Msg
	mine, theirs page.Link
	table        page.Table
	whose        page.Msg
}

func (v *visit) bothDrafts() error {
	two, err := v.Devices.Both(v.R.Context(), v.By, id.Draft(v.R.PathValue("draft")))
	if err != nil {
		return err
	}
	x := two.Mine
	s, err := v.said(x.Form, x.FormVersion, x.Additions)
	if err != nil {
		return err
	}
	path := func(r id.Record) string {
		return "/cases/" + url.PathEscape(string(two.Case)) + "/forms/" + url.PathEscape(string(r))
	}
	m := bothModel{
		title: v.titled(x.Form, x.FormVersion, x.Additions), whose: page.Key("device.both.at", "when", v.When(two.Theirs.At).In(v.P)),
		mine:   page.Link{Path: path(x.Record), Text: page.Key("device.both.mine.go")},
		theirs: page.Link{Path: path(two.Theirs.Record), Text: page.Key("device.both.theirs.go")},
		table: page.Table{Caption: page.Key("device.both"), Named: true, Empty: page.Key("device.both.same"), Columns: []page.Column{
			{Text: page.Key("device.both.question")}, {Text: page.Key("device.both.mine")}, {Text: page.Key("device.both.theirs")},
		}},
	}
	said := func(of form.Opened, q form.Question) page.Msg {
		if a, there := of.Answers[q.ID]; there {
			return v.answered(s, q, a)
		}
		return page.Key("form.empty")
	}
	for _, part := range s.Form.Sections {
		for _, q := range part.Questions {
			if q.SeenBy(v.By.Role) && !two.Same(q.ID) {
				m.table.Rows = append(m.table.Rows, []page.Cell{{Text: page.Plain(s.Say(q.Words))}, {Text: said(two.Mine, q)}, {Text: said(two.Theirs, q)}})
			}
		}
	}
	return v.Show(page.Page{Title: page.Key("device.both"), Back: "/cases/" + url.PathEscape(string(two.Case)) + "/forms", Leave: true, Body: bothScreen(v.P, m)})
}

func (f offlineForm) version() string { return strconv.FormatInt(f.record.Version, 10) }

func (f offlineForm) edition() string { return strconv.FormatInt(f.record.Additions.Version, 10) }
