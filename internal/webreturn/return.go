package webreturn

import (
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/joint"
	"github.com/opentrm/opentrm/internal/page"
)

// listModel is returns by reference, country and state; and where one is begun.
type listModel struct {
	title page.Msg
	table page.Table
	pages page.Pages
	to    *page.Input
	path  string // that a new one is sent to
	asked bool   // whether what desks of other members ask is shown beside
}

func (v *visit) tableOf(all []homecoming.Listed) page.Table {
	t := page.Table{
		Caption: page.Key("homecoming.list"), Named: true, Empty: page.Key("homecoming.none"),
		Columns: []page.Column{{Text: page.Key("case.reference")}, {Text: page.Key("homecoming.to")}, {Text: page.Key("homecoming.state-is")}, {Text: page.Key("homecoming.made")}},
	}
	for _, r := range all {
		tag := v.stateTag(r.State)
		t.Rows = append(t.Rows, []page.Cell{
			{Text: page.Plain(string(r.Reference)), Path: pathOf(r.ID)}, {Text: page.Plain(v.P.CountryName(r.To))}, {Tag: &tag}, {Text: v.Age(r.Made)},
		})
	}
	return t
}

func (v *visit) stateTag(s homecoming.State) page.Tag {
	tone := page.Waiting
	switch s {
	case homecoming.Arrived, homecoming.Followed:
		tone = page.Good
	case homecoming.Closed, homecoming.Stopped:
		tone = page.Off
	}
	return page.Tag{Text: v.Word("homecoming.state.", string(s)), Tone: tone}
}

func (v *visit) list() error {
	after := id.Return(v.R.URL.Query().Get("after"))
	all, next, err := v.Homecomings.List(v.R.Context(), v.By.Actor, after, page.PerPage)
	if err != nil {
		return err
	}
	m := listModel{title: page.Key("homecoming.list"), table: v.tableOf(all), asked: page.May(v.By.Actor, access.ListJoint)}
	if next != "" {
		m.pages.Next = "/returns?after=" + string(next)
	}
	if after != "" {
		m.pages.Previous = "/returns"
	}
	return v.Show(page.Page{Title: m.title, Back: "/", Body: listScreen(v.P, m)})
}

func (v *visit) ofCase() error { return v.showOfCase(page.Form{}) }

// showOfCase lists the returns of a case. One that may be begun is, where none runs.
func (v *visit) showOfCase(f page.Form) error {
	c := id.Case(v.R.PathValue("case"))
	all, err := v.Homecomings.OfCase(v.R.Context(), v.By.Actor, c)
	if err != nil {
		return err
	}
	m := listModel{title: page.Key("homecoming.of-case"), table: v.tableOf(all), path: "/cases/" + string(c) + "/returns"}
	runs := slices.ContainsFunc(all, func(r homecoming.Listed) bool { return !r.State.Over() })
	if page.May(v.By.Actor, access.ProposeHomecoming) && (!runs || len(f.Errors) > 0) {
		m.to = &page.Input{Field: page.Field{ID: "to", Label: page.Key("homecoming.to"), Hint: page.Key("homecoming.to.hint"), Error: page.ErrorAt(f.Errors, "to")}, Value: v.Field("to"), Width: 2}
	}
	return v.Show(page.Page{Status: f.Status, Title: m.title, Back: "/cases/" + string(c), Errors: f.Errors, Leave: true, Body: listScreen(v.P, m)})
}

func (v *visit) propose() error {
	r, err := v.Homecomings.Propose(v.R.Context(), v.By, id.Case(v.R.PathValue("case")), strings.ToUpper(v.Field("to")))
	if err != nil {
		return v.again(err, page.FieldsOf("to"), v.showOfCase)
	}
	return v.To(pathOf(r.ID), "return")
}

// returnModel is a return as its reader may see it. What holds her back stands before everything else.
type returnModel struct {
	path, version string
	title         page.Msg
	state         page.Tag
	blocks        []block
	waits         page.Msg // that the other desk is asked and has not answered
	rows          []page.Row
	steps         []page.Link // what can be done now
	depart        bool
	answered      bool // the desk of another member has answered, and nobody has taken it
	risks         []riskEntry
	tracing       string
	found         page.Msg // heading of the assessment; none if there is none
	conclusion    string
	written       string // language of the three; empty: it was not said
	signed        []page.Row
	signs         bool
	accepts       page.Checkboxes
	parts         []part // her decision, the child's interests, the plan, what was heard
}

// block is why she does not leave, and what to do about it now.
type block struct {
	why, todo page.Msg
	path      string   // where it is done; empty: nowhere here
	do        page.Msg // name of the step that is done there; none but at the first one, which is the next step
}

// part is a heading with what was written down.
type part struct {
	title   page.Msg
	entries []page.Entry
}

type riskEntry struct {
	tag   page.Tag
	entry page.Entry
}

func (v *visit) opened() error { return v.showReturn(page.Form{}) }

func (v *visit) showReturn(form page.Form) error {
	f, err := v.Homecomings.Show(v.R.Context(), v.By, v.which())
	if err != nil {
		return err
	}
	own, path := v.By.Desk == f.Desk, pathOf(f.ID)
	m := returnModel{
		path: path, version: v.Fresh(form, f.Version), state: v.stateTag(f.State),
		title: page.Key("homecoming.title", "country", v.P.CountryName(f.To), "reference", string(f.Reference)),
	}
	may := func(action access.Action) bool {
		return own && page.May(v.By.Actor, action) && homecoming.Takes(f.State, action) && (!stuck(f) || !prepares(action))
	}
	m.blocks = v.blocksOf(f, own, may)
	m.rows = v.rowsOf(f, own)
	for _, s := range []struct {
		action access.Action
		step   string
		now    bool
	}{
		{access.DecideHomecoming, "decision", true},
		{access.InterestHomecoming, "interest", slices.Contains(f.Blocks, homecoming.Underage) || len(f.Interests) > 0},
		{access.AssessHomecoming, "assessment", true},
		{access.ArrangeHomecoming, "plan", len(f.Blocks) == 0},
		{access.ArriveHomecoming, "report", true},
		{access.FollowHomecoming, "report", true},
	} {
		if s.now && may(s.action) {
			m.steps = append(m.steps, page.Link{Path: path + "/" + s.step, Text: page.Key("homecoming.step." + s.step)})
		}
	}
	if page.May(v.By.Actor, access.WithdrawHomecoming) && homecoming.Takes(f.State, access.WithdrawHomecoming) {
		m.steps = append(m.steps, page.Link{Path: path + "/end", Text: page.Key("homecoming.step.end")})
	}
	m.depart = may(access.DepartHomecoming) && len(f.Blocks) == 0
	m.answered = may(access.CountersignHomecoming) && f.Asked != nil && f.Asked.State == string(joint.Answered)
	written := ""
	if f.Assessment != nil {
		written = f.Assessment.Assessment.Language
	}
	v.assessed(&m, f, own, form, written)
	if own {
		m.parts = v.partsOf(f)
	}
	back := "/returns"
	if own && page.May(v.By.Actor, access.ReadCase) {
		back = "/cases/" + string(f.Case)
	}
	return v.Show(page.Page{Status: form.Status, Now: v.stands(f, page.Msg{}), Title: m.title, Back: back, Errors: form.Errors, Leave: true, Body: returnScreen(v.P, m)})
}

// stuck reports whether nothing may be prepared because she asked for asylum.
func stuck(f homecoming.File) bool {
	return slices.Contains(f.Blocks, homecoming.ToOrigin) || slices.Contains(f.Blocks, homecoming.OriginUnknown)
}

// prepares reports whether a step prepares the return, which is refused then.
func prepares(action access.Action) bool {
	return slices.Contains([]access.Action{
		access.DecideHomecoming, access.AssessHomecoming, access.ArrangeHomecoming, access.DepartHomecoming,
	}, action)
}

// blocksOf says what holds her back, each with what to do about it and where.
func (v *visit) blocksOf(f homecoming.File, own bool, may func(access.Action) bool) []block {
	var out []block
	for _, b := range f.Blocks {
		x := block{why: page.Key("homecoming.block." + string(b))}
		if own {
			todo, step, action := string(b), "", access.Action("")
			switch b {
			case homecoming.NoDecision:
				step, action = "decision", access.DecideHomecoming
			case homecoming.Underage:
				step, action = "interest", access.InterestHomecoming
			case homecoming.Unsigned:
				if step, action = "assessment", access.AssessHomecoming; f.Assessed != 0 {
					todo, step = "unsigned-waits", ""
				}
			case homecoming.Outdated, homecoming.RiskSince, homecoming.RedRisk:
				step, action = "assessment", access.AssessHomecoming
			case homecoming.NoConsent:
				if page.May(v.By.Actor, access.GiveConsent) {
					x.path = "/cases/" + string(f.Case) + "/consent"
				}
			}
			do := page.Key("consent.give")
			if step != "" && may(action) {
				x.path, do = pathOf(f.ID)+"/"+step, page.Key("homecoming.step."+step)
			}
			if x.path != "" && !slices.ContainsFunc(out, func(b block) bool { return b.path != "" }) {
				x.do = do
			}
			x.todo = page.Key("homecoming.todo." + todo)
		}
		out = append(out, x)
	}
	return out
}

func (v *visit) rowsOf(f homecoming.File, own bool) []page.Row {
	rows := []page.Row{{Key: page.Key("homecoming.to"), Value: page.Plain(v.P.CountryName(f.To))}}
	if f.Second != "" {
		rows = append(rows, page.Row{Key: page.Key("homecoming.second-desk"), Value: page.Plain(v.second(f))})
	}
	if f.Asked != nil {
		row := page.Row{Key: page.Key("joint.state-is"), Value: v.askedState(*f.Asked)}
		if f.Asked.Earlier {
			row.Lines = []page.Msg{page.Key("joint.earlier.text")}
		}
		rows = append(rows, row)
	}
	if f.Assessed != 0 && f.Until != 0 {
		rows = append(rows, page.Row{Key: page.Key("homecoming.until"), Value: v.When(f.Until)})
	}
	if !own {
		return rows
	}
	if f.Referral != "" {
		rows = append(rows, page.Row{Key: page.Key("homecoming.referral-is"), Value: page.Plain(string(f.Referral)), Action: &page.Link{Path: "/referrals/" + string(f.Referral), Text: page.Key("homecoming.look")}})
	}
	if f.Departed != 0 {
		rows = append(rows, page.Row{Key: page.Key("homecoming.departed"), Value: v.When(f.Departed)})
	}
	if f.Arrived != 0 {
		rows = append(rows, page.Row{Key: page.Key("homecoming.arrived"), Value: v.When(f.Arrived)})
	}
	if f.State.Over() {
		word := "homecoming.stop."
		if f.State == homecoming.Closed {
			word = "homecoming.close."
		}
		rows = append(rows, page.Row{Key: page.Key("homecoming.ended"), Value: v.When(f.Ended)}, page.Row{Key: page.Key("homecoming.ask.reason"), Value: v.Word(word, f.Reason)})
	}
	return rows
}

// explained is what was explained to her, each on a line of its own: they are sentences.
func (v *visit) explained(codes []string) page.Row {
	r := page.Row{Key: page.Key("homecoming.ask.explained"), Value: page.Key("web.none")}
	for i, c := range codes {
		if w := v.Word("homecoming.explained.", c); i == 0 {
			r.Value = w
		} else {
			r.Lines = append(r.Lines, w)
		}
	}
	return r
}

// partsOf is what is kept of the return beside the assessment, the newest first.
func (v *visit) partsOf(f homecoming.File) []part {
	row := func(key string, value page.Msg) page.Row {
		return page.Row{Key: page.Key("homecoming.ask." + key), Value: value}
	}
	yes := func(is bool) page.Msg {
		if is {
			return page.Key("web.yes")
		}
		return page.Key("web.no")
	}
	said := func(rows []page.Row, key, text, written string) []page.Row {
		if text == "" {
			return rows
		}
		r := row(key, page.Plain(text))
		r.Lang = written
		return append(rows, r)
	}
	var out []part
	add := func(title string, entries []page.Entry) {
		if len(entries) > 0 {
			slices.Reverse(entries)
			out = append(out, part{page.Key(title), entries})
		}
	}
	var decided, found, planned, heard []page.Entry
	for _, k := range f.Decisions {
		x := k.Value
		rows := said([]page.Row{row("language", page.Plain(v.P.LanguageName(x.Language)))}, "interpreter", x.Interpreter, "")
		rows = append(rows, row("read-back", yes(x.ReadBack)), v.explained(x.Explained))
		decided = append(decided, page.Entry{When: v.DayText(x.On), Rows: rows, Text: x.Words, Lang: x.Language})
	}
	for _, k := range f.Interests {
		x := k.Value
		found = append(found, page.Entry{When: v.DayText(x.On), Text: x.Views, Lang: x.Language, Rows: []page.Row{
			row("body", v.Word("homecoming.body.", x.Body)), row("name", page.Plain(x.Name)), row("result", v.Word("homecoming.result.", x.Result)),
			row("basis", page.Plain(x.Basis)), row("guardian", page.Plain(x.Guardian)), row("agrees", yes(x.Agrees)), row("heard", yes(x.Heard)),
		}})
	}
	for _, k := range f.Plans {
		x := k.Value
		rows := []page.Row{row("leaves", v.DayText(x.Leaves))}
		for _, p := range x.Papers {
			line := page.Row{Key: v.Word("homecoming.paper.", p.Kind), Value: page.Key("homecoming.issuer.nobody")}
			if p.Issuer != "" {
				line.Value = page.Key("homecoming.issuer.asked", "country", v.P.CountryName(p.Issuer))
			}
			if p.Note != "" {
				line.Lines = []page.Msg{page.Plain(p.Note)}
			}
			rows = append(rows, line)
		}
		rows = append(rows, row("fit", v.Word("homecoming.fit.", x.Fit)), row("escort", v.Word("homecoming.escort.", x.Escort)))
		rows = said(rows, "with", x.With, "")
		for _, part := range [][2]string{{"route", x.Route}, {"met-by", x.MetBy}, {"reception", x.Reception}, {"reintegration", x.Reintegration}} {
			rows = said(rows, part[0], part[1], x.Language)
		}
		planned = append(planned, page.Entry{When: v.When(k.At), Rows: rows})
	}
	for _, k := range f.Reports {
		x := k.Value
		rows := []page.Row{row("has-arrived", yes(x.Arrived))}
		if x.Point > 0 {
			rows = []page.Row{row("point", v.days(x.Point)), row("outcome", v.Word("homecoming.outcome.", x.Outcome))}
		}
		rows = said(said(append(rows, row("safe", v.Word("homecoming.safe.", x.Safe))), "was-met-by", x.MetBy, x.Language), "opinion", x.Opinion, x.Language)
		heard = append(heard, page.Entry{When: v.DayText(x.On), Rows: rows, Text: x.Note, Lang: x.Language})
	}
	var replied []page.Entry
	for _, k := range f.Replies {
		x := k.Value
		from := id.Address{Member: x.Member, Desk: x.Desk}
		rows := []page.Row{{Key: page.Key("joint.from"), Value: page.Plain(from.String())}, {Key: page.Key("joint.answer"), Value: page.Key("joint.state.signed")}}
		if !x.Signed {
			rows[1].Value = v.Word("homecoming.decline.", x.Reason)
		}
		replied = append(replied, page.Entry{When: v.When(x.At), Rows: rows, Text: x.Note, Lang: x.Language})
	}
	add("joint.answers", replied)
	add("homecoming.step.decision", decided)
	add("homecoming.step.interest", found)
	add("homecoming.step.plan", planned)
	add("homecoming.heard-of", heard)
	return out
}

// stands is how a return stands: its state, what was written down last of this kind, and who wrote last whatever it was.
func (v *visit) stands(f homecoming.File, title page.Msg) *page.Now {
	state := page.Row{Key: page.Key("homecoming.state-is"), Value: v.Word("homecoming.state.", string(f.State))}
	if f.Reason != "" {
		state.Lines = []page.Msg{v.Word("homecoming.stop.", f.Reason)}
	}
	now := &page.Now{Rows: []page.Row{state}, By: f.Maker, At: f.Made, Path: pathOf(f.ID)}
	at := func(by id.User, at frame.Time) {
		if at > now.At {
			now.By, now.At = by, at
		}
	}
	at(f.Assessor, f.Assessed)
	at(f.Signer, f.Signed)
	if v.By.Desk != f.Desk {
		return now
	}
	for _, k := range f.Decisions {
		at(k.By, k.At)
	}
	for _, k := range f.Interests {
		at(k.By, k.At)
	}
	for _, k := range f.Plans {
		at(k.By, k.At)
	}
	for _, k := range f.Reports {
		at(k.By, k.At)
	}
	for _, p := range v.partsOf(f) {
		if p.title.In(v.P) == title.In(v.P) {
			now.Rows = append(now.Rows, p.entries[0].Rows...)
			if text := p.entries[0].Text; text != "" {
				now.Rows = append(now.Rows, page.Row{Key: page.Key("homecoming.ask.words"), Value: page.Plain(text)})
			}
		}
	}
	if f.Assessment != nil && title.In(v.P) == v.P.Text("homecoming.step.assessment") {
		now.Rows = append(now.Rows, page.Row{Key: page.Key("homecoming.ask.conclusion"), Value: page.Plain(f.Assessment.Assessment.Conclusion)})
	}
	return now
}

func (v *visit) days(n int64) page.Msg { return page.Plain(v.P.Plural("homecoming.days", int(n))) }

func (v *visit) depart() error {
	r, err := v.Homecomings.Depart(v.R.Context(), v.By, v.which(), v.Version())
	if err != nil {
		return v.again(err, map[string]string{}, v.showReturn)
	}
	return v.To(pathOf(r.ID), "return")
}
