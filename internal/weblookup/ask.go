package weblookup

import (
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/page"
)

// askedModel is what was asked from a case.
type askedModel struct {
	title     page.Msg
	path      string
	thing     bool // things can be written down in this file
	may       bool // something can be asked now
	alone     bool // the members share no secret yet
	questions []questionModel
}

// questionModel is one question, with what its reader can do about it now.
type questionModel struct {
	title   page.Msg
	state   page.Tag
	rows    []page.Row
	members *page.Table // nil: nobody was asked yet
	path    string      // of the question, for the second person; "": nothing is to be said
	own     bool        // who looks proposed it
}

// attend does with the reader's keys what questions wait for. What it cannot do now it does another time.
func (v *visit) attend() error {
	_, err := v.Lookups.Attend(v.R.Context(), v.By)
	if fault.Is(err, fault.Denied) || fault.Is(err, fault.Locked) || fault.Is(err, fault.Stale) || fault.Is(err, fault.Hidden) {
		return nil
	}
	return err
}

func (v *visit) ofCase() error {
	if err := v.attend(); err != nil {
		return err
	}
	all, row, err := v.Lookups.Of(v.R.Context(), v.By.Actor, v.which())
	if err != nil {
		return err
	}
	m := askedModel{
		title: page.Key("lookup.of-case.title", "reference", string(row.Reference)), path: pathOf(v.which()),
		may: row.State == casefile.Open && row.Desk == v.By.Desk,
	}
	m.thing = m.may && row.Realm == access.Prosecution
	shared, err := v.Lookups.Shared(v.R.Context())
	if err != nil {
		return err
	}
	m.may, m.alone = m.may && shared, m.may && !shared
	for _, q := range all {
		if q.Stage == lookup.Proposed {
			m.may = false
		}
		m.questions = append(m.questions, v.questionOf(q))
	}
	return v.Show(page.Page{Title: m.title, Back: "/cases/" + string(v.which()), Leave: true, Body: askedScreen(v.P, m)})
}

func (v *visit) questionOf(q lookup.Question) questionModel {
	now := v.Lookups.Moment()
	tone := page.Calm
	if q.Stage == lookup.Proposed || q.Stage == lookup.Hidden {
		tone = page.Waiting
	}
	m := questionModel{
		title: page.Plain(string(q.Reference)), state: page.Tag{Text: page.Key("lookup.stage." + string(q.Stage)), Tone: tone}, own: q.By == v.By.User,
		rows: []page.Row{
			{Key: page.Key("lookup.ask.purpose"), Value: v.Word("lookup.purpose.", q.Purpose)},
			{Key: page.Key("lookup.ask.basis"), Value: page.Key("law.basis." + q.Basis)},
			{Key: page.Key("lookup.ask.consent"), Value: map[bool]page.Msg{true: page.Key("web.yes"), false: page.Key("web.no")}[q.Consent != ""]},
			{Key: page.Key("lookup.made"), Value: v.When(q.Made)},
		},
	}
	if q.Stage == lookup.Proposed {
		m.path = questionPath(q.ID)
	}
	if q.Stage != lookup.Sent {
		return m
	}
	answered, asked := q.Answers(now)
	m.rows = append(m.rows,
		page.Row{Key: page.Key("lookup.answered"), Value: page.Key("lookup.answered.of", "answered", strconv.Itoa(answered), "asked", strconv.Itoa(asked))},
		page.Row{Key: page.Key("lookup.due"), Value: v.When(q.Due)},
	)
	m.members = &page.Table{
		Caption: page.Key("lookup.members", "reference", string(q.Reference)), Empty: page.Key("lookup.nobody"),
		Columns: []page.Column{{Text: page.Key("lookup.member")}, {Text: page.Key("lookup.answer")}},
	}
	for _, x := range q.Members {
		seen := lookup.Seen(now, q.Due, x.At != 0)
		c := page.Cell{Text: page.Key("lookup.answer." + string(seen))}
		if seen == lookup.Spoken {
			c.Path = "/messages/" + string(x.Thread)
		}
		m.members.Rows = append(m.members.Rows, []page.Cell{{Text: page.Plain(v.country(x.Member))}, c})
	}
	return m
}

func (v *visit) askForm() error { return v.showAsk(page.Form{}) }

// showAsk asks for what one asks other members, and on what that rests.
func (v *visit) showAsk(f page.Form) error {
	all, err := v.Consents.List(v.R.Context(), v.By.Actor, v.which())
	if err != nil && !fault.Is(err, fault.Denied) {
		return err
	}
	var given []page.Choice
	for _, c := range all {
		if c.Live(v.Lookups.Moment()) && slices.Contains(c.Purposes, consent.ForLookup) {
			given = append(given, page.Choice{Value: string(c.ID), Text: page.Key("lookup.consent.until", "given", v.When(c.Given).In(v.P), "until", v.When(c.ValidTo).In(v.P))})
		}
	}
	f.Title, f.Submit, f.Back, f.Leave = page.Key("lookup.new"), page.Key("lookup.new.do"), pathOf(v.which()), true
	f.Action, f.Intro = f.Back+"/new", []page.Msg{page.Key("lookup.new.text"), page.Key("lookup.of-case.text"), page.Key("lookup.new.second")}
	about, err := v.things(f)
	if err != nil {
		return err
	}
	f.Fields = append(f.Fields, about...)
	from := field(f, "consent")
	from.Hint, from.Optional = page.Key("lookup.ask.consent.hint"), true
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: field(f, "purpose"), Choices: v.Choices("lookup.purpose.", v.Law().List(v.Site.Member, "lookup-purposes")...), Value: v.Field("purpose")}),
		page.SelectList(v.P, page.Select{Field: field(f, "basis"), Choices: v.bases(), Value: v.Field("basis"), Empty: page.Key("web.choose")}),
		page.SelectList(v.P, page.Select{Field: from, Choices: given, Value: v.Field("consent"), Empty: page.Key("web.none")}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: optionalOf(field(f, "anyway")), Choices: v.Choices("web.", "yes"), Values: v.R.PostForm["anyway"]}),
	)
	return v.ShowForm(f)
}

func optionalOf(f page.Field) page.Field {
	f.Optional = true
	return f
}

func (v *visit) ask() error {
	q, err := v.Lookups.Propose(v.R.Context(), v.By, v.which(), lookup.Proposal{
		Purpose: v.Field("purpose"), Basis: v.Field("basis"), Consent: id.Consent(v.Field("consent")), Thing: id.Record(v.Field("thing")), Anyway: v.Field("anyway") != "",
	})
	if err != nil {
		all := fields(err, "purpose", "basis", "consent", "thing")
		all["lookup.at-home"], all["lookup.consent"] = "anyway", "consent"
		return v.AgainDenied(err, all, v.showAsk)
	}
	return v.To(pathOf(q.Case), "lookup-proposed")
}

// confirmModel is a question that waits for a second person, with the way to the case that it is about.
type confirmModel struct {
	question questionModel
	path     string
	file     string // what was asked from the case
	person   string // the case
	can      bool
}

func (v *visit) question() error { return v.showQuestion(page.Form{}) }

func (v *visit) showQuestion(f page.Form) error {
	q, err := v.Lookups.Look(v.R.Context(), v.By, id.Lookup(v.R.PathValue("lookup")))
	if err != nil {
		return err
	}
	m := confirmModel{question: v.questionOf(q), path: questionPath(q.ID), file: pathOf(q.Case), person: "/cases/" + string(q.Case), can: q.Stage == lookup.Proposed && q.By != v.By.User}
	return v.Show(page.Page{Status: f.Status, Title: page.Key("lookup.confirm.title"), Back: m.file, Leave: true, Errors: f.Errors, Body: confirmScreen(v.P, m)})
}

func (v *visit) confirm() error {
	q, err := v.Lookups.Confirm(v.R.Context(), v.By, id.Lookup(v.R.PathValue("lookup")), v.Field("do") == "ask")
	if err != nil {
		return v.Again(err, fields(err), v.showQuestion)
	}
	return v.To(pathOf(q.Case), "lookup-settled")
}
