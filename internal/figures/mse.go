package figures

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/unseen"
)

type mseCommand struct {
	File    string `arg:"" optional:"" type:"path" name:"file" help:"Comma-separated values: a column for each list with 0 or 1, and last how many persons are on just those lists; the first line names them. Lists of the United Kingdom in 2013, if none is given."`
	Samples int    `default:"1000" help:"How often the bootstrap resamples; 0: not at all."`
}

// Help says what the numbers are.
func (*mseCommand) Help() string {
	return `Estimates how many persons there are, seen by any list or by none, from how many are on several lists. It answers in six ways, each with
its interval of 95 %, and says the range over them. The same file always gives the same result.

main: the lists find persons independently. stepwise: pairs of lists are added while their overlap is unlikely without. aic, bic: the model that each criterion
likes best. average: all models, weighed by BIC. classes: some persons are found more easily than others.

fixed: an interval of the model as if it had been known before. resampled: of a bootstrap that chooses the model anew each time. mixed: of all models together.
posterior: of a posterior distribution.`
}

// Run estimates.
func (c *mseCommand) Run(s *console.Screen) error {
	if c.Samples < 0 || c.Samples > 100_000 {
		return fault.New(fault.Invalid, "unseen.samples")
	}
	f, err := opened(s, c.File, ownLists)
	if err != nil {
		return err
	}
	defer f.Close()
	table, err := unseen.Parse(f)
	if err != nil {
		return err
	}
	r, err := table.Estimate(c.Samples)
	if err != nil {
		return err
	}
	p := s.Printer()
	if len(r.Apart) > 0 {
		s.Say(p.Text("unseen.nobody", "pairs", pairs(r.Apart)))
	}
	if r.Failed > 0 {
		s.Say(p.Text("unseen.failed", "n", strconv.Itoa(r.Failed)))
	}
	s.Say(p.Text("unseen.assumed"))
	return s.Print(r, func(w io.Writer) {
		fmt.Fprint(w, "way\tpeople\tlow\thigh\tinterval\tpairs\n")
		for _, a := range r.Answers {
			for i, in := range a.Intervals {
				way, people, with := string(a.Way), whole(a.People), pairs(a.Pairs)
				if i > 0 {
					way, people, with = "", "", ""
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", way, people, whole(in.Low), whole(in.High), in.Kind, with)
			}
		}
		fmt.Fprintln(w, p.Text("unseen.range", "low", whole(r.Low), "high", whole(r.High), "seen", strconv.Itoa(r.Seen)))
	})
}

func whole(n float64) string { return strconv.FormatFloat(math.Round(n), 'f', 0, 64) }

func pairs(all [][2]string) string {
	var out []string
	for _, p := range all {
		out = append(out, p[0]+"×"+p[1])
	}
	return strings.Join(out, " ")
}
