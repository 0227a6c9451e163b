package webcase

import (
	"net/url"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/ownview"
	"github.com/opentrm/opentrm/internal/page"
)

// The page of the person herself. It says nothing of the program, of a case and of her, before and after; the code is typed and sent in the
// body of a form, never in an address; it sets no cookie and needs no script. For whatever opens nothing one and the same is said.

// maxTyped is how long what is typed for a code may be.
const maxTyped = 200

// ownPageModel is what she sees.
type ownPageModel struct {
	ticket, lang string
	rows         []page.Row
	consents     []ownConsent
	steps        []ownPart
	openings     page.Table
}

type ownPart struct {
	title page.Msg
	rows  []page.Row
}

type ownConsent struct {
	ownPart
	id   id.Consent
	n    string
	back page.Msg // by which it is taken back; none: it cannot be, here
	note page.Msg
}

func (v *visit) inLanguage(asked string) {
	if asked != "" {
		v.SpeakIn(asked)
	}
}

func ownPath(v *visit, below string) string {
	return ownview.Path + below + "?lang=" + url.QueryEscape(string(v.P.Tag()))
}

func (v *visit) ownForm() error {
	v.inLanguage(v.R.URL.Query().Get("lang"))
	return v.showOwnForm(page.Form{})
}

func (v *visit) showOwnForm(f page.Form) error {
	f.Title, f.Action, f.Submit, f.Speak, f.Leave = page.Key("ownview.page"), ownview.Path, page.Key("ownview.page.look"), ownview.Path, true
	f.Hidden = [][2]string{{"lang", string(v.P.Tag())}}
	f.Fields = []templ.Component{page.TextInput(v.P, page.Input{
		Field: page.Field{ID: "code", Label: page.Key("ownview.code"), Hint: page.Key("ownview.page.hint"), Error: page.ErrorAt(f.Errors, "code")},
	})}
	return v.ShowForm(f)
}

// ownAllowed reads the language of a form, and refuses who asks too fast.
func (v *visit) ownAllowed() error {
	v.inLanguage(v.Field("lang"))
	if v.looks.Allow(v.Network()) {
		return nil
	}
	v.Header().Set("Retry-After", "10")
	return fault.New(fault.Unavailable, "web.rate")
}

func (v *visit) ownLook() error {
	if err := v.ownAllowed(); err != nil {
		return err
	}
	if n := len(v.Field("code")); n == 0 || n > maxTyped {
		return v.showOwnForm(page.Form{Status: page.StatusOf(fault.Invalid), Errors: []page.Error{{Field: "code", Text: page.Key("ownview.page.missing")}}})
	}
	l, err := v.OwnViews.Look(v.R.Context(), v.Field("code"))
	if err != nil {
		return v.ownNothing(err)
	}
	m := v.ownModel(l)
	v.Header().Set("Refresh", "600; url="+ownPath(v, "")) // whoever leaves the device alone leaves nothing on it
	return v.Show(page.Page{Title: page.Key("ownview.page"), Leave: true, Speak: ownview.Path, Body: ownPageScreen(v.P, m)})
}

// ownNothing says the same of whatever opens nothing.
func (v *visit) ownNothing(err error) error {
	if !fault.Is(err, fault.Hidden) {
		return err
	}
	return v.Show(page.Page{
		Status: page.StatusOf(fault.NotFound), Title: page.Key("ownview.page.not"), Leave: true, Speak: ownview.Path,
		Body: ownSaidScreen(v.P, page.Key("ownview.page.not"), page.Key("ownview.page.not.text"), ownPath(v, "")),
	})
}

func (v *visit) ownModel(l ownview.Looked) ownPageModel {
	c := l.Capsule
	m := ownPageModel{ticket: l.Ticket, lang: string(v.P.Tag()), rows: []page.Row{
		{Key: page.Key("ownview.page.day"), Value: v.DayText(c.Day)},
		{Key: page.Key("ownview.page.work"), Value: page.Key("ownview.page.work." + c.Status)},
		{Key: page.Key("ownview.page.decision"), Value: page.Key("ownview.page.decision." + c.Decision)},
	}}
	for _, x := range c.Consents {
		y := ownConsent{id: x.ID, n: v.P.Number(int64(x.Number)), ownPart: ownPart{title: page.Key("ownview.page.number", "n", v.P.Number(int64(x.Number))), rows: []page.Row{
			{Key: page.Key("ownview.page.state"), Value: page.Key("ownview.page.state." + x.State)},
			{Key: page.Key("ownview.page.given"), Value: v.DayText(x.Given)},
			{Key: page.Key("ownview.page.until"), Value: v.DayText(x.Until)},
		}}}
		if len(x.To) > 0 {
			y.rows = append(y.rows, page.Row{Key: page.Key("ownview.page.for"), Value: v.ownDesk(x.To[0])})
			for _, d := range x.To[1:] {
				last := &y.rows[len(y.rows)-1]
				last.Lines = append(last.Lines, v.ownDesk(d))
			}
		}
		switch x.State {
		case "given", "paused", "expired": // what was passed on is still elsewhere
			if x.Here {
				y.back = page.Key("ownview.page.back", "n", v.P.Number(int64(x.Number)))
			} else {
				y.note = page.Key("ownview.page.elsewhere")
			}
		}
		m.consents = append(m.consents, y)
	}
	for _, x := range c.Steps {
		m.steps = append(m.steps, ownPart{title: v.ownDesk(x.To), rows: []page.Row{
			{Key: page.Key("ownview.page.state"), Value: page.Key("ownview.page.step." + x.State)},
			{Key: page.Key("ownview.page.given"), Value: v.DayText(x.Since)},
		}})
	}
	m.openings = page.Table{
		Caption: page.Key("ownview.page.openings"), Named: true, Empty: page.Key("ownview.page.openings.none"),
		Columns: []page.Column{{Text: page.Key("case.openings.day")}, {Text: page.Key("case.openings.function")}},
	}
	for _, o := range c.Openings {
		m.openings.Rows = append(m.openings.Rows, []page.Cell{{Text: v.DayText(o.Day)}, {Text: page.RoleName(o.Role)}})
	}
	return m
}

func (v *visit) ownDesk(d ownview.Desk) page.Msg {
	what := page.Key("ownview.function." + d.Function)
	if d.Abroad {
		return page.Key("ownview.abroad", "what", what.In(v.P))
	}
	return what
}

// ownBack asks once more, and then takes a consent back.
func (v *visit) ownBack() error {
	if err := v.ownAllowed(); err != nil {
		return err
	}
	if v.Field("sure") == "" {
		return v.ownSure("/back", page.Key("ownview.page.back", "n", v.Field("n")), page.Key("ownview.page.back.text"), [][2]string{{"consent", v.Field("consent")}, {"n", v.Field("n")}})
	}
	err := v.OwnViews.Withdraw(v.R.Context(), v.Field("ticket"), id.Consent(v.Field("consent")))
	if err != nil && !fault.Is(err, fault.Conflict) { // sent twice: it is taken back
		return v.ownNothing(err)
	}
	return v.To(ownPath(v, "/back"), "")
}

// ownOff asks once more, and then switches the page off.
func (v *visit) ownOff() error {
	if err := v.ownAllowed(); err != nil {
		return err
	}
	if v.Field("sure") == "" {
		return v.ownSure("/off", page.Key("ownview.page.off"), page.Key("ownview.page.off.text"), nil)
	}
	if err := v.OwnViews.SwitchOff(v.R.Context(), v.Field("ticket")); err != nil {
		return v.ownNothing(err)
	}
	return v.To(ownPath(v, "/off"), "")
}

// ownSure asks once more.
func (v *visit) ownSure(below string, title, text page.Msg, more [][2]string) error {
	if len(v.Field("ticket")) > 1000 || len(v.Field("consent")) > 64 || len(v.Field("n")) > 20 {
		return v.ownNothing(fault.New(fault.Hidden, "access.hidden"))
	}
	return v.ShowForm(page.Form{
		Title: title, Intro: []page.Msg{text}, Action: ownview.Path + below, Submit: page.Key("ownview.page.sure"), Leave: true, Speak: ownview.Path,
		Hidden: append([][2]string{{"lang", string(v.P.Tag())}, {"ticket", v.Field("ticket")}, {"sure", "yes"}}, more...),
	})
}

func (v *visit) ownBackDone() error { return v.ownDone("/back", "ownview.page.back") }

func (v *visit) ownOffDone() error { return v.ownDone("/off", "ownview.page.off") }

func (v *visit) ownDone(below, key string) error {
	v.inLanguage(v.R.URL.Query().Get("lang"))
	title := page.Key(key + ".done")
	return v.Show(page.Page{Title: title, Leave: true, Speak: ownview.Path + below, Body: ownSaidScreen(v.P, title, page.Key(key+".text"), ownPath(v, ""))})
}
