package webdocket

import (
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/docket"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/profile"
)

func (v *visit) none() error { return fault.New(fault.NotFound, "fault.not-found") }

func (v *visit) beginForm() error { return v.showBegin(page.Form{}) }

// showBegin asks what a new board is called and how the office is reached.
func (v *visit) showBegin(f page.Form) error {
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("docket.new"), "/dockets", "/dockets/new", page.Key("docket.new"), true
	f.Intro = []page.Msg{page.Key("docket.list.text"), page.Key("docket.new.text")}
	line := func(name, label, hint string, optional bool) templ.Component {
		fl := page.Field{ID: name, Label: page.Key(label), Error: page.ErrorAt(f.Errors, name), Optional: optional}
		if hint != "" {
			fl.Hint = page.Key(hint)
		}
		return page.TextInput(v.P, page.Input{Field: fl, Value: v.Field(name)})
	}
	f.Fields = []templ.Component{
		line("label", "docket.ask.label", "docket.line.hint", false), line("office", "docket.ask.office", "cooperation.office.hint", false),
		line("contact", "cooperation.from-contact", "", true),
	}
	return v.ShowForm(f)
}

func (v *visit) begin() error {
	r, err := v.Dockets.Begin(v.R.Context(), v.By, v.Field("label"), v.Field("office"), v.Field("contact"))
	if err != nil {
		return v.Again(err, page.FieldsOf("label", "office", "contact"), v.showBegin)
	}
	return v.To(pathOf(r.ID), "docket-begun")
}

// about is what a form is about: a board, a sort, and an item that is there or a new one.
type about struct {
	docket.File
	sort  string
	shape docket.Shape
	item  docket.Item
	isNew bool
	gone  bool // somebody has said meanwhile that it was entered in error: what she wrote becomes a new one
}

func (v *visit) about() (about, error) {
	f, err := v.opened()
	a := about{File: f, sort: v.R.PathValue("sort"), isNew: v.R.PathValue("item") == "new"}
	if err != nil {
		return a, err
	}
	var ok bool
	if a.shape, ok = docket.ShapeOf(a.sort); !ok || a.isNew && a.sort == "board" {
		return a, v.none()
	}
	if a.isNew {
		a.item = docket.Item{Sort: a.sort, Values: map[string]string{}}
		return a, nil
	}
	a.item, ok = f.Item(id.Thread(v.R.PathValue("item")))
	a.gone = ok && a.item.Void && v.R.Method == "POST"
	if !ok || a.item.Sort != a.sort || a.item.Void && !a.gone {
		return a, v.none()
	}
	return a, nil
}

func (v *visit) writeForm() error { return v.showWrite(page.Form{}) }

// showWrite asks for what one entry says, part by part.
func (v *visit) showWrite(f page.Form) error {
	a, err := v.about()
	if err != nil {
		return err
	}
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("docket.one."+a.sort), pathOf(a.Row.ID), v.R.URL.Path, page.Key("docket.tell"), true
	f.Intro = []page.Msg{page.Key("docket.write.text")}
	if a.gone {
		f.Action = pathOf(a.Row.ID) + "/write/" + a.sort + "/new"
		f.Now = &page.Now{Rows: []page.Row{{Key: page.Key("cooperation.state"), Value: page.Key("docket.void")}}, Path: pathOf(a.Row.ID) + "/item/" + string(a.item.ID)}
	} else if !a.isNew {
		f.Hidden = append(f.Hidden, [2]string{"version", v.Fresh(f, int64(len(a.item.History)))})
		f.Now = &page.Now{Rows: v.rows(a.item), Path: pathOf(a.Row.ID) + "/item/" + string(a.item.ID)}
		f.Back = f.Now.Path
		if a.item.Author == string(v.Site.Member)+"/"+string(v.By.Desk) && a.sort != "board" && a.sort != "desk" {
			f.Under = []templ.Component{page.SubmitAs(v.P, page.Key("docket.void"), "do", "void")}
		}
	}
	if a.shape.Once && !a.isNew && !a.gone {
		f.Intro, f.Submit = []page.Msg{page.Key("docket.once.text")}, page.Key("docket.void")
		f.Under, f.Hidden = nil, append(f.Hidden, [2]string{"do", "void"})
		return v.ShowForm(f)
	}
	if a.sort == "custody" {
		f.Hidden = append(f.Hidden, [2]string{"evidence", page.Or(page.Or(v.R.URL.Query().Get("of"), v.Field("evidence")), a.item.Values["evidence"])})
	}
	for _, p := range a.shape.Parts {
		c, err := v.ask(f, a, p)
		if err != nil {
			return err
		}
		if c != nil {
			f.Fields = append(f.Fields, c)
		}
	}
	return v.ShowForm(f)
}

// was is what a field shows: what was sent, or on the first look what stands.
func (v *visit) was(a about, name string) string {
	if v.R.Method == "GET" {
		return a.item.Values[name]
	}
	return v.Field(name)
}

// ask is the control of one part.
func (v *visit) ask(f page.Form, a about, p docket.Part) (templ.Component, error) {
	fl := page.Field{ID: p.Name, Label: label(a.sort, p.Name), Error: page.ErrorAt(f.Errors, p.Name), Optional: !p.Need}
	value := v.was(a, p.Name)
	several := v.R.PostForm[p.Name]
	if v.R.Method == "GET" {
		several = strings.Fields(value)
	}
	switch p.Is {
	case "item":
		return nil, nil
	case "day":
		d := page.DateInput{Field: fl, Day: v.Field(p.Name + "-day"), Month: v.Field(p.Name + "-month"), Year: v.Field(p.Name + "-year")}
		if v.R.Method == "GET" && len(value) == len("2026-11-30") {
			d.Year, d.Month, d.Day = value[:4], value[5:7], value[8:]
		}
		return page.DateFields(v.P, d), nil
	case "country":
		return page.SelectList(v.P, page.Select{Field: fl, Choices: v.Countries(), Value: value, Empty: page.Key("web.choose")}), nil
	case "code":
		choices := v.Choices(prefix(a.sort, p.Name), p.Of...)
		if len(choices) > 7 || !p.Need {
			return page.SelectList(v.P, page.Select{Field: fl, Choices: choices, Value: value, Empty: page.Key("web.choose")}), nil
		}
		if value == "" && p.Name == "state" {
			value = p.Of[0]
		}
		return page.RadioGroup(v.P, page.Radios{Field: fl, Choices: choices, Value: value, Small: true}), nil
	case "codes":
		return page.CheckboxGroup(v.P, page.Checkboxes{Field: fl, Choices: v.Choices(prefix(a.sort, p.Name), p.Of...), Values: several}), nil
	case "tags":
		return page.CheckboxGroup(v.P, page.Checkboxes{Field: fl, Choices: v.Languages(), Values: several}), nil
	case "desk":
		choices, err := v.desks(a)
		return page.RadioGroup(v.P, page.Radios{Field: fl, Choices: choices, Value: value}), err
	case "mark":
		fl.Hint = page.Key("docket.witness.hint")
	case "time":
		fl.Hint = page.Key("docket.time.hint")
	case "digest":
		fl.Hint = page.Key("cooperation.digest.hint")
	case "line":
		fl.Hint = page.Key("docket.line.hint")
	}
	in := page.Input{Field: fl, Value: value}
	if p.Is == "mark" || p.Is == "time" {
		in.Width = 10
	}
	return page.TextInput(v.P, in), nil
}

// desks are the desks that may be let on a board: of an item that is there, the one that it is about.
func (v *visit) desks(a about) ([]page.Choice, error) {
	choice := func(at id.Address) page.Choice {
		return page.Choice{Value: at.String(), Text: page.Plain(v.P.CountryName(string(at.Member))), Hint: page.Plain(string(at.Desk))}
	}
	if !a.isNew {
		at, err := id.ParseAddress(a.item.Values["desk"])
		return []page.Choice{choice(at)}, err
	}
	all, err := v.Members.Directory(v.R.Context(), v.By.Actor)
	on := a.Board.Desks()
	var out []page.Choice
	for _, l := range all {
		if l.Desk.Body() == profile.SectorJustice && l.Address.Member != v.Site.Member && !slices.Contains(on, l.Address.String()) {
			out = append(out, choice(l.Address))
		}
	}
	return out, err
}

// sent is what a form says, by the parts of its sort.
func (v *visit) sent(a about) map[string]string {
	values := map[string]string{}
	for _, p := range a.shape.Parts {
		switch p.Is {
		case "day":
			values[p.Name] = v.Day(p.Name)
		case "codes":
			values[p.Name] = strings.Join(v.Sent(p.Name, v.Choices("", p.Of...)), " ")
		case "tags":
			values[p.Name] = strings.Join(v.Sent(p.Name, v.Languages()), " ")
		default:
			values[p.Name] = v.Field(p.Name)
		}
	}
	return values
}

func (v *visit) write() error {
	a, err := v.about()
	if err != nil {
		return err
	}
	if a.gone {
		return v.showWrite(page.Form{Status: page.StatusOf(fault.Conflict), Errors: []page.Error{{Field: a.shape.Parts[0].Name, Text: page.Key("docket.void.text")}}})
	}
	in := docket.Writing{Sort: a.sort, Values: v.sent(a)}
	if !a.isNew {
		in.Item, in.Was, in.Void = a.item.ID, a.item.Now, v.Field("do") == "void"
		if int64(len(a.item.History)) != v.Version() {
			in.Was = "" // somebody was faster
		}
	}
	if in.Void {
		in.Values = nil
	}
	if _, err := v.Dockets.Add(v.R.Context(), v.By, a.Row.ID, in); err != nil {
		var names []string
		for _, p := range a.shape.Parts {
			names = append(names, p.Name)
		}
		if _, key, _ := fault.Public(err); fault.Is(err, fault.Denied) && key != "access.denied" {
			return v.showWrite(page.Form{Status: page.StatusOf(fault.Denied), Errors: []page.Error{{Field: names[0], Text: page.Plain(v.P.Fault(err))}}})
		}
		return v.Again(err, page.FieldsOf(names...), v.showWrite)
	}
	return v.To(pathOf(a.Row.ID), "docket-kept")
}
