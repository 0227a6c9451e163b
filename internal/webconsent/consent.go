package webconsent

import (
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
)

func (v *visit) consentForm() error { return v.showConsent(page.Form{}) }

// showConsent asks what, for whom, why and until when. What follows if she agrees and if she does not stands above
// the first question, and beside each category of data who would receive it.
func (v *visit) showConsent(f page.Form) error {
	c := v.R.PathValue("case")
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("consent.give"), "/cases/"+c, "/cases/"+c+"/consent", page.Key("consent.give.do"), true
	f.Intro = []page.Msg{page.Key("consent.if-yes"), page.Key("consent.if-no")}
	f.Warning = page.Key("consent.free-choice")
	data, err := consent.Shipped()
	if err != nil {
		return err
	}
	desks, err := v.Addresses(v.Members)
	if err != nil {
		return err
	}
	hers, err := v.hers(id.Case(c))
	if err != nil {
		return err
	}
	pick := v.ReadSelect("read", page.Key("wording.read-in"))
	pick.Value, pick.Hint, pick.Empty = page.Or(v.R.FormValue("read"), hers), page.Key("consent.read-in.hint"), page.Key("web.choose")
	f.Above = append(f.Above, page.ReadIn(v.P, "/cases/"+c+"/consent", pick), page.ReadIn(v.P, "/sheets/F4", v.ReadSelect("sheet", page.Key("wording.sheet"))))
	if slices.Contains(v.Site.Texts.Reads(), lang.Tag(pick.Value)) { // never in the language of who reads, because nobody chose
		reading, err := v.consentReading(v.Site.Texts.Reader(lang.Tag(pick.Value)))
		if err != nil {
			return err
		}
		f.Hidden = append(f.Hidden, [2]string{"read", reading.Tag})
		f.Above = append(f.Above, readAloud(v.P, reading))
	}
	spoken := page.Or(v.Field("language"), pick.Value)
	days := page.Or(v.Field("days"), strconv.FormatInt(data.ValidityDays, 10))
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "given-by", Label: page.Key("consent.given-by"), Hint: page.Key("consent.given-by.hint"), Error: page.ErrorAt(f.Errors, "given-by")}, Choices: v.Choices("consent.by.", "herself", "guardian", "authority"), Value: page.Or(v.Field("given-by"), "herself")}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "recipients", Label: page.Key("consent.recipients.ask"), Error: page.ErrorAt(f.Errors, "recipients")}, Choices: desks, Values: v.R.PostForm["recipients"]}),
		page.SubmitAs(v.P, page.Key("consent.show-who"), "do", "who"),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "purposes", Label: page.Key("consent.purposes.ask"), Error: page.ErrorAt(f.Errors, "purposes")}, Choices: v.purposes(), Values: v.R.PostForm["purposes"]}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "categories", Label: page.Key("consent.categories.ask"), Hint: page.Key("consent.categories.hint"), Error: page.ErrorAt(f.Errors, "categories")}, Choices: v.categories(), Values: v.R.PostForm["categories"]}),
	)
	f.Fields = append(f.Fields, v.withheldFields(f)...)
	f.Fields = append(f.Fields,
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "days", Label: page.Key("consent.days"), Error: page.ErrorAt(f.Errors, "days")}, Value: days, Mode: "numeric", Width: 3}),
		page.SelectList(v.P, page.Select{Field: page.Field{ID: "language", Label: page.Key("consent.spoken"), Error: page.ErrorAt(f.Errors, "language")}, Choices: v.Languages(), Value: spoken, Empty: page.Key("web.choose")}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "interpreter", Label: page.Key("consent.interpreter"), Hint: page.Key("consent.interpreter.hint"), Optional: true, Error: page.ErrorAt(f.Errors, "interpreter")}, Value: v.Field("interpreter")}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "explained", Label: page.Key("consent.explained"), Error: page.ErrorAt(f.Errors, "explained")}, Choices: v.Choices("consent.explained.", explained()...), Values: v.R.PostForm["explained"]}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "said", Label: page.Key("consent.confirm"), Hint: page.Key("consent.confirm.hint"), Error: page.ErrorAt(f.Errors, "said")}, Choices: v.Choices("consent.said.", "capable", "read-back"), Values: v.R.PostForm["said"]}),
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "how", Label: page.Key("consent.how"), Error: page.ErrorAt(f.Errors, "how")}, Choices: v.Choices("consent.how.", "written", "oral"), Value: page.Or(v.Field("how"), "written")}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "witness", Label: page.Key("consent.witness"), Optional: true, Error: page.ErrorAt(f.Errors, "witness")}, Value: v.Field("witness")}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "safe-way", Label: page.Key("consent.safe-way"), Error: page.ErrorAt(f.Errors, "safe-way")}, Value: v.Field("safe-way")}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "guardian", Label: page.Key("consent.guardian"), Hint: page.Key("consent.guardian.hint"), Optional: true, Error: page.ErrorAt(f.Errors, "guardian")}, Value: v.Field("guardian")}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "relation", Label: page.Key("consent.relation"), Optional: true}, Value: v.Field("relation")}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "authority", Label: page.Key("consent.authority"), Optional: true}, Value: v.Field("authority")}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "document", Label: page.Key("form.f4.document"), Optional: true}, Value: v.Field("document")}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "assent", Label: page.Key("consent.assent")}, Choices: v.Choices("web.", "yes"), Values: v.R.PostForm["assent"]}),
		page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "best-interests", Label: page.Key("consent.best-interests"), Optional: true}, Value: v.Field("best-interests")}),
	)
	return v.ShowForm(f)
}

// withheldFields ask what she does not want to be shared, and why, if she says it.
func (v *visit) withheldFields(f page.Form) []templ.Component {
	var all []page.Choice
	for _, k := range consent.Categories() {
		all = append(all, page.Choice{Value: string(k.Code), Text: v.Word("", k.Label)})
	}
	return []templ.Component{
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "withheld", Label: page.Key("form.f4.withheld"), Hint: page.Key("consent.withheld.hint"), Optional: true, Error: page.ErrorAt(f.Errors, "withheld")}, Choices: all, Values: v.R.PostForm["withheld"]}),
		page.SelectList(v.P, page.Select{Field: page.Field{ID: "withheld-why", Label: page.Key("form.f4.withheld-why"), Optional: true}, Choices: v.Choices("form.option.withheld.", consent.WithheldReasons()...), Value: page.Or(v.Field("withheld-why"), consent.NotSaid)}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "withheld-note", Label: page.Key("form.f4.withheld-note"), Optional: true}, Value: v.Field("withheld-note")}),
	}
}

// withheld is what she does not want to be shared, as it was sent.
func (v *visit) withheld() []consent.Withheld {
	all := []consent.Withheld{}
	for _, k := range consent.Categories() {
		if v.ticked("withheld", string(k.Code)) {
			all = append(all, consent.Withheld{Category: k.Code, Reason: page.Or(v.Field("withheld-why"), consent.NotSaid), Note: v.Field("withheld-note")})
		}
	}
	return all
}

// hers is the language in which she is read something, as the case has it; empty where nobody has said, or the reader sees nobody's.
func (v *visit) hers(c id.Case) (string, error) {
	if !page.May(v.By.Actor, access.ReadPerson) {
		return "", nil
	}
	kept, err := v.Persons.Show(v.R.Context(), v.By, c)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return "", nil
		}
		return "", err
	}
	all, ok := kept.Person.Languages.Is()
	if !ok {
		return "", nil
	}
	return all[0].Tag, nil
}

func explained() []string {
	return []string{"purpose", "recipients", "risks", "adequacy", "withdrawal", "retention", "access"}
}

func (v *visit) purposes() []page.Choice {
	var codes []string
	for _, p := range consent.Purposes() {
		codes = append(codes, string(p))
	}
	return v.Choices("consent.purpose.", codes...)
}

// categories are what she agrees to share one by one, each with who would receive it.
func (v *visit) categories() []page.Choice {
	who := v.R.PostForm["recipients"]
	var all []page.Choice
	for _, k := range consent.Categories() {
		hint := page.Key("consent.receives.chosen")
		if len(who) > 0 {
			hint = page.Key("consent.receives", "who", v.P.And(who...))
		}
		all = append(all, page.Choice{Value: string(k.Code), Text: v.Word("", k.Label), Hint: page.Plain(v.Word("consent.sensitivity.", string(k.Sensitivity)).In(v.P) + ". " + hint.In(v.P))})
	}
	return all
}

func (v *visit) ticked(name, value string) bool {
	for _, x := range v.R.PostForm[name] {
		if x == value {
			return true
		}
	}
	return false
}

func (v *visit) consentSent() (consent.Record, error) {
	e := func(s string) bool { return v.ticked("explained", s) }
	r := consent.Record{
		GivenBy: v.Field("given-by"), Assent: v.Field("assent") != "", BestInterests: v.Field("best-interests"), Capable: v.ticked("said", "capable"),
		Withheld: v.withheld(), Language: v.Field("language"), Interpreter: v.Field("interpreter"),
		ReadBack: v.ticked("said", "read-back"), How: v.Field("how"), Witness: v.Field("witness"), SafeWay: v.Field("safe-way"),
		Guardian: consent.Guardian{Name: v.Field("guardian"), Relation: v.Field("relation"), Authority: v.Field("authority"), Document: v.Field("document")},
		Explained: consent.Explained{
			Purpose: e("purpose"), Recipients: e("recipients"), Risks: e("risks"), Adequacy: e("adequacy"),
			Withdrawal: e("withdrawal"), Retention: e("retention"), Access: e("access"),
		},
	}
	for _, p := range v.Sent("purposes", v.purposes()) {
		r.Purposes = append(r.Purposes, consent.Purpose(p))
	}
	for _, k := range v.Sent("categories", v.categories()) {
		r.Categories = append(r.Categories, consent.Code(k))
	}
	for _, a := range v.R.PostForm["recipients"] {
		to, err := id.ParseAddress(a)
		if err != nil {
			return r, err
		}
		r.Recipients = append(r.Recipients, to)
	}
	days, err := strconv.Atoi(v.Field("days"))
	if err != nil || days < 1 || days > 3650 {
		return r, fault.New(fault.Invalid, "consent.field").With("field", "valid_to")
	}
	// From when it holds is said by who records it: by the clock of the page it would begin before it was obtained.
	r.ValidTo = frame.At(v.Site.Now().Add(time.Duration(days) * 24 * time.Hour))
	return r, nil
}

func (v *visit) giveConsent() error {
	if v.Field("do") == "who" { // the same form, with those who would receive it beside each category
		return v.showConsent(page.Form{})
	}
	c := id.Case(v.R.PathValue("case"))
	r, err := v.consentSent()
	if err == nil {
		if kept, shown := v.Persons.Show(v.R.Context(), v.By, c); shown == nil {
			r.Person = kept.ID
		} else if !fault.Is(shown, fault.NotFound) {
			return shown
		}
		r.AgeClass = person.AgeUnknown // the case decides
		_, err = v.Consents.Give(v.R.Context(), v.By, consent.Giving{Case: c, Record: r})
	}
	if err != nil {
		fields := map[string]string{"": "given-by", "valid_to": "days", "safe_way": "safe-way", "given_by": "given-by"}
		for _, f := range []string{"purposes", "recipients", "categories", "withheld", "language", "how", "witness", "guardian"} {
			fields[f] = f
		}
		switch _, key, _ := fault.Public(err); key {
		case "consent.explain":
			fields[""] = "explained"
		case "consent.free":
			fields[""] = "said"
		case "consent.oral":
			fields[""] = "witness"
		case "consent.unreviewed":
			fields[""] = "interpreter"
		case "consent.child":
			fields[""] = "guardian"
		}
		return v.Again(err, fields, v.showConsent)
	}
	return v.To("/cases/"+string(c), "consent")
}
