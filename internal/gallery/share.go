package gallery

import (
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/chart"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/published"
)

// Figure is a published share beside what comes out of the published numbers: a bar for each class from the least to the greatest share, with a mark at what was said.
func Figure(words *lang.Printer, f published.Figure, pooled published.Pooled) Picture {
	p := Picture{
		ID: f.ID, Title: Title(words, pooled), Notes: Notes(words, pooled, f.Category), Data: Data([]published.Pooled{pooled}),
		Head: []string{words.Text("figure.class"), words.Text("figure.share")},
	}
	var bars []chart.Bar
	for _, class := range pooled.Split.Classes() {
		low, high := pooled.Range(class)
		b := chart.Bar{Name: Name(words, pooled.Split, class), Low: low, High: high, Said: Spread(words, low, high)}
		bars, p.Rows = append(bars, b), append(p.Rows, []string{b.Name, b.Said})
		p.Said += b.Name + ": " + b.Said + ". "
	}
	mark := f.Edition + ": " + words.Percent(f.Percent/100, 0)
	p.Said += mark + "."
	p.Rows = append(p.Rows, []string{f.Edition + ", " + Name(words, pooled.Split, f.Category), words.Percent(f.Percent/100, 0)})
	p.draw = func(frame chart.Frame) []byte {
		said := mark
		if frame.Inside {
			said = "UNODC: " + words.Percent(f.Percent/100, 0)
		}
		return chart.Bars(frame, bars, 100, []chart.Mark{{At: f.Percent, Said: said}})
	}
	return p
}

// Figure65 is the published 65 %, of the numbers that are given.
//
// It fails as [published.Figure65] and [published.RegionCalled].
func Figure65(words *lang.Printer, t published.Table) (Picture, error) {
	f, err := published.Figure65()
	if err != nil {
		return Picture{}, err
	}
	region, err := published.RegionCalled(f.Region)
	if err != nil {
		return Picture{}, err
	}
	return Figure(words, f, published.Pool(t, region, published.SplitForm, f.From, f.To)), nil
}

// Trend is shares over the years: a line for each class, with a band as wide as the hidden numbers allow.
//
// It fails with [fault.NotFound] "figure.none" if no year has a number.
func Trend(words *lang.Printer, t published.Table, region published.Region, split published.Split) (Picture, error) {
	years := published.Trend(t, region, split)
	if len(years) == 0 {
		return Picture{}, fault.New(fault.NotFound, "figure.none")
	}
	all := published.Pool(t, region, split, years[0].From, years[len(years)-1].To)
	p := Picture{ID: "trend-" + string(split), Title: Title(words, all), Data: Data(years), Head: []string{words.Text("figure.year"), words.Text("figure.states")}}
	p.Notes = []string{words.Text("figure.note.trend", "few", few)}
	if all.Twice() {
		p.Notes = append(p.Notes, words.Text("figure.note.twice"))
	}
	p.Notes = append(p.Notes, words.Text("figure.note.detected"), credit(words, region))
	var steps []string
	lines := make([]chart.Series, len(split.Classes()))
	for i, class := range split.Classes() {
		lines[i].Name = Name(words, split, class)
		p.Head = append(p.Head, lines[i].Name)
	}
	for _, y := range years {
		steps = append(steps, strconv.Itoa(y.From))
		row := []string{strconv.Itoa(y.From), words.Number(int64(y.Given)) + "/" + words.Number(int64(y.Possible))}
		for i, class := range split.Classes() {
			low, high := y.Range(class)
			said := ""
			if y.Given > 0 {
				said = Spread(words, low, high)
			}
			row = append(row, said)
			lines[i].Points = append(lines[i].Points, chart.Point{None: y.Given == 0, Low: low, Mid: middle(y, i), High: high})
		}
		p.Rows = append(p.Rows, row)
	}
	last := years[len(years)-1]
	for _, class := range split.Classes() {
		low, high := last.Range(class)
		p.Said += Name(words, split, class) + ", " + Span(last) + ": " + Spread(words, low, high) + ". "
	}
	p.Said = strings.TrimSpace(p.Said)
	p.draw = func(f chart.Frame) []byte { return chart.Lines(f, steps, lines, 100, " %") }
	return p, nil
}

// middle is the share of a class if a hidden number is 2.5 and the greatest of several numbers counts.
func middle(y published.Pooled, class int) float64 {
	for _, r := range y.Readings {
		if r.Few == 2.5 && r.Double == published.Largest {
			return r.Percents[class]
		}
	}
	return 0
}

// Span is the years of what was added up.
func Span(p published.Pooled) string {
	if p.From == p.To {
		return strconv.Itoa(p.From)
	}
	return strconv.Itoa(p.From) + "–" + strconv.Itoa(p.To)
}

// Spread is a share that is not one number, in percent.
func Spread(words *lang.Printer, low, high float64) string {
	a, b := words.Percent(low/100, 1), words.Percent(high/100, 1)
	if a == b {
		return a
	}
	return words.Decimal(low, 1) + "–" + b
}

// Title says what was added up.
func Title(words *lang.Printer, p published.Pooled) string {
	return words.Text("figure.title."+string(p.Split), "region", words.Text("figure.region."+p.Region.ID), "span", Span(p))
}

// Name is what a class is called.
func Name(words *lang.Printer, s published.Split, class string) string {
	switch s {
	case published.SplitForm:
		return words.Text(map[string]string{published.Sexual: "form.option.exploitation.sexual-exploitation", published.Labour: "form.option.exploitation.forced-labour", published.Other: "form.option.exploitation.other"}[class])
	case published.SplitSex:
		return words.Text("person.sex." + class)
	case published.SplitAge:
	}
	return strings.ReplaceAll(class, "-", "–")
}

// Notes say how a share was made, and what it is not.
func Notes(words *lang.Printer, p published.Pooled, class string) []string {
	var all []string
	i := max(slices.Index(p.Split.Classes(), class), 0)
	all = append(all, words.Text("figure.note.known", "few", few, "n", words.Decimal(p.Readings[0].Total, 0), "given", words.Number(int64(p.Given)), "possible", words.Number(int64(p.Possible))),
		words.Text("figure.note.few", "few", few, "low", words.Percent(float64(p.Classes[i].Low)/100, 1), "high", words.Percent(float64(p.Classes[i].High)/100, 1)))
	if p.Twice() {
		all = append(all, words.Text("figure.note.twice"))
	}
	return append(all, words.Text("figure.note.detected"), credit(words, p.Region))
}

// credit says where the numbers are from, of which states, and what must be said of one that is counted elsewhere.
func credit(words *lang.Printer, r published.Region) string {
	var states, inside []string
	for _, code := range r.Areas {
		area, _ := published.AreaOf(r.Scheme, code)
		states = append(states, area)
		if in := published.Inside(r.Scheme, code); in != "" {
			inside = append(inside, words.Text("figure.note.inside", "area", words.CountryName(area), "inside", words.CountryName(in))+" "+words.CountryNote(in))
		}
	}
	return strings.TrimSpace(words.Text("figure.note.source", "states", strings.Join(states, ", ")) + " " + strings.Join(inside, " "))
}

// Data is the numbers of shares, one row for each, under names for a program.
func Data(all []published.Pooled) [][]string {
	rows := [][]string{{"region", "from", "to", "split", "class", "few_as", "given_twice_as", "persons", "total", "percent", "state_years", "state_years_possible"}}
	for _, p := range all {
		for _, r := range p.Readings {
			for i, class := range p.Split.Classes() {
				f := func(x float64, places int) string { return strconv.FormatFloat(x, 'f', places, 64) }
				rows = append(rows, []string{
					p.Region.ID, strconv.Itoa(p.From), strconv.Itoa(p.To), string(p.Split), class, f(r.Few, -1), string(r.Double),
					f(r.Persons[i], -1), f(r.Total, -1), f(r.Percents[i], 3), strconv.Itoa(p.Given), strconv.Itoa(p.Possible),
				})
			}
		}
	}
	return rows
}

// few is how UNODC writes a number that it hides.
const few = "<5"
