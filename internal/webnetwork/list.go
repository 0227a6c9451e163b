package webnetwork

import (
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/publication"
)

// listModel is what the network has published, as far as it was looked for.
type listModel struct {
	may    bool // the reader can publish
	forked bool // a member has signed two records in one place
	query  page.Input
	kind   page.Select
	member page.Select
	at     page.Select // step of the work at which a practice helps
	old    page.Checkboxes
	table  page.Table
	more   bool
}

// list shows what this node has, whether other nodes can be reached or not.
func (v *visit) list() error {
	ctx, who, asked := v.R.Context(), v.By.Actor, v.R.URL.Query()
	f := publication.Filter{Kind: publication.Kind(asked.Get("kind")), Member: id.Member(asked.Get("member")), Withdrawn: asked.Get("withdrawn") == "yes"}
	if !slices.Contains(publication.Kinds(), f.Kind) {
		f.Kind = ""
	}
	query, at := asked.Get("q"), asked.Get("at")
	if at != "" {
		f.Kind = publication.Practice
	}
	all, more, err := v.Publications.Find(ctx, who, f, query)
	if err != nil {
		return err
	}
	if at != "" {
		all = slices.DeleteFunc(all, func(k publication.Kept) bool {
			return !slices.Contains(publication.ReadBody(k.Record.Body).Words("used-at"), at)
		})
	}
	forks, err := v.Publications.Forks(ctx, who)
	if err != nil {
		return err
	}
	m := listModel{
		may: page.May(who, access.WritePublication), forked: len(forks) > 0, more: more,
		query:  page.Input{Field: page.Field{ID: "q", Label: page.Key("publication.search"), Hint: page.Key("publication.search.hint"), Optional: true}, Value: query, Type: "search"},
		kind:   page.Select{Field: page.Field{ID: "kind", Label: page.Key("publication.kind"), Optional: true}, Empty: page.Key("publication.kind.all"), Value: string(f.Kind)},
		member: page.Select{Field: page.Field{ID: "member", Label: page.Key("publication.by"), Optional: true}, Empty: page.Key("publication.by.all"), Value: string(f.Member)},
		at:     page.Select{Field: page.Field{ID: "at", Label: page.Key("publication.ask.used-at"), Optional: true}, Empty: page.Key("publication.kind.all"), Value: at, Choices: v.Choices("publication.used-at.", steps()...)},
		old: page.Checkboxes{
			Field:   page.Field{ID: "withdrawn", Label: page.Key("publication.state.withdrawn"), Optional: true},
			Choices: []page.Choice{{Value: "yes", Text: page.Key("publication.withdrawn.too")}}, Values: asked["withdrawn"],
		},
		table: page.Table{
			Caption: page.Key("publication.found"), Empty: page.Key("publication.found.none"),
			Columns: []page.Column{{Text: page.Key("publication.title")}, {Text: page.Key("publication.kind")}, {Text: page.Key("publication.by")}, {Text: page.Key("publication.at")}},
		},
	}
	for _, k := range publication.Kinds() {
		m.kind.Choices = append(m.kind.Choices, page.Choice{Value: string(k), Text: page.Key("publication.kind." + string(k))})
	}
	marks, err := v.Publications.Authors(ctx, who)
	if err != nil {
		return err
	}
	var codes []string
	for _, author := range marks {
		codes = append(codes, string(author))
		m.member.Choices = append(m.member.Choices, page.Choice{Value: string(author), Text: page.Plain(v.country(string(author)))})
	}
	for _, k := range all {
		codes = append(codes, countriesOf(k)...)
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: v.called(k), Path: pathOf(k.Record.ID), Tag: tagsOf(k)},
			{Text: v.Word("publication.kind.", string(k.Record.Kind))},
			{Text: page.Plain(v.country(string(k.Record.Member)))},
			{Text: v.When(k.Record.Created)},
		})
	}
	return v.Show(page.Page{Title: page.Key("publication.list"), Back: "/", Countries: codes, Body: listScreen(v.P, m)})
}

// countriesOf are the countries that a record names, for the footnotes that some of them need.
func countriesOf(k publication.Kept) []string {
	b := publication.ReadBody(k.Record.Body)
	out := append([]string{string(k.Record.Member), b.Word("country"), b.Word("presidency")}, b.Words("countries")...)
	return slices.DeleteFunc(out, func(c string) bool { return c == "" })
}

// steps are the steps of the work at which practices help.
func steps() []string {
	for _, p := range publication.ShapeOf(publication.Practice) {
		if p.Name == "used-at" {
			return p.Of
		}
	}
	return nil
}
