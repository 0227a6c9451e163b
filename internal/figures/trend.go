package figures

import (
	"fmt"
	"io"
	"strings"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/gallery"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/published"
)

type trendCommand struct {
	glotip
	By     string `enum:"form,sex,age" default:"form" help:"What is told apart: form, sex or age."`
	Region string `enum:"central-south-eastern-europe-2016,network" default:"central-south-eastern-europe-2016" help:"Which states: the sub-region of the report of 2016, or the network."`
}

// Help says what is shown.
func (*trendCommand) Help() string {
	return `The published numbers of detected victims over the years, by form of exploitation, by sex or by age. Each share is a range, because numbers below five are
hidden and some are given twice. States that gave no number in a year are missing in it and not zero: the list says how many gave one.`
}

// trend is what is printed of the years.
type trend struct {
	Region published.Region   `json:"region"`
	Years  []published.Pooled `json:"years"`
	Notes  []string           `json:"notes"`
	Report *published.Report  `json:"file,omitempty"`
}

// Run works it out.
func (c *trendCommand) Run(s *console.Screen) error {
	region, err := published.RegionCalled(c.Region)
	if err != nil {
		return err
	}
	t, report, err := c.read()
	if err != nil {
		return err
	}
	split := published.Split(c.By)
	out := trend{Region: region, Years: published.Trend(t, region, split), Report: report}
	if len(out.Years) == 0 {
		return fault.New(fault.NotFound, "figure.none")
	}
	words := s.Printer()
	all := published.Pool(t, region, split, out.Years[0].From, out.Years[len(out.Years)-1].To)
	p, err := gallery.Trend(words, t, region, split)
	if err != nil {
		return err
	}
	out.Notes = p.Notes
	if err := c.draw(words, p); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) { out.text(w, words, all) })
}

func (t trend) text(w io.Writer, words *lang.Printer, all published.Pooled) {
	fmt.Fprintln(w, gallery.Title(words, all))
	fmt.Fprintln(w)
	row := "YEAR\tSTATES\tN, <5 AS 0"
	for _, class := range all.Split.Classes() {
		row += "\t" + strings.ToUpper(gallery.Name(words, all.Split, class))
	}
	fmt.Fprintln(w, row)
	for _, y := range t.Years {
		row := fmt.Sprintf("%d\t%d/%d\t%s", y.From, y.Given, y.Possible, words.Decimal(y.Readings[0].Total, 0))
		for _, class := range y.Split.Classes() {
			if y.Given == 0 {
				row += "\t"
				continue
			}
			low, high := y.Range(class)
			row += "\t" + gallery.Spread(words, low, high)
		}
		fmt.Fprintln(w, row)
	}
	fmt.Fprintln(w)
	for _, n := range t.Notes {
		fmt.Fprintln(w, n)
	}
}
