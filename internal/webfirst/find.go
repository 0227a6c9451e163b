package webfirst

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/search"
)

// way is what is begun once nobody is found.
type way struct{ path, next string }

func urgently() way { return way{path: "/urgent", next: "/urgent/new"} }

func calmly() way { return way{path: "/cases/begin", next: "/cases/new"} }

func (v *visit) caseForm() error { return v.showFind(calmly(), page.Form{}, nil) }

func (v *visit) urgentForm() error { return v.showFind(urgently(), page.Form{}, nil) }

func (v *visit) findCase() error { return v.find(calmly()) }

func (v *visit) findUrgent() error {
	if v.Field("do") == "on" { // the name goes along in the body, and stands in no address
		return v.showHer(page.Form{})
	}
	return v.find(urgently())
}

// findModel is a search before a case is opened: whoever finds her needs no second case.
type findModel struct {
	way
	name, born page.Input
	sent, more bool
	danger     page.Numbers
	searches   bool // the reader may
	along      bool // what was typed goes along
	table      page.Table
}

// showFind asks for words. Going on without them is one tap; which cases stand there is what the reader may open, at most five.
func (v *visit) showFind(w way, f page.Form, found *search.Found) error {
	in := func(name string, width int) page.Input {
		return page.Input{Field: page.Field{ID: name, Label: page.Key("search." + name), Hint: page.Key("search." + name + ".hint"), Optional: name != "name", Error: page.ErrorAt(f.Errors, name)}, Value: v.Field(name), Width: width}
	}
	m := findModel{way: w, name: in("name", 0), born: in("born", 10), sent: found != nil, searches: page.May(v.By.Actor, access.SearchCase), along: w == urgently(), danger: v.Numbers()}
	if found != nil {
		m.more = found.More
		m.table = page.Table{
			Caption: page.Key("search.found"), Named: true, Empty: page.Key("search.found.none"),
			Columns: []page.Column{{Text: page.Key("case.reference")}, {Text: page.Key("search.by")}, {Text: page.Key("case.age-class")}, {Text: page.Key("case.state")}},
		}
		for _, c := range found.Cards {
			m.table.Rows = append(m.table.Rows, []page.Cell{
				{Text: page.Plain(string(c.Case.Reference)), Path: "/cases/" + string(c.Case.ID)},
				v.FoundBy(c.By, c.Why),
				{Text: v.Word("person.age.", string(c.Case.AgeClass))},
				{Text: v.Word("case.state.", string(c.Case.State))},
			})
		}
	}
	return v.Show(page.Page{Status: f.Status, Title: page.Key("urgent.find"), Back: "/", Leave: true, Errors: f.Errors, Body: findScreen(v.P, m)})
}

func (v *visit) find(w way) error {
	found, err := v.Searches.Find(v.R.Context(), v.By, search.Query{Name: v.Field("name"), Born: v.Field("born")})
	if err != nil {
		return v.Again(err, page.FieldsOf("name", "born"), func(f page.Form) error { return v.showFind(w, f, nil) })
	}
	return v.showFind(w, page.Form{}, &found)
}
