package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

type envelopeCommand struct {
	Export  envelopeExport  `cmd:"" help:"Write what waits into a courier file."`
	Import  envelopeImport  `cmd:"" help:"Take a courier file."`
	Inspect envelopeInspect `cmd:"" help:"Show what anybody can see of a courier file."`
}

type envelopeExport struct {
	remote
	File string    `arg:"" type:"path" help:"File to write; must not be there yet."`
	To   id.Member `help:"For this member only."`
}

func (c *envelopeExport) Run(s *screen) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	answer, err := node.ask(s.ctx, http.MethodPost, "/courier?to="+url.QueryEscape(string(c.To)), "", nil, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	f, err := create(c.File)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.File)
	}
	bar := s.progress("export")
	bar.bytes = true
	_, err = io.Copy(counting{f, bar}, answer.Body)
	bar.end()
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.File)
	}
	return inspect(s, c.File) // a file that was cut short is noticed here
}

type envelopeImport struct {
	remote
	File string `arg:"" type:"existingfile"`
}

func (c *envelopeImport) Run(s *screen) error {
	node, err := c.open(s)
	if err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return fault.Wrap(fault.Invalid, "cli.file", err).With("file", c.File)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fault.Wrap(fault.Invalid, "cli.file", err).With("file", c.File)
	}
	bar := s.progress("import")
	bar.total = info.Size()
	answer, err := node.ask(s.ctx, http.MethodPut, "/courier", "application/octet-stream", counted{f, bar}, nil)
	bar.end()
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(s.out, answer.Body)
	return err
}

type envelopeInspect struct {
	File string `arg:"" type:"existingfile"`
}

func (c *envelopeInspect) Run(s *screen) error { return inspect(s, c.File) }

func inspect(s *screen, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fault.Wrap(fault.Invalid, "cli.file", err).With("file", path)
	}
	defer f.Close()
	seen, err := exchange.Inspect(f)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.TooLarge) {
		return fmt.Errorf("%w: %w", errUnverified, err)
	}
	if err != nil {
		return err
	}
	return s.print(seen, func(w io.Writer) {
		fmt.Fprintf(w, "by\t%s\ncreated\t%s\nrosters\t%d\nsheets\t%d\nreceipts\t%d\n",
			seen.Manifest.By, when(seen.Manifest.Created), seen.Rosters, seen.Sheets, len(seen.Receipts))
		for _, h := range seen.Envelopes {
			fmt.Fprintf(w, "envelope\t%s to %s, %s, expires %s\n", h.From, h.To, when(h.Created), when(h.Expires))
		}
	})
}
