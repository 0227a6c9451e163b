package published

import (
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sheet"
)

// The columns of the GLOTIP file that are read. Region, sub-region, unit and source are the same for all rows or follow from the area; the
// sub-region is that of the statistics division (M49), not that of the report.
var columns = [...]string{"Iso3_code", "Indicator", "Dimension", "Category", "Sex", "Age", "Year", "txtVALUE"}

const (
	colArea = iota
	colIndicator
	colDimension
	colCategory
	colSex
	colAge
	colYear
	colValue
)

// question is what a cell of the questionnaire is called. Without its letters it reads as a number of millions.
var question = regexp.MustCompile(`^Q(\d)\.(\d)_(\d{1,2})s_(20\d{2})$`)

var (
	spoilt  = regexp.MustCompile(`^61\d{1,2}20[12]\d$`) // Q6.1, then the line of the form, then the year
	grouped = regexp.MustCompile(`^[1-9]\d{0,2}(,\d{3})+$`)
	plain   = regexp.MustCompile(`^(0|[1-9]\d{0,8})$`)
	alpha3  = regexp.MustCompile(`^[A-Z]{3}$`)
)

const firstYear, lastYear = 1990, 2199

// Glotip reads the file of the UNODC Global Report on Trafficking in Persons, row by row. Beside the rows it keeps only which keys it has
// seen, with their numbers, so that it can say at the end what was given twice.
type Glotip struct {
	rows   sheet.Rows
	at     [len(columns)]int
	last   int // the greatest of at
	report Report
	traps  traps
	names  map[string]struct{}
	seen   map[Key]seen
	order  []Key // of seen
	areas  map[string]struct{}
	ended  bool
}

// seen is what stood under one key.
type seen struct {
	line  int64 // of the first
	first Count
	rows  int
	other bool // a later one was different
}

// NewGlotip begins to read: the first row names the columns, in any order.
//
// It fails with [fault.Invalid] "published.columns" naming the first column that is not there, and as [sheet.CSV].
func NewGlotip(r io.Reader) (*Glotip, error) {
	g := &Glotip{rows: sheet.CSV(r, ','), traps: traps{}, names: map[string]struct{}{}, seen: map[Key]seen{}, areas: map[string]struct{}{}}
	head, err := g.rows.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for i, name := range columns {
		g.at[i] = -1
		for j, cell := range head.Cells {
			if strings.TrimSpace(cell) == name {
				g.at[i] = j
			}
		}
		if g.at[i] < 0 {
			return nil, fault.New(fault.Invalid, "published.columns").With("column", name)
		}
		g.last = max(g.last, g.at[i])
	}
	return g, nil
}

// Next returns the next number that can be used; rows that cannot are counted in the report and passed over. At the end it returns
// [io.EOF], and the report is whole.
//
// It fails as [sheet.CSV].
func (g *Glotip) Next() (Value, error) {
	for {
		row, err := g.rows.Next()
		if errors.Is(err, io.EOF) {
			g.end()
			return Value{}, io.EOF
		}
		if err != nil {
			return Value{}, err
		}
		g.report.Rows++
		v, ok := g.value(row)
		if !ok {
			g.report.Refused++
			continue
		}
		g.report.Values++
		g.remember(v)
		return v, nil
	}
}

// value reads one row.
func (g *Glotip) value(row sheet.Row) (Value, bool) {
	if row.Broken != "" || len(row.Cells) <= g.last {
		g.traps.fell(NotRead, row.Number, row.Broken)
		return Value{}, false
	}
	cell := func(c int) string { return row.Cells[g.at[c]] }
	v := Value{Line: row.Number, Written: cell(colCategory)}
	v.Area = cell(colArea)
	var known [5]bool
	v.Indicator, known[0] = indicatorOf(cell(colIndicator))
	v.Dimension, known[1] = dimensionOf(cell(colDimension))
	v.Sex, known[2] = sexOf(cell(colSex))
	v.Age, known[3] = ageOf(cell(colAge))
	year, err := strconv.Atoi(cell(colYear))
	known[4] = err == nil && year >= firstYear && year <= lastYear && (v.Area == "" || alpha3.MatchString(v.Area))
	v.Year = year
	if known != [...]bool{true, true, true, true, true} {
		g.traps.fell(NotRead, row.Number, strings.Join(row.Cells, ","))
		return Value{}, false
	}
	named, counted := g.category(&v), false
	v.Count, counted = g.count(row.Number, cell(colValue))
	if !named || !counted {
		return Value{}, false
	}
	if v.Area == "" {
		g.traps.fell(NoCode, v.Line, strings.Join(row.Cells[:min(2, len(row.Cells))], " "))
	}
	return v, true
}

func (g *Glotip) category(v *Value) bool {
	ok := true
	switch v.Dimension {
	case Whole:
		v.Category, ok = All, v.Written == "Total"
	case ByForm:
		v.Category, ok = formOf(v.Written)
	case ByCitizen, ByRepatriate:
		v.Category, ok = g.origin(v.Line, v.Written)
		return ok
	}
	if !ok {
		g.traps.fell(NotRead, v.Line, v.Written)
	}
	return ok
}

// count reads a number as the publisher writes it.
func (g *Glotip) count(line int64, text string) (Count, bool) {
	bare := text
	switch {
	case text == "<5":
		g.traps.fell(Few, line, text)
		return FewerThanFive(), true
	case grouped.MatchString(text):
		bare = strings.ReplaceAll(text, ",", "")
		if spoilt.MatchString(bare) {
			g.traps.fell(Spoilt, line, text)
			return Count{}, false
		}
		g.traps.fell(Separator, line, text)
	case spoilt.MatchString(text):
		g.traps.fell(Spoilt, line, text)
		return Count{}, false
	}
	if !plain.MatchString(bare) {
		g.traps.fell(NoNumber, line, text)
		return Count{}, false
	}
	n, _ := strconv.Atoi(bare) // nine digits
	return Count{n, n}, true
}

func (g *Glotip) remember(v Value) {
	if g.report.From == 0 || v.Year < g.report.From {
		g.report.From = v.Year
	}
	g.report.To = max(g.report.To, v.Year)
	g.areas[v.Area] = struct{}{}
	if in := Inside(SchemeGlotip, v.Area); in != "" {
		g.traps.fell(KosovoInside, v.Line, v.Area+" includes "+in)
	}
	k := v.Key
	if v.Dimension == ByCitizen || v.Dimension == ByRepatriate {
		k.Category += "|" + v.Written // two spellings of one country are two rows that add up
	}
	was, ok := g.seen[k]
	if !ok {
		g.seen[k] = seen{line: v.Line, first: v.Count, rows: 1}
		g.order = append(g.order, k)
		return
	}
	was.rows++
	was.other = was.other || was.first != v.Count
	g.seen[k] = was
}

// Report returns what has been read so far; whole once Next has returned [io.EOF].
func (g *Glotip) Report() Report {
	r := g.report
	r.Names, r.Areas, r.Fell = len(g.names), len(g.areas), g.traps.list()
	return r
}
