package webcount

import (
	"io"
	"strconv"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/veil"
)

// runModel is one count: what it counts, how far it is, and what its reader can do in it.
type runModel struct {
	path    string
	title   page.Msg
	state   page.Tag
	rows    []page.Row
	steps   page.Table
	named   *page.Table // nil: nobody
	deed    string      // the step that the reader can do now
	said    page.Msg    // what is said here to taking part, while that is open
	leave   bool        // she can say that this member no longer takes part
	waits   page.Msg    // who else here does what is waited for
	desks   *page.Table // how far the desks are that have cases; nil: none has begun
	home    page.Msg    // which of them puts together
	working bool        // what the reader's desk has begun goes on
	submit  page.Msg    // what the reader's desk does to prepare
	stated  []templ.Component
	result  *resultModel
	publish bool
	file    bool // what was said can be taken
}

// resultModel is what a run made known.
type resultModel struct {
	head    page.Msg
	why     page.Msg
	lines   []page.Msg
	persons page.Bars
	bars    bool
}

func (v *visit) run() error { return v.showRun(page.Form{}) }

func (v *visit) showRun(f page.Form) error {
	st, err := v.Counts.Show(v.R.Context(), v.By.Actor, v.which())
	if err != nil {
		return err
	}
	m := runModel{
		path: pathOf(st.ID), title: v.called(st.Scope), state: tagOf(&st), rows: v.about(&st), steps: v.steps(&st), named: v.named(&st), deed: v.deed(&st),
		file: st.End != count.Going,
	}
	m.publish = st.End == count.Counted && st.Result != nil && st.Result.Publishable && st.Published == 0 && len(st.Accuse) == 0 && page.May(v.By.Actor, access.PublishCount)
	if st.End == count.Going {
		v.ours(&m, &st, f)
	}
	if st.Result != nil {
		m.result = v.result(&st)
	}
	return v.Show(page.Page{Status: f.Status, Title: m.title, Back: listPath, Errors: f.Errors, Countries: codes(st), Body: runScreen(v.P, m)})
}

// about says what is counted, and by whom.
func (v *visit) about(st *count.State) []page.Row {
	rows := []page.Row{
		{Key: page.Key("count.ask.definition"), Value: v.Word("count.definition.", st.Scope.Definition)},
		{Key: page.Key("count.proposer"), Value: page.Plain(v.country(st.Plan.Proposer))},
		{Key: page.Key("count.ask.members"), Value: v.countries(st.Plan.Members)},
		{Key: page.Key("count.joined.by"), Value: v.countries(st.Joined)},
		{Key: page.Key("count.ask.epsilon"), Value: page.Plain(v.epsilon(int64(st.Plan.Epsilon)))},
		{Key: page.Key("count.heard"), Value: v.When(st.Heard)},
	}
	if st.Roles.Tally != "" {
		rows = append(rows, page.Row{Key: page.Key("count.mixing"), Value: v.countries(st.Roles.Mixers)}, page.Row{Key: page.Key("count.tally"), Value: page.Plain(v.country(st.Roles.Tally))})
	}
	if len(st.Left) > 0 {
		rows = append(rows, page.Row{Key: page.Key("count.left"), Value: v.own(st.Left)})
	}
	if len(st.Away) > 0 {
		rows = append(rows, page.Row{Key: page.Key("count.away"), Value: v.countries(st.Away)})
	}
	if st.End != count.Going {
		rows = append(rows, page.Row{Key: page.Key("count.over.at"), Value: v.When(st.Over)})
	}
	if st.Published > 0 {
		rows = append(rows, page.Row{Key: page.Key("count.state.published"), Value: v.When(st.Published)})
	}
	return rows
}

// steps lists what was done, who is waited for until when, and what comes.
func (v *visit) steps(st *count.State) page.Table {
	t := page.Table{
		Caption: page.Key("count.steps"),
		Columns: []page.Column{{Text: page.Key("count.step")}, {Text: page.Key("case.state")}, {Text: page.Key("count.waited")}, {Text: page.Key("count.until")}},
	}
	for i, step := range st.Plan.Steps() {
		tag, waits := page.Tag{Text: page.Key("count.at.done"), Tone: page.Good}, page.Msg{}
		switch {
		case i == st.Stage.At && st.End == count.Going:
			tag, waits = page.Tag{Text: page.Key("count.at.now"), Tone: page.Waiting}, v.countries(st.Stage.Waits)
		case i >= st.Stage.At && st.End == count.Going:
			tag = page.Tag{Text: page.Key("count.at.later"), Tone: page.Calm}
		case i >= st.Stage.At:
			tag = page.Tag{Text: page.Key("count.at.never"), Tone: page.Off}
		}
		t.Rows = append(t.Rows, []page.Cell{{Text: page.Key("count.step." + step)}, {Tag: &tag}, {Text: waits}, {Text: v.When(st.Plan.Until[i])}})
	}
	return t
}

// named lists who is said to have broken it.
func (v *visit) named(st *count.State) *page.Table {
	all := st.Blamed()
	if len(all) == 0 {
		return nil
	}
	t := &page.Table{
		Caption: page.Key("count.named"),
		Columns: []page.Column{{Text: page.Key("lookup.member")}, {Text: page.Key("count.step")}, {Text: page.Key("count.named.for")}, {Text: page.Key("count.named.by")}},
	}
	for _, x := range all {
		t.Rows = append(t.Rows, []page.Cell{
			{Text: page.Plain(v.country(x.Member))}, {Text: v.Word("count.step.", x.Step)}, {Text: v.Word("count.for.", x.For)}, {Text: page.Plain(v.country(x.By))},
		})
	}
	return t
}

// ours says what is up to this member, and to its reader.
func (v *visit) ours(m *runModel, st *count.State, f page.Form) {
	yes := 0
	for _, x := range st.Voices {
		if x.Yes {
			yes++
		}
	}
	joined, sent := false, false
	for _, s := range st.Said {
		joined, sent = joined || s == veil.StepJoin, sent || s == veil.StepBatch
	}
	m.leave = !sent && page.May(v.By.Actor, access.DeclineCount)
	if !joined {
		m.said = page.Key("count.voices", "n", strconv.Itoa(yes))
		if v.spoke(st) {
			m.said = page.Key("count.voices.yours")
		}
	}
	m.submit = page.Key("count.prepare")
	var missing []page.Choice
	if len(st.Desks) > 0 {
		missing = v.desks(m, st)
	}
	if _, m.working = v.Counts.Working(v.By, st.ID); m.working {
		m.deed = ""
	}
	switch {
	case !st.Ours || m.deed != "" || m.working || !m.waits.None():
	case st.Stage.Step == veil.StepCommit:
		m.waits = page.Key("count.prepare.other")
	case st.Stage.Step == veil.StepBatch:
		m.waits = page.Key("count.encrypt.other", "desk", v.Own(st.Desk).In(v.P))
	}
	if m.deed == veil.StepCommit {
		for _, name := range []string{"found", "of"} {
			at := v.field(f, name)
			at.Optional = true
			m.stated = append(m.stated, page.TextInput(v.P, page.Input{Field: at, Value: v.Field(name), Mode: "numeric", Width: 5}))
		}
		if len(missing) > 0 && st.Desk == v.By.Desk {
			at := v.field(f, "without")
			at.Optional = true
			m.stated = append(m.stated, page.CheckboxGroup(v.P, page.Checkboxes{Field: at, Choices: missing, Values: v.R.PostForm["without"]}))
		}
	}
}

// own names desks of this member.
func (v *visit) own(all []id.Desk) page.Msg {
	var names []string
	for _, d := range all {
		names = append(names, v.Own(d).In(v.P))
	}
	return page.Plain(v.P.And(names...))
}

// desks shows how far the desks are that have cases, and returns those of the others whose cases are missing. What is up to the reader's desk is to
// prepare its cases, and where everything is there, to put them together; it asks again without desks that cannot.
func (v *visit) desks(m *runModel, st *count.State) (missing []page.Choice) {
	m.home = page.Key("count.desks.text", "desk", v.Own(st.Desk).In(v.P))
	m.desks = &page.Table{Caption: page.Key("count.desks"), Columns: []page.Column{{Text: page.Key("referral.board.desk")}, {Text: page.Key("case.state")}, {Text: page.Key("count.desks.read"), Number: true}}}
	mine, others := false, []id.Desk{}
	for _, d := range st.Desks {
		tag := page.Tag{Text: page.Key("count.at.now"), Tone: page.Waiting}
		if d.Done {
			tag = page.Tag{Text: page.Key("count.at.done"), Tone: page.Good}
		}
		m.desks.Rows = append(m.desks.Rows, []page.Cell{{Text: v.Own(d.Desk)}, {Tag: &tag}, {Text: page.Plain(v.P.Number(d.Files))}})
		switch {
		case d.Desk == v.By.Desk:
			mine = d.Done
		case !d.Done:
			others = append(others, d.Desk)
			missing = append(missing, page.Choice{Value: string(d.Desk), Text: v.Own(d.Desk)})
		}
	}
	switch {
	case !mine || m.deed != veil.StepCommit:
	case st.Desk == v.By.Desk:
		if m.submit = page.Key("count.join"); len(others) > 0 {
			m.waits = page.Key("count.share.done", "desks", v.own(others).In(v.P))
		}
	default:
		m.deed = ""
		if m.waits = page.Key("count.desks.text", "desk", v.Own(st.Desk).In(v.P)); len(others) > 0 {
			m.waits = page.Key("count.share.done", "desks", v.own(others).In(v.P))
		}
	}
	return missing
}

// result says the number with its interval, or why there is none.
func (v *visit) result(st *count.State) *resultModel {
	r := st.Result
	low, high := v.P.Number(r.Low), v.P.Number(r.High)
	m := &resultModel{head: page.Key("count.told", "persons", v.P.Number(r.Persons), "low", low, "high", high)}
	switch {
	case r.Publishable:
		m.lines = append(m.lines, page.Key("count.told.records", "records", v.P.Number(r.Records)))
	case r.Why == veil.WhySmall:
		m.head, m.why = page.Key("count.untold", "low", low, "high", high), page.Key("count.why.small", "least", v.P.Number(int64(st.Plan.Least)))
	default:
		m.head, m.why = page.Key("count.untold", "low", low, "high", high), page.Key("count.why.wide", "share", v.P.Percent(float64(st.Plan.Widest)/1000, 0))
	}
	m.persons = page.Bars{Caption: page.Key("count.in"), Of: page.Key("count.in.records"), Number: page.Key("count.persons")}
	var kept []string
	for i, n := range r.In {
		group := strconv.Itoa(i + 1)
		if i == len(r.In)-1 {
			group += "+"
		}
		if n < 0 {
			kept = append(kept, group)
		} else {
			m.persons.Rows = append(m.persons.Rows, page.Bar{Label: page.Plain(group), Count: n})
		}
	}
	m.bars = len(m.persons.Rows) > 0
	if len(kept) > 0 {
		m.lines = append(m.lines, page.Key("count.in.kept", "groups", v.P.And(kept...)))
	}
	m.lines = append(m.lines, page.Key("count.recall", "found", v.P.Number(r.Recall.Found), "of", v.P.Number(r.Recall.Of)))
	checked := page.Key("count.checked.others")
	if st.Checked {
		checked = page.Key("count.checked.here")
	}
	m.lines = append(m.lines, checked)
	return m
}

func (v *visit) voice() error {
	var err error
	switch v.Field("do") {
	case "agree":
		err = v.Counts.Agree(v.R.Context(), v.By.Actor, v.which())
	case "decline":
		err = v.Counts.Decline(v.R.Context(), v.By.Actor, v.which())
	default:
		err = fault.New(fault.Invalid, "web.choose")
	}
	if err != nil {
		return v.Again(err, fields(err), v.showRun)
	}
	return v.To(pathOf(v.which()), "count-said")
}

func (v *visit) records() error {
	ctx := v.R.Context()
	if v.Field("do") == "encrypt" {
		going, err := v.Counts.Encrypt(ctx, v.By, v.which())
		switch {
		case err != nil:
			return v.Again(err, fields(err), v.showRun)
		case going:
			return v.To(pathOf(v.which()), "count-going")
		}
		return v.To(pathOf(v.which()), "count-encrypted")
	}
	var how count.Prepared
	stated, err := v.recall()
	if err == nil {
		var without []id.Desk
		for _, d := range v.R.PostForm["without"] {
			without = append(without, id.Desk(d))
		}
		how, err = v.Counts.Prepare(ctx, v.By, v.which(), stated, without...)
	}
	if err != nil {
		at := fields(err, "of")
		at["recall"] = "of"
		return v.Again(err, at, v.showRun)
	}
	switch {
	case how.Going:
		return v.To(pathOf(v.which()), "count-going")
	case how.Records == 0:
		return v.To(pathOf(v.which()), "count-shared")
	}
	return v.To(pathOf(v.which()), "count-prepared")
}

// recall is how well files are recognised where that was measured elsewhere; nil: it is measured here.
//
// It fails with [fault.Invalid] "count.field" if only one of the two was given, or no number.
func (v *visit) recall() (*veil.Recall, error) {
	if v.Field("found")+v.Field("of") == "" {
		return nil, nil
	}
	found, err1 := strconv.ParseInt(v.Field("found"), 10, 64)
	of, err2 := strconv.ParseInt(v.Field("of"), 10, 64)
	if err1 != nil || err2 != nil {
		return nil, fault.New(fault.Invalid, "count.field").With("field", "recall")
	}
	return &veil.Recall{Found: found, Of: of}, nil
}

func (v *visit) publish() error {
	if err := v.Counts.Publish(v.R.Context(), v.By.Actor, v.which()); err != nil {
		return v.Again(err, fields(err), v.showRun)
	}
	return v.To(pathOf(v.which()), "count-published")
}

func (v *visit) transcript() error {
	b, err := v.Counts.Transcript(v.R.Context(), v.By.Actor, v.which())
	if err != nil {
		return err
	}
	return v.Save("application/json", "count.json", func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}
