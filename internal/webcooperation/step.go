package webcooperation

import (
	"slices"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/profile"
)

func (v *visit) sendForm() error { return v.showSend(page.Form{}) }

// showSend says what leaves and what stays before anything does.
func (v *visit) showSend(f page.Form) error {
	of, err := v.draft()
	if err != nil {
		return err
	}
	f = v.form(f, of, "/send", page.Key("cooperation.do.request"))
	f.Submit = page.Key("cooperation.send")
	f.Intro = []page.Msg{page.Key("cooperation.send.record")}
	switch {
	case of.Law.May(profile.CarriesDocuments):
		f.Intro = append(f.Intro, page.Key("cooperation.send.documents"))
	case of.Kind == cooperation.Spontaneous && of.Law.May(profile.CarriesSpontaneous):
		f.Intro = append(f.Intro, page.Key("cooperation.send.facts"))
	default:
		f.Intro = append(f.Intro, page.Key("cooperation.send.stays"))
	}
	if !of.Law.Origin.Usable() {
		f.Warning = page.Key("cooperation.instrument.unverified")
	}
	return v.ShowForm(f)
}

func (v *visit) send() error {
	r, err := v.Cooperations.Send(v.R.Context(), v.By, v.which(), v.Version())
	if _, key, _ := fault.Public(err); key == "cooperation.sent" { // by somebody who was faster: the request shows it
		return v.To(pathOf(v.which()), "")
	}
	if err != nil {
		return v.refused(err, v.showSend)
	}
	return v.To(pathOf(r.ID), "cooperation-sent")
}

// refused shows a form again with why nothing was sent.
func (v *visit) refused(err error, show func(page.Form) error, names ...string) error {
	if _, key, _ := fault.Public(err); fault.Is(err, fault.Denied) && key != "access.denied" {
		return show(page.Form{Status: page.StatusOf(fault.Denied), Errors: []page.Error{{Text: page.Plain(v.P.Fault(err))}}})
	}
	fields := page.FieldsOf(names...)
	fields[""] = ""
	return v.Again(err, fields, show)
}

func (v *visit) taken() (cooperation.File, cooperation.Step, error) {
	s := cooperation.Step(v.R.PathValue("step"))
	f, err := v.Cooperations.Open(v.R.Context(), v.By, v.which())
	if err == nil && (s == cooperation.Ask || v.R.Method == "GET" && !slices.Contains(f.Next, s)) {
		err = fault.New(fault.Conflict, "cooperation.step")
	}
	return f, s, err
}

func (v *visit) stepForm() error { return v.showStep(page.Form{}) }

// showStep asks for what is said with a step.
func (v *visit) showStep(f page.Form) error {
	of, s, err := v.taken()
	if err != nil {
		return err
	}
	f = v.form(f, of, "/step/"+string(s), page.Key("cooperation.do."+string(s)))
	f.Submit = page.Key("cooperation.tell")
	f.Intro = []page.Msg{page.Key("cooperation.explain." + string(s))}
	codes := map[cooperation.Step][]string{cooperation.Decision: cooperation.Decisions(), cooperation.Execution: cooperation.Executions()}[s]
	if codes != nil {
		f.Fields = append(f.Fields, page.RadioGroup(v.P, page.Radios{Field: field(f, "result"), Choices: v.Choices("cooperation."+string(s)+".", codes...), Value: v.Field("result")}))
	}
	f.Fields = append(f.Fields, v.DayField(field(f, "day"), v.R.Method == "GET"))
	sends, need := s == cooperation.Dispatch || s == cooperation.Answer, s == cooperation.Dispatch
	if sends {
		channel := field(f, "channel")
		channel.Optional = !need
		f.Fields = append(f.Fields, page.SelectList(v.P, page.Select{Field: channel, Choices: v.Choices("cooperation.channel.", cooperation.Channels()...), Value: v.Field("channel"), Empty: page.Key("web.choose")}))
	}
	reference := hinted(field(f, "their-reference"), "cooperation.their-reference.hint")
	reference.Optional = !need
	f.Fields = append(f.Fields, page.TextInput(v.P, page.Input{Field: reference, Value: v.Field("their-reference")}))
	if sends {
		f.Fields = append(f.Fields, page.TextInput(v.P, page.Input{Field: optional(hinted(field(f, "digest"), "cooperation.digest.hint")), Value: v.Field("digest")}))
	}
	f.Fields = append(f.Fields, []templ.Component{
		page.TextArea(v.P, page.Textarea{Field: optional(field(f, "note")), Value: v.Field("note"), Rows: 4}),
		page.SelectList(v.P, page.Select{Field: field(f, "note-language"), Choices: v.Languages(), Value: v.was("note-language", string(v.P.Tag()))}),
	}...)
	return v.ShowForm(f)
}

func (v *visit) step() error {
	n := cooperation.Note{Channel: v.Field("channel"), Reference: v.Field("their-reference"), Digest: v.Field("digest"), Text: v.Field("note"), Language: v.Field("note-language")}
	r, err := v.Cooperations.Take(v.R.Context(), v.By, v.which(), v.Version(), cooperation.Taking{
		Step: cooperation.Step(v.R.PathValue("step")), Code: v.Field("result"), Day: v.Day("day"), Note: n,
	})
	if err != nil {
		if _, key, args := fault.Public(err); key == "cooperation.field" {
			at := map[string]string{"code": "result", "text": "note", "language": "note-language", "reference": "their-reference"}
			where := page.Or(at[args["field"]], args["field"])
			return v.showStep(page.Form{Status: page.StatusOf(fault.Invalid), Errors: []page.Error{{Field: where, Text: page.Key("cooperation.missing")}}})
		}
		return v.refused(err, v.showStep)
	}
	return v.To(pathOf(r.ID), "cooperation-told")
}

func (v *visit) again() error {
	if err := v.Cooperations.Resend(v.R.Context(), v.By, v.which()); err != nil {
		return err
	}
	return v.To(pathOf(v.which()), "cooperation-told")
}

func (v *visit) erase() error {
	if err := v.Cooperations.Erase(v.R.Context(), v.By, v.which(), v.Version()); err != nil {
		return err
	}
	return v.To("/cooperation", "cooperation-erased")
}
