package web

import (
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/id"
)

func (v *Visit) cooperateForm() error { return v.showCooperate(form{}) }

// showCooperate asks whether she cooperates with the proceedings. That she no longer does is as easy to record as that she
// does, and asks for no reason.
func (v *Visit) showCooperate(f form) error {
	c := v.r.PathValue("case")
	f.title, f.back, f.action, f.submit, f.leave = Key("case.cooperate"), "/cases/"+c, "/cases/"+c+"/cooperation", Key("case.cooperate.do"), true
	f.intro = []Msg{Key("case.cooperate.text")}
	f.fields = append(f.fields,
		RadioGroup(v.p, Radios{Field: Field{ID: "answer", Label: Key("case.cooperation"), Error: at(f.errors, "answer")}, Choices: v.choices("case.cooperation.", casefile.Answers()...), Value: v.field("answer")}),
		TextArea(v.p, Textarea{Field: Field{ID: "note", Label: Key("case.note"), Optional: true, Error: at(f.errors, "note")}, Value: v.field("note")}),
	)
	return v.showForm(f)
}

func (v *Visit) cooperate() error {
	c := id.Case(v.r.PathValue("case"))
	_, err := v.web.Cases.Cooperate(v.r.Context(), v.by, c, casefile.Cooperation{
		Answer: v.field("answer"), Date: v.now().Time().In(v.zone).Format("2006-01-02"), Note: v.field("note"),
	})
	if err != nil {
		return v.again(err, map[string]string{"": "answer", "answer": "answer", "note": "note"}, v.showCooperate)
	}
	return v.to("/cases/"+string(c), "cooperation")
}
