package web_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/web"
	"github.com/opentrm/opentrm/internal/web/asset"
)

// words gives the sample page texts that exist in every language, so that the test of untranslated text
// can tell a component that forgot to translate.
func words(key string) web.Msg { return web.Key(key) }

// shell is a page with everything that can surround it. All names are invented.
func shell(t testing.TB, tag lang.Tag) (web.Shell, *lang.Printer) {
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
	return web.Shell{
		P: p, Assets: assets, Title: words("web.warning"), Languages: web.LanguageChoices(c), Path: "/sample",
		Who:   &web.Who{Name: web.Plain("Demo Person"), Role: words("web.nav"), Desk: web.Plain("MK/focal-point")},
		Nav:   []web.Link{{Path: "/one", Text: words("web.back"), Current: true}, {Path: "/two", Text: words("web.pages.next")}},
		Back:  "/before",
		Leave: "/leave", Countries: []string{"MK", "XK"}, Draft: true,
		Errors: []web.Error{{Field: "reference", Text: words("id.reference.check")}, {Field: "born", Text: words("id.member.form")}},
		Banner: &web.Banner{Tone: web.Good, Title: words("web.warning"), Text: words("web.footer"), Link: &web.Link{Path: "/three", Text: words("web.back")}},
	}, p
}

// sample is a page with every component.
func sample(t testing.TB, tag lang.Tag) templ.Component {
	s, p := shell(t, tag)
	choices := []web.Choice{{Value: "a", Text: words("web.date.day"), Hint: words("web.leave.how")}, {Value: "b", Text: words("web.date.month")}}
	wrong := words("id.reference.check")
	parts := []templ.Component{
		templ.Raw(`<h1 class="govuk-heading-l">` + p.Text("web.warning") + `</h1>`),
		web.Warning(p, words("id.address.form")),
		web.TextInput(p, web.Input{Field: web.Field{ID: "reference", Label: words("web.date.year"), Hint: words("id.reference.form"), Error: wrong}, Value: `k7m"><b>`, Width: 20}),
		web.TextInput(p, web.Input{Field: web.Field{ID: "free", Label: words("web.back"), Optional: true}}),
		web.TextArea(p, web.Textarea{Field: web.Field{ID: "notes", Label: words("web.skip")}, Value: "x"}),
		web.SelectList(p, web.Select{Field: web.Field{ID: "pick", Label: words("lang.this")}, Choices: choices, Value: "b", Empty: words("lang.switch")}),
		web.RadioGroup(p, web.Radios{Field: web.Field{ID: "one", Label: words("web.pages")}, Choices: choices, Value: "a"}),
		web.CheckboxGroup(p, web.Checkboxes{Field: web.Field{ID: "many", Label: words("web.nav"), Hint: words("web.leave.how")}, Choices: choices, Values: []string{"b"}}),
		web.DateFields(p, web.DateInput{Field: web.Field{ID: "born", Label: words("web.date.day"), Error: wrong}, Day: "3", Month: "5", Year: "1998"}),
		web.Submit(p, words("web.back")), web.SubmitAs(p, words("web.pages.next"), "do", "later"),
		web.DataTable(p, web.Table{
			Caption: words("web.pages"), Columns: []web.Column{{Text: words("lang.this")}, {Text: words("web.date.year"), Number: true}, {Text: words("web.nav")}},
			Rows: [][]web.Cell{
				{{Text: web.Plain("k7m-4qt-2x9"), Path: "/case"}, {Text: web.Plain("12")}, {Tag: &web.Tag{Text: words("web.back"), Tone: web.Late}}},
				{{Text: web.Plain("2x9-k7m-4qt")}, {Text: web.Plain("1 234")}, {Tag: &web.Tag{Text: words("web.date.day"), Tone: web.Good}}},
			},
		}),
		web.DataTable(p, web.Table{Caption: words("web.nav"), Empty: words("web.footer")}),
		web.TaskList(p, "todo", []web.Item{
			{Path: "/t1", Title: words("web.skip"), Hint: words("web.leave.how"), State: web.Tag{Text: words("web.back"), Tone: web.Waiting}},
			{Title: words("web.nav"), State: web.Tag{Text: words("web.date.day"), Tone: web.Off}},
			{Path: "/t2", Title: words("web.pages"), State: web.Tag{Text: words("web.date.month"), Tone: web.Calm}},
		}),
		web.SummaryList(p, []web.Row{
			{Key: words("lang.this"), Value: web.Plain("shqip"), Lines: []web.Msg{web.Plain("ромски")}, Action: &web.Link{Path: "/change", Text: words("lang.switch")}},
			{Key: words("web.date.year"), Value: web.Plain("1998")},
		}),
		web.Pagination(p, web.Pages{Previous: "/p1", Next: "/p3"}),
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
		return web.Layout(s).Render(templ.WithChildren(ctx, body), w)
	})
}

func html(t testing.TB, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
