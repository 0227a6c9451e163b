package weboffice

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// membersModel is the other members: how their nodes are, and what came of a call to one.
type membersModel struct {
	table page.Table
	tests []memberTest
	rows  []page.Row
	bad   bool // what came of the call must be looked at
	rules []page.Row
	gates []page.Link
}

type memberTest struct {
	path string
	text page.Msg
}

func (v *visit) members() error { return v.showMembers(nil) }

// testMember calls the node of a member and shows what came of it.
func (v *visit) testMember() error {
	t, err := v.Exchange.Test(v.R.Context(), v.By.Actor, id.Member(v.R.PathValue("member")))
	if err != nil {
		return err
	}
	return v.showMembers(&t)
}

func (v *visit) showMembers(tested *exchange.Tested) error {
	ctx := v.R.Context()
	all, err := v.Exchange.Health(ctx, v.By.Actor)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	m := membersModel{table: page.Table{
		Caption: page.Key("exchange.health"), Named: true, Empty: page.Key("exchange.health.none"), Columns: []page.Column{
			{Text: page.Key("exchange.health.member")},
			{Text: page.Key("exchange.health.state")},
			{Text: page.Key("exchange.health.heard")},
			{Text: page.Key("exchange.health.waiting"), Number: true},
			{Text: page.Key("exchange.health.sheet")},
		},
	}}
	held, standing, err := v.Members.Roster(ctx, v.By.Actor)
	if err == nil {
		r := held.Signed.Roster
		m.rules = []page.Row{{Key: page.Key("exchange.health.roster"), Value: page.Plain(v.P.Number(r.Version)), Lines: []page.Msg{page.Key("exchange.standing." + string(standing)), page.Key("exchange.health.expires", "day", v.When(r.Expires).In(v.P))}}}
	} else if !fault.Is(err, fault.NotFound) {
		return err
	}
	var countries []string
	may := page.May(v.By.Actor, access.DoctorNode)
	for _, h := range all {
		countries = append(countries, string(h.Member))
		tag := v.healthTag(h)
		waiting := page.Plain(v.P.Number(h.Waiting))
		if h.Waiting > 0 {
			waiting = page.Key("exchange.health.oldest", "n", v.P.Number(h.Waiting), "age", v.Age(h.Since).In(v.P))
		}
		heard := page.Key("exchange.health.never")
		if h.Heard != 0 {
			heard = v.Age(h.Heard)
		}
		sheet := page.Key("web.none")
		if h.Sheet != "" {
			sheet = page.Key("exchange.standing." + string(h.Sheet))
		}
		m.table.Rows = append(m.table.Rows, []page.Cell{{Text: v.memberName(h)}, {Tag: &tag}, {Text: heard}, {Text: waiting}, {Text: sheet}})
		if may {
			m.tests = append(m.tests, memberTest{"/members/" + string(h.Member) + "/test", page.Key("exchange.test.do", "member", v.memberName(h).In(v.P))})
		}
	}
	m.gates = v.gates(all)
	if tested != nil {
		m.rows, m.bad = v.testRows(*tested), !tested.OK || tested.Apart() || tested.Roster != tested.Ours
	}
	return v.Show(page.Page{Title: page.Key("exchange.health"), Countries: countries, Body: membersScreen(v.P, m)})
}

// memberName is a country in the language of the reader, or what another kind of member calls itself.
func (v *visit) memberName(h exchange.Health) page.Msg {
	if name := v.P.CountryName(string(h.Member)); name != string(h.Member) && name != "" {
		return page.Plain(name)
	}
	return page.Plain(h.Name)
}

// healthTag says in a word how a member is: what is worst comes first.
func (v *visit) healthTag(h exchange.Health) page.Tag {
	state, tone := "ok", page.Good
	switch {
	case h.Blocked:
		state, tone = "blocked", page.Off
	case h.Suspended:
		state, tone = "suspended", page.Off
	case h.Silent(v.Now()):
		state, tone = "silent", page.Late
	case h.Resync:
		state, tone = "resync", page.Waiting
	case h.Sheet == "" || h.Sheet == "lapsed":
		state, tone = "sheet", page.Waiting
	case !h.Reached:
		state, tone = "collects", page.Calm
	}
	return page.Tag{Text: page.Key("exchange.health.state." + state), Tone: tone}
}

// testRows says what came of a call.
func (v *visit) testRows(t exchange.Tested) []page.Row {
	rows := []page.Row{{Key: page.Key("exchange.health.member"), Value: page.Plain(string(t.Member))}}
	if !t.OK {
		return append(rows, page.Row{Key: page.Key("exchange.test.answer"), Value: v.why(t)})
	}
	rows = append(rows,
		page.Row{Key: page.Key("exchange.test.answer"), Value: page.Key("exchange.test.key")},
		page.Row{Key: page.Key("exchange.test.took"), Value: page.Key("exchange.test.milliseconds", "n", v.P.Number(t.Took.Milliseconds()))},
		page.Row{Key: page.Key("exchange.health.roster"), Value: page.Key("exchange.test.rosters", "theirs", v.P.Number(t.Roster), "ours", v.P.Number(t.Ours))},
	)
	clock := page.Key("exchange.test.untimed")
	if t.Timed {
		clock = page.Key("exchange.test.seconds", "n", v.P.Number(t.Skew))
	}
	return append(rows, page.Row{Key: page.Key("exchange.test.clock"), Value: clock})
}

// why says what went wrong with a call; the other node may give a reason that this program does not know.
func (v *visit) why(t exchange.Tested) page.Msg {
	if v.Site.Texts.Has(t.Why) {
		return page.Key(t.Why, "member", string(t.Member))
	}
	return page.Plain(t.Why)
}
