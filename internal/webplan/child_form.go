package webplan

import (
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/childhood"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
)

// childForm begins a form about the path of a child; words are the stem of what it says.
func (v *visit) childForm(f page.Form, path, words string) page.Form {
	base := childPath(string(v.which()))
	f.Title, f.Submit, f.Back, f.Leave = page.Key("childhood."+words), page.Key("childhood."+words+".do"), base, true
	f.Action, f.Intro = base+path, []page.Msg{page.Key("childhood." + words + ".text")}
	return f
}

// childField is a control by the name of its question; the noun calls it so, but for a dash.
func childField(f page.Form, name string) page.Field {
	return page.Field{ID: name, Label: childAsk(name), Error: page.ErrorAt(f.Errors, name)}
}

func childHinted(f page.Field) page.Field {
	f.Hint = page.Key("childhood.ask." + f.ID + ".hint")
	return f
}

// childAgain shows a form again, also when the record of a guardian forbids what was to be kept.
func (v *visit) childAgain(err error, show func(page.Form) error, guardian string, names ...string) error {
	if _, key, _ := fault.Public(err); strings.HasPrefix(key, "childhood.guardian.") && fault.Is(err, fault.Denied) && guardian != "" {
		return show(page.Form{Status: page.StatusOf(fault.Denied), Errors: []page.Error{{Field: guardian, Text: page.Plain(v.P.Fault(err))}}})
	}
	at := fields(err, names...)
	at["conflict_on"], at["read_back"] = "conflict-on", "interpreter"
	return v.Again(err, at, show)
}

func (v *visit) data() (childhood.Data, error) { return childhood.Shipped() }

func (v *visit) guardianForm() error { return v.showGuardian(page.Form{}) }

func (v *visit) showGuardian(f page.Form) error {
	d, err := v.data()
	if err != nil {
		return err
	}
	accounts, err := v.guardianAccounts()
	if err != nil {
		return err
	}
	f = v.childForm(f, "/guardians", "guardian.new")
	f.Fields = append(f.Fields,
		page.TextInput(v.P, page.Input{Field: childField(f, "name"), Value: v.Field("name")}),
		page.SelectList(v.P, page.Select{Field: childField(f, "relation"), Choices: v.Choices("childhood.relation.", d.Codes(childhood.ListRelation)...), Value: v.Field("relation"), Empty: page.Key("web.choose")}),
		page.TextInput(v.P, page.Input{Field: optional(childHinted(childField(f, "authority"))), Value: v.Field("authority")}),
		page.TextInput(v.P, page.Input{Field: optional(childField(f, "document")), Value: v.Field("document")}),
	)
	if len(accounts) > 0 {
		f.Fields = append(f.Fields, page.SelectList(v.P, page.Select{Field: optional(childHinted(childField(f, "account"))), Choices: accounts, Value: v.Field("account"), Empty: page.Key("web.none")}))
	}
	f.Fields = append(f.Fields,
		v.DayField(childField(f, "from"), v.R.Method == "GET"),
		page.TextArea(v.P, page.Textarea{Field: optional(childField(f, "note")), Value: v.Field("note"), Rows: 3}),
	)
	return v.ShowForm(f)
}

// guardianAccounts are the guardians that have an account at this desk.
func (v *visit) guardianAccounts() ([]page.Choice, error) {
	members, err := v.Desks.Members(v.R.Context(), v.By.Actor, v.By.Desk)
	if err != nil {
		return nil, err
	}
	names, err := v.Signin.Colleagues(v.R.Context(), v.By.Actor, v.By.Desk)
	var out []page.Choice
	for _, m := range members {
		if m.State == desk.Granted && m.Role == access.ChildGuardian {
			out = append(out, page.Choice{Value: string(m.User), Text: page.Plain(names[m.User])})
		}
	}
	return out, err
}

func (v *visit) guardian() error {
	_, err := v.Childhoods.Appoint(v.R.Context(), v.By, v.which(), childhood.Guardian{
		Name: v.Field("name"), Relation: v.Field("relation"), Authority: v.Field("authority"), Document: v.Field("document"),
		Account: id.User(v.Field("account")), From: v.Day("from"), Note: v.Field("note"),
	})
	if err != nil {
		return v.childAgain(err, v.showGuardian, "", "name", "relation", "authority", "document", "account", "from", "note")
	}
	return v.To(childPath(string(v.which())), "child")
}

// guardianOf is the appointment of the page.
func (v *visit) guardianOf() (casefile.Kept[childhood.Guardian], error) {
	of, err := v.Childhoods.Show(v.R.Context(), v.By, v.which())
	if err != nil {
		return casefile.Kept[childhood.Guardian]{}, err
	}
	return oneOf(of.Guardians, v.record())
}

func (v *visit) conflictForm() error { return v.showConflict(page.Form{}) }

func (v *visit) showConflict(f page.Form) error {
	k, err := v.guardianOf()
	if err != nil {
		return err
	}
	f = v.kept(v.childForm(f, "/guardians/"+string(k.Record)+"/conflict", "guardian.exclude"), k.Version)
	f.Now = stands(k, v.guardianRows(k.Value)...)
	f.Intro = append([]page.Msg{page.Key("childhood.guardian.of", "name", k.Value.Name)}, f.Intro...)
	f.Fields = append(f.Fields,
		page.TextArea(v.P, page.Textarea{Field: childField(f, "conflict"), Value: v.Field("conflict"), Rows: 4}),
		v.DayField(childField(f, "conflict-on"), v.R.Method == "GET"),
	)
	return v.ShowForm(f)
}

func (v *visit) conflict() error {
	_, err := v.Childhoods.Exclude(v.R.Context(), v.By, v.which(), v.record(), v.Version(), v.Day("conflict-on"), v.Field("conflict"))
	if err != nil {
		return v.childAgain(err, v.showConflict, "", "conflict", "conflict-on")
	}
	return v.To(childPath(string(v.which())), "child")
}

func (v *visit) guardianEndForm() error { return v.showGuardianEnd(page.Form{}) }

func (v *visit) showGuardianEnd(f page.Form) error {
	d, err := v.data()
	if err != nil {
		return err
	}
	k, err := v.guardianOf()
	if err != nil {
		return err
	}
	f = v.kept(v.childForm(f, "/guardians/"+string(k.Record)+"/end", "guardian.end"), k.Version)
	f.Now = stands(k, v.guardianRows(k.Value)...)
	f.Intro = append([]page.Msg{page.Key("childhood.guardian.of", "name", k.Value.Name)}, f.Intro...)
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: childField(f, "why"), Choices: v.Choices("childhood.guardian-end.", d.Codes(childhood.ListEnd)...), Value: v.Field("why")}),
		v.DayField(childField(f, "until"), v.R.Method == "GET"),
	)
	return v.ShowForm(f)
}

func (v *visit) guardianEnd() error {
	_, err := v.Childhoods.EndGuardian(v.R.Context(), v.By, v.which(), v.record(), v.Version(), v.Day("until"), v.Field("why"))
	if err != nil {
		return v.childAgain(err, v.showGuardianEnd, "", "why", "until")
	}
	return v.To(childPath(string(v.which())), "child")
}

func (v *visit) toldForm() error { return v.showTold(page.Form{}) }

func (v *visit) showTold(f page.Form) error {
	d, err := v.data()
	if err != nil {
		return err
	}
	f = v.childForm(f, "/told", "told.new")
	var answers []string
	for _, a := range childhood.Answers() {
		answers = append(answers, string(a))
	}
	f.Fields = append(f.Fields,
		page.SelectList(v.P, page.Select{Field: childField(f, "about"), Choices: v.Choices("childhood.about.", d.Codes(childhood.ListTold)...), Value: v.Field("about"), Empty: page.Key("web.choose")}),
		v.DayField(childField(f, "on"), v.R.Method == "GET"),
		page.SelectList(v.P, page.Select{Field: childField(f, "language"), Choices: v.Languages(), Value: v.Field("language"), Empty: page.Key("web.choose")}),
		page.TextInput(v.P, page.Input{Field: optional(childField(f, "interpreter")), Value: v.Field("interpreter")}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: optional(childField(f, "read-back")), Choices: v.Choices("web.", "yes"), Values: v.R.PostForm["read-back"]}),
		page.SelectList(v.P, page.Select{Field: childField(f, "how"), Choices: v.Choices("childhood.how.", d.Codes(childhood.ListToldHow)...), Value: v.Field("how"), Empty: page.Key("web.choose")}),
		page.TextInput(v.P, page.Input{Field: optional(childField(f, "with")), Value: v.Field("with")}),
		page.RadioGroup(v.P, page.Radios{Field: childField(f, "answer"), Choices: v.Choices("childhood.answer.", answers...), Value: v.Field("answer")}),
		page.TextArea(v.P, page.Textarea{Field: optional(childField(f, "words")), Value: v.Field("words")}),
		page.TextArea(v.P, page.Textarea{Field: optional(childField(f, "unasked")), Value: v.Field("unasked"), Rows: 3}),
	)
	return v.ShowForm(f)
}

func (v *visit) told() error {
	_, err := v.Childhoods.Tell(v.R.Context(), v.By, v.which(), childhood.Told{
		About: v.Field("about"), On: v.Day("on"), Language: v.Field("language"), Interpreter: v.Field("interpreter"), ReadBack: v.Field("read-back") != "",
		How: v.Field("how"), With: v.Field("with"), Answer: childhood.Answer(v.Field("answer")), Words: v.Field("words"), Why: v.Field("unasked"),
	})
	if err != nil {
		return v.childAgain(err, func(f page.Form) error { return v.showTold(at(f, "why", "unasked")) }, "", "about", "on", "language", "interpreter", "how", "with", "answer", "words", "why")
	}
	return v.To(childPath(string(v.which())), "child")
}

// at puts an error of the noun's field to the control that asks for it.
func at(f page.Form, noun, control string) page.Form {
	for i := range f.Errors {
		if f.Errors[i].Field == noun {
			f.Errors[i].Field = control
		}
	}
	return f
}

func (v *visit) interestForm() error { return v.showInterest(page.Form{}) }

func (v *visit) showInterest(f page.Form) error {
	d, err := v.data()
	if err != nil {
		return err
	}
	f = v.childForm(f, "/interests", "interest.new")
	weighed := v.Choices("childhood.weighed.", d.Codes(childhood.ListWeighed)...)
	name, body := page.Field{ID: "name", Label: page.Key("childhood.ask.body-name"), Error: page.ErrorAt(f.Errors, "name")}, childField(f, "signer-body")
	body.Hint = page.Key("childhood.ask.signer-hint")
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: childField(f, "weight"), Choices: v.Choices("childhood.weight.", childhood.Assessed, childhood.Determined), Value: v.Field("weight")}),
		page.SelectList(v.P, page.Select{Field: childField(f, "about"), Choices: v.Choices("childhood.about.", d.Codes(childhood.ListAbout)...), Value: v.Field("about"), Empty: page.Key("web.choose")}),
		v.DayField(childField(f, "on"), v.R.Method == "GET"),
		page.SelectList(v.P, page.Select{Field: childField(f, "body"), Choices: v.Choices("childhood.body.", d.Codes(childhood.ListBody)...), Value: v.Field("body"), Empty: page.Key("web.choose")}),
		page.TextInput(v.P, page.Input{Field: name, Value: v.Field("name")}),
		page.TextArea(v.P, page.Textarea{Field: childHinted(childField(f, "part")), Value: v.Field("part"), Rows: 4}),
		page.SelectList(v.P, page.Select{Field: childField(f, "heard"), Choices: v.Choices("childhood.heard.", d.Codes(childhood.ListHeard)...), Value: v.Field("heard"), Empty: page.Key("web.choose")}),
		page.TextArea(v.P, page.Textarea{Field: optional(childField(f, "views")), Value: v.Field("views")}),
		page.TextArea(v.P, page.Textarea{Field: optional(childField(f, "unheard")), Value: v.Field("unheard"), Rows: 3}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: childField(f, "weighed"), Choices: weighed, Values: v.R.PostForm["weighed"]}),
		page.TextArea(v.P, page.Textarea{Field: childField(f, "grounds"), Value: v.Field("grounds")}),
		page.TextArea(v.P, page.Textarea{Field: childField(f, "result"), Value: v.Field("result")}),
		page.TextInput(v.P, page.Input{Field: optional(body), Value: v.Field("signer-body")}),
		page.TextInput(v.P, page.Input{Field: optional(childField(f, "signer-guardian")), Value: v.Field("signer-guardian")}),
		page.TextInput(v.P, page.Input{Field: optional(childField(f, "signer-authority")), Value: v.Field("signer-authority")}),
		v.DayField(childField(f, "review"), false),
	)
	return v.ShowForm(f)
}

func (v *visit) interest() error {
	x := childhood.Interest{
		Weight: v.Field("weight"), About: v.Field("about"), On: v.Day("on"), Body: v.Field("body"), Name: v.Field("name"), Part: lines(v.Field("part")),
		Heard: v.Field("heard"), Views: v.Field("views"), Unheard: v.Field("unheard"), Weighed: v.R.PostForm["weighed"], Grounds: v.Field("grounds"),
		Result: v.Field("result"), Review: v.Day("review"), Language: string(v.P.Tag()),
	}
	for _, as := range []string{childhood.AsBody, childhood.AsGuardian, childhood.AsAuthority} {
		if name := v.Field("signer-" + as); name != "" {
			x.Signers = append(x.Signers, childhood.Signer{Name: name, As: as, On: x.On})
		}
	}
	if _, err := v.Childhoods.Appraise(v.R.Context(), v.By, v.which(), x); err != nil {
		show := func(f page.Form) error { return v.showInterest(at(f, "signers", "signer-body")) }
		return v.childAgain(err, show, "signer-guardian", "weight", "about", "on", "body", "name", "part", "heard", "views", "unheard", "weighed", "grounds", "result", "signers", "review")
	}
	return v.To(childPath(string(v.which())), "child")
}

// lines are what stands on the lines of a text, without empty ones.
func lines(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// turnsModel is what can be recorded about an age, each with a page of its own.
type turnsModel struct {
	title page.Msg
	intro page.Msg
	links []page.Link
}

func (v *visit) ageForm() error {
	if v.R.URL.Query().Get("turn") != "" {
		return v.showAge(page.Form{})
	}
	m := turnsModel{title: page.Key("childhood.age.new"), intro: page.Key("childhood.age.new.text")}
	base := childPath(string(v.which()))
	for _, t := range childhood.Turns() {
		m.links = append(m.links, page.Link{Path: base + "/ages?turn=" + string(t), Text: v.Word("childhood.turn.", string(t))})
	}
	return v.Show(page.Page{Title: m.title, Back: base, Leave: true, Body: turnsScreen(v.P, m)})
}

// showAge asks for what one turn needs, and for nothing of another.
func (v *visit) showAge(f page.Form) error {
	d, err := v.data()
	if err != nil {
		return err
	}
	turn := childhood.Turn(page.Or(v.Field("turn"), v.R.URL.Query().Get("turn")))
	if !slices.Contains(childhood.Turns(), turn) {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	of, err := v.Childhoods.Show(v.R.Context(), v.By, v.which())
	if err != nil {
		return err
	}
	f = v.childForm(f, "/ages", "age.new")
	f.Title, f.Back = v.Word("childhood.turn.", string(turn)), f.Back+"/ages"
	f.Hidden = append(f.Hidden, [2]string{"turn", string(turn)})
	f.Fields = append(f.Fields,
		v.DayField(childField(f, "on"), v.R.Method == "GET"),
		page.TextInput(v.P, page.Input{Field: childHinted(childField(f, "who")), Value: v.Field("who")}),
	)
	span := func(need func(page.Field) page.Field) {
		f.Fields = append(f.Fields,
			page.TextInput(v.P, page.Input{Field: need(childField(f, "youngest")), Value: v.Field("youngest"), Width: 3, Mode: "numeric"}),
			page.TextInput(v.P, page.Input{Field: need(childHinted(childField(f, "oldest"))), Value: v.Field("oldest"), Width: 3, Mode: "numeric"}),
		)
	}
	class := func() {
		f.Fields = append(f.Fields, page.RadioGroup(v.P, page.Radios{Field: childField(f, "class"), Choices: v.Choices("person.age.", string(person.Child), string(person.Adult), string(person.AgeUnknown)), Value: v.Field("class")}))
	}
	document := func() {
		f.Fields = append(f.Fields, page.TextInput(v.P, page.Input{Field: optional(childField(f, "document")), Value: v.Field("document")}))
	}
	switch turn {
	case childhood.Claimed:
		class()
		span(optional)
		document()
	case childhood.Estimated:
		f.Fields = append(f.Fields,
			page.SelectList(v.P, page.Select{Field: childField(f, "method"), Choices: v.Choices("childhood.method.", d.MethodCodes()...), Value: v.Field("method"), Empty: page.Key("web.choose")}),
			page.CheckboxGroup(v.P, page.Checkboxes{Field: optional(childHinted(childField(f, "agrees"))), Choices: v.Choices("web.", "yes"), Values: v.R.PostForm["agrees"]}),
			page.TextInput(v.P, page.Input{Field: optional(childField(f, "guardian")), Value: v.Field("guardian")}),
		)
		span(func(x page.Field) page.Field { return x })
		document()
	case childhood.Decided:
		class()
		span(optional)
		var rests []page.Choice
		for _, k := range of.Ages {
			if x := k.Value; x.Turn == childhood.Estimated {
				rests = append(rests, page.Choice{Value: string(k.Record), Text: page.Key("childhood.age.of", "method", v.Word("childhood.method.", x.Method).In(v.P), "years", v.years(x).In(v.P))})
			}
		}
		f.Fields = append(f.Fields, page.SelectList(v.P, page.Select{Field: childField(f, "body"), Choices: v.Choices("childhood.body.", d.Codes(childhood.ListBody)...), Value: v.Field("body"), Empty: page.Key("web.choose")}))
		if len(rests) > 0 {
			f.Fields = append(f.Fields, page.CheckboxGroup(v.P, page.Checkboxes{Field: optional(childHinted(childField(f, "rests"))), Choices: rests, Values: v.R.PostForm["rests"]}))
		}
		document()
	}
	why := page.Field{ID: "why", Label: page.Key("childhood.ask.grounds-age"), Error: page.ErrorAt(f.Errors, "why")}
	if !slices.Contains([]childhood.Turn{childhood.Disputed, childhood.Decided, childhood.Appealed}, turn) {
		why.Optional = true
	}
	f.Fields = append(f.Fields, page.TextArea(v.P, page.Textarea{Field: why, Value: v.Field("why")}))
	return v.ShowForm(f)
}

func (v *visit) age() error {
	_, err := v.Childhoods.Speak(v.R.Context(), v.By, v.which(), childhood.Age{
		Turn: childhood.Turn(v.Field("turn")), On: v.Day("on"), Who: v.Field("who"), Class: person.AgeClass(v.Field("class")), Youngest: number(v.Field("youngest")),
		Oldest: number(v.Field("oldest")), Method: v.Field("method"), Agrees: v.Field("agrees") != "", Guardian: v.Field("guardian"), Body: v.Field("body"),
		Rests: records(v.R.PostForm["rests"]), Document: v.Field("document"), Why: v.Field("why"),
	})
	if err != nil {
		names := []string{"on", "who", "class", "youngest", "oldest", "method", "agrees", "guardian", "body", "rests", "document", "why"}
		show := v.showAge
		if len(v.R.PostForm["rests"]) == 0 { // there may be nothing to tick
			show = func(f page.Form) error { return v.showAge(at(f, "rests", "class")) }
		}
		return v.childAgain(err, show, "guardian", names...)
	}
	return v.To(childPath(string(v.which())), "child")
}

func (v *visit) noticeForm() error { return v.showNotice(page.Form{}) }

func (v *visit) showNotice(f page.Form) error {
	d, err := v.data()
	if err != nil {
		return err
	}
	f = v.childForm(f, "/notices", "notice.new")
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: childField(f, "body"), Choices: v.Choices("childhood.notice.body.", append(v.Childhoods.Bodies().Codes, childhood.OtherBody)...), Value: v.Field("body")}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "name", Label: childAsk("told"), Error: page.ErrorAt(f.Errors, "name")}, Value: v.Field("name")}),
		page.SelectList(v.P, page.Select{Field: childField(f, "how"), Choices: v.Choices("childhood.how.", d.Codes(childhood.ListNoticeHow)...), Value: v.Field("how"), Empty: page.Key("web.choose")}),
		page.TextInput(v.P, page.Input{Field: optional(childField(f, "reference")), Value: v.Field("reference")}),
	)
	return v.ShowForm(f)
}

// notice records that a body was told, now.
func (v *visit) notice() error {
	_, err := v.Childhoods.Notify(v.R.Context(), v.By, v.which(), childhood.Notice{
		Body: v.Field("body"), Name: v.Field("name"), How: v.Field("how"), Reference: v.Field("reference"),
	})
	if err != nil {
		return v.childAgain(err, v.showNotice, "", "body", "name", "how", "reference")
	}
	return v.To(childPath(string(v.which())), "child")
}

func (v *visit) reviewForm() error {
	return v.ShowForm(v.childForm(page.Form{}, "/review", "review"))
}

func (v *visit) review() error {
	if err := v.Childhoods.Review(v.R.Context(), v.By, v.which()); err != nil {
		return err
	}
	return v.To(childPath(string(v.which())), "child")
}
