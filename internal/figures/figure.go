package figures

import (
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/gallery"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/published"
)

// glotip is a file that UNODC published, or what is built in of it.
type glotip struct {
	File string `arg:"" optional:"" type:"path" name:"file" help:"The file of UNODC, data_glotip.csv; the rows of fourteen states that are in this program, otherwise."`
	SVG  string `name:"svg" type:"path" placeholder:"FILE" help:"Draw it here too; the table is written beside it, as FILE.csv. Neither may be there yet."`
}

// read reads the file, or what is built in; the report is nil then.
func (c glotip) read() (published.Table, *published.Report, error) {
	r := published.Extract()
	if c.File != "" {
		f, err := os.Open(c.File)
		if err != nil {
			return nil, nil, fault.Wrap(fault.Invalid, "cli.file", err).With("file", c.File)
		}
		defer f.Close()
		r = f
	}
	g, err := published.NewGlotip(r)
	if err != nil {
		return nil, nil, err
	}
	t, err := published.Load(g, func(v published.Value) bool { return v.Indicator == published.Victims })
	if err != nil || c.File == "" {
		return t, nil, err
	}
	report := g.Report()
	return t, &report, nil
}

// draw writes a picture and its table.
func (c glotip) draw(words *lang.Printer, p gallery.Picture) error {
	if c.SVG == "" {
		return nil
	}
	if err := create(c.SVG, func(w io.Writer) error {
		_, err := w.Write(p.SVG(words.Tag()))
		return err
	}); err != nil {
		return err
	}
	return create(strings.TrimSuffix(c.SVG, ".svg")+".csv", p.CSV)
}

// create writes a file that is not there yet.
func create(path string, write func(io.Writer) error) error {
	f, err := console.Create(path)
	if err != nil {
		return fault.Wrap(fault.Invalid, "cli.file", err).With("file", path)
	}
	err = write(f)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", path)
	}
	return nil
}

type figureCommand struct{ glotip }

// Help says what is shown.
func (*figureCommand) Help() string {
	return `The source of this project quotes UNODC: 65 % of the victims detected in Central and South-Eastern Europe were trafficked for sexual exploitation.
This works the figure out again from the published numbers, shows between what it lies depending on how "<5" is read, and what it would be in
each year alone. It ends with an error if the figure does not come out.`
}

// figure is what is printed of the figure.
type figure struct {
	Figure     published.Figure   `json:"figure"`
	Low        float64            `json:"lowest_percent"`
	High       float64            `json:"highest_percent"`
	Reproduced bool               `json:"reproduced"`
	Pooled     published.Pooled   `json:"pooled"`
	Years      []published.Pooled `json:"years"`
	Notes      []string           `json:"notes"`
	Report     *published.Report  `json:"file,omitempty"`
}

// Run works the figure out.
func (c *figureCommand) Run(s *console.Screen) error {
	f, err := published.Figure65()
	if err != nil {
		return err
	}
	region, err := published.RegionCalled(f.Region)
	if err != nil {
		return err
	}
	t, report, err := c.read()
	if err != nil {
		return err
	}
	words := s.Printer()
	out := figure{Figure: f, Pooled: published.Pool(t, region, published.SplitForm, f.From, f.To), Report: report}
	out.Low, out.High = out.Pooled.Range(f.Category)
	out.Reproduced = math.Round(out.Low) <= f.Percent && f.Percent <= math.Round(out.High) && out.Pooled.Given > 0
	for year := f.From; year <= f.To; year++ {
		out.Years = append(out.Years, published.Pool(t, region, published.SplitForm, year, year))
	}
	out.Notes = gallery.Notes(words, out.Pooled, f.Category)
	p := gallery.Figure(words, f, out.Pooled)
	p.Data = gallery.Data(append([]published.Pooled{out.Pooled}, out.Years...))
	if err := c.draw(words, p); err != nil {
		return err
	}
	if err := s.Print(out, func(w io.Writer) { out.text(w, words) }); err != nil {
		return err
	}
	if !out.Reproduced {
		return fault.New(fault.Conflict, "figure.other").With("percent", words.Percent(f.Percent/100, 0))
	}
	return nil
}

func (f figure) text(w io.Writer, words *lang.Printer) {
	fmt.Fprintln(w, gallery.Title(words, f.Pooled))
	fmt.Fprintln(w)
	head := "FORM"
	for _, r := range f.Pooled.Readings {
		head += "\t<5 AS " + strconv.FormatFloat(r.Few, 'f', -1, 64)
	}
	fmt.Fprintln(w, head)
	for i, class := range f.Pooled.Split.Classes() {
		row := gallery.Name(words, f.Pooled.Split, class)
		for _, r := range f.Pooled.Readings {
			row += "\t" + words.Percent(r.Percents[i]/100, 1)
		}
		fmt.Fprintln(w, row)
	}
	row := "N"
	for _, r := range f.Pooled.Readings {
		row += "\t" + words.Decimal(r.Total, 0)
	}
	fmt.Fprintln(w, row)
	fmt.Fprintln(w)
	for _, y := range f.Years {
		low, high := y.Range(f.Figure.Category)
		fmt.Fprintf(w, "%d\t%s\t%d/%d\n", y.From, gallery.Spread(words, low, high), y.Given, y.Possible)
	}
	fmt.Fprintf(w, "%s\t%s\t%d/%d\n\n", gallery.Span(f.Pooled), gallery.Spread(words, f.Low, f.High), f.Pooled.Given, f.Pooled.Possible)
	fmt.Fprintln(w, f.Figure.Edition+": "+words.Percent(f.Figure.Percent/100, 0))
	for _, n := range f.Notes {
		fmt.Fprintln(w, n)
	}
}
