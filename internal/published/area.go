package published

import (
	"embed"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/opentrm/opentrm/internal/fault"
)

//go:embed data/areas.json data/figure-65.json data/glotip-extract.csv data/glotip-origin.csv
var files embed.FS

// The schemes by which publishers name areas.
const (
	SchemeISO3     = "iso3"
	SchemeM49      = "m49"
	SchemeGlotip   = "glotip"
	SchemeCTDC     = "ctdc"
	SchemeEurostat = "eurostat"
	SchemeSDMX     = "sdmx"
)

// Areas is what areas are called, by whom, and which of them a publisher counts within another. It is data: data/areas.json.
type Areas struct {
	Schema  string   `json:"schema"`
	Version string   `json:"version"`
	Schemes []Scheme `json:"schemes"`
	Areas   []Area   `json:"areas"`
	Regions []Region `json:"regions"`
}

// Scheme is one publisher's way to name areas.
type Scheme struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Status string `json:"status"` // "verified": read where the source says; "unverified": not read there
	Source string `json:"source"`
	Note   string `json:"note"`
}

// Area is an area under the code that this program uses: ISO 3166-1 alpha-2, and XK.
type Area struct {
	Area   string            `json:"area"`
	Codes  map[string]string `json:"codes"`           // by scheme; none: the publisher has no code for it
	Inside map[string]string `json:"inside,omitzero"` // by scheme: the code of the area in whose numbers it is counted
}

// Region is a group of areas as one edition of a publication has it.
type Region struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	Areas  []string `json:"areas"`
	Scheme string   `json:"scheme"`
	Status string   `json:"status"`
	Source string   `json:"source"`
	Note   string   `json:"note"`
}

// Figure is a published figure that can be worked out again.
type Figure struct {
	Schema    string  `json:"schema"`
	ID        string  `json:"id"`
	Percent   float64 `json:"percent"`
	Category  string  `json:"category"`
	Publisher string  `json:"publisher"`
	Edition   string  `json:"edition"`
	Statement string  `json:"statement"`
	Region    string  `json:"region"`
	From      int     `json:"from"`
	To        int     `json:"to"`
	Status    string  `json:"status"`
	Source    string  `json:"source"`
	Note      string  `json:"note"`
}

var known = sync.OnceValue(func() (a Areas) {
	_ = readData("areas.json", &a) // TestTheDataIsWhole reads it
	return a
})

func readData(name string, into any) error {
	b, err := files.ReadFile("data/" + name)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}

// AreasKnown returns what is known of areas. It is read only.
func AreasKnown() Areas { return known() }

// Code returns what a scheme calls an area of this program; false if it has no code for it, as none but Eurostat and SDMX have for XK.
func Code(scheme, area string) (string, bool) {
	for _, a := range known().Areas {
		if a.Area == area {
			code, ok := a.Codes[scheme]
			return code, ok
		}
	}
	return "", false
}

// AreaOf returns the area of this program that a scheme calls so.
func AreaOf(scheme, code string) (string, bool) {
	for _, a := range known().Areas {
		if a.Codes[scheme] == code && code != "" {
			return a.Area, true
		}
	}
	return "", false
}

// Inside returns the areas that a scheme counts in the numbers of the one that it calls so, separated by commas; empty: none.
func Inside(scheme, code string) string {
	var all []string
	for _, a := range known().Areas {
		if code != "" && a.Inside[scheme] == code {
			all = append(all, a.Area)
		}
	}
	return strings.Join(all, ",")
}

// RegionCalled returns a region.
//
// It fails with [fault.NotFound] "published.region".
func RegionCalled(name string) (Region, error) {
	all := known().Regions
	i := slices.IndexFunc(all, func(r Region) bool { return r.ID == name })
	if i < 0 {
		return Region{}, fault.New(fault.NotFound, "published.region")
	}
	return all[i], nil
}

// Figure65 returns what the source article quotes.
//
// It fails with [fault.Internal] "published.data" if the program is broken.
func Figure65() (Figure, error) {
	var f Figure
	if err := readData("figure-65.json", &f); err != nil {
		return f, fault.Wrap(fault.Internal, "published.data", err)
	}
	return f, nil
}

// Extract returns the rows of the GLOTIP file, edition of April 2025, that the sub-region and the network need: detected victims by form,
// by sex and by age of fourteen states. Source: UNODC, dataunodc.un.org; cite UNODC. For all else the file itself is needed.
func Extract() io.Reader {
	b, _ := files.ReadFile("data/glotip-extract.csv") // embedded
	return strings.NewReader(string(b))
}

// Origins returns rows of the same file: detected victims by citizenship, of areas and of citizenships of the network, from 2018 on. Few states give them.
func Origins() io.Reader {
	b, _ := files.ReadFile("data/glotip-origin.csv") // embedded
	return strings.NewReader(string(b))
}
