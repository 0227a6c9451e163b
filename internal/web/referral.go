package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/referral"
)

// referralsModel is a page of the inbox: what came in and what went out, by clock. References, no names.
type referralsModel struct {
	in, out Table
	pages   Pages
}

func (v *Visit) referrals() error {
	q := v.r.URL.Query()
	w := referral.Wanted{After: id.Referral(q.Get("after")), AfterDesk: id.Desk(q.Get("desk")), Limit: pageRows}
	all, err := v.web.Referrals.List(v.r.Context(), v.by.Actor, w)
	if err != nil {
		return err
	}
	var m referralsModel
	if len(all) == pageRows {
		last := all[len(all)-1]
		m.pages.Next = "/referrals?after=" + url.QueryEscape(string(last.ID)) + "&desk=" + url.QueryEscape(string(last.Desk))
	}
	if w.After != "" {
		m.pages.Previous = "/referrals"
	}
	columns := []Column{{Text: Key("referral.reference")}, {Text: Key("referral.status")}, {Text: Key("referral.due")}, {Text: Key("referral.with")}, {Text: Key("referral.waiting")}}
	m.in = Table{Caption: Key("referral.incoming"), Columns: columns, Empty: Key("referral.none-incoming")}
	m.out = Table{Caption: Key("referral.outgoing"), Columns: columns, Empty: Key("referral.none-outgoing")}
	slices.SortStableFunc(all, func(a, b referral.Row) int {
		if (a.Due == 0) != (b.Due == 0) {
			return cmp.Compare(b.Due, a.Due)
		}
		return cmp.Compare(a.Due, b.Due)
	})
	for _, r := range all {
		tag := v.statusTag(r)
		due := Key("web.none")
		if r.Due != 0 {
			due = v.age(r.Due)
		}
		row := []Cell{{Text: Plain(r.Reference), Path: v.referralPath(r)}, {Tag: &tag}, {Text: due}, {Text: Plain(r.Peer.String())}, {Text: v.age(r.Since)}}
		if r.Side == referral.Receiver {
			m.in.Rows = append(m.in.Rows, row)
		} else {
			m.out.Rows = append(m.out.Rows, row)
		}
	}
	return v.show(page{title: Key("referral.list"), body: referralsScreen(v.p, m)})
}

func (v *Visit) referralPath(r referral.Row) string { return "/referrals/" + string(r.ID) }

// statusTag says where a referral stands; what is late or urgent is marked so in words.
func (v *Visit) statusTag(r referral.Row) Tag {
	t := Tag{Text: v.word("referral.status.", string(r.Status)), Tone: Calm}
	switch {
	case r.Due != 0 && r.Due < v.now():
		t.Tone, t.Text = Late, Key("referral.late", "status", t.Text.In(v.p))
	case r.Urgent && !r.Status.Ended():
		t.Tone, t.Text = Late, Key("referral.urgent", "status", t.Text.In(v.p))
	case r.Status.Ended():
		t.Tone = Off
	case r.Due != 0:
		t.Tone = Waiting
	}
	return t
}

// referralModel is one referral with what can be done next.
type referralModel struct {
	path    string
	title   string
	state   Tag
	rows    []Row
	frozen  bool
	clocks  []Row
	history []entry
	next    []Link
	open    bool
	caseAt  string
}

// referralAt names the referral of the path. A task names it with its side.
func (v *Visit) referralAt() referral.At {
	name, _, _ := strings.Cut(v.r.PathValue("referral"), ".")
	return referral.At{Referral: id.Referral(name)}
}

func (v *Visit) referral() error {
	at := v.referralAt()
	r, st, clocks, err := v.web.Referrals.Show(v.r.Context(), v.by.Actor, at)
	if err != nil {
		return err
	}
	m := referralModel{path: v.referralPath(r), title: r.Reference, state: v.statusTag(r), frozen: r.Frozen}
	side := Key("referral.side." + string(r.Side))
	m.rows = []Row{
		{Key: Key("referral.direction"), Value: side},
		{Key: Key("referral.with"), Value: Plain(r.Peer.String())},
		{Key: Key("referral.kind"), Value: v.word("referral.kind.", string(r.Kind))},
		{Key: Key("referral.basis"), Value: v.word("law.basis.", string(r.Basis))},
		{Key: Key("referral.since"), Value: v.when(r.Since)},
	}
	if st.Reason != "" {
		m.rows = append(m.rows, Row{Key: Key("referral.reason"), Value: v.word("referral.reason.", string(st.Reason))})
	}
	if st.Alternative.Desk != (id.Address{}) {
		m.rows = append(m.rows, Row{Key: Key("referral.alternative"), Value: Plain(st.Alternative.Desk.String())})
	} else if st.Alternative.Code != "" {
		m.rows = append(m.rows, Row{Key: Key("referral.alternative"), Value: v.word("referral.alternative.", string(st.Alternative.Code))})
	}
	if st.Planned.At != 0 {
		m.rows = append(m.rows, Row{Key: Key("referral.planned"), Value: v.when(st.Planned.At), Lines: []Msg{v.word("referral.meeting.", string(st.Planned.Meeting))}})
	}
	if st.Outcome != "" {
		m.rows = append(m.rows, Row{Key: Key("referral.outcome"), Value: v.word("referral.outcome.", string(st.Outcome))})
	}
	for _, c := range clocks {
		m.clocks = append(m.clocks, Row{Key: v.word("task.kind.referral.", string(c.Name)), Value: v.when(c.Due), Lines: []Msg{v.age(c.Due), Key("referral.turn." + string(c.Side))}})
	}
	for _, e := range st.History {
		m.history = append(m.history, entry{when: v.when(e.Event.At), rows: []Row{
			{Key: Key("referral.step"), Value: v.word("referral.status.", string(e.Event.Transition))},
			{Key: Key("referral.by"), Value: Plain(e.Event.Desk.String())},
		}})
	}
	m.open = r.Side == referral.Receiver && May(v.by.Actor, access.OpenReferral)
	if r.Case != "" && May(v.by.Actor, access.ReadCase) {
		m.caseAt = "/cases/" + string(r.Case)
	}
	refused, err := v.web.Referrals.Refused(v.r.Context(), v.by.Actor, v.referralAt())
	if err != nil {
		return err
	}
	m.next = append(v.next(r, st, refused), v.letterOffered(r)...)
	return v.show(page{title: Key("referral.title", "reference", r.Reference), back: "/referrals", leave: true, countries: []string{string(r.Peer.Member)}, body: referralScreen(v.p, m)})
}

// next are the steps that the side can take now and the role may.
func (v *Visit) next(r referral.Row, st referral.State, refused bool) []Link {
	st.Status = r.Status
	var links []Link
	can := referral.Next(st, r.Side)
	for _, s := range steps() {
		if (slices.Contains(can, s.leads) || s.leads == "" && refused) && May(v.by.Actor, s.action) {
			links = append(links, Link{Path: v.referralPath(r) + "/" + s.name, Text: Key("referral.do." + s.name)})
		}
	}
	if r.Side == referral.Sender && r.Case != "" && slices.Contains([]referral.Status{referral.Declined, referral.Expired, referral.Revoked}, r.Status) && May(v.by.Actor, access.ReReferReferral) {
		links = append(links, Link{Path: v.referralPath(r) + "/re-refer", Text: Key("referral.do.re-refer")})
	}
	return links
}

// openedModel is what arrived, opened.
type openedModel struct {
	path    string
	request []Row
	words   []string
	bundle  []Row
	extract []Row
	caseAt  string
}

func (v *Visit) openReferral() error {
	o, err := v.web.Referrals.Open(v.r.Context(), v.by, v.referralAt())
	if err != nil {
		return err
	}
	m := openedModel{path: "/referrals/" + string(v.referralAt().Referral), request: v.requestRows(o.Request)}
	for _, w := range o.Words {
		m.words = append(m.words, w.Text)
	}
	if e := o.Bundle.Extract; e.Consent != "" {
		var codes []string
		for _, c := range e.Categories {
			codes = append(codes, string(c))
		}
		m.extract = []Row{{Key: Key("consent.categories"), Value: v.words("consent.category.", codes)}, {Key: Key("consent.until"), Value: v.when(e.ValidTo)}}
		m.bundle = v.bundleRows(o.Bundle.Content)
	}
	if o.Case != "" {
		m.caseAt = "/cases/" + string(o.Case)
	}
	return v.show(page{title: Key("referral.opened"), back: m.path, leave: true, body: openedScreen(v.p, m)})
}

func (v *Visit) requestRows(q referral.Request) []Row {
	var needs []string
	for _, n := range q.Needs {
		needs = append(needs, string(n))
	}
	return []Row{
		{Key: Key("referral.needs"), Value: v.words("case.service.", needs)},
		{Key: Key("person.sex"), Value: v.word("person.sex.", string(q.Sex))},
		{Key: Key("case.age-class"), Value: v.word("person.age.", string(q.AgeClass))},
		{Key: Key("person.languages"), Value: v.named(q.Languages)},
		{Key: Key("referral.urgency"), Value: v.word("referral.urgency.", string(q.Urgency))},
		{Key: Key("case.risk"), Value: v.word("case.grade.", string(q.Risk))},
		{Key: Key("referral.children"), Value: Plain(v.p.Number(int64(q.Children)))},
	}
}

// bundleRows is what she agreed to share. What is not there was not shared; it does not mean "no".
func (v *Visit) bundleRows(c consent.Content) []Row {
	var rows []Row
	for _, n := range slices.Concat(c.Names, c.Aliases) {
		rows = append(rows, Row{Key: v.word("person.name.", string(n.Use)), Value: Plain(n.Text())})
	}
	if c.Birth != nil {
		if b, ok := c.Birth.Is(); ok {
			rows = append(rows, Row{Key: Key("person.birth"), Value: Plain(v.p.PartialDate(b.Year, b.Month, b.Day))})
		}
	}
	if c.Languages != nil {
		if all, ok := c.Languages.Is(); ok {
			var tags []string
			for _, l := range all {
				tags = append(tags, l.Tag)
			}
			rows = append(rows, Row{Key: Key("person.languages"), Value: v.named(tags)})
		}
	}
	if c.Risk != nil {
		rows = append(rows, Row{Key: Key("case.risk"), Value: v.words("case.factor.", c.Risk.Factors), Lines: []Msg{Plain(c.Risk.Note)}})
	}
	return rows
}

// board counts, for coordinators: no reference, no content.
func (v *Visit) board() error {
	cells, err := v.web.Referrals.Board(v.r.Context(), v.by.Actor)
	if err != nil {
		return err
	}
	t := Table{Caption: Key("referral.board"), Named: true, Empty: Key("referral.board.none"), Columns: []Column{
		{Text: Key("referral.pair")}, {Text: Key("referral.status")}, {Text: Key("referral.count"), Number: true}, {Text: Key("referral.breaches"), Number: true}, {Text: Key("referral.longest")},
	}}
	for _, c := range cells {
		t.Rows = append(t.Rows, []Cell{
			{Text: Plain(string(c.From) + " → " + string(c.To))},
			{Text: v.word("referral.status.", string(c.Status))},
			{Text: Plain(v.p.Number(int64(c.Count)))},
			{Text: Plain(v.p.Number(int64(c.Late)))},
			{Text: v.age(c.Longest)},
		})
	}
	return v.show(page{title: Key("referral.board"), body: boardScreen(v.p, t)})
}

// stepAgain shows the form of a step with what is to be corrected.
func (v *Visit) stepAgain(err error, s step) error {
	if fault.Is(err, fault.Denied) {
		if _, key, _ := fault.Public(err); key != "access.denied" {
			return v.showStep(s, form{status: statusOf(fault.Denied), errors: []Error{{Text: Plain(v.p.Fault(err))}}})
		}
	}
	return v.again(err, map[string]string{"": "", "reason": "reason", "outcome": "outcome", "planned": "planned", "alternative": "alternative", "point": "point"},
		func(f form) error { return v.showStep(s, f) })
}
