package web

import (
	"strconv"
	"time"

	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

func (v *Visit) consentForm() error { return v.showConsent(form{}) }

// showConsent asks what, for whom, why and until when. What follows if she agrees and if she does not stands above
// the first question, and beside each category of data who would receive it.
func (v *Visit) showConsent(f form) error {
	c := v.r.PathValue("case")
	f.title, f.back, f.action, f.submit, f.leave = Key("consent.give"), "/cases/"+c, "/cases/"+c+"/consent", Key("consent.give.do"), true
	f.intro = []Msg{Key("consent.if-yes"), Key("consent.if-no")}
	f.warning = Key("consent.free-choice")
	data, err := consent.Shipped()
	if err != nil {
		return err
	}
	desks, err := v.addresses()
	if err != nil {
		return err
	}
	days := orElse(v.field("days"), strconv.FormatInt(data.ValidityDays, 10))
	f.fields = append(f.fields,
		RadioGroup(v.p, Radios{Field: Field{ID: "given-by", Label: Key("consent.given-by"), Hint: Key("consent.given-by.hint"), Error: at(f.errors, "given-by")}, Choices: v.choices("consent.by.", "herself", "guardian", "authority"), Value: orElse(v.field("given-by"), "herself")}),
		CheckboxGroup(v.p, Checkboxes{Field: Field{ID: "recipients", Label: Key("consent.recipients.ask"), Error: at(f.errors, "recipients")}, Choices: desks, Values: v.r.PostForm["recipients"]}),
		CheckboxGroup(v.p, Checkboxes{Field: Field{ID: "purposes", Label: Key("consent.purposes.ask"), Error: at(f.errors, "purposes")}, Choices: v.purposes(), Values: v.r.PostForm["purposes"]}),
		CheckboxGroup(v.p, Checkboxes{Field: Field{ID: "categories", Label: Key("consent.categories.ask"), Hint: Key("consent.categories.hint"), Error: at(f.errors, "categories")}, Choices: v.categories(), Values: v.r.PostForm["categories"]}),
		TextInput(v.p, Input{Field: Field{ID: "days", Label: Key("consent.days"), Error: at(f.errors, "days")}, Value: days, Mode: "numeric", Width: 3}),
		SelectList(v.p, Select{Field: Field{ID: "language", Label: Key("consent.spoken"), Error: at(f.errors, "language")}, Choices: v.languages(), Value: v.field("language"), Empty: Key("web.choose")}),
		TextInput(v.p, Input{Field: Field{ID: "interpreter", Label: Key("consent.interpreter"), Optional: true}, Value: v.field("interpreter")}),
		CheckboxGroup(v.p, Checkboxes{Field: Field{ID: "explained", Label: Key("consent.explained"), Error: at(f.errors, "explained")}, Choices: v.choices("consent.explained.", explained()...), Values: v.r.PostForm["explained"]}),
		RadioGroup(v.p, Radios{Field: Field{ID: "how", Label: Key("consent.how"), Error: at(f.errors, "how")}, Choices: v.choices("consent.how.", "written", "oral"), Value: orElse(v.field("how"), "written")}),
		TextInput(v.p, Input{Field: Field{ID: "witness", Label: Key("consent.witness"), Optional: true, Error: at(f.errors, "witness")}, Value: v.field("witness")}),
		TextInput(v.p, Input{Field: Field{ID: "safe-way", Label: Key("consent.safe-way"), Error: at(f.errors, "safe-way")}, Value: v.field("safe-way")}),
		CheckboxGroup(v.p, Checkboxes{Field: Field{ID: "said", Label: Key("consent.confirm"), Error: at(f.errors, "said")}, Choices: v.choices("consent.said.", "capable", "read-back"), Values: v.r.PostForm["said"]}),
		TextInput(v.p, Input{Field: Field{ID: "guardian", Label: Key("consent.guardian"), Hint: Key("consent.guardian.hint"), Optional: true, Error: at(f.errors, "guardian")}, Value: v.field("guardian")}),
		TextInput(v.p, Input{Field: Field{ID: "relation", Label: Key("consent.relation"), Optional: true}, Value: v.field("relation")}),
		TextInput(v.p, Input{Field: Field{ID: "authority", Label: Key("consent.authority"), Optional: true}, Value: v.field("authority")}),
		CheckboxGroup(v.p, Checkboxes{Field: Field{ID: "assent", Label: Key("consent.assent")}, Choices: v.choices("web.", "yes"), Values: v.r.PostForm["assent"]}),
		TextArea(v.p, Textarea{Field: Field{ID: "best-interests", Label: Key("consent.best-interests"), Optional: true}, Value: v.field("best-interests")}),
	)
	return v.showForm(f)
}

func explained() []string {
	return []string{"purpose", "recipients", "risks", "adequacy", "withdrawal", "retention", "access"}
}

func (v *Visit) purposes() []Choice {
	var codes []string
	for _, p := range consent.Purposes() {
		codes = append(codes, string(p))
	}
	return v.choices("consent.purpose.", codes...)
}

// categories are what she agrees to share one by one, each with who would receive it.
func (v *Visit) categories() []Choice {
	who := v.r.PostForm["recipients"]
	var all []Choice
	for _, k := range consent.Categories() {
		hint := Key("consent.receives.chosen")
		if len(who) > 0 {
			hint = Key("consent.receives", "who", v.p.And(who...))
		}
		all = append(all, Choice{Value: string(k.Code), Text: v.word("", k.Label), Hint: Plain(v.word("consent.sensitivity.", string(k.Sensitivity)).In(v.p) + ". " + hint.In(v.p))})
	}
	return all
}

func (v *Visit) ticked(name, value string) bool {
	for _, x := range v.r.PostForm[name] {
		if x == value {
			return true
		}
	}
	return false
}

func (v *Visit) consentSent() (consent.Record, error) {
	e := func(s string) bool { return v.ticked("explained", s) }
	r := consent.Record{
		GivenBy: v.field("given-by"), Assent: v.field("assent") != "", BestInterests: v.field("best-interests"), Capable: v.ticked("said", "capable"),
		Withheld: []consent.Withheld{}, Language: v.field("language"), TextVersion: 1, Interpreter: v.field("interpreter"),
		ReadBack: v.ticked("said", "read-back"), How: v.field("how"), Witness: v.field("witness"), SafeWay: v.field("safe-way"),
		Guardian: consent.Guardian{Name: v.field("guardian"), Relation: v.field("relation"), Authority: v.field("authority")},
		Explained: consent.Explained{
			Purpose: e("purpose"), Recipients: e("recipients"), Risks: e("risks"), Adequacy: e("adequacy"),
			Withdrawal: e("withdrawal"), Retention: e("retention"), Access: e("access"),
		},
	}
	for _, p := range v.sent("purposes", v.purposes()) {
		r.Purposes = append(r.Purposes, consent.Purpose(p))
	}
	for _, k := range v.sent("categories", v.categories()) {
		r.Categories = append(r.Categories, consent.Code(k))
	}
	for _, a := range v.r.PostForm["recipients"] {
		to, err := id.ParseAddress(a)
		if err != nil {
			return r, err
		}
		r.Recipients = append(r.Recipients, to)
	}
	days, err := strconv.Atoi(v.field("days"))
	if err != nil || days < 1 || days > 3650 {
		return r, fault.New(fault.Invalid, "consent.field").With("field", "valid_to")
	}
	r.ValidFrom = v.now()
	r.ValidTo = frame.At(v.web.Now().Add(time.Duration(days) * 24 * time.Hour))
	return r, nil
}

func (v *Visit) giveConsent() error {
	c := id.Case(v.r.PathValue("case"))
	r, err := v.consentSent()
	if err == nil {
		if kept, shown := v.web.Persons.Show(v.r.Context(), v.by, c); shown == nil {
			r.Person = kept.ID
		} else if !fault.Is(shown, fault.NotFound) {
			return shown
		}
		r.AgeClass = person.AgeUnknown // the case decides
		_, err = v.web.Consents.Give(v.r.Context(), v.by, consent.Giving{Case: c, Record: r})
	}
	if err != nil {
		fields := map[string]string{"": "given-by", "valid_to": "days", "safe_way": "safe-way", "given_by": "given-by"}
		for _, f := range []string{"purposes", "recipients", "categories", "language", "how", "witness", "guardian"} {
			fields[f] = f
		}
		switch _, key, _ := fault.Public(err); key {
		case "consent.explain":
			fields[""] = "explained"
		case "consent.free":
			fields[""] = "said"
		case "consent.oral":
			fields[""] = "witness"
		case "consent.language":
			fields[""] = "language"
		case "consent.child":
			fields[""] = "guardian"
		}
		return v.again(err, fields, v.showConsent)
	}
	return v.to("/cases/"+string(c), "consent")
}

func (v *Visit) confirmForm() error { return v.showConfirm(form{}) }

// showConfirm asks, after a restore, how the desk knows that a consent still stands. That she has taken it back is said on
// the same screen.
func (v *Visit) showConfirm(f form) error {
	c, err := v.web.Consents.Know(v.r.Context(), v.by.Actor, id.Consent(v.r.PathValue("consent")))
	if err != nil {
		return err
	}
	m := confirmModel{entry: v.consentEntry(c), file: c.Case}
	var how []string
	for _, s := range consent.Sures() {
		how = append(how, string(s))
	}
	m.how = Radios{Field: Field{ID: "how", Label: Key("consent.sure"), Error: at(f.errors, "how")}, Choices: v.choices("consent.sure.", how...), Value: v.field("how")}
	return v.show(page{status: f.status, title: Key("consent.unconfirmed.title"), back: "/cases/" + string(c.Case), errors: f.errors, leave: true, body: confirmScreen(v.p, m)})
}

// confirmModel is a consent of which nobody has said since a restore that it still stands.
type confirmModel struct {
	entry consentEntry
	file  id.Case
	how   Radios
}

func (v *Visit) confirmConsent() error {
	c, err := v.web.Consents.Confirm(v.r.Context(), v.by.Actor, id.Consent(v.r.PathValue("consent")), consent.Sure(v.field("how")))
	if err != nil {
		return v.again(err, map[string]string{"": "how", "how": "how"}, v.showConfirm)
	}
	return v.to("/cases/"+string(c.Case), "confirmed")
}

func (v *Visit) withdrawConsent() error {
	if _, err := v.web.Consents.Withdraw(v.r.Context(), v.by.Actor, id.Consent(v.r.PathValue("consent")), ""); err != nil {
		return err
	}
	return v.to("/cases/"+v.r.PathValue("case"), "withdrawn")
}
