package web

import (
	"slices"
	"strconv"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
)

// casesModel is a page of the cases of a desk: references, no names.
type casesModel struct {
	table Table
	pages Pages
	open  bool
}

func (v *Visit) cases() error {
	after := id.Case(v.r.URL.Query().Get("after"))
	all, err := v.web.Cases.List(v.r.Context(), v.by.Actor, casefile.Filter{After: after, Limit: pageRows})
	if err != nil {
		return err
	}
	m := casesModel{open: May(v.by.Actor, access.OpenCase), table: Table{
		Caption: Key("case.list"), Named: true, Empty: Key("case.none"),
		Columns: []Column{{Text: Key("case.reference")}, {Text: Key("case.risk")}, {Text: Key("case.age-class")}, {Text: Key("case.opened")}, {Text: Key("case.state")}},
	}}
	if len(all) == pageRows {
		m.pages.Next = "/cases?after=" + string(all[len(all)-1].ID)
	}
	if after != "" {
		m.pages.Previous = "/cases"
	}
	for _, c := range all {
		tag := v.riskTag(c)
		m.table.Rows = append(m.table.Rows, []Cell{
			{Text: Plain(string(c.Reference)), Path: "/cases/" + string(c.ID)},
			{Tag: &tag},
			{Text: v.word("person.age.", string(c.AgeClass))},
			{Text: v.age(c.Opened)},
			{Text: v.word("case.state.", string(c.State))},
		})
	}
	return v.show(page{title: Key("case.list"), body: casesScreen(v.p, m)})
}

// riskTag says the grade of the newest assessment, and whether it can still be relied on.
func (v *Visit) riskTag(c casefile.Case) Tag {
	switch v.freshness(c) {
	case casefile.Never:
		return Tag{Text: Key("case.risk.never"), Tone: Late}
	case casefile.Stale:
		return Tag{Text: Key("case.risk.stale", "grade", v.word("case.grade.", string(c.Grade)).In(v.p)), Tone: Late}
	}
	tone := map[casefile.Grade]Tone{casefile.Low: Good, casefile.Medium: Waiting, casefile.High: Late}[c.Grade]
	return Tag{Text: v.word("case.grade.", string(c.Grade)), Tone: tone}
}

func (v *Visit) freshness(c casefile.Case) casefile.Freshness {
	return casefile.RiskFreshness(c, v.now(), v.web.Lists.Limits.StaleDays)
}

func ageClasses() []string { return []string{"adult", "child", "unknown"} }

func (v *Visit) openCaseForm() error { return v.showOpenCase(form{}) }

func (v *Visit) showOpenCase(f form) error {
	f.title, f.back, f.action, f.submit, f.leave = Key("case.open"), "/cases", "/cases/new", Key("case.open.do"), true
	f.intro = []Msg{Key("case.open.text")}
	f.fields = append(f.fields,
		RadioGroup(v.p, Radios{Field: Field{ID: "age", Label: Key("case.age-class"), Hint: Key("case.age-class.hint"), Error: at(f.errors, "age")}, Choices: v.choices("person.age.", ageClasses()...), Value: v.field("age")}),
		RadioGroup(v.p, Radios{Field: Field{ID: "asylum", Label: Key("case.asylum"), Hint: Key("case.asylum.hint")}, Choices: v.choices("web.", "yes", "no"), Value: v.field("asylum"), Inline: true}),
		TextInput(v.p, Input{Field: Field{ID: "origins", Label: Key("case.origins"), Hint: Key("case.origins.hint"), Optional: true, Error: at(f.errors, "origins")}, Value: v.field("origins"), Width: 10}),
	)
	return v.showForm(f)
}

func (v *Visit) openCase() error {
	c, err := v.web.Cases.Open(v.r.Context(), v.by, casefile.Opening{
		AgeClass: person.AgeClass(v.field("age")), Asylum: v.field("asylum") == "yes", Origins: list(v.field("origins")),
	})
	if err != nil {
		return v.again(err, map[string]string{"": "origins", "age_class": "age"}, v.showOpenCase)
	}
	if !May(v.by.Actor, access.RecordPerson) {
		return v.to("/cases/"+string(c.ID), "")
	}
	return v.to("/cases/"+string(c.ID)+"/person", "")
}

// caseModel is an open case. The card stands before everything else.
type caseModel struct {
	id       id.Case
	title    string
	open     bool
	child    bool
	risk     Msg // a warning; none if the assessment is current
	rows     []Row
	card     []cardEntry
	version  int64
	who      []Row
	notes    []entry
	risks    []entry
	consents []consentEntry

	reflected  []entry
	reflecting string // where the period that runs is ended; empty: none runs
	closing    string // path of the form that closes it
	decided    []entry
	served     []entry
	answers    []entry // of a file of the prosecution: whether she cooperates, the newest first
	justice    bool    // it is a file of the prosecution
	shut       Msg
	may        map[string]bool
}

// cardEntry is one way of reaching her, and whether the number can be asked for.
type cardEntry struct {
	index int
	tag   Tag
	rows  []Row
	safe  bool
}

// entry is something written down, with when and by whom it was.
type entry struct {
	when Msg
	rows []Row
	text string
	lang string
}

type consentEntry struct {
	id    id.Consent
	state Tag
	rows  []Row
	live  bool // it can be withdrawn
	waits bool // nobody has said since a restore that it stands
}

func (v *Visit) openedCase() error {
	ctx, c := v.r.Context(), id.Case(v.r.PathValue("case"))
	file, err := v.web.Cases.Show(ctx, v.by, c)
	if err != nil {
		return err
	}
	m := caseModel{id: c, title: string(file.Reference), open: file.State == casefile.Open, child: person.ChildPath(file.AgeClass), version: file.Card.Version}
	m.may = map[string]bool{
		"confirm": May(v.by.Actor, access.ConfirmConsent),
		"person":  May(v.by.Actor, access.RecordPerson), "note": May(v.by.Actor, access.NoteCase), "risk": May(v.by.Actor, access.AssessCase),
		"consent": May(v.by.Actor, access.GiveConsent), "referral": May(v.by.Actor, access.DraftReferral),
		"decide": May(v.by.Actor, access.DecideCase), "cooperate": May(v.by.Actor, access.CooperateCase), "close": May(v.by.Actor, access.CloseCase),
	}
	m.closing = "/cases/" + string(c) + "/close?version=" + strconv.FormatInt(file.Version, 10)
	for _, d := range file.Decisions {
		m.decided = append(m.decided, v.decisionEntry(d, file.Decisions))
	}
	for _, r := range file.Reflections {
		e, end := v.reflectionEntry(c, r)
		m.reflected = append(m.reflected, e)
		if end != "" {
			m.reflecting = end
		}
	}
	for _, d := range file.Deliveries {
		m.served = append(m.served, v.serviceEntry(d))
	}
	if m.justice = file.Realm == access.Prosecution; m.justice {
		for _, x := range slices.Backward(file.Cooperations) {
			m.answers = append(m.answers, entry{when: Plain(x.Value.Date), rows: []Row{{Key: Key("case.cooperation"), Value: v.word("case.cooperation.", x.Value.Answer)}}, text: x.Value.Note})
		}
	}
	tag := v.riskTag(file.Case)
	m.rows = []Row{
		{Key: Key("case.state"), Value: v.word("case.state.", string(file.State))},
		{Key: Key("case.age-class"), Value: v.word("person.age.", string(file.AgeClass))},
		{Key: Key("case.risk"), Value: tag.Text},
		{Key: Key("case.opened"), Value: v.when(file.Opened)},
	}
	if file.Asylum {
		m.rows = append(m.rows, Row{Key: Key("case.asylum"), Value: Key("case.asylum.yes")})
	}
	if file.Freshness != casefile.Current && !m.justice {
		m.risk = Key("case.risk.warning." + string(file.Freshness))
	}
	for _, e := range file.Card.Entries {
		m.card = append(m.card, v.cardEntry(e))
	}
	if file.Who != nil {
		m.who = v.personRows(file.Who.Person)
	}
	for _, n := range file.Notes {
		m.notes = append(m.notes, entry{when: v.when(n.At), text: n.Value.Text, lang: n.Value.Language})
	}
	for _, a := range file.Assessments {
		m.risks = append(m.risks, v.riskEntry(a.Value.Assessment))
	}
	if file.Shut > 0 {
		m.shut = Plain(v.p.Plural("case.shut", file.Shut))
	}
	if !m.justice && May(v.by.Actor, access.KnowConsent) {
		all, err := v.web.Consents.List(ctx, v.by.Actor, c)
		if err != nil {
			return err
		}
		for _, x := range all {
			m.consents = append(m.consents, v.consentEntry(x))
		}
	}
	return v.show(page{title: Key("case.title", "reference", m.title), back: "/cases", leave: true, body: caseScreen(v.p, m)})
}

func (v *Visit) cardEntry(e person.Entry) cardEntry {
	tone := map[person.Safety]Tone{person.Safe: Good, person.Unsafe: Late, person.SafetyUnknown: Late}[e.Safety]
	c := cardEntry{index: e.Index, safe: e.Safety == person.Safe, tag: Tag{Text: v.word("person.safety.", string(e.Safety)), Tone: tone}}
	c.rows = []Row{{Key: Key("person.way"), Value: v.word("person.way.", string(e.Way))}}
	for key, value := range map[string]string{"person.answerer": e.Answerer, "person.times": e.Times, "person.may-say": e.MaySay, "person.code-word": e.CodeWord} {
		if value != "" {
			c.rows = append(c.rows, Row{Key: Key(key), Value: Plain(value)})
		}
	}
	sortRows(v, c.rows[1:])
	voice := Key("web.no")
	if e.Voice {
		voice = Key("web.yes")
	}
	c.rows = append(c.rows, Row{Key: Key("person.voice"), Value: voice})
	return c
}

// personRows is who she is, every answer that is none in its own words.
func (v *Visit) personRows(p person.Person) []Row {
	var rows []Row
	for _, n := range p.Names {
		rows = append(rows, Row{Key: v.word("person.name.", string(n.Use)), Value: Plain(n.Text())})
	}
	birth, ok := p.Birth.Is()
	said := v.word("person.answer.", p.Birth.State.Code())
	if ok {
		if said = Plain(v.p.PartialDate(birth.Year, birth.Month, birth.Day)); birth.Margin > 0 {
			said = Key("person.birth.about", "date", said.In(v.p), "years", v.p.Number(int64(birth.Margin)))
		}
	}
	rows = append(rows, Row{Key: Key("person.birth"), Value: said})
	sex, ok := p.Sex.Is()
	if said = v.word("person.answer.", p.Sex.State.Code()); ok {
		said = v.word("person.sex.", string(sex))
	}
	rows = append(rows, Row{Key: Key("person.sex"), Value: said})
	countries, ok := p.Citizenships.Is()
	if said = v.word("person.answer.", p.Citizenships.State.Code()); ok {
		var names []string
		for _, c := range countries {
			names = append(names, v.p.CountryName(c))
		}
		said = Plain(v.p.And(names...))
	}
	rows = append(rows, Row{Key: Key("person.citizenships"), Value: said})
	languages, ok := p.Languages.Is()
	if said = v.word("person.answer.", p.Languages.State.Code()); ok {
		var tags []string
		for _, l := range languages {
			tags = append(tags, l.Tag)
		}
		said = v.named(tags)
	}
	return append(rows, Row{Key: Key("person.languages"), Value: said})
}

func (v *Visit) riskEntry(a casefile.Assessment) entry {
	e := entry{when: v.when(a.At), text: a.Conclusion}
	for _, domain := range v.web.Lists.Codes(casefile.ListDomain) {
		if g, ok := a.Grades[domain]; ok {
			e.rows = append(e.rows, Row{Key: v.word("case.domain.", domain), Value: v.word("case.grade.", string(g))})
		}
	}
	var yes []string
	for _, f := range a.Factors {
		if f.Found == "yes" {
			yes = append(yes, f.Code)
		}
	}
	e.rows = append(e.rows, Row{Key: Key("case.factors"), Value: v.words("case.factor.", yes)}, Row{Key: Key("case.review"), Value: v.when(a.Review)})
	return e
}

func (v *Visit) consentEntry(c consent.Consent) consentEntry {
	live, waits := c.Live(v.now()), c.Waits(v.now()) && c.Origin == consent.TakenHere
	state := Tag{Text: v.word("consent.state.", string(c.State)), Tone: Off}
	switch {
	case waits:
		state = Tag{Text: Key("consent.state.unconfirmed"), Tone: Late}
	case live:
		state.Tone = Good
	}
	var recipients, purposes []string
	for _, r := range c.Recipients {
		recipients = append(recipients, r.String())
	}
	for _, p := range c.Purposes {
		purposes = append(purposes, string(p))
	}
	var categories []string
	for _, k := range c.Categories {
		categories = append(categories, string(k))
	}
	e := consentEntry{
		id: c.ID, live: live && c.Origin == consent.TakenHere || waits, waits: waits, state: state,
		rows: []Row{
			{Key: Key("consent.recipients"), Value: Plain(v.p.And(recipients...))},
			{Key: Key("consent.purposes"), Value: v.words("consent.purpose.", purposes)},
			{Key: Key("consent.categories"), Value: v.words("consent.category.", categories)},
			{Key: Key("consent.until"), Value: v.when(c.ValidTo)},
		},
	}
	if c.State == consent.Withdrawn {
		e.rows = append(e.rows, Row{Key: Key("consent.withdrawn"), Value: v.when(c.Withdrawn)},
			Row{Key: Key("consent.effective"), Value: v.when(c.Effective)}, Row{Key: Key("consent.done"), Value: v.when(c.Answered)})
	}
	return e
}

// reach gives one number or address, after the card was shown.
func (v *Visit) reach() error {
	c := id.Case(v.r.PathValue("case"))
	index, err := strconv.Atoi(v.r.PathValue("index"))
	if err != nil {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	shown, err := strconv.ParseInt(v.field("shown"), 10, 64)
	if err != nil {
		return fault.New(fault.Conflict, "person.contact.card-first")
	}
	contact, err := v.web.Persons.Reach(v.r.Context(), v.by, c, index, shown)
	if err != nil {
		return err
	}
	entry := v.cardEntry(person.Entry{
		Way: contact.Way, Index: index, Safety: contact.Safety, Answerer: contact.Answerer, Times: contact.Times,
		MaySay: contact.MaySay, CodeWord: contact.CodeWord, Voice: contact.Voice,
	})
	return v.show(page{title: Key("person.reach"), back: "/cases/" + string(c), leave: true, body: reachScreen(v.p, entry, contact.Address)})
}

func (v *Visit) noteForm() error { return v.showNote(form{}) }

func (v *Visit) showNote(f form) error {
	c := v.r.PathValue("case")
	f.title, f.back, f.action, f.submit, f.leave = Key("case.note.new"), "/cases/"+c, "/cases/"+c+"/note", Key("case.note.do"), true
	f.fields = append(f.fields, TextArea(v.p, Textarea{Field: Field{ID: "text", Label: Key("case.note"), Hint: Key("case.note.hint"), Error: at(f.errors, "text")}, Value: v.field("text"), Rows: 8}))
	return v.showForm(f)
}

func (v *Visit) note() error {
	c := id.Case(v.r.PathValue("case"))
	_, err := v.web.Cases.Note(v.r.Context(), v.by, c, casefile.Note{Language: string(v.p.Tag()), Text: v.field("text")})
	if err != nil {
		return v.again(err, map[string]string{"": "text"}, v.showNote)
	}
	return v.to("/cases/"+string(c), "note")
}

func (v *Visit) riskForm() error { return v.showRisk(form{}) }

func (v *Visit) showRisk(f form) error {
	c := v.r.PathValue("case")
	f.title, f.back, f.action, f.submit, f.leave = Key("case.assess"), "/cases/"+c, "/cases/"+c+"/risk", Key("case.assess.do"), true
	f.intro = []Msg{Key("case.assess.text")}
	f.fields = append(f.fields, SelectList(v.p, Select{Field: Field{ID: "trigger", Label: Key("case.trigger"), Error: at(f.errors, "trigger")}, Choices: v.choices("case.trigger.", v.web.Lists.Codes(casefile.ListTrigger)...), Value: v.field("trigger")}))
	for _, d := range v.web.Lists.Codes(casefile.ListDomain) {
		name := "grade-" + d
		f.fields = append(f.fields, RadioGroup(v.p, Radios{
			Field: Field{ID: name, Label: v.word("case.domain.", d), Error: at(f.errors, name)}, Inline: true,
			Choices: append(v.choices("case.grade.", "low", "medium", "high"), Choice{Value: "", Text: Key("case.not-assessed")}), Value: v.field(name),
		}))
	}
	days := v.field("days")
	if days == "" {
		days = strconv.FormatInt(v.web.Lists.Limits.ReviewDays, 10)
	}
	f.fields = append(f.fields,
		CheckboxGroup(v.p, Checkboxes{Field: Field{ID: "factor", Label: Key("case.factors"), Hint: Key("case.factors.hint")}, Choices: v.choices("case.factor.", v.web.Lists.Codes(casefile.ListFactor)...), Values: v.r.PostForm["factor"]}),
		TextArea(v.p, Textarea{Field: Field{ID: "mitigation", Label: Key("case.mitigation"), Optional: true}, Value: v.field("mitigation")}),
		TextArea(v.p, Textarea{Field: Field{ID: "conclusion", Label: Key("case.conclusion"), Error: at(f.errors, "conclusion")}, Value: v.field("conclusion")}),
		TextInput(v.p, Input{Field: Field{ID: "days", Label: Key("case.review.days"), Error: at(f.errors, "days")}, Value: days, Mode: "numeric", Width: 3}),
		CheckboxGroup(v.p, Checkboxes{Field: Field{ID: "with", Label: Key("case.with")}, Choices: v.choices("web.", "yes"), Values: v.r.PostForm["with"]}),
	)
	return v.showForm(f)
}

func (v *Visit) assess() error {
	c := id.Case(v.r.PathValue("case"))
	a := casefile.Assessment{
		Trigger: v.field("trigger"), Factors: []casefile.Factor{}, Grades: map[string]casefile.Grade{}, Mitigation: v.field("mitigation"),
		Conclusion: v.field("conclusion"), With: v.field("with") != "",
	}
	for _, code := range v.sent("factor", v.choices("", v.web.Lists.Codes(casefile.ListFactor)...)) {
		a.Factors = append(a.Factors, casefile.Factor{Code: code, Found: "yes"})
	}
	for _, d := range v.web.Lists.Codes(casefile.ListDomain) {
		if g := v.field("grade-" + d); g != "" {
			a.Grades[d] = casefile.Grade(g)
		}
	}
	days, err := strconv.Atoi(v.field("days"))
	if err != nil {
		return v.showRisk(form{status: statusOf(fault.Invalid), errors: []Error{{Field: "days", Text: Key("case.review.number")}}})
	}
	a.Review = frame.At(v.web.Now().Add(time.Duration(days) * 24 * time.Hour))
	if _, err := v.web.Cases.Assess(v.r.Context(), v.by, c, a); err != nil {
		return v.again(err, map[string]string{"": "conclusion", "grades": "grade-" + v.web.Lists.Codes(casefile.ListDomain)[0], "review": "days", "trigger": "trigger"}, v.showRisk)
	}
	return v.to("/cases/"+string(c), "risk")
}
