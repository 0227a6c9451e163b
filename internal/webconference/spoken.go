package webconference

import (
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/page"
)

const askSpoken = "case.ask."

// spokenModel is how she is spoken to.
type spokenModel struct {
	path     string
	title    page.Msg
	may      bool
	warnings []page.Msg // of the text that was put to her last
	needs    []page.Row
	texts    []page.Entry
}

func (v *visit) spoken() error {
	f, err := v.Cases.Show(v.R.Context(), v.By, v.of())
	if err != nil {
		return err
	}
	m := spokenModel{path: casePath(f.ID), title: page.Key("case.spoken.title", "reference", string(f.Reference))}
	m.may = f.State == casefile.Open && v.By.Desk == f.Desk && page.May(v.By.Actor, access.MediateCase)
	if f.Needs.Version != 0 {
		m.needs = v.needRows(f.Needs.Value)
	}
	texts, err := v.textsOf()
	if err != nil {
		return err
	}
	for i, k := range slices.Backward(f.Mediations) {
		x := k.Value
		concerns := x.Concerns(f.Needs.Value)
		if i == len(f.Mediations)-1 {
			for _, c := range concerns {
				m.warnings = append(m.warnings, page.Key("case.mediate.concern."+string(c)))
			}
		}
		e := page.Entry{When: v.Word("case.mediate.text.", x.Text), Text: x.Note, Rows: []page.Row{
			{Key: page.Key(askSpoken + "of"), Value: named(texts, x.Of)},
			{Key: page.Key(askSpoken + "on"), Value: v.DayText(x.On)},
			{Key: page.Key(askSpoken + "language"), Value: page.Plain(v.P.LanguageName(x.Language))},
			{Key: page.Key(askSpoken + "mediator"), Value: v.Word("case.mediate.by.", x.Mediator)},
		}}
		if x.Name+x.Organisation != "" {
			e.Rows = append(e.Rows, page.Row{Key: page.Key(askSpoken + "name"), Value: page.Plain(strings.TrimSpace(x.Name + " " + x.Organisation))}, page.Row{Key: page.Key(askSpoken + "agreed"), Value: v.Word("case.mediate.agreed.", x.Agreed)})
		}
		e.Rows = append(e.Rows, page.Row{Key: page.Key(askSpoken + "understood"), Value: v.Word("case.mediate.understood.", x.Understood)}, page.Row{Key: page.Key(askSpoken + "read-back"), Value: yes(x.ReadBack)})
		if x.Why != "" {
			e.Rows = append(e.Rows, page.Row{Key: page.Key(askSpoken + "why"), Value: page.Plain(x.Why)})
		}
		m.texts = append(m.texts, e)
	}
	return v.Show(page.Page{Title: m.title, Back: m.path, Leave: true, Body: spokenScreen(v.P, m)})
}

// named says which text a mediation is about.
func named(texts []page.Choice, of string) page.Msg {
	for _, t := range texts {
		if t.Value == of {
			return t.Text
		}
	}
	if of == "" {
		return page.Key("case.mediate.of.none")
	}
	return page.Key("case.mediate.of.other")
}

// needRows is what she needs in order to be understood.
func (v *visit) needRows(x casefile.Interpreting) []page.Row {
	rows := []page.Row{
		{Key: page.Key(askSpoken + "languages"), Value: v.Named(x.Languages)},
		{Key: page.Key(askSpoken + "needed"), Value: v.Word("case.asked.", x.Needed)},
		{Key: page.Key(askSpoken + "sex"), Value: v.Word("case.interpreter-sex.", x.Sex)},
		{Key: page.Key(askSpoken + "remote"), Value: v.Word("case.asked.", x.Remote)},
	}
	if x.NotFrom != "" {
		rows = append(rows, page.Row{Key: page.Key(askSpoken + "not-from"), Value: page.Plain(x.NotFrom)})
	}
	for _, u := range x.Unsafe {
		rows = append(rows, page.Row{Key: page.Key(askSpoken + "unsafe"), Value: page.Plain(u.Name), Lines: []page.Msg{page.Plain(u.Why)}})
	}
	if x.Aid != "" {
		rows = append(rows, page.Row{Key: page.Key(askSpoken + "aid"), Value: page.Plain(x.Aid)})
	}
	return rows
}

func (v *visit) needsForm() error { return v.showNeeds(page.Form{}) }

// showNeeds asks what she needs in order to be understood. Who must not interpret stands on a line each: the name, and after a comma why.
func (v *visit) showNeeds(f page.Form) error {
	is, err := v.Cases.Spoken(v.R.Context(), v.By, v.of())
	if err != nil {
		return err
	}
	x := is.Value
	f = v.Versioned(v.aboutNeeds(f), is.Version, v.needStakes(x))
	languages := x.Languages
	if v.R.Method != "GET" {
		languages = v.R.PostForm["languages"]
	}
	asked := func(name, stands string) page.Select {
		return page.Select{Field: field(f, askSpoken, name), Choices: v.Choices("case.asked.", v.Lists.Codes(casefile.ListAsked)...), Value: v.was(name, page.Or(stands, "not-asked")), Empty: page.Key("web.choose")}
	}
	f.Fields = append(f.Fields,
		page.CheckboxGroup(v.P, page.Checkboxes{Field: optional(field(f, askSpoken, "languages")), Choices: v.Languages(), Values: languages}),
		page.SelectList(v.P, asked("needed", x.Needed)),
		page.SelectList(v.P, page.Select{Field: field(f, askSpoken, "sex"), Choices: v.Choices("case.interpreter-sex.", v.Lists.Codes(casefile.ListInterpreterSex)...), Value: v.was("sex", page.Or(x.Sex, "not-asked")), Empty: page.Key("web.choose")}),
		page.SelectList(v.P, asked("remote", x.Remote)),
		page.TextArea(v.P, page.Textarea{Field: optional(hinted(field(f, askSpoken, "not-from"), askSpoken)), Value: v.was("not-from", x.NotFrom), Rows: 2}),
		page.TextArea(v.P, page.Textarea{Field: optional(hinted(field(f, askSpoken, "unsafe"), askSpoken)), Value: v.was("unsafe", unsafeLines(x)), Rows: 3}),
		page.TextInput(v.P, page.Input{Field: optional(hinted(field(f, askSpoken, "aid"), askSpoken)), Value: v.was("aid", x.Aid)}),
	)
	return v.ShowForm(f)
}

func (v *visit) aboutNeeds(f page.Form) page.Form {
	f.Title, f.Submit, f.Back, f.Leave = page.Key("case.interpreting"), page.Key("case.interpreting.do"), casePath(v.of())+"/spoken", true
	f.Action, f.Intro = casePath(v.of())+"/interpreting", []page.Msg{page.Key("case.interpreting.text")}
	return f
}

func unsafeLines(x casefile.Interpreting) string {
	var lines []string
	for _, u := range x.Unsafe {
		lines = append(lines, u.Name+", "+u.Why)
	}
	return strings.Join(lines, "\n")
}

// needStakes are the answers of the form of what she needs, as they stand.
func (v *visit) needStakes(x casefile.Interpreting) []page.Stake {
	is := url.Values{
		"languages": x.Languages, "needed": {page.Or(x.Needed, "not-asked")}, "sex": {page.Or(x.Sex, "not-asked")}, "remote": {page.Or(x.Remote, "not-asked")},
		"not-from": {x.NotFrom}, "unsafe": {unsafeLines(x)}, "aid": {x.Aid},
	}
	say := map[string]func(url.Values) page.Msg{
		"languages": func(in url.Values) page.Msg { return v.Named(in["languages"]) },
		"needed":    v.Typed("case.asked.", "needed"), "sex": v.Typed("case.interpreter-sex.", "sex"), "remote": v.Typed("case.asked.", "remote"),
	}
	var all []page.Stake
	for _, name := range []string{"languages", "needed", "sex", "remote", "not-from", "unsafe", "aid"} {
		s := page.Stake{Label: page.Key(askSpoken + name), Names: []string{name}, Stands: is, Say: say[name]}
		if s.Say == nil {
			s.Say = v.Typed("", name)
		}
		all = append(all, s)
	}
	return all
}

func (v *visit) needs() error {
	is, err := v.Cases.Spoken(v.R.Context(), v.By, v.of())
	if err != nil {
		return err
	}
	if open := v.Settle(); len(open) > 0 || v.Version() != is.Version {
		return v.Both(v.aboutNeeds(page.Form{}), is.Version, v.needStakes(is.Value), open)
	}
	x := casefile.Interpreting{
		Languages: v.R.PostForm["languages"], Needed: v.Field("needed"), Sex: v.Field("sex"), Remote: v.Field("remote"), NotFrom: v.Field("not-from"), Aid: v.Field("aid"),
	}
	for line := range strings.Lines(v.Field("unsafe")) {
		if name, why, _ := strings.Cut(line, ","); strings.TrimSpace(line) != "" {
			x.Unsafe = append(x.Unsafe, casefile.Unsafe{Name: strings.TrimSpace(name), Why: strings.TrimSpace(why)})
		}
	}
	if _, err := v.Cases.Interpret(v.R.Context(), v.By, v.of(), v.Version(), x); err != nil {
		if fault.Is(err, fault.Stale) { // between reading it and keeping it
			if is, err = v.Cases.Spoken(v.R.Context(), v.By, v.of()); err != nil {
				return err
			}
			return v.Both(v.aboutNeeds(page.Form{}), is.Version, v.needStakes(is.Value), nil)
		}
		names := fields(err, "languages", "needed", "sex", "remote", "unsafe", "aid")
		names["not_from"] = "not-from"
		return v.again(err, names, v.showNeeds)
	}
	return v.To(casePath(v.of())+"/spoken", "spoken")
}

func (v *visit) mediateForm() error { return v.showMediate(page.Form{}) }

// showMediate asks how a text was put to her.
func (v *visit) showMediate(f page.Form) error {
	f.Title, f.Submit, f.Back, f.Leave = page.Key("case.mediate"), page.Key("case.mediate.do"), casePath(v.of())+"/spoken", true
	f.Action, f.Intro = casePath(v.of())+"/mediation", []page.Msg{page.Key("case.mediate.intro")}
	choose := func(name, words, list string) templ.Component {
		return page.SelectList(v.P, page.Select{Field: field(f, askSpoken, name), Choices: v.Choices(words, v.Lists.Codes(list)...), Value: v.Field(name), Empty: page.Key("web.choose")})
	}
	of, err := v.textsOf()
	if err != nil {
		return err
	}
	f.Fields = append(f.Fields,
		choose("text", "case.mediate.text.", casefile.ListText),
		page.SelectList(v.P, page.Select{Field: optional(hinted(field(f, askSpoken, "of"), askSpoken)), Choices: of, Value: v.Field("of"), Empty: page.Key("case.mediate.of.none")}),
		v.DayField(field(f, askSpoken, "on"), v.R.Method == "GET"),
		page.SelectList(v.P, page.Select{Field: field(f, askSpoken, "language"), Choices: v.Languages(), Value: v.Field("language"), Empty: page.Key("web.choose")}),
		choose("mediator", "case.mediate.by.", casefile.ListMediator),
		page.TextInput(v.P, page.Input{Field: optional(hinted(field(f, askSpoken, "name"), askSpoken)), Value: v.Field("name")}),
		page.TextInput(v.P, page.Input{Field: optional(field(f, askSpoken, "organisation")), Value: v.Field("organisation")}),
		choose("agreed", "case.mediate.agreed.", casefile.ListAgreed),
		choose("understood", "case.mediate.understood.", casefile.ListUnderstood),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: optional(field(f, askSpoken, "read-back")), Choices: v.Choices("web.", "yes"), Values: v.R.PostForm["read-back"]}),
		page.TextArea(v.P, page.Textarea{Field: optional(hinted(field(f, askSpoken, "why"), askSpoken)), Value: v.Field("why"), Rows: 3}),
		page.TextArea(v.P, page.Textarea{Field: optional(field(f, askSpoken, "note")), Value: v.Field("note"), Rows: 3}),
	)
	return v.ShowForm(f)
}

// textsOf are the texts of the case that can have been put to her, newest first: her consents, what was decided, and what she was told.
func (v *visit) textsOf() ([]page.Choice, error) {
	var out []page.Choice
	given, err := v.Consents.List(v.R.Context(), v.By.Actor, v.of())
	if err != nil {
		return nil, err
	}
	add := func(of, kind string, at frame.Time) {
		out = append(out, page.Choice{Value: of, Text: page.Key("case.mediate.of", "text", v.Word("case.mediate.text.", kind).In(v.P), "at", v.When(at).In(v.P))})
	}
	for _, c := range slices.Backward(given) {
		add(string(c.ID), "consent", c.Given)
	}
	f, err := v.Cases.Show(v.R.Context(), v.By, v.of())
	if err != nil {
		return nil, err
	}
	for _, d := range slices.Backward(f.Decisions) {
		add(string(d.Record), "decision", d.At)
	}
	for _, d := range slices.Backward(f.Reflections) {
		add(string(d.Record), "reflection", d.At)
	}
	return out, nil
}

func (v *visit) mediate() error {
	x := casefile.Mediation{
		Text: v.Field("text"), Of: v.Field("of"), On: v.Day("on"), Language: v.Field("language"), Mediator: v.Field("mediator"), Name: v.Field("name"),
		Organisation: v.Field("organisation"), Agreed: v.Field("agreed"), Why: v.Field("why"), ReadBack: v.Field("read-back") != "",
		Understood: v.Field("understood"), Note: v.Field("note"),
	}
	if _, _, err := v.Cases.Mediate(v.R.Context(), v.By, v.of(), x); err != nil {
		return v.again(err, fields(err, "text", "of", "on", "language", "mediator", "name", "organisation", "agreed", "understood", "why", "note"), v.showMediate)
	}
	return v.To(casePath(v.of())+"/spoken", "spoken")
}
