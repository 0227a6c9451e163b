package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/node"
)

type restoreCommand struct {
	local
	Member   id.Member `required:"" help:"Whose node it is."`
	Content  string    `arg:"" type:"existingfile" help:"Archive of content."`
	Keys     string    `arg:"" type:"existingfile" help:"Archive of keys."`
	Erasures []string  `type:"existingfile" help:"Signed lists of erasures, as many as there are."`
}

// Run makes a node of two archives in a data directory that is not there yet. It does not serve it.
func (c *restoreCommand) Run(s *screen) error {
	if _, err := os.Stat(c.Dir); err == nil {
		return fault.New(fault.Conflict, "cli.restore.place").With("dir", c.Dir)
	}
	config, err := c.config(s)
	if err != nil {
		return err
	}
	config.Member = c.Member
	from := backup.From{}
	for _, x := range []struct {
		path string
		to   *io.ReadSeeker
	}{{c.Content, &from.Content}, {c.Keys, &from.Keys}} {
		f, err := os.Open(x.path)
		if err != nil {
			return fault.Wrap(fault.Invalid, "cli.file", err).With("file", x.path)
		}
		defer f.Close()
		*x.to = f
	}
	for _, path := range c.Erasures {
		b, err := readFile(s, path)
		if err != nil {
			return err
		}
		from.Lists = append(from.Lists, b)
	}
	did, err := node.Restore(s.ctx, config, from)
	if err != nil {
		s.say(s.printer().Text("cli.restore.failed", "dir", c.Dir))
		return err
	}
	out := map[string]any{"member": c.Member, "created": did.Pair.Content.Created, "erasures": did.Erasures, "epoch": did.Epoch}
	return s.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "restored\t%s\nas of\t%s\nerasures repeated\t%d\nepoch of the log\t%d\n", c.Member, when(did.Pair.Content.Created), did.Erasures, did.Epoch)
		s.say(s.printer().Text("cli.restore.closed"))
	})
}
