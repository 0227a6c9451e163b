package webreturn

import (
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/referral"
)

// noPaper is the code that says that no document is needed: nobody is asked for it.
const noPaper = "none-needed"

func (v *visit) planForm() error { return v.showPlan(page.Form{}) }

// showPlan asks for papers, escort and reception, as they stand after the plan before.
func (v *visit) showPlan(f page.Form) error {
	of, err := v.at(access.ArrangeHomecoming)
	if err != nil {
		return err
	}
	papers, err := v.codes(homecoming.ListPaper, "homecoming.paper.")
	if err != nil {
		return err
	}
	escorts, err := v.codes(homecoming.ListEscort, "homecoming.escort.")
	if err != nil {
		return err
	}
	var was homecoming.Plan
	if n := len(of.Plans); n > 0 {
		was = of.Plans[n-1].Value
	}
	chosen, issuers := v.R.PostForm["papers"], map[string]string{}
	for _, p := range was.Papers {
		issuers[p.Kind] = p.Issuer
		if v.R.Method == "GET" {
			chosen = append(chosen, p.Kind)
		}
	}
	others, err := v.referralsOf(of.Case)
	if err != nil {
		return err
	}
	line := func(at page.Field, stands string) page.Input {
		return page.Input{Field: at, Value: v.was(at.ID, stands)}
	}
	if f, err = v.carded(v.form(f, of, "plan"), of); err != nil {
		return err
	}
	f.Intro = []page.Msg{page.Key("homecoming.plan.text")}
	f.Fields = append(f.Fields,
		v.DayField(at(f, "leaves"), false),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: at(f, "papers"), Choices: papers, Values: chosen}),
	)
	for _, c := range papers {
		if c.Value == noPaper {
			continue
		}
		name := "issuer-" + c.Value
		f.Fields = append(f.Fields, page.TextInput(v.P, page.Input{
			Field: page.Field{ID: name, Label: page.Key("homecoming.issuer.of", "paper", c.Text.In(v.P)), Hint: page.Key("homecoming.issuer.hint"), Optional: true, Error: page.ErrorAt(f.Errors, name)},
			Value: v.was(name, issuers[c.Value]), Width: 2,
		}))
	}
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: at(f, "fit"), Choices: v.Choices("homecoming.fit.", "yes", "no", "not-asked"), Value: v.was("fit", was.Fit)}),
		page.SelectList(v.P, page.Select{Field: at(f, "escort"), Choices: escorts, Value: v.was("escort", was.Escort), Empty: page.Key("web.choose")}),
		page.TextInput(v.P, line(optional(hinted(at(f, "with"))), was.With)),
		page.TextArea(v.P, page.Textarea{Field: optional(at(f, "route")), Value: v.was("route", was.Route)}),
		page.TextInput(v.P, line(hinted(at(f, "met-by")), was.MetBy)),
		page.TextInput(v.P, line(hinted(at(f, "reception")), was.Reception)),
		page.TextArea(v.P, page.Textarea{Field: optional(at(f, "reintegration")), Value: v.was("reintegration", was.Reintegration)}),
	)
	if len(others) > 0 {
		f.Fields = append(f.Fields, page.SelectList(v.P, page.Select{Field: optional(hinted(at(f, "referral"))), Choices: others, Value: v.was("referral", string(was.Referral)), Empty: page.Key("homecoming.referral.no")}))
	}
	f.Fields = append(f.Fields, page.CheckboxGroup(v.P, v.tick(f, "told", "homecoming.ask.told.hint")))
	return v.ShowForm(f)
}

// referralsOf are the referrals of the case that the reader's desk has sent.
func (v *visit) referralsOf(c id.Case) ([]page.Choice, error) {
	if !page.May(v.By.Actor, access.ListReferral) {
		return nil, nil
	}
	all, err := v.Referrals.List(v.R.Context(), v.By.Actor, referral.Wanted{})
	if err != nil {
		return nil, err
	}
	var out []page.Choice
	for _, r := range all {
		if r.Case == c && r.Side == referral.Sender {
			out = append(out, page.Choice{Value: string(r.ID), Text: page.Key("homecoming.referral.to", "reference", r.Reference, "desk", r.Peer.String(), "state", v.Word("referral.status.", string(r.Status)).In(v.P))})
		}
	}
	return out, nil
}

func (v *visit) arrange() error {
	papers, err := v.codes(homecoming.ListPaper, "")
	if err != nil {
		return err
	}
	of, err := v.at(access.ArrangeHomecoming)
	if err != nil {
		return err
	}
	if unread, err := v.unread(of); err != nil || len(unread) > 0 {
		if err != nil {
			return err
		}
		return v.showPlan(page.Form{Status: page.StatusOf(fault.Invalid), Errors: unread})
	}
	x := homecoming.Plan{
		Leaves: v.Day("leaves"), Papers: []homecoming.Paper{}, Fit: v.Field("fit"), Escort: v.Field("escort"), With: v.Field("with"), Route: v.Field("route"),
		MetBy: v.Field("met-by"), Reception: v.Field("reception"), Reintegration: v.Field("reintegration"), Told: v.Field("told") != "",
		Referral: id.Referral(v.Field("referral")), Language: string(v.P.Tag()),
	}
	for _, kind := range v.Sent("papers", papers) {
		p := homecoming.Paper{Kind: kind}
		if kind != noPaper {
			p.Issuer = strings.ToUpper(v.Field("issuer-" + kind))
		}
		x.Papers = append(x.Papers, p)
	}
	r, err := v.Homecomings.Arrange(v.R.Context(), v.By, v.which(), v.Version(), x)
	if err != nil {
		fields := page.FieldsOf("leaves", "fit", "escort", "with", "route", "reception", "reintegration", "referral")
		fields["met_by"], fields["papers"] = "met-by", "papers"
		// The noun calls all that is said of a paper one field: where a paper was chosen, it is whom one asks for it.
		if i := slices.IndexFunc(x.Papers, func(p homecoming.Paper) bool { return p.Issuer != "" && len(p.Issuer) != 2 }); i >= 0 {
			fields["papers"] = "issuer-" + x.Papers[i].Kind
		}
		fields["homecoming.unfit"], fields["homecoming.untold"] = "fit", "told"
		return v.again(err, fields, v.showPlan)
	}
	return v.To(pathOf(r.ID), "return")
}
