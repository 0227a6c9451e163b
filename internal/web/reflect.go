package web

import (
	"strconv"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

func (v *Visit) reflectForm() error { return v.showReflect(form{}) }

// showReflect asks for the recovery and reflection period that an authority has granted.
func (v *Visit) showReflect(f form) error {
	f = v.caseForm(f, "reflection")
	f.fields = append(f.fields,
		TextInput(v.p, Input{Field: Field{ID: "body", Label: Key("case.reflection.body"), Error: at(f.errors, "body")}, Value: v.field("body")}),
		TextInput(v.p, Input{Field: Field{ID: "basis", Label: Key("case.decide.basis"), Hint: Key("case.decide.basis.hint"), Error: at(f.errors, "basis")}, Value: v.field("basis")}),
		v.dayField(Field{ID: "from", Label: Key("case.reflection.from"), Error: at(f.errors, "from")}, v.r.Method == "GET"),
		v.dayField(Field{ID: "until", Label: Key("case.reflection.last"), Hint: Key("case.reflection.last.hint"), Optional: true, Error: at(f.errors, "until")}, false),
		CheckboxGroup(v.p, Checkboxes{Field: Field{ID: "informed", Label: Key("case.decide.informed")}, Choices: v.choices("web.", "yes"), Values: v.r.PostForm["informed"]}),
		TextArea(v.p, Textarea{Field: Field{ID: "note", Label: Key("case.note"), Optional: true, Error: at(f.errors, "note")}, Value: v.field("note")}),
	)
	return v.showForm(f)
}

func (v *Visit) reflect() error {
	c := id.Case(v.r.PathValue("case"))
	_, err := v.web.Cases.Reflect(v.r.Context(), v.by, c, casefile.Reflection{
		Country: v.web.Member, Body: v.field("body"), Basis: v.field("basis"), From: v.day("from"), Until: v.day("until"),
		Informed: v.field("informed") != "", Note: v.field("note"),
	})
	if err != nil {
		return v.again(err, fieldsOf("body", "basis", "from", "until", "note"), v.showReflect)
	}
	return v.to("/cases/"+string(c), "reflection")
}

func (v *Visit) reflectedForm() error { return v.showReflected(form{}) }

// showReflected asks why a period is over.
func (v *Visit) showReflected(f form) error {
	f = v.caseForm(f, "reflection.end")
	f.action = "/cases/" + v.r.PathValue("case") + "/reflections/" + v.r.PathValue("record")
	f.hidden = [][2]string{{"version", orElse(v.field("version"), v.r.URL.Query().Get("version"))}}
	f.fields = append(f.fields,
		RadioGroup(v.p, Radios{Field: Field{ID: "reason", Label: Key("case.reflection.why"), Error: at(f.errors, "reason")}, Choices: v.choices("case.reflection.why.", casefile.ReflectionReasons()...), Value: v.field("reason")}),
		v.dayField(Field{ID: "ended", Label: Key("case.reflection.day"), Error: at(f.errors, "ended")}, v.r.Method == "GET"),
	)
	return v.showForm(f)
}

func (v *Visit) reflected() error {
	c := id.Case(v.r.PathValue("case"))
	version, err := strconv.ParseInt(v.field("version"), 10, 64)
	if err != nil {
		version = 0 // no stored version: the noun says that it is stale, after it has asked who may
	}
	_, err = v.web.Cases.EndReflection(v.r.Context(), v.by, c, id.Record(v.r.PathValue("record")), version, v.day("ended"), v.field("reason"))
	if err != nil {
		fields := fieldsOf("reason", "ended")
		if fault.Is(err, fault.Stale) || fault.Is(err, fault.Conflict) {
			fields[""] = ""
		}
		return v.again(err, fields, v.showReflected)
	}
	return v.to("/cases/"+string(c), "reflection")
}

// reflectionEntry is a period as the page of the case shows it, with the address where it is ended while it runs.
func (v *Visit) reflectionEntry(c id.Case, k casefile.Kept[casefile.Reflection]) (e entry, end string) {
	x := k.Value
	e = entry{when: v.dayText(x.From), text: x.Note, rows: []Row{
		{Key: Key("case.reflection.body"), Value: Plain(x.Body)},
		{Key: Key("case.decide.basis"), Value: Plain(x.Basis)},
		{Key: Key("case.reflection.last"), Value: v.dayText(x.Until)},
		{Key: Key("case.reflection.length"), Value: v.word("case.reflection.length.", string(x.Length))},
	}}
	if x.Running() {
		e.rows = append(e.rows, Row{Key: Key("case.state"), Value: Key("case.reflection.runs-now")})
		return e, "/cases/" + string(c) + "/reflections/" + string(k.Record) + "?version=" + strconv.FormatInt(k.Version, 10)
	}
	e.rows = append(e.rows, Row{Key: Key("case.reflection.over"), Value: v.dayText(x.Ended), Lines: []Msg{v.word("case.reflection.why.", x.Reason)}})
	return e, ""
}
