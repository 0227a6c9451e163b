package weboffice

import (
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// deed is something that the reader may do with an organisation: a heading, what follows of it, fields and a button.
type deed struct {
	title, text, submit page.Msg
	path                string
	warn                bool
	fields              []templ.Component
}

func (v *visit) whichOrganisation() id.Organisation {
	return id.Organisation(v.R.PathValue("organisation"))
}

// version is that of the record as it was read; what is no number is no version that is kept.
func (v *visit) recordVersion() int64 {
	n, err := strconv.ParseInt(v.Field("version"), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

func organisationFields(err error, names ...string) map[string]string {
	all := page.FieldsOf(names...)
	if fault.Is(err, fault.Stale) || fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) {
		all[""] = ""
	}
	return all
}

// deeds are what the reader may do with an organisation now.
func (v *visit) deeds(o directory.Organisation, f page.Form) ([]deed, error) {
	may := func(a access.Action, at id.Desk) bool {
		return access.Check(v.By.Actor, a, access.Resource{Noun: "directory", ID: string(o.ID), Realm: access.Office, Desk: at}) == nil
	}
	path := "/directory/" + string(o.ID)
	var all []deed
	add := func(name, to string, warn bool, fields ...templ.Component) {
		key := "directory.do." + name
		all = append(all, deed{title: page.Key(key), text: page.Key(key + ".text"), submit: page.Key(key + ".do"), path: path + to, warn: warn, fields: fields})
	}
	if m := o.Moving; m != nil {
		if m.To == v.By.Desk && may(access.TakeOverDirectory, m.To) {
			add("take", "/move/take", true)
		}
		if m.To == v.By.Desk && may(access.StayDirectory, m.To) || may(access.StayDirectory, o.Desk) {
			add("stay", "/move/stay", false)
		}
	}
	if e := o.Erasing; e != nil && e.By != v.By.User && may(access.EraseDirectory, o.Desk) {
		add("erase", "/erase/confirm", true)
	}
	if o.Erasing != nil && may(access.KeepDirectory, o.Desk) {
		add("keep", "/erase/keep", false)
	}
	if !o.Over() && may(access.VerifyDirectory, o.Desk) {
		add("verify", "/verify", false)
	}
	if fields := v.roomFields(o, f); !o.Over() && fields != nil && may(access.CapacityDirectory, o.Desk) {
		add("room", "/capacity", false, fields...)
	}
	if o.Moving != nil || o.Erasing != nil {
		return all, nil
	}
	if !o.Over() && may(access.HandOverDirectory, o.Desk) {
		fields, err := v.moveFields(f)
		if err != nil {
			return nil, err
		}
		if fields != nil {
			add("move", "/move", false, fields...)
		}
	}
	if may(access.ProposeEraseDirectory, o.Desk) {
		add("propose", "/erase", false, page.TextInput(v.P, page.Input{Field: asked(f, "reason", "directory.erase.reason"), Value: v.Field("reason")}))
	}
	return all, nil
}

func asked(f page.Form, name, label string) page.Field {
	return page.Field{ID: name, Label: page.Key(label), Error: page.ErrorAt(f.Errors, name)}
}

// roomFields ask which service has room; nil: none is offered.
func (v *visit) roomFields(o directory.Organisation, f page.Form) []templ.Component {
	var all []page.Choice
	for _, x := range o.Body.Services {
		if o.EndOf(directory.OneService, string(x.ID)) == nil {
			all = append(all, page.Choice{Value: string(x.ID), Text: page.Plain(x.Name)})
		}
	}
	if all == nil {
		return nil
	}
	lights := v.Choices("directory.light.", string(directory.Free), string(directory.Few), string(directory.Full), string(directory.Unknown))
	return []templ.Component{
		saidBefore(o.Capacity),
		page.SelectList(v.P, page.Select{Field: asked(f, "service", "directory.service"), Choices: all, Value: v.Field("service")}),
		page.RadioGroup(v.P, page.Radios{Field: asked(f, "light", "directory.room"), Choices: lights, Value: v.Field("light")}),
	}
}

// moveFields ask which desk is to keep the record; nil: there is no other.
func (v *visit) moveFields(f page.Form) ([]templ.Component, error) {
	listed, err := v.Desks.List(v.R.Context(), v.By.Actor)
	if err != nil {
		return nil, err
	}
	var all []page.Choice
	for _, d := range listed {
		if d.ID != v.By.Desk && d.Realm == v.By.Realm && d.Kind == desk.AtNode && d.State == desk.Active && d.Purpose == desk.Ordinary {
			all = append(all, page.Choice{Value: string(d.ID), Text: page.Plain(string(v.Site.Member) + "/" + string(d.ID))})
		}
	}
	if all == nil {
		return nil, nil
	}
	return []templ.Component{page.SelectList(v.P, page.Select{Field: asked(f, "to", "directory.move.to"), Choices: all, Value: v.Field("to"), Empty: page.Key("web.choose")})}, nil
}

// stepped goes back to the organisation, or shows it with what is to be corrected.
func (v *visit) stepped(err error, names ...string) error {
	if err != nil {
		return v.Again(err, organisationFields(err, names...), func(f page.Form) error { return v.showOrganisation(f, nil) })
	}
	return v.To("/directory/"+string(v.whichOrganisation()), "directory")
}

func (v *visit) verifyOrganisation() error {
	_, err := v.Directory.Verify(v.R.Context(), v.By.Actor, v.whichOrganisation(), v.recordVersion())
	return v.stepped(err)
}

func (v *visit) sayRoom() error {
	read, err := strconv.ParseInt(v.Field("said-"+v.Field("service")), 10, 64)
	if err != nil {
		read = -1 // never said then: what stands is shown anew
	}
	return v.stepped(v.Directory.Say(v.R.Context(), v.By.Actor, v.whichOrganisation(), id.Service(v.Field("service")), directory.Light(v.Field("light")), frame.Time(read)), "light")
}

func (v *visit) moveOrganisation() error {
	_, err := v.Directory.HandOver(v.R.Context(), v.By, v.whichOrganisation(), v.recordVersion(), id.Desk(v.Field("to")))
	return v.stepped(err, "to")
}

func (v *visit) takeOrganisation() error {
	_, err := v.Directory.TakeOver(v.R.Context(), v.By, v.whichOrganisation(), v.recordVersion())
	return v.stepped(err)
}

func (v *visit) stayOrganisation() error {
	_, err := v.Directory.Stay(v.R.Context(), v.By.Actor, v.whichOrganisation(), v.recordVersion())
	return v.stepped(err)
}

func (v *visit) proposeErasure() error {
	_, err := v.Directory.ProposeErase(v.R.Context(), v.By.Actor, v.whichOrganisation(), v.recordVersion(), v.Field("reason"))
	return v.stepped(err, "reason")
}

func (v *visit) keepOrganisation() error {
	_, err := v.Directory.KeepIt(v.R.Context(), v.By.Actor, v.whichOrganisation(), v.recordVersion())
	return v.stepped(err)
}

func (v *visit) eraseOrganisation() error {
	err := v.Directory.Erase(v.R.Context(), v.By.Actor, v.whichOrganisation(), v.recordVersion())
	if err != nil {
		return v.stepped(err)
	}
	return v.To("/directory", "directory")
}

func (v *visit) endForm() error { return v.showEnd(page.Form{}) }

// showEnd asks what of an organisation is there no more, and why. Of confidential places it offers all: one of them ends by who has opened them.
func (v *visit) showEnd(f page.Form) error {
	o, err := v.Directory.Show(v.R.Context(), v.By.Actor, v.whichOrganisation())
	if err != nil {
		return err
	}
	if o.Over() && v.R.Method == "GET" {
		return fault.New(fault.Conflict, "directory.over")
	}
	d, err := directory.Shipped()
	if err != nil {
		return err
	}
	parts := []page.Choice{{Value: string(directory.Whole), Text: page.Key("directory.end.whole")}}
	for _, x := range o.Body.Services {
		if o.EndOf(directory.OneService, string(x.ID)) == nil {
			parts = append(parts, page.Choice{Value: string(directory.OneService) + "/" + string(x.ID), Text: page.Plain(x.Name), Hint: v.Word("case.service.", x.Code)})
		}
	}
	for _, x := range o.Body.Places {
		if o.EndOf(directory.PublicPlace, x.ID) == nil {
			parts = append(parts, page.Choice{Value: string(directory.PublicPlace) + "/" + x.ID, Text: page.Plain(strings.TrimPrefix(x.Name+", "+x.Address.Line1, ", "))})
		}
	}
	if o.Confidential {
		parts = append(parts, page.Choice{Value: string(directory.HiddenPlace), Text: page.Key("directory.end.confidential"), Hint: page.Key("directory.end.confidential.hint")})
	}
	f.Title, f.Submit, f.Back, f.Leave = page.Key("directory.end"), page.Key("directory.end.do"), "/directory/"+string(o.ID), true
	f.Action, f.Intro = f.Back+"/end", []page.Msg{page.Key("directory.end.text")}
	f.Hidden, f.Now = [][2]string{{"version", v.Fresh(f, o.Version)}}, v.organisationStands(o)
	note := asked(f, "note", "directory.end.note")
	note.Hint = page.Key("directory.end.note.hint")
	f.Fields = []templ.Component{
		page.RadioGroup(v.P, page.Radios{Field: asked(f, "part", "directory.end.part"), Choices: parts, Value: v.Field("part")}),
		page.RadioGroup(v.P, page.Radios{Field: asked(f, "reason", "directory.end.reason"), Choices: v.Choices("directory.end.reason.", slices.DeleteFunc(slices.Clone(d.Ends), func(c string) bool { return c == "source" })...), Value: v.Field("reason")}),
		v.DayField(asked(f, "on", "directory.end.on"), true),
		page.TextArea(v.P, page.Textarea{Field: note, Value: v.Field("note"), Rows: 3}),
	}
	return v.ShowForm(f)
}

func (v *visit) endOrganisation() error {
	part, which, _ := strings.Cut(v.Field("part"), "/")
	_, err := v.Directory.End(v.R.Context(), v.By, v.whichOrganisation(), v.recordVersion(), directory.Ending{
		Part: directory.Part(part), ID: which, Reason: v.Field("reason"), On: v.Day("on"), Note: v.Field("note"),
	})
	if err != nil {
		return v.Again(err, organisationFields(err, "part", "reason", "on", "note"), v.showEnd)
	}
	return v.To("/directory/"+string(v.whichOrganisation()), "directory")
}

// organisationStands is what has become of an organisation.
func (v *visit) organisationStands(o directory.Organisation) *page.Now {
	now := &page.Now{Path: "/directory/" + string(o.ID), At: o.Verified, Rows: []page.Row{{Key: page.Key("directory.name"), Value: page.Plain(o.Body.Name)}}}
	now.Rows = append(now.Rows, v.endRows(o)...)
	for _, a := range []*directory.Asked{o.Erasing, o.Moving} {
		if a != nil && a.At > now.At {
			now.By, now.At = a.By, a.At
		}
	}
	return now
}

// endRows are what is there no more of an organisation, and what waits for somebody.
func (v *visit) endRows(o directory.Organisation) []page.Row {
	var rows []page.Row
	for _, e := range o.Ends {
		what := page.Key("directory.end.whole")
		switch e.Part {
		case directory.OneService:
			if i := slices.IndexFunc(o.Body.Services, func(x directory.Offer) bool { return string(x.ID) == e.ID }); i >= 0 {
				what = page.Plain(o.Body.Services[i].Name)
			}
		case directory.PublicPlace:
			if i := slices.IndexFunc(o.Body.Places, func(x directory.Place) bool { return x.ID == e.ID }); i >= 0 {
				what = page.Plain(page.Or(o.Body.Places[i].Name, o.Body.Places[i].Address.Line1))
			}
		case directory.HiddenPlace:
			what = page.Key("directory.end.confidential")
		}
		row := page.Row{Key: page.Key("directory.ended"), Value: what, Lines: []page.Msg{v.Word("directory.end.reason.", e.Reason), v.DayText(e.On)}}
		if e.Note != "" {
			row.Lines = append(row.Lines, page.Plain(e.Note))
		}
		rows = append(rows, row)
	}
	if e := o.Erasing; e != nil {
		rows = append(rows, page.Row{Key: page.Key("directory.erasing.row"), Value: page.Plain(e.Reason), Lines: []page.Msg{v.When(e.At)}})
	}
	if m := o.Moving; m != nil {
		rows = append(rows, page.Row{Key: page.Key("directory.moving.row"), Value: page.Plain(string(m.To)), Lines: []page.Msg{v.When(m.At)}})
	}
	return rows
}
