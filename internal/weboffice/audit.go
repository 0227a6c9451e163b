package weboffice

import (
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/sorting"
)

// perLog is how many entries a page of the log shows: on a telephone each of them is a block of several lines.
const perLog = 25

// logModel is a page of the log: first how it stands, then what was recorded.
type logModel struct {
	verdict page.Msg // how the log stands, in one sentence
	broken  bool
	check   bool // who asks may have it checked now
	rows    []page.Row
	warn    bool
	table   page.Table
	pages   page.Pages

	what, object page.Input
	role         page.Select
	since, until page.DateInput
	asked        bool // something is looked for
	wrong        bool // what was looked for is no day or no action, so nothing was
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
	last, err := v.Audit.Last(ctx, v.By.Actor)
	if err != nil {
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
	m := logModel{rows: v.standingRows(standing), warn: standing.Warn, pages: pages, back: back, wrong: len(errors) > 0, asked: len(asked) > 0, table: page.Table{
		Caption: page.Key("audit.entries"), Empty: page.Key("audit.none"),
		Columns: []page.Column{{Text: page.Key("audit.what")}, {Text: page.Key("audit.time"), Wide: true}, {Text: page.Key("audit.who")}, {Text: page.Key("audit.object")}, {Text: page.Key("audit.outcome")}},
	}}
	m.verdict, m.broken = CheckedWords(v.Visit, last, standing), last.Wrong > 0
	m.check = page.May(v.By.Actor, access.VerifyAudit)
	for _, e := range entries {
		m.table.Rows = append(m.table.Rows, v.logRow(e))
	}
	v.logForm(&m, f, asked, errors)
	return v.Show(page.Page{Title: page.Key("audit.log"), Errors: errors, Body: logScreen(v.P, m)})
}

// CheckedWords says in one sentence how the log stands: whole, broken and where, or not checked, since when, and who countersigned it.
func CheckedWords(v *page.Visit, c audit.Checked, s audit.Standing) page.Msg {
	when := v.When(c.At).In(v.P)
	switch c.Says(v.Now()) {
	case audit.Broken:
		at, epoch, what := int64(0), int64(1), ""
		if c.First != nil {
			at, epoch, what = c.First.From, c.First.Epoch, v.Word("", c.First.Key).In(v.P)
		}
		return page.Key("audit.checked.broken", "place", v.P.Number(at), "epoch", v.P.Number(epoch), "when", when, "what", what)
	case audit.Stale:
		return page.Key("audit.checked.stale", "when", when)
	case audit.Unchecked:
		return page.Key("audit.checked.unchecked")
	}
	if len(s.By) == 0 {
		return page.Key("audit.checked.alone", "when", when)
	}
	names := make([]string, len(s.By))
	for i, m := range s.By {
		names[i] = v.P.CountryName(string(m))
	}
	return page.Key("audit.checked.whole", "when", when, "who", v.P.And(names...), "place", v.P.Number(s.Witnessed))
}

// checkLog has the whole log checked now, for who does not wait for the check of the day.
func (v *visit) checkLog() error {
	if _, err := v.Audit.Verify(v.R.Context(), v.By.Actor, nil); err != nil {
		return err
	}
	return v.To("/audit", "")
}

// logPage reads a page of the whole log: the last one, or the one from a place on.
func (v *visit) logPage(standing audit.Standing) ([]audit.Logged, page.Pages, error) {
	end := audit.At(standing.Epoch, standing.Size)
	from := audit.At(standing.Epoch, max(0, standing.Size-perLog))
	at, err := v.logPlace("from", end)
	if err != nil {
		return nil, page.Pages{}, err
	}
	if at != 0 {
		from = at
	}
	entries, next, err := v.Audit.Entries(v.R.Context(), v.By.Actor, from, perLog)
	slices.Reverse(entries)
	var pages page.Pages
	if next != 0 {
		pages.Next = "/audit?from=" + strconv.FormatInt(int64(next), 10)
	}
	if from.Index() > 0 {
		pages.Previous = "/audit?from=" + strconv.FormatInt(int64(audit.At(from.Epoch(), max(0, from.Index()-perLog))), 10)
	}
	return entries, pages, err
}

// logFound reads a page of what fits a filter, before the place that was asked for.
func (v *visit) logFound(f audit.Filter, asked url.Values) ([]audit.Logged, page.Pages, bool, error) {
	before, err := v.logPlace("before", audit.Place(math.MaxInt64))
	if err != nil {
		return nil, page.Pages{}, false, err
	}
	found, err := v.Audit.Find(v.R.Context(), v.By.Actor, f, before, perLog)
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
	f := audit.Filter{Role: access.Role(asked.Get("role")), Object: asked.Get("object")}
	var errors []page.Error
	if x := asked.Get("action"); x != "" {
		if f.AnyOf = v.meantActions(x); len(f.AnyOf) == 0 {
			errors = append(errors, page.Error{Field: "action", Text: page.Key("audit.find.no-action")})
		}
	}
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

// actionName is the name of an action in words; its code, where there is none.
func (v *visit) actionName(a access.Action) page.Msg { return v.Word("action.", string(a)) }

// meantActions returns the actions whose name has the words in it, or whose code it is.
func (v *visit) meantActions(words string) []access.Action {
	var all []access.Action
	low := strings.ToLower(words)
	for _, a := range access.Actions() {
		if string(a) == low {
			return []access.Action{a}
		}
		name := strings.ToLower(v.actionName(a).In(v.P))
		if name == low {
			return []access.Action{a}
		}
		if strings.Contains(name, low) {
			all = append(all, a)
		}
	}
	return all
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
	m.what = page.Input{
		Field: page.Field{ID: "action", Label: page.Key("audit.what"), Hint: page.Key("audit.find.action"), Error: page.ErrorAt(errors, "action")}, Value: asked.Get("action"),
	}
	for _, a := range access.Actions() {
		m.what.Among = append(m.what.Among, v.actionName(a))
	}
	sorting.By(m.what.Among, func(a, b page.Msg) int { return strings.Compare(a.In(v.P), b.In(v.P)) })
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
		{Text: v.actionName(e.Action), Small: page.Plain(string(e.Action)), Path: entryPath(l.At)},
		{Text: v.When(e.Time)},
		{Text: page.Plain(v.logWho(e))},
		{Text: page.Plain(e.Object)},
		{Tag: v.logOutcome(e)},
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
