package webreferral

import (
	"context"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/referral"
)

// mustSay are the questions about a handover that must be answered: a plan without who meets her and what is done if she does not arrive leaves
// her alone on a platform. The questions are a list of codes, and travel as such (spec/referral.md 11).
func mustSay() []referral.Code { return []referral.Code{"met-by", "missing"} }

func handover() []referral.Code { return course.Codes().Lists["handover"] }

// questioned says a question beside a step in the language of the reader; one that this program does not know stays its code.
func (v *visit) questioned(c referral.Code) page.Msg {
	if c == "interpreter" {
		return page.Key("case.mediate.by.interpreter")
	}
	return v.Word("referral.handover.", string(c))
}

func planning(v *visit, errors []page.Error) []templ.Component {
	all := []templ.Component{
		page.DateFields(v.P, page.DateInput{Field: page.Field{ID: "planned", Label: page.Key("referral.planned"), Error: page.ErrorAt(errors, "planned")}, Day: v.Field("planned-day"), Month: v.Field("planned-month"), Year: v.Field("planned-year")}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "hour", Label: page.Key("referral.hour"), Hint: page.Key("referral.hour.hint", "zone", v.Zone.String())}, Value: v.Field("hour"), Width: 5}),
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "meeting", Label: page.Key("referral.meeting"), Hint: page.Key("referral.meeting.hint")}, Choices: listed(v, "meeting", "referral.meeting."), Value: v.Field("meeting")}),
	}
	for _, q := range handover() {
		name := string(q)
		f := page.Field{ID: name, Label: v.questioned(q), Hint: page.Key("referral.words.hint"), Optional: !slices.Contains(mustSay(), q), Error: page.ErrorAt(errors, name)}
		if q == "missing" {
			f.Hint = page.Key("referral.handover.care")
		}
		all = append(all, page.TextArea(v.P, page.Textarea{Field: f, Value: v.Field(name), Rows: 2}))
	}
	return append(all, wordsField(v, errors))
}

// arranged are the answers that go with the plan.
//
// It fails with [fault.Invalid] naming the answer that must be given and is not.
func (v *visit) arranged() ([]referral.Answer, error) {
	var all []referral.Answer
	for _, q := range handover() {
		switch said := v.Field(string(q)); {
		case said != "":
			all = append(all, referral.Answer{Question: q, Text: said})
		case slices.Contains(mustSay(), q):
			return nil, fault.New(fault.Invalid, "referral.event.form").With("field", string(q))
		}
	}
	return all, nil
}

func plan(ctx context.Context, v *visit, at referral.At) (referral.Row, error) {
	t, err := time.ParseInLocation("2006-1-2 15:04", v.Field("planned-year")+"-"+v.Field("planned-month")+"-"+v.Field("planned-day")+" "+v.Field("hour"), v.Zone)
	if err != nil {
		return referral.Row{}, fault.New(fault.Invalid, "referral.event.form").With("field", "planned")
	}
	answers, err := v.arranged()
	if err != nil {
		return referral.Row{}, err
	}
	return v.Referrals.Plan(ctx, v.By, at, referral.Planned{At: frame.At(t), Meeting: code(v, "meeting")}, v.Field("text"), answers...)
}
