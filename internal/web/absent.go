package web

import (
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/task"
)

// absences are who is away now from the desks of a list of tasks, and what their people are called where she may know it. Each desk is read once.
type absences struct {
	away  map[id.Desk][]desk.Absence
	names map[id.Desk]map[id.User]string
}

// absent says of a task that the person responsible for it is away, who stands in and until when; nothing where she is there, and where
// nobody in particular is responsible. Names are said to the people of the desk and to who keeps its roster.
func (v *visit) absent(known *absences, t task.Task) (page.Msg, error) {
	if t.Desk == "" {
		return page.Msg{}, nil
	}
	all, read := known.away[t.Desk]
	if !read {
		var err error
		if all, err = v.Desks.AwayNow(v.R.Context(), v.By.Actor, t.Desk); err != nil && !fault.Is(err, fault.Denied) {
			return page.Msg{}, err
		}
		if known.away == nil {
			known.away, known.names = map[id.Desk][]desk.Absence{}, map[id.Desk]map[id.User]string{}
		}
		known.away[t.Desk] = all
	}
	if len(all) == 0 {
		return page.Msg{}, nil
	}
	a, is := desk.AwayAt(all, v.responsible(t), v.Now())
	if !is {
		return page.Msg{}, nil
	}
	names, read := known.names[t.Desk]
	if !read {
		var err error
		names, err = v.Signin.Colleagues(v.R.Context(), v.By.Actor, t.Desk)
		if err != nil && !fault.Is(err, fault.Denied) && !fault.Is(err, fault.Hidden) {
			return page.Msg{}, err
		}
		known.names[t.Desk] = names
	}
	in := ""
	if there := desk.Present([]id.User{a.User}, all, v.Now()); len(there) > 0 {
		in = string(there[0])
	}
	until := v.DayText(a.To.Add(-time.Second).Time().In(v.Zone).Format(time.DateOnly)).In(v.P)
	switch who := names[a.User]; {
	case who == "" && in == "":
		return page.Key("task.away.some", "day", until), nil
	case who == "":
		return page.Key("task.away.some.in", "day", until), nil
	case in == "":
		return page.Key("task.away", "who", who, "day", until), nil
	default:
		return page.Key("task.away.in", "who", who, "day", until, "in", page.Or(names[id.User(in)], in)), nil
	}
}

// responsible is whose a task is: hers to whom it was given, else of the case that it is about, as far as the reader knows it; "" of nobody in
// particular.
func (v *visit) responsible(t task.Task) id.User {
	if t.User != "" {
		return t.User
	}
	ctx, c := v.R.Context(), id.Case("")
	switch noun, _, _ := strings.Cut(t.Kind, "."); noun {
	case "case", "child":
		c = id.Case(t.Object)
	case "referral":
		name, _, _ := strings.Cut(t.Object, ".")
		r, _, _, err := v.Referrals.Show(ctx, v.By.Actor, referral.At{Referral: id.Referral(name), Desk: t.Desk})
		if err != nil {
			return ""
		}
		c = r.Case
	}
	if c == "" {
		return ""
	}
	of, err := v.Cases.Know(ctx, v.By.Actor, c)
	if err != nil {
		return "" // whose it is, she is not told
	}
	return of.Owner
}
