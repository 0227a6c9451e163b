package weboffice

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// An organisation is changed in parts: what it is, one service, one place, one confidential place. Each is a form of its own, and all of
// them replace the record under the version with which it was read.
const (
	partAbout   = "about"
	partService = "service"
	partPlace   = "place"
	partHidden  = "hidden"
)

// editing is a part of an organisation as it stands, and where it is.
type editing struct {
	o      directory.Organisation
	part   string
	key    string            // of the service or place; "": a new one
	hidden []directory.Place // only where the part is one of them: the log shows that they were opened
	is     url.Values        // what its controls would hold
}

func (e *editing) path() string {
	p := "/directory/" + string(e.o.ID) + "/change/" + e.part
	if e.key != "" {
		p += "?key=" + url.QueryEscape(e.key)
	}
	return p
}

// answers are the controls of a part, each with the key of its label.
func answers(part string) [][2]string {
	switch part {
	case partAbout:
		return [][2]string{{"name", "directory.name"}, {"description", "directory.description"}, {"phone", "directory.phone"}, {"email", "directory.email"}, {"website", "directory.website"}}
	case partService:
		return [][2]string{{"code", "directory.service"}, {"name", "directory.name"}, {"description", "directory.description"}, {"languages", "directory.language"}}
	case partPlace, partHidden:
		return [][2]string{{"name", "directory.place.name"}, {"line1", "directory.line1"}, {"line2", "directory.line2"}, {"postal", "directory.postal"}, {"city", "directory.city"}, {"region", "directory.region"}, {"country", "directory.country"}}
	}
	return nil
}

// edited reads the part that the path names.
func (v *visit) edited() (*editing, error) {
	o, err := v.Directory.Show(v.R.Context(), v.By.Actor, id.Organisation(v.R.PathValue("organisation")))
	if err != nil {
		return nil, err
	}
	e := &editing{o: o, part: v.R.PathValue("part"), key: v.R.URL.Query().Get("key"), is: url.Values{}}
	if !v.mayChange(o) {
		return nil, fault.New(fault.Denied, "access.denied")
	}
	none := fault.New(fault.NotFound, "fault.not-found")
	places := o.Body.Places
	switch e.part {
	case partAbout:
		b := o.Body
		e.is = url.Values{"name": {b.Name}, "description": {b.Description}, "phone": {b.Phone}, "email": {b.Email}, "website": {b.Website}}
		return e, nil
	case partService:
		i := slices.IndexFunc(o.Body.Services, func(x directory.Offer) bool { return string(x.ID) == e.key })
		if i < 0 && e.key != "" {
			return nil, none
		}
		if i >= 0 {
			x := o.Body.Services[i]
			e.is = url.Values{"code": {x.Code}, "name": {x.Name}, "description": {x.Description}, "languages": x.Languages}
		}
		return e, nil
	case partHidden:
		if e.hidden, err = v.Directory.Confidential(v.R.Context(), v.By, o.ID); err != nil {
			return nil, err
		}
		places = e.hidden
	case partPlace:
	default:
		return nil, none
	}
	i := slices.IndexFunc(places, func(x directory.Place) bool { return x.ID == e.key })
	if i < 0 && e.key != "" {
		return nil, none
	}
	if i >= 0 {
		a := places[i].Address
		e.is = url.Values{"name": {places[i].Name}, "line1": {a.Line1}, "line2": {a.Line2}, "postal": {a.PostalCode}, "city": {a.City}, "region": {a.Region}, "country": {a.Country}}
	}
	return e, nil
}

func (v *visit) mayChange(o directory.Organisation) bool {
	return !o.Over() && access.Check(v.By.Actor, access.ChangeDirectory, access.Resource{Noun: "directory", ID: string(o.ID), Realm: access.Office, Desk: o.Desk}) == nil
}

func (v *visit) editStakes(e *editing) []page.Stake {
	var all []page.Stake
	for _, a := range answers(e.part) {
		s := page.Stake{Label: page.Key(a[1]), Names: []string{a[0]}, Stands: e.is, Say: v.Typed("", a[0])}
		switch a[0] {
		case "code":
			s.Say = v.Typed("case.service.", a[0])
		case "languages":
			s.Say = func(in url.Values) page.Msg { return v.Named(in["languages"]) }
		}
		all = append(all, s)
	}
	return all
}

func (v *visit) aboutEdit(f page.Form, e *editing) page.Form {
	f.Title, f.Action, f.Back = page.Key("directory.change."+e.part), e.path(), "/directory/"+string(e.o.ID)
	f.Submit, f.Leave = page.Key("directory.change.do"), true
	if e.part == partHidden {
		f.Warning = page.Key("directory.change.hidden.text")
	}
	return f
}

// editFields asks for a part, as it was sent or as it stands.
func (v *visit) editFields(f page.Form, part string, is url.Values) []templ.Component {
	in := is
	if v.R.Method == "POST" {
		in = v.R.PostForm
	}
	var all []templ.Component
	for _, a := range answers(part) {
		field := page.Field{ID: a[0], Label: page.Key(a[1]), Error: page.ErrorAt(f.Errors, a[0])}
		field.Optional = !slices.Contains([]string{"code", "line1", "city", "country"}, a[0]) && (a[0] != "name" || part == partPlace || part == partHidden)
		switch a[0] {
		case "code":
			all = append(all, page.SelectList(v.P, page.Select{Field: field, Empty: page.Key("web.choose"), Value: in.Get("code"), Choices: v.Choices("case.service.", v.Lists.Codes(casefile.ListService)...)}))
		case "description":
			all = append(all, page.TextArea(v.P, page.Textarea{Field: field, Value: in.Get("description")}))
		case "languages":
			all = append(all, page.CheckboxGroup(v.P, page.Checkboxes{Field: field, Choices: v.Languages(), Values: in["languages"]}))
		case "country":
			all = append(all, page.SelectList(v.P, page.Select{Field: field, Value: page.Or(in.Get("country"), string(v.Site.Member)), Choices: v.Countries()}))
		default:
			all = append(all, page.TextInput(v.P, page.Input{Field: field, Value: in.Get(a[0])}))
		}
	}
	return all
}

func (v *visit) editForm() error { return v.showEdit(page.Form{}) }

func (v *visit) showEdit(f page.Form) error {
	e, err := v.edited()
	if err != nil {
		return err
	}
	f = v.Versioned(v.aboutEdit(f, e), e.o.Version, v.editStakes(e))
	f.Fields = v.editFields(f, e.part, e.is)
	if e.key != "" {
		f.Fields = append(f.Fields, page.CheckboxGroup(v.P, page.Checkboxes{
			Field: page.Field{ID: "drop", Label: page.Key("directory.drop"), Hint: page.Key("directory.drop.hint"), Error: page.ErrorAt(f.Errors, "drop")}, Choices: v.Choices("directory.drop.", "yes"),
		}))
	}
	return v.ShowForm(f)
}

// sentBody puts what was sent into the record, and the confidential places if they are what changes.
func (v *visit) sentBody(e *editing) (directory.Body, *[]directory.Place) {
	b, drop := e.o.Body, v.Field("drop") == "yes" && e.key != ""
	switch e.part {
	case partAbout:
		b.Name, b.Description, b.Phone, b.Email, b.Website = v.Field("name"), v.Field("description"), v.Field("phone"), v.Field("email"), v.Field("website")
	case partService:
		x := directory.Offer{ID: id.Service(e.key), Code: v.Field("code"), Name: v.Field("name"), Description: v.Field("description"), Languages: v.R.PostForm["languages"]}
		b.Services = put(b.Services, x, drop, func(x directory.Offer) bool { return string(x.ID) == e.key })
	case partPlace:
		b.Places = put(b.Places, v.sentPlace(e.key), drop, func(x directory.Place) bool { return x.ID == e.key })
	case partHidden:
		all := put(e.hidden, v.sentPlace(e.key), drop, func(x directory.Place) bool { return x.ID == e.key })
		return b, &all
	}
	return b, nil
}

func (v *visit) sentPlace(key string) directory.Place {
	return directory.Place{ID: key, Name: v.Field("name"), Address: directory.Address{
		Line1: v.Field("line1"), Line2: v.Field("line2"), City: v.Field("city"), Region: v.Field("region"), PostalCode: v.Field("postal"), Country: v.Field("country"),
	}}
}

// put replaces the element that fits, takes it away, or adds a new one.
func put[T any](all []T, x T, drop bool, fits func(T) bool) []T {
	all = slices.Clone(all)
	i := slices.IndexFunc(all, fits)
	switch {
	case i < 0:
		return append(all, x)
	case drop:
		return slices.Delete(all, i, i+1)
	}
	all[i] = x
	return all
}

// editAt says at which control a fault of the directory stands.
func editAt(first string) map[string]string {
	return map[string]string{
		"": first, "name": "name", "description": "description", "email": "email", "website": "website", "phone": "phone", "services.code": "code", "services.name": "name",
		"services.description": "description", "services.languages": "languages", "places.name": "name", "places.line1": "line1", "places.city": "city", "places.region": "region",
		"places.postal_code": "postal", "places.country": "country",
	}
}

// edit changes a part; of what two people have changed both versions are shown.
func (v *visit) edit() error {
	e, err := v.edited()
	if err != nil {
		return err
	}
	both := func(open []page.Error) error {
		return v.Both(v.aboutEdit(page.Form{}, e), e.o.Version, v.editStakes(e), open)
	}
	if open := v.Settle(); len(open) > 0 {
		return both(open)
	}
	version, err := strconv.ParseInt(v.Field("version"), 10, 64)
	if err != nil {
		return fault.Wrap(fault.Invalid, "web.form", err)
	}
	b, hidden := v.sentBody(e)
	_, err = v.Directory.Change(v.R.Context(), v.By, e.o.ID, version, b, hidden)
	if fault.Is(err, fault.Stale) {
		return both(nil)
	}
	if err != nil {
		return v.Again(err, editAt(answers(e.part)[0][0]), v.showEdit)
	}
	return v.To("/directory/"+string(e.o.ID), "directory")
}

func (v *visit) enterForm() error { return v.showEnter(page.Form{}) }

func (v *visit) showEnter(f page.Form) error {
	f.Title, f.Action, f.Back = page.Key("directory.enter"), "/directory/new", "/directory"
	f.Intro, f.Submit = []page.Msg{page.Key("directory.enter.text")}, page.Key("directory.enter.do")
	f.Fields = v.editFields(f, partAbout, nil)
	return v.ShowForm(f)
}

// enter puts an organisation into the directory; its services and places follow on its page.
func (v *visit) enter() error {
	b := directory.Body{
		Name: v.Field("name"), Description: v.Field("description"), Phone: v.Field("phone"), Email: v.Field("email"), Website: v.Field("website"),
		Services: []directory.Offer{}, Places: []directory.Place{},
	}
	o, err := v.Directory.Add(v.R.Context(), v.By, b, nil)
	if err != nil {
		return v.Again(err, editAt("name"), v.showEnter)
	}
	return v.To("/directory/"+string(o.ID), "directory")
}
