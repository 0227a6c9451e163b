package stats

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sdmx"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Tables is what others ask of this member: data, law/tables.json. A value that nobody has read in its source is "unverified", and says so
// wherever it is shown.
type Tables struct {
	Schema  string                       `json:"schema"`
	Version string                       `json:"version"`
	Labels  map[string]map[string]string `json:"labels"` // by dimension and code, in English
	Schemes []Scheme                     `json:"schemes"`
	Tables  []Table                      `json:"tables"`
}

// Scheme is one law, questionnaire or standard, and what its codes are for ours.
type Scheme struct {
	ID      string                       `json:"id"`
	Title   string                       `json:"title"`
	Version string                       `json:"version"`
	Source  string                       `json:"source"`
	Status  string                       `json:"status"`
	Note    string                       `json:"note"`
	Codes   map[string]map[string]string `json:"codes"` // by dimension: its code by ours; "gap" for every reason for no value; empty: none there
}

// Table is one table of a scheme. Each person counts once in it; who has several forms of exploitation is mixed.
type Table struct {
	ID         string   `json:"id"`
	Scheme     string   `json:"scheme"`
	Title      string   `json:"title"`
	Dimensions []string `json:"dimensions"`
	Statuses   []string `json:"statuses"` // who is in it
	RatePer    int      `json:"rate_per,omitzero"`
	NotHeld    string   `json:"not_held,omitzero"` // why this node cannot fill it
	Citation   string   `json:"citation"`
	Note       string   `json:"note"`
}

var tables = sync.OnceValues(func() (all Tables, err error) { return all, readLaw("tables.json", &all) })

// TablesKnown returns every table. It is read only.
//
// It fails with [fault.Internal] "stats.law" if the program is broken.
func TablesKnown() (Tables, error) { return tables() }

// Called returns a table and its scheme.
//
// It fails with [fault.NotFound] "stats.table.none".
func (t Tables) Called(id string) (Table, Scheme, error) {
	i := slices.IndexFunc(t.Tables, func(x Table) bool { return x.ID == id })
	if i < 0 {
		return Table{}, Scheme{}, fault.New(fault.NotFound, "stats.table.none")
	}
	j := slices.IndexFunc(t.Schemes, func(x Scheme) bool { return x.ID == t.Tables[i].Scheme })
	if j < 0 {
		return Table{}, Scheme{}, fault.New(fault.Internal, "stats.law")
	}
	return t.Tables[i], t.Schemes[j], nil
}

// Filled is a table with its numbers. A cell that is not in it is none: nobody. What is unknown is a code of its own in each dimension, and
// Gaps says for which of the four reasons.
type Filled struct {
	Table      string                    `json:"table"`
	Version    string                    `json:"version"` // of the tables
	Year       int                       `json:"year"`
	Dimensions []string                  `json:"dimensions"`
	Cells      []Cell                    `json:"cells"`
	All        int                       `json:"all"`     // persons in the table
	Outside    int                       `json:"outside"` // persons of the year whose status is not asked for here
	Gaps       map[string]map[string]int `json:"gaps"`    // by dimension and reason
}

// Cell is one number of a table.
type Cell struct {
	Codes []string `json:"codes"` // of the scheme, one for each dimension
	Count int      `json:"count"`
}

const gap = "gap" // how a scheme calls every reason for no value

// code returns what a scheme calls what a fact says; the reason if it says nothing.
func (s Scheme) code(a Alike, dim string) (code, why string, ok bool) {
	classes, why := a.classes(dim)
	at := gap
	switch {
	case why != "":
	case len(classes) > 1:
		at = Mixed
	default:
		at = classes[0]
	}
	code, ok = s.Codes[dim][at]
	return code, why, ok && code != ""
}

// Fill fills a table for one year. It needs no store: the same base, table and scheme give the same numbers for ever.
//
// It fails with [fault.Invalid] "stats.table.held" if this node does not hold what the table asks, and with [fault.Internal] "stats.table.code"
// naming a code that the scheme does not know: nobody is left out in silence.
func Fill(t Table, s Scheme, version string, year int, base []Alike) (Filled, error) {
	f := Filled{Table: t.ID, Version: version, Year: year, Dimensions: t.Dimensions, Cells: []Cell{}, Gaps: map[string]map[string]int{}}
	if t.NotHeld != "" {
		return f, fault.New(fault.Invalid, "stats.table.held")
	}
	counts := map[string]int{}
	for _, a := range base {
		if a.Year != year {
			continue
		}
		if !slices.Contains(t.Statuses, string(a.Status)) {
			f.Outside += a.Count
			continue
		}
		f.All += a.Count
		var codes []string
		for _, dim := range t.Dimensions {
			code, why, ok := s.code(a, dim)
			if !ok {
				return f, fault.New(fault.Internal, "stats.table.code").With("field", dim)
			}
			if why != "" {
				if f.Gaps[dim] == nil {
					f.Gaps[dim] = map[string]int{}
				}
				f.Gaps[dim][why] += a.Count
			}
			codes = append(codes, code)
		}
		counts[strings.Join(codes, "|")] += a.Count
	}
	for codes, n := range counts {
		f.Cells = append(f.Cells, Cell{strings.Split(codes, "|"), n})
	}
	sorting.By(f.Cells, func(a, b Cell) int { return slices.Compare(a.Codes, b.Codes) })
	return f, nil
}

// Fill fills a table with what this node has counted in a year. The numbers are exact: they are for whom the law names, and what is published
// goes through a release.
//
// It fails with [fault.Denied] if who may not read facts, [fault.NotFound] as [Tables.Called], [fault.Invalid] "stats.years" if the year is none,
// and as [Fill].
func (s *Service) Fill(ctx context.Context, who access.Actor, table string, year int) (Filled, error) {
	if err := access.Check(who, access.ReadFact, access.Resource{Noun: "fact", Realm: access.Assistance}); err != nil {
		return Filled{}, err
	}
	known, err := TablesKnown()
	if err != nil {
		return Filled{}, err
	}
	t, scheme, err := known.Called(table)
	if err != nil {
		return Filled{}, err
	}
	if year < 1990 || year > 2199 {
		return Filled{}, fault.New(fault.Invalid, "stats.years")
	}
	var base []Alike
	if err := s.Read(ctx, func(tx Tx) (err error) {
		base, err = alike(ctx, tx, year, year)
		return err
	}); err != nil {
		return Filled{}, err
	}
	return Fill(t, scheme, known.Version, year, base)
}

// Tables returns every table, for whoever may read facts.
//
// It fails with [fault.Denied] if who may not, and as [TablesKnown].
func (s *Service) Tables(_ context.Context, who access.Actor) (Tables, error) {
	if err := access.Check(who, access.ReadFact, access.Resource{Noun: "fact", Realm: access.Assistance}); err != nil {
		return Tables{}, err
	}
	return TablesKnown()
}

// Rate is a number for each RatePer of a population, with two decimals; empty if the population is not known, because no number is not zero.
func (t Table) Rate(count int, population int64) string {
	if t.RatePer == 0 || population <= 0 {
		return ""
	}
	return strconv.FormatFloat(float64(count)*float64(t.RatePer)/float64(population), 'f', 2, 64)
}

// Dataset returns a filled table as statistical offices take it, of the area that reports.
//
// It fails as [Tables.Called].
func (t Tables) Dataset(f Filled, area string, made time.Time) (*sdmx.Dataset, error) {
	table, scheme, err := t.Called(f.Table)
	if err != nil {
		return nil, err
	}
	list := func(id string, codes ...sdmx.Code) sdmx.Codelist {
		return sdmx.Codelist{Agency: "OPENTRM", ID: id, Version: "1.0", Name: sdmx.English(id), Codes: codes}
	}
	s := &sdmx.Structure{
		Agency: "OPENTRM", ID: strings.ToUpper(strings.ReplaceAll(table.ID, "-", "_")), Version: "1.0", Name: sdmx.English(table.Title),
		Description: sdmx.English(strings.TrimSpace(scheme.Source + " " + table.Citation + " (" + scheme.Status + "). " + scheme.Note + " " + table.Note)),
		Codelists: []sdmx.Codelist{
			list("CL_FREQ", sdmx.Code{ID: "A", Name: sdmx.English("Annual")}), list("CL_AREA", sdmx.Code{ID: area, Name: sdmx.English(area)}),
			list("CL_OBS_STATUS", sdmx.Code{ID: "A", Name: sdmx.English("Normal value")}),
		},
		Dimensions: []sdmx.Component{{ID: "FREQ", Name: sdmx.English("Frequency"), Codelist: "CL_FREQ"}, {ID: "REF_AREA", Name: sdmx.English("Reporting area"), Codelist: "CL_AREA"}},
		Attributes: []sdmx.Component{{ID: "OBS_STATUS", Name: sdmx.English("Status of the number"), Codelist: "CL_OBS_STATUS"}},
	}
	for _, dim := range table.Dimensions {
		id, codes := strings.ToUpper(dim), []sdmx.Code{}
		for _, code := range sortedValues(scheme.Codes[dim]) {
			codes = append(codes, sdmx.Code{ID: code, Name: sdmx.English(t.Labels[dim][code])})
		}
		s.Codelists = append(s.Codelists, list("CL_"+id, codes...))
		s.Dimensions = append(s.Dimensions, sdmx.Component{ID: id, Name: sdmx.English(dim), Codelist: "CL_" + id})
	}
	d := &sdmx.Dataset{Structure: s, ID: s.ID + "_" + strconv.Itoa(f.Year), Sender: area, Prepared: made}
	for _, c := range f.Cells {
		d.Observations = append(d.Observations, sdmx.Observation{
			Key: append([]string{"A", area}, c.Codes...), Time: strconv.Itoa(f.Year), Value: strconv.Itoa(c.Count), Attributes: []string{"A"},
		})
	}
	return d, nil
}

func sortedValues(codes map[string]string) []string {
	var all []string
	for _, code := range codes {
		if code != "" {
			all = append(all, code)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
