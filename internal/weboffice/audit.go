package weboffice

import (
	"maps"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/page"
)

// logModel is a page of the log and how far it can be proved.
type logModel struct {
	rows  []page.Row
	warn  bool
	table page.Table
	pages page.Pages

	action, role page.Select
	object       page.Input
	since, until page.DateInput
	wrong        bool // what was looked for is no day, so nothing was
	back         bool // a search that has read enough, and goes on with the next page
}

// log shows what was recorded: functions, actions and opaque references, newest page first. Who looks for something is shown what
// fits, the newest first.
func (v *visit) log() error {
	ctx := v.R.Context()
	f, asked, errors := v.logFilter()
	standing, err := v.Audit.Standing(ctx, v.By.Actor, v.Others())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	var entries []audit.Logged
	var pages page.Pages
	var back bool
	switch {
	case len(errors) > 0:
	case f.None():
		entries, pages, err = v.logPage(standing)
	default:
		entries, pages, back, err = v.logFound(f, asked)
	}
	if err != nil {
		return err
	}
	m := logModel{rows: v.standingRows(standing), warn: standing.Warn, pages: pages, back: back, wrong: len(errors) > 0, table: page.Table{
		Caption: page.Key("audit.entries"), Empty: page.Key("audit.none"),
		Columns: []page.Column{{Text: page.Key("audit.place"), Number: true}, {Text: page.Key("audit.time")}, {Text: page.Key("audit.who")}, {Text: page.Key("audit.what")}, {Text: page.Key("audit.object")}, {Text: page.Key("audit.outcome")}},
	}}
	for _, e := range entries {
		m.table.Rows = append(m.table.Rows, v.logRow(e))
	}
	v.logForm(&m, f, asked, errors)
	return v.Show(page.Page{Title: page.Key("audit.log"), Errors: errors, Body: logScreen(v.P, m)})
}

// logPage reads a page of the whole log: the last one, or the one from a place on.
func (v *visit) logPage(standing audit.Standing) ([]audit.Logged, page.Pages, error) {
	end := audit.At(standing.Epoch, standing.Size)
	from := audit.At(standing.Epoch, max(0, standing.Size-page.PerPage))
	at, err := v.logPlace("from", end)
	if err != nil {
		return nil, page.Pages{}, err
	}
	if at != 0 {
		from = at
	}
	entries, next, err := v.Audit.Entries(v.R.Context(), v.By.Actor, from, page.PerPage)
	var pages page.Pages
	if next != 0 {
		pages.Next = "/audit?from=" + strconv.FormatInt(int64(next), 10)
	}
	if from.Index() > 0 {
		pages.Previous = "/audit?from=" + strconv.FormatInt(int64(audit.At(from.Epoch(), max(0, from.Index()-page.PerPage))), 10)
	}
	return entries, pages, err
}

// logFound reads a page of what fits a filter, before the place that was asked for.
func (v *visit) logFound(f audit.Filter, asked url.Values) ([]audit.Logged, page.Pages, bool, error) {
	before, err := v.logPlace("before", audit.Place(math.MaxInt64))
	if err != nil {
		return nil, page.Pages{}, false, err
	}
	found, err := v.Audit.Find(v.R.Context(), v.By.Actor, f, before, page.PerPage)
	var pages page.Pages
	if before != 0 {
		pages.Previous = "/audit?" + asked.Encode()
	}
	if found.Next != 0 {
		asked = maps.Clone(asked)
		asked.Set("before", strconv.FormatInt(int64(found.Next), 10))
		pages.Next = "/audit?" + asked.Encode()
	}
	return found.Entries, pages, found.Back, err
}

// logPlace reads a place of the log that a link of ours names; 0 if there is none.
func (v *visit) logPlace(name string, most audit.Place) (audit.Place, error) {
	asked := v.R.URL.Query().Get(name)
	if asked == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(asked, 10, 64)
	if err != nil || n < 0 || audit.Place(n) > most {
		return 0, fault.New(fault.NotFound, "fault.not-found")
	}
	return audit.Place(n), nil
}

// logFilter reads what is looked for, with the words of it that are not empty and what is wrong with them.
func (v *visit) logFilter() (audit.Filter, url.Values, []page.Error) {
	q, asked := v.R.URL.Query(), url.Values{}
	for _, name := range []string{"action", "role", "object", "since-day", "since-month", "since-year", "until-day", "until-month", "until-year"} {
		if x := strings.TrimSpace(q.Get(name)); x != "" {
			asked.Set(name, x)
		}
	}
	f := audit.Filter{Action: access.Action(asked.Get("action")), Role: access.Role(asked.Get("role")), Object: asked.Get("object")}
	var errors []page.Error
	day := func(name string, later int) frame.Time {
		t, ok := v.logDay(asked.Get(name+"-year"), asked.Get(name+"-month"), asked.Get(name+"-day"), later)
		if !ok {
			errors = append(errors, page.Error{Field: name, Text: page.Key("audit.find.day")})
		}
		return t
	}
	f.Since, f.Until = day("since", 0), day("until", 1)
	return f, asked, errors
}

// logDay returns the beginning of a day in the zone of the reader, or of one so many days later; 0 if none was given.
func (v *visit) logDay(year, month, day string, later int) (frame.Time, bool) {
	if year+month+day == "" {
		return 0, true
	}
	t, err := time.ParseInLocation("2006-1-2", year+"-"+month+"-"+day, v.Zone)
	return frame.At(t.AddDate(0, 0, later)), err == nil && t.Year() > 1970
}

func (v *visit) logForm(m *logModel, f audit.Filter, asked url.Values, errors []page.Error) {
	m.action = page.Select{Field: page.Field{ID: "action", Label: page.Key("audit.what")}, Empty: page.Key("audit.find.any"), Value: string(f.Action)}
	for _, a := range access.Actions() {
		m.action.Choices = append(m.action.Choices, page.Choice{Value: string(a), Text: page.Plain(string(a))})
	}
	m.role = page.Select{Field: page.Field{ID: "role", Label: page.Key("audit.who")}, Empty: page.Key("audit.find.any"), Value: string(f.Role)}
	for _, r := range access.Roles() {
		m.role.Choices = append(m.role.Choices, page.Choice{Value: string(r), Text: page.RoleName(r)})
	}
	m.object = page.Input{Field: page.Field{ID: "object", Label: page.Key("audit.object"), Hint: page.Key("audit.find.object")}, Value: f.Object}
	day := func(name string) page.DateInput {
		return page.DateInput{
			Field: page.Field{ID: name, Label: page.Key("audit.find." + name), Error: page.ErrorAt(errors, name)},
			Day:   asked.Get(name + "-day"), Month: asked.Get(name + "-month"), Year: asked.Get(name + "-year"),
		}
	}
	m.since, m.until = day("since"), day("until")
}

func (v *visit) standingRows(s audit.Standing) []page.Row {
	return []page.Row{
		{Key: page.Key("audit.size"), Value: page.Plain(v.P.Number(s.Size))},
		{Key: page.Key("audit.epoch"), Value: page.Plain(v.P.Number(s.Epoch))},
		{Key: page.Key("audit.signed"), Value: page.Plain(v.P.Number(s.Signed)), Lines: []page.Msg{v.When(s.SignedAt)}},
		{Key: page.Key("audit.witnessed"), Value: page.Plain(v.P.Number(s.Witnessed)), Lines: []page.Msg{v.When(s.At)}},
	}
}

func (v *visit) logRow(l audit.Logged) []page.Cell {
	e := l.Entry
	return []page.Cell{
		{Text: page.Plain(v.P.Number(l.At.Index())), Path: entryPath(l.At)}, {Text: v.When(e.Time)}, {Text: page.Plain(v.logWho(e))}, {Text: page.Plain(string(e.Action))}, {Text: page.Plain(e.Object)}, {Tag: v.logOutcome(e)},
	}
}

func (v *visit) logWho(e audit.Entry) string {
	who := page.RoleName(e.Role).In(v.P)
	if e.Desk != "" {
		who = page.Key("signin.place-at", "role", who, "desk", string(e.Member)+"/"+string(e.Desk)).In(v.P)
	}
	return who
}

func (v *visit) logOutcome(e audit.Entry) *page.Tag {
	if e.Outcome != audit.OutcomeDone {
		return &page.Tag{Text: v.Word("fault.kind.", e.Outcome), Tone: page.Late}
	}
	return &page.Tag{Text: page.Key("audit.outcome.done"), Tone: page.Good}
}

// unusual shows the newest alerts about openings that were unusual for whoever made them. It names her by her identifier, and no case.
func (v *visit) unusual() error {
	all, err := v.Audit.Unusual(v.R.Context(), v.By.Actor, page.PerPage)
	if err != nil {
		return err
	}
	t := page.Table{Caption: page.Key("audit.unusual"), Named: true, Empty: page.Key("audit.unusual.none"), Columns: []page.Column{
		{Text: page.Key("audit.who")},
		{Text: page.Key("audit.unusual.rule")},
		{Text: page.Key("audit.time")},
		{Text: page.Key("audit.unusual.seen"), Number: true},
		{Text: page.Key("audit.unusual.usual"), Number: true},
	}}
	for _, a := range all {
		usual := page.Key("web.none")
		if a.Usual > 0 {
			usual = page.Plain(v.P.Number(a.Usual))
		}
		t.Rows = append(t.Rows, []page.Cell{
			{Text: page.Plain(page.RoleName(a.Role).In(v.P) + " " + string(a.User))},
			{Text: v.Word("audit.unusual.rule.", string(a.Rule))},
			{Text: page.Plain(v.When(a.Since).In(v.P) + " – " + v.When(a.Until).In(v.P))},
			{Text: page.Plain(v.P.Number(a.Seen))},
			{Text: usual},
		})
	}
	return v.Show(page.Page{Title: page.Key("audit.unusual"), Back: "/audit", Body: unusualScreen(v.P, t)})
}
