package webcase

import (
	"encoding/json"
	"strconv"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/htcds"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/sheet"
)

// A case in the form of HTCDS: on the page, or as a file. Nothing is opened before somebody has said what for.

func (v *visit) exportForm() error { return v.showExport(page.Form{}) }

func (v *visit) showExport(f page.Form) error {
	c := "/cases/" + v.R.PathValue("case")
	f.Title, f.Submit, f.Back, f.Action, f.Leave = page.Key("htcds.do"), page.Key("htcds.show"), c, c+"/htcds", true
	f.Intro = []page.Msg{page.Key("htcds.text"), page.Key("htcds.text.exchange")}
	var purposes, ways []page.Choice
	for _, p := range htcds.Purposes() {
		purposes = append(purposes, page.Choice{Value: string(p), Text: page.Key("htcds.purpose." + string(p))})
	}
	for _, way := range []string{"page", "csv", "json"} {
		ways = append(ways, page.Choice{Value: way, Text: page.Key("htcds.as." + way)})
	}
	f.Fields = append(f.Fields,
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "purpose", Label: page.Key("htcds.for"), Error: page.ErrorAt(f.Errors, "purpose")}, Choices: purposes, Value: v.Field("purpose")}),
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "as", Label: page.Key("htcds.as")}, Choices: ways, Value: page.Or(v.Field("as"), "page")}),
	)
	return v.ShowForm(f)
}

// exported opens the case for what was said, and shows it or gives it as a file.
func (v *visit) exported() error {
	c := id.Case(v.R.PathValue("case"))
	r, err := v.HTCDS.Export(v.R.Context(), v.By, c, htcds.Purpose(v.Field("purpose")))
	if err != nil {
		return v.Again(err, page.FieldsOf("purpose"), v.showExport)
	}
	switch v.Field("as") {
	case "csv":
		raw, err := sheet.WriteCSV(htcds.Rows(v.HTCDS.Table, []htcds.Record{r}))
		if err != nil {
			return fault.Wrap(fault.Internal, "fault.internal", err)
		}
		v.Header().Set("Content-Disposition", `attachment; filename="htcds-`+string(r.Purpose)+`.csv"`)
		return v.Send("text/csv; charset=utf-8", raw)
	case "json":
		raw, err := json.MarshalIndent(r, "", "\t")
		if err != nil {
			return fault.Wrap(fault.Internal, "fault.internal", err)
		}
		v.Header().Set("Content-Disposition", `attachment; filename="htcds-`+string(r.Purpose)+`.json"`)
		return v.Send("application/json", raw)
	}
	m := exportModel{use: page.Key("htcds.use." + string(r.Purpose)), rows: v.answerRows(r.Fields)}
	for _, p := range r.Plans {
		m.plans = append(m.plans, v.answerRows(p))
	}
	for _, l := range r.Left {
		m.left = append(m.left, page.Row{Key: page.Key("htcds.left." + l.What), Value: page.Plain(strconv.Itoa(l.Count))})
	}
	return v.Show(page.Page{Title: page.Key("htcds.title"), Back: "/cases/" + string(c), Leave: true, Body: exportScreen(v.P, m)})
}

// exportModel is a case in the standard, in the words of the reader.
type exportModel struct {
	use   page.Msg
	rows  []page.Row
	plans [][]page.Row
	left  []page.Row
}

// answerRows say answers in words, one row for each field.
func (v *visit) answerRows(all []htcds.Answer) (rows []page.Row) {
	for _, a := range all {
		row := page.Row{Key: v.fieldName(a.Field), Value: v.Word("person.answer.", a.State.Code())}
		for i, value := range a.Values {
			said := v.fieldValue(a.Field, value)
			switch {
			case a.State != person.Given: // which of the four answers it is says more than the one code of the standard
			case i == 0:
				row.Value = said
			default:
				row.Lines = append(row.Lines, said)
			}
		}
		if a.Said {
			row.Lines = append(row.Lines, page.Key("htcds.said"))
		}
		rows = append(rows, row)
	}
	return rows
}
