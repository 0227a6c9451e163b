package weblookup

import (
	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/veil"
)

func kinds() []string {
	var out []string
	for _, t := range veil.ThingTemplates() {
		out = append(out, string(t))
	}
	return out
}

func (v *visit) thingForm() error { return v.showThing(page.Form{}) }

// showThing asks for something that the prosecution looks for.
func (v *visit) showThing(f page.Form) error {
	f.Title, f.Submit, f.Back, f.Leave = page.Key("lookup.thing.new"), page.Key("lookup.thing.new.do"), pathOf(v.which()), true
	f.Action, f.Intro = f.Back+"/thing", []page.Msg{page.Key("lookup.thing.text")}
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: field(f, "kind"), Choices: v.Choices("lookup.thing.", kinds()...), Value: v.Field("kind")}),
		page.TextInput(v.P, page.Input{Field: field(f, "what"), Value: v.Field("what")}),
		page.TextInput(v.P, page.Input{Field: optionalOf(field(f, "where")), Value: v.Field("where"), Width: 20}),
	)
	return v.ShowForm(f)
}

func (v *visit) thing() error {
	_, err := v.Lookups.Note(v.R.Context(), v.By, v.which(), lookup.Thing{Kind: veil.Template(v.Field("kind")), Where: v.Field("where"), Text: v.Field("what")})
	if err != nil {
		return v.Again(err, fields(err, "kind", "what", "where"), v.showThing)
	}
	return v.To(pathOf(v.which()), "lookup-thing")
}

// things is the choice of what is asked about, in a file of the prosecution; nothing elsewhere.
func (v *visit) things(f page.Form) ([]templ.Component, error) {
	if v.By.Realm != access.Prosecution {
		return nil, nil
	}
	all, err := v.Lookups.Things(v.R.Context(), v.By, v.which())
	if err != nil {
		return nil, err
	}
	var out []page.Choice
	for _, t := range all {
		out = append(out, page.Choice{Value: string(t.ID), Text: page.Plain(v.P.Text("lookup.thing."+string(t.Kind)) + ": " + t.Text)})
	}
	return []templ.Component{page.SelectList(v.P, page.Select{Field: field(f, "thing"), Choices: out, Value: v.Field("thing"), Empty: page.Key("web.choose")})}, nil
}
