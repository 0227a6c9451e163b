package webcooperation

import (
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

func (v *visit) headForm() error { return v.showHead(page.Form{}) }

// showHead asks for what a request says as a whole.
func (v *visit) showHead(f page.Form) error {
	of, err := v.draft()
	if err != nil {
		return err
	}
	x := *of.Request
	f = v.form(f, of, "/request", page.Key("cooperation.head"))
	f.Submit = page.Key("cooperation.keep")
	text := func(name, stands string) templ.Component {
		return page.TextArea(v.P, page.Textarea{Field: hinted(field(f, name), "cooperation."+name+".hint"), Value: v.was(name, stands), Rows: 3})
	}
	due := v.was("due", x.Due)
	day := page.DateInput{Field: optional(field(f, "due")), Day: v.Field("due-day"), Month: v.Field("due-month"), Year: v.Field("due-year")}
	if v.R.Method == "GET" && len(due) == len("2026-11-30") {
		day.Year, day.Month, day.Day = due[:4], due[5:7], due[8:]
	}
	f.Fields = []templ.Component{
		text("subject", x.Subject), text("purpose", x.Purpose), text("urgent", x.Urgent), page.DateFields(v.P, day), text("confidential", x.Confidential),
		text("conditions", x.Conditions),
		page.TextInput(v.P, page.Input{Field: field(f, "from"), Value: v.was("from", x.From.Name)}),
		page.TextInput(v.P, page.Input{Field: optional(field(f, "from-contact")), Value: v.was("from-contact", x.From.Contact)}),
		page.TextInput(v.P, page.Input{Field: field(f, "to-office"), Value: v.was("to-office", x.To.Name)}),
	}
	earlier, err := v.earlier(of)
	if err != nil {
		return err
	}
	if len(earlier) > 0 {
		values := v.R.PostForm["links"]
		if v.R.Method == "GET" {
			for _, l := range x.Links {
				values = append(values, string(l))
			}
		}
		f.Fields = append(f.Fields, page.CheckboxGroup(v.P, page.Checkboxes{Field: optional(field(f, "links")), Choices: earlier, Values: values}))
	}
	return v.ShowForm(f)
}

// earlier are the other requests between the two desks.
func (v *visit) earlier(of cooperation.File) ([]page.Choice, error) {
	all, _, err := v.Cooperations.List(v.R.Context(), v.By.Actor, "", 200)
	var out []page.Choice
	for _, r := range all {
		if r.ID != of.ID && r.Peer == of.Peer && r.State != cooperation.Draft && len(out) < 50 {
			out = append(out, page.Choice{Value: string(r.ID), Text: page.Plain(string(r.Reference)), Hint: v.Word("cooperation.kind.", r.Kind)})
		}
	}
	return out, err
}

func (v *visit) head() error {
	var l []id.Thread
	for _, s := range v.R.PostForm["links"] {
		l = append(l, id.Thread(s))
	}
	return v.change(v.showHead, []string{"subject", "purpose", "urgent", "due", "confidential", "conditions", "from", "to-office", "links"}, func(x *cooperation.Request) error {
		x.Subject, x.Purpose, x.Urgent, x.Due = v.Field("subject"), v.Field("purpose"), v.Field("urgent"), v.Day("due")
		x.Confidential, x.Conditions = v.Field("confidential"), v.Field("conditions")
		x.From, x.To.Name, x.Links = cooperation.Office{Name: v.Field("from"), Contact: v.Field("from-contact")}, v.Field("to-office"), l
		return nil
	})
}

// change changes the request, or shows the form again.
func (v *visit) change(show func(page.Form) error, names []string, do func(*cooperation.Request) error) error {
	r, err := v.Cooperations.Change(v.R.Context(), v.By, v.which(), v.Version(), do)
	if err != nil {
		fields := page.FieldsOf(names...)
		fields["to"] = "to-office"
		return v.Again(err, fields, show)
	}
	return v.To(pathOf(r.ID), "cooperation-kept")
}

// spot is which item of a request a form is about: n is -1 for a new one.
type spot struct {
	part string
	n    int
}

func (v *visit) spot() (spot, error) {
	s := spot{v.R.PathValue("part"), -1}
	if !slices.Contains(parts(), s.part) {
		return s, fault.New(fault.NotFound, "fault.not-found")
	}
	if at := v.R.PathValue("item"); at != "new" {
		n, err := strconv.Atoi(at)
		if err != nil || n < 0 {
			return s, fault.New(fault.NotFound, "fault.not-found")
		}
		s.n = n
	}
	return s, nil
}

func (v *visit) itemForm() error { return v.showItem(page.Form{}) }

// at returns an item of a list, or what a new one begins with.
func at[T any](all []T, n int, fresh T) (T, error) {
	if n < 0 {
		return fresh, nil
	}
	if n >= len(all) {
		return fresh, fault.New(fault.NotFound, "fault.not-found")
	}
	return all[n], nil
}

// count returns how many items of a sort a request has.
func count(x cooperation.Request, part string) int {
	return map[string]int{"facts": len(x.Facts), "offences": len(x.Offences), "persons": len(x.Persons), "measures": len(x.Measures), "papers": len(x.Papers)}[part]
}

// showItem asks for one item.
func (v *visit) showItem(f page.Form) error {
	s, err := v.spot()
	if err != nil {
		return err
	}
	of, err := v.draft()
	if err != nil {
		return err
	}
	x, item := *of.Request, v.R.PathValue("item")
	if v.R.Method == "POST" && s.n >= count(x, s.part) { // somebody has taken it away meanwhile: what she wrote becomes a new one
		s.n, item = -1, "new"
	}
	f = v.form(f, of, "/part/"+s.part+"/"+item, page.Key("cooperation.part."+s.part+".one"))
	f.Submit = page.Key("cooperation.keep")
	marks, err := v.itemFields(&f, x, s)
	if err != nil {
		return err
	}
	f.Fields = append(f.Fields, v.markFields(f, marks)...)
	if s.n >= 0 {
		f.Under = []templ.Component{page.SubmitAs(v.P, page.Key("cooperation.remove"), "do", "remove")}
	}
	return v.ShowForm(f)
}

// itemFields puts the questions of an item on the form, and returns the marks that stand.
func (v *visit) itemFields(f *page.Form, x cooperation.Request, s spot) (cooperation.Marks, error) {
	add := func(c ...templ.Component) { f.Fields = append(f.Fields, c...) }
	line := func(name, stands string, opt bool) templ.Component {
		fl := field(*f, name)
		fl.Optional = opt
		return page.TextInput(v.P, page.Input{Field: fl, Value: v.was(name, stands)})
	}
	words := func(name, stands string, opt bool) templ.Component {
		fl := field(*f, name)
		fl.Optional = opt
		return page.TextArea(v.P, page.Textarea{Field: fl, Value: v.was(name, stands)})
	}
	radios := func(name, prefix string, codes []string, stands string) templ.Component {
		return page.RadioGroup(v.P, page.Radios{Field: field(*f, name), Choices: v.Choices(prefix, codes...), Value: v.was(name, stands), Small: true})
	}
	boxes := func(name, prefix string, codes, stands []string) templ.Component {
		values := v.R.PostForm[name]
		if v.R.Method == "GET" {
			values = stands
		}
		return page.CheckboxGroup(v.P, page.Checkboxes{Field: optional(field(*f, name)), Choices: v.Choices(prefix, codes...), Values: values})
	}
	m := cooperation.DefaultMarks()
	switch s.part {
	case "facts":
		i, err := at(x.Facts, s.n, cooperation.Fact{Marks: m})
		add(words("text", i.Text, false), radios("ground", "case.release.kind.", cooperation.Grounds(), i.Ground))
		return i.Marks, err
	case "offences":
		i, err := at(x.Offences, s.n, cooperation.Offence{Marks: m})
		add(line("article", i.Article, false), boxes("acts", "form.option.act.", cooperation.Acts(), i.Acts), boxes("means", "form.option.means.", cooperation.Means(), i.Means),
			boxes("purposes", "form.option.exploitation.", cooperation.Purposes(), i.Purposes))
		return i.Marks, err
	case "persons":
		i, err := at(x.Persons, s.n, cooperation.Person{Marks: m})
		add(line("name", i.Name, false), radios("category", "case.standing.", cooperation.Categories(), i.Category),
			radios("ground", "case.release.kind.", cooperation.Grounds(), i.Ground), line("born", i.Born, true), line("nationality", i.Nationality, true), line("location", i.Location, true))
		return i.Marks, err
	case "measures":
		i, err := at(x.Measures, s.n, cooperation.Measure{Marks: m})
		add(page.SelectList(v.P, page.Select{Field: field(*f, "code"), Choices: v.Choices("cooperation.measure.", cooperation.MeasureCodes()...), Value: v.was("code", i.Code), Empty: page.Key("web.choose")}),
			words("text", i.Text, false), words("formalities", i.Formalities, true))
		return i.Marks, err
	}
	i, err := at(x.Papers, s.n, cooperation.Paper{Marks: m})
	add(line("paper", i.Title, false), page.TextInput(v.P, page.Input{Field: hinted(field(*f, "digest"), "cooperation.digest.hint"), Value: v.was("digest", i.Digest)}))
	return i.Marks, err
}

// markFields ask how an item may be used and how far it may be trusted.
func (v *visit) markFields(f page.Form, m cooperation.Marks) []templ.Component {
	choose := func(name string, codes []string, stands string) templ.Component {
		return page.SelectList(v.P, page.Select{Field: field(f, name), Choices: v.Choices("cooperation."+name+".", codes...), Value: v.was(name, stands)})
	}
	return []templ.Component{
		choose("handling", cooperation.Handlings(), m.Handling),
		page.TextInput(v.P, page.Input{Field: optional(hinted(field(f, "condition"), "cooperation.condition.hint")), Value: v.was("condition", m.Condition)}),
		choose("source", cooperation.Sources(), m.Source), choose("information", cooperation.Informations(), m.Information),
	}
}

func (v *visit) item() error {
	s, err := v.spot()
	if err != nil {
		return err
	}
	names := map[string][]string{
		"facts": {"text", "ground"}, "offences": {"article", "acts", "means", "purposes"}, "persons": {"name", "category", "ground", "born", "nationality", "location"},
		"measures": {"code", "text", "formalities"}, "papers": {"paper", "digest"},
	}[s.part]
	return v.change(v.showItem, append(names, "handling", "condition", "source", "information"), func(x *cooperation.Request) error { return v.put(x, s) })
}

// set puts an item in its place, or takes it away.
func set[T any](all []T, n int, item T, remove bool) ([]T, error) {
	switch {
	case n >= len(all):
		return all, fault.New(fault.Stale, "cooperation.stale")
	case n < 0:
		return append(all, item), nil
	case remove:
		return slices.Delete(all, n, n+1), nil
	}
	all[n] = item
	return all, nil
}

// put takes over what the form of an item says.
func (v *visit) put(x *cooperation.Request, s spot) (err error) {
	m := cooperation.Marks{Handling: v.Field("handling"), Condition: v.Field("condition"), Source: v.Field("source"), Information: v.Field("information")}
	remove := v.Field("do") == "remove"
	chosen := func(name string) []string {
		return append([]string{}, slices.Sorted(slices.Values(v.R.PostForm[name]))...)
	}
	switch s.part {
	case "facts":
		i := cooperation.Fact{Marks: m, Ground: v.Field("ground"), Text: v.Field("text")}
		if s.n >= 0 && s.n < len(x.Facts) {
			i.Release = x.Facts[s.n].Release
		}
		x.Facts, err = set(x.Facts, s.n, i, remove)
	case "offences":
		x.Offences, err = set(x.Offences, s.n, cooperation.Offence{Marks: m, Article: v.Field("article"), Acts: chosen("acts"), Means: chosen("means"), Purposes: chosen("purposes")}, remove)
	case "persons":
		i := cooperation.Person{
			Marks: m, Category: v.Field("category"), Ground: v.Field("ground"), Name: v.Field("name"), Born: v.Field("born"), Nationality: v.Field("nationality"),
			Location: v.Field("location"),
		}
		if s.n >= 0 && s.n < len(x.Persons) {
			i.Release = x.Persons[s.n].Release
		}
		x.Persons, err = set(x.Persons, s.n, i, remove)
	case "measures":
		x.Measures, err = set(x.Measures, s.n, cooperation.Measure{Marks: m, Code: v.Field("code"), Text: v.Field("text"), Formalities: v.Field("formalities")}, remove)
	case "papers":
		x.Papers, err = set(x.Papers, s.n, cooperation.Paper{Marks: m, Title: v.Field("paper"), Digest: v.Field("digest")}, remove)
	}
	return err
}

func (v *visit) releaseForm() error { return v.showRelease(page.Form{}) }

// showRelease asks out of which release something is taken over.
func (v *visit) showRelease(f page.Form) error {
	of, err := v.draft()
	if err != nil {
		return err
	}
	all, err := v.Cases.Releases(v.R.Context(), v.By.Actor, "", 200)
	if err != nil {
		return err
	}
	f = v.form(f, of, "/release", page.Key("cooperation.release.take"))
	f.Intro = []page.Msg{page.Key("cooperation.release.text")}
	if len(all) == 0 {
		f.Intro = append(f.Intro, page.Key("cooperation.release.none"))
	}
	var choices []page.Choice
	for _, r := range all {
		choices = append(choices, page.Choice{Value: string(r.ID), Text: page.Plain(string(r.Reference)), Hint: v.Word("case.handling.", r.Handling)})
	}
	f.Fields = []templ.Component{page.RadioGroup(v.P, page.Radios{Field: field(f, "release"), Choices: choices, Value: v.Field("release")})}
	f.Submit = page.Key("cooperation.release.take")
	return v.ShowForm(f)
}

// release takes the statements of a release over, each with its mark, so that none of them travels once the release has ended.
func (v *visit) release() error {
	given := id.Record(v.Field("release"))
	if given == "" {
		return v.showRelease(page.Form{Status: 422, Errors: []page.Error{{Field: "release", Text: page.Key("cooperation.choose")}}})
	}
	x, r, err := v.Cases.ShowRelease(v.R.Context(), v.By, given)
	if err != nil {
		return v.Again(err, page.FieldsOf("release"), v.showRelease)
	}
	m := cooperation.DefaultMarks()
	if r.Handling == "no-evidence-without-consent" {
		m.Handling = "H1"
	}
	out, err := v.Cooperations.Change(v.R.Context(), v.By, v.which(), v.Version(), func(q *cooperation.Request) error {
		for _, i := range x.Items {
			q.Facts = append(q.Facts, cooperation.Fact{Marks: m, Ground: i.Kind, Text: i.Text, Release: given})
		}
		return nil
	})
	if err != nil {
		if fault.Is(err, fault.Denied) {
			return v.showRelease(page.Form{Status: page.StatusOf(fault.Denied), Errors: []page.Error{{Field: "release", Text: page.Plain(v.P.Fault(err))}}})
		}
		return v.Again(err, page.FieldsOf("release"), v.showRelease)
	}
	return v.To(pathOf(out.ID), "cooperation-kept")
}
