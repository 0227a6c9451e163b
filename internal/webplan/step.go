package webplan

import (
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

func (v *visit) stepForm() error { return v.showStep(page.Form{}) }

// showStep asks what is done about a need: which service, who gives it, by when and who sees to it, and whether she has agreed.
func (v *visit) showStep(f page.Form) error {
	of, err := v.Careplans.Show(v.R.Context(), v.By, v.which())
	if err != nil {
		return err
	}
	need, err := oneOf(of.Needs, id.Record(page.Or(v.Field("need"), v.R.URL.Query().Get("need"))))
	if err != nil {
		return err
	}
	service := page.Or(v.Field("service"), need.Value.Code)
	offers, err := v.offers(service)
	if err != nil {
		return err
	}
	desks, err := v.desks()
	if err != nil {
		return err
	}
	f = v.form(f, "/steps", "step.new")
	f.Submit = page.Key("careplan.step.do")
	f.Hidden = append(f.Hidden, [2]string{"need", string(need.Record)})
	f.Intro = []page.Msg{v.Word("case.service.", need.Value.Code), page.Key("careplan.step.text")}
	f.Fields = append(f.Fields,
		page.SelectList(v.P, page.Select{Field: field(f, "service"), Choices: v.Choices("case.service.", v.Lists.Codes(casefile.ListService)...), Value: service}),
		page.TextInput(v.P, page.Input{Field: optional(field(f, "goal")), Value: v.Field("goal")}),
	)
	if len(offers) > 0 {
		f.Fields = append(f.Fields, page.SelectList(v.P, page.Select{Field: optional(hinted(field(f, "offer"))), Choices: offers, Value: v.Field("offer"), Empty: page.Key("careplan.ask.offer.no")}))
	}
	f.Fields = append(f.Fields,
		page.TextInput(v.P, page.Input{Field: optional(hinted(field(f, "provider"))), Value: v.Field("provider")}),
		v.DayField(optional(field(f, "due")), false),
		page.SelectList(v.P, page.Select{Field: field(f, "desk"), Choices: desks, Value: v.Field("desk"), Empty: page.Key("careplan.ask.desk.own")}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: optional(hinted(field(f, "agreed"))), Choices: v.Choices("web.", "yes"), Values: v.R.PostForm["agreed"]}),
		v.DayField(field(f, "on"), v.R.Method == "GET"),
		page.TextArea(v.P, page.Textarea{Field: optional(field(f, "note")), Value: v.Field("note")}),
	)
	return v.ShowForm(f)
}

// offers are the services of a kind in the directory.
func (v *visit) offers(code string) ([]page.Choice, error) {
	if !page.May(v.By.Actor, access.ListDirectory) {
		return nil, nil
	}
	all, err := v.Directory.List(v.R.Context(), v.By.Actor, directory.Filter{Code: code, Limit: 200})
	if err != nil {
		return nil, err
	}
	var out []page.Choice
	for _, o := range all {
		for _, s := range o.Body.Services {
			if s.Code == code && o.EndOf(directory.OneService, string(s.ID)) == nil {
				out = append(out, page.Choice{Value: string(o.ID) + "/" + string(s.ID), Text: page.Plain(o.Body.Name + ": " + s.Name)})
			}
		}
	}
	return out, nil
}

// desks are those of this node but the reader's own.
func (v *visit) desks() ([]page.Choice, error) {
	all, err := v.Addresses(v.Members)
	if err != nil {
		return nil, err
	}
	var out []page.Choice
	for _, c := range all {
		if d, own := strings.CutPrefix(c.Value, string(v.Site.Member)+"/"); own {
			out = append(out, page.Choice{Value: d, Text: c.Text})
		}
	}
	return out, nil
}

func (v *visit) step() error {
	n := careplan.NewStep{
		Need: id.Record(v.Field("need")), Goal: v.Field("goal"), Service: v.Field("service"), Provider: careplan.Provider{Name: v.Field("provider")},
		Due: v.Day("due"), Desk: id.Desk(v.Field("desk")), Agreed: v.Field("agreed") != "", On: v.Day("on"), Note: v.Field("note"),
	}
	if o, s, ok := strings.Cut(v.Field("offer"), "/"); ok {
		n.Provider.Organisation, n.Provider.Service = id.Organisation(o), id.Service(s)
	}
	if _, err := v.Careplans.Plan(v.R.Context(), v.By, v.which(), n); err != nil {
		return v.Again(err, fields(err, "service", "goal", "provider", "due", "desk", "on", "note"), v.showStep)
	}
	return v.To(pathOf(v.which()), "step")
}

func (v *visit) turnForm() error { return v.showTurn(page.Form{}) }

// showTurn asks how a step stands now.
func (v *visit) showTurn(f page.Form) error {
	d, err := careplan.Shipped()
	if err != nil {
		return err
	}
	k, err := v.stepOf()
	if err != nil {
		return err
	}
	f = v.kept(v.form(f, "/steps/"+string(k.Record), "step.turn"), k.Version)
	f.Now = stands(k, v.courseRow(k.Value))
	f.Title = page.Key("careplan.step.turns")
	f.Intro = []page.Msg{v.stepName(k.Value)}
	var next []string
	for _, s := range careplan.Next(k.Value.Status()) {
		next = append(next, string(s))
	}
	reason := func(of careplan.Status, list string) page.Field {
		name := "reason-" + string(of)
		return page.Field{ID: name, Label: page.Key("careplan.ask.reason." + list), Hint: page.Key("careplan.ask.reason.hint"), Optional: true, Error: page.ErrorAt(f.Errors, name)}
	}
	f.Fields = append(f.Fields, page.RadioGroup(v.P, page.Radios{Field: field(f, "status"), Choices: v.Choices("careplan.status.", next...), Value: v.Field("status")}))
	for _, of := range []struct {
		status careplan.Status
		list   string
	}{{careplan.NotAvailable, careplan.ListNotAvailable}, {careplan.Stopped, careplan.ListStopped}} {
		if careplan.Turns(k.Value.Status(), of.status) {
			at := reason(of.status, of.list)
			f.Fields = append(f.Fields, page.SelectList(v.P, page.Select{Field: at, Choices: v.Choices("careplan."+of.list+".", d.Codes(of.list)...), Value: v.Field(at.ID), Empty: page.Key("web.none")}))
		}
	}
	f.Fields = append(f.Fields,
		v.DayField(field(f, "on"), v.R.Method == "GET"),
		page.TextArea(v.P, page.Textarea{Field: optional(field(f, "note")), Value: v.Field("note")}),
	)
	return v.ShowForm(f)
}

func (v *visit) stepName(x careplan.Step) page.Msg {
	return page.Key("careplan.step.of", "service", v.Word("case.service.", x.Service).In(v.P), "status", v.Word("careplan.status.", string(x.Status())).In(v.P))
}

func (v *visit) stepOf() (casefile.Kept[careplan.Step], error) {
	of, err := v.Careplans.Show(v.R.Context(), v.By, v.which())
	if err != nil {
		return casefile.Kept[careplan.Step]{}, err
	}
	return oneOf(of.Steps, v.record())
}

func (v *visit) turn() error {
	status := v.Field("status")
	t := careplan.Turn{Status: careplan.Status(status), On: v.Day("on"), Reason: v.Field("reason-" + status), Note: v.Field("note")}
	_, err := v.Careplans.Turn(v.R.Context(), v.By, v.which(), v.record(), v.Version(), t)
	if err != nil {
		at := fields(err, "status", "on", "note")
		at["reason"] = "reason-" + status
		if status == "" {
			at[""] = "status"
		}
		return v.Again(err, at, v.showTurn)
	}
	return v.To(pathOf(v.which()), "step")
}

func (v *visit) deliverForm() error { return v.showDeliver(page.Form{}) }

// showDeliver asks for a service that carries out a step.
func (v *visit) showDeliver(f page.Form) error {
	k, err := v.stepOf()
	if err != nil {
		return err
	}
	f = v.kept(v.form(f, "/steps/"+string(k.Record)+"/service", "step.deliver"), k.Version)
	f.Now = stands(k, v.courseRow(k.Value))
	f.Intro = []page.Msg{v.stepName(k.Value), page.Key("case.service.text")}
	return v.ShowForm(v.askService(f, casefile.Delivery{Provider: k.Value.Provider.Name}))
}

// askService asks who gave a service, from when until when, and how much of it.
func (v *visit) askService(f page.Form, stands casefile.Delivery) page.Form {
	at := func(name, key string) page.Field {
		return page.Field{ID: name, Label: page.Key(key), Error: page.ErrorAt(f.Errors, name)}
	}
	quantity, stood := optional(at("quantity", "case.quantity")), ""
	quantity.Hint = page.Key("case.quantity.hint")
	if stands.Quantity > 0 {
		stood = v.P.Number(stands.Quantity)
	}
	provider := at("provider", "case.provider")
	provider.Hint = page.Key("case.provider.hint")
	f.Fields = append(f.Fields,
		page.TextInput(v.P, page.Input{Field: provider, Value: v.was("provider", stands.Provider)}),
		v.dayAt(at("from", "case.service.from"), stands.From),
		v.dayAt(optional(at("until", "case.service.until")), stands.Until),
		page.TextInput(v.P, page.Input{Field: quantity, Value: v.was("quantity", stood), Width: 5, Mode: "numeric"}),
		page.SelectList(v.P, page.Select{Field: optional(at("unit", "case.unit")), Choices: v.Choices("case.unit.", v.Lists.Codes(casefile.ListUnit)...), Value: v.was("unit", stands.Unit), Empty: page.Key("web.none")}),
		page.TextArea(v.P, page.Textarea{Field: optional(at("note", "case.note")), Value: v.was("note", stands.Note)}),
	)
	return f
}

// dayAt asks for a day, beginning with the one that stands.
func (v *visit) dayAt(f page.Field, stands string) templ.Component {
	if v.R.Method != "GET" || len(stands) != len("2006-01-02") {
		return v.DayField(f, false)
	}
	return page.DateFields(v.P, page.DateInput{Field: f, Year: stands[:4], Month: stands[5:7], Day: stands[8:]})
}

func (v *visit) sentService() casefile.Delivery {
	return casefile.Delivery{
		Provider: v.Field("provider"), From: v.Day("from"), Until: v.Day("until"), Quantity: number(v.Field("quantity")), Unit: v.Field("unit"), Note: v.Field("note"),
		Language: string(v.P.Tag()),
	}
}

func (v *visit) deliver() error {
	_, err := v.Careplans.Deliver(v.R.Context(), v.By, v.which(), v.record(), v.Version(), v.sentService())
	if err != nil {
		return v.Again(err, fields(err, "provider", "from", "until", "quantity", "note"), v.showDeliver)
	}
	return v.To(pathOf(v.which()), "service")
}

func (v *visit) correctForm() error { return v.showCorrect(page.Form{}) }

// showCorrect asks for what the record of a service should say. What it said is kept.
func (v *visit) showCorrect(f page.Form) error {
	of, err := v.Careplans.Show(v.R.Context(), v.By, v.which())
	if err != nil {
		return err
	}
	k, err := oneOf(of.Deliveries, v.record())
	if err != nil {
		return err
	}
	f = v.Versioned(v.aboutService(f, k.Record), k.Version, v.serviceStakes(k.Value))
	f.Intro = []page.Msg{page.Key("case.service.correct.text")}
	f.Fields = append(f.Fields, page.SelectList(v.P, page.Select{
		Field:   page.Field{ID: "service", Label: page.Key("case.service.which"), Error: page.ErrorAt(f.Errors, "service")},
		Choices: v.Choices("case.service.", v.Lists.Codes(casefile.ListService)...), Value: v.was("service", k.Value.Service),
	}))
	return v.ShowForm(v.askService(f, k.Value))
}

func (v *visit) aboutService(f page.Form, of id.Record) page.Form {
	f = v.form(f, "/services/"+string(of), "")
	f.Title, f.Submit = page.Key("case.service.correct"), page.Key("case.service.correct.do")
	return f
}

// serviceStakes are the answers about a service, as they stand.
func (v *visit) serviceStakes(d casefile.Delivery) []page.Stake {
	is := url.Values{"service": {d.Service}, "provider": {d.Provider}, "unit": {d.Unit}, "note": {d.Note}}
	if d.Quantity > 0 {
		is.Set("quantity", v.P.Number(d.Quantity))
	}
	day := func(name, key, stands string) page.Stake {
		if len(stands) == len("2006-01-02") {
			for part, n := range map[string]string{"-year": stands[:4], "-month": stands[5:7], "-day": stands[8:]} {
				is.Set(name+part, n)
			}
		}
		return page.Stake{Label: page.Key(key), Names: []string{name + "-day", name + "-month", name + "-year"}, Stands: is, Say: v.Typed("", name+"-day", name+"-month", name+"-year")}
	}
	return []page.Stake{
		{Label: page.Key("case.service.which"), Names: []string{"service"}, Stands: is, Say: v.Typed("case.service.", "service")},
		{Label: page.Key("case.provider"), Names: []string{"provider"}, Stands: is, Say: v.Typed("", "provider")},
		day("from", "case.service.from", d.From), day("until", "case.service.until", d.Until),
		{Label: page.Key("case.quantity"), Names: []string{"quantity"}, Stands: is, Say: v.Typed("", "quantity")},
		{Label: page.Key("case.unit"), Names: []string{"unit"}, Stands: is, Say: v.Typed("case.unit.", "unit")},
		{Label: page.Key("case.note"), Names: []string{"note"}, Stands: is, Say: v.Typed("", "note")},
	}
}

// showBothServices shows what was sent beside what somebody else has written of the service meanwhile.
func (v *visit) showBothServices(open []page.Error) error {
	of, err := v.Careplans.Show(v.R.Context(), v.By, v.which())
	if err != nil {
		return err
	}
	k, err := oneOf(of.Deliveries, v.record())
	if err != nil {
		return err
	}
	return v.Both(v.aboutService(page.Form{}, k.Record), k.Version, v.serviceStakes(k.Value), open)
}

func (v *visit) correct() error {
	if open := v.Settle(); len(open) > 0 {
		return v.showBothServices(open)
	}
	d := v.sentService()
	d.Service = v.Field("service")
	if _, err := v.Cases.Serve(v.R.Context(), v.By, v.which(), v.record(), v.Version(), d); err != nil {
		if fault.Is(err, fault.Stale) {
			return v.showBothServices(nil)
		}
		return v.Again(err, fields(err, "service", "provider", "from", "until", "quantity", "note"), v.showCorrect)
	}
	return v.To(pathOf(v.which()), "service")
}
