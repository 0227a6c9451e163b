package intake_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/sheet"
)

// spreadsheet is IOM's own (HTCDS 2.0, CC BY 4.0; no endorsement is implied), with invented people in its rows: by row, the text or
// number by column.
func spreadsheet(t *testing.T, rows map[string]map[string]string) []byte {
	t.Helper()
	raw, err := os.ReadFile("testdata/htcds-spreadsheet-2.0.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	in, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		text := string(body)
		if f.Name == "xl/worksheets/sheet1.xml" {
			for row, cells := range rows {
				from := strings.Index(text, `<row r="`+row+`"`)
				end := strings.Index(text[from:], "</row>") + from
				open := strings.Index(text[from:], ">") + from + 1
				filled := ""
				for _, column := range slices.SortedFunc(keys(cells), func(a, b string) int {
					if len(a) != len(b) {
						return len(a) - len(b)
					}
					return strings.Compare(a, b)
				}) {
					filled += `<c r="` + column + row + `" t="inlineStr"><is><t>` + cells[column] + `</t></is></c>`
				}
				text = text[:open] + filled + text[end:]
			}
		}
		w, err := out.Create(f.Name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func keys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// IOM's spreadsheet, filled in, becomes cases; the number that stands in its first column, under no head, does not.
func TestIOMsSpreadsheetIsTaken(t *testing.T) {
	raw := spreadsheet(t, map[string]map[string]string{
		"3": {
			"A": "1", "D": "Demona", "E": "Izmislena", "F": "TRUE", "G": "1999-05-17", "H": "Transgender Feminine", "I": "MD;MK", "K": "demona@example.org",
			"L": "+389 2 000", "M": "+389 70 000", "N": "Street 1", "O": "Demograd", "S": "Actual victim of trafficking", "T": "Police",
			"W": "Debt bondage;Threats of law enforcement", "X": "ForcedLabour;ForcedBegging", "AB": "Follow Up", "AD": "2026-01-31", "AJ": "Other",
		},
		"7":  {"D": "Probna", "E": "Izmislena", "G": "17/05/1999"},
		"9":  {"D": "Treta", "E": "Izmislena", "X": "Slavery"},
		"12": {"D": "Četvrta", "H": "NonSpecifiedUnknown"},
	})
	in, err := sheet.XLSX(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	m, err := intake.HTCDS()
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	var rows []intake.Row
	for {
		row, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil || row.Broken != "" {
			t.Fatalf("%+v %v", row, err)
		}
		if n := m.Fits(row.Cells); row.Number <= 2 {
			if n < 36 {
				t.Fatalf("of the heads in row %d only %d are known: %q", row.Number, n, row.Cells)
			}
			columns = row.Cells
			continue
		}
		rows = append(rows, intake.Row{Number: row.Number, Cells: row.Cells})
	}
	w := newWorld(t)
	r := w.begin("ana", intake.Order{Kind: intake.Cases, Columns: columns})
	taken, other := w.send("ana", r, rows[:50], intake.MostCases)
	var why []intake.Outcome
	for _, o := range other {
		if o.Key != "intake.row.nothing" { // a number in the first column, under no head
			why = append(why, o)
		}
	}
	want := []intake.Outcome{
		{Number: 7, Result: intake.Refused, Key: "intake.row.date", Column: "Birthdate"},
		{Number: 9, Result: intake.Refused, Key: "intake.row.code", Column: "Type of Exploitation"},
	}
	if d := cmp.Diff(want, why); d != "" || taken != 2 || r.Source != "htcds-2-0" {
		t.Fatalf("%d taken of %s\n%s", taken, r.Source, d)
	}
	for _, c := range w.list("ana") {
		f, err := w.cases.Show(t.Context(), w.people["ana"], c.ID)
		w.must(err)
		x, err := w.Imported(t.Context(), w.people["ana"], c.ID)
		w.must(err)
		p := f.Who.Person
		if x[0].Row == 12 {
			if p.Names[0].Text() != "Četvrta" || p.Sex.State != person.Unknown || p.Birth.State != person.Unknown {
				t.Errorf("the second is %+v", p)
			}
			continue
		}
		if p.Names[0].Text() != "Demona Izmislena" || p.Sex != person.Say(person.Other) || p.Birth.Value.Day != 17 || len(p.Contacts) != 4 || f.Status != "" || len(f.Decisions) != 0 {
			t.Errorf("the first is %+v %+v", p, f.Case)
		}
		said := map[string][]string{}
		for _, s := range x[0].Said {
			if s.Answer.State == person.Given {
				said[s.Field] = s.Answer.Value
			}
		}
		want := map[string][]string{
			"prs_Gender": {"TransgenderFeminine"}, "con_Consent": {"TRUE"}, "vic_TraffickingStatus": {"ActualVictimOfTrafficking"},
			"vic_TraffickingStatusDecisionMakingOrg": {"Police"}, "vic_MethodsOfControl": {"DebtBondage", "ThreatsLawEnforcement"},
			"vic_TypeOfExploitation": {"ForcedLabour", "ForcedBegging"}, "cas_Status": {"FollowUp"}, "cas_IncomingReferralDate": {"2026-01-31"},
			"cas_ReasonForOutgoingReferral": {"Other"},
		}
		if d := cmp.Diff(want, said); d != "" {
			t.Error(d)
		}
		contact, err := w.cases.Persons.Reach(t.Context(), w.people["ana"], c.ID, 3, 1)
		if key(err) != "person.contact.unknown" {
			t.Errorf("an address of which nobody knows whether it is safe: %+v %v", contact, err)
		}
	}
}
