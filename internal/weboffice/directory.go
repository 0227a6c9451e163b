package weboffice

import (
	"net/url"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// directoryModel is a page of organisations, and what was asked for.
type directoryModel struct {
	name, city        page.Input
	service, language page.Select
	country           page.Select
	only              page.Checkboxes
	table             page.Table
	pages             page.Pages
	enters, fills     bool
}

func (v *visit) directory() error {
	q := v.R.URL.Query()
	only := q["only"]
	f := directory.Filter{
		Text: strings.TrimSpace(q.Get("text")), Code: q.Get("service"), Language: q.Get("language"), Country: strings.TrimSpace(q.Get("country")), City: strings.TrimSpace(q.Get("city")),
		Room: slices.Contains(only, "room"), Stale: slices.Contains(only, "stale"), Ended: slices.Contains(only, "ended"),
		After: id.Organisation(q.Get("after")), Limit: page.PerPage,
	}
	all, err := v.Directory.List(v.R.Context(), v.By.Actor, f)
	if err != nil {
		return err
	}
	m := directoryModel{
		name: page.Input{Field: page.Field{ID: "text", Label: page.Key("directory.name")}, Value: f.Text},
		service: page.Select{
			Field: page.Field{ID: "service", Label: page.Key("directory.service")}, Empty: page.Key("directory.any"), Value: f.Code,
			Choices: v.Choices("case.service.", v.Lists.Codes(casefile.ListService)...),
		},
		language: page.Select{
			Field: page.Field{ID: "language", Label: page.Key("directory.language")}, Empty: page.Key("directory.language.any"), Value: f.Language, Choices: v.Languages(),
		},
		country: page.Select{
			Field: page.Field{ID: "country", Label: page.Key("directory.country")}, Empty: page.Key("audit.find.any"), Value: f.Country, Choices: v.Countries(),
		},
		city: page.Input{Field: page.Field{ID: "city", Label: page.Key("directory.city")}, Value: f.City},
		only: page.Checkboxes{Field: page.Field{ID: "only", Label: page.Key("directory.only")}, Choices: v.Choices("directory.only.", "room", "stale", "ended"), Values: only},
		table: page.Table{
			Caption: page.Key("directory.organisations"), Empty: page.Key("directory.empty"),
			Columns: []page.Column{{Text: page.Key("directory.name")}, {Text: page.Key("directory.services")}, {Text: page.Key("directory.verified")}, {Text: page.Key("directory.state")}},
		},
	}
	asked := url.Values{"text": {f.Text}, "service": {f.Code}, "language": {f.Language}, "country": {f.Country}, "city": {f.City}, "only": only}
	m.enters, m.fills = page.May(v.By.Actor, access.AddDirectory), page.May(v.By.Actor, access.ImportDirectory)
	if f.After != "" {
		m.pages.Previous = "/directory?" + asked.Encode()
	}
	if len(all) == page.PerPage {
		asked.Set("after", string(all[len(all)-1].ID))
		m.pages.Next = "/directory?" + asked.Encode()
	}
	for _, o := range all {
		var services []string
		for _, x := range o.Body.Services {
			services = append(services, v.Word("case.service.", x.Code).In(v.P))
		}
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: page.Plain(o.Body.Name), Path: "/directory/" + string(o.ID)},
			{Text: page.Plain(strings.Join(services, ", "))},
			{Text: v.When(o.Verified)},
			{Tag: freshness(o)},
		})
	}
	return v.Show(page.Page{Title: page.Key("directory.list"), Body: directoryScreen(v.P, m)})
}

func freshness(o directory.Organisation) *page.Tag {
	if o.Over() {
		return &page.Tag{Text: page.Key("directory.ended"), Tone: page.Off}
	}
	if o.Stale {
		return &page.Tag{Text: page.Key("directory.stale.tag"), Tone: page.Late}
	}
	return &page.Tag{Text: page.Key("directory.fresh.tag"), Tone: page.Good}
}

// organisationModel is one organisation. Its confidential places are closed until somebody who may presses the button.
type organisationModel struct {
	id       id.Organisation
	name     string
	version  string
	over     bool
	ends     string // path to the page on which something ends; "": not for her
	deeds    []deed
	stale    bool
	rows     []page.Row
	services page.Table
	places   page.Table
	closed   bool // there are confidential places, and the reader may open them
	withheld bool // there are, and she may not
	opened   *page.Table
	changes  string // path below which it is changed; "": not by her
}

func (v *visit) organisation() error { return v.showOrganisation(page.Form{}, nil) }

// confidential opens the confidential places of an organisation. The log shows it.
func (v *visit) confidential() error {
	all, err := v.Directory.Confidential(v.R.Context(), v.By, id.Organisation(v.R.PathValue("organisation")))
	if err != nil {
		return err
	}
	o := "/directory/" + v.R.PathValue("organisation")
	t := placesTable("directory.confidential", all, "")
	if page.May(v.By.Actor, access.ChangeDirectory) {
		t = placesTable("directory.confidential", all, o+"/change/hidden?key=")
	}
	return v.showOrganisation(page.Form{}, &t)
}

func (v *visit) showOrganisation(f page.Form, opened *page.Table) error {
	o, err := v.Directory.Show(v.R.Context(), v.By.Actor, id.Organisation(v.R.PathValue("organisation")))
	if err != nil {
		return err
	}
	may := access.Check(v.By.Actor, access.AddressDirectory, access.Resource{Noun: "directory", ID: string(o.ID), Realm: access.Office, Desk: o.Desk}) == nil
	m := organisationModel{
		id: o.ID, name: o.Body.Name, stale: o.Stale, over: o.Over(), opened: opened,
		version: v.Fresh(f, o.Version),
		closed:  o.Confidential && may && opened == nil, withheld: o.Confidential && !may,
		services: page.Table{
			Caption: page.Key("directory.services"), Empty: page.Key("directory.services.none"),
			Columns: []page.Column{{Text: page.Key("directory.service")}, {Text: page.Key("directory.name")}, {Text: page.Key("directory.room")}, {Text: page.Key("directory.said")}},
		},
	}
	changed := ""
	if v.mayChange(o) {
		m.changes = "/directory/" + string(o.ID) + "/change/"
		changed = m.changes + "place?key="
	}
	m.places = placesTable("directory.places", standing(o), changed)
	for _, x := range []struct{ key, value string }{
		{"directory.description", o.Body.Description},
		{"directory.phone", o.Body.Phone},
		{"directory.email", o.Body.Email},
		{"directory.website", o.Body.Website},
		{"directory.desk", string(o.Desk)},
	} {
		if x.value != "" {
			m.rows = append(m.rows, page.Row{Key: page.Key(x.key), Value: page.Plain(x.value)})
		}
	}
	m.rows = append(m.rows, page.Row{Key: page.Key("directory.verified"), Value: v.When(o.Verified)})
	m.rows = append(m.rows, v.endRows(o)...)
	if m.deeds, err = v.deeds(o, f); err != nil {
		return err
	}
	if !o.Over() && o.Moving == nil && access.Check(v.By.Actor, access.EndDirectory, access.Resource{Noun: "directory", ID: string(o.ID), Realm: access.Office, Desk: o.Desk}) == nil {
		m.ends = "/directory/" + string(o.ID) + "/end"
	}
	for i, x := range o.Body.Services {
		c := o.Capacity[i]
		tone := map[directory.Light]page.Tone{directory.Free: page.Good, directory.Few: page.Waiting, directory.Full: page.Late, directory.Unknown: page.Off}[c.Light]
		light := page.Key("directory.light." + string(c.Light))
		if o.EndOf(directory.OneService, string(x.ID)) != nil {
			light, tone = page.Key("directory.ended"), page.Off
		}
		kind := page.Cell{Text: v.Word("case.service.", x.Code)}
		if m.changes != "" && o.EndOf(directory.OneService, string(x.ID)) == nil {
			kind.Path = m.changes + "service?key=" + url.QueryEscape(string(x.ID))
		}
		m.services.Rows = append(m.services.Rows, []page.Cell{
			kind,
			{Text: page.Plain(x.Name)},
			{Tag: &page.Tag{Text: light, Tone: tone}},
			{Text: v.When(c.Said)},
		})
	}
	return v.Show(page.Page{Status: f.Status, Now: v.organisationStands(o), Errors: f.Errors, Title: page.Key("directory.organisation"), Back: "/directory", Leave: true, Body: organisationScreen(v.P, m)})
}

// standing are the public places that are there still.
func standing(o directory.Organisation) []directory.Place {
	return slices.DeleteFunc(slices.Clone(o.Body.Places), func(p directory.Place) bool { return o.EndOf(directory.PublicPlace, p.ID) != nil })
}

// placesTable lists places; each leads to where it is changed, below a path, unless that is empty.
func placesTable(caption string, all []directory.Place, changed string) page.Table {
	t := page.Table{
		Caption: page.Key(caption), Empty: page.Key("directory.places.none"),
		Columns: []page.Column{{Text: page.Key("directory.name")}, {Text: page.Key("directory.address")}},
	}
	for _, x := range all {
		a := x.Address
		var lines []string
		for _, l := range []string{a.Line1, a.Line2, strings.TrimSpace(a.PostalCode + " " + a.City), a.Region, a.Country} {
			if l != "" {
				lines = append(lines, l)
			}
		}
		name := page.Plain(x.Name)
		if x.Name == "" {
			name = page.Key("web.none")
		}
		first := page.Cell{Text: name}
		if changed != "" {
			first.Path = changed + url.QueryEscape(x.ID)
		}
		t.Rows = append(t.Rows, []page.Cell{first, {Text: page.Plain(strings.Join(lines, ", "))}})
	}
	return t
}
