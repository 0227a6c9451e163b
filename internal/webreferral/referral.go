package webreferral

import (
	"net/url"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
)

func (v *visit) referralPath(r referral.Row) string { return stepPath(r, "") }

// stepPath is the path of a step of a referral. The end of a desk without a node, which this one keeps, is named in it.
func stepPath(r referral.Row, name string) string {
	path := "/referrals/" + string(r.ID)
	if name != "" {
		path += "/" + name
	}
	if r.Keeper != "" {
		path += "?for=" + url.QueryEscape(string(r.Desk))
	}
	return path
}

// statusTag says where a referral stands; what is late or urgent is marked so in words.
func (v *visit) statusTag(r referral.Row) page.Tag {
	t := page.Tag{Text: v.Word("referral.status.", string(r.Status)), Tone: page.Calm}
	switch {
	case r.Due != 0 && r.Due < v.Now():
		t.Tone, t.Text = page.Late, page.Key("referral.late", "status", t.Text.In(v.P))
	case r.Urgent && !r.Status.Ended():
		t.Tone, t.Text = page.Late, page.Key("referral.urgent", "status", t.Text.In(v.P))
	case r.Status.Ended():
		t.Tone = page.Off
	case r.Due != 0:
		t.Tone = page.Waiting
	}
	return t
}

// referralModel is one referral with what can be done next.
type referralModel struct {
	path    string
	title   string
	state   page.Tag
	rows    []page.Row
	frozen  bool
	risk    page.Msg // that her risk was not assessed lately; none if it was
	clocks  []page.Row
	history []page.Entry
	next    []page.Link
	end     []page.Link // what ends it and cannot be taken back
	open    bool
	caseAt  string
	told    page.Msg // whose end it is, where the desk has no node
	waits   page.Msg // that it has left and has not arrived
}

// referralAt names the referral of the path. A task names it with its side; "for" the desk without a node whose end is meant.
func (v *visit) referralAt() referral.At {
	name, _, _ := strings.Cut(v.R.PathValue("referral"), ".")
	return referral.At{Referral: id.Referral(name), Desk: id.Desk(page.Or(v.Field("for"), v.R.URL.Query().Get("for")))}
}

func (v *visit) referral() error {
	at := v.referralAt()
	r, st, clocks, err := v.Referrals.Show(v.R.Context(), v.By.Actor, at)
	if err != nil {
		return err
	}
	m := referralModel{path: v.referralPath(r), title: r.Reference, state: v.statusTag(r), frozen: r.Frozen}
	side := page.Key("referral.side." + string(r.Side))
	m.rows = []page.Row{
		{Key: page.Key("referral.direction"), Value: side},
		{Key: page.Key("referral.with"), Value: page.Plain(r.Peer.String())},
		{Key: page.Key("referral.kind"), Value: v.Word("referral.kind.", string(r.Kind))},
		{Key: page.Key("referral.basis"), Value: v.Word("law.basis.", string(r.Basis))},
		{Key: page.Key("referral.since"), Value: v.When(r.Since)},
	}
	ends, err := v.Referrals.EndsOf(v.R.Context(), v.By.Actor, at)
	if err != nil {
		return err
	}
	if ends != 0 {
		m.rows = append(m.rows, page.Row{Key: page.Key("referral.ends"), Value: v.When(ends), Lines: []page.Msg{v.Age(ends), page.Key("referral.ends.text")}})
	}
	if st.Reason != "" {
		m.rows = append(m.rows, page.Row{Key: page.Key("referral.reason"), Value: v.Word("referral.reason.", string(st.Reason))})
	}
	if st.Alternative.Desk != (id.Address{}) {
		m.rows = append(m.rows, page.Row{Key: page.Key("referral.alternative"), Value: page.Plain(st.Alternative.Desk.String())})
	} else if st.Alternative.Code != "" {
		m.rows = append(m.rows, page.Row{Key: page.Key("referral.alternative"), Value: v.Word("referral.alternative.", string(st.Alternative.Code))})
	}
	if st.Planned.At != 0 {
		m.rows = append(m.rows, page.Row{Key: page.Key("referral.planned"), Value: v.When(st.Planned.At), Lines: []page.Msg{v.Word("referral.meeting.", string(st.Planned.Meeting))}})
	}
	if st.Outcome != "" {
		m.rows = append(m.rows, page.Row{Key: page.Key("referral.outcome"), Value: v.Word("referral.outcome.", string(st.Outcome))})
	}
	for _, c := range clocks {
		row := page.Row{Key: v.Word("task.kind.referral.", string(c.Name)), Value: v.When(c.Due), Lines: []page.Msg{v.Age(c.Due), page.Key("referral.turn." + string(c.Side))}}
		if c.Doubt {
			row.Lines = append(row.Lines, page.Key("profile.holiday.doubt"))
		}
		m.clocks = append(m.clocks, row)
	}
	for _, e := range st.History {
		by := page.Row{Key: page.Key("referral.by"), Value: page.Plain(e.Event.Desk.String())}
		if e.Event.Via != "" {
			by.Lines = []page.Msg{v.Word("referral.via.", string(e.Event.Via))}
		}
		m.history = append(m.history, page.Entry{When: v.When(e.Event.At), Rows: []page.Row{
			{Key: page.Key("referral.step"), Value: v.Word("referral.status.", string(e.Event.Transition))}, by,
		}})
	}
	m.open = r.Side == referral.Receiver && r.Keeper == "" && page.May(v.By.Actor, access.OpenReferral)
	if !st.Status.Ended() && !r.Status.Ended() && r.Side == referral.Sender {
		if m.risk, err = v.riskOf(r.Case); err != nil {
			return err
		}
	}
	if r.Case != "" && page.May(v.By.Actor, access.ReadCase) {
		m.caseAt = "/cases/" + string(r.Case)
	}
	refused, err := v.Referrals.Refused(v.R.Context(), v.By.Actor, v.referralAt())
	if err != nil {
		return err
	}
	m.next = append(v.next(r, st, refused), v.letterOffered(r)...)
	if path := v.answerPath(r); path != "" {
		m.next = append([]page.Link{{Path: path, Text: page.Key("task.kind.referral.erase")}}, m.next...)
	}
	said, asked, err := v.Referrals.AnswerTo(v.R.Context(), v.By.Actor, v.referralAt())
	if err != nil {
		return err
	}
	if asked {
		m.rows = append(m.rows, v.answeredRow(said))
	}
	if r.Side == referral.Sender && r.PeerKind != "" && r.PeerKind != desk.AtNode && !r.Status.Local() && !r.Status.Final() {
		m.next = append(m.next, page.Link{Path: m.path + "?for=" + url.QueryEscape(string(r.Peer.Desk)), Text: page.Key("referral.for")})
	}
	for _, name := range []string{"revoke", "withdraw", "enter-in-error"} { // what cannot be taken back stands apart
		i := slices.IndexFunc(m.next, func(l page.Link) bool { return l.Path == stepPath(r, name) })
		if i >= 0 {
			m.end, m.next = append(m.end, m.next[i]), slices.Delete(m.next, i, i+1)
		}
	}
	if r.Keeper != "" {
		m.told = page.Key("referral.for.text", "desk", string(r.Desk))
	}
	if r.Side == referral.Sender && r.Status == referral.Sent && (r.PeerKind == "" || r.PeerKind == desk.AtNode) {
		m.waits = page.Key("referral.undelivered", "desk", r.Peer.String())
	}
	return v.Show(page.Page{Title: page.Key("referral.title", "reference", r.Reference), Back: "/referrals", Leave: true, Countries: []string{string(r.Peer.Member)}, Body: referralScreen(v.P, m)})
}

// next are the steps that the side can take now and the role may.
func (v *visit) next(r referral.Row, st referral.State, refused bool) []page.Link {
	st.Status = r.Status
	var links []page.Link
	can := course.Next(st, r.Side)
	for _, s := range steps() {
		if (slices.Contains(can, s.leads) || s.leads == "" && refused) && page.May(v.By.Actor, s.action) {
			links = append(links, page.Link{Path: stepPath(r, s.name), Text: page.Key("referral.do." + s.name)})
		}
	}
	if r.Side == referral.Sender && r.Case != "" && slices.Contains([]referral.Status{referral.Declined, referral.Expired, referral.Revoked}, r.Status) && page.May(v.By.Actor, access.ReReferReferral) {
		links = append(links, page.Link{Path: stepPath(r, "re-refer"), Text: page.Key("referral.do.re-refer")})
	}
	if path := v.changePath(r); path != "" {
		links = append(links, page.Link{Path: path, Text: page.Key("referral.change")})
	}
	return links
}

// openedModel is what arrived, opened.
type openedModel struct {
	path    string
	request []page.Row
	words   []page.Entry
	bundle  []page.Row
	extract []page.Row
	caseAt  string
	card    *page.Card // how she may be reached, if she agreed to share it
}

func (v *visit) openReferral() error {
	o, err := v.Referrals.Open(v.R.Context(), v.By, v.referralAt())
	if err != nil {
		return err
	}
	m := openedModel{path: "/referrals/" + string(v.referralAt().Referral), request: v.requestRows(o.Request)}
	for _, w := range o.Words {
		e := page.Entry{When: page.Key("referral.words.theirs"), Text: w.Text, Lang: w.Language}
		if w.Language != "" {
			e.Rows = []page.Row{{Key: page.Key("joint.language"), Value: page.Plain(v.P.LanguageName(w.Language))}}
		}
		for _, a := range w.Answers {
			e.Rows = append(e.Rows, page.Row{Key: v.questioned(a.Question), Value: page.Plain(a.Text), Lang: w.Language})
		}
		m.words = append(m.words, e)
	}
	if e := o.Bundle.Extract; e.Consent != "" {
		var codes []string
		for _, c := range e.Categories {
			codes = append(codes, string(c))
		}
		m.extract = []page.Row{{Key: page.Key("consent.categories"), Value: v.Words("consent.category.", codes)}, {Key: page.Key("consent.until"), Value: v.When(e.ValidTo)}}
		m.bundle = v.bundleRows(o.Bundle.Content)
		if all := o.Bundle.Content.Contacts; len(all) > 0 {
			row, _, _, err := v.Referrals.Show(v.R.Context(), v.By.Actor, v.referralAt())
			if err != nil {
				return err
			}
			came := person.CardOf(all, int64(e.Issued))
			came.Of = row.Peer.Member
			card := v.CardOf(came)
			card.Reach = m.path + "/reach/"
			m.card = &card
		}
	}
	if o.Case != "" {
		m.caseAt = "/cases/" + string(o.Case)
	}
	return v.Show(page.Page{Title: page.Key("referral.opened"), Back: m.path, Leave: true, Body: openedScreen(v.P, m)})
}

func (v *visit) requestRows(q referral.Request) []page.Row {
	var needs []string
	for _, n := range q.Needs {
		needs = append(needs, string(n))
	}
	rows := []page.Row{
		{Key: page.Key("referral.needs"), Value: v.Words("case.service.", needs)},
		{Key: page.Key("person.sex"), Value: v.Word("person.sex.", string(q.Sex))},
		{Key: page.Key("case.age-class"), Value: v.Word("person.age.", string(q.AgeClass))},
		{Key: page.Key("person.languages"), Value: v.Named(q.Languages)},
		{Key: page.Key("referral.urgency"), Value: v.Word("referral.urgency.", string(q.Urgency))},
		{Key: page.Key("case.risk"), Value: v.Word("case.grade.", string(q.Risk))},
		{Key: page.Key("referral.children"), Value: page.Plain(v.P.Number(int64(q.Children)))},
	}
	x := q.Interpreter
	if x == nil {
		return rows
	}
	rows = append(rows,
		page.Row{Key: page.Key("case.ask.needed"), Value: v.Word("case.asked.", string(x.Needed))},
		page.Row{Key: page.Key("case.ask.sex"), Value: v.Word("case.interpreter-sex.", string(x.Sex))},
		page.Row{Key: page.Key("case.ask.remote"), Value: v.Word("case.asked.", string(x.Remote))},
	)
	if x.Apart {
		rows = append(rows, page.Row{Key: page.Key("case.ask.unsafe"), Value: page.Key("referral.interpreter.apart")})
	}
	if x.Aid {
		rows = append(rows, page.Row{Key: page.Key("case.ask.aid"), Value: page.Key("referral.interpreter.aid")})
	}
	return rows
}

// bundleRows is what she agreed to share. What is not there was not shared; it does not mean "no".
func (v *visit) bundleRows(c consent.Content) []page.Row {
	var rows []page.Row
	for _, n := range slices.Concat(c.Names, c.Aliases) {
		rows = append(rows, page.Row{Key: v.Word("person.name.", string(n.Use)), Value: page.Plain(n.Text())})
	}
	if c.Birth != nil {
		if b, ok := c.Birth.Is(); ok {
			rows = append(rows, page.Row{Key: page.Key("person.birth"), Value: page.Plain(v.P.PartialDate(b.Year, b.Month, b.Day))})
		}
	}
	if c.Languages != nil {
		if all, ok := c.Languages.Is(); ok {
			var tags []string
			for _, l := range all {
				tags = append(tags, l.Tag)
			}
			rows = append(rows, page.Row{Key: page.Key("person.languages"), Value: v.Named(tags)})
		}
	}
	if x := c.Interpreting; x != nil {
		if len(x.Languages) > 0 {
			rows = append(rows, page.Row{Key: page.Key("referral.interpreter.languages"), Value: v.Named(x.Languages)})
		}
		for _, r := range []struct{ key, said string }{{"not-from", x.NotFrom}, {"aid", x.Aid}} {
			if r.said != "" {
				rows = append(rows, page.Row{Key: page.Key("case.ask." + r.key), Value: page.Plain(r.said)})
			}
		}
	}
	for _, u := range c.Unsafe {
		rows = append(rows, page.Row{Key: page.Key("case.ask.unsafe"), Value: page.Plain(u.Name), Lines: []page.Msg{page.Plain(u.Why)}})
	}
	if c.Risk != nil {
		rows = append(rows, page.Row{Key: page.Key("case.risk"), Value: v.Words("case.factor.", c.Risk.Factors), Lines: []page.Msg{page.Plain(c.Risk.Note)}})
	}
	return rows
}

// stepAgain shows the form of a step with what is to be corrected.
func (v *visit) stepAgain(err error, s step) error {
	if fault.Is(err, fault.Denied) {
		if _, key, _ := fault.Public(err); key != "access.denied" {
			return v.showStep(s, page.Form{Status: page.StatusOf(fault.Denied), Errors: []page.Error{{Text: page.Plain(v.P.Fault(err))}}})
		}
	}
	rest := ""
	if _, key, _ := fault.Public(err); key == "referral.via" {
		rest = "via"
	}
	return v.Again(err, map[string]string{"": rest, "reason": "reason", "outcome": "outcome", "planned": "planned", "alternative": "alternative", "point": "point", "met-by": "met-by", "missing": "missing"},
		func(f page.Form) error { return v.showStep(s, f) })
}
