package webplan

import (
	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/transfer"
)

// transfersModel is cases that one's desk offered or was offered.
type transfersModel struct {
	table page.Table
	pages page.Pages
}

// transferModel is one offer as the desk may know it, with what it can do about it now.
type transferModel struct {
	title            page.Msg
	path, version    string
	rows             []page.Row
	accept           bool
	decline, takeOff []templ.Component // none: not by this desk, or not now
	file             string            // of the case, once it is the reader's
}

func transferPath(t id.Record) string { return "/transfers/" + string(t) }

func (v *visit) transfers() error {
	before := id.Record(v.R.URL.Query().Get("before"))
	all, err := v.Transfers.List(v.R.Context(), v.By.Actor, before, page.PerPage)
	if err != nil {
		return err
	}
	m := transfersModel{table: page.Table{
		Caption: page.Key("transfer.list"), Named: true, Empty: page.Key("transfer.list.none"),
		Columns: []page.Column{{Text: page.Key("case.reference")}, {Text: page.Key("transfer.from")}, {Text: page.Key("transfer.ask.to")}, {Text: page.Key("transfer.state")}, {Text: page.Key("transfer.made")}},
	}}
	for _, t := range all {
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: page.Plain(string(t.Reference)), Path: transferPath(t.ID)},
			{Text: page.Plain(string(t.From))},
			{Text: page.Plain(string(t.To))},
			{Text: v.Word("transfer.state.", string(t.State))},
			{Text: v.Age(t.Made)},
		})
	}
	if len(all) == page.PerPage {
		m.pages.Next = "/transfers?before=" + string(all[len(all)-1].ID)
	}
	if before != "" {
		m.pages.Previous = "/transfers"
	}
	return v.Show(page.Page{Title: page.Key("transfer.list"), Back: "/", Body: transfersScreen(v.P, m)})
}

func (v *visit) transfer() error { return v.showTransfer(page.Form{}) }

// showTransfer shows an offer: to the desk that was offered the case no more than a reference, the age and the urgency.
func (v *visit) showTransfer(form page.Form) error {
	t, err := v.Transfers.Show(v.R.Context(), v.By.Actor, id.Record(v.R.PathValue("transfer")))
	if err != nil {
		return err
	}
	d, err := transfer.Shipped()
	if err != nil {
		return err
	}
	urgent := page.Key("web.no")
	if t.Urgent {
		urgent = page.Key("web.yes")
	}
	m := transferModel{
		title: page.Key("transfer.title", "reference", string(t.Reference)), path: transferPath(t.ID), version: v.Fresh(form, t.Version),
		rows: []page.Row{
			{Key: page.Key("transfer.state"), Value: v.Word("transfer.state.", string(t.State))},
			{Key: page.Key("transfer.from"), Value: page.Plain(string(t.From))},
			{Key: page.Key("transfer.ask.to"), Value: page.Plain(string(t.To))},
			{Key: page.Key("transfer.ask.basis"), Value: v.Word("transfer.basis.", t.Basis)},
			{Key: page.Key("transfer.age"), Value: v.Word("person.age.", string(t.AgeClass))},
			{Key: page.Key("transfer.urgent"), Value: urgent},
			{Key: page.Key("transfer.made"), Value: v.When(t.Made)},
		},
	}
	if t.Responded != 0 {
		m.rows = append(m.rows, page.Row{Key: page.Key("transfer.responded"), Value: v.When(t.Responded)})
	}
	if t.Reason != "" {
		prefix := "transfer.decline."
		if t.State == transfer.Revoked {
			prefix = "transfer.revoke."
		}
		m.rows = append(m.rows, page.Row{Key: page.Key("transfer.ask.reason"), Value: v.Word(prefix, t.Reason)})
	}
	if t.Alternative != "" {
		m.rows = append(m.rows, page.Row{Key: page.Key("transfer.alternative"), Value: page.Plain(string(t.Alternative))})
	}
	if t.Case != "" && page.May(v.By.Actor, access.ReadCase) && (t.State == transfer.Accepted) == (v.By.Desk == t.To) {
		m.file = "/cases/" + string(t.Case)
	}
	if t.State == transfer.Offered {
		reason := func(prefix string, codes []string) templ.Component {
			f := page.Field{ID: "reason", Label: page.Key("transfer.ask.reason"), Strong: true, Error: page.ErrorAt(form.Errors, "reason")}
			return page.RadioGroup(v.P, page.Radios{Field: f, Choices: v.Choices(prefix, codes...), Value: v.Field("reason")})
		}
		switch {
		case v.By.Desk == t.To && page.May(v.By.Actor, access.AcceptTransfer):
			m.accept = true
			other := optional(page.Field{ID: "alternative", Label: page.Key("transfer.alternative"), Error: page.ErrorAt(form.Errors, "alternative")})
			desks, err := v.desksHere(t.From)
			if err != nil {
				return err
			}
			m.decline = []templ.Component{
				reason("transfer.decline.", d.Declines),
				page.SelectList(v.P, page.Select{Field: other, Choices: desks, Value: v.Field("alternative"), Empty: page.Key("web.none")}),
			}
		case v.By.Desk == t.From && page.May(v.By.Actor, access.RevokeTransfer):
			m.takeOff = []templ.Component{reason("transfer.revoke.", d.Revocations)}
		}
	}
	return v.Show(page.Page{Status: form.Status, Now: v.transferStands(t), Title: m.title, Back: "/transfers", Errors: form.Errors, Leave: true, Body: transferScreen(v.P, m)})
}

// transferStands is what has become of an offer.
func (v *visit) transferStands(t transfer.Transfer) *page.Now {
	now := &page.Now{By: t.Maker, At: t.Made, Path: transferPath(t.ID), Rows: []page.Row{
		{Key: page.Key("transfer.state"), Value: v.Word("transfer.state.", string(t.State))}, {Key: page.Key("transfer.ask.to"), Value: page.Plain(string(t.To))},
	}}
	if t.Responded != 0 {
		now.By, now.At = t.Decider, t.Responded
	}
	return now
}

// desksHere are the other desks of this node that help people.
func (v *visit) desksHere(but ...id.Desk) ([]page.Choice, error) {
	all, err := v.Members.Directory(v.R.Context(), v.By.Actor)
	if err != nil {
		return nil, err
	}
	var out []page.Choice
	for _, l := range all {
		if l.Address.Member != v.Site.Member || l.Address.Desk == v.By.Desk || l.Desk.Realm != v.By.Realm || len(but) > 0 && l.Address.Desk == but[0] {
			continue
		}
		out = append(out, page.Choice{Value: string(l.Address.Desk), Text: page.Plain(l.Address.String())})
	}
	return out, nil
}

func (v *visit) answerTransfer() error {
	ctx, which := v.R.Context(), id.Record(v.R.PathValue("transfer"))
	var err error
	switch v.Field("do") {
	case "accept":
		_, err = v.Transfers.Accept(ctx, v.By, which, v.Version())
	case "decline":
		_, err = v.Transfers.Decline(ctx, v.By.Actor, which, v.Version(), v.Field("reason"), id.Desk(v.Field("alternative")))
	case "revoke":
		_, err = v.Transfers.Revoke(ctx, v.By.Actor, which, v.Version(), v.Field("reason"))
	default:
		err = fault.New(fault.Invalid, "transfer.field").With("field", "reason")
	}
	if err != nil {
		return v.Again(err, fields(err, "reason", "alternative"), v.showTransfer)
	}
	return v.To(transferPath(which), "transfer")
}

func (v *visit) offerForm() error { return v.showOffer(page.Form{}) }

// showOffer asks which desk is to have the case, and on what that rests.
func (v *visit) showOffer(f page.Form) error {
	c, past, err := v.Transfers.Of(v.R.Context(), v.By, v.which())
	if err != nil {
		return err
	}
	f.Now = &page.Now{Rows: []page.Row{{Key: page.Key("case.state"), Value: v.Word("case.state.", string(c.State))}}, Path: "/cases/" + string(c.ID)}
	for _, t := range past {
		if f.Now = v.transferStands(t.Transfer); t.State == transfer.Offered {
			if v.R.Method == "GET" {
				return v.To(transferPath(t.ID), "")
			}
			break
		}
	}
	if c.State != casefile.Open || c.Desk != v.By.Desk {
		return fault.New(fault.Conflict, "transfer.case")
	}
	desks, err := v.desksHere()
	if err != nil {
		return err
	}
	about := func(name string) page.Field {
		return page.Field{ID: name, Label: page.Key("transfer.ask." + name), Error: page.ErrorAt(f.Errors, name)}
	}
	hinted := func(name string) page.Field {
		x := about(name)
		x.Hint = page.Key("transfer.ask." + name + ".hint")
		return x
	}
	yes := func(name string) templ.Component {
		return page.CheckboxGroup(v.P, page.Checkboxes{Field: about(name), Choices: v.Choices("web.", "yes"), Values: v.R.PostForm[name]})
	}
	text := func(name string) templ.Component {
		return page.TextInput(v.P, page.Input{Field: optional(about(name)), Value: v.Field(name)})
	}
	f.Title, f.Submit, f.Back, f.Leave = page.Key("transfer.offer"), page.Key("transfer.offer.do"), "/cases/"+string(v.which()), true
	f.Action, f.Intro = f.Back+"/transfer", []page.Msg{page.Key("transfer.offer.text")}
	f = v.kept(f, c.Version)
	f.Fields = append(f.Fields,
		page.SelectList(v.P, page.Select{Field: about("to"), Choices: desks, Value: v.Field("to"), Empty: page.Key("web.choose")}),
		page.RadioGroup(v.P, page.Radios{Field: about("basis"), Choices: v.Choices("transfer.basis.", transfer.ByAgreement, transfer.ByDuty), Value: v.Field("basis")}),
		v.DayField(optional(about("on")), v.R.Method == "GET"),
		page.RadioGroup(v.P, page.Radios{Field: optional(about("given-by")), Choices: v.Choices("consent.by.", consent.ByHerself, consent.ByGuardian, consent.ByAuthority), Value: v.Field("given-by")}),
		yes("told"),
		page.RadioGroup(v.P, page.Radios{Field: optional(about("how")), Choices: v.Choices("consent.how.", consent.Written, consent.Oral), Value: v.Field("how")}),
		page.SelectList(v.P, page.Select{Field: optional(about("language")), Choices: v.Languages(), Value: v.Field("language"), Empty: page.Key("web.choose")}),
		text("interpreter"), text("witness"), text("guardian"), yes("assent"),
		page.TextArea(v.P, page.Textarea{Field: optional(about("best-interests")), Value: v.Field("best-interests"), Rows: 3}),
		page.TextInput(v.P, page.Input{Field: optional(hinted("override")), Value: v.Field("override")}),
		page.TextArea(v.P, page.Textarea{Field: hinted("note"), Value: v.Field("note")}),
		yes("urgent"),
	)
	return v.ShowForm(f)
}

func (v *visit) offer() error {
	in := transfer.Offer{To: id.Desk(v.Field("to")), Basis: v.Field("basis"), Urgent: v.Field("urgent") != "", Note: v.Field("note")}
	if in.Basis == transfer.ByDuty {
		in.Override = id.Consent(v.Field("override"))
	} else {
		in.Agreement = &transfer.Agreement{
			On: v.Day("on"), GivenBy: v.Field("given-by"), Guardian: v.Field("guardian"), Assent: v.Field("assent") != "", BestInterests: v.Field("best-interests"),
			Told: v.Field("told") != "", How: v.Field("how"), Witness: v.Field("witness"), Language: v.Field("language"), Interpreter: v.Field("interpreter"),
		}
	}
	t, err := v.Transfers.Offer(v.R.Context(), v.By, v.which(), v.Version(), in)
	if err != nil {
		all := fields(err, "to", "basis", "on", "guardian", "told", "how", "witness", "language", "interpreter", "override", "note")
		all["given_by"], all["best_interests"], all["transfer.duty"] = "given-by", "best-interests", "override"
		return v.Again(err, all, v.showOffer)
	}
	return v.To(transferPath(t.ID), "transfer")
}
