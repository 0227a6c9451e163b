package figures

import (
	"fmt"
	"io"
	"slices"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/stats"
)

type indicatorsCommand struct {
	ID string `arg:"" optional:"" name:"indicator" help:"One of them, with all that must be known to read it. All in short, if none is named."`
}

// Help says what is told.
func (*indicatorsCommand) Help() string {
	return `Tells what each indicator counts: definition, unit, denominator, source, whether anybody has read that source for this program, and what becomes of persons
of whom the value is unknown, not asked, declined or unsafe to ask. The numbers are at the node, for who may read them.`
}

// Run tells what is measured.
func (c *indicatorsCommand) Run(s *console.Screen) error {
	known, err := stats.IndicatorsKnown()
	if err != nil {
		return err
	}
	if c.ID == "" {
		return s.Print(known, func(w io.Writer) {
			fmt.Fprintln(w, "INDICATOR\tUNIT\tDENOMINATOR\tSOURCE\tSTATUS")
			for _, i := range known.Indicators {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", i.ID, i.Unit, i.Denominator, i.Citation, i.Status)
			}
		})
	}
	at := slices.IndexFunc(known.Indicators, func(i stats.Indicator) bool { return i.ID == c.ID })
	if at < 0 {
		return fault.New(fault.NotFound, "stats.indicator.none")
	}
	i := known.Indicators[at]
	return s.Print(i, func(w io.Writer) {
		for _, line := range [][2]string{
			{"indicator", i.ID},
			{"title", i.Title},
			{"definition", i.Definition},
			{"unit", i.Unit},
			{"denominator", i.Denominator},
			{"source", i.Source},
			{"citation", i.Citation},
			{"status", i.Status},
			{"unknown", i.Gaps[stats.Unknown]},
			{"not asked", i.Gaps[stats.NotAsked]},
			{"declined", i.Gaps[stats.Declined]},
			{"unsafe to ask", i.Gaps[stats.Unsafe]},
		} {
			fmt.Fprintf(w, "%s\t%s\n", line[0], line[1])
		}
	})
}
