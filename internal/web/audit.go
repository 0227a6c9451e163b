package web

import (
	"strconv"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
)

// logModel is a page of the log and how far it can be proved.
type logModel struct {
	rows  []Row
	warn  bool
	table Table
	pages Pages
}

// log shows what was recorded: functions, actions and opaque references, newest page first.
func (v *Visit) log() error {
	ctx := v.r.Context()
	standing, err := v.web.Audit.Standing(ctx, v.by.Actor, v.web.Others())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	end := audit.At(standing.Epoch, standing.Size)
	from := audit.At(standing.Epoch, max(0, standing.Size-pageRows))
	if asked := v.r.URL.Query().Get("from"); asked != "" {
		n, err := strconv.ParseInt(asked, 10, 64)
		if err != nil || n < 0 || audit.Place(n) > end {
			return fault.New(fault.NotFound, "fault.not-found")
		}
		from = audit.Place(n)
	}
	entries, next, err := v.web.Audit.Entries(ctx, v.by.Actor, from, pageRows)
	if err != nil {
		return err
	}
	m := logModel{rows: v.standingRows(standing), warn: standing.Warn, table: Table{
		Caption: Key("audit.entries"), Empty: Key("audit.none"),
		Columns: []Column{{Text: Key("audit.place"), Number: true}, {Text: Key("audit.time")}, {Text: Key("audit.who")}, {Text: Key("audit.what")}, {Text: Key("audit.object")}, {Text: Key("audit.outcome")}},
	}}
	if next != 0 {
		m.pages.Next = "/audit?from=" + strconv.FormatInt(int64(next), 10)
	}
	if from.Index() > 0 {
		m.pages.Previous = "/audit?from=" + strconv.FormatInt(int64(audit.At(from.Epoch(), max(0, from.Index()-pageRows))), 10)
	}
	for _, e := range entries {
		m.table.Rows = append(m.table.Rows, v.logRow(e))
	}
	return v.show(page{title: Key("audit.log"), body: logScreen(v.p, m)})
}

func (v *Visit) standingRows(s audit.Standing) []Row {
	return []Row{
		{Key: Key("audit.size"), Value: Plain(v.p.Number(s.Size))},
		{Key: Key("audit.epoch"), Value: Plain(v.p.Number(s.Epoch))},
		{Key: Key("audit.signed"), Value: Plain(v.p.Number(s.Signed)), Lines: []Msg{v.when(s.SignedAt)}},
		{Key: Key("audit.witnessed"), Value: Plain(v.p.Number(s.Witnessed)), Lines: []Msg{v.when(s.At)}},
	}
}

func (v *Visit) logRow(l audit.Logged) []Cell {
	e := l.Entry
	who := roleName(e.Role).In(v.p)
	if e.Desk != "" {
		who = Key("signin.place-at", "role", who, "desk", string(e.Member)+"/"+string(e.Desk)).In(v.p)
	}
	tag := &Tag{Text: Key("audit.outcome.done"), Tone: Good}
	if e.Outcome != audit.OutcomeDone {
		tag = &Tag{Text: v.word("fault.kind.", e.Outcome), Tone: Late}
	}
	return []Cell{
		{Text: Plain(v.p.Number(l.At.Index()))}, {Text: v.when(e.Time)}, {Text: Plain(who)}, {Text: Plain(string(e.Action))}, {Text: Plain(e.Object)}, {Tag: tag},
	}
}
