package cli

import (
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/demo"
)

type demoCommand struct {
	Dir   string `type:"path" help:"Keep the data there, and the secrets of the invented nodes in DIR.secrets beside it."`
	Count bool   `help:"Count the distinct persons of eleven invented members instead, without one of them showing a record."`
	Once  bool   `help:"End when the loop has closed and every proof was verified; exit 0 only then."`
}

func (c *demoCommand) Run(s *console.Screen) error {
	if c.Count {
		_, err := demo.Count(s.Context, demo.CountOptions{Language: s.Printer().Tag()}, s.Out)
		return err
	}
	return proven(demo.Run(s.Context, demo.Options{Dir: c.Dir, Once: c.Once, Language: s.Printer().Tag()}, s.Out))
}

// proven tells a log that does not verify apart from a demonstration that could not run.
func proven(err error) error {
	if demo.Unverified(err) {
		return console.Unverified(err)
	}
	return err
}
