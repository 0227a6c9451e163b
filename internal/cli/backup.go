package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/node"
)

type backupCommand struct {
	Make     backupMake     `cmd:"" help:"Write the two archives of this moment."`
	Erasures backupErasures `cmd:"" help:"Write the signed list of what was erased, for copying away after each erasure."`
	Inspect  backupInspect  `cmd:"" help:"Show what anybody can see of an archive."`
}

type backupMake struct {
	local
	To string `arg:"" type:"existingdir" help:"Folder for the archives. That of the keys must be destroyed when it expires."`
}

// archive is what is printed of one archive.
type archive struct {
	File    string       `json:"file"`
	Class   backup.Class `json:"class"`
	Member  id.Member    `json:"member"`
	Pair    string       `json:"pair"`
	Created frame.Time   `json:"created"`
	Expires frame.Time   `json:"expires"`
	// Recovery is the recovery key whose papers bring node.secret back; empty: none does.
	Recovery id.Key `json:"recovery"`
}

func archiveOf(file string, m backup.Manifest) archive {
	return archive{file, m.Class, m.Member, m.Pair, m.Created, m.Expires, m.Recovery}
}

func (a archive) write(w io.Writer) {
	recovery := "-"
	if a.Recovery != "" {
		recovery = string(a.Recovery)
	}
	fmt.Fprintf(w, "%s\t%s\tof %s, %s, expires %s, recovery key %s\n", a.Class, a.File, a.Member, console.When(a.Created), console.When(a.Expires), recovery)
}

func (c *backupMake) Run(s *console.Screen) error {
	var pair backup.Pair
	var files [2]string
	err := c.with(s, func(n *node.Node) error {
		content, err := os.CreateTemp(c.To, ".opentrm-*") // mode 0600
		if err != nil {
			return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.To)
		}
		defer os.Remove(content.Name())
		keys, err := os.CreateTemp(c.To, ".opentrm-*")
		if err != nil {
			return errors.Join(fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.To), content.Close())
		}
		defer os.Remove(keys.Name())
		bar := s.Progress("backup")
		bar.Bytes = true
		defer bar.End()
		pair, err = n.Backups.Make(s.Context, access.Console(n.Member), console.Counting{Writer: content, Bar: bar}, console.Counting{Writer: keys, Bar: bar})
		for i, f := range []*os.File{content, keys} {
			failed := f.Sync()
			if e := f.Close(); failed == nil {
				failed = e
			}
			if err == nil && failed != nil {
				err = fault.Wrap(fault.Unavailable, "cli.file", failed).With("file", c.To)
			}
			files[i] = f.Name()
		}
		if err != nil {
			return err
		}
		for i, m := range []backup.Manifest{pair.Content, pair.Keys} {
			to := filepath.Join(c.To, m.Name())
			if err := os.Rename(files[i], to); err != nil {
				return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", to)
			}
			files[i] = to
		}
		return nil
	})
	if err != nil {
		return err
	}
	out := []archive{archiveOf(files[0], pair.Content), archiveOf(files[1], pair.Keys)}
	if pair.Keys.Recovery == "" {
		s.Say(s.Printer().Text("cli.backup.no-officers"))
	}
	return s.Print(out, func(w io.Writer) {
		for _, a := range out {
			a.write(w)
		}
	})
}

type backupErasures struct {
	local
	File string `arg:"" type:"path" help:"File to write; must not be there yet."`
}

func (c *backupErasures) Run(s *console.Screen) error {
	err := c.with(s, func(n *node.Node) error {
		f, err := console.Create(c.File)
		if err != nil {
			return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.File)
		}
		err = n.Backups.WriteErasures(s.Context, access.Console(n.Member), f)
		if e := f.Sync(); err == nil && e != nil {
			err = fault.Wrap(fault.Unavailable, "cli.file", e).With("file", c.File)
		}
		if e := f.Close(); err == nil && e != nil {
			err = fault.Wrap(fault.Unavailable, "cli.file", e).With("file", c.File)
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.Done("written")
}

type backupInspect struct {
	File string `arg:"" type:"existingfile"`
}

func (c *backupInspect) Run(s *console.Screen) error {
	f, err := os.Open(c.File)
	if err != nil {
		return fault.Wrap(fault.Invalid, "cli.file", err).With("file", c.File)
	}
	defer f.Close()
	m, err := backup.Inspect(f)
	if err != nil {
		return err
	}
	return s.Print(archiveOf(c.File, m), archiveOf(c.File, m).write)
}
