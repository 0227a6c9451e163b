package webreferral

import (
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// byOrder is the choice of the form that stands for no consent.
const byOrder = "order"

func (v *visit) releaseForm() error { return v.showReleasing(page.Form{}) }

// showReleasing asks what passes the wall to the prosecution, and why. Above the form stands what has passed already or waits for a second
// person.
func (v *visit) showReleasing(f page.Form) error {
	c := id.Case(v.R.PathValue("case"))
	past, err := v.Cases.ReleasesOf(v.R.Context(), v.By.Actor, c)
	if err != nil {
		return err
	}
	bases, err := v.releaseBases(c)
	if err != nil {
		return err
	}
	desks, err := v.prosecution()
	if err != nil {
		return err
	}
	f.Title, f.Back, f.Leave = page.Key("case.release.of-case"), "/cases/"+string(c), true
	f.Action, f.Submit, f.Warning = f.Back+"/releases", page.Key("case.release.do"), page.Key("case.release.care")
	f.Intro = []page.Msg{page.Key("case.release.ways")}
	if len(past) > 0 {
		f.Above = append(f.Above, page.DataTable(v.P, v.releasedTable(past)))
	}
	var codes []string
	for _, k := range consent.Categories() {
		codes = append(codes, string(k.Code))
	}
	area := func(name string) page.Textarea {
		return page.Textarea{Field: page.Field{ID: name, Label: page.Key("case.release." + name), Hint: page.Key("case.release.lines"), Optional: true, Error: page.ErrorAt(f.Errors, name)}, Value: v.Field(name)}
	}
	radios := func(name string, label page.Msg, choices []page.Choice) page.Radios {
		return page.Radios{Field: page.Field{ID: name, Label: label, Error: page.ErrorAt(f.Errors, name)}, Choices: choices, Value: v.Field(name)}
	}
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, radios("basis", page.Key("case.release.basis"), bases)),
		page.RadioGroup(v.P, radios("to", page.Key("case.release.to"), desks)),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "order", Label: page.Key("case.release.order"), Hint: page.Key("case.release.order.hint"), Optional: true, Error: page.ErrorAt(f.Errors, "order")}, Value: v.Field("order")}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: page.Field{ID: "categories", Label: page.Key("consent.categories"), Hint: page.Key("case.release.categories.hint"), Optional: true, Error: page.ErrorAt(f.Errors, "categories")}, Choices: v.Choices("consent.category.", codes...), Values: v.R.PostForm["categories"]}),
		v.DayField(page.Field{ID: "until", Label: page.Key("case.release.until"), Hint: page.Key("case.release.until.hint"), Optional: true, Error: page.ErrorAt(f.Errors, "until")}, false),
		page.RadioGroup(v.P, radios("category", page.Key("case.release.standing.ask"), v.Choices("case.standing.", v.Lists.Codes(casefile.ListCategory)...))),
		page.RadioGroup(v.P, radios("handling", page.Key("case.release.handling"), v.Choices("case.handling.", v.Lists.Codes(casefile.ListHandling)...))),
		page.TextArea(v.P, area("facts")),
		page.TextArea(v.P, area("opinions")),
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "from", Label: page.Key("case.release.from"), Optional: true, Error: page.ErrorAt(f.Errors, "items")}, Value: v.Field("from")}),
	)
	return v.ShowForm(f)
}

// releaseBases are the consents of hers that name a desk here and criminal proceedings, and an order.
func (v *visit) releaseBases(c id.Case) ([]page.Choice, error) {
	all, err := v.Consents.List(v.R.Context(), v.By.Actor, c)
	var bases []page.Choice
	for _, x := range all {
		if !x.ForProceedings(v.Now()) {
			continue
		}
		var to, what []string
		for _, r := range x.Recipients {
			to = append(to, r.String())
		}
		for _, k := range x.Categories {
			what = append(what, string(k))
		}
		bases = append(bases, page.Choice{Value: string(x.ID), Text: page.Key("case.release.basis.consent"), Hint: page.Plain(v.P.And(to...) + ": " + v.Words("consent.category.", what).In(v.P))})
	}
	return append(bases, page.Choice{Value: byOrder, Text: page.Key("case.release.basis.order"), Hint: page.Key("case.release.second")}), err
}

// prosecution are the desks of this member on the other side of the wall.
func (v *visit) prosecution() ([]page.Choice, error) {
	desks, err := v.Desks.List(v.R.Context(), v.By.Actor)
	var all []page.Choice
	for _, d := range desks {
		if d.Realm == access.Prosecution && d.State == desk.Active {
			all = append(all, page.Choice{Value: string(d.ID), Text: page.Plain(id.Address{Member: v.Site.Member, Desk: d.ID}.String())})
		}
	}
	return all, err
}

// releasedTable is what of a case has passed the wall, or waits.
func (v *visit) releasedTable(all []casefile.Release) page.Table {
	t := page.Table{
		Caption: page.Key("case.release.past"), Named: true,
		Columns: []page.Column{{Text: page.Key("case.release.made")}, {Text: page.Key("case.release.to")}, {Text: page.Key("case.release.basis")}, {Text: page.Key("case.release.until")}},
	}
	for _, r := range all {
		first := page.Cell{Text: v.When(r.Made), Path: "/releases/" + string(r.ID)}
		end := v.releaseEnd(r.Until, r.Ended)
		switch {
		case r.State == casefile.ReleaseEnded:
			first.Path = "" // the copy is destroyed
		case r.State == casefile.ReleaseProposed:
			end = page.Cell{Tag: &page.Tag{Text: page.Key("case.release.waits"), Tone: page.Late}} // beside a tag a narrow table has no room for more
		}
		t.Rows = append(t.Rows, []page.Cell{first, {Text: page.Plain(id.Address{Member: v.Site.Member, Desk: r.To}.String())}, {Text: v.Word("case.release.basis.", r.Basis)}, end})
	}
	return t
}

// releaseCase copies a part of the case for the prosecution: at once under her consent, after a second person's word under an order.
func (v *visit) releaseCase() error {
	c := id.Case(v.R.PathValue("case"))
	if _, err := v.Cases.ReleasesOf(v.R.Context(), v.By.Actor, c); err != nil {
		return err
	}
	in := casefile.Releasing{Case: c, To: id.Desk(v.Field("to")), Category: v.Field("category"), Handling: v.Field("handling")}
	for _, s := range []struct{ kind, name string }{{"fact", "facts"}, {"opinion", "opinions"}} {
		for line := range strings.Lines(v.Field(s.name)) {
			if line = strings.TrimSpace(line); line != "" {
				in.Items = append(in.Items, casefile.Item{Kind: s.kind, From: v.Field("from"), Text: line})
			}
		}
	}
	r, err := v.releaseOn(in)
	if err != nil {
		fields := page.FieldsOf("basis", "to", "order", "categories", "until", "category", "handling", "items")
		fields["realm"], fields["member"] = "to", "items"
		if _, key, _ := fault.Public(err); key == "consent.recipient" || key == "consent.exceeds" {
			return v.showReleasing(page.Form{Status: page.StatusOf(fault.KindOf(err)), Errors: []page.Error{{Field: "basis", Text: page.Plain(v.P.Fault(err))}}})
		}
		return v.Again(err, fields, v.showReleasing)
	}
	return v.To("/releases/"+string(r.ID), "released")
}

func (v *visit) releaseOn(in casefile.Releasing) (casefile.Release, error) {
	basis := v.Field("basis")
	if basis == "" {
		return casefile.Release{}, fault.New(fault.Invalid, "case.field").With("field", "basis")
	}
	if basis != byOrder {
		in.Consent = id.Consent(basis)
		return v.Cases.ByConsent(v.R.Context(), v.By, in)
	}
	if in.Order = v.Field("order"); in.Order == "" {
		return casefile.Release{}, fault.New(fault.Invalid, "case.field").With("field", "order")
	}
	for _, k := range v.R.PostForm["categories"] {
		in.Categories = append(in.Categories, consent.Code(k))
	}
	if day := v.Day("until"); day != "" {
		t, err := time.ParseInLocation(time.DateOnly, day, v.Zone)
		if err != nil || !t.After(v.Site.Now()) {
			return casefile.Release{}, fault.New(fault.Invalid, "case.field").With("field", "until")
		}
		in.Until = frame.At(t)
	}
	return v.Cases.ByOrder(v.R.Context(), v.By, in)
}

func (v *visit) releaseID() id.Record { return id.Record(v.R.PathValue("release")) }

func (v *visit) approveRelease() error {
	r, err := v.Cases.ApproveRelease(v.R.Context(), v.By, v.releaseID())
	if err != nil {
		return err
	}
	return v.To("/releases/"+string(r.ID), "release-approved")
}

// endRelease destroys the copy.
func (v *visit) endRelease() error {
	r, err := v.Cases.WithdrawRelease(v.R.Context(), v.By.Actor, v.releaseID())
	if err != nil {
		return err
	}
	return v.To("/cases/"+string(r.Case)+"/releases", "release-ended")
}
