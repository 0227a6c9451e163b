package figures

import (
	"fmt"
	"io"
	"os"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/published"
)

type publishedCommand struct {
	File string `arg:"" type:"path" name:"file" help:"The file of UNODC, data_glotip.csv."`
}

// Help says what is told.
func (*publishedCommand) Help() string {
	return `Reads the file to its end and tells every way in which it misleads whoever adds its numbers up, with the first lines on which each stands. What is refused is no
number; all else is read as it must be. docs/statistics.md says what each means.`
}

// Run reads the file.
func (c *publishedCommand) Run(s *console.Screen) error {
	f, err := os.Open(c.File)
	if err != nil {
		return fault.Wrap(fault.Invalid, "cli.file", err).With("file", c.File)
	}
	defer f.Close()
	g, err := published.NewGlotip(f)
	if err != nil {
		return err
	}
	if _, err := published.Load(g, func(published.Value) bool { return false }); err != nil {
		return err
	}
	r := g.Report()
	return s.Print(r, func(w io.Writer) {
		fmt.Fprintf(w, "ROWS\t%d\nVALUES\t%d\nREFUSED\t%d\nAREAS\t%d\nNAMES\t%d\nYEARS\t%d to %d\n\n", r.Rows, r.Values, r.Refused, r.Areas, r.Names, r.From, r.To)
		fmt.Fprintln(w, "TRAP\tCOUNT\tREFUSED\tFIRST LINE\tWHAT STANDS THERE")
		for _, t := range r.Fell {
			refused := "no"
			if t.Refused {
				refused = "yes"
			}
			fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%q\n", t.Trap, t.Count, refused, t.Examples[0].Line, t.Examples[0].Text)
		}
	})
}
