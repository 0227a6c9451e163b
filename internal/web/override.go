package web

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/id"
)

// overrideModel is one use of the path for danger to life and duties of law, with what the reader can do about it.
type overrideModel struct {
	id      id.Consent
	rows    []Row
	reason  []entry // opened for those who may read it
	approve bool
	own     bool // the reader proposed it, so somebody else approves
	inform  bool
	review  bool
	early   Msg // since when it can be reviewed, if not yet
	finding Radios
}

func (v *Visit) overrideID() id.Consent { return id.Consent(v.r.PathValue("override")) }

func (v *Visit) override() error { return v.showOverride(0, nil) }

func (v *Visit) showOverride(status int, errors []Error) error {
	ctx := v.r.Context()
	o, err := v.web.Consents.Overridden(ctx, v.by.Actor, v.overrideID())
	if err != nil {
		return err
	}
	var categories []string
	for _, c := range o.Categories {
		categories = append(categories, string(c))
	}
	m := overrideModel{id: o.ID, rows: []Row{
		{Key: Key("consent.override.state-is"), Value: v.word("consent.override.state.", string(o.State))},
		{Key: Key("consent.override.basis"), Value: v.word("consent.override.basis.", o.Basis)},
		{Key: Key("consent.recipients"), Value: Plain(o.Recipient.String())},
		{Key: Key("consent.categories"), Value: v.words("consent.category.", categories)},
		{Key: Key("consent.override.proposed"), Value: v.when(o.Proposed)},
	}}
	if o.State != consent.Proposed {
		told := Key("consent.override.told.not")
		if o.Told != 0 {
			told = v.when(o.Told)
		}
		m.rows = append(m.rows,
			Row{Key: Key("consent.override.approved"), Value: v.when(o.Approved)},
			Row{Key: Key("consent.until"), Value: v.when(o.ValidTo)},
			Row{Key: Key("consent.override.told"), Value: told},
			Row{Key: Key("consent.override.review-due"), Value: v.when(o.ReviewDue)})
	}
	if o.Finding != "" {
		m.rows = append(m.rows, Row{Key: Key("consent.override.finding"), Value: v.word("consent.override.finding.", o.Finding)})
	}
	if May(v.by.Actor, access.ReadOverride) {
		why, _, err := v.web.Consents.ShowOverride(ctx, v.by, o.ID)
		if err != nil {
			return err
		}
		m.reason = []entry{{when: Key("consent.override.why"), text: why.Reason.Text}, {when: Key("consent.override.how-told"), text: why.Reason.Notice}}
		if why.Reason.Citation != "" {
			m.reason = append(m.reason, entry{when: Key("consent.override.citation"), text: why.Reason.Citation})
		}
	}
	m.own = o.State == consent.Proposed && o.Maker == v.by.User
	m.approve = o.State == consent.Proposed && !m.own && May(v.by.Actor, access.ApproveOverride)
	m.inform = o.State != consent.Proposed && o.Told == 0 && May(v.by.Actor, access.InformOverride)
	if o.State == consent.Approved && May(v.by.Actor, access.ReviewOverride) {
		m.review = v.now() >= o.ReviewFrom
		if !m.review {
			m.early = Key("consent.override.early", "when", v.when(o.ReviewFrom).In(v.p))
		}
		m.finding = Radios{Field: Field{ID: "finding", Label: Key("consent.override.finding"), Error: at(errors, "finding")}, Choices: v.choices("consent.override.finding.", "justified", "not-justified")}
	}
	back := "/tasks"
	if May(v.by.Actor, access.ReadCase) {
		back = "/cases/" + string(o.Case)
	}
	return v.show(page{status: status, title: Key("consent.override"), back: back, errors: errors, leave: true, body: overrideScreen(v.p, m)})
}

func (v *Visit) approveOverride() error {
	o, err := v.web.Consents.Approve(v.r.Context(), v.by, v.overrideID())
	if err != nil {
		return err
	}
	return v.to("/overrides/"+string(o.ID), "override")
}

func (v *Visit) informOverride() error {
	o, err := v.web.Consents.Inform(v.r.Context(), v.by.Actor, v.overrideID())
	if err != nil {
		return err
	}
	return v.to("/overrides/"+string(o.ID), "override")
}

func (v *Visit) reviewOverride() error {
	o, err := v.web.Consents.Review(v.r.Context(), v.by.Actor, v.overrideID(), v.field("finding"))
	if err != nil {
		return v.again(err, map[string]string{"": "finding", "finding": "finding"}, func(f form) error { return v.showOverride(f.status, f.errors) })
	}
	return v.to("/overrides/"+string(o.ID), "override")
}

// renewIntake gives the reader's desk a new intake pair, after a reminder or at any time.
func (v *Visit) renewIntake() error {
	at := id.Desk(v.r.PathValue("desk"))
	if err := v.web.Keyring.RotateIntake(v.r.Context(), v.by, at); err != nil {
		return err
	}
	return v.to("/desks/"+string(at), "intake")
}
