package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/node"
)

// keyOffice lets the office of an account in where nobody else is left who could: whoever has the machine compares.
type keyOffice struct {
	local
	User        string `arg:"" help:"Login or identifier."`
	Fingerprint id.Key `required:"" help:"Of her keys, as she read it to you."`
}

func (c *keyOffice) Run(s *console.Screen) error {
	return c.with(s, func(n *node.Node) error {
		user, err := whose(s.Context, n, c.User)
		if err != nil {
			return err
		}
		if err := n.Signin.LetIn(s.Context, keyring.Bearer{Actor: access.Console(n.Member)}, user, c.Fingerprint); err != nil {
			return err
		}
		return s.Print(map[string]id.User{"user": user}, func(w io.Writer) { fmt.Fprintf(w, "let in\t%s\n", user) })
	})
}

// whose finds an account by its login or identifier: who has only the machine has no list of accounts to look at.
func whose(ctx context.Context, n *node.Node, said string) (id.User, error) {
	all, err := n.Signin.List(ctx, access.Console(n.Member))
	for _, a := range all {
		if a.Login == said {
			return a.ID, nil
		}
	}
	return id.User(said), err
}
