package webfirst

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
)

// checkModel is everything that was answered, with who is told it and when, before it leaves.
type checkModel struct {
	action, version string
	now, later      []page.Row // told at once, and when the desk has accepted
	kept            []page.Row // told to no other desk
	say             []page.Msg // what has to be said by telephone, because the request does not
	danger          page.Numbers
}

func (v *visit) at() referral.At {
	return referral.At{Referral: id.Referral(v.R.PathValue("referral"))}
}

func (v *visit) checkForm() error { return v.showCheck(page.Form{}) }

func (v *visit) showCheck(f page.Form) error {
	row, in, err := v.Referrals.Drafted(v.R.Context(), v.By, v.at())
	if err != nil {
		if row.Status != "" && !row.Status.Local() {
			return v.To("/urgent/"+string(row.ID)+"/sent", "")
		}
		return err
	}
	at, desk := "/cases/"+string(row.Case), row.Peer.String()
	m := checkModel{action: "/urgent/" + string(row.ID), version: strconv.FormatInt(row.Version, 10), danger: v.Numbers()}
	change := func(path string) *page.Link { return &page.Link{Path: path, Text: page.Key("web.change")} }
	help, who := change(at+"/urgent"), change(at+"/person")
	soon := []page.Msg{page.Key("urgent.told.now", "desk", desk)}
	var needs []string
	for _, n := range in.Request.Needs {
		needs = append(needs, string(n))
	}
	m.now = []page.Row{
		{Key: page.Key("urgent.to"), Value: page.Plain(desk), Action: help},
		{Key: page.Key("referral.needs"), Value: v.Words("case.service.", needs), Lines: soon, Action: help},
		{Key: page.Key("referral.urgency"), Value: v.Word("referral.urgency.", string(in.Request.Urgency)), Lines: soon},
		{Key: page.Key("case.age-class"), Value: v.Word("person.age.", string(in.Request.AgeClass)), Lines: soon, Action: who},
		{Key: page.Key("person.sex"), Value: v.Word("person.sex.", string(in.Request.Sex)), Lines: soon, Action: who},
		{Key: page.Key("person.languages"), Value: v.Named(in.Request.Languages), Lines: soon, Action: help},
		{Key: page.Key("referral.children"), Value: page.Plain(v.P.Number(int64(in.Request.Children))), Lines: soon, Action: help},
	}
	if in.Request.Sex == "unknown" && slices.Contains(needs, accommodation) {
		m.now[4].Lines = append([]page.Msg{page.Key("urgent.sex.ask")}, soon...)
	}
	if !v.may(access.RecordPerson) {
		for i := range m.now {
			if m.now[i].Action == who {
				m.now[i].Action = nil
			}
		}
	}
	for _, k := range consent.Categories() {
		if slices.Contains(in.Categories, k.Code) {
			m.later = append(m.later, page.Row{Key: v.Word("", k.Label), Value: page.Key("urgent.told.then", "desk", desk), Action: help})
		}
	}
	filled, there, err := v.presumed(row.Case)
	if err != nil {
		return err
	}
	if there {
		if m.kept, err = v.answers(row.Case, filled, in.Categories, desk); err != nil {
			return err
		}
		m.say = unsaid(filled)
	}
	now := &page.Now{Rows: []page.Row{{Key: page.Key("case.state"), Value: v.Word("referral.status.", string(row.Status))}}, At: row.Since, Path: "/urgent/" + string(row.ID)}
	return v.Show(page.Page{Status: f.Status, Now: now, Title: page.Key("urgent.check"), Back: at + "/urgent", Leave: true, Errors: f.Errors, Body: checkScreen(v.P, m)})
}

// presumed opens the form of a presumed victim, if there is one.
func (v *visit) presumed(c id.Case) (form.Opened, bool, error) {
	all, _, err := v.Forms.List(v.R.Context(), v.By, c)
	if err != nil {
		return form.Opened{}, false, err
	}
	i := slices.IndexFunc(all, func(e form.Entry) bool { return e.Form == presumed })
	if i < 0 {
		return form.Opened{}, false, nil
	}
	x, err := v.Forms.Read(v.R.Context(), v.By, c, all[i].Record)
	return x, true, err
}

// unsaid is what a desk must hear at once and the request does not say: only a voice on the telephone does.
func unsaid(x form.Opened) []page.Msg {
	var all []page.Msg
	for _, say := range []struct{ question, answer, key string }{
		{"safe-now", `"no"`, "urgent.say.unsafe"}, {"medical-now", `"yes"`, "urgent.say.doctor"},
	} {
		if a := x.Answers[say.question]; a.State == person.Given && string(a.Value) == say.answer {
			all = append(all, page.Key(say.key))
		}
	}
	return all
}

// answers are those of the form of a presumed victim, each with who is told it.
func (v *visit) answers(c id.Case, x form.Opened, told []consent.Code, desk string) ([]page.Row, error) {
	s, err := v.Forms.Forms.Said(v.P, x.Form, x.FormVersion, x.Additions)
	if err != nil {
		return nil, err
	}
	var rows []page.Row
	for _, part := range x.Definition.Sections {
		for _, q := range part.Questions {
			a, there := x.Answers[q.ID]
			if !q.SeenBy(v.By.Role) || !there && !q.Required || slices.Contains([]string{"age", "sex", "language"}, q.ID) { // these stand above
				continue
			}
			r := page.Row{Key: page.Plain(s.Say(q.Words)), Value: page.Key("form.empty"), Lines: []page.Msg{page.Key("form.told.never")}}
			if there {
				r.Value = v.answered(s, q, a)
			}
			if q.Category != "" && slices.Contains(told, consent.Code(q.Category)) {
				r.Lines = []page.Msg{page.Key("urgent.told.then", "desk", desk)}
			} else if q.Category != "" {
				r.Lines = []page.Msg{page.Key("form.told.nobody")}
			}
			if !x.Finished {
				r.Action = &page.Link{Path: "/cases/" + string(c) + "/forms/" + string(x.Record) + "/fill?part=" + part.ID + "#q-" + q.ID, Text: page.Key("web.change")}
			}
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// answered says an answer in words.
func (v *visit) answered(s form.Sheet, q form.Question, a form.Answer) page.Msg {
	if a.State != person.Given {
		return page.Key("form.none." + a.State.Code())
	}
	var day form.Day
	if json.Unmarshal(a.Value, &day) == nil && day != (form.Day{}) {
		return page.Plain(v.P.PartialDate(day.Year, day.Month, day.Day))
	}
	var word string
	if json.Unmarshal(a.Value, &word) != nil {
		return page.Key("urgent.answered") // of a kind that this page does not ask
	}
	if q.Kind == form.Language {
		return page.Plain(v.P.LanguageName(word))
	}
	if q.Kind == form.Country {
		return page.Plain(v.P.CountryName(word))
	}
	for _, o := range s.Options(q) {
		if o.Code == word {
			return page.Plain(o.Words)
		}
	}
	return page.Plain(word)
}

// send checks what must hold, and sends. What keeps it from leaving is said on the same page.
func (v *visit) send() error {
	at := v.at()
	version, err := strconv.ParseInt(v.Field("version"), 10, 64)
	if err != nil || version < 1 {
		version = -1 // no stored version: the noun says that it is stale
	}
	at.Version = version
	row, _, err := v.Referrals.Drafted(v.R.Context(), v.By, at)
	if err == nil && row.Status == referral.Draft {
		row, err = v.Referrals.Check(v.R.Context(), v.By, at)
		at.Version = row.Version
	}
	if err == nil {
		row, err = v.Referrals.Send(v.R.Context(), v.By, at, false)
	}
	if err != nil {
		return v.AgainDenied(err, nil, v.showCheck)
	}
	return v.To("/urgent/"+string(row.ID)+"/sent", "")
}

// sentModel says what happens next, by when, and whom to call.
type sentModel struct {
	title, read  page.Msg
	rows, clocks []page.Row
	phones       []page.Phone // the desk, its deputy, the coordination of the country
	silent       bool         // nobody names a number of the desk
	say          []page.Msg   // what has to be said by telephone
	danger       page.Numbers
	next         []page.Link
}

func (v *visit) sent() error {
	row, _, clocks, err := v.Referrals.Show(v.R.Context(), v.By.Actor, v.at())
	if err != nil {
		return err
	}
	if row.Status.Local() {
		return v.To("/urgent/"+string(row.ID), "")
	}
	m := sentModel{title: page.Key("urgent.sent.title", "desk", row.Peer.String()), rows: []page.Row{{Key: page.Key("referral.reference"), Value: page.Plain(row.Reference)}}, read: page.Key("urgent.sent.text"), danger: v.Numbers()}
	if row.Status != referral.Sent && row.Status != referral.Delivered {
		m.read = page.Key("urgent.sent.read")
		m.rows = append(m.rows, page.Row{Key: page.Key("case.state"), Value: v.Word("referral.status.", string(row.Status))})
	}
	if v.may(access.FillCase) { // who follows the clocks alone opens nothing
		if filled, there, err := v.presumed(row.Case); err == nil && there { // whatever is wrong with the form, the numbers stand here
			m.say = unsaid(filled)
		}
	}
	for _, c := range clocks {
		r := page.Row{Key: v.clockName(string(c.Name)), Value: v.When(c.Due), Lines: []page.Msg{v.Age(c.Due), page.Key("referral.turn." + string(c.Side))}}
		if c.Doubt {
			r.Lines = append(r.Lines, page.Key("profile.holiday.doubt"))
		}
		m.clocks = append(m.clocks, r)
	}
	desks, err := v.Members.Directory(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	m.silent = true
	say := func(which func(member.Listed) bool) {
		for _, l := range desks {
			if which(l) {
				m.phones = append(m.phones, v.Phones(l)...)
			}
		}
	}
	var deputy id.Desk
	say(func(l member.Listed) bool {
		if l.Address != row.Peer {
			return false
		}
		deputy, m.silent = l.Desk.Deputy, l.Desk.Duty.Phone+l.Desk.OutOfHours.Phone == ""
		return true
	})
	say(func(l member.Listed) bool {
		return deputy != "" && l.Address == (id.Address{Member: row.Peer.Member, Desk: deputy})
	})
	say(func(l member.Listed) bool {
		return l.Address.Member == row.Peer.Member && l.Address != row.Peer && l.Address.Desk != deputy && slices.Contains([]string{"desk.function.focal-point", "desk.function.coordination"}, l.Desk.Function)
	})
	m.next = []page.Link{{Path: "/cases/" + string(row.Case) + "/forms", Text: page.Key("urgent.whole")}, {Path: "/referrals/" + string(row.ID), Text: page.Key("urgent.follow")}, {Path: "/", Text: page.Key("web.home")}}
	return v.Show(page.Page{Title: m.title, Back: "/", Leave: true, Body: sentScreen(v.P, m)})
}

// clockName says what happens when, not what somebody else is told to do.
func (v *visit) clockName(clock string) page.Msg {
	if name := "urgent.clock." + clock; v.Site.Texts.Has(name) {
		return page.Key(name)
	}
	return v.Word("task.kind.referral.", clock)
}
