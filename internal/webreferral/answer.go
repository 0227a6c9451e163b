package webreferral

import (
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/referral"
)

// answerPath is where the desk says what becomes of what is here under a consent that she took back; empty: nothing is to be said, or she may not.
func (v *visit) answerPath(r referral.Row) string {
	if r.Consent == "" || r.Case == "" || !page.May(v.By.Actor, access.WithdrawConsent) {
		return ""
	}
	c, err := v.Consents.Know(v.R.Context(), v.By.Actor, r.Consent)
	if err != nil || !c.Unanswered() {
		return ""
	}
	return "/consents/" + string(c.ID) + "/reply"
}

// answeredRow is what the other desk says became of what it holds of her.
func (v *visit) answeredRow(x envelope.Receipt) page.Row {
	row := page.Row{Key: page.Key("consent.answer.there"), Value: page.Key("consent.answer.waits")}
	switch x.Stage {
	case envelope.Erased:
		row.Value, row.Lines = page.Key("consent.answer.erased"), []page.Msg{v.When(x.At)}
	case envelope.Kept:
		row.Value = page.Key("consent.answer.kept")
		row.Lines = []page.Msg{v.Word("consent.ground.", x.Ground), page.Key("consent.answer.review", "when", v.When(x.Until).In(v.P))}
	}
	return row
}

func (v *visit) answerForm() error { return v.showAnswer(page.Form{}) }

// showAnswer asks whether what lies under a consent that she took back is erased, or kept because a law requires it.
func (v *visit) showAnswer(f page.Form) error {
	c, err := v.Consents.Know(v.R.Context(), v.By.Actor, id.Consent(v.R.PathValue("consent")))
	if err != nil {
		return err
	}
	var categories []string
	for _, k := range c.Categories {
		categories = append(categories, string(k))
	}
	rows := []page.Row{{Key: page.Key("consent.categories"), Value: v.Words("consent.category.", categories)}}
	if c.State == consent.Withdrawn {
		rows = append(rows, page.Row{Key: page.Key("consent.withdrawn"), Value: v.When(c.Withdrawn)}, page.Row{Key: page.Key("consent.effective"), Value: v.When(c.Effective)})
	}
	f.Title, f.Back, f.Leave = page.Key("task.kind.referral.erase"), "/cases/"+string(c.Case), true
	if !c.Unanswered() {
		return v.Show(page.Page{Status: f.Status, Title: f.Title, Back: f.Back, Leave: true, Body: answeredScreen(v.P, f.Title, rows)})
	}
	holding, err := v.holding()
	if err != nil {
		return err
	}
	f.Action, f.Submit, f.Warning = "/consents/"+string(c.ID)+"/reply", page.Key("consent.answer.do"), page.Key("consent.answer.final")
	f.Intro = []page.Msg{page.Key("consent.answer.text")}
	if c.Origin == consent.Received {
		f.Intro = append(f.Intro, page.Key("consent.answer.told", "member", string(c.Issuer)))
	}
	f.Above = append(f.Above, page.SummaryList(v.P, rows))
	what := v.Choices("consent.answer.", string(consent.Erased), string(consent.Kept))
	what[1].Hint = page.Key("consent.answer.kept.hint")
	if len(holding) == 0 {
		what, f.Intro = what[:1], append(f.Intro, page.Key("consent.answer.nobody"))
	}
	f.Fields = append(f.Fields, page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "answer", Label: page.Key("consent.answer"), Error: page.ErrorAt(f.Errors, "answer")}, Choices: what, Value: v.Field("answer")}))
	if len(holding) > 0 {
		f.Fields = append(f.Fields,
			page.SelectList(v.P, page.Select{
				Field:   page.Field{ID: "ground", Label: page.Key("consent.ground"), Optional: true, Error: page.ErrorAt(f.Errors, "ground")},
				Choices: v.Choices("consent.ground.", v.Lists.Codes(casefile.ListKeeping)...), Value: v.Field("ground"), Empty: page.Key("web.choose"),
			}),
			page.TextInput(v.P, page.Input{Field: page.Field{ID: "citation", Label: page.Key("consent.citation"), Hint: page.Key("consent.citation.hint"), Optional: true, Error: page.ErrorAt(f.Errors, "citation")}, Value: v.Field("citation")}),
			v.DayField(page.Field{ID: "review", Label: page.Key("consent.review"), Optional: true, Error: page.ErrorAt(f.Errors, "review")}, false),
			page.SelectList(v.P, page.Select{
				Field:   page.Field{ID: "desk", Label: page.Key("desk.purpose.legal-hold"), Optional: true, Error: page.ErrorAt(f.Errors, "desk")},
				Choices: holding, Value: page.Or(v.Field("desk"), holding[0].Value),
			}),
		)
	}
	return v.ShowForm(f)
}

// holding are the desks that may keep what a law requires.
func (v *visit) holding() ([]page.Choice, error) {
	desks, err := v.Desks.List(v.R.Context(), v.By.Actor)
	var all []page.Choice
	for _, d := range desks {
		if d.Purpose == desk.LegalHold && d.State == desk.Active {
			all = append(all, page.Choice{Value: string(d.ID), Text: v.Desk(id.Address{Member: v.Site.Member, Desk: d.ID})})
		}
	}
	return all, err
}

// answer erases what lies under the consent, or has it kept.
func (v *visit) answer() error {
	keep, err := v.keeping()
	if err == nil {
		var c consent.Consent
		c, err = v.Consents.Reply(v.R.Context(), v.By, id.Consent(v.R.PathValue("consent")), keep)
		if err == nil {
			return v.To("/cases/"+string(c.Case), "answered")
		}
	}
	return v.Again(err, page.FieldsOf("answer", "ground", "citation", "review", "desk"), v.showAnswer)
}

// keeping is what was sent: nil, to erase. What it lacks says the noun.
//
// It fails with [fault.Invalid] where nothing was chosen, or another desk than one that keeps.
func (v *visit) keeping() (*consent.Keeping, error) {
	wrong := func(field string) error { return fault.New(fault.Invalid, "consent.field").With("field", field) }
	switch consent.Reply(v.Field("answer")) {
	case consent.Erased:
		return nil, nil
	case consent.Kept:
	default:
		return nil, wrong("answer")
	}
	holding, err := v.holding()
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(holding, func(c page.Choice) bool { return c.Value == v.Field("desk") }) {
		return nil, wrong("desk")
	}
	keep := consent.Keeping{
		Ground: v.Field("ground"), Citation: strings.NewReplacer(" ", "-", "/", "-").Replace(strings.ToLower(v.Field("citation"))), Desk: id.Desk(v.Field("desk")),
	}
	if day, err := time.ParseInLocation(time.DateOnly, v.Day("review"), v.Zone); err == nil {
		keep.Review = frame.At(day)
	}
	return &keep, nil
}
