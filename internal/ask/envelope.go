package ask

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// EnvelopeCommand is "opentrm envelope" with what stands below it.
type EnvelopeCommand struct {
	Export  envelopeExport  `cmd:"" help:"Write what waits into a courier file."`
	Import  envelopeImport  `cmd:"" help:"Take a courier file."`
	Inspect envelopeInspect `cmd:"" help:"Show what anybody can see of a courier file."`
}

type envelopeExport struct {
	console.Remote
	File string    `arg:"" type:"path" help:"File to write; must not be there yet."`
	To   id.Member `help:"For this member only."`
}

func (c *envelopeExport) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	answer, err := node.Ask(s.Context, http.MethodPost, "/courier?to="+url.QueryEscape(string(c.To)), "", nil, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	f, err := console.Create(c.File)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.File)
	}
	bar := s.Progress("export")
	bar.Bytes = true
	_, err = io.Copy(console.Counting{Writer: f, Bar: bar}, answer.Body)
	bar.End()
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
	console.Remote
	File string `arg:"" type:"existingfile"`
}

func (c *envelopeImport) Run(s *console.Screen) error {
	node, err := c.Open(s)
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
	bar := s.Progress("import")
	bar.Total = info.Size()
	answer, err := node.Ask(s.Context, http.MethodPut, "/courier", "application/octet-stream", console.Counted{ReadSeeker: f, Bar: bar}, nil)
	bar.End()
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(s.Out, answer.Body)
	return err
}

type envelopeInspect struct {
	File string `arg:"" type:"existingfile"`
}

func (c *envelopeInspect) Run(s *console.Screen) error { return inspect(s, c.File) }

func inspect(s *console.Screen, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fault.Wrap(fault.Invalid, "cli.file", err).With("file", path)
	}
	defer f.Close()
	seen, err := exchange.Inspect(f)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.TooLarge) {
		return console.Unverified(err)
	}
	if err != nil {
		return err
	}
	return s.Print(seen, func(w io.Writer) {
		fmt.Fprintf(w, "by\t%s\ncreated\t%s\nrosters\t%d\nsheets\t%d\nreceipts\t%d\n",
			seen.Manifest.By, console.When(seen.Manifest.Created), seen.Rosters, seen.Sheets, len(seen.Receipts))
		for _, h := range seen.Envelopes {
			fmt.Fprintf(w, "envelope\t%s to %s, %s, expires %s\n", h.From, h.To, console.When(h.Created), console.When(h.Expires))
		}
	})
}
