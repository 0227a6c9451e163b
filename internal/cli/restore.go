package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/seal"
)

type restoreCommand struct {
	local
	Member   id.Member `required:"" help:"Whose node it is."`
	Content  string    `arg:"" type:"existingfile" help:"Archive of content."`
	Keys     string    `arg:"" type:"existingfile" help:"Archive of keys."`
	Erasures []string  `type:"existingfile" help:"Signed lists of erasures, as many as there are."`
	Officers bool      `help:"node.secret is lost: the papers of two recovery officers give it back. It is written where --secret-file says, which must not be there yet, or kept under a new start passphrase."`
	Paper    []string  `type:"existingfile" help:"Files of mode 0600 with the papers; asked for line by line otherwise."`
}

// Help says what a restore needs, in which order it is done and what stands afterwards.
func (c *restoreCommand) Help() string {
	return `
Two archives and node.secret make a node again, in a data directory that is not there yet (or holds nothing but
node.secret.sealed). If the secret went with the machine, --officers takes the papers of two recovery officers
instead:

  opentrm restore CONTENT KEYS --member MK --dir NEW --secret-file NEW.secret --officers

One paper alone opens nothing; neither do the archives. The papers are of the recovery key that "opentrm backup
inspect" shows of the archive. All officers are told; enrol them anew afterwards, because their papers were seen.
`
}

// empty reports whether a node can be made in dir: it is not there, or holds nothing but the secret under its start
// passphrase.
func empty(dir string) bool {
	all, err := os.ReadDir(dir)
	if err != nil {
		return os.IsNotExist(err)
	}
	return len(all) == 1 && all[0].Name() == node.SealedName
}

// papers reads the papers of two officers.
func (c *restoreCommand) papers(s *console.Screen) ([]string, error) {
	var out []string
	for i := range max(2, len(c.Paper)) {
		file := ""
		if i < len(c.Paper) {
			file = c.Paper[i]
		} else if len(c.Paper) > 0 { // whoever gives files gives all of them
			break
		}
		text, err := s.Paper(i+1, file)
		if err != nil {
			return nil, err
		}
		if _, err := seal.ParsePaper(text); err != nil {
			if file != "" {
				s.Say(file)
			}
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

// Run makes a node of two archives in a data directory that is not there yet. It does not serve it.
func (c *restoreCommand) Run(s *console.Screen) error {
	if !empty(c.Dir) {
		return fault.New(fault.Conflict, "cli.restore.place").With("dir", c.Dir)
	}
	if len(c.Paper) > 0 && !c.Officers {
		return fault.New(fault.Invalid, "cli.restore.papers")
	}
	config, err := c.config(s)
	if err != nil {
		return err
	}
	config.Member = c.Member
	from := backup.From{}
	bar := s.Progress("restore")
	defer bar.End()
	for _, x := range []struct {
		path string
		to   *io.ReadSeeker
	}{{c.Content, &from.Content}, {c.Keys, &from.Keys}} {
		f, err := os.Open(x.path)
		if err != nil {
			return fault.Wrap(fault.Invalid, "cli.file", err).With("file", x.path)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return fault.Wrap(fault.Invalid, "cli.file", err).With("file", x.path)
		}
		bar.Total += backup.Passes * info.Size()
		*x.to = console.Counted{ReadSeeker: f, Bar: bar}
	}
	for _, path := range c.Erasures {
		b, err := console.ReadFile(s, path)
		if err != nil {
			return err
		}
		from.Lists = append(from.Lists, b)
	}
	var did backup.Restored
	if c.Officers {
		papers, bad := c.papers(s)
		if bad != nil {
			return bad
		}
		did, err = node.RestoreWithPapers(s.Context, config, from, papers)
	} else {
		did, err = node.Restore(s.Context, config, from)
	}
	if err != nil {
		s.Say(s.Printer().Text("cli.restore.failed", "dir", c.Dir))
		return err
	}
	bar.End()
	out := map[string]any{"member": c.Member, "created": did.Pair.Content.Created, "erasures": did.Erasures, "epoch": did.Epoch}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "restored\t%s\nas of\t%s\nerasures repeated\t%d\nepoch of the log\t%d\n", c.Member, console.When(did.Pair.Content.Created), did.Erasures, did.Epoch)
		s.Say(s.Printer().Text("cli.restore.closed"))
		if c.Officers {
			s.Say(s.Printer().Text("cli.restore.anew"))
		}
	})
}
