package figures

import (
	"bufio"
	"fmt"
	"io"
	"strconv"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/tally"
)

type countCommand struct {
	File string `arg:"" type:"path" name:"file" help:"Comma-separated values in UTF-8, the first line with the names of the columns."`
	source
	Length  int    `default:"3" help:"How many columns a combination has at most; with --tables, how many columns each table has."`
	Minimum int64  `default:"10" help:"Combinations that fewer people have are not shown. This protects nobody by itself: see docs/statistics.md."`
	Tables  bool   `help:"Count whole tables of so many columns, with every cell that is not empty, and empty cells of the file as a value of their own."`
	Out     string `type:"path" placeholder:"FILE" help:"Write comma-separated values here instead of to standard output; the file must not be there yet."`
}

// Help says what the numbers are.
func (*countCommand) Help() string {
	return `What is counted are exact numbers, small ones among them: they are for the office that holds the records. What is to be published goes through
"opentrm stats release".

Each line of the result has the number of people, then names of columns and their values in turn. With --json the result is one value.`
}

// counts is what is printed of a file that was counted.
type counts struct {
	Rows    int64          `json:"rows"`
	People  int64          `json:"people"`
	Broken  int64          `json:"rows_not_read"`
	First   []tally.Broken `json:"first_not_read,omitempty"`
	Columns int            `json:"columns"`
	Lengths []int64        `json:"combinations_by_length"` // of one column, of two, …
	Found   []counting     `json:"combinations,omitempty"`
}

// counting is one combination.
type counting struct {
	People int64             `json:"people"`
	Values map[string]string `json:"values"`
}

// Run counts. Nothing is kept beside the file that was asked for.
func (c *countCommand) Run(s *console.Screen) error {
	if c.Length < 1 || c.Length > tally.MaxLength || c.Minimum < 1 {
		return fault.New(fault.Invalid, "tally.length")
	}
	t, report, err := c.read(s.Context, s, c.File)
	if err != nil {
		return err
	}
	out := counts{Rows: report.Rows, People: t.People(), Broken: report.Broken, First: report.First, Columns: len(t.Columns()), Lengths: make([]int64, c.Length)}
	tell(s, report)
	s.Say(s.Printer().Text("tally.exact"))
	w, end := io.Writer(s.Out), func(err error) error { return err }
	switch {
	case c.Out != "":
		f, err := console.Create(c.Out)
		if err != nil {
			return fault.Wrap(fault.Invalid, "cli.file", err).With("file", c.Out)
		}
		w, end = f, func(err error) error {
			if e := f.Close(); err == nil && e != nil {
				err = fault.Wrap(fault.Unavailable, "cli.file", e).With("file", c.Out)
			}
			return err
		}
	case s.Options.JSON:
		w = io.Discard
	}
	if err := end(c.write(s, t, w, &out)); err != nil {
		return err
	}
	if c.Out == "" && !s.Options.JSON {
		return nil
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "rows\t%d\npeople\t%d\nrows not read\t%d\ncolumns\t%d\n", out.Rows, out.People, out.Broken, out.Columns)
		for i, n := range out.Lengths {
			fmt.Fprintf(w, "combinations of %d\t%d\n", i+1, n)
		}
	})
}

// write counts and writes what it finds as it is found.
func (c *countCommand) write(s *console.Screen, t *tally.Table, w io.Writer, out *counts) error {
	b := bufio.NewWriterSize(w, 1<<16)
	to := newLines(b)
	head := []string{"people"}
	for i := range min(c.Length, len(t.Columns())) {
		head = append(head, "column_"+strconv.Itoa(i+1), "value_"+strconv.Itoa(i+1))
	}
	if err := to.write(head); err != nil {
		return err
	}
	line := make([]string, 0, len(head))
	write := func(columns []int, codes []uint16, n int64) error {
		out.Lengths[len(columns)-1]++
		line = append(line[:0], strconv.FormatInt(n, 10))
		for i, at := range columns {
			line = append(line, t.Columns()[at].Name, t.Columns()[at].Values[codes[i]])
		}
		if s.Options.JSON && c.Out == "" {
			values := make(map[string]string, len(columns))
			for i := range columns {
				values[line[1+2*i]] = line[2+2*i]
			}
			out.Found = append(out.Found, counting{n, values})
			return nil
		}
		for len(line) < len(head) {
			line = append(line, "")
		}
		return to.write(line)
	}
	if err := c.count(s, t, write); err != nil {
		return err
	}
	if err := to.end(); err != nil {
		return err
	}
	return b.Flush()
}

func (c *countCommand) count(s *console.Screen, t *tally.Table, tell func([]int, []uint16, int64) error) error {
	if !c.Tables {
		return t.Frequent(s.Context, c.Length, c.Minimum, func(x tally.Combination) error { return tell(x.Columns, x.Codes, x.People) })
	}
	bar := s.Progress("count")
	defer bar.End()
	all, err := t.Marginals(s.Context, c.Length, func(done, all int) { bar.At(int64(done), int64(all)) })
	if err != nil {
		return err
	}
	for _, m := range all {
		for codes, n := range m.Cells() {
			if n < c.Minimum {
				continue
			}
			if err := tell(m.Columns, codes, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// tell says which rows were not read.
func tell(s *console.Screen, report tally.Report) {
	for _, b := range report.First {
		s.Say(s.Printer().Text("tally.not-read", "line", strconv.FormatInt(b.Line, 10)) + " " + s.Printer().Text(b.Key))
	}
	if more := report.Broken - int64(len(report.First)); more > 0 {
		s.Say(s.Printer().Text("tally.not-read.more", "n", strconv.FormatInt(more, 10)))
	}
}
