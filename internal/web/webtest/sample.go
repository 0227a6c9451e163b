package webtest

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/web/asset"
)

// words gives the sample page texts that exist in every language, so that the test of untranslated text
// can tell a component that forgot to translate.
func words(key string) page.Msg { return page.Key(key) }

// Shell is a page with everything that can surround it. All names are invented.
func Shell(t testing.TB, tag lang.Tag) (page.Shell, *lang.Printer) {
	t.Helper()
	c, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	assets, err := asset.Load()
	if err != nil {
		t.Fatal(err)
	}
	p := c.Printer(tag)
	return page.Shell{
		P: p, Assets: assets, Title: words("web.warning"), Languages: page.LanguageChoices(c), Path: "/sample",
		Who: &page.Who{Name: page.Plain("Demo Person"), Role: words("web.nav"), Desk: page.Plain("MK/focal-point")},
		Menu: page.Menu{
			Often:  []page.Link{{Path: "/one", Text: words("web.back"), Current: true}, {Path: "/two", Text: words("web.pages.next")}},
			Groups: []page.Group{{Name: words("web.nav"), Ways: []page.Link{{Path: "/four", Text: words("web.pages.previous")}}}},
		},
		Back:  "/before",
		Leave: "/leave", Countries: []string{"MK", "XK"}, Draft: true,
		Errors: []page.Error{{Field: "reference", Text: words("id.reference.check")}, {Field: "born", Text: words("id.member.form")}},
		Banner: &page.Banner{Tone: page.Good, Title: words("web.warning"), Text: words("web.footer"), Link: &page.Link{Path: "/three", Text: words("web.back")}},
	}, p
}

// Sample is a page with every component.
func Sample(t testing.TB, tag lang.Tag) templ.Component {
	s, p := Shell(t, tag)
	choices := []page.Choice{{Value: "a", Text: words("web.date.day"), Hint: words("web.leave.how")}, {Value: "b", Text: words("web.date.month")}}
	wrong := words("id.reference.check")
	parts := []templ.Component{
		templ.Raw(`<h1 class="govuk-heading-l">` + p.Text("web.warning") + `</h1>`),
		page.Warning(p, words("id.address.form")),
		page.TextInput(p, page.Input{Field: page.Field{ID: "reference", Label: words("web.date.year"), Hint: words("id.reference.form"), Error: wrong}, Value: `k7m"><b>`, Width: 20}),
		page.TextInput(p, page.Input{Field: page.Field{ID: "free", Label: words("web.back"), Optional: true}}),
		page.TextArea(p, page.Textarea{Field: page.Field{ID: "notes", Label: words("web.skip")}, Value: "x"}),
		page.SelectList(p, page.Select{Field: page.Field{ID: "pick", Label: words("lang.this")}, Choices: choices, Value: "b", Empty: words("lang.switch")}),
		page.RadioGroup(p, page.Radios{Field: page.Field{ID: "one", Label: words("web.pages")}, Choices: choices, Value: "a"}),
		page.CheckboxGroup(p, page.Checkboxes{Field: page.Field{ID: "many", Label: words("web.nav"), Hint: words("web.leave.how")}, Choices: choices, Values: []string{"b"}}),
		page.DateFields(p, page.DateInput{Field: page.Field{ID: "born", Label: words("web.date.day"), Error: wrong}, Day: "3", Month: "5", Year: "1998"}),
		page.Submit(p, words("web.back")), page.SubmitAs(p, words("web.pages.next"), "do", "later"),
		page.DataTable(p, page.Table{
			Caption: words("web.pages"), Columns: []page.Column{{Text: words("lang.this")}, {Text: words("web.date.year"), Number: true}, {Text: words("web.nav")}},
			Rows: [][]page.Cell{
				{{Text: page.Plain("k7m-4qt-2x9"), Path: "/case"}, {Text: page.Plain("12")}, {Tag: &page.Tag{Text: words("web.back"), Tone: page.Late}}},
				{{Text: page.Plain("2x9-k7m-4qt")}, {Text: page.Plain("1 234")}, {Tag: &page.Tag{Text: words("web.date.day"), Tone: page.Good}}},
			},
		}),
		page.DataTable(p, page.Table{Caption: words("web.nav"), Empty: words("web.footer")}),
		page.TaskList(p, "todo", []page.Item{
			{Path: "/t1", Title: words("web.skip"), Hint: words("web.leave.how"), State: page.Tag{Text: words("web.back"), Tone: page.Waiting}},
			{Title: words("web.nav"), State: page.Tag{Text: words("web.date.day"), Tone: page.Off}},
			{Path: "/t2", Title: words("web.pages"), State: page.Tag{Text: words("web.date.month"), Tone: page.Calm}},
		}),
		page.SummaryList(p, []page.Row{
			{Key: words("lang.this"), Value: page.Plain("shqip"), Lines: []page.Msg{page.Plain("ромски")}, Action: &page.Link{Path: "/change", Text: words("lang.switch")}},
			{Key: words("web.date.year"), Value: page.Plain("1998")},
		}),
		page.Pagination(p, page.Pages{Previous: "/p1", Next: "/p3"}),
	}
	body := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for _, c := range parts {
			if err := c.Render(ctx, w); err != nil {
				return err
			}
		}
		return nil
	})
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return page.Layout(s).Render(templ.WithChildren(ctx, body), w)
	})
}

// HTML is what a component sends.
func HTML(t testing.TB, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
