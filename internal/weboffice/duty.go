package weboffice

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/sorting"
	"github.com/opentrm/opentrm/internal/task"
)

// How far the pages look ahead and back, and how many gaps of a desk the list of desks shows.
const (
	rosterAhead = 14 * 24 * time.Hour
	rosterBack  = 31 * 24 * time.Hour // a shift is not longer
	someGaps    = 3
)

// watchModel is one desk in the list: what it is called, and how it is looked after.
type watchModel struct {
	name page.Msg
	rows []page.Row
}

// dutiesModel is the desks of this node with who looks after them.
type dutiesModel struct {
	desks []watchModel
	pages page.Pages
	board bool
}

func (v *visit) watches() ([]desk.Watch, error) {
	return v.Desks.Watches(v.R.Context(), v.By.Actor, v.Now().Add(rosterAhead))
}

func (v *visit) duties() error {
	all, err := v.watches()
	if err != nil {
		return err
	}
	waits, err := v.waiting()
	if err != nil {
		return err
	}
	m := dutiesModel{board: page.May(v.By.Actor, access.BoardReferral)}
	all, m.pages = page.Cut(all, "/duty", v.R.URL.Query().Get("after"), func(w desk.Watch) string { return string(w.Desk.ID) })
	for _, w := range all {
		rows, err := v.watchRows(w, waits, someGaps)
		if err != nil {
			return err
		}
		last := len(rows) - 1
		rows[last].Action = &page.Link{Path: "/duty/" + string(w.Desk.ID), Text: page.Key("desk.duty.roster")}
		m.desks = append(m.desks, watchModel{v.deskName(w.Desk), rows})
	}
	return v.Show(page.Page{Title: page.Key("desk.duty.title"), Body: dutiesScreen(v.P, m)})
}

// deskName calls a desk by what it does and by its short name.
func (v *visit) deskName(d desk.Desk) page.Msg {
	return page.Plain(v.Word("", d.Function).In(v.P) + " (" + string(d.ID) + ")")
}

// waiting counts what waits at each desk, as far as she may know of it; nil if she may know of nothing.
func (v *visit) waiting() (map[id.Desk]task.Load, error) {
	if !page.May(v.By.Actor, access.ListTask) {
		return nil, nil
	}
	some, err := v.Tasks.Waiting(v.R.Context(), v.By.Actor)
	all := map[id.Desk]task.Load{}
	for _, l := range some {
		all[l.Desk] = l
	}
	return all, err
}

// watchRows says who looks after a desk, when nobody does, and what becomes of what waits there.
func (v *visit) watchRows(w desk.Watch, waits map[id.Desk]task.Load, gaps int) ([]page.Row, error) {
	d := w.Desk
	now := page.Row{Key: page.Key("desk.duty.now")}
	switch names, err := v.names(d.ID); {
	case err != nil:
		return nil, err
	case !w.Planned:
		now.Value = page.Key("desk.duty.none", "n", v.P.Number(int64(w.Members)))
	case len(w.On) == 0:
		now.Value = page.Key("desk.duty.nobody", "n", v.P.Number(int64(w.Members)))
	case names == nil:
		now.Value = page.Key("desk.duty.people", "n", v.P.Number(int64(len(w.On))))
	default:
		var on []string
		for _, u := range w.On {
			on = append(on, page.Or(names[u], string(u)))
		}
		now.Value = page.Plain(v.P.And(on...))
	}
	rows := []page.Row{now}
	if w.Nobody {
		rows = append(rows, page.Row{Key: page.Key("desk.away"), Value: page.Key("desk.away.all", "n", v.P.Number(int64(w.Away)))})
	} else if w.Away > 0 {
		rows = append(rows, page.Row{Key: page.Key("desk.away"), Value: page.Plain(v.P.Number(int64(w.Away)))})
	}
	if w.Planned {
		row := page.Row{Key: page.Key("desk.duty.gaps"), Value: page.Key("desk.duty.gaps.none")}
		for i, g := range w.Gaps[:min(gaps, len(w.Gaps))] {
			if line := v.span(g); i == 0 {
				row.Value = line
			} else {
				row.Lines = append(row.Lines, line)
			}
		}
		if more := len(w.Gaps) - gaps; more > 0 {
			row.Lines = append(row.Lines, page.Key("desk.duty.gaps.more", "n", v.P.Number(int64(more))))
		}
		rows = append(rows, row)
	}
	if l, ok := waits[d.ID]; ok {
		rows = append(rows, page.Row{Key: page.Key("desk.duty.waits"), Value: page.Key("desk.duty.waits.text", "n", v.P.Number(l.Open), "late", v.P.Number(l.Late))})
	}
	or := func(s string) page.Msg {
		if s == "" {
			return page.Key("web.none")
		}
		return page.Plain(s)
	}
	return append(rows,
		page.Row{Key: page.Key("desk.deputy"), Value: or(string(d.Deputy))},
		page.Row{Key: page.Key("desk.coordinator"), Value: or(string(d.Coordinator))},
		page.Row{Key: page.Key("desk.out-of-hours"), Value: or(d.OutOfHours)},
	), nil
}

// span says when a span begins and ends, with the day of the week.
func (v *visit) span(s desk.Span) page.Msg {
	return page.Plain(v.P.Text("desk.duty.span", "from", v.moment(s.From), "to", v.moment(s.To)))
}

func (v *visit) moment(t frame.Time) string {
	return v.P.Weekday(t.Time().In(v.Zone).Weekday()) + ", " + v.When(t).In(v.P)
}

// names are the people of a desk; nil if she may not know them.
func (v *visit) names(at id.Desk) (map[id.User]string, error) {
	names, err := v.Signin.Colleagues(v.R.Context(), v.By.Actor, at)
	if fault.Is(err, fault.Denied) || fault.Is(err, fault.Hidden) {
		return nil, nil
	}
	return names, err
}

// dutyModel is the roster of one desk.
type dutyModel struct {
	path   string
	name   page.Msg
	rows   []page.Row
	shifts page.Table
	gone   []shiftModel // that she may take out
	mark   string
	fields []templ.Component // to enter a shift; none: she may not
	change bool
	away   awayModel
}

type shiftModel struct{ value, text string }

// watch finds the desk of the path among those that people look after.
func (v *visit) watch() (desk.Watch, error) {
	all, err := v.watches()
	if err != nil {
		return desk.Watch{}, err
	}
	i := slices.IndexFunc(all, func(w desk.Watch) bool { return string(w.Desk.ID) == v.R.PathValue("desk") })
	if i < 0 {
		return desk.Watch{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return all[i], nil
}

func (v *visit) mayRoster(d desk.Desk) bool {
	return access.Check(v.By.Actor, access.DutyDesk, access.Resource{Noun: "desk", ID: string(d.ID), Realm: v.By.Realm, Desk: d.ID}) == nil
}

func (v *visit) duty() error { return v.showDuty(page.Form{}) }

func (v *visit) showDuty(f page.Form) error {
	w, err := v.watch()
	if err != nil {
		return err
	}
	waits, err := v.waiting()
	if err != nil {
		return err
	}
	m := dutyModel{path: "/duty/" + string(w.Desk.ID), name: v.deskName(w.Desk), change: v.mayRoster(w.Desk), shifts: page.Table{
		Caption: page.Key("desk.duty.shifts"), Empty: page.Key("desk.duty.shifts.none"),
		Columns: []page.Column{{Text: page.Key("desk.duty.who")}, {Text: page.Key("desk.duty.from")}, {Text: page.Key("desk.duty.to")}},
	}}
	if m.rows, err = v.watchRows(w, waits, len(w.Gaps)); err != nil {
		return err
	}
	names, err := v.names(w.Desk.ID)
	if err != nil {
		return err
	}
	shifts, mark, err := v.Desks.Duty(v.R.Context(), v.By.Actor, w.Desk.ID, v.Now())
	if err != nil {
		return err
	}
	m.mark = mark
	for _, s := range shifts {
		who := page.Key("desk.duty.somebody")
		if names != nil {
			who = page.Plain(page.Or(names[s.User], string(s.User)))
		}
		m.shifts.Rows = append(m.shifts.Rows, []page.Cell{{Text: who}, {Text: page.Plain(v.moment(s.From))}, {Text: page.Plain(v.moment(s.To))}})
		if m.change {
			m.gone = append(m.gone, shiftModel{strconv.FormatInt(int64(s.From), 10) + " " + string(s.User), who.In(v.P) + ", " + v.span(desk.Span{From: s.From, To: s.To}).In(v.P)})
		}
	}
	if m.change {
		m.fields = v.shiftFields(f, names)
		if m.away, err = v.away(f, w.Desk.ID, names); err != nil {
			return err
		}
	}
	return v.Show(page.Page{Status: f.Status, Title: page.Key("desk.duty.title"), Back: "/duty", Errors: f.Errors, Body: dutyScreen(v.P, m)})
}

func (v *visit) shiftFields(f page.Form, names map[id.User]string) []templ.Component {
	field := func(name string) page.Field {
		return page.Field{ID: name, Label: page.Key("desk.duty." + name), Error: page.ErrorAt(f.Errors, name)}
	}
	who := page.Select{Field: field("who"), Empty: page.Key("web.choose"), Value: v.Field("who")}
	for u, name := range names {
		who.Choices = append(who.Choices, page.Choice{Value: string(u), Text: page.Plain(name)})
	}
	sorting.By(who.Choices, func(a, b page.Choice) int { return strings.Compare(a.Text.In(v.P), b.Text.In(v.P)) })
	hour := func(name, otherwise string) templ.Component {
		x := field(name)
		x.Hint = page.Key("referral.hour.hint", "zone", v.Zone.String())
		return page.TextInput(v.P, page.Input{Field: x, Value: page.Or(v.Field(name), otherwise), Width: 5})
	}
	return []templ.Component{
		page.SelectList(v.P, who),
		v.DayField(field("from"), true),
		hour("from-hour", "08:00"),
		v.DayField(field("to"), true),
		hour("to-hour", "18:00"),
		page.SelectList(v.P, page.Select{Field: field("repeat"), Value: page.Or(v.Field("repeat"), "once"), Choices: v.Choices("desk.duty.repeat.", "once", "daily", "working", "weekly")}),
		v.DayField(func() page.Field { x := field("last"); x.Optional = true; return x }(), false),
	}
}

// at reads a moment of the form.
func (v *visit) at(day, hour string) (frame.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly+" 15:04", v.Day(day)+" "+v.Field(hour), v.Zone)
	if err != nil {
		return 0, fault.Wrap(fault.Invalid, "desk.field", err).With("field", day)
	}
	return frame.At(t), nil
}

// enterShift puts a shift, and those in which it comes again, into the roster.
func (v *visit) enterShift() error {
	at := id.Desk(v.R.PathValue("desk"))
	next, err := v.sentShifts(at)
	if err == nil {
		err = v.schedule(at, func(all []desk.Shift) []desk.Shift { return append(all, next...) })
	}
	if err != nil {
		return v.Again(err, map[string]string{"": "who", "from": "from", "to": "to", "repeat": "repeat"}, v.showDuty)
	}
	return v.To("/duty/"+string(at), "duty")
}

func (v *visit) sentShifts(at id.Desk) ([]desk.Shift, error) {
	first := desk.Shift{Desk: at, User: id.User(v.Field("who"))}
	var err error
	if first.From, err = v.at("from", "from-hour"); err != nil {
		return nil, err
	}
	if first.To, err = v.at("to", "to-hour"); err != nil {
		return nil, err
	}
	if first.From < v.Now().Add(-rosterBack) {
		return nil, fault.New(fault.Invalid, "desk.shift.span")
	}
	last := first.From.Time()
	if v.Day("last") != "" {
		if last, err = time.ParseInLocation(time.DateOnly, v.Day("last"), v.Zone); err != nil {
			return nil, fault.Wrap(fault.Invalid, "desk.field", err).With("field", "last")
		}
	}
	return desk.Repeat(first, desk.Rhythm(v.Field("repeat")), last, v.Zone)
}

// schedule replaces the roster from where it changes on, as it was read with the mark of the form.
func (v *visit) schedule(at id.Desk, change func([]desk.Shift) []desk.Shift) error {
	all, _, err := v.Desks.Duty(v.R.Context(), v.By.Actor, at, v.Now().Add(-rosterBack))
	if err != nil {
		return err
	}
	before := slices.Clone(all)
	all = change(all)
	from := v.Now()
	for _, list := range [][]desk.Shift{before, all} {
		for _, s := range list {
			if s.From < from && (!slices.Contains(before, s) || !slices.Contains(all, s)) {
				from = s.From
			}
		}
	}
	all = slices.DeleteFunc(all, func(s desk.Shift) bool { return s.From < from })
	_, err = v.Desks.Schedule(v.R.Context(), v.By.Actor, at, v.Field("mark"), from, all)
	return err
}

// dropShift takes a shift out of the roster.
func (v *visit) dropShift() error {
	at := id.Desk(v.R.PathValue("desk"))
	begins, user, _ := strings.Cut(v.Field("shift"), " ")
	found := false
	err := v.schedule(at, func(all []desk.Shift) []desk.Shift {
		return slices.DeleteFunc(all, func(s desk.Shift) bool {
			hit := strconv.FormatInt(int64(s.From), 10) == begins && string(s.User) == user
			found = found || hit
			return hit
		})
	})
	if err == nil && !found {
		err = fault.New(fault.Stale, "desk.duty.stale")
	}
	if err != nil {
		return v.Again(err, map[string]string{"": "shift"}, v.showDuty)
	}
	return v.To("/duty/"+string(at), "duty")
}

// The controls of the form by which a desk gets another deputy.
func (v *visit) deputyStakes(d desk.Desk) []page.Stake {
	return []page.Stake{
		{Label: page.Key("desk.deputy"), Names: []string{"deputy"}, Stands: url.Values{"deputy": {string(d.Deputy)}}, Say: v.Typed("", "deputy")},
		{Label: page.Key("desk.coordinator"), Names: []string{"coordinator"}, Stands: url.Values{"coordinator": {string(d.Coordinator)}}, Say: v.Typed("", "coordinator")},
		{Label: page.Key("desk.out-of-hours"), Names: []string{"out-of-hours"}, Stands: url.Values{"out-of-hours": {d.OutOfHours}}, Say: v.Typed("", "out-of-hours")},
	}
}

func (v *visit) deputyForm() error { return v.showDeputy(page.Form{}) }

func (v *visit) aboutDeputy(f page.Form, d desk.Desk) page.Form {
	f.Title, f.Action, f.Back = page.Key("desk.duty.change"), "/duty/"+string(d.ID)+"/deputy", "/duty/"+string(d.ID)
	f.Intro, f.Submit = []page.Msg{page.Key("desk.duty.text")}, page.Key("desk.duty.change.do")
	return f
}

func (v *visit) showDeputy(f page.Form) error {
	w, err := v.watch()
	if err != nil {
		return err
	}
	if !v.mayRoster(w.Desk) {
		return fault.New(fault.Denied, "access.denied")
	}
	all, err := v.Desks.List(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	d := w.Desk
	chosen := func(name, stands string) string {
		if v.R.Method == http.MethodPost {
			return v.Field(name)
		}
		return stands
	}
	list := func(name, label, stands string) templ.Component {
		s := page.Select{Field: page.Field{ID: name, Label: page.Key(label), Error: page.ErrorAt(f.Errors, name)}, Empty: page.Key("web.none"), Value: chosen(name, stands)}
		for _, x := range all {
			if x.ID != d.ID && x.State == desk.Active {
				s.Choices = append(s.Choices, page.Choice{Value: string(x.ID), Text: v.deskName(x)})
			}
		}
		return page.SelectList(v.P, s)
	}
	f = v.Versioned(v.aboutDeputy(f, d), d.Version, v.deputyStakes(d))
	f.Fields = []templ.Component{
		list("deputy", "desk.deputy", string(d.Deputy)), list("coordinator", "desk.coordinator", string(d.Coordinator)),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "out-of-hours", Label: page.Key("desk.out-of-hours"), Error: page.ErrorAt(f.Errors, "out-of-hours")}, Type: "tel", Value: chosen("out-of-hours", d.OutOfHours), Width: 20}),
	}
	return v.ShowForm(f)
}

// changeDeputy says who answers when a desk is silent; of two who change it both versions are shown.
func (v *visit) changeDeputy() error {
	w, err := v.watch()
	if err != nil {
		return err
	}
	if !v.mayRoster(w.Desk) {
		return fault.New(fault.Denied, "access.denied")
	}
	d := w.Desk
	if open := v.Settle(); len(open) > 0 {
		return v.Both(v.aboutDeputy(page.Form{}, d), d.Version, v.deputyStakes(d), open)
	}
	next := d
	if next.Version, err = strconv.ParseInt(v.Field("version"), 10, 64); err != nil {
		return fault.Wrap(fault.Invalid, "web.form", err)
	}
	next.Deputy, next.Coordinator, next.OutOfHours = id.Desk(v.Field("deputy")), id.Desk(v.Field("coordinator")), v.Field("out-of-hours")
	err = v.Desks.Change(v.R.Context(), v.By.Actor, next)
	if fault.Is(err, fault.Stale) {
		return v.Both(v.aboutDeputy(page.Form{}, d), d.Version, v.deputyStakes(d), nil)
	}
	if err != nil {
		return v.Again(err, map[string]string{"": "deputy", "out_of_hours": "out-of-hours", "deputy": "deputy"}, v.showDeputy)
	}
	return v.To("/duty/"+string(d.ID), "duty")
}
