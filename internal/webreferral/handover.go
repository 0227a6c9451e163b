package webreferral

import (
	"context"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/referral"
)

// handover are the questions about a handover that are answered in words. What is exchanged has a moment, a kind of place and words, sealed
// (spec/referral.md): the answers go as lines of these words, each under its question in the language in which the sender writes. Who meets her
// and what is done if she does not arrive must be said: a plan without them leaves her alone on a platform.
func handover() []question {
	return []question{
		{"met-by", "referral.handover.met-by", true},
		{"with", "referral.handover.with", false},
		{"interpreter", "case.mediate.by.interpreter", false},
		{"papers", "referral.handover.papers", false},
		{"missing", "referral.handover.missing", true},
	}
}

type question struct {
	name, key string
	must      bool
}

func planning(v *visit, errors []page.Error) []templ.Component {
	all := []templ.Component{
		page.DateFields(v.P, page.DateInput{Field: page.Field{ID: "planned", Label: page.Key("referral.planned"), Error: page.ErrorAt(errors, "planned")}, Day: v.Field("planned-day"), Month: v.Field("planned-month"), Year: v.Field("planned-year")}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "hour", Label: page.Key("referral.hour"), Hint: page.Key("referral.hour.hint", "zone", v.Zone.String())}, Value: v.Field("hour"), Width: 5}),
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "meeting", Label: page.Key("referral.meeting"), Hint: page.Key("referral.meeting.hint")}, Choices: listed(v, "meeting", "referral.meeting."), Value: v.Field("meeting")}),
	}
	for _, q := range handover() {
		f := page.Field{ID: q.name, Label: page.Key(q.key), Hint: page.Key("referral.words.hint"), Optional: !q.must, Error: page.ErrorAt(errors, q.name)}
		if q.name == "missing" {
			f.Hint = page.Key("referral.handover.care")
		}
		all = append(all, page.TextArea(v.P, page.Textarea{Field: f, Value: v.Field(q.name), Rows: 2}))
	}
	return append(all, wordsField(v, errors))
}

// arranged are the words that go with the plan.
//
// It fails with [fault.Invalid] naming the answer that must be given and is not.
func (v *visit) arranged() (string, error) {
	var lines []string
	for _, q := range handover() {
		switch said := v.Field(q.name); {
		case said != "":
			lines = append(lines, v.P.Text(q.key)+": "+said)
		case q.must:
			return "", fault.New(fault.Invalid, "referral.event.form").With("field", q.name)
		}
	}
	if more := v.Field("text"); more != "" {
		lines = append(lines, more)
	}
	return strings.Join(lines, "\n"), nil
}

func plan(ctx context.Context, v *visit, at referral.At) (referral.Row, error) {
	t, err := time.ParseInLocation("2006-1-2 15:04", v.Field("planned-year")+"-"+v.Field("planned-month")+"-"+v.Field("planned-day")+" "+v.Field("hour"), v.Zone)
	if err != nil {
		return referral.Row{}, fault.New(fault.Invalid, "referral.event.form").With("field", "planned")
	}
	words, err := v.arranged()
	if err != nil {
		return referral.Row{}, err
	}
	return v.Referrals.Plan(ctx, v.By, at, referral.Planned{At: frame.At(t), Meeting: code(v, "meeting")}, words)
}
