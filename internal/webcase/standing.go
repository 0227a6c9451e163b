package webcase

import (
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// The consents of a case as they stand: on its page, and where somebody says that one still stands or takes one back for her. How she is
// asked for one is in package webconsent.

// consentEntry is one of them.
type consentEntry struct {
	id      id.Consent
	state   page.Tag
	rows    []page.Row
	live    bool // it can be withdrawn
	receipt bool // there is a paper of it for her
	waits   bool // nobody has said since a restore that it stands
	reply   bool // she took it back, and what becomes of what lies under it is to be said
}

func (v *visit) consentEntry(c consent.Consent) consentEntry {
	live, waits := c.Live(v.Now()), c.Waits(v.Now()) && c.Origin == consent.TakenHere
	state := page.Tag{Text: v.Word("consent.state.", string(c.State)), Tone: page.Off}
	switch {
	case waits:
		state = page.Tag{Text: page.Key("consent.state.unconfirmed"), Tone: page.Late}
	case live:
		state.Tone = page.Good
	}
	var recipients, purposes []string
	for _, r := range c.Recipients {
		recipients = append(recipients, r.String())
	}
	for _, p := range c.Purposes {
		purposes = append(purposes, string(p))
	}
	var categories []string
	for _, k := range c.Categories {
		categories = append(categories, string(k))
	}
	e := consentEntry{
		id: c.ID, live: live && c.Origin == consent.TakenHere || waits, waits: waits, state: state, receipt: c.Origin == consent.TakenHere && c.Record != "",
		rows: []page.Row{
			{Key: page.Key("consent.recipients"), Value: page.Plain(v.P.And(recipients...))},
			{Key: page.Key("consent.purposes"), Value: v.Words("consent.purpose.", purposes)},
			{Key: page.Key("consent.categories"), Value: v.Words("consent.category.", categories)},
			{Key: page.Key("consent.until"), Value: v.When(c.ValidTo)},
		},
	}
	if c.State == consent.Withdrawn {
		e.reply = c.Unanswered()
		done := page.Row{Key: page.Key("consent.answer"), Value: page.Key("consent.answer.waits")}
		if !e.reply {
			done.Value, done.Lines = v.Word("consent.answer.", string(c.Reply)), []page.Msg{v.When(c.Answered)}
			if c.Reply == consent.Kept {
				done.Lines = append(done.Lines, v.Word("consent.ground.", c.Ground), page.Plain(c.Citation), page.Key("consent.answer.review", "when", v.When(c.Review).In(v.P)))
			}
		}
		e.rows = append(e.rows, page.Row{Key: page.Key("consent.withdrawn"), Value: v.When(c.Withdrawn)},
			page.Row{Key: page.Key("consent.effective"), Value: v.When(c.Effective)}, done)
	}
	return e
}

func (v *visit) confirmForm() error { return v.showConfirm(page.Form{}) }

// showConfirm asks, after a restore or once she is 18, how the desk knows that a consent still stands. That she has taken it back is said on
// the same screen.
func (v *visit) showConfirm(f page.Form) error {
	c, err := v.Consents.Know(v.R.Context(), v.By.Actor, id.Consent(v.R.PathValue("consent")))
	if err != nil {
		return err
	}
	m := confirmModel{entry: v.consentEntry(c), file: c.Case, text: page.Key("consent.unconfirmed.text")}
	var how []string
	for _, s := range consent.Sures() {
		how = append(how, string(s))
	}
	m.how = page.Radios{Field: page.Field{ID: "how", Label: page.Key("consent.sure"), Error: page.ErrorAt(f.Errors, "how")}, Choices: v.Choices("consent.sure.", how...), Value: v.Field("how")}
	if c.OfAge() { // only she can say it
		m.text = page.Key("consent.of-age.text")
		m.how.Choices = []page.Choice{{Value: string(consent.AskedAgain), Text: page.Key("consent.sure.of-age")}}
	}
	card, err := v.CardAt(v.Persons, c.Case)
	if err != nil {
		return err
	}
	if m.errors = f.Errors; card != nil && m.entry.waits {
		said := v.CardOf(*card)
		m.card = &said
	}
	return v.Show(page.Page{Status: f.Status, Title: page.Key("consent.unconfirmed.title"), Back: "/cases/" + string(c.Case), Errors: f.Errors, Leave: true, Body: confirmScreen(v.P, m)})
}

// confirmModel is a consent of which nobody has said since a restore that it still stands.
type confirmModel struct {
	entry consentEntry
	file  id.Case
	text  page.Msg // why it is open
	how   page.Radios

	card   *page.Card // she is asked
	errors []page.Error
}

func (v *visit) confirmConsent() error {
	known, err := v.Consents.Know(v.R.Context(), v.By.Actor, id.Consent(v.R.PathValue("consent")))
	if err != nil {
		return err
	}
	card, err := v.CardAt(v.Persons, known.Case)
	if err != nil {
		return err
	}
	if unread := v.Unread(card); v.consentEntry(known).waits && len(unread) > 0 {
		return v.showConfirm(page.Form{Status: page.StatusOf(fault.Invalid), Errors: unread})
	}
	c, err := v.Consents.Confirm(v.R.Context(), v.By.Actor, id.Consent(v.R.PathValue("consent")), consent.Sure(v.Field("how")))
	if err != nil {
		return v.Again(err, map[string]string{"": "how", "how": "how"}, v.showConfirm)
	}
	return v.To("/cases/"+string(c.Case), "confirmed")
}

func (v *visit) withdrawConsent() error {
	if _, err := v.Consents.Withdraw(v.R.Context(), v.By.Actor, id.Consent(v.R.PathValue("consent")), ""); err != nil {
		return err
	}
	return v.To("/cases/"+v.R.PathValue("case"), "withdrawn")
}
