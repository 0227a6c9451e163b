package webconsent

import (
	"net/url"
	"slices"

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
	ticket, lang          string
	status, decision, day page.Msg
	consents              []ownConsent // that stand, or of which something is elsewhere still
	past                  []ownConsent
	steps                 []ownPart
	who                   page.Msg // whom she can call
	calls                 []page.Phone
	openings              page.Table
}

// ownSureModel is what she is asked once more.
type ownSureModel struct {
	ownPageModel
	title, text, do, keep page.Msg
	rows                  []page.Row
	path                  string
	consent               id.Consent // "" if none is taken back
}

type ownPart struct {
	title page.Msg
	rows  []page.Row
}

type ownConsent struct {
	ownPart
	id    id.Consent
	state page.Msg
	sure  page.Msg // asked before it is taken back
	back  page.Msg // by which it is taken back; none: it cannot be, here
	note  page.Msg
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
	f.Intro, f.Hidden = []page.Msg{page.Key("ownview.page.nothing-kept")}, [][2]string{{"lang", string(v.P.Tag())}}
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
	if v.Field("ticket") != "" {
		l, err := v.OwnViews.LookAgain(v.R.Context(), v.Field("ticket"))
		return v.showOwnPage(l, err)
	}
	if n := len(v.Field("code")); n == 0 || n > maxTyped {
		return v.showOwnForm(page.Form{Status: page.StatusOf(fault.Invalid), Errors: []page.Error{{Field: "code", Text: page.Key("ownview.page.missing")}}})
	}
	l, err := v.OwnViews.Look(v.R.Context(), v.Field("code"))
	return v.showOwnPage(l, err)
}

func (v *visit) showOwnPage(l ownview.Looked, err error) error {
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
	m := ownPageModel{
		ticket: l.Ticket, lang: string(v.P.Tag()), status: page.Key("ownview.page.said." + c.Status), decision: page.Key("ownview.page.said." + c.Decision),
		day: page.Key("ownview.page.as-of", "day", v.DayText(c.Day).In(v.P)),
	}
	if r := l.Reach; r != (ownview.Reach{}) {
		m.who = page.Key("ownview.page.call.own")
		if r.Through {
			m.who = page.Key("ownview.page.call.through")
		}
		for _, x := range [][2]string{{"ownview.page.call.day", r.Day}, {"ownview.page.call.night", r.Night}} {
			if x[1] != "" {
				m.calls = append(m.calls, page.Phone{Of: page.Key(x[0]), Number: x[1]})
			}
		}
	}
	for _, x := range c.Consents {
		n, state := v.P.Number(int64(x.Number)), page.Key("ownview.page.state."+x.State)
		y := ownConsent{id: x.ID, state: state, ownPart: ownPart{title: page.Key("ownview.page.number", "n", n)}}
		if len(x.To) > 0 {
			y.rows = append(y.rows, page.Row{Key: page.Key("ownview.page.for"), Value: v.ownDesk(x.To[0])})
			for _, d := range x.To[1:] {
				last := &y.rows[len(y.rows)-1]
				last.Lines = append(last.Lines, v.ownDesk(d))
			}
		}
		y.rows = append(y.rows, page.Row{Key: page.Key("ownview.page.state"), Value: state},
			page.Row{Key: page.Key("ownview.page.given"), Value: v.DayText(x.Given)}, page.Row{Key: page.Key("ownview.page.until"), Value: v.DayText(x.Until)})
		switch x.State {
		case "given", "paused", "expired": // what was passed on is still elsewhere
			if x.Here {
				y.sure, y.back = page.Key("ownview.page.back.ask", "n", n), page.Key("ownview.page.back.do")
			} else {
				y.note = page.Key("ownview.page.elsewhere")
			}
			m.consents = append(m.consents, y)
		default:
			m.past = append(m.past, y)
		}
	}
	for _, x := range c.Steps {
		m.steps = append(m.steps, ownPart{title: v.ownDesk(x.To), rows: []page.Row{
			{Key: page.Key("ownview.page.state"), Value: page.Key("ownview.page.step." + x.State)},
			{Key: page.Key("ownview.page.given"), Value: v.DayText(x.Since)},
		}})
	}
	m.openings = page.Table{
		Caption: page.Key("ownview.page.seen"), Named: true, Empty: page.Key("ownview.page.openings.none"),
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
		return v.ownSure(ownSureModel{
			consent: id.Consent(v.Field("consent")), path: ownview.Path + "/back", text: page.Key("ownview.page.back.now"), do: page.Key("ownview.page.back.do"),
			keep: page.Key("ownview.page.back.keep"),
		})
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
		return v.ownSure(ownSureModel{
			path: ownview.Path + "/off", title: page.Key("ownview.page.off"), text: page.Key("ownview.page.off.text"), do: page.Key("ownview.page.off"),
			keep: page.Key("ownview.page.back.keep"),
		})
	}
	if err := v.OwnViews.SwitchOff(v.R.Context(), v.Field("ticket")); err != nil {
		return v.ownNothing(err)
	}
	return v.To(ownPath(v, "/off"), "")
}

// ownSure asks once more, and says again what it is about.
func (v *visit) ownSure(m ownSureModel) error {
	l, err := v.OwnViews.LookAgain(v.R.Context(), v.Field("ticket"))
	if err != nil {
		return v.ownNothing(err)
	}
	m.ownPageModel = v.ownModel(l)
	if m.consent != "" {
		i := slices.IndexFunc(m.consents, func(c ownConsent) bool { return c.id == m.consent && !c.back.None() })
		if i < 0 { // taken back meanwhile, or never there
			return v.showOwnPage(l, nil)
		}
		m.title, m.rows = m.consents[i].sure, m.consents[i].rows
	}
	return v.Show(page.Page{Title: m.title, Leave: true, Speak: ownview.Path, Body: ownSureScreen(v.P, m)})
}

func (v *visit) ownBackDone() error {
	return v.ownDone("/back", page.Key("ownview.page.back.done"), page.Key("ownview.page.back.now"), true)
}

// ownOffDone leads nowhere: the page that it would lead to is off.
func (v *visit) ownOffDone() error {
	return v.ownDone("/off", page.Key("ownview.page.off.done"), page.Key("ownview.page.off.text"), false)
}

func (v *visit) ownDone(below string, title, text page.Msg, on bool) error {
	v.inLanguage(v.R.URL.Query().Get("lang"))
	again := ""
	if on {
		again = ownPath(v, "")
	}
	return v.Show(page.Page{Title: title, Leave: true, Speak: ownview.Path + below, Body: ownSaidScreen(v.P, title, text, again)})
}
