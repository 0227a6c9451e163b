package webnetwork

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/sheet"
)

// takeModel is a table of recommendations that is taken in, and what of it does not fit.
type takeModel struct {
	columns string
	file    page.Field
	wrong   page.Table
}

// columns are those that a table may have, in any order; framework and title must be there.
func columns() []string {
	return []string{"framework", "reference", "title", "text", "countries", "theme", "due", "source"}
}

const mostRows = 200 // rows of one table

// taken is a row of a table: the body that it makes, or which of its cells does not fit.
type taken struct {
	row   int
	raw   json.RawMessage
	wrong string // name of the column, or the key of why the row could not be read
}

func (v *visit) takeForm() error { return v.showTake(page.Form{}, nil) }

func (v *visit) showTake(f page.Form, wrong []taken) error {
	m := takeModel{columns: strings.Join(columns(), ", "), file: page.Field{ID: "file", Label: page.Key("publication.import.file"), Error: page.ErrorAt(f.Errors, "file")}}
	m.wrong = page.Table{Caption: page.Key("publication.import.wrong"), Columns: []page.Column{{Text: page.Key("publication.import.row"), Number: true}, {Text: page.Key("publication.import.wrong")}}}
	for _, t := range wrong {
		name := page.Key("web.field.some")
		if key := "publication.ask." + t.wrong; v.Site.Texts.Has(key) {
			name = page.Key(key)
		} else if v.Site.Texts.Has(t.wrong) { // a row that could not be read
			name = page.Key(t.wrong)
		}
		m.wrong.Rows = append(m.wrong.Rows, []page.Cell{{Text: page.Plain(v.P.Number(int64(t.row)))}, {Text: name}})
	}
	return v.Show(page.Page{Status: f.Status, Title: page.Key("publication.import"), Back: followPath, Errors: f.Errors, Body: takeScreen(v.P, m)})
}

// take publishes the rows of a table, all together or none.
func (v *visit) take() error {
	name, content, _, err := v.sentFile()
	missing := fault.New(fault.Invalid, "publication.file.missing").With("field", "file")
	if err == nil && content == nil {
		err = missing
	}
	var all []taken
	if err == nil {
		all, err = readTable(name, content, string(v.P.Tag()))
	}
	if err == nil && len(all) == 0 {
		err = fault.New(fault.Invalid, "publication.import.none").With("field", "file")
	}
	if err == nil {
		wrong := slices.DeleteFunc(slices.Clone(all), func(t taken) bool { return t.wrong == "" })
		if len(wrong) > 0 {
			return v.showTake(page.Form{Status: page.StatusOf(fault.Invalid)}, wrong)
		}
		var bodies []json.RawMessage
		for _, t := range all {
			bodies = append(bodies, t.raw)
		}
		_, err = v.Publications.PublishAll(v.R.Context(), v.By, publication.Recommendation, bodies)
	}
	if err != nil {
		return v.Again(err, map[string]string{"": "file", "file": "file"}, func(f page.Form) error { return v.showTake(f, nil) })
	}
	return v.To(followPath, "published")
}

// readTable reads recommendations out of a table in CSV or XLSX. Its texts are in one language.
//
// It fails with [fault.Invalid] or [fault.TooLarge] if it is no table, or one of more than 200 rows.
func readTable(name string, content []byte, lang string) ([]taken, error) {
	rows, err := opened(name, content)
	if err != nil {
		return nil, err
	}
	var head []string
	var all []taken
	for n := 1; ; n++ {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if head == nil {
			for _, c := range row.Cells {
				head = append(head, strings.ToLower(strings.TrimSpace(strings.TrimPrefix(c, "\ufeff"))))
			}
			continue
		}
		if !slices.ContainsFunc(row.Cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
			continue
		}
		if len(all) == mostRows {
			return nil, fault.New(fault.TooLarge, "publication.limit").With("field", "file")
		}
		all = append(all, bodyOf(n, head, row, lang))
	}
}

func opened(name string, content []byte) (sheet.Rows, error) {
	if strings.HasSuffix(strings.ToLower(name), ".xlsx") {
		return sheet.XLSX(bytes.NewReader(content), int64(len(content)))
	}
	first, _, _ := bytes.Cut(content, []byte("\n"))
	comma := ','
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		comma = ';' // as spreadsheets of the region write it
	}
	return sheet.CSV(bytes.NewReader(content), comma), nil
}

// bodyOf makes a recommendation of a row.
func bodyOf(n int, head []string, row sheet.Row, lang string) taken {
	if row.Broken != "" {
		return taken{row: n, wrong: row.Broken}
	}
	b := publication.Body{}
	b.Set("whom", "all")
	for i, c := range row.Cells {
		c = strings.TrimSpace(sheet.Unguard(c))
		if c == "" {
			continue
		}
		if i >= len(head) || !slices.Contains(columns(), head[i]) {
			return taken{row: n, wrong: "body"}
		}
		switch head[i] {
		case "title", "text":
			b.Set(head[i], []publication.Text{{Lang: lang, Text: c}})
		case "countries":
			codes := page.List(strings.ToUpper(c))
			slices.Sort(codes)
			b.Set("countries", slices.Compact(codes))
			b.Set("whom", "countries")
		case "framework", "theme":
			b.Set(head[i], strings.ToLower(c))
		default:
			b.Set(head[i], c)
		}
	}
	raw, err := b.Bytes()
	if err == nil {
		err = publication.CheckBody(publication.Recommendation, raw)
	}
	if err != nil {
		_, _, args := fault.Public(err)
		return taken{row: n, wrong: page.Or(args["field"], "body")}
	}
	return taken{row: n, raw: raw}
}
