// Package opendata writes a protected table in every form in which others take published figures: a tidy table with its CSVW metadata, SDMX-ML 2.1,
// SDMX-JSON 2.1, SDMX-CSV 2.0, and a DCAT-AP catalogue of them. It is given what is published and never sees a true count.
//
// Columns and values of a table are texts; those forms want codes. A code is made of the letters and digits of its text, so that it is the same in the next
// release, and what two texts would share, or what has no such letter, gets the first bytes of a digest of the text.
package opendata

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/attack"
	"github.com/opentrm/opentrm/internal/disclosure"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sdmx"
)

// Office is who publishes, and where.
type Office struct {
	ID      string // in SDMX: letters, digits and _
	Name    string
	Home    string // address of its page of open data, without a slash at the end
	License string // address of the license
}

// Release is one protected table.
type Release struct {
	Subject    string // who is counted
	Name       string // of the release among those of its subject
	Note       string // how it was protected
	Period     attack.Span
	Made       time.Time
	Dimensions []disclosure.Dimension
	Cells      []disclosure.Cell // as published, margins among them
}

// File is a release in one form.
type File struct {
	Name   string
	Media  string // "text/csv"
	Format string // of the file types of the Publications Office of the European Union: "CSV"
	Body   []byte
}

// Period writes months as SDMX has them: a month, quarter, half-year or year by its name, and other spans by their first day and their length
// (SDMX 2.1, section 6, 4.2.6).
func Period(s attack.Span) string {
	year, month, length := s.From/12, s.From%12, s.To-s.From+1
	y := fmt.Sprintf("%04d", year)
	switch {
	case length == 12 && month == 0:
		return y
	case length == 6 && month%6 == 0:
		return y + "-S" + strconv.Itoa(month/6+1)
	case length == 3 && month%3 == 0:
		return y + "-Q" + strconv.Itoa(month/3+1)
	case length == 1:
		return fmt.Sprintf("%s-%02d", y, month+1)
	default:
		return fmt.Sprintf("%s-%02d-01/P%dM", y, month+1, length)
	}
}

// frequency is how often a table of such a period could be made, as the code list CL_FREQ of SDMX names it.
func frequency(s attack.Span) sdmx.Code {
	code := func(id, name string) sdmx.Code { return sdmx.Code{ID: id, Name: sdmx.English(name)} }
	p := Period(s)
	switch {
	case len(p) == 4:
		return code("A", "Annual")
	case strings.Contains(p, "-S"):
		return code("S", "Half-yearly")
	case strings.Contains(p, "-Q"):
		return code("Q", "Quarterly")
	case len(p) == 7:
		return code("M", "Monthly")
	default:
		return code("_Z", "Not applicable")
	}
}

// codes makes identifiers of texts, each another one: of letters, digits and _, beginning with a letter if it must.
type codes struct {
	taken map[string]string // text by code
	lead  string            // stands before a code that would begin with a digit; empty: it may
}

func (c *codes) of(text string) string {
	var b strings.Builder
	for _, r := range strings.ToUpper(text) {
		switch {
		case r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	code := strings.Trim(b.String(), "_")
	plain := strings.Map(func(r rune) rune {
		if r < 0x80 {
			return r
		}
		return -1
	}, text) == text
	if len(code) > 0 && c.lead != "" && code[0] <= '9' {
		code = c.lead + code
	}
	if other, is := c.taken[code]; code == "" || !plain || is && other != text {
		sum := sha256.Sum256([]byte(text))
		code = strings.Trim("X"+strings.ToUpper(hex.EncodeToString(sum[:4]))+"_"+code, "_")
	}
	if c.taken == nil {
		c.taken = map[string]string{}
	}
	c.taken[code] = text
	return code
}

// allOf is the code of all values of a dimension, as SDMX writes it.
const allOf = "_T"

// Dataset returns a release as statistical offices take it. What is hidden is missing and said to be confidential, in one way for every such cell.
//
// It fails with [fault.Invalid] "sdmx.form" if the office has no identifier or a column or value no text.
func (o Office) Dataset(r Release) (*sdmx.Dataset, error) {
	list := func(id, name string, codes ...sdmx.Code) sdmx.Codelist {
		return sdmx.Codelist{Agency: o.ID, ID: id, Version: "1.0", Name: sdmx.English(name), Codes: codes}
	}
	code := func(id, name string) sdmx.Code { return sdmx.Code{ID: id, Name: sdmx.English(name)} }
	freq := frequency(r.Period)
	tables := codes{lead: "T"}
	s := &sdmx.Structure{
		Agency: o.ID, ID: tables.of(r.Subject), Version: "1.0", Name: sdmx.English(r.Subject), Description: sdmx.English(r.Note),
		Codelists: []sdmx.Codelist{
			list("CL_FREQ", "Frequency", freq),
			list("CL_OBS_STATUS", "Status of the number", code("A", "Normal value"), code("M", "Missing value")),
			list("CL_CONF_STATUS", "Confidentiality", code("F", "Free for publication"), code("C", "Confidential: not published")),
		},
		Dimensions: []sdmx.Component{{ID: "FREQ", Name: sdmx.English("Frequency"), Codelist: "CL_FREQ"}},
		Attributes: []sdmx.Component{
			{ID: "OBS_STATUS", Name: sdmx.English("Status of the number"), Codelist: "CL_OBS_STATUS"},
			{ID: "CONF_STATUS", Name: sdmx.English("Confidentiality"), Codelist: "CL_CONF_STATUS"},
		},
	}
	columns := codes{lead: "C", taken: map[string]string{"FREQ": "", "OBS_STATUS": "", "CONF_STATUS": "", "TIME_PERIOD": "", "OBS_VALUE": ""}}
	values := make([][]string, len(r.Dimensions))
	for i, d := range r.Dimensions {
		id := columns.of(d.Name)
		in := codes{taken: map[string]string{allOf: ""}}
		all := []sdmx.Code{code(allOf, "Total")}
		for _, v := range d.Values {
			c := in.of(v)
			values[i] = append(values[i], c)
			all = append(all, code(c, v))
		}
		s.Codelists = append(s.Codelists, list("CL_"+id, d.Name, all...))
		s.Dimensions = append(s.Dimensions, sdmx.Component{ID: id, Name: sdmx.English(d.Name), Codelist: "CL_" + id})
	}
	messages := codes{lead: "R"}
	out := &sdmx.Dataset{Structure: s, ID: s.ID + "_" + messages.of(r.Name), Sender: o.ID, Prepared: r.Made}
	at := Period(r.Period)
	for _, c := range r.Cells {
		x := sdmx.Observation{Key: []string{freq.ID}, Time: at, Value: strconv.FormatInt(c.Count, 10), Attributes: []string{"A", "F"}}
		if c.Hidden {
			x.Value, x.Attributes = "", []string{"M", "C"}
		}
		for i, v := range c.Values {
			if v == disclosure.Total {
				x.Key = append(x.Key, allOf)
			} else {
				x.Key = append(x.Key, values[i][v])
			}
		}
		out.Observations = append(out.Observations, x)
	}
	return out, out.Check()
}

// Files writes a release in every form, the catalogue left out, under the names that the forms are known by.
//
// It fails as [Office.Dataset], and with [fault.Invalid] "sdmx.form" if the office has no address or license.
func (o Office) Files(r Release) ([]File, error) {
	d, err := o.Dataset(r)
	if err != nil {
		return nil, err
	}
	if o.Home == "" || o.License == "" {
		return nil, fault.New(fault.Invalid, "sdmx.form").With("field", "catalogue")
	}
	out := []File{
		{Name: "tidy.csv", Media: "text/csv", Format: "CSV"},
		{Name: "tidy.csv-metadata.json", Media: "application/csvm+json", Format: "JSON"},
		{Name: "structure.xml", Media: "application/vnd.sdmx.structure+xml", Format: "XML"},
		{Name: "data.xml", Media: "application/vnd.sdmx.structurespecificdata+xml", Format: "XML"},
		{Name: "data.json", Media: "application/vnd.sdmx.data+json", Format: "JSON"},
		{Name: "sdmx.csv", Media: "application/vnd.sdmx.data+csv", Format: "CSV"},
	}
	for i, write := range []func(io.Writer) error{
		func(w io.Writer) error { return sdmx.WriteTidy(w, d) },
		func(w io.Writer) error { return sdmx.WriteCSVW(w, d, "tidy.csv", o.License) },
		func(w io.Writer) error { return sdmx.WriteStructure(w, d.Structure, o.ID, d.Prepared) },
		func(w io.Writer) error { return sdmx.WriteData(w, d) },
		func(w io.Writer) error { return sdmx.WriteJSON(w, d) },
		func(w io.Writer) error { return sdmx.WriteCSV(w, d) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			return nil, err
		}
		out[i].Body = b.Bytes()
	}
	return out, nil
}

// Catalogue writes the DCAT-AP catalogue of one release whose files lie in dir below the address of the office.
//
// It fails with [fault.Invalid] "sdmx.form" if the office has no address or name.
func (o Office) Catalogue(r Release, dir string, files []File) ([]byte, error) {
	home := o.Home + "/" + dir
	e := sdmx.Entry{
		Home: home, Title: sdmx.English(r.Subject + ", " + r.Name), Description: sdmx.English(r.Note), License: o.License,
		From: r.Period.From / 12, To: r.Period.To / 12, Modified: r.Made,
	}
	for _, f := range files {
		sum := sha256.Sum256(f.Body)
		e.Files = append(e.Files, sdmx.File{URL: home + "/" + f.Name, Media: f.Media, Format: f.Format, Bytes: int64(len(f.Body)), SHA256: sum[:]})
	}
	var b bytes.Buffer
	err := sdmx.WriteCatalogue(&b, sdmx.Catalogue{Home: o.Home, Title: sdmx.English(o.Name), Publisher: sdmx.English(o.Name), Modified: r.Made, Datasets: []sdmx.Entry{e}})
	return b.Bytes(), err
}
