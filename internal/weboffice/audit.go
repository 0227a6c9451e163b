package weboffice

import (
	"strconv"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/page"
)

// logModel is a page of the log and how far it can be proved.
type logModel struct {
	rows  []page.Row
	warn  bool
	table page.Table
	pages page.Pages
}

// log shows what was recorded: functions, actions and opaque references, newest page first.
func (v *visit) log() error {
	ctx := v.R.Context()
	standing, err := v.Audit.Standing(ctx, v.By.Actor, v.Others())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	end := audit.At(standing.Epoch, standing.Size)
	from := audit.At(standing.Epoch, max(0, standing.Size-page.PerPage))
	if asked := v.R.URL.Query().Get("from"); asked != "" {
		n, err := strconv.ParseInt(asked, 10, 64)
		if err != nil || n < 0 || audit.Place(n) > end {
			return fault.New(fault.NotFound, "fault.not-found")
		}
		from = audit.Place(n)
	}
	entries, next, err := v.Audit.Entries(ctx, v.By.Actor, from, page.PerPage)
	if err != nil {
		return err
	}
	m := logModel{rows: v.standingRows(standing), warn: standing.Warn, table: page.Table{
		Caption: page.Key("audit.entries"), Empty: page.Key("audit.none"),
		Columns: []page.Column{{Text: page.Key("audit.place"), Number: true}, {Text: page.Key("audit.time")}, {Text: page.Key("audit.who")}, {Text: page.Key("audit.what")}, {Text: page.Key("audit.object")}, {Text: page.Key("audit.outcome")}},
	}}
	if next != 0 {
		m.pages.Next = "/audit?from=" + strconv.FormatInt(int64(next), 10)
	}
	if from.Index() > 0 {
		m.pages.Previous = "/audit?from=" + strconv.FormatInt(int64(audit.At(from.Epoch(), max(0, from.Index()-page.PerPage))), 10)
	}
	for _, e := range entries {
		m.table.Rows = append(m.table.Rows, v.logRow(e))
	}
	return v.Show(page.Page{Title: page.Key("audit.log"), Body: logScreen(v.P, m)})
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
	who := page.RoleName(e.Role).In(v.P)
	if e.Desk != "" {
		who = page.Key("signin.place-at", "role", who, "desk", string(e.Member)+"/"+string(e.Desk)).In(v.P)
	}
	tag := &page.Tag{Text: page.Key("audit.outcome.done"), Tone: page.Good}
	if e.Outcome != audit.OutcomeDone {
		tag = &page.Tag{Text: v.Word("fault.kind.", e.Outcome), Tone: page.Late}
	}
	return []page.Cell{
		{Text: page.Plain(v.P.Number(l.At.Index()))}, {Text: v.When(e.Time)}, {Text: page.Plain(who)}, {Text: page.Plain(string(e.Action))}, {Text: page.Plain(e.Object)}, {Tag: tag},
	}
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
