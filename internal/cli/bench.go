package cli

import (
	"fmt"
	"io"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/fault"
)

type benchCommand struct {
	Documents int `default:"200" help:"Documents of 4 KB that two nodes exchange one after the other, 10 to 10000."`
}

// Run measures on two throwaway nodes in this process. Nothing stays behind.
func (c *benchCommand) Run(s *console.Screen) error {
	if c.Documents < 10 || c.Documents > 10_000 {
		return fault.New(fault.Invalid, "cli.bench.documents")
	}
	bar := s.Progress("bench")
	defer bar.End()
	out, err := demo.Measure(s.Context, c.Documents, func(done, all int) { bar.At(int64(done), int64(all)) })
	if err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s %s, %d processors, %d documents of %d bytes, one by one\n", out.Go, out.Platform, out.CPUs, c.Documents, out.Bytes)
		fmt.Fprintf(w, "seal and deliver\t%.1f/s\nSTAGE\tP50 µs\tP99 µs\n", out.Throughput)
		for _, x := range out.Stages {
			fmt.Fprintf(w, "%s\t%d\t%d\n", x.Name, x.P50, x.P99)
		}
		fmt.Fprintf(w, "limit: cryptography and three fsync\t%d\nseal and deliver, over the limit\t%.2f\nratio of a row with log entry to one without\t%.2f\n",
			out.Limit, out.Ratio, out.LogRatio)
	})
}
