package opendata_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/attack"
	"github.com/opentrm/opentrm/internal/disclosure"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/opendata"
)

func months(from, to int) attack.Span {
	return attack.Span{From: 2026*12 + from - 1, To: 2026*12 + to - 1}
}

func office() opendata.Office {
	return opendata.Office{ID: "MK_NRC", Name: "Office of the National Coordinator", Home: "https://node.example/open-data", License: "https://license.example/"}
}

func release() opendata.Release {
	c := &disclosure.Cube{
		Dimensions: []disclosure.Dimension{
			{Name: "form of exploitation", Values: []string{"=labour", "+labour", "принуден труд", "children 5+"}},
			{Name: "sex", Values: []string{"f", "m", "not said"}},
		},
		Counts: []int64{3, 6, 0, 9, 12, 0, 0, 0, 3, 30, 33, 0},
	}
	cells := c.Cells()
	cells[1] = disclosure.Cell{Values: cells[1].Values, Hidden: true}
	return opendata.Release{
		Subject: "Registered persons", Name: "2026-Q3", Note: "Rounded to 3.", Period: months(7, 9), Made: time.Date(2026, 10, 5, 8, 0, 0, 0, time.UTC),
		Dimensions: c.Dimensions, Cells: cells,
	}
}

func TestPeriods(t *testing.T) {
	for want, s := range map[string]attack.Span{
		"2026": months(1, 12), "2026-S1": months(1, 6), "2026-S2": months(7, 12), "2026-Q3": months(7, 9), "2026-05": months(5, 5),
		"2026-02-01/P3M": months(2, 4), "2026-04-01/P6M": months(4, 9), "2026-01-01/P24M": months(1, 24), "2026-03-01/P12M": months(3, 14),
	} {
		if got := opendata.Period(s); got != want {
			t.Errorf("%v is %s, not %s", s, got, want)
		}
	}
}

// TestEveryFormSaysTheSame: the same number of cells in each form, the hidden one hidden in all, codes that are no formula, and each value another code.
func TestEveryFormSaysTheSame(t *testing.T) {
	r := release()
	files, err := office().Files(r)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string][]byte{}
	for _, f := range files {
		by[f.Name] = f.Body
	}
	for _, name := range []string{"structure.xml", "data.xml"} {
		d := xml.NewDecoder(bytes.NewReader(by[name]))
		seen := 0
		for {
			x, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(name, err)
			}
			if e, ok := x.(xml.StartElement); ok && e.Name.Local == "Obs" {
				seen++
			}
		}
		if name == "data.xml" && seen != len(r.Cells) {
			t.Errorf("%d of %d cells in XML", seen, len(r.Cells))
		}
	}
	if n := bytes.Count(by["data.xml"], []byte("NaN")); n != 1 {
		t.Errorf("%d cells hidden in XML", n)
	}
	var message struct {
		Data struct {
			DataSets []struct {
				Series map[string]any `json:"series"`
			} `json:"dataSets"`
		} `json:"data"`
	}
	if err := json.Unmarshal(by["data.json"], &message); err != nil || len(message.Data.DataSets) != 1 || len(message.Data.DataSets[0].Series) != len(r.Cells) {
		t.Errorf("%v %d", err, len(message.Data.DataSets))
	}
	forms := map[string]bool{}
	for _, name := range []string{"tidy.csv", "sdmx.csv"} {
		rows, err := csv.NewReader(bytes.NewReader(by[name])).ReadAll()
		if err != nil || len(rows) != len(r.Cells)+1 {
			t.Fatal(name, err, len(rows))
		}
		hidden := 0
		for _, row := range rows[1:] {
			if row[len(row)-1] == "C" {
				hidden++
				if v := row[len(row)-3]; v != "" && v != "NaN" {
					t.Errorf("%s shows what is hidden: %v", name, row)
				}
			}
			for _, cell := range row {
				if strings.IndexAny(cell, "=+-@\t\r") == 0 {
					t.Errorf("%s has a formula: %q", name, cell)
				}
			}
			if name == "tidy.csv" {
				forms[row[1]] = true
			}
		}
		if hidden != 1 {
			t.Errorf("%d hidden in %s", hidden, name)
		}
	}
	if len(forms) != 5 || !forms["_T"] || !forms["LABOUR"] {
		t.Errorf("codes of forms: %v", forms)
	}
	catalogue, err := office().Catalogue(r, "q3", files)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"https://node.example/open-data/q3/tidy.csv", "https://node.example/open-data/q3/data.json", `"2026"`} {
		if !bytes.Contains(catalogue, []byte(want)) {
			t.Errorf("the catalogue lacks %s", want)
		}
	}
}

func TestWhatCannotBePublished(t *testing.T) {
	for name, change := range map[string]func(*opendata.Office, *opendata.Release){
		"office without a code": func(o *opendata.Office, _ *opendata.Release) { o.ID = "1 2" },
		"no address":            func(o *opendata.Office, _ *opendata.Release) { o.Home = "" },
		"no license":            func(o *opendata.Office, _ *opendata.Release) { o.License = "" },
		"a cell twice":          func(_ *opendata.Office, r *opendata.Release) { r.Cells = append(r.Cells, r.Cells[0]) },
		"no time":               func(_ *opendata.Office, r *opendata.Release) { r.Made = time.Time{} },
	} {
		o, r := office(), release()
		change(&o, &r)
		if _, err := o.Files(r); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRsdmxReadsARelease: another program, r-cran-rsdmx of Debian, reads every cell of a release of five months, the hidden one as missing.
func TestRsdmxReadsARelease(t *testing.T) {
	rscript, err := exec.LookPath("Rscript")
	if err != nil {
		t.Skip("no Rscript: install r-cran-rsdmx")
	}
	r, dir := release(), t.TempDir()
	r.Period = months(2, 6)
	files, err := office().Files(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(files, opendata.File{Name: "read.R", Body: []byte(`suppressPackageStartupMessages(library(rsdmx))
f <- as.data.frame(readSDMX("data.xml", isURL = FALSE))
s <- readSDMX("structure.xml", isURL = FALSE)
cat(nrow(f), sum(is.nan(as.numeric(f$OBS_VALUE))), f$CONF_STATUS[is.nan(as.numeric(f$OBS_VALUE))], unique(f$TIME_PERIOD), length(s@codelists@codelists))
cat("", f$OBS_VALUE[f$FORM_OF_EXPLOITATION == "_T" & f$SEX == "_T"])
`)}) {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), rscript, "--vanilla", "read.R")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "LC_ALL=C.UTF-8")
	got, err := cmd.CombinedOutput()
	if want := "20 1 C 2026-02-01/P5M 5 96"; err != nil || string(got) != want {
		t.Errorf("%v %q, not %q", err, got, want)
	}
}
