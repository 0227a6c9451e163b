package weboffice

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/sorting"
)

// awayModel is who is away from a desk, and the form that says so.
type awayModel struct {
	table  page.Table
	back   []shiftModel // who can be said to be there again
	fields []templ.Component
}

// away shows who is away from a desk to those who keep its roster.
func (v *visit) away(f page.Form, at id.Desk, names map[id.User]string) (awayModel, error) {
	all, err := v.Desks.Absences(v.R.Context(), v.By.Actor, at)
	if err != nil {
		return awayModel{}, err
	}
	m := awayModel{table: page.Table{
		Caption: page.Key("desk.away"), Empty: page.Key("desk.away.none"),
		Columns: []page.Column{{Text: page.Key("desk.duty.who")}, {Text: page.Key("desk.away.from")}, {Text: page.Key("desk.away.to")}, {Text: page.Key("desk.away.in")}},
	}}
	for _, a := range all {
		who, in := page.Plain(page.Or(names[a.User], string(a.User))), page.Key("web.none")
		if a.StandIn != "" {
			in = page.Plain(page.Or(names[a.StandIn], string(a.StandIn)))
		}
		m.table.Rows = append(m.table.Rows, []page.Cell{{Text: who}, {Text: v.day(a.From)}, {Text: v.day(a.To.Add(-time.Second))}, {Text: in}})
		m.back = append(m.back, shiftModel{string(a.User), who.In(v.P)})
	}
	field := func(name, label string) page.Field {
		return page.Field{ID: name, Label: page.Key(label), Error: page.ErrorAt(f.Errors, name)}
	}
	list := func(name, label string, empty page.Msg) page.Select {
		s := page.Select{Field: field(name, label), Empty: empty, Value: v.Field(name)}
		for u, said := range names {
			s.Choices = append(s.Choices, page.Choice{Value: string(u), Text: page.Plain(said)})
		}
		sorting.By(s.Choices, func(a, b page.Choice) int { return strings.Compare(a.Text.In(v.P), b.Text.In(v.P)) })
		return s
	}
	m.fields = []templ.Component{
		page.SelectList(v.P, list("away-who", "desk.duty.who", page.Key("web.choose"))),
		v.DayField(field("away-from", "desk.away.from"), true),
		v.DayField(field("away-to", "desk.away.to"), true),
		page.SelectList(v.P, list("away-in", "desk.away.in", page.Key("web.none"))),
	}
	return m, nil
}

func (v *visit) day(t frame.Time) page.Msg {
	return v.DayText(t.Time().In(v.Zone).Format(time.DateOnly))
}

// leaveDesk says that somebody is away from the first day to the end of the last.
func (v *visit) leaveDesk() error {
	a := desk.Absence{Desk: id.Desk(v.R.PathValue("desk")), User: id.User(v.Field("away-who")), StandIn: id.User(v.Field("away-in"))}
	from, err := time.ParseInLocation(time.DateOnly, v.Day("away-from"), v.Zone)
	if err == nil {
		a.From = frame.At(from)
		var last time.Time
		if last, err = time.ParseInLocation(time.DateOnly, v.Day("away-to"), v.Zone); err == nil {
			a.To = frame.At(last.AddDate(0, 0, 1))
		}
	}
	if err != nil {
		err = fault.Wrap(fault.Invalid, "desk.away.span", err)
	} else {
		err = v.Desks.Away(v.R.Context(), v.By.Actor, a)
	}
	if err != nil {
		return v.Again(err, map[string]string{"": "away-who"}, v.showDuty)
	}
	return v.To("/duty/"+string(a.Desk), "duty")
}

// backAtDesk says that somebody is not away any more.
func (v *visit) backAtDesk() error {
	at := id.Desk(v.R.PathValue("desk"))
	if err := v.Desks.Back(v.R.Context(), v.By.Actor, at, id.User(v.Field("who"))); err != nil {
		return err
	}
	return v.To("/duty/"+string(at), "duty")
}
