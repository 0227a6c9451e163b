package weboffice

import (
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/retention"
)

// keepingModel is what is on hold and what is due.
type keepingModel struct {
	due       page.Table
	ends      page.Table // what the node erases by itself
	left      page.Table
	more      bool
	unsettled bool // after a restore
	settling  bool
	proposing bool
	holding   bool
	holds     page.Table
	purges    page.Table
	reference page.Input
	ground    page.Select
	words     page.Input
	errors    []page.Error
}

func (v *visit) keeping() error { return v.showKeeping(0, nil) }

func (v *visit) showKeeping(status int, errors []page.Error) error {
	ctx := v.R.Context()
	p, err := v.Retention.Preview(ctx, v.By.Actor)
	if err != nil {
		return err
	}
	holds, err := v.Retention.Holds(ctx, v.By.Actor, "", 200)
	if err != nil {
		return err
	}
	purges, err := v.Retention.Purges(ctx, v.By.Actor, page.PerPage)
	if err != nil {
		return err
	}
	m := keepingModel{
		due: v.dueTable(p.Due, "retention.due"), ends: v.endTable(p.Ends), left: v.leftTable(p.Left), more: p.More,
		unsettled: p.Unsettled, settling: p.Unsettled && page.May(v.By.Actor, access.SettleRetention),
		proposing: page.May(v.By.Actor, access.ProposeRetention) && len(p.Due) > 0 && !p.Unsettled && !open(purges),
		holding:   page.May(v.By.Actor, access.HoldCase), holds: v.holdTable(holds), purges: v.purgeTable(purges), errors: errors,
	}
	m.reference = page.Input{
		Field: page.Field{ID: "reference", Label: page.Key("retention.reference"), Error: page.ErrorAt(errors, "reference")},
		Value: v.R.FormValue("reference"), Width: 20,
	}
	m.ground, m.words = v.because(retention.ListGrounds, errors)
	return v.Show(page.Page{Status: status, Title: page.Key("retention.title"), Errors: errors, Body: keepingScreen(v.P, m)})
}

// open reports whether a proposal waits for its second person.
func open(all []retention.Purge) bool {
	for _, p := range all {
		if p.State == retention.Proposed {
			return true
		}
	}
	return false
}

// because is the fields that say why a case is on hold, or is so no longer.
func (v *visit) because(list string, errors []page.Error) (page.Select, page.Input) {
	ground := page.Select{
		Field: page.Field{ID: "ground", Label: page.Key("retention.ground"), Error: page.ErrorAt(errors, "ground")},
		Empty: page.Key("web.choose"), Value: v.R.FormValue("ground"), Choices: v.Choices("retention.ground.", v.Law().List("", list)...),
	}
	words := page.Input{
		Field: page.Field{ID: "words", Label: page.Key("retention.words"), Hint: page.Key("retention.words.hint"), Error: page.ErrorAt(errors, "words")},
		Value: v.R.FormValue("words"),
	}
	return ground, words
}

func (v *visit) dueTable(all []retention.Item, caption string) page.Table {
	t := page.Table{Caption: page.Key(caption), Named: true, Empty: page.Key("retention.due.none"), Columns: []page.Column{
		{Text: page.Key("retention.what")}, {Text: page.Key("retention.desk")}, {Text: page.Key("retention.since")}, {Text: page.Key("retention.over")},
	}}
	for _, i := range all {
		t.Rows = append(t.Rows, v.itemCells(i))
	}
	return v.counted(t, all)
}

// counted is a table of what is due for somebody who is told no reference: how many of each kind there are at each desk, by which rule and since when.
func (v *visit) counted(t page.Table, all []retention.Item) page.Table {
	if len(all) == 0 || all[0].Reference != "" {
		return t
	}
	type kind struct {
		what  string
		desk  id.Desk
		class string
	}
	count := map[kind]int{}
	first := map[kind]int{}
	var order []kind
	for i, x := range all {
		k := kind{x.What, x.Desk, x.Class}
		if count[k]++; count[k] == 1 {
			first[k], order = i, append(order, k)
		}
	}
	rows := t.Rows
	t.Columns = slices.Insert(slices.Clone(t.Columns), 2, page.Column{Text: page.Key("retention.records"), Number: true})
	t.Rows = nil
	for _, k := range order {
		t.Rows = append(t.Rows, slices.Insert(slices.Clone(rows[first[k]]), 2, page.Cell{Text: page.Plain(strconv.Itoa(count[k]))}))
	}
	return t
}

// endTable is what ends by itself, with the day on which it does.
func (v *visit) endTable(all []retention.Item) page.Table {
	t := page.Table{Caption: page.Key("retention.ends"), Named: true, Columns: slices.Clone(v.dueTable(nil, "retention.ends").Columns)}
	t.Columns[3].Text = page.Key("retention.ends.on")
	for _, x := range all {
		cells := v.itemCells(x)
		cells[3].Text = page.Plain(v.When(x.Over).In(v.P) + ", " + v.Age(x.Over).In(v.P) + ", " + v.rule(x.Class))
		t.Rows = append(t.Rows, cells)
	}
	return v.counted(t, all)
}

func (v *visit) itemCells(i retention.Item) []page.Cell {
	return []page.Cell{
		{Text: page.Plain(strings.TrimSpace(v.Word("retention.what.", i.What).In(v.P) + " " + i.Reference))},
		{Text: v.Own(i.Desk)},
		{Text: v.When(i.Event)},
		{Text: page.Plain(v.When(i.Over).In(v.P) + ", " + v.rule(i.Class))},
	}
}

// rule says by which rule something is due: what it is of, how long, from when it counts, and who confirmed it.
func (v *visit) rule(class string) string {
	said := v.Word("law.retention.", class).In(v.P)
	k, err := v.Law().Keeps(v.Site.Member, class)
	if err != nil || k.Period == nil {
		return said + ": " + v.P.Text("register.unknown")
	}
	length := "register.period.months"
	if k.Period.Unit == profile.Days {
		length = "register.period.days"
	}
	said += ": " + v.P.Plural(length, k.Period.N) + ", " + v.P.Text("register.from."+string(k.From))
	switch {
	case !k.Binds():
		return said + " (" + v.P.Text("register.unconfirmed") + ")"
	case k.Origin.ConfirmedBy != "":
		by := v.Officer(v.Signin, k.Origin.ConfirmedBy)
		return said + ", " + v.P.Text("retention.confirmed", "who", by.In(v.P), "day", v.DayText(string(k.Origin.ConfirmedOn)).In(v.P))
	}
	return said + ", " + k.Origin.Source
}

func (v *visit) leftTable(all []retention.Left) page.Table {
	t := page.Table{Caption: page.Key("retention.left"), Named: true, Empty: page.Key("retention.left.none"), Columns: []page.Column{
		{Text: page.Key("retention.what")},
		{Text: page.Key("retention.desk")},
		{Text: page.Key("retention.since")},
		{Text: page.Key("retention.over")},
		{Text: page.Key("retention.why")},
	}}
	for _, l := range all {
		t.Rows = append(t.Rows, append(v.itemCells(l.Item), page.Cell{Tag: &page.Tag{Text: v.Word("retention.left.", l.Reason), Tone: page.Waiting}}))
	}
	return t
}

func (v *visit) holdTable(all []retention.Hold) page.Table {
	t := page.Table{Caption: page.Key("retention.holds"), Named: true, Empty: page.Key("retention.holds.none"), Columns: []page.Column{
		{Text: page.Key("retention.case")}, {Text: page.Key("retention.desk")}, {Text: page.Key("retention.ground")}, {Text: page.Key("retention.placed")},
	}}
	for _, h := range all {
		ground := v.groundOf(h)
		which := page.Cell{Text: page.Plain(string(h.Reference)), Path: "/retention/holds/" + string(h.ID)}
		if h.Reference == "" {
			which = page.Cell{Text: v.Word("retention.what.", retention.Case)}
		}
		t.Rows = append(t.Rows, []page.Cell{
			which, {Text: v.Own(h.Desk)}, {Text: ground}, {Text: v.When(h.Placed)},
		})
	}
	return t
}

func (v *visit) purgeTable(all []retention.Purge) page.Table {
	t := page.Table{Caption: page.Key("retention.purges"), Named: true, Empty: page.Key("retention.purges.none"), Columns: []page.Column{
		{Text: page.Key("retention.proposed")}, {Text: page.Key("retention.records"), Number: true}, {Text: page.Key("retention.stayed"), Number: true}, {Text: page.Key("retention.state")},
	}}
	for _, p := range all {
		t.Rows = append(t.Rows, []page.Cell{
			{Text: v.When(p.Made), Path: "/retention/purges/" + string(p.ID)},
			{Text: page.Plain(strconv.Itoa(len(p.Items)))},
			{Text: page.Plain(strconv.Itoa(len(p.Left)))},
			{Tag: v.purgeTag(p.State)},
		})
	}
	return t
}

func (v *visit) purgeTag(s retention.State) *page.Tag {
	tone := page.Waiting
	if s == retention.Done {
		tone = page.Good
	}
	return &page.Tag{Text: v.Word("retention.state.", string(s)), Tone: tone}
}

func (v *visit) hold() error {
	_, err := v.Retention.Hold(v.R.Context(), v.By.Actor, v.Field("reference"), retention.Holding{Ground: v.Field("ground"), Words: v.Field("words")})
	if err != nil {
		status := page.StatusOf(fault.KindOf(err))
		errors, err := v.Correct(err, map[string]string{"": "reference", "ground": "ground", "words": "words"})
		if err != nil {
			return err
		}
		return v.showKeeping(status, errors)
	}
	return v.To("/retention", "held")
}

// holdModel is one hold, and the form by which it is lifted.
type holdModel struct {
	rows   []page.Row
	hold   id.Record
	ground page.Select
	words  page.Input
}

func (v *visit) liftForm() error { return v.showLift(0, nil) }

func (v *visit) showLift(status int, errors []page.Error) error {
	m := holdModel{hold: id.Record(v.R.PathValue("hold"))}
	h, err := v.holdOf(m.hold)
	if err != nil {
		return err
	}
	m.rows = []page.Row{
		{Key: page.Key("retention.case"), Value: page.Plain(string(h.Reference))},
		{Key: page.Key("retention.desk"), Value: v.Own(h.Desk)},
		{Key: page.Key("retention.ground"), Value: v.groundOf(h)},
		{Key: page.Key("retention.placed"), Value: v.When(h.Placed)},
	}
	m.ground, m.words = v.because(retention.ListLifted, errors)
	return v.Show(page.Page{Status: status, Title: page.Key("retention.lift"), Back: "/retention", Errors: errors, Body: liftScreen(v.P, m)})
}

// holdOf finds a hold in force.
func (v *visit) holdOf(hold id.Record) (retention.Hold, error) {
	var after id.Record
	for range 100 {
		some, err := v.Retention.Holds(v.R.Context(), v.By.Actor, after, 200)
		if err != nil {
			return retention.Hold{}, err
		}
		if i := slices.IndexFunc(some, func(h retention.Hold) bool { return h.ID == hold }); i >= 0 {
			return some[i], nil
		}
		if len(some) < 200 {
			break
		}
		after = some[len(some)-1].ID
	}
	return retention.Hold{}, fault.New(fault.NotFound, "fault.not-found")
}

// groundOf says why a case is on hold, and whether the office placed it.
func (v *visit) groundOf(h retention.Hold) page.Msg {
	ground := v.Word("retention.ground.", h.Ground)
	if h.Office {
		ground = page.Key("retention.by-office", "ground", ground.In(v.P))
	}
	return ground
}

func (v *visit) lift() error {
	_, err := v.Retention.Lift(v.R.Context(), v.By.Actor, id.Record(v.R.PathValue("hold")), retention.Holding{Ground: v.Field("ground"), Words: v.Field("words")})
	if fault.Is(err, fault.Invalid) {
		errors, err := v.Correct(err, map[string]string{"": "ground", "words": "words"})
		if err != nil {
			return err
		}
		return v.showLift(page.StatusOf(fault.Invalid), errors)
	}
	if err != nil {
		return err
	}
	return v.To("/retention", "lifted")
}

// purgeModel is one proposal.
type purgeModel struct {
	purge      retention.Purge
	rows       []page.Row
	items      page.Table
	left       page.Table
	confirming bool
	mine       bool
	taking     bool
}

func (v *visit) purge() error {
	p, err := v.Retention.Show(v.R.Context(), v.By.Actor, id.Record(v.R.PathValue("purge")))
	if err != nil {
		return err
	}
	waits := p.State == retention.Proposed
	m := purgeModel{
		purge: p, items: v.dueTable(p.Items, "retention.set"), left: v.leftTable(p.Left), mine: p.Maker == v.By.User && waits,
		confirming: waits && p.Maker != v.By.User && page.May(v.By.Actor, access.ConfirmRetention),
		taking:     waits && page.May(v.By.Actor, access.WithdrawRetention),
	}
	m.rows = []page.Row{
		{Key: page.Key("retention.state"), Value: v.Word("retention.state.", string(p.State))},
		{Key: page.Key("retention.proposed"), Value: v.When(p.Made)},
		{Key: page.Key("retention.maker"), Value: v.Officer(v.Signin, p.Maker)},
	}
	if !waits {
		m.rows = append(m.rows,
			page.Row{Key: page.Key("retention.ended-on"), Value: v.When(p.Ended)},
			page.Row{Key: page.Key("retention.second"), Value: v.Officer(v.Signin, p.Second)},
		)
	}
	return v.Show(page.Page{Title: page.Key("retention.purge"), Back: "/retention", Body: purgeScreen(v.P, m)})
}

func (v *visit) proposePurge() error {
	p, err := v.Retention.Propose(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	return v.To("/retention/purges/"+string(p.ID), "purge-proposed")
}

func (v *visit) settleHolds() error {
	if err := v.Retention.Settle(v.R.Context(), v.By.Actor); err != nil {
		return err
	}
	return v.To("/retention", "holds-settled")
}

func (v *visit) confirmPurge() error {
	p := id.Record(v.R.PathValue("purge"))
	if _, err := v.Retention.Confirm(v.R.Context(), v.By.Actor, p, v.Field("digest")); err != nil {
		return err
	}
	return v.To("/retention/purges/"+string(p), "purged")
}

func (v *visit) withdrawPurge() error {
	p := id.Record(v.R.PathValue("purge"))
	if _, err := v.Retention.Withdraw(v.R.Context(), v.By.Actor, p); err != nil {
		return err
	}
	return v.To("/retention/purges/"+string(p), "purge-withdrawn")
}
