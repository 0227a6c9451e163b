package weboffice

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/page"
)

// hsdsForm is how many bytes a form with a file of organisations may have; larger ones come over the interface for programs.
const hsdsForm = 8 << 20

// exportDirectory lets the browser save every organisation, without confidential places.
func (v *visit) exportDirectory() error {
	return v.Save("application/json", "directory.json", func(w io.Writer) error {
		b, err := v.Directory.Export(v.R.Context(), v.By.Actor)
		if err == nil {
			_, err = w.Write(b)
		}
		return err
	})
}

func (v *visit) fillDirectory() error { return v.showFill(page.Form{}, nil) }

// fillModel is the form by which a file of organisations is sent, and what became of the last one.
type fillModel struct {
	result *page.Table
	counts []page.Row
	fields []templ.Component
}

func (v *visit) showFill(f page.Form, items []directory.Item) error {
	field := func(name, key string) page.Field {
		return page.Field{ID: name, Label: page.Key(key), Error: page.ErrorAt(f.Errors, name)}
	}
	file, terms := field("file", "directory.file"), field("terms", "directory.terms")
	file.Hint, terms.Hint, terms.Optional = page.Key("directory.file.hint"), page.Key("directory.terms.hint"), true
	m := fillModel{fields: []templ.Component{
		page.FileInput(v.P, file, ".json"),
		page.TextArea(v.P, page.Textarea{Field: terms, Value: v.R.PostFormValue("terms"), Rows: 3}),
		page.CheckboxGroup(v.P, page.Checkboxes{Field: field("how", "directory.how"), Choices: v.Choices("directory.how.", "public", "complete", "overwrite"), Values: v.R.PostForm["how"]}),
	}}
	if items != nil {
		m.result, m.counts = v.filled(items)
	}
	return v.Show(page.Page{Status: f.Status, Title: page.Key("directory.fill"), Back: "/directory", Errors: f.Errors, Body: fillScreen(v.P, m)})
}

// filled says what became of each item of a file, what was not taken first.
func (v *visit) filled(items []directory.Item) (*page.Table, []page.Row) {
	t := &page.Table{Caption: page.Key("directory.result"), Empty: page.Key("directory.empty"), Columns: []page.Column{
		{Text: page.Key("directory.result.number"), Number: true}, {Text: page.Key("directory.result.kind")}, {Text: page.Key("directory.result.source")}, {Text: page.Key("directory.state")}, {Text: page.Key("directory.result.why")},
	}}
	results := []directory.Result{directory.Refused, directory.Differs, directory.Missing, directory.Ended, directory.Created, directory.Changed, directory.Unchanged}
	tones := map[directory.Result]page.Tone{
		directory.Refused: page.Late, directory.Differs: page.Waiting, directory.Missing: page.Waiting, directory.Ended: page.Off, directory.Created: page.Good, directory.Changed: page.Good, directory.Unchanged: page.Calm,
	}
	var counts []page.Row
	for _, r := range results {
		n := int64(0)
		for _, i := range items {
			if i.Result != r {
				continue
			}
			if n++; len(t.Rows) < mostRecords {
				t.Rows = append(t.Rows, v.filledRow(i, tones[r]))
			}
		}
		if n > 0 {
			counts = append(counts, page.Row{Key: page.Key("directory.result." + string(r)), Value: page.Plain(v.P.Number(n))})
		}
	}
	return t, counts
}

func (v *visit) filledRow(i directory.Item, tone page.Tone) []page.Cell {
	why := page.Key("web.none")
	if i.Key != "" {
		why = page.Plain(v.P.Text(i.Key, "field", i.Field))
	}
	if len(i.Left) > 0 {
		left := v.P.Text("directory.result.left", "fields", strings.Join(i.Left, ", "))
		if i.Key != "" {
			left = why.In(v.P) + " " + left
		}
		why = page.Plain(left)
	}
	from := page.Cell{Text: page.Plain(i.Source)}
	if i.Organisation != "" {
		from.Path = "/directory/" + i.Organisation
	}
	return []page.Cell{
		{Text: page.Plain(v.P.Number(int64(i.Number)))},
		{Text: page.Key("directory.kind." + i.Kind)},
		from,
		{Tag: &page.Tag{Text: page.Key("directory.result." + string(i.Result)), Tone: tone}},
		{Text: why},
	}
}

// takeDirectory takes organisations from a file, as the interface for programs and the command line do.
func (v *visit) takeDirectory() error {
	var large *http.MaxBytesError
	var file []byte
	err := v.R.ParseMultipartForm(2 * hsdsForm)
	switch {
	case errors.As(err, &large):
		err = fault.New(fault.TooLarge, "intake.upload.large")
	case err != nil:
		err = fault.Wrap(fault.Invalid, "web.form", err)
	default:
		if file, err = v.fileOf("file"); err == nil && len(file) == 0 {
			err = fault.New(fault.Invalid, "directory.file.missing")
		}
	}
	how := directory.Reading{}
	if err == nil {
		how.Terms, err = terms(v.Field("terms"))
	}
	for _, x := range v.R.PostForm["how"] {
		how.Public, how.Complete, how.Overwrite = how.Public || x == "public", how.Complete || x == "complete", how.Overwrite || x == "overwrite"
	}
	var items []directory.Item
	if err == nil {
		items, err = v.Directory.Import(v.R.Context(), v.By, file, how)
	}
	if err != nil {
		return v.Again(err, map[string]string{"": "file", "terms": "terms"}, func(f page.Form) error { return v.showFill(f, nil) })
	}
	return v.showFill(page.Form{}, items)
}

// terms reads lines "term of the file = code".
func terms(text string) (map[string]string, error) {
	if text == "" {
		return nil, nil
	}
	all := map[string]string{}
	for line := range strings.Lines(text) {
		term, code, ok := strings.Cut(line, "=")
		if term = strings.TrimSpace(term); term == "" && !ok {
			continue
		}
		if !ok || term == "" {
			return nil, fault.New(fault.Invalid, "directory.field").With("field", "terms")
		}
		all[term] = strings.TrimSpace(code)
	}
	return all, nil
}
