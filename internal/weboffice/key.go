package weboffice

import (
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/page"
)

// keysModel is the keys of the node and what is due about them.
type keysModel struct {
	due          []page.Msg // what somebody has to do, said in words
	node, intake page.Table
	recovery     []page.Row
}

// keys shows which keys the node has, by fingerprint and age, whether recovery works, and what is due.
func (v *visit) keys() error {
	ctx, who := v.R.Context(), v.By.Actor
	var listed, authority []id.Key
	var pins []string
	held, _, err := v.Members.Roster(ctx, who)
	if err != nil && !fault.Is(err, fault.NotFound) { // of no network yet
		return err
	}
	for _, m := range held.Signed.Roster.Members {
		if m.ID == who.Member {
			listed, pins = m.Keys.KeyIDs(), m.Keys.TLS
			for _, k := range m.Keys.Authority {
				authority = append(authority, k.ID())
			}
		}
	}
	all, err := v.Keyring.Inventory(ctx, who, listed, pins)
	if err != nil {
		return err
	}
	accounts, err := v.Signin.List(ctx, who)
	if err != nil {
		return err
	}
	names := map[id.User]string{}
	for _, a := range accounts {
		names[a.ID] = a.Name
	}
	r := all.Recovery
	m := keysModel{node: v.nodeKeys(all.Node), intake: v.intakeKeys(all.Intake), recovery: v.recoveryRows(r, names)}
	due := func(is bool, key string) {
		if is {
			m.due = append(m.due, page.Key(key))
		}
	}
	due(r.Generation == 0, "key.due.officers")
	due(r.Generation > 0 && r.Drilled == 0, "key.due.drill")
	due(r.Generation > 0 && r.Escrowed == 0, "key.due.escrow")
	due(r.Generation > 0 && len(r.Papers) < r.Threshold, "key.due.papers")
	due(r.Used != 0, "key.due.used")
	due(len(r.Unrecoverable) > 0, "key.due.desks")
	due(len(authority) == 0, "key.due.authority")
	due(slices.ContainsFunc(all.Node, func(k keyring.HeldKey) bool { return k.State == keyring.KeyWaits }), "key.due.roster")
	due(slices.ContainsFunc(all.Intake, func(k keyring.HeldIntake) bool { return k.Due <= v.Now() }), "key.due.intake")
	if len(authority) > 0 {
		row := page.Row{Key: page.Key("key.authority"), Value: page.Plain(page.Grouped(authority[0]))}
		for _, k := range authority[1:] {
			row.Lines = append(row.Lines, page.Plain(page.Grouped(k)))
		}
		m.recovery = append(m.recovery, row)
	}
	return v.Show(page.Page{Title: page.Key("key.title"), Body: keysScreen(v.P, m)})
}

func (v *visit) nodeKeys(all []keyring.HeldKey) page.Table {
	t := page.Table{Caption: page.Key("key.node"), Empty: page.Key("web.none"), Columns: []page.Column{
		{Text: page.Key("key.use")}, {Text: page.Key("key.fingerprint")}, {Text: page.Key("key.made")}, {Text: page.Key("signin.state")},
	}}
	for _, k := range all {
		tone := map[keyring.KeyState]page.Tone{keyring.KeyInUse: page.Good, keyring.KeyWaits: page.Late, keyring.KeyRetired: page.Off}[k.State]
		t.Rows = append(t.Rows, []page.Cell{
			{Text: page.Key("key.use." + string(k.Use))},
			{Text: page.Plain(page.Grouped(k.Key))},
			{Text: v.When(k.Created)},
			{Tag: &page.Tag{Text: page.Key("key.state." + string(k.State)), Tone: tone}},
		})
	}
	return t
}

func (v *visit) intakeKeys(all []keyring.HeldIntake) page.Table {
	t := page.Table{Caption: page.Key("key.intake"), Empty: page.Key("web.none"), Columns: []page.Column{
		{Text: page.Key("signin.program.desk")}, {Text: page.Key("key.fingerprint")}, {Text: page.Key("key.made")}, {Text: page.Key("key.next")},
	}}
	for _, k := range all {
		next := page.Cell{Text: v.When(k.Due)}
		if k.Due <= v.Now() {
			next = page.Cell{Tag: &page.Tag{Text: page.Key("key.due"), Tone: page.Late}}
		}
		t.Rows = append(t.Rows, []page.Cell{{Text: v.Own(k.Desk), Path: "/desks/" + string(k.Desk)}, {Text: page.Plain(page.Grouped(k.Key))}, {Text: v.When(k.Created)}, next})
	}
	return t
}

func (v *visit) recoveryRows(r keyring.RecoveryState, names map[id.User]string) []page.Row {
	said := func(users []id.User) page.Msg {
		all := make([]string, len(users))
		for i, u := range users {
			all[i] = page.Or(names[u], string(u))
		}
		slices.Sort(all)
		if len(all) == 0 {
			return page.Key("web.none")
		}
		return page.Plain(v.P.And(all...))
	}
	drilled := v.When(r.Drilled)
	if len(r.Papers) < r.Threshold { // what worked then would not work today
		drilled = page.Key("key.cannot", "have", v.P.Number(int64(len(r.Papers))), "need", v.P.Number(int64(r.Threshold)))
	}
	rows := []page.Row{
		{Key: page.Key("key.officers"), Value: said(r.Officers)},
		{Key: page.Key("key.papers"), Value: said(r.Papers)},
		{Key: page.Key("key.drilled"), Value: drilled},
		{Key: page.Key("key.escrowed"), Value: v.When(r.Escrowed)},
	}
	if len(r.Unrecoverable) > 0 {
		row := page.Row{Key: page.Key("key.beyond")}
		for _, d := range r.Unrecoverable {
			row.Lines = append(row.Lines, page.Plain(string(d)))
		}
		row.Value, row.Lines = row.Lines[0], row.Lines[1:]
		rows = append(rows, row)
	}
	return rows
}
