// Package figures is the commands of "opentrm stats": they count, protect and examine figures in files, on the machine of whoever calls them. They ask
// no node and send nothing. What they compute is in packages of its own, which know no files: tally, disclosure, synth and unseen.
package figures

import (
	"context"
	"encoding/csv"
	"io"
	"os"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sheet"
	"github.com/opentrm/opentrm/internal/tally"
)

// StatsCommand is "opentrm stats" with what stands below it.
type StatsCommand struct {
	Figure    figureCommand    `cmd:"" name:"figure-65" help:"Work out again what UNODC published and the source of this project quotes: 65 %."`
	Trend     trendCommand     `cmd:"" help:"Published numbers of detected victims over the years, by form, sex or age."`
	Published publishedCommand `cmd:"" help:"Read the file that UNODC publishes, and tell every way in which it misleads."`

	Indicators indicatorsCommand `cmd:"" help:"What each indicator counts: definition, unit, denominator, source, and what becomes of missing values."`

	Count   countCommand   `cmd:"" help:"Count combinations of values in a file: how many rows say this and that together."`
	Release releaseCommand `cmd:"" help:"Protect a table of small counts, examine what it gives away beside what is public already, and write it. With --check: examine published tables."`
	Synth   synthCommand   `cmd:"" help:"Make records of persons who do not exist from records of persons who do, with differential privacy and a report."`
	Mse     mseCommand     `cmd:"" help:"Estimate how many persons nobody has seen, from lists that share some: multiple systems estimation."`
}

// source is what is read of a file of rows.
type source struct {
	Columns []string `name:"column" placeholder:"NAME" help:"A column that is counted; may be given more than once. All, if none is given."`
	Missing []string `name:"missing" placeholder:"TEXT" help:"A text that says nothing, beside the empty one: Unknown, -99. May be given more than once."`
	Needs   []string `name:"needs" placeholder:"NAME" help:"A column in which each record says something: a row without is no record, is reported and not counted. May be given more than once."`
	Weight  string   `placeholder:"NAME" help:"A column of whole numbers that says for how many people a row counts."`
	Comma   string   `default:"," help:"What stands between two cells: one sign, or the word tab."`
}

// read reads the table. How far it has come is drawn.
func (c *source) read(ctx context.Context, s *console.Screen, file string) (*tally.Table, tally.Report, error) {
	o := tally.Options{Columns: c.Columns, Missing: c.Missing, Needs: c.Needs, Weight: c.Weight}
	switch {
	case c.Comma == "tab":
		o.Comma = '\t'
	case len(c.Comma) == 1 && c.Comma != "\"" && c.Comma != "\n" && c.Comma != "\r":
		o.Comma = c.Comma[0]
	default:
		return nil, tally.Report{}, fault.New(fault.Invalid, "tally.comma")
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, tally.Report{}, fault.Wrap(fault.Invalid, "cli.file", err).With("file", file)
	}
	defer f.Close()
	bar := s.Progress("read")
	defer bar.End()
	size := int64(0)
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	bar.Bytes = size == 0
	t, report, err := tally.Read(ctx, &counted{f, func(done int64) { bar.At(done, size) }, 0}, o)
	return t, report, err
}

// counted is a reader that tells how much came.
type counted struct {
	r    io.Reader
	told func(int64)
	done int64
}

// Read reads on and tells.
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.done += int64(n)
	c.told(c.done)
	return n, err
}

// lines writes comma-separated values in which no spreadsheet program finds a formula.
type lines struct{ w *csv.Writer }

func newLines(w io.Writer) lines { return lines{csv.NewWriter(w)} }

func (l lines) write(cells []string) error {
	for i, s := range cells {
		cells[i] = sheet.Guard(s)
	}
	return l.w.Write(cells)
}

func (l lines) end() error {
	l.w.Flush()
	return l.w.Error()
}
