package webcase

import (
	"cmp"
	"net/http"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/sorting"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/transfer"
)

func (v *visit) closeForm() error { return v.showClose(page.Form{}) }

// showClose asks why and when the case ends, and says before that what of it has not ended.
func (v *visit) showClose(f page.Form) error {
	f = v.caseForm(f, "close")
	file, err := v.Cases.Show(v.R.Context(), v.By, id.Case(v.R.PathValue("case")))
	if err != nil {
		return err
	}
	if file.State == casefile.Open {
		open, err := v.stillOpen(file)
		if err != nil {
			return err
		}
		f.Above = append(f.Above, stillOpenPart(v.P, open))
	}
	if f.Status == http.StatusConflict {
		f = v.overtaken(f, file.Version, v.closedRows(file.Case)...)
	} else {
		f = v.asRead(f)
	}
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "reason", Label: page.Key("case.closure"), Error: page.ErrorAt(f.Errors, "reason")}, Choices: v.Choices("case.closure.", v.Lists.Codes(casefile.ListClosure)...), Value: v.Field("reason")}),
		v.DayField(page.Field{ID: "date", Label: page.Key("case.close.date"), Error: page.ErrorAt(f.Errors, "date")}, v.R.Method == "GET"),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "handover", Label: page.Key("case.close.handover"), Optional: true, Error: page.ErrorAt(f.Errors, "handover")}, Value: v.Field("handover")}),
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "data", Label: page.Key("case.action"), Error: page.ErrorAt(f.Errors, "data")}, Choices: v.Choices("case.action.", v.Lists.Codes(casefile.ListAction)...), Value: v.Field("data")}),
		page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "note", Label: page.Key("case.note"), Optional: true, Error: page.ErrorAt(f.Errors, "note")}, Value: v.Field("note")}),
	)
	return v.ShowForm(f)
}

// openModel is what of a case has not ended.
type openModel struct {
	first []page.Item // it is not closed before these have ended
	also  []page.Item
}

// add puts a thing that is on its way among what holds the case, and any other beside.
func (m *openModel) add(holds bool, x page.Item) {
	if holds {
		m.first = append(m.first, x)
	} else {
		m.also = append(m.also, x)
	}
}

// stillOpen looks for whatever somebody still has to do, may still use, or is still given under a case. What the reader may not know of
// is left out; the case is not closed over it either.
func (v *visit) stillOpen(file casefile.File) (openModel, error) {
	var m openModel
	ctx, who, c := v.R.Context(), v.By.Actor, file.ID
	about := []string{string(file.Reference)}
	referrals, err := v.Referrals.OfCase(ctx, who, c)
	if err != nil {
		return m, err
	}
	for _, r := range referrals {
		about = append(about, r.Reference)
		if r.Status.Ended() {
			continue
		}
		x := page.Item{Path: "/referrals/" + string(r.ID), Title: page.Key("referral.title", "reference", r.Reference), Waits: page.Key("task.with", "who", r.Peer.String()), State: page.Tag{Text: v.Word("referral.status.", string(r.Status)), Tone: page.Waiting}}
		if r.Due != 0 {
			x.Hint = page.Key("task.due", "when", v.When(r.Due).In(v.P), "age", v.Age(r.Due).In(v.P))
		}
		m.add(r.Holds(), x)
	}
	if err := v.movesOpen(&m, c); err != nil {
		return m, err
	}
	if err := v.tasksOpen(&m, about); err != nil {
		return m, err
	}
	if page.May(who, access.KnowConsent) && file.Realm != access.Prosecution {
		all, err := v.Consents.List(ctx, who, c)
		if err != nil {
			return m, err
		}
		for _, x := range all {
			if e := v.consentEntry(x); e.live {
				var desks []string
				for _, d := range x.Recipients {
					desks = append(desks, d.String())
				}
				m.add(false, page.Item{Title: page.Key("case.close.consent", "desks", v.P.And(desks...)), Hint: page.Key("case.close.until", "when", v.When(x.ValidTo).In(v.P)), State: e.state})
			}
		}
	}
	for _, r := range file.Reflections {
		if r.Value.Running() {
			_, end := v.reflectionEntry(c, r)
			m.add(false, page.Item{Path: end, Title: page.Key("case.reflection"), Hint: page.Key("case.close.until", "when", v.DayText(r.Value.Until).In(v.P)), State: page.Tag{Text: page.Key("case.close.going"), Tone: page.Waiting}})
		}
	}
	for _, d := range file.Deliveries {
		if d.Value.Until == "" {
			m.add(false, page.Item{Title: v.Word("case.service.", d.Value.Service), Hint: page.Key("case.close.service", "provider", d.Value.Provider, "from", v.DayText(d.Value.From).In(v.P)), State: page.Tag{Text: page.Key("case.close.going"), Tone: page.Waiting}})
		}
	}
	return m, nil
}

// movesOpen adds her returns, the conferences about her and the offers of her case that are not over.
func (v *visit) movesOpen(m *openModel, c id.Case) error {
	ctx, who := v.R.Context(), v.By.Actor
	if page.May(who, access.KnowHomecoming) {
		all, err := v.Homecomings.OfCase(ctx, who, c)
		if err != nil {
			return err
		}
		for _, r := range all {
			if !r.State.Over() {
				m.add(true, page.Item{Path: "/returns/" + string(r.ID), Title: page.Key("homecoming.title", "country", v.P.CountryName(r.To), "reference", string(r.Reference)), State: page.Tag{Text: v.Word("homecoming.state.", string(r.State)), Tone: page.Waiting}})
			}
		}
	}
	if page.May(who, access.KnowConference) {
		all, err := v.Conferences.OfCase(ctx, who, c)
		if err != nil {
			return err
		}
		for _, r := range all {
			if !r.State.Over() {
				m.add(true, page.Item{Path: "/conferences/" + string(r.ID), Title: page.Key("conference.title", "purpose", v.Word("conference.purpose.", r.Purpose).In(v.P), "reference", string(r.Reference)), Hint: v.When(r.Meets), State: page.Tag{Text: v.Word("conference.state.", string(r.State)), Tone: page.Waiting}})
			}
		}
	}
	if page.May(who, access.OfferTransfer) {
		_, all, err := v.Transfers.Of(ctx, v.By, c)
		if err != nil {
			return err
		}
		for _, t := range all {
			if t.State == transfer.Offered {
				m.add(true, page.Item{Path: "/transfers/" + string(t.ID), Title: page.Key("transfer.title", "reference", string(t.Reference)), State: page.Tag{Text: v.Word("transfer.state.", string(t.State)), Tone: page.Waiting}})
			}
		}
	}
	return nil
}

// tasksOpen adds the tasks that are called by one of the references, those that are due first first.
func (v *visit) tasksOpen(m *openModel, about []string) error {
	var found []task.Task
	for _, reference := range about {
		const most = 200 // of one reference; it never has as many
		some, err := v.Tasks.List(v.R.Context(), v.By.Actor, task.Filter{Called: reference, Limit: most})
		if err != nil {
			return err
		}
		found = append(found, some...)
	}
	sorting.Stable(found, func(a, b task.Task) int {
		if (a.Due == 0) != (b.Due == 0) {
			return cmp.Compare(b.Due, a.Due)
		}
		return cmp.Compare(a.Due, b.Due)
	})
	for _, t := range found {
		x := page.Item{Path: "/tasks", Title: page.Key("task.title", "what", v.Word("task.kind.", t.Kind).In(v.P), "reference", t.Reference), State: page.Tag{Text: page.Key("task.open"), Tone: page.Calm}}
		if t.Due != 0 {
			x.Hint = page.Key("task.due", "when", v.When(t.Due).In(v.P), "age", v.Age(t.Due).In(v.P))
		}
		if t.Late(v.Now()) {
			x.State = page.Tag{Text: page.Key("task.late"), Tone: page.Late}
		}
		m.add(false, x)
	}
	return nil
}

// closedRows say whether a case is open.
func (v *visit) closedRows(c casefile.Case) []page.Row {
	rows := []page.Row{{Key: page.Key("case.state"), Value: v.Word("case.state.", string(c.State))}, {Key: page.Key("case.status"), Value: v.Word("case.status.", c.Status)}}
	if c.Closure != "" {
		rows = append(rows, page.Row{Key: page.Key("case.closure"), Value: v.Word("case.closure.", c.Closure), Lines: []page.Msg{v.When(c.Closed)}})
	}
	return rows
}

// closeCase ends the case if it has not changed since it was read.
func (v *visit) closeCase() error {
	c := id.Case(v.R.PathValue("case"))
	_, err := v.Cases.Close(v.R.Context(), v.By, c, v.Version(), casefile.Closure{
		Reason: v.Field("reason"), Date: v.Day("date"), Handover: v.Field("handover"), Action: v.Field("data"), Note: v.Field("note"),
	})
	if err != nil {
		fields := page.FieldsOf("reason", "date", "handover", "note")
		fields["action"] = "data"
		if fault.Is(err, fault.Stale) || fault.Is(err, fault.Conflict) {
			fields[""] = ""
		}
		return v.Again(err, fields, v.showClose)
	}
	return v.To("/cases/"+string(c), "closed")
}
