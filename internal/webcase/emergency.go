package webcase

import (
	"cmp"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/page"
)

func (v *visit) emergencyForm() error { return v.showEmergency(page.Form{}) }

// showEmergency asks for one reference and for the reason. What follows is said before the button. Only who works at the emergency desk
// finds the page, and only who is on duty there finds the form.
func (v *visit) showEmergency(f page.Form) error {
	on, err := v.onEmergencyDuty()
	if err != nil {
		return err
	}
	f.Title, f.Back, f.Leave, f.Danger = page.Key("case.emergency"), "/", true, true
	if !on {
		return v.Show(page.Page{Status: f.Status, Title: f.Title, Back: f.Back, Leave: true, Body: offDuty(v.P, f.Title)})
	}
	f.Action, f.Submit, f.Warning = "/emergency", page.Key("case.emergency.do"), page.Key("case.emergency.red")
	f.Intro = []page.Msg{page.Key("case.emergency.text"), page.Key("case.emergency.second"), page.Key("case.emergency.ends", "minutes", v.P.Number(v.Lists.Limits.GlassMinutes))}
	f.Fields = append(f.Fields,
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "reference", Label: page.Key("case.reference"), Error: page.ErrorAt(f.Errors, "reference")}, Value: v.Field("reference"), Width: 20}),
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "reason", Label: page.Key("case.emergency.reason"), Error: page.ErrorAt(f.Errors, "reason")}, Choices: v.Choices("case.emergency.reason.", v.Lists.Codes(casefile.ListEmergency)...), Value: v.Field("reason")}),
		page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "words", Label: page.Key("case.emergency.words"), Hint: page.Key("case.emergency.words.hint"), Error: page.ErrorAt(f.Errors, "words")}, Value: v.Field("words")}),
	)
	return v.ShowForm(f)
}

// atEmergencyDesk reports whether the reader works at the desk that may open a case of another in an emergency.
func (v *visit) atEmergencyDesk() (bool, error) {
	if !page.May(v.By.Actor, access.EmergencyOpenCase) {
		return false, nil
	}
	desks, err := v.Desks.List(v.R.Context(), v.By.Actor)
	return slices.ContainsFunc(desks, func(d desk.Desk) bool { return d.ID == v.By.Desk && d.Purpose == desk.Emergency }), err
}

// onEmergencyDuty reports whether the reader is on duty at the emergency desk now.
//
// It fails with [fault.Hidden] for whoever works at another desk.
func (v *visit) onEmergencyDuty() (bool, error) {
	if at, err := v.atEmergencyDesk(); err != nil || !at {
		return false, cmp.Or(err, error(fault.New(fault.Hidden, "access.hidden")))
	}
	shifts, _, err := v.Desks.Duty(v.R.Context(), v.By.Actor, v.By.Desk, v.Now())
	return slices.Contains(desk.OnDuty(shifts, v.By.Desk, v.Now()), v.By.User), err
}

// openEmergency opens one case for reading, for a short time. A case that does not exist, and one that this desk may not open, are answered
// in the same words.
func (v *visit) openEmergency() error {
	if on, err := v.onEmergencyDuty(); err != nil || !on {
		return v.showEmergency(page.Form{Status: page.StatusOf(fault.Denied)})
	}
	g, err := v.Cases.EmergencyOpenCalled(v.R.Context(), v.By, v.Field("reference"), v.Field("reason"), v.Field("words"))
	if err != nil {
		_, key, _ := fault.Public(err)
		if fault.Is(err, fault.Hidden) || strings.HasPrefix(key, "id.reference") {
			return v.showEmergency(page.Form{Status: page.StatusOf(fault.KindOf(err)), Errors: []page.Error{{Field: "reference", Text: page.Key("case.emergency.none")}}})
		}
		return v.Again(err, page.FieldsOf("reason", "words"), v.showEmergency)
	}
	return v.To("/cases/"+string(g.Case), "emergency")
}
