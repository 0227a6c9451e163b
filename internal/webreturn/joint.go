package webreturn

import (
	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/joint"
	"github.com/opentrm/opentrm/internal/page"
)

// jointModel is an assessment that a desk of another member asks to sign, and the two ways to answer.
type jointModel struct {
	returnModel
	answers       bool
	sign, decline []templ.Component
}

func pathOfJoint(t id.Thread) string { return "/assessments/" + string(t) }

func (v *visit) thread() id.Thread { return id.Thread(v.R.PathValue("thread")) }

// askedState is what has become of a question, in words.
func (v *visit) askedState(a homecoming.Asked) page.Msg {
	if a.State == string(joint.Declined) {
		return v.Word("homecoming.decline.", a.Code)
	}
	return v.Word("joint.state.", a.State)
}

func jointTone(s joint.State) page.Tone {
	switch s {
	case joint.Signed:
		return page.Good
	case joint.Over, joint.Declined:
		return page.Off
	case joint.Refused, joint.Expired:
		return page.Late
	}
	return page.Waiting
}

func (v *visit) joints() error {
	after := id.Thread(v.R.URL.Query().Get("after"))
	all, next, err := v.Joints.List(v.R.Context(), v.By.Actor, after, page.PerPage)
	if err != nil {
		return err
	}
	m := listModel{title: page.Key("joint.list"), table: page.Table{
		Caption: page.Key("joint.list"), Named: true, Empty: page.Key("joint.none"),
		Columns: []page.Column{{Text: page.Key("joint.reference")}, {Text: page.Key("joint.from")}, {Text: page.Key("homecoming.state-is")}, {Text: page.Key("joint.arrived")}},
	}}
	for _, r := range all {
		tag := page.Tag{Text: v.Word("joint.state.", string(r.State)), Tone: jointTone(r.State)}
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: page.Plain(string(r.Reference)), Path: pathOfJoint(r.ID)}, {Text: page.Plain(r.Peer.String())}, {Tag: &tag}, {Text: v.Age(r.At)},
		})
	}
	if next != "" {
		m.pages.Next = "/assessments?after=" + string(next)
	}
	if after != "" {
		m.pages.Previous = "/assessments"
	}
	return v.Show(page.Page{Title: m.title, Back: "/returns", Body: jointsScreen(v.P, m)})
}

func (v *visit) joint() error { return v.showJoint(page.Form{}) }

// showJoint opens an assessment that was sent here, with the two answers where none was given yet.
func (v *visit) showJoint(form page.Form) error {
	q, err := v.Joints.Open(v.R.Context(), v.By, v.thread())
	if err != nil {
		return err
	}
	m := jointModel{returnModel: returnModel{
		path: pathOfJoint(q.ID), version: v.Fresh(form, q.Version),
		title: page.Key("joint.title", "desk", q.Peer.String(), "reference", string(q.Reference)),
		state: page.Tag{Text: v.Word("joint.state.", string(q.State)), Tone: jointTone(q.State)},
	}}
	m.rows = []page.Row{
		{Key: page.Key("joint.from"), Value: page.Plain(q.Peer.String())},
		{Key: page.Key("joint.arrived"), Value: v.When(q.At)},
		{Key: page.Key("joint.referral"), Value: page.Plain(string(q.Referral)), Action: &page.Link{Path: "/referrals/" + string(q.Referral), Text: page.Key("homecoming.look")}},
	}
	if q.Until != 0 {
		m.rows = append(m.rows, page.Row{Key: page.Key("joint.until"), Value: v.When(q.Until)})
	}
	if q.State == joint.Declined {
		m.rows = append(m.rows, page.Row{Key: page.Key("joint.answer"), Value: v.Word("homecoming.decline.", q.Code)})
	}
	if q.Code == joint.Anew {
		m.rows = append(m.rows, page.Row{Key: page.Key("joint.answer"), Value: page.Key("joint.anew.text")})
	}
	if q.State == joint.Outdated {
		m.rows = append(m.rows, page.Row{Key: page.Key("joint.answer"), Value: page.Key("joint.outdated.text")})
	}
	if q.Joint != nil {
		m.rows = append(m.rows, page.Row{Key: page.Key("joint.language"), Value: page.Plain(v.P.LanguageName(q.Language))})
		red := v.foundThere(&m, q)
		m.answers = q.State == joint.Read && page.May(v.By.Actor, access.SignJoint)
		m.sign, m.decline = v.answersTo(form, red)
	}
	now := &page.Now{Rows: []page.Row{{Key: page.Key("homecoming.state-is"), Value: m.state.Text}}, Path: m.path}
	return v.Show(page.Page{Status: form.Status, Now: now, Title: m.title, Back: "/assessments", Errors: form.Errors, Leave: true, Body: jointScreen(v.P, m)})
}

// foundThere puts what the other desk found on the screen, and returns the red risks that can be accepted.
func (v *visit) foundThere(m *jointModel, q joint.Question) []page.Choice {
	f := homecoming.File{Return: homecoming.Return{Peer: v.Site.Member, Second: q.Desk, Assessed: q.Joint.Assessment.At}, Assessment: q.Joint, Unaccepted: q.Joint.Unaccepted()}
	v.assessed(&m.returnModel, f, true, page.Form{}, q.Language)
	m.waits, m.signed = page.Msg{}, []page.Row{{Key: page.Key("homecoming.signed-by"), Value: page.Plain(q.Peer.String()), Lines: []page.Msg{v.When(q.Joint.Signatures[0].At)}}}
	var red []page.Choice
	for _, r := range v.inOrder(q.Joint.Assessment.Risks) {
		if r.Level == homecoming.Red && r.Mitigation != "" {
			red = append(red, page.Choice{Value: r.Key(), Text: v.nameOf(r), Hint: page.Plain(r.Mitigation)})
		}
	}
	return red
}

// answersTo are the fields of the two answers.
func (v *visit) answersTo(form page.Form, red []page.Choice) (sign, decline []templ.Component) {
	field := func(name string) page.Field {
		return page.Field{ID: name, Error: page.ErrorAt(form.Errors, name)}
	}
	if len(red) > 0 {
		f := field("accepts")
		f.Label, f.Hint = page.Key("homecoming.accepts"), page.Key("homecoming.accepts.hint")
		sign = append(sign, page.CheckboxGroup(v.P, page.Checkboxes{Field: f, Choices: red, Values: v.R.PostForm["accepts"]}))
	}
	note := func(name string) []templ.Component {
		text, language := field(name), field(name+"-language")
		text.Label, text.Optional, language.Label, language.Optional = page.Key("joint.note"), true, page.Key("joint.note.language"), true
		return []templ.Component{
			page.TextArea(v.P, page.Textarea{Field: text, Value: v.Field(name), Rows: 3}),
			page.SelectList(v.P, page.Select{Field: language, Choices: v.Languages(), Value: v.was(name+"-language", string(v.P.Tag())), Empty: page.Key("web.choose")}),
		}
	}
	reason := field("reason")
	reason.Label, reason.Strong = page.Key("joint.reason"), true
	var why []page.Choice
	if d, err := homecoming.Shipped(); err == nil {
		why = v.Choices("homecoming.decline.", d.Codes(homecoming.ListDecline)...)
	}
	sign = append(sign, note("note")...)
	decline = append(decline, page.RadioGroup(v.P, page.Radios{Field: reason, Choices: why, Value: v.Field("reason")}))
	return sign, append(decline, note("why")...)
}

// said is a note with its language; without a note there is none.
func (v *visit) said(name string) (text, language string) {
	if text = v.Field(name); text == "" {
		return "", ""
	}
	return text, v.Field(name + "-language")
}

func (v *visit) signJoint() error {
	note, language := v.said("note")
	r, err := v.Joints.Sign(v.R.Context(), v.By, v.thread(), v.Version(), joint.Signing{Accepts: v.R.PostForm["accepts"], Note: note, Language: language})
	if err != nil {
		return v.again(err, map[string]string{"": "note", "accepts": "accepts", "note": "note", "language": "note-language"}, v.showJoint)
	}
	return v.To(pathOfJoint(r.ID), "return-signed")
}

func (v *visit) declineJoint() error {
	note, language := v.said("why")
	r, err := v.Joints.Decline(v.R.Context(), v.By, v.thread(), v.Version(), joint.Declining{Reason: v.Field("reason"), Note: note, Language: language})
	if err != nil {
		return v.again(err, map[string]string{"": "reason", "reason": "reason", "signature": "reason", "note": "why", "language": "why-language"}, v.showJoint)
	}
	return v.To(pathOfJoint(r.ID), "joint-declined")
}

// takeAnswer takes what the desk of another member answered.
func (v *visit) takeAnswer() error {
	r, err := v.Homecomings.Countersign(v.R.Context(), v.By, v.which(), v.Version())
	if err != nil {
		return v.again(err, map[string]string{}, v.showReturn)
	}
	return v.To(pathOf(r.ID), "joint-taken")
}
