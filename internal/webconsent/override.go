package webconsent

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// overrideModel is one use of the path for danger to life and duties of law, with what the reader can do about it.
type overrideModel struct {
	id      id.Consent
	rows    []page.Row
	reason  []page.Entry // opened for those who may read it
	approve bool
	own     bool // the reader proposed it, so somebody else approves
	inform  bool
	review  bool
	early   page.Msg // since when it can be reviewed, if not yet
	finding page.Radios
	card    *page.Card
	errors  []page.Error
	refer   string // path on which a referral under it is begun; empty: it cannot be
}

func (v *visit) overrideID() id.Consent { return id.Consent(v.R.PathValue("override")) }

func (v *visit) override() error { return v.showOverride(0, nil) }

func (v *visit) showOverride(status int, errors []page.Error) error {
	ctx := v.R.Context()
	o, err := v.Consents.Overridden(ctx, v.By.Actor, v.overrideID())
	if err != nil {
		return err
	}
	var categories []string
	for _, c := range o.Categories {
		categories = append(categories, string(c))
	}
	m := overrideModel{id: o.ID, rows: []page.Row{
		{Key: page.Key("consent.override.state-is"), Value: v.Word("consent.override.state.", string(o.State))},
		{Key: page.Key("consent.override.basis"), Value: v.Word("consent.override.basis.", o.Basis)},
		{Key: page.Key("consent.recipients"), Value: page.Plain(o.Recipient.String())},
		{Key: page.Key("consent.categories"), Value: v.Words("consent.category.", categories)},
		{Key: page.Key("consent.override.proposed"), Value: v.When(o.Proposed)},
	}}
	if o.State != consent.Proposed {
		told := page.Key("consent.override.told.not")
		if o.Told != 0 {
			told = v.When(o.Told)
		}
		m.rows = append(m.rows,
			page.Row{Key: page.Key("consent.override.approved"), Value: v.When(o.Approved)},
			page.Row{Key: page.Key("consent.until"), Value: v.When(o.ValidTo)},
			page.Row{Key: page.Key("consent.override.told"), Value: told},
			page.Row{Key: page.Key("consent.override.review-due"), Value: v.When(o.ReviewDue)})
	}
	if o.Finding != "" {
		m.rows = append(m.rows, page.Row{Key: page.Key("consent.override.finding"), Value: v.Word("consent.override.finding.", o.Finding)})
	}
	if page.May(v.By.Actor, access.ReadOverride) {
		why, _, err := v.Consents.ShowOverride(ctx, v.By, o.ID)
		if err != nil {
			return err
		}
		m.reason = []page.Entry{{When: page.Key("consent.override.why"), Text: why.Reason.Text}, {When: page.Key("consent.override.how-told"), Text: why.Reason.Notice}}
		if why.Reason.Citation != "" {
			m.reason = append(m.reason, page.Entry{When: page.Key("consent.override.citation"), Text: why.Reason.Citation})
		}
	}
	m.own = o.State == consent.Proposed && o.Maker == v.By.User
	m.approve = o.State == consent.Proposed && !m.own && page.May(v.By.Actor, access.ApproveOverride)
	m.inform = o.State != consent.Proposed && o.Told == 0 && page.May(v.By.Actor, access.InformOverride)
	if m.inform {
		card, err := v.CardAt(v.Persons, o.Case)
		if err != nil {
			return err
		}
		if m.errors = errors; card != nil {
			said := v.CardOf(*card)
			m.card = &said
		}
	}
	if o.State == consent.Approved && page.May(v.By.Actor, access.ReviewOverride) {
		m.review = v.Now() >= o.ReviewFrom
		if !m.review {
			m.early = page.Key("consent.override.early", "when", v.When(o.ReviewFrom).In(v.P))
		}
		m.finding = page.Radios{Field: page.Field{ID: "finding", Label: page.Key("consent.override.finding"), Error: page.ErrorAt(errors, "finding")}, Choices: v.Choices("consent.override.finding.", "justified", "not-justified")}
	}
	if o.State == consent.Approved && v.Now() < o.ValidTo && page.May(v.By.Actor, access.DraftReferral) {
		m.refer = "/cases/" + string(o.Case) + "/referral?override=" + string(o.ID)
	}
	back := "/tasks"
	if page.May(v.By.Actor, access.ReadCase) {
		back = "/cases/" + string(o.Case)
	}
	return v.Show(page.Page{Status: status, Title: page.Key("consent.override"), Back: back, Errors: errors, Leave: true, Body: overrideScreen(v.P, m)})
}

func (v *visit) proposeForm() error { return v.showPropose(page.Form{}) }

// showPropose asks why something has to be shared without her consent, with whom and what, and when she is told. Nothing leaves before a
// second person has said yes.
func (v *visit) showPropose(f page.Form) error {
	c := v.R.PathValue("case")
	if _, err := v.Cases.Know(v.R.Context(), v.By.Actor, id.Case(c)); err != nil {
		return err
	}
	desks, err := v.Addresses(v.Members)
	if err != nil {
		return err
	}
	f.Title, f.Back, f.Action, f.Submit, f.Leave, f.Danger = page.Key("consent.override"), "/cases/"+c, "/cases/"+c+"/override", page.Key("consent.override.propose.do"), true, true
	f.Intro, f.Warning = []page.Msg{page.Key("consent.override.text")}, page.Key("consent.override.propose.last")
	var codes []string
	for _, k := range consent.Categories() {
		codes = append(codes, string(k.Code))
	}
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "basis", Label: page.Key("consent.override.basis"), Error: page.ErrorAt(f.Errors, "basis")}, Choices: v.Choices("consent.override.basis.", consent.VitalInterest, consent.LegalDuty), Value: v.Field("basis")}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "citation", Label: page.Key("consent.override.citation"), Hint: page.Key("consent.override.citation.hint"), Optional: true, Error: page.ErrorAt(f.Errors, "citation")}, Value: v.Field("citation")}),
		page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "text", Label: page.Key("consent.override.why"), Error: page.ErrorAt(f.Errors, "text")}, Value: v.Field("text")}),
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "recipient", Label: page.Key("consent.recipients"), Error: page.ErrorAt(f.Errors, "recipient")}, Choices: desks, Value: v.Field("recipient")}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "categories", Label: page.Key("consent.categories"), Error: page.ErrorAt(f.Errors, "categories")}, Choices: v.Choices("consent.category.", codes...), Values: v.R.PostForm["categories"]}),
		page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "notice", Label: page.Key("consent.override.how-told"), Error: page.ErrorAt(f.Errors, "notice")}, Value: v.Field("notice")}),
	)
	return v.ShowForm(f)
}

func (v *visit) proposeOverride() error {
	if _, err := v.Cases.Know(v.R.Context(), v.By.Actor, id.Case(v.R.PathValue("case"))); err != nil {
		return err
	}
	why := consent.Reason{Basis: v.Field("basis"), Citation: v.Field("citation"), Text: v.Field("text"), Notice: v.Field("notice")}
	for _, k := range v.R.PostForm["categories"] {
		why.Category = append(why.Category, consent.Code(k))
	}
	if to, err := id.ParseAddress(v.Field("recipient")); err == nil {
		why.Recipient = to
	}
	o, err := v.Consents.Propose(v.R.Context(), v.By, id.Case(v.R.PathValue("case")), why)
	if err != nil {
		return v.Again(err, page.FieldsOf("basis", "citation", "text", "recipient", "categories", "notice"), v.showPropose)
	}
	return v.To("/overrides/"+string(o.ID), "override")
}

func (v *visit) approveOverride() error {
	o, err := v.Consents.Approve(v.R.Context(), v.By, v.overrideID())
	if err != nil {
		return err
	}
	return v.To("/overrides/"+string(o.ID), "override")
}

func (v *visit) informOverride() error {
	o, err := v.Consents.Overridden(v.R.Context(), v.By.Actor, v.overrideID())
	if err != nil {
		return err
	}
	card, err := v.CardAt(v.Persons, o.Case)
	if err != nil {
		return err
	}
	if unread := v.Unread(card); len(unread) > 0 {
		return v.showOverride(page.StatusOf(fault.Invalid), unread)
	}
	o, err = v.Consents.Inform(v.R.Context(), v.By.Actor, v.overrideID())
	if err != nil {
		return err
	}
	return v.To("/overrides/"+string(o.ID), "override")
}

func (v *visit) reviewOverride() error {
	o, err := v.Consents.Review(v.R.Context(), v.By.Actor, v.overrideID(), v.Field("finding"))
	if err != nil {
		return v.Again(err, map[string]string{"": "finding", "finding": "finding"}, func(f page.Form) error { return v.showOverride(f.Status, f.Errors) })
	}
	return v.To("/overrides/"+string(o.ID), "override")
}
