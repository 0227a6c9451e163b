// Package gallery makes pictures of figures in the words of a reader: each with its title, what it shows in words that are made of its numbers, its
// table, its method notes, and a file of the numbers. What draws is package chart, what was published is in package published; the gallery says
// what is told, and never invents a number.
//
// A picture and its table are made of the same numbers in the same function, so that they cannot differ.
package gallery

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/chart"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/sheet"
)

// Picture is figures that can be drawn, read aloud, read as a table and taken along.
type Picture struct {
	ID    string // stands in addresses and names of files
	Title string
	Said  string     // what it shows, for whoever does not see it
	Notes []string   // where the numbers are from, how they were made, what they are not
	Head  []string   // of the table, in the words of the reader
	Rows  [][]string //
	Data  [][]string // the numbers for a program, with a first line of names; nil: Head and Rows
	Areas []string   // codes of countries that are named, for the footnote that some names need
	draw  func(chart.Frame) []byte
}

// Narrow is the width of a picture in a page, in pixels: it is read on a telephone first.
const Narrow = 340

// Inside draws the picture for a page of this program.
func (p Picture) Inside(tag lang.Tag) []byte {
	return p.draw(chart.Frame{ID: p.ID, Lang: string(tag), Title: p.Title, Description: p.Said, Width: Narrow, Inside: true})
}

// SVG draws the picture as a file that stands alone, with its notes.
func (p Picture) SVG(tag lang.Tag) []byte {
	return p.draw(chart.Frame{ID: p.ID, Lang: string(tag), Title: p.Title, Description: p.Said, Notes: p.Notes})
}

// CSV writes the numbers. What a spreadsheet program would take for a formula is guarded.
//
// It fails as the writer.
func (p Picture) CSV(w io.Writer) error {
	all := p.Data
	if all == nil {
		all = append([][]string{p.Head}, p.Rows...)
	}
	out := csv.NewWriter(w)
	for _, row := range all {
		cells := slices.Clone(row)
		for i, s := range cells {
			cells[i] = sheet.Guard(s)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// Numbers is a picture of a table of numbers: of each row, its name and then a number for each column; a number below zero is one that is not told. Stacked are
// parts of a whole, otherwise each column is a line. What is not told is a gap, and hidden stands in the table.
func Numbers(words *lang.Printer, id, title string, head []string, names []string, numbers [][]float64, stacked bool, hidden string, notes ...string) Picture {
	p := Picture{ID: id, Title: title, Head: head, Notes: notes}
	cells := make([][]string, len(names))
	for i, name := range names {
		row, plain, said := []string{name}, []string{name}, []string(nil)
		for j, n := range numbers[i] {
			if n < 0 {
				row, plain = append(row, hidden), append(plain, "")
				continue
			}
			row, plain = append(row, words.Decimal(n, 0)), append(plain, strconv.FormatFloat(n, 'f', -1, 64))
			if n > 0 || len(numbers[i]) == 1 {
				said = append(said, head[j+1]+" "+words.Decimal(n, 0))
			}
		}
		if len(said) == 0 {
			said = []string{hidden}
		}
		p.Rows, cells[i] = append(p.Rows, row), plain
		p.Said += name + ": " + strings.Join(said, ", ") + ". "
	}
	p.Said = strings.TrimSpace(p.Said)
	p.Data = append([][]string{head}, cells...)
	p.draw = func(f chart.Frame) []byte { return chart.Table(f, head, cells, stacked) }
	return p
}

// Rung is one age of a [Pyramid].
type Rung struct {
	Name        string
	Left, Right int
}

// Pyramid is a picture of two groups by age, the youngest first.
func Pyramid(words *lang.Printer, id, title, age, left, right string, rungs []Rung, notes ...string) Picture {
	p := Picture{ID: id, Title: title, Head: []string{age, left, right}, Notes: notes}
	var drawn []chart.Rung
	for _, r := range rungs {
		l, w := words.Number(int64(r.Left)), words.Number(int64(r.Right))
		p.Rows = append(p.Rows, []string{r.Name, l, w})
		p.Said += r.Name + ": " + left + " " + l + ", " + right + " " + w + ". "
		drawn = append(drawn, chart.Rung{Name: r.Name, Left: float64(r.Left), Right: float64(r.Right), LeftSaid: l, RightSaid: w})
	}
	p.Said = strings.TrimSpace(p.Said)
	p.draw = func(f chart.Frame) []byte { return chart.Pyramid(f, left, right, drawn) }
	return p
}

// Count is a number, or between what it lies.
type Count struct {
	Name        string
	Least, Most int
}

// Bars is a picture of counts under one another: solid as far as a number is certain, hatched as far as it can reach.
func Bars(words *lang.Printer, id, title string, head []string, counts []Count, notes ...string) Picture {
	p := Picture{ID: id, Title: title, Head: head, Notes: notes, Data: [][]string{{"class", "least", "most"}}}
	var bars []chart.Bar
	most := 1
	for _, c := range counts {
		said := Flow{Least: c.Least, Most: c.Most}.said(words)
		p.Rows = append(p.Rows, []string{c.Name, said})
		p.Data = append(p.Data, []string{c.Name, strconv.Itoa(c.Least), strconv.Itoa(c.Most)})
		p.Said += c.Name + ": " + said + ". "
		bars = append(bars, chart.Bar{Name: c.Name, Low: float64(c.Least), High: float64(c.Most), Said: said})
		most = max(most, c.Most)
	}
	p.Said = strings.TrimSpace(p.Said)
	p.draw = func(f chart.Frame) []byte { return chart.Bars(f, bars, float64(most), nil) }
	return p
}

// Parts is [Numbers] as stacks, where the last column is the whole: it stands in the table and is not drawn. A year
// whose parts are not told is a gap.
func Parts(words *lang.Printer, id, title string, head []string, names []string, numbers [][]float64, hidden string, notes ...string) Picture {
	whole := len(head) - 1
	p := Numbers(words, id, title, head, names, numbers, true, hidden, notes...)
	cells := make([][]string, len(names))
	for i, row := range p.Data[1:] {
		cells[i] = slices.Clone(row[:whole])
	}
	p.draw = func(f chart.Frame) []byte { return chart.Table(f, head[:whole], cells, true) }
	if whole == 1 { // no year tells parts
		p.draw = func(f chart.Frame) []byte { return chart.Table(f, head, p.Data[1:], false) }
	}
	return p
}
