package sdmx

import (
	"encoding/hex"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

func sortedKeys(m map[string]int) []string { return slices.Sorted(maps.Keys(m)) }

// WriteCSVW writes the metadata of the table that [WriteTidy] writes, for the file of the name url: what each column is, which values it has, and
// that the dimensions and the period together name a row.
//
// It fails as [Dataset.Check] and as w.
func WriteCSVW(w io.Writer, d *Dataset, url, license string) error {
	if err := d.Check(); err != nil {
		return err
	}
	s := d.Structure
	var columns []anyMap
	var primary []string
	column := func(c Component, required bool) {
		datatype := anyMap{"base": "string"}
		if l := s.list(c.Codelist); l != nil {
			var codes []string
			for _, code := range l.Codes {
				codes = append(codes, regexp.QuoteMeta(code.ID))
			}
			datatype["format"] = strings.Join(codes, "|")
		}
		columns = append(columns, anyMap{"name": c.ID, "titles": anyMap{"und": c.ID}, "dc:description": c.Name.main(), "datatype": datatype, "required": required})
	}
	for _, c := range s.Dimensions {
		column(c, true)
		primary = append(primary, c.ID)
	}
	columns = append(columns,
		anyMap{"name": TimePeriod, "titles": anyMap{"und": TimePeriod}, "dc:description": "Time period", "datatype": anyMap{"base": "string", "format": timeForm.String()}, "required": true},
		anyMap{"name": ObsValue, "titles": anyMap{"und": ObsValue}, "dc:description": "Value; empty: missing", "datatype": "decimal", "null": "", "required": false})
	for _, c := range s.Attributes {
		column(c, false)
	}
	return write(w, anyMap{
		"@context": []any{"http://www.w3.org/ns/csvw", anyMap{"@language": "en"}}, "url": url, "dc:title": s.Name.main(), "dc:description": s.Description.main(),
		"dc:license": anyMap{"@id": license}, "dc:publisher": d.Sender, "dc:modified": anyMap{"@value": d.Prepared.UTC().Format(time.DateOnly), "@type": "xsd:date"},
		"dialect": anyMap{"header": true, "encoding": "utf-8"}, "tableSchema": anyMap{"columns": columns, "primaryKey": append(primary, TimePeriod)},
	})
}

// Catalogue is an open-data page as a machine reads it.
type Catalogue struct {
	Home      string // its address
	Title     Text
	Publisher Text
	Modified  time.Time
	Datasets  []Entry
}

// Entry is one table of a catalogue.
type Entry struct {
	Home        string
	Title       Text
	Description Text
	License     string   // its address
	Areas       []string // addresses of what it is about
	From, To    int      // years
	Modified    time.Time
	Files       []File
}

// File is one form in which a table can be had.
type File struct {
	URL    string
	Media  string // "text/csv"
	Format string // of the file types of the EU publications office: "CSV", "JSON", "XML"
	Bytes  int64
	SHA256 []byte
}

// langs is a text in all its languages, as JSON-LD has it.
func (t Text) langs() []anyMap {
	var all []anyMap
	for _, l := range t.languages() {
		all = append(all, anyMap{"@language": l, "@value": t[l]})
	}
	return all
}

// WriteCatalogue writes a DCAT-AP catalogue as JSON-LD.
//
// It fails with [fault.Invalid] "sdmx.form" if a text or an address that DCAT-AP requires is not there, and as w.
func WriteCatalogue(w io.Writer, c Catalogue) error {
	if c.Home == "" || c.Title.main() == "" || c.Publisher.main() == "" {
		return wrong("catalogue")
	}
	date := func(t time.Time) anyMap {
		return anyMap{"@type": "xsd:dateTime", "@value": t.UTC().Format(time.RFC3339)}
	}
	publisher := anyMap{"@type": "foaf:Agent", "foaf:name": c.Publisher.langs()}
	datasets := []anyMap{}
	for _, e := range c.Datasets {
		if e.Home == "" || e.Title.main() == "" || e.Description.main() == "" || len(e.Files) == 0 {
			return wrong(e.Home)
		}
		files := []anyMap{}
		for _, f := range e.Files {
			if f.URL == "" {
				return wrong(e.Home)
			}
			files = append(files, anyMap{
				"@type": "dcat:Distribution", "dcat:accessURL": anyMap{"@id": f.URL}, "dcat:downloadURL": anyMap{"@id": f.URL}, "dct:license": anyMap{"@id": e.License},
				"dcat:mediaType": anyMap{"@id": "https://www.iana.org/assignments/media-types/" + f.Media}, "dct:format": anyMap{"@id": "http://publications.europa.eu/resource/authority/file-type/" + f.Format},
				"dcat:byteSize": anyMap{"@type": "xsd:nonNegativeInteger", "@value": f.Bytes},
				"spdx:checksum": anyMap{"@type": "spdx:Checksum", "spdx:algorithm": anyMap{"@id": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"}, "spdx:checksumValue": anyMap{"@type": "xsd:hexBinary", "@value": hex.EncodeToString(f.SHA256)}},
			})
		}
		areas := []anyMap{}
		for _, a := range e.Areas {
			areas = append(areas, anyMap{"@id": a})
		}
		year := func(y int) anyMap {
			return anyMap{"@type": "xsd:gYear", "@value": time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC).Format("2006")}
		}
		datasets = append(datasets, anyMap{
			"@id": e.Home, "@type": "dcat:Dataset", "dct:title": e.Title.langs(), "dct:description": e.Description.langs(), "dct:publisher": publisher, "dct:modified": date(e.Modified), "dct:spatial": areas,
			"dct:temporal": anyMap{"@type": "dct:PeriodOfTime", "dcat:startDate": year(e.From), "dcat:endDate": year(e.To)}, "dcat:distribution": files,
			"dct:accessRights": anyMap{"@id": "http://publications.europa.eu/resource/authority/access-right/PUBLIC"},
		})
	}
	return write(w, anyMap{
		"@context": anyMap{"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/", "spdx": "http://spdx.org/rdf/terms#", "xsd": "http://www.w3.org/2001/XMLSchema#"},
		"@id":      c.Home, "@type": "dcat:Catalog", "dct:title": c.Title.langs(), "dct:description": c.Title.langs(), "dct:publisher": publisher, "dct:modified": date(c.Modified), "dcat:dataset": datasets,
	})
}
