package webcase

import (
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
)

// casesModel is a page of the cases of a desk: references, no names.
type casesModel struct {
	table     page.Table
	pages     page.Pages
	open      bool
	emergency bool // it is the desk that opens a case of another in an emergency
	offers    bool // cases offered between desks are shown beside
}

func (v *visit) cases() error {
	after := id.Case(v.R.URL.Query().Get("after"))
	all, err := v.Cases.List(v.R.Context(), v.By.Actor, casefile.Filter{After: after, Limit: page.PerPage})
	if err != nil {
		return err
	}
	m := casesModel{open: page.May(v.By.Actor, access.OpenCase), offers: page.May(v.By.Actor, access.ListTransfer), table: page.Table{
		Caption: page.Key("case.list"), Named: true, Empty: page.Key("case.none"),
		Columns: []page.Column{{Text: page.Key("case.reference")}, {Text: page.Key("case.risk")}, {Text: page.Key("case.age-class")}, {Text: page.Key("case.opened")}, {Text: page.Key("case.state")}},
	}}
	if m.emergency, err = v.atEmergencyDesk(); err != nil {
		return err
	}
	if len(all) == page.PerPage {
		m.pages.Next = "/cases?after=" + string(all[len(all)-1].ID)
	}
	if after != "" {
		m.pages.Previous = "/cases"
	}
	for _, c := range all {
		tag := v.riskTag(c)
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: page.Plain(string(c.Reference)), Path: "/cases/" + string(c.ID)},
			{Tag: &tag},
			{Text: v.Word("person.age.", string(c.AgeClass))},
			{Text: v.Age(c.Opened)},
			{Text: v.Word("case.state.", string(c.State))},
		})
	}
	return v.Show(page.Page{Title: page.Key("case.list"), Body: casesScreen(v.P, m)})
}

// riskTag says the grade of the newest assessment, and whether it can still be relied on.
func (v *visit) riskTag(c casefile.Case) page.Tag {
	switch v.freshness(c) {
	case casefile.Never:
		return page.Tag{Text: page.Key("case.risk.never"), Tone: page.Late}
	case casefile.Stale:
		return page.Tag{Text: page.Key("case.risk.stale", "grade", v.Word("case.grade.", string(c.Grade)).In(v.P)), Tone: page.Late}
	}
	return page.Tag{Text: v.Word("case.grade.", string(c.Grade)), Tone: toneOf(c.Grade)}
}

func (v *visit) freshness(c casefile.Case) casefile.Freshness {
	return casefile.RiskFreshness(c, v.Now(), v.Lists.Limits.StaleDays)
}

func ageClasses() []string { return []string{"adult", "child", "unknown"} }

func (v *visit) openCaseForm() error { return v.showOpenCase(page.Form{}) }

func (v *visit) showOpenCase(f page.Form) error {
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("case.open"), "/cases", "/cases/new", page.Key("case.open.do"), true
	f.Intro = []page.Msg{page.Key("case.open.text")}
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "age", Label: page.Key("case.age-class"), Hint: page.Key("case.age-class.hint"), Error: page.ErrorAt(f.Errors, "age")}, Choices: v.Choices("person.age.", ageClasses()...), Value: v.Field("age")}),
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "asylum", Label: page.Key("case.asylum"), Hint: page.Key("case.asylum.hint")}, Choices: v.Choices("web.", "yes", "no"), Value: v.Field("asylum"), Inline: true}),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "origins", Label: page.Key("case.origins"), Hint: page.Key("case.origins.hint"), Optional: true, Error: page.ErrorAt(f.Errors, "origins")}, Value: v.Field("origins"), Width: 10}),
	)
	return v.ShowForm(f)
}

func (v *visit) openCase() error {
	c, err := v.Cases.Open(v.R.Context(), v.By, casefile.Opening{
		AgeClass: person.AgeClass(v.Field("age")), Asylum: v.Field("asylum") == "yes", Origins: page.List(v.Field("origins")),
	})
	if err != nil {
		return v.Again(err, map[string]string{"": "origins", "age_class": "age"}, v.showOpenCase)
	}
	if !page.May(v.By.Actor, access.RecordPerson) {
		return v.To("/cases/"+string(c.ID), "")
	}
	return v.To("/cases/"+string(c.ID)+"/person", "")
}

// caseModel is an open case. The card stands before everything else.
type caseModel struct {
	id          id.Case
	title       string
	open        bool
	child       bool
	glass       page.Msg // that it is another desk's, and open for reading only; none if it is the reader's
	restricted  page.Msg // that it is kept and not used; none if it is not
	restricting string   // path of the form by which it becomes so

	risk     page.Msg // a warning; none if the assessment is current
	rows     []page.Row
	card     page.Card
	spoken   []page.Row // what she needs in order to be understood; stands with the card
	who      []page.Row
	notes    []page.Entry
	risks    []page.Entry
	series   page.Table // the grades of all assessments, the newest first
	consents []consentEntry

	reflected  []page.Entry
	reflecting string // where the period that runs is ended; empty: none runs
	refused    []refusal
	closing    string // path of the form that closes it
	reopening  string // path of the form that takes it up again; empty: it is open, or she may not
	decided    []page.Entry
	served     []page.Entry
	imported   []page.Entry
	answers    []page.Entry // of a file of the prosecution: whether she cooperates, the newest first
	justice    bool         // it is a file of the prosecution
	shut       page.Msg
	may        map[string]bool
}

func (v *visit) openedCase() error {
	ctx, c := v.R.Context(), id.Case(v.R.PathValue("case"))
	file, err := v.Cases.Show(ctx, v.By, c)
	if err != nil {
		return err
	}
	m := caseModel{id: c, title: string(file.Reference), open: file.State == casefile.Open, child: person.ChildPath(file.AgeClass)}
	m.may = map[string]bool{
		"confirm": page.May(v.By.Actor, access.ConfirmConsent), "reply": page.May(v.By.Actor, access.WithdrawConsent),
		"correct": page.May(v.By.Actor, access.CorrectPerson), "person": page.May(v.By.Actor, access.RecordPerson), "note": page.May(v.By.Actor, access.NoteCase), "risk": page.May(v.By.Actor, access.AssessCase),
		"consent": page.May(v.By.Actor, access.GiveConsent), "referral": page.May(v.By.Actor, access.DraftReferral),
		"released": page.May(v.By.Actor, access.KnowRelease),
		"release":  page.May(v.By.Actor, access.ByOrderRelease),
		"override": page.May(v.By.Actor, access.ProposeOverride),
		"return":   page.May(v.By.Actor, access.KnowHomecoming), "conference": page.May(v.By.Actor, access.KnowConference),
		"transfer": file.Desk == v.By.Desk && page.May(v.By.Actor, access.OfferTransfer), "lookup": file.Desk == v.By.Desk && page.May(v.By.Actor, access.ListLookup),
		"openings": page.May(v.By.Actor, access.OpeningsCase),
		"copy":     page.May(v.By.Actor, access.CopyCase),
		"export":   page.May(v.By.Actor, access.ExportCase),
		"page":     page.May(v.By.Actor, access.CodeCase),
		"decide":   page.May(v.By.Actor, access.DecideCase), "cooperate": page.May(v.By.Actor, access.CooperateCase), "close": page.May(v.By.Actor, access.CloseCase),
	}
	if at, err := v.atEmergencyDesk(); err != nil {
		return err
	} else if at && file.Desk != v.By.Desk { // under break-glass she reads, and changes nothing
		m.open, m.may, m.glass = false, map[string]bool{}, page.Key("case.emergency.reading")
	}
	if r, in, err := v.Restrictions.Of(ctx, v.By.Actor, c); err != nil {
		return err
	} else if in {
		m.restricted = v.banner(r)
	}
	if v.By.Desk == file.Desk && m.restricted.None() && page.May(v.By.Actor, access.RestrictCase) {
		m.restricting = "/restrictions?reference=" + string(file.Reference)
	}
	m.closing = "/cases/" + string(c) + "/close?version=" + strconv.FormatInt(file.Version, 10)
	if file.State == casefile.Closed && v.By.Desk == file.Desk && page.May(v.By.Actor, access.ReopenCase) {
		m.reopening = "/cases/" + string(c) + "/reopen?version=" + strconv.FormatInt(file.Version, 10)
	}
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
	for _, r := range file.Refusals {
		m.refused = append(m.refused, v.refusalEntry(c, r))
	}
	for _, x := range file.Imports {
		m.imported = append(m.imported, v.importedEntry(x.Value))
	}
	for _, d := range file.Deliveries {
		m.served = append(m.served, v.serviceEntry(d))
	}
	if m.justice = file.Realm == access.Prosecution; m.justice {
		for i, x := range slices.Backward(file.Cooperations) {
			rows := []page.Row{{Key: page.Key("ownview.outcome"), Value: v.Word("case.cooperation.", x.Value.Answer)}}
			if i > 0 {
				before := file.Cooperations[i-1].Value
				rows = append(rows, page.Row{Key: page.Key("case.cooperation.replaces"), Value: page.Plain(v.Word("case.cooperation.", before.Answer).In(v.P) + ", " + v.DayText(before.Date).In(v.P))})
			}
			m.answers = append(m.answers, page.Entry{When: v.DayText(x.Value.Date), Rows: rows, Text: x.Value.Note})
		}
	}
	tag := v.riskTag(file.Case)
	m.rows = []page.Row{
		{Key: page.Key("case.state"), Value: v.Word("case.state.", string(file.State))},
		{Key: page.Key("case.age-class"), Value: v.Word("person.age.", string(file.AgeClass))},
		{Key: page.Key("case.risk"), Value: tag.Text},
		{Key: page.Key("case.opened"), Value: v.When(file.Opened)},
	}
	for _, r := range file.Reopenings {
		m.rows = append(m.rows, page.Row{Key: page.Key("case.reopened"), Value: v.DayText(r.Value.On), Lines: []page.Msg{v.Word("case.reopening.", r.Value.Reason)}})
	}
	if file.Asylum {
		m.rows = append(m.rows, page.Row{Key: page.Key("case.asylum"), Value: page.Key("case.asylum.yes")})
	}
	if file.Freshness != casefile.Current && !m.justice {
		m.risk = page.Key("case.risk.warning." + string(file.Freshness))
	}
	if file.Needs.Version != 0 {
		m.spoken = v.spokenRows(file.Needs.Value)
	}
	m.card = v.CardOf(file.Card)
	m.card.Reach = "/cases/" + string(c) + "/reach/"
	if file.Who != nil {
		m.who = v.personRows(file.Who.Person)
	}
	for _, n := range file.Notes {
		m.notes = append(m.notes, page.Entry{When: v.When(n.At), Text: n.Value.Text, Lang: n.Value.Language})
	}
	for _, a := range file.Assessments {
		m.risks = append(m.risks, v.riskEntry(a.Value.Assessment))
	}
	m.series = v.riskSeries(file.Assessments)
	if file.Shut > 0 {
		m.shut = page.Plain(v.P.Plural("case.shut", file.Shut))
	}
	if !m.justice && m.glass.None() && page.May(v.By.Actor, access.KnowConsent) {
		all, err := v.Consents.List(ctx, v.By.Actor, c)
		if err != nil {
			return err
		}
		for _, x := range all {
			m.consents = append(m.consents, v.consentEntry(x))
		}
	}
	return v.Show(page.Page{Title: page.Key("case.title", "reference", m.title), Back: "/cases", Leave: true, Body: caseScreen(v.P, m)})
}

// spokenRows is in which language she is spoken to, and by whom not.
func (v *visit) spokenRows(x casefile.Interpreting) []page.Row {
	rows := []page.Row{
		{Key: page.Key("case.ask.languages"), Value: v.Named(x.Languages)},
		{Key: page.Key("case.ask.needed"), Value: v.Word("case.asked.", x.Needed)},
		{Key: page.Key("case.ask.sex"), Value: v.Word("case.interpreter-sex.", x.Sex)},
	}
	if x.NotFrom != "" {
		rows = append(rows, page.Row{Key: page.Key("case.ask.not-from"), Value: page.Plain(x.NotFrom)})
	}
	for _, u := range x.Unsafe {
		rows = append(rows, page.Row{Key: page.Key("case.ask.unsafe"), Value: page.Plain(u.Name)})
	}
	return rows
}

// personRows is who she is, every answer that is none in its own words.
func (v *visit) personRows(p person.Person) []page.Row {
	var rows []page.Row
	for _, n := range p.Names {
		rows = append(rows, page.Row{Key: v.Word("person.name.", string(n.Use)), Value: page.Plain(n.Text())})
	}
	birth, ok := p.Birth.Is()
	said := v.Word("person.answer.", p.Birth.State.Code())
	if ok {
		if said = page.Plain(v.P.PartialDate(birth.Year, birth.Month, birth.Day)); birth.Margin > 0 {
			said = page.Key("person.birth.about", "date", said.In(v.P), "years", v.P.Number(int64(birth.Margin)))
		}
	}
	rows = append(rows, page.Row{Key: page.Key("person.birth"), Value: said})
	if age, stated := p.Age.Is(); stated && !ok {
		rows = append(rows, page.Row{Key: page.Key("case.age-class"), Value: v.Word("person.age.", string(age)), Lines: []page.Msg{page.Key("person.stated-age")}})
	}
	sex, ok := p.Sex.Is()
	if said = v.Word("person.answer.", p.Sex.State.Code()); ok {
		said = v.Word("person.sex.", string(sex))
	}
	rows = append(rows, page.Row{Key: page.Key("person.sex"), Value: said})
	countries, ok := p.Citizenships.Is()
	if said = v.Word("person.answer.", p.Citizenships.State.Code()); ok {
		var names []string
		for _, c := range countries {
			names = append(names, v.P.CountryName(c))
		}
		said = page.Plain(v.P.And(names...))
	}
	rows = append(rows, page.Row{Key: page.Key("person.citizenships"), Value: said})
	languages, ok := p.Languages.Is()
	if said = v.Word("person.answer.", p.Languages.State.Code()); ok {
		var tags []string
		for _, l := range languages {
			tags = append(tags, l.Tag)
		}
		said = v.Named(tags)
	}
	return append(rows, page.Row{Key: page.Key("person.languages"), Value: said})
}

// reach gives one number or address, after the card was shown.
func (v *visit) reach() error {
	c := id.Case(v.R.PathValue("case"))
	index, err := strconv.Atoi(v.R.PathValue("index"))
	if err != nil {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	shown, err := strconv.ParseInt(v.Field("shown"), 10, 64)
	if err != nil {
		return fault.New(fault.Conflict, "person.contact.card-first")
	}
	contact, err := v.Persons.Reach(v.R.Context(), v.By, c, index, shown)
	if err != nil {
		return err
	}
	way := v.ContactOf(person.Entry{
		Way: contact.Way, Index: index, Safety: contact.Safety, Answerer: contact.Answerer, Times: contact.Times,
		MaySay: contact.MaySay, CodeWord: contact.CodeWord, Voice: contact.Voice, Never: contact.Never,
	}, "")
	return v.Show(page.Page{Title: page.Key("person.reach"), Back: "/cases/" + string(c), Leave: true, Body: page.Reached(v.P, way, contact.Address)})
}

func (v *visit) noteForm() error { return v.showNote(page.Form{}) }

func (v *visit) showNote(f page.Form) error {
	c := v.R.PathValue("case")
	f.Title, f.Back, f.Action, f.Submit, f.Leave = page.Key("case.note.new"), "/cases/"+c, "/cases/"+c+"/note", page.Key("case.note.do"), true
	f.Fields = append(f.Fields, page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "text", Label: page.Key("case.note"), Hint: page.Key("case.note.hint"), Error: page.ErrorAt(f.Errors, "text")}, Value: v.Field("text"), Rows: 8}))
	return v.ShowForm(f)
}

func (v *visit) note() error {
	c := id.Case(v.R.PathValue("case"))
	_, err := v.Cases.Note(v.R.Context(), v.By, c, casefile.Note{Language: string(v.P.Tag()), Text: v.Field("text")})
	if err != nil {
		return v.Again(err, map[string]string{"": "text"}, v.showNote)
	}
	return v.To("/cases/"+string(c), "note")
}
