package sdmx_test

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
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sdmx"
)

func structure() *sdmx.Structure {
	code := func(id, name string) sdmx.Code { return sdmx.Code{ID: id, Name: sdmx.English(name)} }
	list := func(id string, codes ...sdmx.Code) sdmx.Codelist {
		return sdmx.Codelist{Agency: "TRM", ID: id, Version: "1.0", Name: sdmx.English(id), Codes: codes}
	}
	return &sdmx.Structure{
		Agency: "TRM", ID: "VICTIMS", Version: "1.0",
		Name:        sdmx.Text{"en": "Victims & forms", "mk": "Жртви и облици"},
		Description: sdmx.English("Detected victims <by form>"),
		Codelists: []sdmx.Codelist{
			list("CL_FREQ", code("A", "Annual")),
			list("CL_AREA", code("MK", "North Macedonia"), code("XK", "Kosovo*"), code("RS", "Serbia")),
			list("CL_FORM", code("SEXUAL", "Sexual exploitation"), code("LABOUR", "Forced labour"), code("_T", "All forms")),
			list("CL_OBS_STATUS", code("A", "Normal value"), code("M", "Missing value"), code("P", "Provisional value")),
		},
		Dimensions: []sdmx.Component{
			{ID: "FREQ", Name: sdmx.English("Frequency"), Codelist: "CL_FREQ"},
			{ID: "REF_AREA", Name: sdmx.English("Area"), Codelist: "CL_AREA"},
			{ID: "FORM", Name: sdmx.English("Form"), Codelist: "CL_FORM"},
		},
		Attributes: []sdmx.Component{{ID: "OBS_STATUS", Name: sdmx.English("Status"), Codelist: "CL_OBS_STATUS"}, {ID: "NOTE", Name: sdmx.English("Note")}},
	}
}

func dataset() *sdmx.Dataset {
	return &sdmx.Dataset{
		Structure: structure(), ID: "M1", Sender: "MK", Prepared: time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC),
		Observations: []sdmx.Observation{
			{Key: []string{"A", "MK", "SEXUAL"}, Time: "2014", Value: "12", Attributes: []string{"A", ""}},
			{Key: []string{"A", "XK", "_T"}, Time: "2013", Value: "0", Attributes: []string{"A", `=HYPERLINK("http://x")`}},
			{Key: []string{"A", "MK", "SEXUAL"}, Time: "2013", Value: "7.5", Attributes: []string{"P", "né <&> \"c\""}},
			{Key: []string{"A", "RS", "LABOUR"}, Time: "2013", Value: "", Attributes: []string{"M", ""}},
		},
	}
}

// written returns what a writer writes.
func written(t testing.TB, write func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func data(t testing.TB) []byte {
	return written(t, func(w io.Writer) error { return sdmx.WriteData(w, dataset()) })
}

// rsdmx is another program that reads SDMX: an R package of Debian, r-cran-rsdmx.
func TestRsdmxReadsWhatIsWritten(t *testing.T) {
	rscript, err := exec.LookPath("Rscript")
	if err != nil {
		t.Skip("no Rscript: install r-cran-rsdmx")
	}
	dir := t.TempDir()
	for name, b := range map[string][]byte{
		"structure.xml": written(t, func(w io.Writer) error { return sdmx.WriteStructure(w, structure(), "MK", dataset().Prepared) }),
		"data.xml":      data(t),
		"read.R": []byte(`suppressPackageStartupMessages(library(rsdmx))
s <- readSDMX("structure.xml", isURL = FALSE)
for (l in s@codelists@codelists) for (c in l@Code) cat("code", l@id, c@id, c@name$en, sep = "|", fill = TRUE)
d <- s@datastructures@datastructures[[1]]
for (x in d@Components@Dimensions) cat("dimension", x@conceptRef, x@codelist, sep = "|", fill = TRUE)
cat("time", d@Components@TimeDimension@conceptRef, sep = "|", fill = TRUE)
for (x in d@Components@Attributes) cat("attribute", x@conceptRef, sep = "|", fill = TRUE)
f <- as.data.frame(readSDMX("data.xml", isURL = FALSE))
for (i in seq_len(nrow(f))) cat("row", f$FREQ[i], f$REF_AREA[i], f$FORM[i], f$TIME_PERIOD[i], f$OBS_VALUE[i], f$OBS_STATUS[i], f$NOTE[i], sep = "|", fill = TRUE)
`),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(rscript, "--vanilla", "read.R")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "LC_ALL=C.UTF-8")
	got, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, got)
	}
	want := `code|CL_FREQ|A|Annual
code|CL_AREA|MK|North Macedonia
code|CL_AREA|XK|Kosovo*
code|CL_AREA|RS|Serbia
code|CL_FORM|SEXUAL|Sexual exploitation
code|CL_FORM|LABOUR|Forced labour
code|CL_FORM|_T|All forms
code|CL_OBS_STATUS|A|Normal value
code|CL_OBS_STATUS|M|Missing value
code|CL_OBS_STATUS|P|Provisional value
dimension|FREQ|CL_FREQ
dimension|REF_AREA|CL_AREA
dimension|FORM|CL_FORM
time|TIME_PERIOD
attribute|OBS_STATUS
attribute|NOTE
row|A|MK|SEXUAL|2013|7.5|P|né <&> "c"
row|A|MK|SEXUAL|2014|12|A|NA
row|A|XK|_T|2013|0|A|=HYPERLINK("http://x")
row|A|RS|LABOUR|2013|NaN|M|NA
`
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Error(d)
	}
}

func TestWhatIsWrittenIsXML(t *testing.T) {
	for _, b := range [][]byte{data(t), written(t, func(w io.Writer) error { return sdmx.WriteStructure(w, structure(), "MK", dataset().Prepared) })} {
		dec := xml.NewDecoder(bytes.NewReader(b))
		for {
			_, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// The schema is that of the makers of SDMX, version 2.1.
func TestTheOfficialSchemaTakesTheJSON(t *testing.T) {
	dir := os.Getenv("OPENTRM_DATA")
	if dir == "" {
		t.Skip("OPENTRM_DATA is not set")
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat() // without it a moment is a day too, and the schema wants one of the two
	schema, err := compiler.Compile(filepath.Join(dir, "sdmx-json-2.1", "sdmx-json-data-schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	fits := func(b []byte) error {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(v)
	}
	b := written(t, func(w io.Writer) error { return sdmx.WriteJSON(w, dataset()) })
	if err := fits(b); err != nil {
		t.Errorf("%v\n%s", err, b)
	}
	span := dataset()
	span.Observations[0].Time = "2014-02-01/P5M"
	if b := written(t, func(w io.Writer) error { return sdmx.WriteJSON(w, span) }); fits(b) != nil {
		t.Errorf("months that are no quarter: %s", b)
	}
	for was, is := range map[string]string{`"sender"`: `"from"`, `"links": [`: `"link": [`, `"Replace"`: `"Put"`, `"0:0:0"`: `"A:MK"`} {
		if fits(bytes.ReplaceAll(b, []byte(was), []byte(is))) == nil {
			t.Errorf("%s for %s is taken too", is, was)
		}
	}
}

func TestTheJSONSaysWhatTheTableSays(t *testing.T) {
	b := written(t, func(w io.Writer) error { return sdmx.WriteJSON(w, dataset()) })
	var m struct {
		Data struct {
			Structures []struct {
				Dimensions struct {
					Series, Observation []struct {
						ID     string `json:"id"`
						Values []struct {
							ID string `json:"id"`
						} `json:"values"`
					}
				} `json:"dimensions"`
			} `json:"structures"`
			DataSets []struct {
				Series map[string]struct {
					Observations map[string][]any `json:"observations"`
				} `json:"series"`
			} `json:"dataSets"`
		} `json:"data"`
	}
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	dims := m.Data.Structures[0].Dimensions
	var got []string
	for key, s := range m.Data.DataSets[0].Series {
		for at, o := range s.Observations {
			var codes []string
			for i, n := range strings.Split(key, ":") {
				codes = append(codes, dims.Series[i].Values[n[0]-'0'].ID)
			}
			v, _ := json.Marshal(o)
			got = append(got, strings.Join(append(codes, dims.Observation[0].Values[at[0]-'0'].ID, string(v)), " "))
		}
	}
	slices.Sort(got)
	want := []string{`A MK SEXUAL 2013 [7.5,2,"né \u003c\u0026\u003e \"c\""]`, `A MK SEXUAL 2014 [12,0,null]`, `A RS LABOUR 2013 [null,1,null]`, `A XK _T 2013 [0,0,"=HYPERLINK(\"http://x\")"]`}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestCSV(t *testing.T) {
	got := string(written(t, func(w io.Writer) error { return sdmx.WriteCSV(w, dataset()) }))
	want := `STRUCTURE,STRUCTURE_ID,ACTION,FREQ,REF_AREA,FORM,TIME_PERIOD,OBS_VALUE,OBS_STATUS,NOTE
dataflow,TRM:VICTIMS(1.0),I,A,MK,SEXUAL,2014,12,A,
dataflow,TRM:VICTIMS(1.0),I,A,XK,_T,2013,0,A,"'=HYPERLINK(""http://x"")"
dataflow,TRM:VICTIMS(1.0),I,A,MK,SEXUAL,2013,7.5,P,"né <&> ""c"""
dataflow,TRM:VICTIMS(1.0),I,A,RS,LABOUR,2013,NaN,M,
`
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// csvw is what a reader of CSVW needs to hold a table against its metadata.
type csvw struct {
	URL    string `json:"url"`
	Schema struct {
		Columns []struct {
			Name     string          `json:"name"`
			Datatype json.RawMessage `json:"datatype"`
			Required bool            `json:"required"`
		} `json:"columns"`
		Primary []string `json:"primaryKey"`
	} `json:"tableSchema"`
}

// fits holds a table against its metadata: the columns, what is required, the datatypes, the key.
func (m csvw) fits(t testing.TB, rows [][]string) (wrong int) {
	t.Helper()
	seen := map[string]bool{}
	for n, row := range rows {
		var key []string
		for i, c := range m.Schema.Columns {
			var of struct{ Base, Format string }
			if json.Unmarshal(c.Datatype, &of) != nil {
				of.Base, of.Format = strings.Trim(string(c.Datatype), `"`), `[+-]?\d+(\.\d+)?`
			}
			ok := regexp.MustCompile(`^(?:` + of.Format + `)$`).MatchString(row[i])
			switch {
			case n == 0 && row[i] != c.Name, n > 0 && row[i] == "" && c.Required, n > 0 && row[i] != "" && of.Format != "" && !ok:
				wrong++
			}
			if slices.Contains(m.Schema.Primary, c.Name) {
				key = append(key, row[i])
			}
		}
		if k := strings.Join(key, "|"); seen[k] {
			wrong++
		} else {
			seen[k] = true
		}
	}
	return wrong
}

func TestTheTableFitsItsMetadata(t *testing.T) {
	b := written(t, func(w io.Writer) error { return sdmx.WriteTidy(w, dataset()) })
	var m csvw
	if err := json.Unmarshal(written(t, func(w io.Writer) error {
		return sdmx.WriteCSVW(w, dataset(), "victims.csv", "https://creativecommons.org/licenses/by/4.0/")
	}), &m); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil || len(rows) != 5 || len(m.Schema.Columns) != len(rows[0]) || m.URL != "victims.csv" {
		t.Fatalf("%v %+v", err, m)
	}
	if n := m.fits(t, rows); n > 0 || rows[4][4] != "" {
		t.Errorf("%d cells do not fit: %q", n, rows)
	}
	for _, spoil := range []func(){func() { rows[1][1] = "ZZ" }, func() { rows[1][3] = "14" }, func() { rows[1][4] = "<5" }, func() { rows[1][2] = "" }, func() { copy(rows[2], rows[1]) }} {
		saved := [][]string{slices.Clone(rows[1]), slices.Clone(rows[2])}
		if spoil(); m.fits(t, rows) == 0 {
			t.Errorf("%q fits too", rows[1])
		}
		rows[1], rows[2] = saved[0], saved[1]
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	for what, spoil := range map[string]func(*sdmx.Dataset){
		"code that no list has": func(d *sdmx.Dataset) { d.Observations[0].Key[1] = "ZZ" },
		"code like a formula":   func(d *sdmx.Dataset) { d.Structure.Codelists[1].Codes[0].ID = "@MK" },
		"negative code":         func(d *sdmx.Dataset) { d.Structure.Codelists[1].Codes[0].ID = "-1" },
		"no number":             func(d *sdmx.Dataset) { d.Observations[0].Value = "<5" },
		"formula":               func(d *sdmx.Dataset) { d.Observations[0].Value = "=1" },
		"no time":               func(d *sdmx.Dataset) { d.Observations[0].Time = "2014-13" },
		"not from a first day":  func(d *sdmx.Dataset) { d.Observations[0].Time = "2014-02-02/P5M" },
		"no months":             func(d *sdmx.Dataset) { d.Observations[0].Time = "2014-02-01/P0M" },
		"key twice":             func(d *sdmx.Dataset) { d.Observations[0].Time = "2013" },
		"too few codes":         func(d *sdmx.Dataset) { d.Observations[0].Key = d.Observations[0].Key[:2] },
		"attribute of no list":  func(d *sdmx.Dataset) { d.Observations[0].Attributes[0] = "X" },
		"no list":               func(d *sdmx.Dataset) { d.Structure.Dimensions[0].Codelist = "CL_NONE" },
		"no dimensions":         func(d *sdmx.Dataset) { d.Structure.Dimensions = nil },
		"two of one name":       func(d *sdmx.Dataset) { d.Structure.Attributes[0].ID = "FORM" },
		"no name":               func(d *sdmx.Dataset) { d.Structure.Name = nil },
		"no sender":             func(d *sdmx.Dataset) { d.Sender = "" },
	} {
		d := dataset()
		spoil(d)
		for name, err := range map[string]error{
			"ML": sdmx.WriteData(io.Discard, d), "CSV": sdmx.WriteCSV(io.Discard, d), "JSON": sdmx.WriteJSON(io.Discard, d), "tidy": sdmx.WriteTidy(io.Discard, d), "CSVW": sdmx.WriteCSVW(io.Discard, d, "x", "y"),
		} {
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("%s, %s: %v", what, name, err)
			}
		}
	}
}

func TestTheCatalogue(t *testing.T) {
	c := sdmx.Catalogue{
		Home: "https://demo.example/data", Title: sdmx.Text{"en": "Open data", "mk": "Отворени податоци"}, Publisher: sdmx.English("Coordinator"), Modified: dataset().Prepared,
		Datasets: []sdmx.Entry{{
			Home: "https://demo.example/data/victims", Title: sdmx.English("Victims"), Description: sdmx.English("By form"), License: "https://creativecommons.org/licenses/by/4.0/", From: 2012, To: 2014,
			Modified: dataset().Prepared, Files: []sdmx.File{{URL: "https://demo.example/data/victims.csv", Media: "text/csv", Format: "CSV", Bytes: 12, SHA256: []byte{1, 0xab}}},
		}},
	}
	var m map[string]any
	if err := json.Unmarshal(written(t, func(w io.Writer) error { return sdmx.WriteCatalogue(w, c) }), &m); err != nil {
		t.Fatal(err)
	}
	// What DCAT-AP 3.0 requires: a catalogue has title, description, publisher; a dataset title and description; a distribution an access address.
	need := func(m map[string]any, keys ...string) {
		for _, k := range keys {
			if m[k] == nil || m[k] == "" {
				t.Errorf("no %s in %v", k, m["@type"])
			}
		}
	}
	need(m, "@context", "@id", "dct:title", "dct:description", "dct:publisher", "dcat:dataset")
	set := m["dcat:dataset"].([]any)[0].(map[string]any)
	need(set, "@id", "dct:title", "dct:description", "dcat:distribution")
	file := set["dcat:distribution"].([]any)[0].(map[string]any)
	need(file, "dcat:accessURL", "dct:format", "dct:license")
	if sum := file["spdx:checksum"].(map[string]any)["spdx:checksumValue"].(map[string]any)["@value"]; sum != "01ab" {
		t.Errorf("checksum %v", sum)
	}
	for _, spoil := range []func(*sdmx.Catalogue){func(c *sdmx.Catalogue) { c.Home = "" }, func(c *sdmx.Catalogue) { c.Title = nil }, func(c *sdmx.Catalogue) { c.Datasets[0].Files = nil }, func(c *sdmx.Catalogue) { c.Datasets[0].Description = nil }} {
		bad := c
		bad.Datasets = slices.Clone(c.Datasets)
		if spoil(&bad); fault.KindOf(sdmx.WriteCatalogue(io.Discard, bad)) != fault.Invalid {
			t.Errorf("written: %+v", bad)
		}
	}
}
