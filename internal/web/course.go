package web

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
)

// The course of a case: decisions on her status, services that she is given, and its end.

// dayField asks for a day. Today says whether it begins with the day of the reader's zone.
func (v *Visit) dayField(f Field, today bool) templ.Component {
	d := DateInput{Field: f, Day: v.field(f.ID + "-day"), Month: v.field(f.ID + "-month"), Year: v.field(f.ID + "-year")}
	if now := v.web.Now().In(v.zone); today && d.Day+d.Month+d.Year == "" {
		d.Day, d.Month, d.Year = strconv.Itoa(now.Day()), strconv.Itoa(int(now.Month())), strconv.Itoa(now.Year())
	}
	return DateFields(v.p, d)
}

// day reads a day as records hold it; "" if nothing was given. What is no day stays something that no record takes.
func (v *Visit) day(name string) string {
	parts := []string{v.field(name + "-year"), v.field(name + "-month"), v.field(name + "-day")}
	if slices.Equal(parts, []string{"", "", ""}) {
		return ""
	}
	var n [3]int
	for i, p := range parts {
		var err error
		if n[i], err = strconv.Atoi(p); err != nil {
			return "?"
		}
	}
	return fmt.Sprintf("%04d-%02d-%02d", n[0], n[1], n[2])
}

func (v *Visit) caseForm(f form, verb string) form {
	c := "/cases/" + v.r.PathValue("case")
	f.title, f.submit, f.back, f.action, f.leave = Key("case."+verb), Key("case."+verb+".do"), c, c+"/"+verb, true
	f.intro = []Msg{Key("case." + verb + ".text")}
	return f
}

func (v *Visit) decideForm() error { return v.showDecide(form{}) }

func (v *Visit) showDecide(f form) error {
	file, err := v.web.Cases.Show(v.r.Context(), v.by, id.Case(v.r.PathValue("case")))
	if err != nil {
		return err
	}
	f = v.caseForm(f, "decide")
	f.intro = append(f.intro, v.deciders(file.AgeClass)...)
	f.fields = append(f.fields,
		RadioGroup(v.p, Radios{Field: Field{ID: "status", Label: Key("case.status"), Error: at(f.errors, "status")}, Choices: v.choices("case.status.", v.web.Lists.Codes(casefile.ListStatus)...), Value: v.field("status")}),
		RadioGroup(v.p, Radios{Field: Field{ID: "body", Label: Key("case.body"), Error: at(f.errors, "body")}, Choices: v.choices("case.body.", v.web.Lists.Codes(casefile.ListBody)...), Value: v.field("body")}),
		CheckboxGroup(v.p, Checkboxes{Field: Field{ID: "with", Label: Key("case.decide.with"), Optional: true, Error: at(f.errors, "with")}, Choices: v.choices("case.body.", v.web.Lists.Codes(casefile.ListBody)...), Values: v.r.PostForm["with"]}),
		TextInput(v.p, Input{Field: Field{ID: "name", Label: Key("case.body.name"), Error: at(f.errors, "name")}, Value: v.field("name")}),
		TextInput(v.p, Input{Field: Field{ID: "basis", Label: Key("case.decide.basis"), Hint: Key("case.decide.basis.hint"), Error: at(f.errors, "basis")}, Value: v.field("basis")}),
		TextArea(v.p, Textarea{Field: Field{ID: "grounds", Label: Key("case.decide.grounds"), Optional: true, Error: at(f.errors, "grounds")}, Value: v.field("grounds")}),
		v.dayField(Field{ID: "date", Label: Key("case.decide.date"), Error: at(f.errors, "date")}, v.r.Method == "GET"),
		v.dayField(Field{ID: "review", Label: Key("case.decide.review"), Optional: true, Error: at(f.errors, "review")}, false),
		CheckboxGroup(v.p, Checkboxes{Field: Field{ID: "informed", Label: Key("case.decide.informed")}, Choices: v.choices("web.", "yes"), Values: v.r.PostForm["informed"]}),
	)
	if len(file.Decisions) > 0 {
		var earlier []Choice
		for _, d := range slices.Backward(file.Decisions) {
			earlier = append(earlier, Choice{Value: string(d.Record), Text: v.decisionName(d)})
		}
		f.fields = append(f.fields, SelectList(v.p, Select{
			Field:   Field{ID: "of", Label: Key("case.decide.again"), Hint: Key("case.decide.again.hint"), Optional: true, Error: at(f.errors, "of")},
			Choices: earlier, Value: v.field("of"), Empty: Key("web.none"),
		}))
	}
	return v.showForm(f)
}

// deciders say who decides in this country today on the status of a person of that age, as its profile has it.
func (v *Visit) deciders(age person.AgeClass) (all []Msg) {
	law, people := v.web.Law(), profile.Adults
	if person.ChildPath(age) {
		people = profile.Children
	}
	doubt := false
	for _, status := range law.Decided(v.web.Member) {
		a, err := law.Deciders(v.web.Member, status, people, profile.Date(v.web.Now().In(v.zone).Format(time.DateOnly)))
		if err != nil || len(a.Bodies) == 0 {
			continue // the profile does not say
		}
		all = append(all, Key("case.decide.who", "status", v.word("case.status.", status).In(v.p), "bodies", v.words("case.body.", a.Bodies).In(v.p)))
		doubt = doubt || !a.Verified
	}
	if doubt {
		all = append(all, Key("case.decide.who.unverified"))
	}
	return all
}

// decisionName tells a decision from the others of a case.
func (v *Visit) decisionName(k casefile.Kept[casefile.Decision]) Msg {
	return Key("case.decide.named", "status", v.word("case.status.", k.Value.Status).In(v.p), "day", v.dayText(k.Value.Date).In(v.p), "body", k.Value.Name)
}

func (v *Visit) decide() error {
	c := id.Case(v.r.PathValue("case"))
	_, err := v.web.Cases.Decide(v.r.Context(), v.by, c, casefile.Decision{
		Status: v.field("status"), Body: v.field("body"), Name: v.field("name"), Country: v.web.Member, Basis: v.field("basis"), Grounds: v.field("grounds"),
		Date: v.day("date"), Review: v.day("review"), Informed: v.field("informed") != "", Of: id.Record(v.field("of")),
		With: v.sent("with", v.choices("", v.web.Lists.Codes(casefile.ListBody)...)),
	})
	if err != nil {
		return v.again(err, fieldsOf("status", "body", "with", "name", "basis", "grounds", "date", "review", "of"), v.showDecide)
	}
	return v.to("/cases/"+string(c), "decision")
}

func (v *Visit) serviceForm() error { return v.showService(form{}) }

func (v *Visit) showService(f form) error {
	f = v.caseForm(f, "service")
	f.fields = append(f.fields,
		RadioGroup(v.p, Radios{Field: Field{ID: "service", Label: Key("case.service.which"), Error: at(f.errors, "service")}, Choices: v.choices("case.service.", v.web.Lists.Codes(casefile.ListService)...), Value: v.field("service")}),
		TextInput(v.p, Input{Field: Field{ID: "provider", Label: Key("case.provider"), Hint: Key("case.provider.hint"), Error: at(f.errors, "provider")}, Value: v.field("provider")}),
		v.dayField(Field{ID: "from", Label: Key("case.service.from"), Error: at(f.errors, "from")}, v.r.Method == "GET"),
		v.dayField(Field{ID: "until", Label: Key("case.service.until"), Optional: true, Error: at(f.errors, "until")}, false),
		TextArea(v.p, Textarea{Field: Field{ID: "note", Label: Key("case.note"), Optional: true, Error: at(f.errors, "note")}, Value: v.field("note")}),
	)
	return v.showForm(f)
}

func (v *Visit) service() error {
	c := id.Case(v.r.PathValue("case"))
	_, err := v.web.Cases.Serve(v.r.Context(), v.by, c, "", 0, casefile.Delivery{
		Service: v.field("service"), Provider: v.field("provider"), From: v.day("from"), Until: v.day("until"), Note: v.field("note"),
	})
	if err != nil {
		return v.again(err, fieldsOf("service", "provider", "from", "until", "note"), v.showService)
	}
	return v.to("/cases/"+string(c), "service")
}

func (v *Visit) closeForm() error { return v.showClose(form{}) }

func (v *Visit) showClose(f form) error {
	f = v.caseForm(f, "close")
	f.hidden = [][2]string{{"version", orElse(v.field("version"), v.r.URL.Query().Get("version"))}}
	f.fields = append(f.fields,
		RadioGroup(v.p, Radios{Field: Field{ID: "reason", Label: Key("case.closure"), Error: at(f.errors, "reason")}, Choices: v.choices("case.closure.", v.web.Lists.Codes(casefile.ListClosure)...), Value: v.field("reason")}),
		v.dayField(Field{ID: "date", Label: Key("case.close.date"), Error: at(f.errors, "date")}, v.r.Method == "GET"),
		TextInput(v.p, Input{Field: Field{ID: "handover", Label: Key("case.close.handover"), Optional: true, Error: at(f.errors, "handover")}, Value: v.field("handover")}),
		RadioGroup(v.p, Radios{Field: Field{ID: "data", Label: Key("case.action"), Error: at(f.errors, "data")}, Choices: v.choices("case.action.", v.web.Lists.Codes(casefile.ListAction)...), Value: v.field("data")}),
		TextArea(v.p, Textarea{Field: Field{ID: "note", Label: Key("case.note"), Optional: true, Error: at(f.errors, "note")}, Value: v.field("note")}),
	)
	return v.showForm(f)
}

// closeCase ends the case if it has not changed since it was read.
func (v *Visit) closeCase() error {
	c := id.Case(v.r.PathValue("case"))
	version, err := strconv.ParseInt(v.field("version"), 10, 64)
	if err != nil {
		version = 0 // no stored version: the noun says that it is stale, after it has asked who may
	}
	_, err = v.web.Cases.Close(v.r.Context(), v.by, c, version, casefile.Closure{
		Reason: v.field("reason"), Date: v.day("date"), Handover: v.field("handover"), Action: v.field("data"), Note: v.field("note"),
	})
	if err != nil {
		fields := fieldsOf("reason", "date", "handover", "note")
		fields["action"] = "data"
		if fault.Is(err, fault.Stale) || fault.Is(err, fault.Conflict) {
			fields[""] = ""
		}
		return v.again(err, fields, v.showClose)
	}
	return v.to("/cases/"+string(c), "closed")
}

// fieldsOf maps fields of a noun to controls of the same name; what names none is said at the first.
func fieldsOf(names ...string) map[string]string {
	all := map[string]string{"": names[0]}
	for _, n := range names {
		all[n] = n
	}
	return all
}

func (v *Visit) decisionEntry(k casefile.Kept[casefile.Decision], all []casefile.Kept[casefile.Decision]) entry {
	d := k.Value
	informed := Key("web.no")
	if d.Informed {
		informed = Key("web.yes")
	}
	e := entry{when: v.dayText(d.Date), text: d.Grounds, rows: []Row{
		{Key: Key("case.status"), Value: v.word("case.status.", d.Status)},
		{Key: Key("case.body"), Value: v.word("case.body.", d.Body), Lines: []Msg{Plain(d.Name)}},
	}}
	if len(d.With) > 0 {
		e.rows = append(e.rows, Row{Key: Key("case.decide.with"), Value: v.words("case.body.", d.With)})
	}
	if d.Standing != "" {
		e.rows = append(e.rows, Row{Key: Key("case.decide.standing"), Value: v.word("case.decide.standing.", string(d.Standing))})
	}
	for _, before := range all {
		if before.Record == d.Of {
			e.rows = append(e.rows, Row{Key: Key("case.decide.again"), Value: v.decisionName(before)})
		}
	}
	e.rows = append(e.rows,
		Row{Key: Key("case.decide.basis"), Value: Plain(d.Basis)},
		Row{Key: Key("case.decide.review"), Value: v.dayText(d.Review)},
		Row{Key: Key("case.decide.informed"), Value: informed},
	)
	return e
}

func (v *Visit) serviceEntry(k casefile.Kept[casefile.Delivery]) entry {
	d := k.Value
	return entry{when: v.word("case.service.", d.Service), text: d.Note, rows: []Row{
		{Key: Key("case.provider"), Value: Plain(d.Provider)}, {Key: Key("case.service.from"), Value: v.dayText(d.From)}, {Key: Key("case.service.until"), Value: v.dayText(d.Until)},
	}}
}

// dayText writes a day of a record.
func (v *Visit) dayText(day string) Msg {
	var y, m, d int
	if _, err := fmt.Sscanf(day, "%d-%d-%d", &y, &m, &d); err != nil {
		return Key("web.none")
	}
	return Plain(v.p.PartialDate(y, m, d))
}
