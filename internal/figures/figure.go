package figures

import (
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/chart"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
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
func (c glotip) draw(picture []byte, rows [][]string) error {
	if c.SVG == "" {
		return nil
	}
	if err := create(c.SVG, func(w io.Writer) error {
		_, err := w.Write(picture)
		return err
	}); err != nil {
		return err
	}
	return create(strings.TrimSuffix(c.SVG, ".svg")+".csv", func(w io.Writer) error {
		l := newLines(w)
		for _, row := range rows {
			if err := l.write(row); err != nil {
				return err
			}
		}
		return l.end()
	})
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
	out.Notes = notes(words, out.Pooled, f.Category)
	if err := c.draw(out.picture(words), table(append([]published.Pooled{out.Pooled}, out.Years...))); err != nil {
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
	fmt.Fprintln(w, title(words, f.Pooled))
	fmt.Fprintln(w)
	head := "FORM"
	for _, r := range f.Pooled.Readings {
		head += "\t<5 AS " + strconv.FormatFloat(r.Few, 'f', -1, 64)
	}
	fmt.Fprintln(w, head)
	for i, class := range f.Pooled.Split.Classes() {
		row := name(words, f.Pooled.Split, class)
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
		fmt.Fprintf(w, "%d\t%s\t%d/%d\n", y.From, spread(words, low, high), y.Given, y.Possible)
	}
	fmt.Fprintf(w, "%s\t%s\t%d/%d\n\n", span(f.Pooled), spread(words, f.Low, f.High), f.Pooled.Given, f.Pooled.Possible)
	fmt.Fprintln(w, f.Figure.Edition+": "+words.Percent(f.Figure.Percent/100, 0))
	for _, n := range f.Notes {
		fmt.Fprintln(w, n)
	}
}

func (f figure) picture(words *lang.Printer) []byte {
	var bars []chart.Bar
	var said []string
	for _, class := range f.Pooled.Split.Classes() {
		low, high := f.Pooled.Range(class)
		b := chart.Bar{Name: name(words, f.Pooled.Split, class), Low: low, High: high, Said: spread(words, low, high)}
		bars, said = append(bars, b), append(said, b.Name+": "+b.Said)
	}
	mark := f.Figure.Edition + ": " + words.Percent(f.Figure.Percent/100, 0)
	return chart.Bars(chart.Frame{
		ID: f.Figure.ID, Lang: string(words.Tag()), Title: title(words, f.Pooled), Description: strings.Join(append(said, mark), ". ") + ".", Notes: f.Notes,
	}, bars, 100, []chart.Mark{{At: f.Figure.Percent, Said: mark}})
}

// span is the years of what was added up.
func span(p published.Pooled) string {
	if p.From == p.To {
		return strconv.Itoa(p.From)
	}
	return strconv.Itoa(p.From) + "–" + strconv.Itoa(p.To)
}

// spread is a share that is not one number.
func spread(words *lang.Printer, low, high float64) string {
	a, b := words.Percent(low/100, 1), words.Percent(high/100, 1)
	if a == b {
		return a
	}
	return words.Decimal(low, 1) + "–" + b
}

func title(words *lang.Printer, p published.Pooled) string {
	return words.Text("figure.title."+string(p.Split), "region", words.Text("figure.region."+p.Region.ID), "span", span(p))
}

// name is what a class is called.
func name(words *lang.Printer, s published.Split, class string) string {
	switch s {
	case published.SplitForm:
		return words.Text(map[string]string{published.Sexual: "form.option.exploitation.sexual-exploitation", published.Labour: "form.option.exploitation.forced-labour", published.Other: "form.option.exploitation.other"}[class])
	case published.SplitSex:
		return words.Text("person.sex." + class)
	case published.SplitAge:
	}
	return strings.ReplaceAll(class, "-", "–")
}

// notes say how a number was made, and what it is not.
func notes(words *lang.Printer, p published.Pooled, class string) []string {
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

// table is the numbers of a picture, one row for each share.
func table(all []published.Pooled) [][]string {
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
