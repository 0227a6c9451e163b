package demo

import (
	"bytes"
	"embed"
	"encoding/csv"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/stats"
)

// FiguresYear is the year of the figures that the demo's facts add up to.
const FiguresYear = 2017

//go:embed data/*.csv
var data embed.FS

// Figures are the numbers of one country that its facts add up to.
type Figures struct {
	Invented bool // true for the one member for which UNODC publishes no row of its own
	cells    map[cell]span
	forms    []counted
}

// cell is a place in the table of sex by age. An empty part is the total over it.
type cell struct {
	sex stats.Sex
	age stats.Age
}

// span is what a published value allows: one number, or for "<5" the numbers 0 to 4.
type span struct{ least, most int }

func (s span) small() bool { return s.least != s.most }

type counted struct {
	form stats.Form
	span span
}

// ReadFigures returns the figures of a member from the files in data; README.md there tells their source.
//
// It fails with [fault.NotFound] if there are none for the member, and with [fault.Internal] if the files
// are damaged, which a test excludes.
func ReadFigures(member id.Member) (Figures, error) {
	f := Figures{Invented: member == "XK", cells: map[cell]span{}}
	name := "data/glotip_2017.csv"
	if f.Invented {
		name = "data/invented_xk.csv"
	}
	rows, err := table(name)
	if err != nil {
		return Figures{}, err
	}
	aside, err := table("data/set_aside.csv")
	if err != nil {
		return Figures{}, err
	}
	for _, row := range rows {
		if id.Member(row["member"]) != member || contradicts(row, aside) {
			continue
		}
		value, err := parseValue(row["value"])
		if err != nil {
			return Figures{}, err
		}
		if row["dimension"] == "Total" {
			err = f.addCell(row, value)
		} else {
			err = f.addForm(row["category"], value)
		}
		if err != nil {
			return Figures{}, err
		}
	}
	if len(f.cells) == 0 {
		return Figures{}, fault.New(fault.NotFound, "demo.figures.none")
	}
	return f, nil
}

func (f *Figures) addCell(row map[string]string, value span) error {
	sex, known := map[string]stats.Sex{"Total": "", "Female": stats.Female, "Male": stats.Male, "Other": stats.OtherSex, "Unknown": stats.Unknown}[row["sex"]]
	age, knownAge := map[string]stats.Age{"Total": "", "0 to 17 years": stats.Child, "18 years or over": stats.Adult, "Unknown": stats.Unknown}[row["age"]]
	at := cell{sex, age}
	if _, twice := f.cells[at]; twice || !known || !knownAge {
		return fault.New(fault.Internal, "demo.figures.row")
	}
	f.cells[at] = value
	return nil
}

// addForm adds a form. Rows under "Other" that stand more than once are forms that were not named.
func (f *Figures) addForm(category string, value span) error {
	names := map[string][]stats.Form{
		"Sexual exploitation": {stats.Sexual}, "Forced labour": {stats.Labour},
		"Other forms of exploitation": {stats.Other, stats.Other2, stats.Other3, stats.Other4},
	}[category]
	for _, name := range names {
		if !f.hasForm(name) {
			f.forms = append(f.forms, counted{name, span{max(value.least, 1), value.most}})
			return nil
		}
	}
	return fault.New(fault.Internal, "demo.figures.row")
}

func (f *Figures) hasForm(form stats.Form) bool {
	for _, c := range f.forms {
		if c.form == form {
			return true
		}
	}
	return false
}

// contradicts reports whether a row stands in the list of those that cannot be true beside the others.
func contradicts(row map[string]string, aside []map[string]string) bool {
	for _, a := range aside {
		if row["dimension"] == "Total" && a["member"] == row["member"] && a["sex"] == row["sex"] && a["age"] == row["age"] && a["value"] == row["value"] {
			return true
		}
	}
	return false
}

// parseValue reads a published value. Thousands commas are none of ours: no country has that many.
func parseValue(s string) (span, error) {
	if s == "<5" {
		return span{0, 4}, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return span{}, fault.Wrap(fault.Internal, "demo.figures.row", err)
	}
	return span{n, n}, nil
}

func table(name string) ([]map[string]string, error) {
	b, err := data.ReadFile(name)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "demo.figures.row", err)
	}
	lines, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil || len(lines) < 2 {
		return nil, fault.Wrap(fault.Internal, "demo.figures.row", err)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, head := range lines[0] {
			row[strings.TrimSpace(head)] = line[i]
		}
		rows = append(rows, row)
	}
	return rows, nil
}
