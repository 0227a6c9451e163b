package weboffice

import (
	"cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/restriction"
)

// restrictionsModel is what is kept and not used, and the form by which a case is restricted.
type restrictionsModel struct {
	all       page.Table
	law       page.Msg
	placing   bool
	reference page.Input
	code      page.Select
	words     page.Input
}

func (v *visit) restrictions() error { return v.showRestrictions(0, nil) }

func (v *visit) showRestrictions(status int, errors []page.Error) error {
	all, err := v.Restrictions.List(v.R.Context(), v.By.Actor, "", 200)
	if err != nil {
		return err
	}
	m := restrictionsModel{placing: page.May(v.By.Actor, access.RestrictCase), all: page.Table{
		Caption: page.Key("restriction.list"), Named: true, Empty: page.Key("restriction.list.none"), Columns: []page.Column{
			{Text: page.Key("retention.case")}, {Text: page.Key("retention.desk")}, {Text: page.Key("restriction.ground")}, {Text: page.Key("restriction.placed")}, {Text: page.Key("restriction.noticed-on")}, {Text: page.Key("restriction.told-on")},
		},
	}}
	for _, r := range all {
		which := page.Cell{Text: page.Plain(string(r.Reference)), Path: "/restrictions/" + string(r.ID)}
		if r.Reference == "" {
			which = page.Cell{Text: v.Word("retention.what.", "case")}
		}
		m.all.Rows = append(m.all.Rows, []page.Cell{
			which,
			{Text: v.Own(r.Desk)},
			{Text: v.Word("restriction.ground.", r.Ground)},
			{Text: v.When(r.Placed)},
			v.toldOf(r.Noticed, r.Notice, page.Waiting),
			v.toldOf(r.Told, r.How, page.Calm),
		})
	}
	if law, ok := v.Law().Value(v.Site.Member, restriction.KeyLaw); ok {
		m.law = page.Plain(v.Law().Text(v.Site.Member, restriction.KeyLaw))
		if !law.Origin.Usable() {
			m.law = page.Key("restriction.law.unverified", "law", v.Law().Text(v.Site.Member, restriction.KeyLaw))
		}
	}
	m.reference = page.Input{
		Field: page.Field{ID: "reference", Label: page.Key("retention.reference"), Error: page.ErrorAt(errors, "reference")},
		Value: v.R.FormValue("reference"), Width: 20,
	}
	m.code, m.words = v.saying("restriction.ground.", restriction.ListGrounds, page.Key("restriction.ground"), errors)
	return v.Show(page.Page{Status: status, Title: page.Key("restriction.title"), Errors: errors, Body: restrictionsScreen(v.P, m)})
}

// saying is the fields of a code and of words about it.
func (v *visit) saying(prefix, list string, label page.Msg, errors []page.Error) (page.Select, page.Input) {
	code := page.Select{
		Field: page.Field{ID: "code", Label: label, Error: page.ErrorAt(errors, "code")}, Empty: page.Key("web.choose"), Value: v.R.FormValue("code"),
		Choices: v.Choices(prefix, v.Law().List("", list)...),
	}
	words := page.Input{
		Field: page.Field{ID: "words", Label: page.Key("restriction.words"), Hint: page.Key("restriction.words.hint"), Error: page.ErrorAt(errors, "words")},
		Value: v.R.FormValue("words"),
	}
	return code, words
}

func (v *visit) said() restriction.Saying {
	return restriction.Saying{Code: v.Field("code"), Words: v.Field("words")}
}

// toldOf is when she was told something, and how; before, that nobody has told her.
func (v *visit) toldOf(when frame.Time, how string, before page.Tone) page.Cell {
	if when == 0 {
		return page.Cell{Tag: &page.Tag{Text: page.Key("restriction.told.nobody"), Tone: before}}
	}
	return page.Cell{Text: page.Plain(v.When(when).In(v.P) + ": " + v.Word("restriction.told.", how).In(v.P))}
}

func (v *visit) restrict() error {
	_, err := v.Restrictions.Place(v.R.Context(), v.By.Actor, v.Field("reference"), v.said())
	if err != nil {
		status := page.StatusOf(fault.KindOf(err))
		errors, err := v.Correct(err, map[string]string{"": "reference", "code": "code", "words": "words"})
		if err != nil {
			return err
		}
		return v.showRestrictions(status, errors)
	}
	return v.To("/restrictions", "restricted")
}

func (v *visit) restriction() error { return v.showRestriction(page.Form{}) }

// What she was told, as the form says it.
const (
	toldInForce = "in-force"
	toldEnding  = "ending"
)

// showRestriction asks what comes next: that she is told that it is in force, that it will be lifted, and then that it is lifted.
func (v *visit) showRestriction(f page.Form) error {
	r, err := v.Restrictions.Show(v.R.Context(), v.By.Actor, id.Record(v.R.PathValue("restriction")))
	if err != nil {
		return err
	}
	path := "/restrictions/" + string(r.ID)
	f.Back = "/restrictions"
	f.Intro = []page.Msg{page.Key("restriction.of", "reference", string(r.Reference), "ground", v.Word("restriction.ground.", r.Ground).In(v.P), "when", v.When(r.Placed).In(v.P))}
	var code page.Select
	var words page.Input
	if r.Noticed != 0 {
		f.Intro = append(f.Intro, page.Key("restriction.noticed-how", "when", v.When(r.Noticed).In(v.P), "how", v.Word("restriction.told.", r.Notice).In(v.P)))
	}
	if r.Told == 0 {
		f.Title, f.Action, f.Submit = page.Key("restriction.tell"), path+"/told", page.Key("restriction.tell.do")
		f.Intro = append(f.Intro, page.Key("restriction.tell.text"))
		about := page.Radios{Field: page.Field{ID: "about", Label: page.Key("restriction.about")}, Value: cmp.Or(v.R.FormValue("about"), toldInForce), Choices: []page.Choice{
			{Value: toldInForce, Text: page.Key("restriction.notice"), Hint: page.Key("restriction.notice.text")},
			{Value: toldEnding, Text: page.Key("restriction.tell-that-ending")},
		}}
		if r.Noticed == 0 {
			f.Fields = append(f.Fields, page.RadioGroup(v.P, about))
		} else {
			f.Title = page.Key("restriction.tell-ending")
			f.Hidden = append(f.Hidden, [2]string{"about", toldEnding})
		}
		code, words = v.saying("restriction.told.", restriction.ListTold, page.Key("restriction.how"), f.Errors)
	} else {
		f.Title, f.Action, f.Submit = page.Key("restriction.lift"), path+"/lift", page.Key("restriction.lift.do")
		f.Intro = append(f.Intro, page.Key("restriction.told-how", "when", v.When(r.Told).In(v.P), "how", v.Word("restriction.told.", r.How).In(v.P)))
		code, words = v.saying("restriction.lift.", restriction.ListLifted, page.Key("restriction.code"), f.Errors)
	}
	f.Fields = append(f.Fields, page.SelectList(v.P, code), page.TextInput(v.P, words))
	return v.ShowForm(f)
}

func (v *visit) tellOfRestriction() error {
	r := id.Record(v.R.PathValue("restriction"))
	say, done := v.Restrictions.Tell, "restriction-told"
	if v.Field("about") == toldInForce {
		say, done = v.Restrictions.Notify, "restriction-noticed"
	}
	if _, err := say(v.R.Context(), v.By.Actor, r, v.said()); err != nil {
		return v.Again(err, map[string]string{"": "code", "code": "code", "words": "words"}, v.showRestriction)
	}
	return v.To("/restrictions/"+string(r), done)
}

func (v *visit) liftRestriction() error {
	if _, err := v.Restrictions.Lift(v.R.Context(), v.By.Actor, id.Record(v.R.PathValue("restriction")), v.said()); err != nil {
		return v.Again(err, map[string]string{"": "code", "code": "code", "words": "words"}, v.showRestriction)
	}
	return v.To("/restrictions", "unrestricted")
}
