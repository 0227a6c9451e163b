package webconference

import (
	"github.com/opentrm/opentrm/internal/conference"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/page"
)

func (v *visit) answerForm() error { return v.showAnswer(page.Form{}) }

// showAnswer asks whether she signs the text that she has read, for her desk.
func (v *visit) showAnswer(f page.Form) error {
	of, err := v.Conferences.Show(v.R.Context(), v.By, v.which())
	if err != nil {
		return err
	}
	if !v.asked(of) && v.R.Method == "GET" {
		return fault.New(fault.Conflict, "conference.not-asked")
	}
	d, err := conference.Shipped()
	if err != nil {
		return err
	}
	f = v.form(f, of, "answer")
	f.Intro = []page.Msg{page.Key("conference.answer.text")}
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: field(f, ask, "reply"), Choices: v.Choices("conference.reply.", string(conference.Signed), string(conference.Refused)), Value: v.Field("reply")}),
		page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "dissent", Label: page.Key("conference.dissent"), Hint: page.Key("conference.ask.dissent.hint"), Optional: true, Error: page.ErrorAt(f.Errors, "dissent")}, Value: v.Field("dissent"), Rows: 3}),
		page.SelectList(v.P, page.Select{Field: optional(hinted(field(f, ask, "reason"), ask)), Choices: v.Choices("conference.refusal.", d.Codes(conference.ListRefusal)...), Value: v.Field("reason"), Empty: page.Key("web.choose")}),
		page.TextArea(v.P, page.Textarea{Field: optional(field(f, ask, "note")), Value: v.Field("note"), Rows: 3}),
	)
	return v.ShowForm(f)
}

func (v *visit) answer() error {
	in := conference.Replying{Reply: conference.Reply(v.Field("reply")), Dissent: v.Field("dissent"), Reason: v.Field("reason"), Note: v.Field("note")}
	if _, err := v.Conferences.Answer(v.R.Context(), v.By, v.which(), v.Version(), in); err != nil {
		return v.again(err, fields(err, "reply", "dissent", "reason", "note"), v.showAnswer)
	}
	return v.To(pathOf(v.which()), "conference")
}

func (v *visit) settle() error {
	c, err := v.Conferences.Settle(v.R.Context(), v.By, v.which(), v.Version())
	if err != nil {
		return v.again(err, map[string]string{}, v.showFile)
	}
	return v.To(pathOf(c.ID), "conference")
}

func (v *visit) endForm() error { return v.showEnd(page.Form{}) }

func (v *visit) showEnd(f page.Form) error {
	of, err := v.at()
	if err != nil {
		return err
	}
	d, err := conference.Shipped()
	if err != nil {
		return err
	}
	f = v.form(f, of, "end")
	f.Fields = append(f.Fields, page.RadioGroup(v.P, page.Radios{Field: field(f, ask, "reason"), Choices: v.Choices("conference.end.", d.Codes(conference.ListEnd)...), Value: v.Field("reason")}))
	return v.ShowForm(f)
}

func (v *visit) end() error {
	if _, err := v.Conferences.End(v.R.Context(), v.By, v.which(), v.Version(), v.Field("reason")); err != nil {
		return v.again(err, fields(err, "reason"), v.showEnd)
	}
	return v.To(pathOf(v.which()), "conference")
}
