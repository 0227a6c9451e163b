package webcase

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/search"
)

// findModel is a search: what is asked, and after it was sent what she may open of what fits.
type findModel struct {
	name, document, born page.Input
	phone                page.Input
	sex, citizenship     page.Select
	more                 bool // something of what may be said beside is
	sent, others, hits   bool
	twins                bool // she may say of two files that they are of one person
	table                page.Table
}

func (v *visit) findForm() error { return v.showFind(page.Form{}, nil) }

// showFind asks for words. They are sent in the body of the request and stand in no address.
func (v *visit) showFind(f page.Form, found *search.Found) error {
	in := func(name string, hint bool, width int) page.Input {
		at := page.Field{ID: name, Label: page.Key("search." + name), Optional: name != "name", Error: page.ErrorAt(f.Errors, name)}
		if hint {
			at.Hint = page.Key("search." + name + ".hint")
		}
		return page.Input{Field: at, Value: v.Field(name), Width: width}
	}
	m := findModel{
		name: in("name", true, 0), document: in("document", false, 20), born: in("born", true, 10),
		phone: in("phone", true, 20),
		sex:   page.Select{Field: page.Field{ID: "sex", Label: page.Key("search.sex"), Optional: true, Error: page.ErrorAt(f.Errors, "sex")}, Empty: page.Key("search.any"), Choices: v.Choices("person.sex.", "female", "male", "other"), Value: v.Field("sex")},
		citizenship: page.Select{
			Field: page.Field{ID: "citizenship", Label: page.Key("search.citizenship"), Optional: true, Error: page.ErrorAt(f.Errors, "citizenship")}, Empty: page.Key("search.any"), Choices: v.Countries(), Value: v.Field("citizenship"),
		},
		sent: found != nil, hits: page.May(v.By.Actor, access.ContactCase), twins: page.May(v.By.Actor, access.MergeCase),
	}
	m.more = m.phone.Value+m.sex.Value+m.citizenship.Value != "" || len(f.Errors) > 0
	if found != nil {
		m.others = found.More
		m.table = page.Table{
			Caption: page.Key("search.found"), Named: true, Empty: page.Key("search.found.none"),
			Columns: []page.Column{{Text: page.Key("case.reference")}, {Text: page.Key("search.by")}, {Text: page.Key("case.age-class")}, {Text: page.Key("case.opened")}, {Text: page.Key("case.state")}},
		}
		for _, c := range found.Cards {
			m.table.Rows = append(m.table.Rows, []page.Cell{
				{Text: page.Plain(string(c.Case.Reference)), Path: "/cases/" + string(c.Case.ID)},
				v.FoundBy(c.By, c.Why),
				{Text: v.Word("person.age.", string(c.Case.AgeClass))},
				{Text: v.Age(c.Case.Opened)},
				{Text: v.Word("case.state.", string(c.Case.State))},
			})
		}
	}
	return v.Show(page.Page{Status: f.Status, Title: page.Key("search.title"), Back: "/cases", Leave: true, Errors: f.Errors, Body: findScreen(v.P, m)})
}

func (v *visit) find() error {
	found, err := v.Searches.Find(v.R.Context(), v.By, search.Query{
		Name: v.Field("name"), Document: v.Field("document"), Phone: v.Field("phone"), Born: v.Field("born"), Sex: person.Sex(v.Field("sex")), Citizenship: v.Field("citizenship"),
	})
	if err != nil {
		return v.Again(err, page.FieldsOf("name", "document", "phone", "born", "sex", "citizenship"), func(f page.Form) error { return v.showFind(f, nil) })
	}
	return v.showFind(page.Form{}, &found)
}

// hitsModel is what the desk decides after searches of others, and who wants to speak with it after its own.
type hitsModel struct {
	here, asked []hit
	second      bool // the reader is a coordinator, and none of the desk
}

// hit is one search as its desk may know it.
type hit struct {
	id      id.Search
	title   page.Msg
	rows    []page.Row
	decides bool
}

func (v *visit) hits() error {
	here, asked, err := v.Searches.Hits(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	m := hitsModel{second: v.By.Role == access.NationalCoordinator}
	for _, h := range here {
		m.here = append(m.here, v.hitHere(h))
	}
	for _, h := range asked {
		m.asked = append(m.asked, hit{id: h.ID, title: page.Plain(string(h.Reference)), rows: []page.Row{
			{Key: page.Key("search.asked.desk"), Value: v.Own(h.Desk)}, {Key: page.Key("search.hit.at"), Value: v.When(h.At)},
		}})
	}
	back := "/find"
	if !page.May(v.By.Actor, access.SearchCase) {
		back = "/tasks"
	}
	return v.Show(page.Page{Title: page.Key("search.hits"), Back: back, Leave: true, Body: hitsScreen(v.P, m)})
}

func (v *visit) hitHere(h search.Hit) hit {
	out := hit{id: h.ID, title: page.Plain(string(h.Reference)), decides: h.State == search.HitOpen, rows: []page.Row{
		{Key: page.Key("search.hit.asker"), Value: page.Plain(string(h.Asker))},
		{Key: page.Key("search.hit.at"), Value: v.When(h.At)},
		{Key: page.Key("case.state"), Value: v.Word("search.hit.state.", string(h.State))},
	}}
	if h.State == search.HitOpen {
		out.rows = append(out.rows, page.Row{Key: page.Key("search.hit.said"), Value: v.saidOf(h)})
	}
	if h.Case == "" { // as the second person of a desk with one
		out.rows = append(out.rows, page.Row{Key: page.Key("search.hit.holder"), Value: v.Own(h.Desk)})
	} else {
		out.rows = append(out.rows, page.Row{Key: page.Key("search.by"), Value: v.Word("search.by.", string(h.By))}, page.Row{
			Key: page.Key("search.hit.case"), Value: page.Key("search.hit.case.yours"), Action: &page.Link{Path: "/cases/" + string(h.Case), Text: page.Key("search.hit.open")},
		})
	}
	return out
}

// saidOf says what the first of the two people wants, and whether that is the reader.
func (v *visit) saidOf(h search.Hit) page.Msg {
	what := page.Key("search.hit.silent").In(v.P)
	if h.Said {
		what = page.Key("search.hit.contact").In(v.P)
	}
	switch h.First {
	case "":
		return page.Key("search.hit.said.none")
	case v.By.User:
		return page.Key("search.hit.said.you", "what", what)
	}
	return page.Key("search.hit.said.other", "what", what)
}

func (v *visit) decideHit() error {
	do := v.Field("do")
	if do != "contact" && do != "silent" {
		return fault.New(fault.Invalid, "search.field").With("field", "do")
	}
	if _, err := v.Searches.Decide(v.R.Context(), v.By.Actor, id.Search(v.R.PathValue("hit")), do == "contact"); err != nil {
		return err
	}
	return v.To("/hits", "hit")
}
