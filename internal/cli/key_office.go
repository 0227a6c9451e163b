package cli

import (
	"fmt"
	"io"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/node"
)

// keyOffice lets the office of an account in where nobody else is left who could: whoever has the machine compares.
type keyOffice struct {
	local
	User        id.User `arg:""`
	Fingerprint id.Key  `required:"" help:"Of her keys, as she read it to you."`
}

func (c *keyOffice) Run(s *console.Screen) error {
	return c.with(s, func(n *node.Node) error {
		if err := n.Signin.LetIn(s.Context, access.Console(n.Member), c.User, c.Fingerprint); err != nil {
			return err
		}
		return s.Print(map[string]id.User{"user": c.User}, func(w io.Writer) { fmt.Fprintf(w, "let in\t%s\n", c.User) })
	})
}
