package cli

import (
	"fmt"
	"io"

	"github.com/opentrm/opentrm/internal/node"
)

type keySecret struct {
	local
	New string `name:"new-secret-file" type:"path" required:"" help:"File of the new node.secret, outside the data directory. It is made with mode 0600 if it is not there."`
}

// Help says what a new secret changes, and what it leaves.
func (c *keySecret) Help() string {
	return `
The keys of the node, the database file and what the recovery officers can get back are sealed anew under the new
secret; passphrases and papers stay what they are. If the command is cut off, the node opens with the old or with
the new secret: try both, and run the command again if it is the old one.

Archives made before open with the old secret only, or with the papers of their time.
`
}

// Run works on the files of a stopped node.
func (c *keySecret) Run(s *screen) error {
	config, err := c.config(s)
	if err != nil {
		return err
	}
	bar := s.progress("copy")
	whose, err := node.RotateSecret(s.ctx, config, node.SecretSource{File: c.New}, bar.at)
	bar.end()
	if err != nil {
		return err
	}
	return s.print(map[string]string{"member": string(whose), "secret": c.New}, func(w io.Writer) {
		fmt.Fprintf(w, "node.secret changed\t%s\nstart it with\t--secret-file %s\n", whose, c.New)
		s.say(s.printer().Text("cli.secret.archives"))
	})
}
