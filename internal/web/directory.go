package web

import (
	"net/url"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/id"
)

// directoryModel is a page of organisations, and what was asked for.
type directoryModel struct {
	name    Input
	service Select
	table   Table
	pages   Pages
}

func (v *Visit) directory() error {
	q := v.r.URL.Query()
	f := directory.Filter{Text: strings.TrimSpace(q.Get("text")), Code: q.Get("service"), After: id.Organisation(q.Get("after")), Limit: pageRows}
	all, err := v.web.Directory.List(v.r.Context(), v.by.Actor, f)
	if err != nil {
		return err
	}
	m := directoryModel{
		name: Input{Field: Field{ID: "text", Label: Key("directory.name")}, Value: f.Text},
		service: Select{
			Field: Field{ID: "service", Label: Key("directory.service")}, Empty: Key("directory.any"), Value: f.Code,
			Choices: v.choices("case.service.", v.web.Lists.Codes(casefile.ListService)...),
		},
		table: Table{
			Caption: Key("directory.organisations"), Empty: Key("directory.empty"),
			Columns: []Column{{Text: Key("directory.name")}, {Text: Key("directory.services")}, {Text: Key("directory.verified")}, {Text: Key("directory.state")}},
		},
	}
	asked := url.Values{"text": {f.Text}, "service": {f.Code}}
	if f.After != "" {
		m.pages.Previous = "/directory?" + asked.Encode()
	}
	if len(all) == pageRows {
		asked.Set("after", string(all[len(all)-1].ID))
		m.pages.Next = "/directory?" + asked.Encode()
	}
	for _, o := range all {
		var services []string
		for _, x := range o.Body.Services {
			services = append(services, v.word("case.service.", x.Code).In(v.p))
		}
		m.table.Rows = append(m.table.Rows, []Cell{
			{Text: Plain(o.Body.Name), Path: "/directory/" + string(o.ID)},
			{Text: Plain(strings.Join(services, ", "))},
			{Text: v.when(o.Verified)},
			{Tag: freshness(o)},
		})
	}
	return v.show(page{title: Key("directory.list"), body: directoryScreen(v.p, m)})
}

func freshness(o directory.Organisation) *Tag {
	if o.Stale {
		return &Tag{Text: Key("directory.stale.tag"), Tone: Late}
	}
	return &Tag{Text: Key("directory.fresh.tag"), Tone: Good}
}

// organisationModel is one organisation. Its confidential places are closed until somebody who may presses the button.
type organisationModel struct {
	id       id.Organisation
	name     string
	stale    bool
	rows     []Row
	services Table
	places   Table
	closed   bool // there are confidential places, and the reader may open them
	withheld bool // there are, and she may not
	opened   *Table
}

func (v *Visit) organisation() error { return v.showOrganisation(nil) }

// confidential opens the confidential places of an organisation. The log shows it.
func (v *Visit) confidential() error {
	all, err := v.web.Directory.Confidential(v.r.Context(), v.by, id.Organisation(v.r.PathValue("organisation")))
	if err != nil {
		return err
	}
	t := placesTable("directory.confidential", all)
	return v.showOrganisation(&t)
}

func (v *Visit) showOrganisation(opened *Table) error {
	o, err := v.web.Directory.Show(v.r.Context(), v.by.Actor, id.Organisation(v.r.PathValue("organisation")))
	if err != nil {
		return err
	}
	may := access.Check(v.by.Actor, access.AddressDirectory, access.Resource{Noun: "directory", ID: string(o.ID), Realm: access.Office, Desk: o.Desk}) == nil
	m := organisationModel{
		id: o.ID, name: o.Body.Name, stale: o.Stale, opened: opened, places: placesTable("directory.places", o.Body.Places),
		closed: o.Confidential && may && opened == nil, withheld: o.Confidential && !may,
		services: Table{
			Caption: Key("directory.services"), Empty: Key("directory.services.none"),
			Columns: []Column{{Text: Key("directory.service")}, {Text: Key("directory.name")}, {Text: Key("directory.room")}, {Text: Key("directory.said")}},
		},
	}
	for _, x := range []struct{ key, value string }{
		{"directory.description", o.Body.Description},
		{"directory.phone", o.Body.Phone},
		{"directory.email", o.Body.Email},
		{"directory.website", o.Body.Website},
		{"directory.desk", string(o.Desk)},
	} {
		if x.value != "" {
			m.rows = append(m.rows, Row{Key: Key(x.key), Value: Plain(x.value)})
		}
	}
	m.rows = append(m.rows, Row{Key: Key("directory.verified"), Value: v.when(o.Verified)})
	for i, x := range o.Body.Services {
		c := o.Capacity[i]
		tone := map[directory.Light]Tone{directory.Free: Good, directory.Few: Waiting, directory.Full: Late, directory.Unknown: Off}[c.Light]
		m.services.Rows = append(m.services.Rows, []Cell{
			{Text: v.word("case.service.", x.Code)},
			{Text: Plain(x.Name)},
			{Tag: &Tag{Text: Key("directory.light." + string(c.Light)), Tone: tone}},
			{Text: v.when(c.Said)},
		})
	}
	return v.show(page{title: Key("directory.organisation"), back: "/directory", leave: true, body: organisationScreen(v.p, m)})
}

func placesTable(caption string, all []directory.Place) Table {
	t := Table{
		Caption: Key(caption), Empty: Key("directory.places.none"),
		Columns: []Column{{Text: Key("directory.name")}, {Text: Key("directory.address")}},
	}
	for _, x := range all {
		a := x.Address
		var lines []string
		for _, l := range []string{a.Line1, a.Line2, strings.TrimSpace(a.PostalCode + " " + a.City), a.Region, a.Country} {
			if l != "" {
				lines = append(lines, l)
			}
		}
		name := Plain(x.Name)
		if x.Name == "" {
			name = Key("web.none")
		}
		t.Rows = append(t.Rows, []Cell{{Text: name}, {Text: Plain(strings.Join(lines, ", "))}})
	}
	return t
}
